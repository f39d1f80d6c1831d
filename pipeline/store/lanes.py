"""The rules of lanes, as functions of values: who waits, who may take up, who may write. Every store asks them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from pipeline.store.records import ENDED, Change, Lane, LaneName, Operation, OperationKind, State, Status
from pipeline.store.versions import newest_version

AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)


def lane_name(kind: OperationKind) -> LaneName:
    """Give the lane that operations of a kind run in."""
    return "availability" if kind == "availability" else "publish"


def lane_of(status: Status, operation: Operation) -> Lane:
    """Give the lane of an operation."""
    if lane_name(operation.kind) == "availability":
        return status.availability
    return Lane(
        running=status.running,
        waiting=status.waiting,
        lease_owner=status.lease_owner,
        lease_until=status.lease_until,
        fencing=status.fencing,
    )


def with_lane(status: Status, operation: Operation, lane: Lane) -> Status:
    """Give the status with another lane for operations of that kind."""
    if lane_name(operation.kind) == "availability":
        return replace(status, availability=lane)
    return replace(
        status,
        running=lane.running,
        waiting=lane.waiting,
        lease_owner=lane.lease_owner,
        lease_until=lane.lease_until,
        fencing=lane.fencing,
    )


def with_lanes_of(status: Status, stored: Status | None) -> Status:
    """Give what a caller says of a status with the lanes that are stored, or empty ones."""
    kept = stored or Status(restaurant_id="", platform="", updated_at=AT_ONCE)
    return replace(
        status,
        running=kept.running,
        waiting=kept.waiting,
        lease_owner=kept.lease_owner,
        lease_until=kept.lease_until,
        fencing=kept.fencing,
        availability=kept.availability,
    )


@dataclass(frozen=True, slots=True)
class Enqueued:
    """What is to be written, and what the caller is told."""

    status: Status
    write: tuple[Operation, ...]
    operation: Operation
    is_new: bool


def enqueue(status: Status | None, waiting: Operation | None, new: Operation, *, replace_waiting: bool) -> Enqueued:
    """Put an operation in line; ``waiting`` is the one that waits in its lane now."""
    stored = status or Status(restaurant_id=new.restaurant_id, platform=new.platform, updated_at=new.created_at)
    if waiting is not None and waiting.kind == new.kind:
        joined = _joined(waiting, new)
        return Enqueued(stored, (joined,), joined, is_new=False)
    if waiting is not None and not replace_waiting:
        return Enqueued(stored, (), waiting, is_new=False)
    started = new
    if not new.changes:
        started = replace(new, changes=[Change(at=new.created_at, state=new.state, note=new.reason)])
    write = [started]
    if waiting is not None:
        write.insert(0, _superseded(waiting, new))
    lane = lane_of(stored, new)
    stored = with_lane(stored, new, replace(lane, waiting=new.operation_id))
    if lane_name(new.kind) == "publish" and not lane.running:
        stored = replace(stored, state=State.PENDING, updated_at=new.created_at)
    return Enqueued(stored, tuple(write), started, is_new=True)


def _joined(waiting: Operation, new: Operation) -> Operation:
    forcing = new if new.force and not waiting.force else waiting
    times = (waiting.not_before, new.not_before)
    return replace(
        waiting,
        force=waiting.force or new.force,
        requested_by=forcing.requested_by,
        reason=forcing.reason,
        menu_version=newest_version(waiting.menu_version, new.menu_version),
        not_before=None if None in times else min(time for time in times if time),
        details=_joined_details(waiting.details, new.details),
        joined=waiting.joined + 1 + new.joined,
        updated_at=new.created_at,
    )


def _joined_details(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    joined = {**old, **new}
    for name, value in new.items():
        if isinstance(value, list) and isinstance(old.get(name), list):
            # The last of equal entries: "sold out, back, sold out" must not end as "sold out, back".
            joined[name] = [entry for entry in old[name] if entry not in value] + value
    return joined


def _superseded(waiting: Operation, by: Operation) -> Operation:
    note = f"operation {by.operation_id} ({by.kind}) took its place"
    change = Change(at=by.created_at, state=State.SUPERSEDED, note=note)
    return replace(
        waiting, state=State.SUPERSEDED, updated_at=by.created_at, changes=[*waiting.changes, change], error=note
    )


def opens_at(operation: Operation, status: Status, *, has_message: bool) -> datetime | None:
    """Give when an operation may be taken up: an instant, :data:`AT_ONCE`, or None for never as things stand."""
    lane = lane_of(status, operation)
    if operation.state in ENDED or (lane.running and lane.running != operation.operation_id):
        return None
    if lane.running and lane.lease_owner:
        return lane.lease_until
    if has_message:
        return AT_ONCE
    times = [time for time in (operation.not_before, operation.deadline) if time is not None]
    if operation.not_before is None and operation.state != State.PROCESSING:
        return AT_ONCE
    return min(times, default=AT_ONCE)


def due_at(operation: Operation, status: Status, *, has_message: bool) -> datetime | None:
    """Give the time by which operations that may be taken up are put in order; None for never."""
    opens = opens_at(operation, status, has_message=has_message)
    return operation.created_at if opens == AT_ONCE else opens


def claim(
    operation: Operation, status: Status, owner: str, lease: timedelta, now: datetime, *, has_message: bool
) -> tuple[Operation, Status] | None:
    """Give both after the operation was taken up; None where it may not be."""
    opens = opens_at(operation, status, has_message=has_message)
    if opens is None or opens > now:
        return None
    lane = lane_of(status, operation)
    state = State.PROCESSING if operation.state == State.PROCESSING else State.IN_PROGRESS
    changes = operation.changes
    if lane.lease_owner:
        note = f"taken up again: the lease of {lane.lease_owner} ran out"
        changes = [*changes, Change(at=now, state=state, note=note, payload_hash=operation.payload_hash)]
    elif state != operation.state:
        changes = [*changes, Change(at=now, state=state, payload_hash=operation.payload_hash)]
    taken = replace(operation, state=state, fencing=lane.fencing + 1, updated_at=now, changes=changes)
    lane = Lane(
        running=operation.operation_id,
        waiting="" if lane.waiting == operation.operation_id else lane.waiting,
        lease_owner=owner,
        lease_until=now + lease,
        fencing=taken.fencing,
    )
    status = with_lane(status, operation, lane)
    if lane_name(operation.kind) == "publish":
        status = replace(status, state=state, updated_at=now)
    return taken, status


def holds(operation: Operation, status: Status | None) -> bool:
    """Tell whether an operation, as its owner knows it, may still write: newest token, neither parked nor ended."""
    if status is None:
        return False
    lane = lane_of(status, operation)
    return bool(lane.running == operation.operation_id and lane.lease_owner and lane.fencing == operation.fencing)


def check_progress(operation: Operation) -> None:
    """Raise ValueError where an operation is not one whose progress is written."""
    if operation.state in ENDED:
        raise ValueError(f"Operation {operation.operation_id} has ended: finish it")


def check_end(operation: Operation, status: Status) -> None:
    """Raise ValueError where an operation neither ends nor is parked, or the status is another one's."""
    if operation.state == State.IN_PROGRESS:
        raise ValueError(f"Operation {operation.operation_id} is still IN_PROGRESS: end it or park it")
    if (status.restaurant_id, status.platform) != (operation.restaurant_id, operation.platform):
        raise ValueError(f"The status is not the one of operation {operation.operation_id}")


def extended(operation: Operation, status: Status, until: datetime) -> Status:
    """Give the status with a longer lease."""
    return with_lane(status, operation, replace(lane_of(status, operation), lease_until=until))


def finished(operation: Operation, given: Status, stored: Status) -> Status:
    """Give the status to write when an operation ends or is parked; ``given`` is what its owner says."""
    lane = lane_of(stored, operation)
    running = "" if operation.state in ENDED else lane.running
    if lane_name(operation.kind) == "availability":
        saved = {name: value for name, value in given.saved.items() if name in operation.saved}
        status = replace(
            stored,
            needs_reconnect=given.needs_reconnect,
            breaker_failures=given.breaker_failures,
            breaker_until=given.breaker_until,
            saved={**stored.saved, **saved},
        )
    else:
        status = with_lanes_of(given, stored)
    return with_lane(status, operation, replace(lane, running=running, lease_owner="", lease_until=None))
