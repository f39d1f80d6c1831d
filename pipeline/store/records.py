"""What a store keeps. Every record is a value; times are aware datetimes, kept to the microsecond.

What stands under ``dict[str, Any]`` is JSON: a Decimal put there comes back as its text, a tuple as a list.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal

from msgspec import Struct, field


class State(StrEnum):
    """Where an operation, or a restaurant on a platform, stands."""

    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    PROCESSING = "PROCESSING"
    """Accepted; the platform still works on it."""
    SYNCED = "SYNCED"
    FAILED = "FAILED"
    HELD = "HELD"
    """Kept back until an operator releases it."""
    SUPERSEDED = "SUPERSEDED"
    """A newer operation took its place before anything was sent; only operations."""


ENDED = frozenset({State.SYNCED, State.FAILED, State.HELD, State.SUPERSEDED})
OperationKind = Literal["publish", "availability", "item_update", "rollback", "import", "pull"]
LaneName = Literal["publish", "availability"]
"""Availability operations run beside the others of their restaurant and platform, which run one after another."""


class Change(Struct, frozen=True, kw_only=True):
    """One change of an operation's state."""

    at: datetime
    state: State
    note: str = ""
    payload_hash: str = ""


class Attempt(Struct, frozen=True, kw_only=True):
    """One request that was sent, and what came back. Secrets are masked before it gets here."""

    at: datetime
    step: str
    method: str
    url: str
    request_headers: dict[str, str] = {}
    request_body: str = ""
    status: int | None = None
    answer_headers: dict[str, str] = {}
    answer_body: str = ""
    fault: str = ""
    """Why there was no answer: a timeout, a reset connection."""
    seconds: float = 0.0


class Operation(Struct, kw_only=True):
    """One piece of work for one restaurant on one platform."""

    operation_id: str
    restaurant_id: str
    platform: str
    kind: OperationKind = "publish"
    state: State = State.PENDING
    reference: str = ""
    """What platforms give back in their messages; unique per platform, may be empty."""
    requested_by: str = ""
    reason: str = ""
    force: bool = False
    menu_version: str | None = None
    created_at: datetime
    updated_at: datetime
    not_before: datetime | None = None
    """When it is to be taken up next: a retry, a poll, the end of a pause for more events.

    None: at once; PROCESSING, at its deadline or a message.
    """
    deadline: datetime | None = None
    """When it is to be taken up at the latest, though ``not_before`` lies ahead."""
    joined: int = 0
    """How many later requests it stands for, too."""
    messages_read: int = 0
    """The number of the last message (see :class:`Message`) that was dealt with."""
    fencing: int = 0
    """The number of the lease it was last taken up with; the highest of its lane is the only one that may write."""
    step: int = 0
    sending: bool = False
    """A request of this step may have been sent; set before sending, so that a crash can be told."""
    tries: int = 0
    saved: dict[str, Any] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)
    """What its kind needs: rollback's target, availability's changes, a batch's progress."""
    snapshot_id: str = ""
    payload_id: str = ""
    payload_hash: str = ""
    item_count: int = 0
    findings: list[dict[str, Any]] = field(default_factory=list)
    results: list[dict[str, Any]] = field(default_factory=list)
    """Outcomes per dish, where the platform gives them."""
    changes: list[Change] = field(default_factory=list)
    error: str = ""
    error_id: str = ""


class Message(Struct, frozen=True, kw_only=True):
    """What a platform reported on an operation; kept until the operation is taken up and has dealt with it."""

    operation_id: str
    number: int = 0
    """Given by the store, from 1 per operation."""
    at: datetime
    webhook: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    """``{status, headers, body}`` of the message, secrets masked."""


class Lane(Struct, frozen=True, kw_only=True):
    """Who works on a restaurant and platform, and what waits. At most one operation runs and one waits."""

    running: str = ""
    """The operation that was begun and has not ended; it stays here while it is parked."""
    waiting: str = ""
    lease_owner: str = ""
    """Who works on the running one now; empty while it is parked."""
    lease_until: datetime | None = None
    fencing: int = 0


