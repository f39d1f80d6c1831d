"""What the admin API answers: records of the store in the form that people and programs see."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from pipeline.store.records import AuditEntry, Operation, OperationKind, SoldOut, State, Status, SyncError

WHEN = datetime.fromisoformat("2026-03-01T11:30:00+00:00")
RestaurantId = Annotated[str, Field(description="The restaurant's id at the menu service.", examples=["rest_001"])]
PlatformName = Annotated[
    str, Field(description="The platform's name, as its mapping file has it.", examples=["pizza_post"])
]
OperationId = Annotated[str, Field(description="The operation's id.", examples=["op_20260301T113000_7k2m9qwe4r5t"])]
ErrorId = Annotated[str, Field(description="The error's id.", examples=["err_rest_001_pizza_post_20250115_001"])]
When = Annotated[datetime, Field(examples=[WHEN])]
NextCursor = Annotated[
    str | None, Field(description="Give it as `cursor` to go on; null at the end.", examples=["WyJlcnJvcnMiXQ"])
]


class View(BaseModel):
    """One answer or part of it."""

    model_config = ConfigDict(from_attributes=True)


class PlatformState(View):
    """One restaurant on one platform."""

    status: Annotated[State, Field(description="Where it stands; PENDING where nothing was ever published.")]
    connected: Annotated[bool, Field(description="Whether publishes go there.")] = True
    last_sync: Annotated[datetime | None, Field(description="When the platform last took a menu.", examples=[WHEN])] = (
        None
    )
    last_check: Annotated[datetime | None, Field(description="When the menu was last compared.", examples=[WHEN])] = (
        None
    )
    updated_at: datetime | None = None
    item_count: Annotated[int, Field(description="The dishes that the platform has.", examples=[42])] = 0
    external_menu_id: Annotated[str | None, Field(description="The platform's own id of the menu.")] = None
    menu_version: str | None = None
    error: Annotated[str, Field(description="Why it failed or is held; empty where it is not.")] = ""
    error_id: Annotated[str, Field(description="The error in the error queue, if there is one.")] = ""
    retry_count: Annotated[int, Field(description="Failures since it last went well.", examples=[0])] = 0
    needs_reconnect: Annotated[bool, Field(description="The platform refuses the credentials; work is held.")] = False
    unpublished_changes: Annotated[bool, Field(description="The newest menu is not the one that is live.")] = False
    running: Annotated[str, Field(description="The operation in work; empty without one.")] = ""
    waiting: Annotated[str, Field(description="The operation in line; empty without one.")] = ""
    telling_availability: Annotated[bool, Field(description="What is sold out is being told.")] = False

    @classmethod
    def of(cls, status: Status | None, *, connected: bool) -> PlatformState:
        """Give a status's view."""
        if status is None:
            return cls(status=State.PENDING, connected=connected)
        return cls(
            status=status.state,
            connected=connected,
            last_sync=status.last_sync,
            last_check=status.last_check,
            updated_at=status.updated_at,
            item_count=status.item_count,
            external_menu_id=status.external_menu_id,
            menu_version=status.menu_version,
            error=status.error,
            error_id=status.error_id,
            retry_count=status.retry_count,
            needs_reconnect=status.needs_reconnect,
            unpublished_changes=bool(status.desired_hash) and status.desired_hash != status.accepted_hash,
            running=status.running,
            waiting=status.waiting,
            telling_availability=bool(status.availability.running or status.availability.waiting),
        )


class RestaurantRow(View):
    """One restaurant with its state on every platform."""

    restaurant_id: RestaurantId
    name: Annotated[
        str, Field(description="As the last menu gave it; empty before the first.", examples=["Chez Nous"])
    ] = ""
    platforms: Annotated[dict[str, PlatformState], Field(description="By platform.")]


class Restaurants(View):
    """A page of restaurants, by id."""

    items: list[RestaurantRow]
    next_cursor: NextCursor = None


class OperationRow(View):
    """One piece of work for one restaurant on one platform, in short."""

    operation_id: OperationId
    restaurant_id: RestaurantId
    platform: PlatformName
    kind: OperationKind
    state: State
    reason: Annotated[str, Field(description="Why it was asked for.", examples=["asked for"])] = ""
    requested_by: Annotated[str, Field(description="Who asked.", examples=["ana"])] = ""
    force: bool = False
    created_at: When
    updated_at: When
    not_before: Annotated[datetime | None, Field(description="When it is taken up next, where it waits.")] = None
    deadline: Annotated[datetime | None, Field(description="When it is given up or asked about at the latest.")] = None
    item_count: int = 0
    menu_version: str | None = None
    payload_hash: str = ""
    note: Annotated[str, Field(description="The last change of state in words.")] = ""
    error: str = ""
    error_id: str = ""
    has_payload: Annotated[bool, Field(description="Whether its payload is kept.")] = False
    has_menu: Annotated[bool, Field(description="Whether its menu is kept.")] = False

    @classmethod
    def of(cls, operation: Operation) -> OperationRow:
        """Give an operation's short view."""
        return cls(**_operation(operation))


