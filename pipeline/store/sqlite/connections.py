"""Connections: which restaurant is on which platform, with which store settings."""

from __future__ import annotations

from typing import Any

from pipeline.store.encoding import check_keys, decode, encode
from pipeline.store.records import AuditEntry, Connection, Page
from pipeline.store.sqlite import rows
from pipeline.store.sqlite.part import Listing, Part

_LIST = Listing("connections", "connections", (("restaurant_id", str), ("platform", str)), Connection)


class Connections(Part):
    """The connections of a store; the methods are told of by ``SyncStore``."""

    def connections(self, restaurant_id: str = "", platform: str = "", limit: int = 500, cursor: str = "") -> Page:
        given = {"restaurant_id = ?": restaurant_id, "platform = ?": platform}
        conditions: dict[str, Any] = {condition: value for condition, value in given.items() if value}
        return _LIST.page(self._database, conditions, limit, cursor)

    def connection(self, restaurant_id: str, platform: str) -> Connection | None:
        with self._database.read() as database:
            row = database.execute(
                "SELECT record FROM connections WHERE restaurant_id = ? AND platform = ?", (restaurant_id, platform)
            ).fetchone()
            return decode(row[0], Connection, f"connection of {restaurant_id} to {platform}") if row else None

    def put_connection(self, connection: Connection, audit: AuditEntry | None = None) -> None:
        key = (connection.restaurant_id, connection.platform)
        check_keys(restaurant_id=key[0], platform=key[1])
        record = encode(connection, f"connection of {key[0]} to {key[1]}")
        with self._database.write() as database:
            database.execute("INSERT OR REPLACE INTO connections VALUES (?, ?, ?)", (*key, record))
            rows.put_audit(database, [audit] if audit else [])

    def delete_connection(self, restaurant_id: str, platform: str, audit: AuditEntry | None = None) -> bool:
        with self._database.write() as database:
            removed = database.execute(
                "DELETE FROM connections WHERE restaurant_id = ? AND platform = ?", (restaurant_id, platform)
            ).rowcount
            rows.put_audit(database, [audit] if audit and removed else [])
            return removed == 1
