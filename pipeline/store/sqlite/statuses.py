"""Statuses: one restaurant on one platform."""

from __future__ import annotations

from typing import Any

from pipeline.store import lanes
from pipeline.store.encoding import decode
from pipeline.store.records import Page, State, Status
from pipeline.store.sqlite import rows
from pipeline.store.sqlite.part import Listing, Part

_LIST = Listing("statuses", "statuses", (("restaurant_id", str), ("platform", str)), Status, index="statuses_list")


class Statuses(Part):
    """The statuses of a store; the methods are told of by ``SyncStore``."""

    def status(self, restaurant_id: str, platform: str) -> Status | None:
        with self._database.read() as connection:
            return rows.get_status(connection, restaurant_id, platform)

    def statuses(self, restaurant_id: str) -> list[Status]:
        with self._database.read() as connection:
            found = connection.execute(
                "SELECT record FROM statuses WHERE restaurant_id = ? ORDER BY platform", (restaurant_id,)
            )
            return [decode(data, Status, f"status of {restaurant_id}") for (data,) in found]

    def put_status(self, status: Status, *, expected_fencing: int) -> bool:
        with self._database.write() as connection:
            stored = rows.get_status(connection, status.restaurant_id, status.platform)
            if expected_fencing != (stored.fencing if stored else 0):
                return False
            rows.put_status(connection, lanes.with_lanes_of(status, stored))
            return True

    def list_statuses(
        self, *, platform: str = "", state: State | None = None, search: str = "", limit: int = 50, cursor: str = ""
    ) -> Page:
        conditions: dict[str, Any] = {}
        if platform:
            conditions["platform = ?"] = platform
        if state is not None:
            conditions["state = ?"] = state
        if search:
            conditions["instr(search, ?) > 0"] = search.casefold()
        return _LIST.page(self._database, conditions, limit, cursor)