class Operations(View):
    """A page of operations, newest first."""

    items: list[OperationRow]
    next_cursor: NextCursor = None


class StateChange(View):
    """One change of an operation's state."""

    at: When
    state: State
    note: str = ""
    payload_hash: str = ""


class AttemptView(View):
    """One request that was sent and what came back, secrets masked."""

    at: When
    step: str
    method: str
    url: str
    request_headers: dict[str, str] = Field(default_factory=dict)
    request_body: str = ""
    status: int | None = None
    answer_headers: dict[str, str] = Field(default_factory=dict)
    answer_body: str = ""
    fault: Annotated[str, Field(description="Why there was no answer.")] = ""
    seconds: float = 0.0


class OperationView(OperationRow):
    """One operation with all that is known of it."""

    reference: Annotated[str, Field(description="What the platform gives back in its messages.")] = ""
    joined: Annotated[int, Field(description="How many later requests it stands for, too.")] = 0
    tries: int = 0
    changes: list[StateChange] = Field(default_factory=list)
    findings: Annotated[list[dict[str, Any]], Field(description="What was told of the menu, as everywhere.")] = Field(
        default_factory=list
    )
    results: Annotated[
        list[dict[str, Any]], Field(description="Outcomes per dish, where the platform gives them.")
    ] = []
    attempts: Annotated[list[AttemptView], Field(description="What was sent, where it failed.")] = Field(
        default_factory=list
    )

    @classmethod
    def whole(cls, operation: Operation, error: SyncError | None) -> OperationView:
        """Give an operation's whole view; its attempts stand with its error."""
        return cls(
            **_operation(operation),
            reference=operation.reference,
            joined=operation.joined,
            tries=operation.tries,
            changes=[StateChange.model_validate(change) for change in operation.changes],
            findings=operation.findings,
            results=operation.results,
            attempts=[AttemptView.model_validate(attempt) for attempt in error.attempts] if error else [],
        )


class ErrorRow(View):
    """One failure that people have to know of, in short."""

    error_id: ErrorId
    restaurant_id: RestaurantId
    restaurant_name: Annotated[
        str, Field(description="As the menu gave it; empty before the first.", examples=["Chez Nous"])
    ] = ""
    platform: PlatformName
    operation_id: OperationId
    created_at: When
    status: Literal["open", "retrying", "resolved"]
    code: Annotated[str, Field(examples=["platform-refused"])] = ""
    message: Annotated[str, Field(description="What happened, for people.")] = ""
    hint: Annotated[str, Field(description="What to do next.")] = ""
    attempt_count: int = 0
    resolved_at: datetime | None = None
    resolved_by: str = ""
    note: str = ""

    @classmethod
    def of(cls, error: SyncError) -> ErrorRow:
        """Give an error's short view."""
        return cls(**_error(error))


class ErrorField(View):
    """One payload field that the platform complained of, with the dish and the mapping line behind it."""

    path: str = ""
    message: str = ""
    item: str = ""
    name: str = ""
    file: str = ""
    line: int = 0
    column: int = 0


class ErrorView(ErrorRow):
    """One failure with everything to find its cause."""

    fields: list[ErrorField] = Field(default_factory=list)
    attempts: list[AttemptView] = Field(default_factory=list)
    payload_hash: str = ""
    has_payload: bool = False
    has_menu: bool = False

    @classmethod
    def whole(cls, error: SyncError) -> ErrorView:
        """Give an error's whole view."""
        return cls(
            **_error(error),
            fields=[ErrorField.model_validate(field) for field in error.fields],
            attempts=[AttemptView.model_validate(attempt) for attempt in error.attempts],
            payload_hash=error.payload_hash,
            has_payload=bool(error.payload_id),
            has_menu=bool(error.snapshot_id),
        )


class Errors(View):
    """A page of errors, newest first; with a key for several restaurants, one restaurant after the other."""

    items: list[ErrorRow]
    next_cursor: NextCursor = None


