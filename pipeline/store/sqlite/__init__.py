"""The default store: one SQLite file, WAL, every write a transaction that holds the write lock from its start."""

from pipeline.store.sqlite.store import SqliteStore

__all__ = ["SqliteStore"]
