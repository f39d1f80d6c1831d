"""The audit log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pipeline.store.encoding import micros
from pipeline.store.records import AuditEntry, Page
from pipeline.store.sqlite import rows
from pipeline.store.sqlite.part import Listing, Part

_LIST = Listing("audit", "audit", (("at", int), ("number", int)), AuditEntry, newest_first=True)


class Audit(Part):
    """The audit log of a store; the methods are told of by ``SyncStore``."""

    def audit(
        self, *, restaurant_id: str = "", since: datetime | None = None, limit: int = 100, cursor: str = ""
    ) -> Page:
        conditions: dict[str, Any] = {}
        if restaurant_id:
            conditions["restaurant_id = ?"] = restaurant_id
        if since is not None:
            conditions["at >= ?"] = micros(since)
        return _LIST.page(self._database, conditions, limit, cursor)

    def add_audit(self, entry: AuditEntry) -> None:
        with self._database.write() as connection:
            rows.put_audit(connection, [entry])