class SoldOutEntry(View):
    """A dish or an option that is sold out on a platform."""

    restaurant_id: RestaurantId
    platform: PlatformName
    kind: Literal["item", "option"]
    id: Annotated[str, Field(description="The item's id, or an option's key.", examples=["i-7"])]
    name: Annotated[str, Field(examples=["Margherita"])] = ""
    since: When
    until: Annotated[datetime | None, Field(description="When it is back by itself; null: until told.")] = None
    told: Annotated[bool, Field(description="Whether the platform has taken it.")] = False
    told_at: datetime | None = None
    ended: Annotated[bool, Field(description="It is back here, and the platform has yet to be told.")] = False
    by: Annotated[str, Field(description="Who said so; `menu`: the menu itself.", examples=["ana"])] = ""

    @classmethod
    def of(cls, entry: SoldOut) -> SoldOutEntry:
        """Give an entry's view."""
        return cls.model_validate(entry)


class Ledger(View):
    """What is sold out."""

    items: list[SoldOutEntry]


class Event(View):
    """Who did what, when, from where, before and after."""

    id: Annotated[str, Field(description="Tells entries apart.", examples=["0b8f2a6c1d3e"])]
    at: When
    who: Annotated[str, Field(examples=["ana"])]
    action: Annotated[str, Field(examples=["publish synced"])]
    restaurant_id: str = ""
    platform: str = ""
    operation_id: str = ""
    origin: Annotated[str, Field(description="From where: the API, the command line, an event.")] = ""
    before: Annotated[str, Field(description="The hash of what was live before.")] = ""
    after: Annotated[str, Field(description="The hash of what is live since.")] = ""
    note: str = ""

    @classmethod
    def of(cls, entry: AuditEntry) -> Event:
        """Give an audit entry's view."""
        text = repr([getattr(entry, name) for name in entry.__struct_fields__])
        return cls(id=hashlib.sha256(text.encode()).hexdigest()[:12], **{
            name: getattr(entry, name) for name in entry.__struct_fields__
        })  # fmt: skip


class Audit(View):
    """A page of the audit log, newest first."""

    items: list[Event]
    next_cursor: NextCursor = None


class Queued(View):
    """An operation that stands for a request; follow it at ``href``."""

    platform: PlatformName
    operation_id: OperationId
    state: State
    new: Annotated[bool, Field(description="False where one that waited already stands for it.")] = True
    href: Annotated[str, Field(examples=["/admin/operations/op_20260301T113000_7k2m9qwe4r5t"])]
    error_id: Annotated[str | None, Field(description="The error that is tried again.")] = None

    @classmethod
    def of(cls, operation: Operation, *, new: bool = True, error_id: str | None = None) -> Queued:
        """Give a request's answer."""
        return cls(
            platform=operation.platform,
            operation_id=operation.operation_id,
            state=operation.state,
            new=new,
            href=f"/admin/operations/{operation.operation_id}",
            error_id=error_id,
        )


class NotDone(View):
    """One part of a request that is not done, and why."""

    code: Annotated[str, Field(examples=["not-connected"])]
    message: Annotated[str, Field(examples=["rest_001 is not on Pizza Post."])]
    hint: str = ""
    platform: str | None = None
    error_id: str | None = None


class Accepted(View):
    """What was put in line, and what was not."""

    restaurant_id: RestaurantId
    operations: list[Queued]
    refused: list[NotDone] = Field(default_factory=list)


def _operation(operation: Operation) -> dict[str, Any]:
    return {
        "operation_id": operation.operation_id,
        "restaurant_id": operation.restaurant_id,
        "platform": operation.platform,
        "kind": operation.kind,
        "state": operation.state,
        "reason": operation.reason,
        "requested_by": operation.requested_by,
        "force": operation.force,
        "created_at": operation.created_at,
        "updated_at": operation.updated_at,
        "not_before": operation.not_before,
        "deadline": operation.deadline,
        "item_count": operation.item_count,
        "menu_version": operation.menu_version or operation.details.get("version"),
        "payload_hash": operation.payload_hash,
        "note": operation.changes[-1].note if operation.changes else "",
        "error": operation.error,
        "error_id": operation.error_id,
        "has_payload": bool(operation.payload_id),
        "has_menu": bool(operation.snapshot_id),
    }


def _error(error: SyncError) -> dict[str, Any]:
    return {
        "error_id": error.error_id,
        "restaurant_id": error.restaurant_id,
        "restaurant_name": error.restaurant_name,
        "platform": error.platform,
        "operation_id": error.operation_id,
        "created_at": error.created_at,
        "status": error.status,
        "code": error.code,
        "message": error.message,
        "hint": error.hint,
        "attempt_count": len(error.attempts),
        "resolved_at": error.resolved_at,
        "resolved_by": error.resolved_by,
        "note": error.note,
    }
