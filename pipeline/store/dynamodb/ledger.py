"""The availability ledger: what is sold out where, since when and until when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from pipeline.store.dynamodb.items import ENDING, sold_out_key, sold_out_of, sold_out_values
from pipeline.store.dynamodb.part import Line, Listing, Part
from pipeline.store.dynamodb.requests import Tables, Write, equals
from pipeline.store.dynamodb.values import Item, can_be_key, instant, joined, number, text
from pipeline.store.encoding import check_count, page_limit
from pipeline.store.records import Page, SoldOut

_OF_PLATFORM = Listing("sold_out", "data", (int, str, str, str), sold_out_of)


def ledger_writes(tables: Tables, entries: Sequence[SoldOut]) -> list[Write]:
    """Write the entries that nobody changed since they were read; remove those that are over."""
    writes = []
    for entry in _unchanged(tables, entries):
        key, same = sold_out_key(entry), equals("version", entry.version)
        if entry.ended and entry.told:
            writes.append(tables.delete("data", key, same))
        else:
            writes.append(tables.update("data", key, sold_out_values(entry), same, count="version"))
    return writes


def _unchanged(tables: Tables, entries: Sequence[SoldOut]) -> list[SoldOut]:
    """Give the entries whose version is still the stored one; none stands there for version 0."""
    last = {_identity(entry): entry for entry in entries}
    if not last:
        return []
    keys = [("data", sold_out_key(entry)) for entry in last.values()]
    found = tables.get_all(keys, before_write=True, only={"data": ["version"]})  # type: ignore[arg-type]
    pairs = zip(last.values(), found, strict=True)
    return [entry for entry, item in pairs if entry.version == (number(item, "version") if item else 0)]


def _identity(entry: SoldOut) -> tuple[str, str, str, str]:
    return entry.restaurant_id, entry.platform, entry.kind, entry.id


class Ledger(Part):
    """The ledger of a store; the methods are told of by ``SyncStore``."""

    def sold_out(self, restaurant_id: str, platform: str = "") -> list[SoldOut]:
        if not can_be_key(restaurant_id):
            return []
        # Behind the name of a platform a separator follows, and then what sorts before any higher one.
        low = joined(platform, "") if platform else ""
        high = joined(platform, "\U0010ffff") if platform else ""
        found = self._tables.query("data", "", ("pk", joined("sold_out", restaurant_id)), ("sk", low, high))
        return [sold_out_of(item) for item in found]

    def put_sold_out(self, entries: Iterable[SoldOut], remove: Iterable[SoldOut] = ()) -> None:
        entries, remove = list(entries), list(remove)
        check_count(len(entries) + len(remove))
        written = {_identity(entry): entry for entry in entries}
        gone = [entry for entry in remove if _identity(entry) not in written]
        writes = [
            self._tables.update("data", sold_out_key(entry), sold_out_values(entry), count="version")
            for entry in written.values()
        ]

        def attempt() -> None:
            removes = [
                self._tables.delete("data", sold_out_key(entry), equals("version", entry.version))
                for entry in _unchanged(self._tables, gone)
            ]
            if writes or removes:
                self._tables.transact([*writes, *removes])

        self._tables.client.settle(attempt)

    def ending(self, now: datetime, limit: int = 100) -> list[SoldOut]:
        limit, latest = page_limit(limit), instant(now)
        between = ("expires", "", latest)
        found = self._tables.query("data", "by_expiry", ("expiry_line", ENDING), between, page=limit)
        keys = [{"pk": item["pk"], "sk": item["sk"]} for item, _ in zip(found, range(limit), strict=False)]
        items = self._tables.get_all([("data", key) for key in keys])
        still = [item for item in items if item and _has_come(item, latest)]
        return [sold_out_of(item) for item in sorted(still, key=lambda item: text(item, "expires"))]

    def list_sold_out(
        self, platform: str, *, before: datetime | None = None, limit: int = 100, cursor: str = ""
    ) -> Page:
        lines = [Line("by_line", "line", joined("sold_out", platform), "at")] if can_be_key(platform) else []
        high = instant(before) if before else ""  # every entry of that very instant has more behind it
        return _OF_PLATFORM.page(self._tables, lines, limit, cursor, high=high)


def _has_come(item: Item, latest: str) -> bool:
    return text(item, "expiry_line") == ENDING and text(item, "expires") <= latest
