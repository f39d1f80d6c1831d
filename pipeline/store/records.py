"""What a store keeps. Every record is a value; times are aware UTC datetimes."""

from __future__ import annotations

from datetime import datetime
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
OperationKind = Literal["publish", "availability", "item_update", "rollback", "import"]


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
    """What platforms give back in their messages; unique."""
    requested_by: str = ""
    reason: str = ""
    force: bool = False
    menu_version: str | None = None
    created_at: datetime
    updated_at: datetime
    not_before: datetime | None = None
    """When it is to be taken up next: a retry, a poll, a scheduled publish."""
    deadline: datetime | None = None
    fencing: int = 0
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


class Status(Struct, kw_only=True):
    """One restaurant on one platform: what is wanted, what is live, who works on it."""

    restaurant_id: str
    platform: str
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
    """At most one operation runs and one waits (availability has a lane of its own)."""
    lease_owner: str = ""
    lease_until: datetime | None = None
    fencing: int = 0
    needs_reconnect: bool = False
    breaker_failures: int = 0
    breaker_until: datetime | None = None
    saved: dict[str, Any] = field(default_factory=dict)


class SyncError(Struct, kw_only=True):
    """A failure that people have to know of. Big parts are blobs, by id."""

    error_id: str
    restaurant_id: str
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


class Token(Struct, kw_only=True):
    """A platform's token, shared by all processes. ``refresh_token`` rotates and is stored before use."""

    key: str
    value: str
    expires_at: datetime | None = None
    refresh_token: str = ""
    version: int = 0


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
