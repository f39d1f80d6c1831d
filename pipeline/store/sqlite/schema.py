"""The tables, as numbered steps that only ever go forward. A step that was released is never changed.

A record is JSON in ``record``; beside it stand the columns that are searched. Times are microseconds
since 1970.
"""

from __future__ import annotations

import sqlite3

from pipeline.store.protocol import StoreError

_FIRST = (
    """CREATE TABLE operations (
        operation_id TEXT PRIMARY KEY, restaurant_id TEXT NOT NULL, platform TEXT NOT NULL, reference TEXT,
        kind TEXT NOT NULL, lane TEXT NOT NULL, state TEXT NOT NULL, created_at INTEGER NOT NULL, due_at INTEGER,
        ended_at INTEGER, seconds REAL, snapshot_id TEXT, payload_id TEXT, record BLOB NOT NULL) STRICT""",
    "CREATE UNIQUE INDEX operations_reference ON operations (platform, reference) WHERE reference IS NOT NULL",
    "CREATE INDEX operations_history ON operations (restaurant_id, created_at, operation_id)",
    "CREATE INDEX operations_of_platform ON operations (restaurant_id, platform, created_at, operation_id)",
    "CREATE INDEX operations_due ON operations (due_at) WHERE due_at IS NOT NULL",
    """CREATE INDEX operations_ended ON operations (ended_at, platform, kind, state, seconds)
        WHERE ended_at IS NOT NULL""",
    "CREATE INDEX operations_snapshot ON operations (snapshot_id) WHERE snapshot_id IS NOT NULL",
    "CREATE INDEX operations_payload ON operations (payload_id) WHERE payload_id IS NOT NULL",
    """CREATE TABLE messages (
        operation_id TEXT NOT NULL, number INTEGER NOT NULL, record BLOB NOT NULL,
        PRIMARY KEY (operation_id, number)) STRICT""",
    """CREATE TABLE statuses (
        restaurant_id TEXT NOT NULL, platform TEXT NOT NULL, state TEXT NOT NULL, search TEXT NOT NULL,
        accepted_operation TEXT NOT NULL, record BLOB NOT NULL, PRIMARY KEY (restaurant_id, platform)) STRICT""",
    # Holds all that a list is filtered by, so that a search reads no record but those it gives.
    "CREATE INDEX statuses_list ON statuses (restaurant_id, platform, state, search)",
    """CREATE TABLE errors (
        error_id TEXT PRIMARY KEY, restaurant_id TEXT NOT NULL, platform TEXT NOT NULL, status TEXT NOT NULL,
        operation_id TEXT NOT NULL, created_at INTEGER NOT NULL, resolved_at INTEGER, snapshot_id TEXT,
        payload_id TEXT, record BLOB NOT NULL) STRICT""",
    "CREATE INDEX errors_list ON errors (created_at, error_id, platform, status)",
    "CREATE INDEX errors_of_restaurant ON errors (restaurant_id, created_at, error_id)",
    "CREATE INDEX errors_of_status ON errors (status, created_at, error_id)",
    "CREATE INDEX errors_open ON errors (platform, operation_id) WHERE status <> 'resolved'",
    "CREATE INDEX errors_resolved ON errors (resolved_at) WHERE resolved_at IS NOT NULL",
    "CREATE INDEX errors_snapshot ON errors (snapshot_id) WHERE snapshot_id IS NOT NULL",
    "CREATE INDEX errors_payload ON errors (payload_id) WHERE payload_id IS NOT NULL",
    """CREATE TABLE error_numbers (
        restaurant_id TEXT NOT NULL, platform TEXT NOT NULL, day TEXT NOT NULL, number INTEGER NOT NULL,
        PRIMARY KEY (restaurant_id, platform, day)) STRICT, WITHOUT ROWID""",
    """CREATE TABLE connections (
        restaurant_id TEXT NOT NULL, platform TEXT NOT NULL, record BLOB NOT NULL,
        PRIMARY KEY (restaurant_id, platform)) STRICT""",
    "CREATE INDEX connections_of_platform ON connections (platform, restaurant_id)",
    """CREATE TABLE sold_out (
        restaurant_id TEXT NOT NULL, platform TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
        since INTEGER NOT NULL, until INTEGER, ended INTEGER NOT NULL, version INTEGER NOT NULL, record BLOB NOT NULL,
        PRIMARY KEY (restaurant_id, platform, kind, id)) STRICT""",
    "CREATE INDEX sold_out_ending ON sold_out (until) WHERE until IS NOT NULL AND ended = 0",
    "CREATE INDEX sold_out_of_platform ON sold_out (platform, since, restaurant_id, kind, id) WHERE ended = 0",
    # Without an expiry a blob is kept for good.
    "CREATE TABLE blobs (blob_id TEXT PRIMARY KEY, expires_at INTEGER, data BLOB NOT NULL) STRICT",
    "CREATE INDEX blobs_expiry ON blobs (expires_at) WHERE expires_at IS NOT NULL",
    """CREATE TABLE hosted (
        token TEXT PRIMARY KEY, blob_id TEXT NOT NULL, expires_at INTEGER NOT NULL, record BLOB NOT NULL) STRICT""",
    "CREATE INDEX hosted_expiry ON hosted (expires_at)",
    "CREATE TABLE tokens (key TEXT PRIMARY KEY, version INTEGER NOT NULL, record BLOB NOT NULL) STRICT",
    "CREATE TABLE buckets (bucket TEXT PRIMARY KEY, slots BLOB NOT NULL, expires_at INTEGER NOT NULL) STRICT",
    "CREATE INDEX buckets_expiry ON buckets (expires_at)",
    "CREATE TABLE seen (key TEXT PRIMARY KEY, expires_at INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE INDEX seen_expiry ON seen (expires_at)",
    """CREATE TABLE audit (
        number INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, restaurant_id TEXT NOT NULL,
        record BLOB NOT NULL) STRICT""",
    "CREATE INDEX audit_list ON audit (at, number)",
    "CREATE INDEX audit_of_restaurant ON audit (restaurant_id, at, number)",
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (_FIRST,)
"""Step 1, 2, …: the statements that lead there from the step before."""


def migrate(connection: sqlite3.Connection, path: str, migrations: tuple[tuple[str, ...], ...] = MIGRATIONS) -> None:
    """Bring a database to the newest step; StoreError where it is newer than that, or another program's."""
    if _version(connection, path, len(migrations)) == len(migrations):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have done it, or a part of it, meanwhile.
        for number in range(_version(connection, path, len(migrations)), len(migrations)):
            if number == 0:
                connection.execute(
                    "CREATE TABLE schema_version (version INTEGER PRIMARY KEY, migrated_at TEXT NOT NULL) STRICT"
                )
            for statement in migrations[number]:
                connection.execute(statement)
            connection.execute(
                "INSERT INTO schema_version VALUES (?, strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))", (number + 1,)
            )
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _version(connection: sqlite3.Connection, path: str, newest: int) -> int:
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    if "schema_version" not in tables:
        if tables:
            raise StoreError(f"The database {path} belongs to another program: name another file.")
        return 0
    version = int(connection.execute("SELECT coalesce(max(version), 0) FROM schema_version").fetchone()[0])
    if version > newest:
        raise StoreError(
            f"The database {path} was written by a newer version of this program "
            f"(its tables are at step {version}, this one knows {newest}): update the program."
        )
    return version
