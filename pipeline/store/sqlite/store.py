"""The store that needs no server: one SQLite file."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from pipeline.store.retention import Retention
from pipeline.store.sqlite.audit import Audit
from pipeline.store.sqlite.availability import Availability
from pipeline.store.sqlite.blobs import Blobs
from pipeline.store.sqlite.connection import Database
from pipeline.store.sqlite.connections import Connections
from pipeline.store.sqlite.errors import Errors
from pipeline.store.sqlite.limits import Limits
from pipeline.store.sqlite.operations import Operations
from pipeline.store.sqlite.purge import Purge
from pipeline.store.sqlite.statuses import Statuses

BUSY_TIMEOUT = timedelta(seconds=10)


class SqliteStore(Operations, Statuses, Errors, Connections, Availability, Blobs, Limits, Audit, Purge):
    """A :class:`~pipeline.store.protocol.SyncStore` in one SQLite file, for any number of threads and processes.

    Raises StoreError where the file cannot be used: a folder, no database, damaged, of a newer program.

    >>> store = SqliteStore(":memory:")
    >>> store.next_error_number("rest_001", "acme", "20250115")
    1
    >>> store.close()
    """

    def __init__(
        self,
        path: str | Path,
        *,
        busy_timeout: timedelta = BUSY_TIMEOUT,
        max_pages: int | None = None,
        retention: Retention | None = None,
    ) -> None:
        self._retention = retention or Retention()
        self._database = Database(path, busy_timeout=busy_timeout, max_pages=max_pages)

    @property
    def read_requests(self) -> int:
        """How many requests only read."""
        return self._database.reads

    @property
    def write_requests(self) -> int:
        """How many requests were made to write."""
        return self._database.writes

    def close(self) -> None:
        """Let go of connections."""
        self._database.close()
