"""The audit log, and what became of operations over time."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from pipeline.store.dynamodb.items import AUDIT, OVER, audit_item
from pipeline.store.dynamodb.part import Line, Listing, Part
from pipeline.store.dynamodb.values import (
    Item,
    can_be_key,
    from_micros,
    instant,
    joined,
    microseconds_of,
    text,
    unpacked,
)
from pipeline.store.records import AuditEntry, Page


def _read(item: Item) -> AuditEntry:
    return unpacked(item, AuditEntry, "audit entry")


_LIST = Listing("audit", "data", (int, str), _read, newest_first=True)


class Audit(Part):
    """The audit log of a store; the methods are told of by ``SyncStore``."""

    def audit(
        self, *, restaurant_id: str = "", since: datetime | None = None, limit: int = 100, cursor: str = ""
    ) -> Page:
        line = Line("by_line", "line", AUDIT, "at")
        if restaurant_id:
            can_be_key(restaurant_id)
            line = Line("", "pk", joined(AUDIT, restaurant_id), "sk")
        return _LIST.page(self._tables, [line], limit, cursor, low=instant(since) if since else "")

    def add_audit(self, entry: AuditEntry) -> None:
        self._tables.single(self._tables.put("data", audit_item(entry, self._retention)))

    def outcomes(self, since: datetime) -> list[dict[str, object]]:
        took: dict[tuple[str, str, str, str], list[float]] = defaultdict(list)
        for item in self._tables.query("operations", "by_time", ("line", OVER), ("at", instant(since), "")):
            day = f"{from_micros(microseconds_of(text(item, 'at'))):%Y-%m-%d}"
            group = (day, text(item, "platform"), text(item, "kind"), text(item, "state"))
            took[group].append(float(item["seconds"]["N"]))
        return [
            {
                **dict(zip(("day", "platform", "kind", "state"), group, strict=True)),
                "count": len(times),
                "seconds": sum(times) / len(times),
                "longest": max(times),
            }
            for group, times in sorted(took.items())
        ]
