"""The availability ledger: what is sold out where, since when and until when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pipeline.store.encoding import check_count, decode, micros, page_limit
from pipeline.store.records import Page, SoldOut
from pipeline.store.sqlite import ledger
from pipeline.store.sqlite.part import Listing, Part

_OF_PLATFORM = Listing(
    "sold_out", "sold_out", (("since", int), ("restaurant_id", str), ("kind", str), ("id", str)), SoldOut
)


class Availability(Part):
    """The ledger of a store; the methods are told of by ``SyncStore``."""

    def sold_out(self, restaurant_id: str, platform: str = "") -> list[SoldOut]:
        with self._database.read() as connection:
            found = connection.execute(
                "SELECT record FROM sold_out WHERE restaurant_id = ? AND (? = '' OR platform = ?) "
                "ORDER BY platform, kind, id",
                (restaurant_id, platform, platform),
            )
            return [decode(data, SoldOut, f"ledger of {restaurant_id}") for (data,) in found]

    def put_sold_out(self, entries: Iterable[SoldOut], remove: Iterable[SoldOut] = ()) -> None:
        entries, remove = list(entries), list(remove)
        check_count(len(entries) + len(remove))
        with self._database.write() as connection:
            ledger.remove(connection, remove)
            ledger.put(connection, entries)

    def ending(self, now: datetime, limit: int = 100) -> list[SoldOut]:
        with self._database.read() as connection:
            found = connection.execute(
                "SELECT record FROM sold_out WHERE until <= ? AND ended = 0 ORDER BY until LIMIT ?",
                (micros(now), page_limit(limit)),
            )
            return [decode(data, SoldOut, "ledger") for (data,) in found]

    def list_sold_out(
        self, platform: str, *, before: datetime | None = None, limit: int = 100, cursor: str = ""
    ) -> Page:
        conditions: dict[str, object] = {"ended = 0 AND platform = ?": platform}
        if before is not None:
            conditions["since < ?"] = micros(before)
        return _OF_PLATFORM.page(self._database, conditions, limit, cursor)
