"""Operations and statuses as rows, for the parts that read and write them inside a transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from datetime import timedelta

from pipeline.store.compression import Packed
from pipeline.store.encoding import check_keys, decode, encode, micros
from pipeline.store.lanes import due_at, lane_name
from pipeline.store.protocol import StoreError
from pipeline.store.records import ENDED, AuditEntry, Hosted, Operation, Status, SyncError

# No INSERT OR REPLACE: that would remove another operation that has the same reference.
_PUT_OPERATION = (
    "INSERT INTO operations VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (operation_id) DO UPDATE SET "
    "reference = excluded.reference, state = excluded.state, due_at = excluded.due_at, ended_at = excluded.ended_at, "
    "seconds = excluded.seconds, snapshot_id = excluded.snapshot_id, payload_id = excluded.payload_id, "
    "record = excluded.record"
)


def get_operation(connection: sqlite3.Connection, operation_id: str) -> Operation | None:
    """Give an operation."""
    row = connection.execute("SELECT record FROM operations WHERE operation_id = ?", (operation_id,)).fetchone()
    return decode(row[0], Operation, f"operation {operation_id}") if row else None


def get_both(connection: sqlite3.Connection, operation_id: str) -> tuple[Operation | None, Status | None]:
    """Give an operation and its status."""
    operation = get_operation(connection, operation_id)
    if operation is None:
        return None, None
    return operation, get_status(connection, operation.restaurant_id, operation.platform)


def put_operation(connection: sqlite3.Connection, operation: Operation, status: Status) -> None:
    """Write an operation; ``status`` as it is now, because it says when the operation is due."""
    check_keys(operation_id=operation.operation_id, restaurant_id=operation.restaurant_id, platform=operation.platform)
    due = due_at(operation, status, has_message=has_message(connection, operation))
    ended = operation.updated_at if operation.state in ENDED else None
    values = (
        operation.operation_id,
        operation.restaurant_id,
        operation.platform,
        operation.reference or None,
        operation.kind,
        lane_name(operation.kind),
        operation.state,
        micros(operation.created_at),
        micros(due) if due else None,
        micros(ended) if ended else None,
        max((ended - operation.created_at).total_seconds(), 0.0) if ended else None,
        operation.snapshot_id or None,
        operation.payload_id or None,
        encode(operation, f"operation {operation.operation_id}"),
    )
    try:
        connection.execute(_PUT_OPERATION, values)
    except sqlite3.IntegrityError:
        raise StoreError(
            f"The reference {operation.reference} belongs to another operation on {operation.platform} already."
        ) from None


def set_due(connection: sqlite3.Connection, operation: Operation, status: Status) -> None:
    """Write when an operation is due, where only that has changed."""
    due = due_at(operation, status, has_message=has_message(connection, operation))
    connection.execute(
        "UPDATE operations SET due_at = ? WHERE operation_id = ?",
        (micros(due) if due else None, operation.operation_id),
    )


def has_message(connection: sqlite3.Connection, operation: Operation) -> bool:
    """Tell whether a message waits that the operation has not dealt with."""
    found = connection.execute(
        "SELECT 1 FROM messages WHERE operation_id = ? AND number > ? LIMIT 1",
        (operation.operation_id, operation.messages_read),
    )
    return found.fetchone() is not None


def get_status(connection: sqlite3.Connection, restaurant_id: str, platform: str) -> Status | None:
    """Give a status."""
    row = connection.execute(
        "SELECT record FROM statuses WHERE restaurant_id = ? AND platform = ?", (restaurant_id, platform)
    ).fetchone()
    return decode(row[0], Status, f"status of {restaurant_id} on {platform}") if row else None


def put_status(connection: sqlite3.Connection, status: Status) -> None:
    """Write a status as it is, lanes and all."""
    check_keys(restaurant_id=status.restaurant_id, platform=status.platform)
    connection.execute(
        "INSERT INTO statuses VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (restaurant_id, platform) DO UPDATE SET "
        "state = excluded.state, search = excluded.search, accepted_operation = excluded.accepted_operation, "
        "record = excluded.record",
        (
            status.restaurant_id,
            status.platform,
            status.state,
            f"{status.restaurant_id}\n{status.restaurant_name}".casefold(),
            status.accepted_operation,
            encode(status, f"status of {status.restaurant_id} on {status.platform}"),
        ),
    )


def put_error(connection: sqlite3.Connection, error: SyncError) -> None:
    """Write an error, new or in place of the one of its id."""
    check_keys(error_id=error.error_id, restaurant_id=error.restaurant_id, platform=error.platform)
    resolved = (error.resolved_at or error.created_at) if error.status == "resolved" else None
    connection.execute(
        "INSERT OR REPLACE INTO errors VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            error.error_id,
            error.restaurant_id,
            error.platform,
            error.status,
            error.operation_id,
            micros(error.created_at),
            micros(resolved) if resolved else None,
            error.snapshot_id or None,
            error.payload_id or None,
            encode(error, f"error {error.error_id}"),
        ),
    )


def put_audit(connection: sqlite3.Connection, entries: Iterable[AuditEntry]) -> None:
    """Add audit entries."""
    connection.executemany(
        "INSERT INTO audit (at, restaurant_id, record) VALUES (?, ?, ?)",
        [(micros(entry.at), entry.restaurant_id, encode(entry, f"audit entry {entry.action}")) for entry in entries],
    )


def put_blobs(connection: sqlite3.Connection, blobs: Mapping[str, Packed], expires_at: int | None) -> None:
    """Write blobs; one that is there is kept for the longer of both times."""
    connection.executemany(
        "INSERT INTO blobs VALUES (?, ?, ?) ON CONFLICT (blob_id) DO UPDATE SET data = excluded.data, "
        "expires_at = max(expires_at, excluded.expires_at)",  # of which NULL, for good, is the greater one
        [(blob_id, expires_at, data) for blob_id, data in blobs.items()],
    )


def put_hosted(connection: sqlite3.Connection, hosted: Hosted) -> None:
    """Write what says where a document lies that a platform downloads."""
    check_keys(token=hosted.token)
    record = encode(hosted, "hosted document")
    connection.execute(
        "INSERT OR REPLACE INTO hosted VALUES (?, ?, ?, ?)",
        (hosted.token, hosted.blob_id, micros(hosted.expires_at), record),
    )


def end_of_history(operation: Operation, history: timedelta) -> int:
    """Give the time until which an operation's blobs are kept at least."""
    return micros(operation.updated_at + history)
