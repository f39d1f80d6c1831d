"""Statuses: one restaurant on one platform."""

from __future__ import annotations

from typing import Any

from pipeline.store.dynamodb.failures import Refused
from pipeline.store.dynamodb.items import LONGEST_SEARCH, place_key, status_of, status_values
from pipeline.store.dynamodb.part import Line, Listing, Part
from pipeline.store.dynamodb.requests import equals
from pipeline.store.dynamodb.tables import ALL
from pipeline.store.dynamodb.values import Item, can_be_key
from pipeline.store.records import Page, State, Status


def _read(item: Item) -> Any:
    return status_of(item)


_LIST = Listing("statuses", "sync_status", (str, str), _read)


class Statuses(Part):
    """The statuses of a store; the methods are told of by ``SyncStore``."""

    def status(self, restaurant_id: str, platform: str) -> Status | None:
        if not can_be_key(restaurant_id, platform):
            return None
        return status_of(self._tables.get("sync_status", place_key(restaurant_id, platform)))

    def statuses(self, restaurant_id: str) -> list[Status]:
        if not can_be_key(restaurant_id):
            return []
        found = self._tables.query("sync_status", "", ("restaurant_id", restaurant_id))
        return [status for status in map(status_of, found) if status]

    def put_status(self, status: Status, *, expected_fencing: int) -> bool:
        values = status_values(status)
        key = place_key(status.restaurant_id, status.platform)
        try:
            self._tables.single(self._tables.update("sync_status", key, values, equals("fencing", expected_fencing)))
        except Refused:
            return False
        return True

    def list_statuses(
        self, *, platform: str = "", state: State | None = None, search: str = "", limit: int = 50, cursor: str = ""
    ) -> Page:
        can_be_key(*filter(None, (platform, search)))
        if len(search) > LONGEST_SEARCH:
            return Page(items=[])  # longer than what is searched
        line = Line("list", "listed", ALL, "place")
        return _LIST.page(
            self._tables,
            [line],
            limit,
            cursor,
            equal={"platform": platform, "state": state.value if state else ""},
            contains=("search", search.casefold()) if search else None,
        )
