"""Requests to DynamoDB: one lazily made client, bounded patience with jitter, everything counted."""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, TypeVar

from pipeline.store.dynamodb.failures import Refused, failure_of, is_botocores, refusal_of
from pipeline.store.protocol import StoreBusy, StoreError

PATIENCE = timedelta(seconds=15)
"""How long a call tries again before it gives up; a Lambda has no more to spare."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 1.0
_CONNECT_WITHIN, _ANSWER_WITHIN = 5, 10  # seconds

Result = TypeVar("Result")


class Client:
    """The low-level clients of one store: DynamoDB, and S3 where blobs go there.

    botocore is imported and its clients are made with the first request, once per process. It is told
    not to try again: how often, how long, and what a refused transaction means is decided here.
    """

    def __init__(self, *, region: str, endpoint: str, bucket_endpoint: str, patience: timedelta) -> None:
        self._region = region
        self._endpoints = {"dynamodb": endpoint, "s3": bucket_endpoint}
        self._patience = patience.total_seconds()
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, int], Any] = {}
        self._closed = False
        self.requests: Counter[str] = Counter()
        """Every request that was sent, by the API's own name, tries counted each."""
        self.reads = 0
        self.writes = 0

    def read(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """Send a request of a method that only reads."""
        with self._lock:
            self.reads += 1
        return self._send("dynamodb", operation, parameters, counted=False)

    def look(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """Send a request that reads what the write after it depends on."""
        return self._send("dynamodb", operation, parameters, counted=False)

    def write(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """Send a request that writes; raises :class:`Refused` where a condition does not hold."""
        return self._send("dynamodb", operation, parameters, counted=True)

    def read_bucket(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """Send a request to S3 that reads."""
        with self._lock:
            self.reads += 1
        return self._send("s3", operation, parameters, counted=False)

    def write_bucket(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """Send a request to S3 that writes."""
        return self._send("s3", operation, parameters, counted=True)

    def settle(self, attempt: Callable[[], Result]) -> Result:
        """Do something that reads, plans and writes until nobody came between; raises :class:`StoreBusy` in the end."""
        until = time.monotonic() + self._patience
        tries = 0
        while True:
            try:
                return attempt()
            except Refused:
                if not self.pause(tries, until):
                    raise StoreBusy(
                        f"The same records were changed by others {tries + 1} times in a row: try again, and look "
                        f"for a program that asks in a loop."
                    ) from None
                tries += 1

    def pause(self, tries: int, until: float) -> bool:
        """Wait a random while that grows with each try; False where the time is over."""
        wait = random.uniform(0, min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(tries, 10)))  # noqa: S311 - no secret
        if time.monotonic() + wait > until:
            return False
        time.sleep(wait)
        return True

    @property
    def patient_until(self) -> float:
        """The monotonic time at which a call that starts now gives up."""
        return time.monotonic() + self._patience

    def raw(self, service: str = "dynamodb") -> Any:
        """Give botocore's client, made once per process; raises StoreError after :meth:`close`."""
        if self._closed:
            raise StoreError("The store was closed before: open it again.")
        key = (service, os.getpid())  # a forked process must not share its parent's sockets
        found = self._clients.get(key)
        if found is None:
            with self._lock:
                found = self._clients.get(key)
                if found is None:
                    found = self._clients[key] = self._make(service)
        return found

    def prepare(self, make: Callable[[Any], Result]) -> Result:
        """Do something with botocore's client itself; StoreError for what it raises."""
        try:
            return make(self.raw())
        except StoreError:
            raise
        except Exception as error:
            if not is_botocores(error):
                raise
            raise failure_of(error, "DynamoDB").error from None

    def close(self) -> None:
        """Let go of connections."""
        self._closed = True
        for (_, process), client in self._clients.items():
            if process == os.getpid():
                client.close()
        self._clients.clear()

    def _make(self, service: str) -> Any:
        import botocore.session  # type: ignore[import-untyped]  # a quarter of a second: not before it is needed
        from botocore.config import Config  # type: ignore[import-untyped]

        endpoint = self._endpoints[service] or None
        # A server on this machine takes any key; to look for real ones would ask the network for seconds.
        local: Mapping[str, str] = {}
        if endpoint and not (os.environ.get("AWS_ACCESS_KEY_ID") or os.environ.get("AWS_PROFILE")):
            local = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
        config = Config(
            retries={"total_max_attempts": 1, "mode": "standard"},
            connect_timeout=_CONNECT_WITHIN,
            read_timeout=_ANSWER_WITHIN,
            max_pool_connections=25,
            tcp_keepalive=True,
            parameter_validation=False,
            s3={"addressing_style": "path"} if endpoint else None,
        )
        try:
            session = botocore.session.get_session()
            return session.create_client(
                service, region_name=self._region, endpoint_url=endpoint, config=config, **local
            )
        except Exception as error:  # noqa: BLE001 - a region, endpoint or profile that cannot be
            raise failure_of(error, _title(service)).error from None

    def _send(self, service: str, operation: str, parameters: dict[str, Any], *, counted: bool) -> dict[str, Any]:
        until = self.patient_until
        tries = 0
        while True:
            client = self.raw(service)
            with self._lock:
                self.requests[operation] += 1
                self.writes += counted
            try:
                answer: dict[str, Any] = getattr(client, operation)(**parameters)
            except Exception as error:
                if not is_botocores(error):
                    raise
                refused = refusal_of(error)
                if refused is not None:
                    raise refused from None
                failure = failure_of(error, _title(service))
                if not failure.again or not self.pause(tries, until):
                    raise failure.error from None
                tries += 1
            else:
                return answer


def _title(service: str) -> str:
    return "DynamoDB" if service == "dynamodb" else "S3"
