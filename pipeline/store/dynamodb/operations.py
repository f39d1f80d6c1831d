"""Operations: put in line, taken up, looked up. :mod:`pipeline.store.dynamodb.progress` goes on from there."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec.structs import replace

from pipeline.store import lanes
from pipeline.store.dynamodb.failures import Refused
from pipeline.store.dynamodb.items import (
    DUE,
    due_values,
    lane_values,
    operation_key,
    operation_of,
    operation_values,
    place_key,
    reference_key,
    status_of,
    status_values,
)
from pipeline.store.dynamodb.part import Line, Listing, Part
from pipeline.store.dynamodb.requests import Condition, Write, equals, is_new, item_of
from pipeline.store.dynamodb.values import Item, can_be_key, instant, number, text
from pipeline.store.encoding import check_keys, page_limit
from pipeline.store.protocol import LimitExceeded, StoreError
from pipeline.store.records import ENDED, Operation, Page, Status

_HISTORY = Listing("history", "operations", (int, str), operation_of, newest_first=True)


def reference_writes(part: Part, operation: Operation, old: str) -> list[Write]:
    """Give the writes that make a reference this operation's, and let go of its old one."""
    if operation.reference == old:
        return []
    writes = []
    if operation.reference:
        if not can_be_key(operation.reference):
            raise LimitExceeded(f"The reference {operation.reference[:20]!r}… is too long to be kept.")
        item = {
            **reference_key(operation.platform, operation.reference),
            **item_of({"operation_id": operation.operation_id}),
        }
        free = Condition("attribute_not_exists(#pk) OR #operation_id = :mine", {"mine": operation.operation_id})
        writes.append(part._tables.put("data", item, free))  # noqa: SLF001 - the parts are one store
    if old:
        key = reference_key(operation.platform, old)
        writes.append(part._tables.delete("data", key, equals("operation_id", operation.operation_id)))  # noqa: SLF001
    return writes


def reference_taken(operation: Operation) -> StoreError:
    """Give what to raise where another operation has the reference."""
    return StoreError(
        f"The reference {operation.reference} belongs to another operation on {operation.platform} already."
    )


