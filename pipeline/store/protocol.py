"""What a store can do. Two implementations (SQLite, DynamoDB) pass one test-suite.

Every method is one request to the database, or one transaction of it, so that the cost of a sync
can be counted. Methods that may lose a race say so by their result, never by an exception;
:class:`StoreError` means that the database itself did not do its work.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from pipeline.store.records import (
    AuditEntry,
    Connection,
    Hosted,
    Operation,
    Page,
    SoldOut,
    State,
    Status,
    SyncError,
    Token,
)

MAX_RECORD_BYTES = 400_000
"""A record larger than this (DynamoDB's limit is 409,600) is refused by every store; blobs are larger."""


class StoreError(Exception):
    """The database did not do its work; the text is one sentence and names what to look at."""


class SyncStore(Protocol):
    """Keeps the state of all syncs."""

    # -- operations and leases -------------------------------------------------------------------

    def enqueue(self, operation: Operation, *, replace_waiting: bool = True) -> tuple[Operation, bool]:
        """Put an operation in line and make it its status's ``waiting`` one, in one transaction.

        A burst ends in one running and one waiting: where one of the same kind already waits, that
        one is given back with False; its ``force`` and newest ``menu_version`` are taken over.
        Availability operations do not take the waiting place.
        """
        ...

    def claim(self, operation_id: str, owner: str, lease: timedelta, now: datetime) -> Operation | None:
        """Take an operation up: its lease, a higher fencing token, state IN_PROGRESS (PROCESSING stays).

        None where another owner holds an unexpired lease of that restaurant and platform (and lane),
        the operation has ended, or its ``not_before`` lies ahead.
        """
        ...

    def checkpoint(self, operation: Operation, blobs: Mapping[str, bytes] | None = None) -> bool:
        """Write an operation's progress (and new blobs); False where its fencing token is no longer the newest."""
        ...

    def finish(
        self,
        operation: Operation,
        status: Status,
        *,
        error: SyncError | None = None,
        audit: Iterable[AuditEntry] = (),
        sold_out: Iterable[SoldOut] = (),
        blobs: Mapping[str, bytes] | None = None,
    ) -> bool:
        """End an operation (or park it PROCESSING/PENDING), release its lease and write all that belongs to it.

        One transaction; False, and nothing written, where the fencing token is no longer the newest.
        """
        ...

    def extend(self, operation: Operation, lease: timedelta, now: datetime) -> bool:
        """Keep a lease longer; False where it was lost."""
        ...

    def operation(self, operation_id: str) -> Operation | None:
        """Give an operation."""
        ...

    def operation_by_reference(self, platform: str, reference: str) -> Operation | None:
        """Give the operation that a platform's message refers to."""
        ...

    def due(self, now: datetime, limit: int = 100) -> list[Operation]:
        """Give operations to take up: pending, past ``not_before`` or deadline, or with an expired lease."""
        ...

    def history(self, restaurant_id: str, platform: str = "", limit: int = 50, cursor: str = "") -> Page:
        """Give a restaurant's operations, newest first."""
        ...

    # -- status ----------------------------------------------------------------------------------

    def status(self, restaurant_id: str, platform: str) -> Status | None:
        """Give one restaurant's status on one platform."""
        ...

    def statuses(self, restaurant_id: str) -> list[Status]:
        """Give a restaurant's status on every platform."""
        ...

    def put_status(self, status: Status, *, expected_fencing: int) -> bool:
        """Write a status outside an operation (import, reconnect); False where its fencing token moved on."""
        ...

    def list_statuses(
        self, *, platform: str = "", state: State | None = None, search: str = "", limit: int = 50, cursor: str = ""
    ) -> Page:
        """Give statuses by restaurant id, filtered, page by page."""
        ...

    # -- errors ----------------------------------------------------------------------------------

    def error(self, error_id: str) -> SyncError | None:
        """Give an error."""
        ...

    def list_errors(
        self, *, restaurant_id: str = "", platform: str = "", status: str = "", limit: int = 50, cursor: str = ""
    ) -> Page:
        """Give errors, newest first, filtered, page by page."""
        ...

    def update_error(self, error: SyncError, *, expected_status: str, audit: AuditEntry | None = None) -> bool:
        """Change an error's resolution; False where somebody was faster."""
        ...

    def error_depth(self) -> dict[str, int]:
        """Give the number of unresolved errors by platform."""
        ...

    def next_error_number(self, restaurant_id: str, platform: str, day: str) -> int:
        """Give the next number for a readable error id of that day."""
        ...

    # -- connections -----------------------------------------------------------------------------

    def connections(self, restaurant_id: str = "", platform: str = "", limit: int = 500, cursor: str = "") -> Page:
        """Give connections of a restaurant, of a platform, or all."""
        ...

    def connection(self, restaurant_id: str, platform: str) -> Connection | None:
        """Give one connection."""
        ...

    def put_connection(self, connection: Connection, audit: AuditEntry | None = None) -> None:
        """Write a connection."""
        ...

    def delete_connection(self, restaurant_id: str, platform: str, audit: AuditEntry | None = None) -> bool:
        """Remove a connection; False where there was none."""
        ...

    # -- availability ----------------------------------------------------------------------------

    def sold_out(self, restaurant_id: str, platform: str = "") -> list[SoldOut]:
        """Give a restaurant's ledger."""
        ...

    def put_sold_out(self, entries: Iterable[SoldOut], remove: Iterable[SoldOut] = ()) -> None:
        """Write and remove ledger entries in one transaction."""
        ...

    def ending(self, now: datetime, limit: int = 100) -> list[SoldOut]:
        """Give entries whose end has come."""
        ...

    # -- the rest --------------------------------------------------------------------------------

    def put_blob(self, blob_id: str, data: bytes, ttl: timedelta | None = None) -> None:
        """Keep a menu snapshot, payload or imported menu; the id is its content's hash or a name of its own."""
        ...

    def blob(self, blob_id: str) -> bytes | None:
        """Give a blob."""
        ...

    def put_hosted(self, hosted: Hosted, data: bytes) -> None:
        """Keep a document that a platform downloads."""
        ...

    def hosted(self, token: str, now: datetime) -> tuple[Hosted, bytes] | None:
        """Give a hosted document that has not expired."""
        ...

    def token(self, key: str) -> Token | None:
        """Give a platform's token."""
        ...

    def put_token(self, token: Token, *, expected_version: int) -> bool:
        """Write a token; False where another process wrote one meanwhile."""
        ...

    def take(self, bucket: str, capacity: int, per: timedelta, now: datetime, amount: int = 1) -> float:
        """Take from a rate limit's bucket; gives the seconds to wait, 0 where the request may go now."""
        ...

    def seen(self, key: str, now: datetime, ttl: timedelta) -> bool:
        """Tell whether an event or message was already handled, and note that it now is."""
        ...

    def forget_seen(self, key: str) -> None:
        """Take back a note of :meth:`seen`, where handling failed."""
        ...

    def audit(
        self, *, restaurant_id: str = "", since: datetime | None = None, limit: int = 100, cursor: str = ""
    ) -> Page:
        """Give audit entries, newest first."""
        ...

    def add_audit(self, entry: AuditEntry) -> None:
        """Add an audit entry."""
        ...

    def outcomes(self, since: datetime) -> list[dict[str, object]]:
        """Give counts and durations of ended operations by day, platform and state, for charts."""
        ...

    def purge(self, now: datetime) -> int:
        """Remove what its time to live has passed; gives the number of records."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...
