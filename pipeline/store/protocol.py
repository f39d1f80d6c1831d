"""What a store can do. Two implementations (SQLite, DynamoDB) pass one test-suite.

Every method is one request to the database, or one transaction of it, so that the cost of a sync
can be counted. Methods that may lose a race say so by their result, never by an exception.

Raised by every method:

- :class:`StoreError`: the database did not do its work. Its kinds: :class:`StoreBusy` (try again),
  :class:`LimitExceeded` (the same call fails always: a record, a name or a transaction is too large);
- ``ValueError`` where a call makes no sense (a time without a zone, a page of no entries), and its
  kind :class:`BadCursor` where a list is to go on behind what is no cursor of that list.

Lanes. Per restaurant and platform, availability operations have a lane of their own; all other kinds
share the other. In a lane one operation runs and one waits. An operation that was begun keeps its
place until it ends, also while it is parked (PROCESSING, or PENDING before a retry) and when its
process died: what waits is never taken up before it. Who takes an operation up gets a lease and a
fencing token; only the newest token writes, and only until it parks or ends the operation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Protocol

from pipeline.store.records import (
    AuditEntry,
    Bucket,
    Connection,
    Hosted,
    Message,
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
MAX_BLOB_BYTES = 64 * 1024 * 1024
"""A blob larger than this, before compression, is refused."""
MAX_TRANSACTION_RECORDS = 100
"""The records that one call may write, all of its parts together."""
MAX_KEY_BYTES = 500
"""The longest id of anything: of a restaurant, dish, operation, blob, bucket."""
MESSAGES_AT_ONCE = 100
"""So many unread messages of an operation are given by one call."""
MAX_PAGE = 500
"""The most entries of a page; a larger ``limit`` means this. Pages also end after about a megabyte."""


class StoreError(Exception):
    """The database did not do its work; the text is one sentence and names what to look at."""


class StoreBusy(StoreError):
    """Others held the database for too long; the same call may well succeed later."""


class LimitExceeded(StoreError):
    """A record, name or transaction is larger than any store takes; nothing was written."""


class BadCursor(ValueError):
    """A cursor that this list never gave."""


class Noted(IntEnum):
    """What a checkpoint wrote; false where that was nothing."""

    NOTHING = 0
    PROGRESS = 1
    ADMITTED = 2
    """The progress, and that the request which comes next goes through its buckets."""


class SyncStore(Protocol):
    """Keeps the state of all syncs."""

    # -- operations and leases -------------------------------------------------------------------

    def enqueue(self, operation: Operation, *, replace_waiting: bool = True) -> tuple[Operation, bool]:
        """Put an operation in line and make it its lane's waiting one, in one transaction.

        Gives the operation that now stands for the request, and whether it is the given one:

        - nothing waits: the given one waits, True. The status is made where there is none, and is
          PENDING where nothing runs (availability leaves its state alone);
        - one of the same kind waits: that one, False. It takes over ``force`` (and with it who asked and
          why), the newest ``menu_version``, the earliest ``not_before``, and ``details`` name by name
          (lists are joined; of equal entries the last one stays);
        - one of another kind waits: it is SUPERSEDED by the given one, True; unless not ``replace_waiting``,
          then it stays and is given back unchanged, False;
        - an operation of this id exists: that one, False, nothing changes.

        A ``reference`` that another operation of the platform has raises StoreError.
        """
        ...

    def claim(self, operation_id: str, owner: str, lease: timedelta, now: datetime) -> Operation | None:
        """Take an operation up: its lease, a higher fencing token, state IN_PROGRESS (PROCESSING stays).

        None where it is unknown or has ended, its lane still has another one to end, somebody (even the
        same owner) holds an unexpired lease of it, or its ``not_before`` lies ahead. An unread message or a
        ``deadline`` that has passed overrides ``not_before``.
        """
        ...

    def checkpoint(
        self,
        operation: Operation,
        blobs: Mapping[str, bytes] | None = None,
        through: Iterable[Bucket] = (),
        hosted: Hosted | None = None,
    ) -> Noted:
        """Write a claimed operation's progress (and new blobs); it stays claimed, and its status as it is.

        ``hosted``: a document that a platform downloads, whose blob is one of these or was written before.

        NOTHING where its fencing token is no longer the newest or it was parked or ended. One is taken from each
        bucket of ``through``, as :meth:`take` does at ``updated_at``, in the same transaction: then it gives ADMITTED.
        Where a bucket makes wait, or another process took from one meanwhile, none is taken: it gives PROGRESS.
        """
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

        One transaction; False, and nothing written, where the fencing token is no longer the newest or it
        was parked or ended before. ``updated_at`` counts as the time of its end. What it writes:

        - the status as given, except its lanes. Of an availability operation, which runs beside others,
          only ``needs_reconnect``, ``breaker_failures``, ``breaker_until`` and those names of ``saved`` that
          the operation saved itself;
        - ``error``, new or in place of the one of its id;
        - of ``sold_out`` the entries that nobody changed since they were read (by ``version``); one that is
          ended and told is removed.

        What waits in the lane is due once the operation has ended.
        """
        ...

    def extend(self, operation: Operation, lease: timedelta, now: datetime) -> bool:
        """Keep a lease until ``now + lease``; False where it was lost or released."""
        ...

    def operation(self, operation_id: str) -> Operation | None:
        """Give an operation."""
        ...

    def operation_by_reference(self, platform: str, reference: str) -> Operation | None:
        """Give the operation that a platform's message refers to."""
        ...

    def due(self, now: datetime, limit: int = 100) -> list[Operation]:
        """Give the operations that :meth:`claim` would give now, longest due first.

        Those are: not begun and nothing before them; parked and past ``not_before`` or ``deadline``, or with
        an unread message; begun, and their lease has expired.
        """
        ...

    def wake(self, restaurant_id: str, platform: str, now: datetime) -> list[str]:
        """Let what is parked or waits there go on at once (after a reconnect); gives the operations' ids.

        Their ``not_before`` becomes ``now``; what somebody works on is left alone.
        """
        ...

    def history(self, restaurant_id: str, platform: str = "", limit: int = 50, cursor: str = "") -> Page:
        """Give a restaurant's operations, newest first."""
        ...

    def add_message(self, message: Message) -> bool:
        """Keep what a platform reported on an operation, which makes it due; False where it has ended or is unknown.

        Needs no lease, so that a message which comes before the request's own answer is not lost.
        """
        ...

    def messages(self, operation_id: str, after: int = 0) -> list[Message]:
        """Give the first 100 of an operation's messages whose number is above ``after``, in order.

        Who has dealt with one sets ``messages_read`` of the operation, and writes it.
        """
        ...

    # -- status ----------------------------------------------------------------------------------

    def status(self, restaurant_id: str, platform: str) -> Status | None:
        """Give one restaurant's status on one platform."""
        ...

    def statuses(self, restaurant_id: str) -> list[Status]:
        """Give a restaurant's status on every platform, by platform."""
        ...

    def put_status(self, status: Status, *, expected_fencing: int) -> bool:
        """Write a status, except its lanes, outside an operation (import, reconnect).

        False where the fencing token of publishes moved on; it is 0 where there is no status yet.
        """
        ...

    def list_statuses(
        self, *, platform: str = "", state: State | None = None, search: str = "", limit: int = 50, cursor: str = ""
    ) -> Page:
        """Give statuses by restaurant id and platform, filtered, page by page.

        ``search`` is a part of the restaurant's id or name, case aside.
        """
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
        """Change an error's resolution; False where somebody was faster, or there is no such error."""
        ...

    def error_depth(self) -> dict[str, int]:
        """Give the number of unresolved errors by platform."""
        ...

    def next_error_number(self, restaurant_id: str, platform: str, day: str) -> int:
        """Give the next number, from 1, for a readable error id of that day (YYYYMMDD); never one twice."""
        ...

    # -- connections -----------------------------------------------------------------------------

    def connections(self, restaurant_id: str = "", platform: str = "", limit: int = 500, cursor: str = "") -> Page:
        """Give connections of a restaurant, of a platform, or all, by restaurant and platform."""
        ...

    def connection(self, restaurant_id: str, platform: str) -> Connection | None:
        """Give one connection."""
        ...

    def put_connection(self, connection: Connection, audit: AuditEntry | None = None) -> None:
        """Write a connection."""
        ...

    def delete_connection(self, restaurant_id: str, platform: str, audit: AuditEntry | None = None) -> bool:
        """Remove a connection; False, and no audit entry, where there was none."""
        ...

    # -- availability ----------------------------------------------------------------------------

    def sold_out(self, restaurant_id: str, platform: str = "") -> list[SoldOut]:
        """Give a restaurant's ledger, by platform, kind and id."""
        ...

    def put_sold_out(self, entries: Iterable[SoldOut], remove: Iterable[SoldOut] = ()) -> None:
        """Write ledger entries, whatever stood there, and remove those that nobody changed since they were read.

        One transaction, of at most :data:`MAX_TRANSACTION_RECORDS`.
        """
        ...

    def ending(self, now: datetime, limit: int = 100) -> list[SoldOut]:
        """Give entries whose end has come and that are not ``ended`` yet, earliest end first."""
        ...

    def list_sold_out(
        self, platform: str, *, before: datetime | None = None, limit: int = 100, cursor: str = ""
    ) -> Page:
        """Give a platform's entries that are not ``ended``, all restaurants, longest sold out first.

        For platforms that reset them; with ``before`` those sold out before then, to ask whether they still are.
        """
        ...

    # -- the rest --------------------------------------------------------------------------------

    def put_blob(self, blob_id: str, data: bytes, ttl: timedelta | None = None) -> None:
        """Keep a menu snapshot, payload or imported menu; the id is its content's hash or a name of its own.

        Kept for good without ``ttl``. Blobs of :meth:`checkpoint` and :meth:`finish` last as long as history.
        None goes while an operation or error names it as ``snapshot_id`` or ``payload_id``.
        """
        ...

    def blob(self, blob_id: str) -> bytes | None:
        """Give a blob."""
        ...

    def put_hosted(self, hosted: Hosted, data: bytes) -> None:
        """Keep a document that a platform downloads, with its blob."""
        ...

    def hosted(self, token: str, now: datetime) -> tuple[Hosted, bytes] | None:
        """Give a hosted document that has not expired."""
        ...

    def token(self, key: str) -> Token | None:
        """Give a platform's token."""
        ...

    def put_token(self, token: Token, *, expected_version: int) -> bool:
        """Write a token as version ``expected_version + 1``; False where another process wrote one meanwhile.

        The version is 0 where there is no token yet.
        """
        ...

    def take(self, bucket: str, capacity: int, per: timedelta, now: datetime, amount: int = 1) -> float:
        """Take from a rate limit's bucket; gives the seconds to wait, 0 where the request may go now.

        In no span of ``per`` more than ``capacity`` go. Where there is a wait, nothing is taken: ask again then.
        """
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
        """Give audit entries, newest first; ``since`` is included."""
        ...

    def add_audit(self, entry: AuditEntry) -> None:
        """Add an audit entry."""
        ...

    def outcomes(self, since: datetime) -> list[dict[str, object]]:
        """Give counts and durations of operations that ended since then, for charts.

        ``{day, platform, kind, state, count, seconds, longest}`` by day (YYYY-MM-DD in UTC), platform, kind and
        state; ``seconds`` is the mean from request to end, ``longest`` the greatest.
        """
        ...

    def purge(self, now: datetime) -> int:
        """Remove what its time to live has passed; gives the number of records.

        Of history stay what has not ended, what is live, the last publishes that succeeded (to roll back
        to) and what an unresolved error names. One call is bounded; 0 means that nothing is left to do.
        """
        ...

    @property
    def read_requests(self) -> int:
        """How many requests only read, since this object was made; what a write reads first belongs to that write."""
        ...

    @property
    def write_requests(self) -> int:
        """How many requests were made to write, transactions as one, since this object was made."""
        ...

    def close(self) -> None:
        """Let go of connections; after it every method raises StoreError."""
        ...
