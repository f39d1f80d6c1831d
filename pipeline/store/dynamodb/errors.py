"""The error queue."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from pipeline.store.dynamodb.failures import Refused
from pipeline.store.dynamodb.items import Values, audit_item, error_item, error_key
from pipeline.store.dynamodb.part import Line, Listing, Part
from pipeline.store.dynamodb.requests import equals
from pipeline.store.dynamodb.values import Item, can_be_key, instant, joined, key, seconds, text, unpacked
from pipeline.store.encoding import check_keys, micros
from pipeline.store.records import AuditEntry, Page, SyncError

STATES = ("open", "retrying", "resolved")
ERROR_NUMBER = "error_number"
NUMBERS_KEPT = timedelta(days=31)


def _read(item: Item) -> SyncError:
    return unpacked(item, SyncError, f"error {text(item, 'error_id')}")


_LIST = Listing("errors", "sync_errors", (int, str), _read, newest_first=True)


class Errors(Part):
    """The errors of a store; the methods are told of by ``SyncStore``."""

    def error(self, error_id: str) -> SyncError | None:
        if not can_be_key(error_id):
            return None
        item = self._tables.get("sync_errors", error_key(error_id))
        return _read(item) if item else None

    def list_errors(
        self, *, restaurant_id: str = "", platform: str = "", status: str = "", limit: int = 50, cursor: str = ""
    ) -> Page:
        can_be_key(*filter(None, (restaurant_id, platform, status)))
        if restaurant_id:
            lines = [Line("by_restaurant", "restaurant_id", restaurant_id, "created")]
        else:
            lines = [Line("by_status", "status", one, "created") for one in ((status,) if status else STATES)]
        # DynamoDB refuses a filter on what a line stands for.
        wanted = {"platform": platform, **({"status": status} if restaurant_id else {})}
        return _LIST.page(self._tables, lines, limit, cursor, equal=wanted)

    def update_error(self, error: SyncError, *, expected_status: str, audit: AuditEntry | None = None) -> bool:
        unchanged = equals("status", expected_status)
        writes = [self._tables.put("sync_errors", error_item(error, self._retention), unchanged)]
        if audit is not None:
            writes.append(self._tables.put("data", audit_item(audit, self._retention)))
        try:
            self._tables.transact(writes)
        except Refused:
            return False
        return True

    def error_depth(self) -> dict[str, int]:
        depth: Counter[str] = Counter()
        for status in STATES[:2]:
            found = self._tables.query("sync_errors", "by_status", ("status", status))
            depth.update(text(item, "platform") for item in found)
        return dict(sorted(depth.items()))

    def next_error_number(self, restaurant_id: str, platform: str, day: str) -> int:
        check_keys(restaurant_id=restaurant_id, platform=platform, day=day)
        try:
            begun = datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC)
        except ValueError:
            begun = datetime.now(UTC)
        over = begun + NUMBERS_KEPT
        values: Values = {"expiry_line": ERROR_NUMBER, "expires": instant(over), "ttl": seconds(micros(over))}
        number_key = key(joined(ERROR_NUMBER, restaurant_id, platform, day), ERROR_NUMBER)
        answer = self._tables.single(self._tables.update("data", number_key, values, count="number"))
        return int(answer["Attributes"]["number"]["N"])
