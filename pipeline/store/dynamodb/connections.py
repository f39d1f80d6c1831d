"""Connections: which restaurant is on which platform, with which store settings."""

from __future__ import annotations

from pipeline.store.dynamodb.failures import Refused
from pipeline.store.dynamodb.items import audit_item, connection_item, place_key
from pipeline.store.dynamodb.part import Line, Listing, Part
from pipeline.store.dynamodb.requests import Condition
from pipeline.store.dynamodb.tables import ALL
from pipeline.store.dynamodb.values import Item, can_be_key, joined, text, unpacked
from pipeline.store.records import AuditEntry, Connection, Page


def _read(item: Item) -> Connection:
    return unpacked(item, Connection, f"connection of {text(item, 'restaurant_id')} to {text(item, 'platform')}")


_LIST = Listing("connections", "connections", (str, str), _read)


class Connections(Part):
    """The connections of a store; the methods are told of by ``SyncStore``."""

    def connections(self, restaurant_id: str = "", platform: str = "", limit: int = 500, cursor: str = "") -> Page:
        can_be_key(*filter(None, (restaurant_id, platform)))
        low = high = ""
        line = Line("list", "listed", ALL, "place")
        if platform:
            line = Line("by_platform", "platform", platform, "place")
        if restaurant_id:
            low, high = joined(restaurant_id, ""), joined(restaurant_id, "\U0010ffff")
        return _LIST.page(self._tables, [line], limit, cursor, low=low, high=high)

    def connection(self, restaurant_id: str, platform: str) -> Connection | None:
        if not can_be_key(restaurant_id, platform):
            return None
        item = self._tables.get("connections", place_key(restaurant_id, platform))
        return _read(item) if item else None

    def put_connection(self, connection: Connection, audit: AuditEntry | None = None) -> None:
        writes = [self._tables.put("connections", connection_item(connection))]
        if audit is not None:
            writes.append(self._tables.put("data", audit_item(audit, self._retention)))
        self._tables.transact(writes)

    def delete_connection(self, restaurant_id: str, platform: str, audit: AuditEntry | None = None) -> bool:
        if not can_be_key(restaurant_id, platform):
            return False
        there = Condition("attribute_exists(#restaurant_id)")
        writes = [self._tables.delete("connections", place_key(restaurant_id, platform), there)]
        if audit is not None:
            writes.append(self._tables.put("data", audit_item(audit, self._retention)))
        try:
            self._tables.transact(writes)
        except Refused:
            return False
        return True
