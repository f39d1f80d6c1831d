"""What goes when its time to live has passed, where DynamoDB's own time to live would know too little.

DynamoDB removes by itself, within days, what has ``ttl``: notes, buckets, numbers, hosted documents, the
audit log, resolved errors, and operations that neither published something nor failed with an error.
Here go these, too, if they are still there, and all that stays while something else needs it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice

from pipeline.store.dynamodb.blobs import BLOB, HOSTED
from pipeline.store.dynamodb.buckets import BUCKET
from pipeline.store.dynamodb.bulk import UPLOAD
from pipeline.store.dynamodb.errors import ERROR_NUMBER
from pipeline.store.dynamodb.failures import Refused
from pipeline.store.dynamodb.items import AUDIT, OVER, error_key, operation_key, place_key, reference_key, status_of
from pipeline.store.dynamodb.limits import SEEN
from pipeline.store.dynamodb.part import Part
from pipeline.store.dynamodb.requests import Condition
from pipeline.store.dynamodb.tables import TableName
from pipeline.store.dynamodb.values import Item, instant, joined, text

MOST = 5_000
"""Records that go in one call."""
Places = dict[tuple[str, str], frozenset[str]]
"""The operations that stay for a restaurant on a platform, looked up once per call."""


class Purge(Part):
    """Time to live; the method is told of by ``SyncStore``."""

    def purge(self, now: datetime) -> int:
        history = instant(now - self._retention.history)
        steps: list[Callable[[], Iterator[bool]]] = [
            lambda: self._operations(history),
            lambda: self._errors(history),
            lambda: self._expired(HOSTED, now),
            lambda: self._blobs(now),
            lambda: self._uploads(now),
            lambda: self._expired(BUCKET, now),
            lambda: self._expired(SEEN, now),
            lambda: self._expired(ERROR_NUMBER, now),
            lambda: self._audit(instant(now - self._retention.audit)),
        ]
        removed = 0
        for step in steps:
            for was_removed in step():
                removed += was_removed
                if removed >= MOST:
                    return removed
        return removed

    def _operations(self, latest: str) -> Iterator[bool]:
        places: Places = {}
        for item in list(self._found("operations", "by_time", ("line", OVER), "at", latest)):
            name = text(item, "operation_id")
            if self._is_needed(item, places):
                continue
            yield self._remove("operations", operation_key(name), Condition("#at <= :latest", {"latest": latest}))
            reference = text(item, "reference")
            if reference:
                mine = Condition("#operation_id = :mine", {"mine": name})
                self._remove("data", reference_key(text(item, "platform"), reference), mine)
            for message in self._tables.query("data", "", ("pk", joined("message", name)), before_write=True):
                self._remove("data", {"pk": message["pk"], "sk": message["sk"]}, Condition())

    def _is_needed(self, item: Item, places: Places) -> bool:
        """Tell whether an operation is live, one of the last publishes, or named by an unresolved error."""
        name, place = text(item, "operation_id"), (text(item, "restaurant_id"), text(item, "platform"))
        if place not in places:
            places[place] = self._kept_of(*place)
        if name in places[place]:
            return True
        key = ("open_operation", joined(place[1], name))
        return any(True for _ in self._tables.query("sync_errors", "by_operation", key, page=1, before_write=True))

    def _kept_of(self, restaurant_id: str, platform: str) -> frozenset[str]:
        status = status_of(self._tables.get("sync_status", place_key(restaurant_id, platform), before_write=True))
        published = self._tables.query(
            "operations",
            "history",
            ("restaurant_id", restaurant_id),
            backwards=True,
            filtered=Condition("#platform = :platform AND attribute_exists(#published)", {"platform": platform}),
            before_write=True,
        )
        last = [
            text(item, "operation_id") for item, _ in zip(published, range(self._retention.publishes), strict=False)
        ]
        return frozenset([*last, status.accepted_operation if status else ""])

    def _errors(self, latest: str) -> Iterator[bool]:
        resolved = self._tables.query("sync_errors", "by_status", ("status", "resolved"), before_write=True)
        for item in list(resolved):
            if text(item, "resolved") <= latest:
                condition = Condition("#resolved <= :latest", {"latest": latest})
                yield self._remove("sync_errors", error_key(text(item, "error_id")), condition)

    def _expired(self, line: str, now: datetime) -> Iterator[bool]:
        for key in self._expired_keys(line, now):
            yield self._remove("data", key, _expired_by(now))

    def _blobs(self, now: datetime) -> Iterator[bool]:
        for key in self._expired_keys(BLOB, now):
            header = self._tables.get("data", key, before_write=True)
            if header is None or self._is_named(key):
                continue
            unchanged = _expired_by(now)
            place = text(header, "place")
            if place:
                unchanged &= Condition("#place = :place", {"place": place})
            removed = self._remove("data", key, unchanged)
            if removed and place:
                self._bulk.remove(place)
            yield removed

    def _uploads(self, now: datetime) -> Iterator[bool]:
        for key in self._expired_keys(UPLOAD, now):
            note = self._tables.get("data", key, before_write=True)
            if note is not None:
                self._bulk.sweep(note)
                yield True

    def _audit(self, latest: str) -> Iterator[bool]:
        above = f"{latest}\x7f"  # behind the instant stands what tells entries of one instant apart
        for item in list(self._found("data", "by_line", ("line", AUDIT), "at", above)):
            yield self._remove("data", {"pk": item["pk"], "sk": item["sk"]}, Condition())

    def _is_named(self, key: Item) -> bool:
        blob_id = key["pk"]["S"].removeprefix(joined(BLOB, "")).replace("\x00\x01", "\x00")
        tables: tuple[TableName, ...] = ("operations", "sync_errors")
        names = [("by_snapshot", "snapshot_id"), ("by_payload", "payload_id")]
        return any(
            True
            for table in tables
            for index, name in names
            for _ in self._tables.query(table, index, (name, blob_id), page=1, before_write=True)
        )

    def _expired_keys(self, line: str, now: datetime) -> list[Item]:
        found = self._found("data", "by_expiry", ("expiry_line", line), "expires", instant(now))
        return [{"pk": item["pk"], "sk": item["sk"]} for item in found]

    def _found(
        self, table: TableName, index: str, partition: tuple[str, str], sort: str, latest: str
    ) -> Iterator[Item]:
        """Give what an index holds up to an instant, and no more than a call may remove."""
        found = self._tables.query(table, index, partition, (sort, "", latest), before_write=True)
        return islice(found, None if table == "operations" else MOST)  # of operations some stay, whatever their age

    def _remove(self, table: TableName, key: Item, condition: Condition) -> bool:
        try:
            self._tables.single(self._tables.delete(table, key, condition))
        except Refused:
            return False
        return True


def _expired_by(now: datetime) -> Condition:
    return Condition("#expires <= :now", {"now": instant(now)})
