"""Who asks, and whether they may: one dependency in front of every ``/admin`` route.

Safe by itself: a route with a new path parameter that names somebody's record has to be listed in
:data:`OWNERS`, and every method but ``GET`` needs an operator unless the route says :func:`only_looks`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from fastapi.security import APIKeyHeader

from pipeline.api.keys import ApiKey, read_keys
from pipeline.api.parts import RuntimeHere, limits_of
from pipeline.api.problems import ProblemError
from pipeline.store.protocol import SyncStore
from pipeline.store.records import AuditEntry
from pipeline.sync.runtime import Runtime

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
HEADER = "X-API-Key"
PER = timedelta(minutes=1)
scheme = APIKeyHeader(
    name=HEADER,
    scheme_name="API key",
    auto_error=False,
    description="A key of `API_KEYS`: its role and its restaurants.",
)


def _of_operation(store: SyncStore, operation_id: str) -> str | None:
    operation = store.operation(operation_id)
    return operation.restaurant_id if operation is not None else None


def _of_error(store: SyncStore, error_id: str) -> str | None:
    error = store.error(error_id)
    return error.restaurant_id if error is not None else None


OWNERS: dict[str, Callable[[SyncStore, str], str | None]] = {
    "restaurant_id": lambda _, restaurant_id: restaurant_id,
    "operation_id": _of_operation,
    "error_id": _of_error,
}
"""How to find the restaurant that a path parameter's record belongs to; None where there is no such record."""
SHARED = frozenset({"platform"})
"""Path parameters whose records belong to no restaurant."""


def only_looks(endpoint: Endpoint) -> Endpoint:
    """Mark a route that changes nothing though its method is ``POST``; a reader may use it."""
    endpoint.only_looks = True  # type: ignore[attr-defined]
    return endpoint


class Caller:
    """Who asks."""

    def __init__(self, key: ApiKey, runtime: Runtime, request: Request) -> None:
        self.key = key
        self.name = key.name
        self._runtime = runtime
        self._what = f"{request.method} {request.url.path}"[:300]

    @property
    def restaurants(self) -> tuple[str, ...] | None:
        """The only restaurants that this caller may see; None: all."""
        return self.key.restaurants

    def needs_operator(self) -> None:
        """Refuse a reader."""
        if self.key.role != "operator":
            self._refuse("", "role", f"The key of {self.name} may only look.", "Use the key of an operator.")

    def needs(self, restaurant_ids: Iterable[str]) -> None:
        """Refuse restaurants that are not this caller's."""
        for restaurant_id in restaurant_ids:
            if not self.key.may_see(restaurant_id):
                message = f"The key of {self.name} is not for this restaurant."
                self._refuse(restaurant_id, "restaurant", message, f"It is for {', '.join(self.restaurants or ())}.")

    def _refuse(self, restaurant_id: str, code: str, message: str, hint: str) -> None:
        tools = self._runtime.engine.tools
        entry = AuditEntry(
            at=tools.now(), who=self.name, action="refused", restaurant_id=restaurant_id[:120], origin="api",
            note=f"{self._what}: {message}",
        )  # fmt: skip
        tools.store.add_audit(entry)
        raise ProblemError(403, message, code=f"not-allowed-{code}", hint=hint)


def guard(request: Request, runtime: RuntimeHere, given: Annotated[str | None, Depends(scheme)]) -> Caller:
    """Let a request through whose key is known, may do this, and is not used too often."""
    key = read_keys(runtime.settings.api_keys.get_secret_value()).find(given or "") if given else None
    if key is None:
        detail = f"This key is not known: {HEADER} holds no key of API_KEYS." if given else f"Give a key in {HEADER}."
        raise ProblemError(401, detail, code="key-unknown", headers={"WWW-Authenticate": f'ApiKey header="{HEADER}"'})
    _not_too_often(key, runtime, request)
    caller = Caller(key, runtime, request)
    if request.method not in ("GET", "HEAD") and not getattr(request.scope.get("endpoint"), "only_looks", False):
        caller.needs_operator()
    if key.restaurants is not None:
        for name, value in request.path_params.items():
            if name not in SHARED:
                owner = OWNERS[name](runtime.store, value)
                caller.needs([owner] if owner is not None else [])
        caller.needs(request.query_params.getlist("restaurant_id"))
    return caller


def _not_too_often(key: ApiKey, runtime: Runtime, request: Request) -> None:
    capacity = runtime.settings.api_requests_per_minute
    if capacity <= 0:
        return
    bucket = f"api:{hashlib.sha256(key.digest).hexdigest()[:16]}"
    wait = limits_of(request, runtime).take(bucket, capacity, PER, runtime.engine.tools.now())
    if wait > 0:
        detail = f"The key of {key.name} may ask {capacity} times a minute, and has."
        raise ProblemError(429, detail, code="too-often", headers={"Retry-After": str(int(wait) + 1)})


CallerHere = Annotated[Caller, Depends(guard)]
