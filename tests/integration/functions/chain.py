"""Functions' processes, run from the built package, between a menu service, a store and the sandbox."""

from __future__ import annotations

import base64
import json
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest

from demo.menu_service import Menus, server_of
from pipeline.store.protocol import SyncStore
from pipeline.store.records import Status
from tests.live import small_menu
from tests.platforms import PLATFORMS
from tests.servers.lambda_runtime import LambdaFunction
from tests.servers.sandbox import RESTAURANTS, SandboxServer

ROUNDS = 200
HIDDEN = 4
"""So many seconds does a queue keep from others what it has given to one."""
KEY = "menu-key-for-tests"


class WorkQueue:
    """A queue of a server on this machine, which gives its messages to a function as Lambda's poller does."""

    def __init__(self, endpoint: str) -> None:
        self._client = boto3.client(
            "sqs", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="local",
            aws_secret_access_key="local",
        )  # fmt: skip
        self.url: str = self._client.create_queue(
            QueueName=f"work-{secrets.token_hex(4)}", Attributes={"VisibilityTimeout": str(HIDDEN)}
        )["QueueUrl"]

    def take(self) -> list[dict[str, Any]]:
        """Give what the queue gives now, five messages at most, which are hidden from then on."""
        answer = self._client.receive_message(QueueUrl=self.url, MaxNumberOfMessages=5)
        return [
            {"messageId": each["MessageId"], "body": each["Body"], "receipt": each["ReceiptHandle"]}
            for each in answer.get("Messages", [])
        ]

    def forget(self, records: list[dict[str, Any]], answer: dict[str, Any]) -> None:
        """Delete what an answer does not call failed."""
        failed = {each["itemIdentifier"] for each in answer["batchItemFailures"]}
        for record in records:
            if record["messageId"] not in failed:
                self._client.delete_message(QueueUrl=self.url, ReceiptHandle=record["receipt"])

    def deliver(self, function: LambdaFunction) -> list[dict[str, Any]]:
        """Invoke a function with what there is, until there is nothing; gives what was delivered."""
        delivered = []
        while records := self.take():
            self.forget(records, function.invoke({"Records": records}))
            delivered += records
        return delivered

    def send(self, body: str) -> None:
        self._client.send_message(QueueUrl=self.url, MessageBody=body)

    def close(self) -> None:
        self._client.delete_queue(QueueUrl=self.url)
        self._client.close()


@dataclass
class Chain:
    """What a test drives."""

    events: LambdaFunction
    work: LambdaFunction
    sweep: LambdaFunction
    api: LambdaFunction
    store: SyncStore
    sandbox: SandboxServer
    menus: Menus
    queue: WorkQueue | None = None

    def price(self, restaurant: str, price: str) -> None:
        """Change the first dish's price at the menu service."""
        assert self.menus.change(restaurant, "i-1", {"price": price})

    def version(self, restaurant: str, version: str) -> None:
        """Change the menu's version at the menu service."""
        menu = self.menus.whole(restaurant)
        assert menu is not None
        menu["version"] = version

    def status(self, restaurant: str, platform: str) -> Status | None:
        return self.store.status(restaurant, platform)

    def settle(self) -> None:
        """Sweep, and take from the work queue where there is one, until nothing runs or waits any more."""
        for _ in range(ROUNDS):
            self.sweep.invoke({})
            if self.queue is not None:
                self.queue.deliver(self.work)
            busy = [status for restaurant in RESTAURANTS for status in self.store.statuses(restaurant) if waits(status)]
            if not busy:
                return
            time.sleep(0.2)
        pytest.fail(f"something waits without end: {busy}\n{self.sweep.text()[-2_000:]}")

    def expect(self, prices: dict[str, str]) -> None:
        """Hold what stands on every platform against the restaurants' last prices: each menu is there, once."""
        for restaurant, price in prices.items():
            for platform in PLATFORMS:
                status = self.status(restaurant, platform)
                assert status is not None, (restaurant, platform)
                assert status.state == "SYNCED", (restaurant, platform, status.error)
                standing = self.sandbox.get(f"{platform}/menus?store={self.sandbox.store(platform, restaurant)}")
                assert shows(standing, price), (restaurant, platform, price)
                assert self.published(platform, restaurant, price) == 1, (restaurant, platform)

    def published(self, platform: str, restaurant: str, price: str) -> int:
        """Count the operations that published a menu with this price."""
        found = 0
        for operation in self.store.history(restaurant, platform, limit=100).items:
            sent = self.store.blob(operation.payload_id) if operation.payload_id else None
            if operation.state == "SYNCED" and sent is not None and shows(json.loads(sent), price):
                found += 1
        return found


