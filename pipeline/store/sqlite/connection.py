"""Connections to one database file: one per thread, every write a transaction that is meant as one."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.store.protocol import StoreError
from pipeline.store.sqlite.failures import as_sentences, store_error
from pipeline.store.sqlite.schema import migrate

_LEFT_TO_PARENT: list[sqlite3.Connection] = []
"""Connections that a forked child inherited: SQLite forbids it to use or close them."""


class _Connection(sqlite3.Connection):
    """A connection that can be referred to weakly."""


class Database:
    """One SQLite file in WAL mode, used by several threads and processes at once.

    ``:memory:`` is a file, too, which is removed at :meth:`close`: connections of threads could not
    share memory without other rules for locks. ``max_pages`` bounds the file (a page has 4,096 bytes).
    """

    def __init__(self, path: str | Path, *, busy_timeout: timedelta, max_pages: int | None) -> None:
        self._folder: TemporaryDirectory[str] | None = None
        if str(path) == ":memory:":
            self._folder = TemporaryDirectory(prefix="menu-sync-", ignore_cleanup_errors=True)
            path = Path(self._folder.name) / "store.db"
        self.path = str(path)
        self._busy_timeout = busy_timeout
        self._max_pages = max_pages
        self._local = threading.local()
        self._open: weakref.WeakSet[_Connection] = weakref.WeakSet()
        self._lock = threading.Lock()
        self._closed = False
        self.reads = 0
        self.writes = 0
        _prepare_file(self.path)
        with as_sentences(self.path):
            migrate(self._connection(), self.path)

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Give a connection for one SELECT."""
        with as_sentences(self.path):
            connection = self._connection()
            with self._lock:
                self.reads += 1
            yield connection

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Give a connection inside a transaction that holds the write lock from its first statement on.

        A transaction that reads first and asks for the lock later fails where another one wrote meanwhile.
        """
        with as_sentences(self.path):
            connection = self._connection()
            with self._lock:
                self.writes += 1
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    def close(self) -> None:
        """Close the connections of all threads."""
        with self._lock:
            self._closed = True
            connections = list(self._open)
        for connection in connections:
            with contextlib.suppress(sqlite3.Error):
                connection.close()
        if self._folder is not None:
            self._folder.cleanup()

    def _connection(self) -> sqlite3.Connection:
        if self._closed:
            raise StoreError(f"The database {self.path} was closed before: open the store again.")
        held: tuple[int, _Connection] | None = getattr(self._local, "held", None)
        if held is not None:
            if held[0] == os.getpid():
                return held[1]
            _LEFT_TO_PARENT.append(held[1])
        connection = self._connect()
        self._local.held = (os.getpid(), connection)
        with self._lock:
            self._open.add(connection)
        return connection

    def _connect(self) -> _Connection:
        connection = sqlite3.connect(
            self.path,
            timeout=self._busy_timeout.total_seconds(),
            isolation_level=None,
            check_same_thread=False,  # so that close() reaches the connections of other threads
            factory=_Connection,
        )
        try:
            self._set_wal(connection)
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA trusted_schema = OFF")
            if self._max_pages is not None:
                connection.execute(f"PRAGMA max_page_count = {int(self._max_pages)}")
        except BaseException:
            connection.close()
            raise
        return connection

    def _set_wal(self, connection: sqlite3.Connection) -> None:
        """Switch to WAL once; SQLite does not wait by itself where two processes do so at once."""
        until = time.monotonic() + self._busy_timeout.total_seconds()
        while True:
            try:
                (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
                if mode != "wal":
                    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                    raise store_error(self.path, error) from None
                time.sleep(0.01)
                continue
            if mode != "wal":
                raise StoreError(
                    f"The database {self.path} lies on a file system without shared memory: move it to a local disk."
                )
            return


def _prepare_file(path: str) -> None:
    """Make the file, readable by its owner only (it will hold platforms' tokens); say what stands in the way."""
    if not path.strip() or "\0" in path:
        raise StoreError("No database file is named: give the path of one.")
    file = Path(path)
    try:
        if file.is_dir():
            raise StoreError(f"The database {path} is a folder: name a file.")
        if not file.parent.is_dir():
            raise StoreError(f"The database {path} cannot be made: there is no folder {file.parent}.")
        if not file.exists():
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise StoreError(f"The database {path} cannot be made: {error.strerror}.") from None
