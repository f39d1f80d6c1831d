"""Operations: in line, taken up, written, parked, ended."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from msgspec.structs import replace

from pipeline.store import lanes
from pipeline.store.compression import FAST, pack
from pipeline.store.encoding import check_count, decode, encode, micros, page_limit
from pipeline.store.protocol import MESSAGES_AT_ONCE, Noted
from pipeline.store.records import (
    ENDED,
    AuditEntry,
    Bucket,
    Hosted,
    Message,
    Operation,
    Page,
    SoldOut,
    Status,
    SyncError,
)
from pipeline.store.sqlite import ledger, rows
from pipeline.store.sqlite.buckets import take_each
from pipeline.store.sqlite.part import Listing, Part

_HISTORY = Listing("history", "operations", (("created_at", int), ("operation_id", str)), Operation, newest_first=True)


class Operations(Part):
    """The operations of a store; the methods are told of by ``SyncStore``."""

    def enqueue(self, operation: Operation, *, replace_waiting: bool = True) -> tuple[Operation, bool]:
        if operation.state in ENDED:
            raise ValueError(f"Operation {operation.operation_id} has ended and cannot be put in line")
        with self._database.write() as connection:
            existing = rows.get_operation(connection, operation.operation_id)
            if existing is not None:
                return existing, False
            status = rows.get_status(connection, operation.restaurant_id, operation.platform)
            waiting_id = lanes.lane_of(status, operation).waiting if status else ""
            waiting = rows.get_operation(connection, waiting_id) if waiting_id else None
            plan = lanes.enqueue(status, waiting, operation, replace_waiting=replace_waiting)
            if plan.is_new:
                rows.put_status(connection, plan.status)
            for written in plan.write:
                rows.put_operation(connection, written, plan.status)
            return plan.operation, plan.is_new

    def claim(self, operation_id: str, owner: str, lease: timedelta, now: datetime) -> Operation | None:
        if not owner or lease <= timedelta():
            raise ValueError("A lease needs an owner and a length")
        with self._database.write() as connection:
            operation, status = rows.get_both(connection, operation_id)
            if operation is None or status is None:
                return None
            claimed = lanes.claim(
                operation, status, owner, lease, now, has_message=rows.has_message(connection, operation)
            )
            if claimed is None:
                return None
            taken, status = claimed
            rows.put_status(connection, status)
            rows.put_operation(connection, taken, status)
            return taken

    def checkpoint(
        self,
        operation: Operation,
        blobs: Mapping[str, bytes] | None = None,
        through: Iterable[Bucket] = (),
        hosted: Hosted | None = None,
    ) -> Noted:
        lanes.check_progress(operation)
        packed, through = pack(blobs, FAST), list(through)
        check_count(1 + len(packed) + len(through) + (hosted is not None))
        with self._database.write() as connection:
            status = rows.get_status(connection, operation.restaurant_id, operation.platform)
            if status is None or not lanes.holds(operation, status):
                return Noted.NOTHING
            rows.put_operation(connection, operation, status)
            rows.put_blobs(connection, packed, rows.end_of_history(operation, self._retention.history))
            if hosted is not None:
                rows.put_hosted(connection, hosted)
            return Noted.ADMITTED if take_each(connection, through, operation.updated_at) else Noted.PROGRESS

    def finish(
        self,
        operation: Operation,
        status: Status,
        *,
        error: SyncError | None = None,
        audit: Iterable[AuditEntry] = (),
        sold_out: Iterable[SoldOut] = (),
        blobs: Mapping[str, bytes] | None = None,
    ) -> bool:
        lanes.check_end(operation, status)
        audit, sold_out, packed = list(audit), list(sold_out), pack(blobs, FAST)
        # Its operation, status and waiting one.
        check_count(3 + (error is not None) + len(audit) + len(sold_out) + len(packed))
        with self._database.write() as connection:
            stored = rows.get_status(connection, operation.restaurant_id, operation.platform)
            if stored is None or not lanes.holds(operation, stored):
                return False
            after = lanes.finished(operation, status, stored)
            rows.put_status(connection, after)
            rows.put_operation(connection, operation, after)
            _set_due_of(connection, lanes.lane_of(after, operation).waiting, after)
            if error is not None:
                rows.put_error(connection, error)
            rows.put_audit(connection, audit)
            ledger.put_unchanged(connection, sold_out)
            rows.put_blobs(connection, packed, rows.end_of_history(operation, self._retention.history))
            return True

    def extend(self, operation: Operation, lease: timedelta, now: datetime) -> bool:
        with self._database.write() as connection:
            status = rows.get_status(connection, operation.restaurant_id, operation.platform)
            if status is None or not lanes.holds(operation, status):
                return False
            status = lanes.extended(operation, status, now + lease)
            rows.put_status(connection, status)
            _set_due_of(connection, operation.operation_id, status)
            return True

    def operation(self, operation_id: str) -> Operation | None:
        with self._database.read() as connection:
            return rows.get_operation(connection, operation_id)

    def operation_by_reference(self, platform: str, reference: str) -> Operation | None:
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT record FROM operations WHERE platform = ? AND reference = ?", (platform, reference)
            ).fetchone()
            return decode(row[0], Operation, f"operation of reference {reference}") if row else None

    def due(self, now: datetime, limit: int = 100) -> list[Operation]:
        with self._database.read() as connection:
            found = connection.execute(
                "SELECT record FROM operations WHERE due_at <= ? ORDER BY due_at LIMIT ?",
                (micros(now), page_limit(limit)),
            )
            return [decode(data, Operation, "operation that is due") for (data,) in found]

    def wake(self, restaurant_id: str, platform: str, now: datetime) -> list[str]:
        woken = []
        with self._database.write() as connection:
            status = rows.get_status(connection, restaurant_id, platform)
            places = (status, status.availability) if status else ()
            for lane in places:
                parked = "" if lane.lease_owner else lane.running
                for operation_id in filter(None, (parked, lane.waiting)):
                    operation = rows.get_operation(connection, operation_id)
                    if operation is None or status is None:
                        continue
                    rows.put_operation(connection, replace(operation, not_before=now, updated_at=now), status)
                    woken.append(operation_id)
        return woken

    def history(self, restaurant_id: str, platform: str = "", limit: int = 50, cursor: str = "") -> Page:
        conditions = {"restaurant_id = ?": restaurant_id}
        if platform:
            conditions["platform = ?"] = platform
        return _HISTORY.page(self._database, conditions, limit, cursor)

    def add_message(self, message: Message) -> bool:
        with self._database.write() as connection:
            operation, status = rows.get_both(connection, message.operation_id)
            if operation is None or status is None or operation.state in ENDED:
                return False
            (last,) = connection.execute(
                "SELECT coalesce(max(number), 0) FROM messages WHERE operation_id = ?", (message.operation_id,)
            ).fetchone()
            message = replace(message, number=last + 1)
            record = encode(message, f"message on operation {message.operation_id}")
            connection.execute("INSERT INTO messages VALUES (?, ?, ?)", (message.operation_id, last + 1, record))
            rows.set_due(connection, operation, status)
            return True

    def messages(self, operation_id: str, after: int = 0) -> list[Message]:
        with self._database.read() as connection:
            found = connection.execute(
                "SELECT record FROM messages WHERE operation_id = ? AND number > ? ORDER BY number LIMIT ?",
                (operation_id, after, MESSAGES_AT_ONCE),
            )
            return [decode(data, Message, f"message on operation {operation_id}") for (data,) in found]

    def outcomes(self, since: datetime) -> list[dict[str, object]]:
        with self._database.read() as connection:
            found = connection.execute(
                "SELECT date(ended_at / 1000000, 'unixepoch') AS day, platform, kind, state, count(*), avg(seconds), "
                "max(seconds) FROM operations WHERE ended_at >= ? GROUP BY day, platform, kind, state "
                "ORDER BY day, platform, kind, state",
                (micros(since),),
            )
            names = ("day", "platform", "kind", "state", "count", "seconds", "longest")
            return [dict(zip(names, row, strict=True)) for row in found]


def _set_due_of(connection: sqlite3.Connection, operation_id: str, status: Status) -> None:
    """Write anew when an operation is due, after its lane has changed."""
    operation = rows.get_operation(connection, operation_id) if operation_id else None
    if operation is not None:
        rows.set_due(connection, operation, status)
