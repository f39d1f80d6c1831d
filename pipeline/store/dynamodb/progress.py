"""Operations that somebody has taken up: written, kept, parked, ended; and what platforms report on them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from msgspec.structs import replace

from pipeline.store import lanes
from pipeline.store.compression import pack
from pipeline.store.dynamodb.blobs import BlobWrites, hosted_write
from pipeline.store.dynamodb.buckets import bucket_writes
from pipeline.store.dynamodb.failures import Refused
from pipeline.store.dynamodb.items import (
    DUE,
    Values,
    audit_item,
    due_values,
    end_of_history,
    error_item,
    holds,
    lane_prefix,
    operation_key,
    operation_of,
    operation_values,
    place_key,
    reference_key,
    status_of,
)
from pipeline.store.dynamodb.ledger import ledger_writes
from pipeline.store.dynamodb.operations import Operations, reference_taken, reference_writes
from pipeline.store.dynamodb.requests import Condition, Write, equals, is_new, item_of
from pipeline.store.dynamodb.values import (
    Item,
    Value,
    can_be_key,
    instant,
    joined,
    key,
    number,
    packed,
    seconds,
    text,
    unpacked,
)
from pipeline.store.encoding import check_count, micros
from pipeline.store.protocol import MAX_TRANSACTION_RECORDS, MESSAGES_AT_ONCE, Noted
from pipeline.store.records import (
    ENDED,
    AuditEntry,
    Bucket,
    Hosted,
    Message,
    Operation,
    SoldOut,
    Status,
    SyncError,
)


class Progress(Operations):
    """What an operation's owner writes; the methods are told of by ``SyncStore``."""

    def checkpoint(
        self,
        operation: Operation,
        blobs: Mapping[str, bytes] | None = None,
        through: Iterable[Bucket] = (),
        hosted: Hosted | None = None,
    ) -> Noted:
        lanes.check_progress(operation)
        packed_blobs, through = pack(blobs), list(through)
        check_count(1 + len(packed_blobs) + len(through) + (hosted is not None))
        values = operation_values(operation, self._retention)
        place = place_key(operation.restaurant_id, operation.platform)
        mine = operation_key(operation.operation_id)
        kept_until = end_of_history(operation, self._retention.history)
        blob_writes = BlobWrites(self._tables, self._bulk, packed_blobs, kept_until)
        hosting = [hosted_write(self._tables, hosted)] if hosted is not None else []
        old_reference = operation.reference  # which rarely changes, so that it need not be read before
        takings = bucket_writes(self._tables, through, operation.updated_at)

        def attempt() -> Noted:
            nonlocal old_reference, takings
            references = reference_writes(self, operation, old_reference)
            writes = [
                self._tables.check("sync_status", place, holds(operation)),
                # Its lease says when it is due, and has not changed.
                self._tables.update("operations", mine, values, equals("reference", old_reference or None)),
                *references,
                *takings,
                *blob_writes.writes(),
                *hosting,
            ]
            first_taking = 2 + len(references)
            first_blob = first_taking + len(takings)
            try:
                self._tables.transact(writes)
            except Refused as refused:
                if 0 in refused.items:
                    return Noted.NOTHING
                if 1 in refused.items:
                    old_reference = text(refused.items[1], "reference")
                elif references and 2 in refused.items:
                    raise reference_taken(operation) from None
                blob_writes.learn(refused, first_blob)
                if any(first_taking <= place < first_blob for place in refused.items):
                    takings = []  # another process was faster: whoever sends the request asks the buckets again
                raise
            return Noted.ADMITTED if takings else Noted.PROGRESS

        return self._tables.client.settle(attempt)

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
        audit, sold_out, packed_blobs = list(audit), list(sold_out), pack(blobs)
        # Its operation, status and waiting one.
        check_count(3 + (error is not None) + len(audit) + len(sold_out) + len(packed_blobs))
        values = operation_values(operation, self._retention)
        others = [self._tables.put("sync_errors", error_item(error, self._retention))] if error else []
        others += [
            self._tables.put("data", audit_item(entry, self._retention, place)) for place, entry in enumerate(audit)
        ]
        if error is not None:
            values["ttl"] = None
        kept_until = end_of_history(operation, self._retention.history)
        blob_writes = BlobWrites(self._tables, self._bulk, packed_blobs, kept_until)

        def attempt() -> bool:
            found, stored = self._tables.get_all(
                [
                    ("operations", operation_key(operation.operation_id)),
                    ("sync_status", place_key(operation.restaurant_id, operation.platform)),
                ],
                before_write=True,
                only={"operations": ["messages", "reference"]},
            )
            before = status_of(stored)
            if found is None or stored is None or before is None or not lanes.holds(operation, before):
                return False
            after = lanes.finished(operation, status, before)
            writes = [self._status_write(after, stored, operation), self._end_write(operation, values, after, found)]
            writes += self._waiting_write(after, operation)
            references = reference_writes(self, operation, text(found, "reference"))
            first_blob = len(writes) + len(references)
            writes += [*references, *blob_writes.writes(), *others]
            writes += ledger_writes(self._tables, sold_out)
            if values["ttl"] and operation.reference and len(writes) < MAX_TRANSACTION_RECORDS:
                writes.append(self._reference_expiry(operation, values["ttl"]))
            try:
                self._tables.transact(writes)
            except Refused as refused:
                if references and first_blob - len(references) in refused.items:
                    raise reference_taken(operation) from None
                blob_writes.learn(refused, first_blob)
                raise
            return True

        return self._tables.client.settle(attempt)

    def extend(self, operation: Operation, lease: timedelta, now: datetime) -> bool:
        until = now + lease
        values = {f"{lane_prefix(operation)}lease_until": micros(until)}
        place = place_key(operation.restaurant_id, operation.platform)
        due = {"line": DUE, "at": instant(until)}
        writes = [
            self._tables.update("sync_status", place, values, holds(operation)),
            self._tables.update("operations", operation_key(operation.operation_id), due),
        ]
        try:
            self._tables.transact(writes)
        except Refused:
            return False
        return True

    def add_message(self, message: Message) -> bool:
        if not can_be_key(message.operation_id):
            return False
        return self._tables.client.settle(lambda: self._add_message(message))

    def messages(self, operation_id: str, after: int = 0) -> list[Message]:
        if not can_be_key(operation_id):
            return []
        line = joined("message", operation_id)
        between = ("sk", f"{after + 1:010d}", "")
        found = self._tables.query("data", "", ("pk", line), between, page=MESSAGES_AT_ONCE)
        items = [item for item, _ in zip(found, range(MESSAGES_AT_ONCE), strict=False)]
        return [unpacked(item, Message, f"message on operation {operation_id}") for item in items]

    def _add_message(self, message: Message) -> bool:
        item = self._tables.get("operations", operation_key(message.operation_id), before_write=True)
        if item is None or text(item, "state") in ENDED:
            return False
        operation = operation_of(item)
        place = place_key(operation.restaurant_id, operation.platform)
        status = status_of(self._tables.get("sync_status", place, before_write=True))
        if status is None:
            return False
        last = number(item, "messages") + 1
        message = replace(message, number=last)
        kept: Values = {
            # Long after its operation, of which nothing else says when it will have gone.
            "ttl": seconds(micros(message.at + 4 * self._retention.history)),
            "record": packed(message, f"message on operation {message.operation_id}"),
        }
        entry = {**key(joined("message", message.operation_id), f"{last:010d}"), **item_of(kept)}
        values = {"messages": last, **due_values(operation, status, last)}
        unchanged = equals("rev", number(item, "rev"))
        writes = [
            self._tables.update("operations", operation_key(message.operation_id), values, unchanged),
            self._tables.put("data", entry, is_new("pk")),
        ]
        self._tables.transact(writes)
        return True

    def _end_write(self, operation: Operation, values: Values, after: Status, found: Item) -> Write:
        """Write an operation that ends or is parked; a message that comes meanwhile makes it be written anew."""
        messages = number(found, "messages")
        condition = equals("messages", messages) & equals("reference", text(found, "reference") or None)
        changed = {**values, **due_values(operation, after, messages)}
        return self._tables.update("operations", operation_key(operation.operation_id), changed, condition)

    def _waiting_write(self, after: Status, operation: Operation) -> list[Write]:
        """Make due what waits in a lane that has become free."""
        lane = lanes.lane_of(after, operation)
        if lane.running or not lane.waiting:
            return []
        key = operation_key(lane.waiting)
        ready = Condition("attribute_exists(#ready_at)")
        return [self._tables.update("operations", key, {"line": DUE}, ready, copy={"at": "ready_at"})]

    def _reference_expiry(self, operation: Operation, ttl: Value) -> Write:
        """Let a reference go with the operation that is forgotten by itself."""
        key = reference_key(operation.platform, operation.reference)
        item = {**key, **item_of({"operation_id": operation.operation_id, "ttl": ttl})}
        return self._tables.put("data", item, equals("operation_id", operation.operation_id))
