"""What goes when its time to live has passed."""

from __future__ import annotations

from datetime import datetime, timedelta

from pipeline.store.encoding import micros
from pipeline.store.sqlite.part import Part

AT_ONCE = 500
"""Records that go in one transaction, so that others need not wait long for theirs."""
MOST = 20_000
"""Records that go in one call."""
ERROR_NUMBERS = timedelta(days=30)

# Each gives the keys of what may go. Operations come before the blobs that they name.
_EXPIRED = (
    (
        "operations",
        "operation_id",
        """SELECT operation_id FROM operations AS old WHERE ended_at <= :history
        AND NOT EXISTS (SELECT 1 FROM statuses WHERE statuses.restaurant_id = old.restaurant_id
            AND statuses.platform = old.platform AND accepted_operation = old.operation_id)
        AND NOT EXISTS (SELECT 1 FROM errors INDEXED BY errors_open WHERE errors.platform = old.platform
            AND errors.operation_id = old.operation_id AND status <> 'resolved')
        AND (state <> 'SYNCED' OR lane <> 'publish' OR created_at < (
            SELECT created_at FROM operations AS newer WHERE newer.restaurant_id = old.restaurant_id
            AND newer.platform = old.platform AND state = 'SYNCED' AND lane = 'publish'
            ORDER BY created_at DESC, operation_id DESC LIMIT 1 OFFSET :publishes - 1))""",
    ),
    ("errors", "error_id", "SELECT error_id FROM errors WHERE resolved_at <= :history"),
    ("hosted", "token", "SELECT token FROM hosted WHERE expires_at <= :now"),
    (
        "blobs",
        "blob_id",
        """SELECT blob_id FROM blobs WHERE expires_at <= :now
        AND NOT EXISTS (SELECT 1 FROM operations WHERE snapshot_id = blob_id)
        AND NOT EXISTS (SELECT 1 FROM operations WHERE payload_id = blob_id)
        AND NOT EXISTS (SELECT 1 FROM errors WHERE snapshot_id = blob_id)
        AND NOT EXISTS (SELECT 1 FROM errors WHERE payload_id = blob_id)""",
    ),
    ("buckets", "bucket", "SELECT bucket FROM buckets WHERE expires_at <= :now"),
    ("seen", "key", "SELECT key FROM seen WHERE expires_at <= :now"),
    ("audit", "number", "SELECT number FROM audit WHERE at <= :audit"),
)


class Purge(Part):
    """Time to live; the method is told of by ``SyncStore``."""

    def purge(self, now: datetime) -> int:
        retention = self._retention
        values = {
            "now": micros(now),
            "history": micros(now - retention.history),
            "audit": micros(now - retention.audit),
            "publishes": retention.publishes,
        }
        removed = self._remove_error_numbers(f"{now - ERROR_NUMBERS:%Y%m%d}")
        for table, key, expired in _EXPIRED:
            while removed < MOST:
                count = self._remove(table, key, f"{expired} LIMIT {AT_ONCE}", values)
                removed += count
                if count < AT_ONCE:
                    break
        return removed

    def _remove(self, table: str, key: str, expired: str, values: dict[str, int]) -> int:
        with self._database.read() as connection:
            found = connection.execute(expired, values).fetchall()
        if not found:
            return 0
        with self._database.write() as connection:
            # Asked again within the transaction: something may have come to name it meanwhile.
            removed = connection.execute(f"DELETE FROM {table} WHERE {key} IN ({expired})", values).rowcount  # noqa: S608
            if table == "operations":
                connection.executemany(
                    "DELETE FROM messages WHERE operation_id = ? AND NOT EXISTS "
                    "(SELECT 1 FROM operations WHERE operations.operation_id = messages.operation_id)",
                    found,
                )
            return int(removed)

    def _remove_error_numbers(self, before: str) -> int:
        with self._database.write() as connection:
            return connection.execute("DELETE FROM error_numbers WHERE day < ?", (before,)).rowcount