class Operations(Part):
    """The operations of a store; the methods are told of by ``SyncStore``."""

    def enqueue(self, operation: Operation, *, replace_waiting: bool = True) -> tuple[Operation, bool]:
        if operation.state in ENDED:
            raise ValueError(f"Operation {operation.operation_id} has ended and cannot be put in line")
        check_keys(
            operation_id=operation.operation_id, restaurant_id=operation.restaurant_id, platform=operation.platform
        )
        return self._tables.client.settle(lambda: self._enqueue(operation, replace_waiting))

    def claim(self, operation_id: str, owner: str, lease: timedelta, now: datetime) -> Operation | None:
        if not owner or lease <= timedelta():
            raise ValueError("A lease needs an owner and a length")
        if not can_be_key(operation_id):
            return None
        return self._tables.client.settle(lambda: self._claim(operation_id, owner, lease, now))

    def operation(self, operation_id: str) -> Operation | None:
        if not can_be_key(operation_id):
            return None
        item = self._tables.get("operations", operation_key(operation_id))
        return operation_of(item) if item else None

    def operation_by_reference(self, platform: str, reference: str) -> Operation | None:
        if not can_be_key(platform, reference):
            return None
        note = self._tables.get("data", reference_key(platform, reference))
        return self.operation(text(note, "operation_id")) if note else None

    def due(self, now: datetime, limit: int = 100) -> list[Operation]:
        limit, latest = page_limit(limit), instant(now)
        found = self._tables.query("operations", "by_time", ("line", DUE), ("at", "", latest), page=limit)
        keys = [{"operation_id": item["operation_id"]} for item, _ in zip(found, range(limit), strict=False)]
        items = self._tables.get_all([("operations", key) for key in keys])
        # The index may lag: what somebody took up meanwhile is not due.
        still = [item for item in items if item and text(item, "line") == DUE and text(item, "at") <= latest]
        return [operation_of(item) for item in sorted(still, key=lambda item: text(item, "at"))]

    def wake(self, restaurant_id: str, platform: str, now: datetime) -> list[str]:
        if not can_be_key(restaurant_id, platform):
            return []
        return self._tables.client.settle(lambda: self._wake(restaurant_id, platform, now))

    def history(self, restaurant_id: str, platform: str = "", limit: int = 50, cursor: str = "") -> Page:
        line = Line("history", "restaurant_id", restaurant_id, "created")
        lines = [line] if can_be_key(restaurant_id) else []
        return _HISTORY.page(self._tables, lines, limit, cursor, equal={"platform": platform})

    # -- one attempt each ------------------------------------------------------------------------

    def _enqueue(self, operation: Operation, replace_waiting: bool) -> tuple[Operation, bool]:
        existing, stored = self._tables.get_all(
            [
                ("operations", operation_key(operation.operation_id)),
                ("sync_status", place_key(operation.restaurant_id, operation.platform)),
            ],
            before_write=True,
        )
        if existing is not None:
            return operation_of(existing), False
        status = status_of(stored)
        waiting = self._waiting(status, operation)
        plan = lanes.enqueue(
            status, operation_of(waiting) if waiting else None, operation, replace_waiting=replace_waiting
        )
        if not plan.write:
            return plan.operation, plan.is_new
        # The waiting one is read after the status, and may have been taken up between: then nothing may join it.
        writes = [
            self._status_write(plan.status, stored, operation)
            if plan.is_new
            else self._status_check(plan.status, stored)
        ]
        for written in plan.write:
            mine = written.operation_id == operation.operation_id
            writes.append(self._operation_write(written, plan.status, None if mine else waiting))
        references = reference_writes(self, operation, "") if plan.is_new else []
        try:
            self._tables.transact([*writes, *references])
        except Refused as refused:
            if len(writes) in refused.items and references:
                raise reference_taken(operation) from None
            raise
        return plan.operation, plan.is_new

    def _waiting(self, status: Status | None, operation: Operation) -> Item | None:
        name = lanes.lane_of(status, operation).waiting if status else ""
        return self._tables.get("operations", operation_key(name), before_write=True) if name else None

    def _claim(self, operation_id: str, owner: str, lease: timedelta, now: datetime) -> Operation | None:
        item = self._tables.get("operations", operation_key(operation_id), before_write=True)
        if item is None:
            return None
        operation = operation_of(item)
        place = place_key(operation.restaurant_id, operation.platform)
        stored = self._tables.get("sync_status", place, before_write=True)
        status = status_of(stored)
        if status is None:
            return None
        has_message = number(item, "messages") > operation.messages_read
        claimed = lanes.claim(operation, status, owner, lease, now, has_message=has_message)
        if claimed is None:
            return None
        taken, after = claimed
        self._tables.transact([self._status_write(after, stored, taken), self._operation_write(taken, after, item)])
        return taken

    def _wake(self, restaurant_id: str, platform: str, now: datetime) -> list[str]:
        stored = self._tables.get("sync_status", place_key(restaurant_id, platform), before_write=True)
        status = status_of(stored)
        if status is None:
            return []
        names = []
        for lane in (status, status.availability):
            names += [name for name in ("" if lane.lease_owner else lane.running, lane.waiting) if name]
        found = self._tables.get_all([("operations", operation_key(name)) for name in names], before_write=True)
        items = [item for item in found if item is not None]
        woken = [replace(operation_of(item), not_before=now, updated_at=now) for item in items]
        if woken:
            pairs = zip(woken, items, strict=True)
            writes = [self._operation_write(operation, status, item) for operation, item in pairs]
            self._tables.transact([self._status_check(status, stored), *writes])
        return [operation.operation_id for operation in woken]

    def _status_check(self, status: Status, stored: Item | None) -> Write:
        """Write nothing of a status, but nothing else either if somebody wrote it since it was read."""
        key = place_key(status.restaurant_id, status.platform)
        return self._tables.check("sync_status", key, equals("rev", number(stored or {}, "rev")))

    def _status_write(self, status: Status, stored: Item | None, operation: Operation) -> Write:
        """Write a status and one of its lanes, if nobody wrote it since it was read."""
        key = place_key(status.restaurant_id, status.platform)
        values = {**status_values(status), **lane_values(status, operation)}
        condition = equals("rev", number(stored, "rev")) if stored else is_new("restaurant_id")
        return self._tables.update("sync_status", key, values, condition)

    def _operation_write(self, operation: Operation, status: Status, stored: Item | None) -> Write:
        """Write an operation and when it is due, if nobody wrote it since it was read."""
        messages = number(stored, "messages") if stored else 0
        values = {**operation_values(operation, self._retention), **due_values(operation, status, messages)}
        condition = equals("rev", number(stored, "rev")) if stored else is_new("operation_id")
        return self._tables.update("operations", operation_key(operation.operation_id), values, condition)
