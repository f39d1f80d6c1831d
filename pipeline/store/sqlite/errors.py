"""The error queue."""

from __future__ import annotations

from typing import Any

from pipeline.store.encoding import check_keys, decode
from pipeline.store.records import AuditEntry, Page, SyncError
from pipeline.store.sqlite import rows
from pipeline.store.sqlite.part import Listing, Part

_LIST = Listing("errors", "errors", (("created_at", int), ("error_id", str)), SyncError, newest_first=True)


class Errors(Part):
    """The errors of a store; the methods are told of by ``SyncStore``."""

    def error(self, error_id: str) -> SyncError | None:
        with self._database.read() as connection:
            row = connection.execute("SELECT record FROM errors WHERE error_id = ?", (error_id,)).fetchone()
            return decode(row[0], SyncError, f"error {error_id}") if row else None

    def list_errors(
        self, *, restaurant_id: str = "", platform: str = "", status: str = "", limit: int = 50, cursor: str = ""
    ) -> Page:
        given = {"restaurant_id = ?": restaurant_id, "platform = ?": platform, "status = ?": status}
        conditions: dict[str, Any] = {condition: value for condition, value in given.items() if value}
        return _LIST.page(self._database, conditions, limit, cursor)

    def update_error(self, error: SyncError, *, expected_status: str, audit: AuditEntry | None = None) -> bool:
        with self._database.write() as connection:
            row = connection.execute("SELECT status FROM errors WHERE error_id = ?", (error.error_id,)).fetchone()
            if row is None or row[0] != expected_status:
                return False
            rows.put_error(connection, error)
            rows.put_audit(connection, [audit] if audit else [])
            return True

    def error_depth(self) -> dict[str, int]:
        with self._database.read() as connection:
            found = connection.execute(
                "SELECT platform, count(*) FROM errors WHERE status <> 'resolved' GROUP BY platform ORDER BY platform"
            )
            return dict(found.fetchall())

    def next_error_number(self, restaurant_id: str, platform: str, day: str) -> int:
        check_keys(restaurant_id=restaurant_id, platform=platform, day=day)
        with self._database.write() as connection:
            found = connection.execute(
                "INSERT INTO error_numbers VALUES (?, ?, ?, 1) "
                "ON CONFLICT (restaurant_id, platform, day) DO UPDATE SET number = number + 1 RETURNING number",
                (restaurant_id, platform, day),
            )
            (number,) = found.fetchone()
            found.close()  # an open RETURNING would keep the transaction from ending
            return int(number)