class Status(Struct, kw_only=True):
    """One restaurant on one platform: what is wanted, what is live, who works on it.

    ``running``, ``waiting``, ``lease_owner``, ``lease_until`` and ``fencing`` are the lane of publishes,
    ``availability`` is the other one. Lanes are the store's own: it changes them with operations, and
    what a caller writes there is not taken over.
    """

    restaurant_id: str
    platform: str
    restaurant_name: str = ""
    """As the last menu gave it; searched, like the id."""
    state: State = State.PENDING
    updated_at: datetime
    last_sync: datetime | None = None
    last_check: datetime | None = None
    item_count: int = 0
    external_menu_id: str | None = None
    desired_hash: str = ""
    accepted_hash: str = ""
    accepted_operation: str = ""
    menu_version: str | None = None
    error: str = ""
    error_id: str = ""
    retry_count: int = 0
    running: str = ""
    waiting: str = ""
    lease_owner: str = ""
    lease_until: datetime | None = None
    fencing: int = 0
    availability: Lane = Lane()
    needs_reconnect: bool = False
    breaker_failures: int = 0
    breaker_until: datetime | None = None
    saved: dict[str, Any] = field(default_factory=dict)


class SyncError(Struct, kw_only=True):
    """A failure that people have to know of. Big parts are blobs, by id."""

    error_id: str
    restaurant_id: str
    restaurant_name: str = ""
    """As the menu gave it when it failed; for people, who know restaurants by their names."""
    platform: str
    operation_id: str
    created_at: datetime
    status: Literal["open", "retrying", "resolved"] = "open"
    code: str = ""
    message: str = ""
    hint: str = ""
    fields: list[dict[str, Any]] = field(default_factory=list)
    """``{path, message, item, name, file, line, column}`` of each payload field the platform complained of."""
    attempts: list[Attempt] = field(default_factory=list)
    snapshot_id: str = ""
    payload_id: str = ""
    payload_hash: str = ""
    resolved_at: datetime | None = None
    resolved_by: str = ""
    note: str = ""


class Connection(Struct, kw_only=True):
    """A restaurant's place on a platform, with its store settings."""

    restaurant_id: str
    platform: str
    settings: dict[str, Any] = field(default_factory=dict)
    environment: str = "sandbox"
    enabled: bool = True
    updated_at: datetime
    updated_by: str = ""


class SoldOut(Struct, kw_only=True):
    """One entry of the availability ledger: a dish or an option that is sold out on a platform."""

    restaurant_id: str
    platform: str
    kind: Literal["item", "option"]
    id: str
    """``item_id``, or an option's ``key``."""
    name: str = ""
    since: datetime
    until: datetime | None = None
    told: bool = False
    """Whether the platform has accepted it."""
    told_at: datetime | None = None
    ended: bool = False
    """Back in stock here, and the platform still has to be told."""
    by: str = ""
    version: int = 0
    """Given by the store, higher with each change."""


class AuditEntry(Struct, frozen=True, kw_only=True):
    """Who did what, when, from where, before and after."""

    at: datetime
    who: str
    action: str
    restaurant_id: str = ""
    platform: str = ""
    operation_id: str = ""
    origin: str = ""
    before: str = ""
    after: str = ""
    note: str = ""


class Bucket(Struct, frozen=True):
    """One rate limit, counted under one name: so many requests in a time."""

    name: str
    capacity: int
    per: timedelta


class Token(Struct, kw_only=True):
    """A platform's token, shared by all processes. ``refresh_token`` rotates and is stored before use."""

    key: str
    value: str
    expires_at: datetime | None = None
    refresh_token: str = ""
    version: int = 0
    """Given by the store: 1 for the first, higher with each change."""


class Hosted(Struct, kw_only=True):
    """A document that a platform downloads, by an unguessable token."""

    token: str
    blob_id: str
    media_type: str
    expires_at: datetime


class Page(Struct, frozen=True, kw_only=True):
    """A part of a list; ``cursor`` goes on behind it and is empty at the end."""

    items: list[Any]
    cursor: str = ""
