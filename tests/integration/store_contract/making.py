"""Records for tests of stores, and short ways through an operation's life."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline.store.protocol import SyncStore
from pipeline.store.records import Operation, Page, SoldOut, State, Status, SyncError

NOON = datetime(2026, 11, 22, 12, 0, 0, 250_000, tzinfo=UTC)
LEASE = timedelta(seconds=30)


def at(seconds: float) -> datetime:
    """Give the instant so many seconds after the tests' noon."""
    return NOON + timedelta(seconds=seconds)


def operation(name: str, /, restaurant: str = "rest_001", platform: str = "doordash", **values: Any) -> Operation:
    values.setdefault("created_at", NOON)
    values.setdefault("updated_at", values["created_at"])
    return Operation(operation_id=name, restaurant_id=restaurant, platform=platform, **values)


def status(restaurant: str = "rest_001", platform: str = "doordash", **values: Any) -> Status:
    values.setdefault("updated_at", NOON)
    return Status(restaurant_id=restaurant, platform=platform, **values)


def sync_error(name: str, /, restaurant: str = "rest_001", platform: str = "doordash", **values: Any) -> SyncError:
    values.setdefault("operation_id", f"op_of_{name}")
    values.setdefault("created_at", NOON)
    return SyncError(error_id=name, restaurant_id=restaurant, platform=platform, **values)


def sold_out(name: str, /, restaurant: str = "rest_001", platform: str = "doordash", **values: Any) -> SoldOut:
    values.setdefault("kind", "item")
    values.setdefault("since", NOON)
    return SoldOut(restaurant_id=restaurant, platform=platform, id=name, **values)


def claimed(store: SyncStore, name: str, owner: str = "worker-a", seconds: float = 0) -> Operation:
    taken = store.claim(name, owner, LEASE, at(seconds))
    assert taken is not None, f"{name} cannot be claimed"
    return taken


def ended(store: SyncStore, taken: Operation, state: State = State.SYNCED, seconds: float = 1, **values: Any) -> bool:
    """Finish a claimed operation, with a status that says the same."""
    taken.state = state
    taken.updated_at = at(seconds)
    given = store.status(taken.restaurant_id, taken.platform)
    assert given is not None
    given.state = state
    return store.finish(taken, given, **values)


def passed_through(store: SyncStore, made: Operation, state: State = State.SYNCED, seconds: float = 1) -> Operation:
    """Enqueue, claim and end an operation."""
    store.enqueue(made)
    taken = store.claim(made.operation_id, "worker-a", LEASE, made.created_at)
    assert taken is not None
    taken.state = state
    taken.updated_at = made.created_at + timedelta(seconds=seconds)
    given = store.status(made.restaurant_id, made.platform)
    assert given is not None
    given.state = state
    if state == State.SYNCED:
        given.accepted_operation = made.operation_id
    assert store.finish(taken, given)
    return taken


def every_page(give: Any, limit: int, **filters: Any) -> tuple[list[Any], int]:
    """Follow the cursors of a list to its end; gives all entries and the number of pages."""
    entries: list[Any] = []
    cursor, pages = "", 0
    while pages == 0 or cursor:
        page: Page = give(limit=limit, cursor=cursor, **filters)
        assert len(page.items) <= limit
        entries += page.items
        cursor = page.cursor
        pages += 1
        assert pages < 1000
    return entries, pages