def waits(status: Status) -> bool:
    lane = status.availability
    return bool(status.running or status.waiting or lane.running or lane.waiting)


def shows(document: Any, price: str) -> bool:
    """Tell whether a price is in a document, in whole units or cents."""
    whole, _, cents = price.partition(".")
    return re.search(rf"(?<![\d.]){whole}\.?{cents}(?![\d.])", json.dumps(document)) is not None


def message(number: int | str, restaurant: str, kind: str = "menu_updated", **more: Any) -> dict[str, Any]:
    """Give a queue's record of one event, in EventBridge's envelope."""
    event = {
        "version": "0", "id": f"event-{number}", "source": "menu.service", "detail-type": kind,
        "detail": {"eventType": kind, "restaurantId": restaurant, **more},
    }  # fmt: skip
    return {"messageId": f"m-{number}", "body": json.dumps(event), "eventSource": "aws:sqs"}


def batch(*records: dict[str, Any]) -> dict[str, Any]:
    return {"Records": list(records)}


class _Front(BaseHTTPRequestHandler):
    """Turns HTTP into invocations, as an HTTP API of AWS does."""

    protocol_version = "HTTP/1.1"
    function: LambdaFunction
    lock: threading.Lock

    def do_GET(self) -> None:
        self._invoke()

    def do_POST(self) -> None:
        self._invoke()

    def _invoke(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        path, _, query = self.path.partition("?")
        document = {
            "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query,
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "requestContext": {"http": {"method": self.command, "path": path, "sourceIp": "127.0.0.1"}},
            "body": base64.b64encode(body).decode(), "isBase64Encoded": True,
        }  # fmt: skip
        with self.lock:
            answer = self.function.invoke(document)
        content = answer.get("body", "").encode()
        if answer.get("isBase64Encoded"):
            content = base64.b64decode(content)
        self.send_response(answer["statusCode"])
        for name, value in {**answer.get("headers", {}), "content-length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def running(
    sandbox: SandboxServer,
    folder: Path,
    package: Path,
    client: Path,
    store: Callable[[], SyncStore],
    environment: dict[str, str],
) -> Iterator[Chain]:
    """Start what the chain needs; functions' processes start with their first invocation."""
    with ExitStack() as stack:
        files = {}
        for restaurant in RESTAURANTS:
            files[restaurant] = folder / f"{restaurant}.json"
            files[restaurant].write_text(json.dumps(small_menu(restaurant)))
        menus = Menus(files)
        service = _served(stack, server_of(menus, 0, KEY))
        front = type("Front", (_Front,), {"lock": threading.Lock()})
        address = _served(stack, ThreadingHTTPServer(("127.0.0.1", 0), front))
        settings = {
            "PLATFORM_CONFIGS": json.dumps(sandbox.configs),
            "MENU_SERVICE_URL": service,
            "MENU_SERVICE_API_KEY": KEY,
            "PUBLIC_BASE_URL": address,
            "SIGNING_KEY": "a key for signing in tests",
            "API_KEYS": "tests:operator:a-key-for-tests",
            "EVENT_PAUSE": "0",
            "LEASE_SECONDS": "3",
            **environment,
        }

        def function(name: str) -> LambdaFunction:
            made = LambdaFunction(f"handlers.{name}.handler", package, client, settings, folder / f"{name}.log")
            stack.callback(made.close)
            return made

        opened = store()
        stack.callback(opened.close)
        chain = Chain(function("events"), function("work"), function("sweep"), function("api"), opened, sandbox, menus)
        front.function = chain.api  # type: ignore[attr-defined]
        sandbox.post("callback", {"url": address})
        yield chain


def _served(stack: ExitStack, server: ThreadingHTTPServer) -> str:
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    stack.callback(server.server_close)
    stack.callback(server.shutdown)
    return f"http://127.0.0.1:{server.server_address[1]}"
