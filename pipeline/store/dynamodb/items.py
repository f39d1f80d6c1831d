"""Records as items: the record itself in ``record``, and beside it what is searched, compared or sorted by."""

from __future__ import annotations

import secrets
import time
from datetime import datetime, timedelta

from msgspec.structs import replace

from pipeline.store import lanes
from pipeline.store.dynamodb.requests import Condition, item_of
from pipeline.store.dynamodb.tables import ALL
from pipeline.store.dynamodb.values import (
    Item,
    Value,
    from_micros,
    instant,
    joined,
    key,
    number,
    packed,
    seconds,
    text,
    unpacked,
)
from pipeline.store.encoding import check_keys, micros
from pipeline.store.records import (
    ENDED,
    AuditEntry,
    Connection,
    Lane,
    Operation,
    SoldOut,
    State,
    Status,
    SyncError,
)
from pipeline.store.retention import Retention

Values = dict[str, Value | None]
"""Attributes to set; None and empty texts are removed."""

LONGEST_SEARCH = 4_000
"""So many characters of a restaurant's id and name are searched."""
DUE, OVER = "due", "ended"
AUDIT = "audit"
ENDING = "ending"


def place_key(restaurant_id: str, platform: str) -> Item:
    """Give the key of a status or connection."""
    return {"restaurant_id": {"S": restaurant_id}, "platform": {"S": platform}}


def operation_key(operation_id: str) -> Item:
    """Give the key of an operation."""
    return {"operation_id": {"S": operation_id}}


def error_key(error_id: str) -> Item:
    """Give the key of an error."""
    return {"error_id": {"S": error_id}}


def reference_key(platform: str, reference: str) -> Item:
    """Give the key of the note that a reference is taken."""
    return key(joined("reference", platform, reference), "reference")


# -- statuses ------------------------------------------------------------------------------------


def status_values(status: Status) -> Values:
    """Give a status without its lanes, which are attributes of their own, so that conditions can name them."""
    check_keys(restaurant_id=status.restaurant_id, platform=status.platform)
    return {
        "listed": ALL,
        "place": joined(status.restaurant_id, status.platform),
        "state": status.state.value,
        "search": f"{status.restaurant_id}\n{status.restaurant_name[:LONGEST_SEARCH]}".casefold(),
        "record": packed(lanes.with_lanes_of(status, None), f"status of {status.restaurant_id} on {status.platform}"),
    }


def lane_values(status: Status, operation: Operation) -> Values:
    """Give the attributes of an operation's lane."""
    lane = lanes.lane_of(status, operation)
    prefix = lane_prefix(operation)
    return {
        f"{prefix}running": lane.running,
        f"{prefix}waiting": lane.waiting,
        f"{prefix}lease_owner": lane.lease_owner,
        f"{prefix}lease_until": micros(lane.lease_until) if lane.lease_until else None,
        f"{prefix}fencing": lane.fencing,
    }


def lane_prefix(operation: Operation) -> str:
    """Give what the names of the lane's attributes start with."""
    return "availability_" if lanes.lane_name(operation.kind) == "availability" else ""


def holds(operation: Operation) -> Condition:
    """Tell, as a condition on the status, what :func:`pipeline.store.lanes.holds` tells."""
    prefix = lane_prefix(operation)
    return Condition(
        f"#{prefix}running = :mine AND #{prefix}fencing = :token AND attribute_exists(#{prefix}lease_owner)",
        {"mine": operation.operation_id, "token": operation.fencing},
    )


def status_of(item: Item | None) -> Status | None:
    """Read a status back, lanes and all."""
    if item is None:
        return None
    name = f"status of {text(item, 'restaurant_id')} on {text(item, 'platform')}"
    status = unpacked(item, Status, name)
    publish = _lane(item, "")
    return replace(
        status,
        running=publish.running,
        waiting=publish.waiting,
        lease_owner=publish.lease_owner,
        lease_until=publish.lease_until,
        fencing=publish.fencing,
        availability=_lane(item, "availability_"),
    )


def _lane(item: Item, prefix: str) -> Lane:
    until = f"{prefix}lease_until"
    return Lane(
        running=text(item, f"{prefix}running"),
        waiting=text(item, f"{prefix}waiting"),
        lease_owner=text(item, f"{prefix}lease_owner"),
        lease_until=from_micros(number(item, until)) if until in item else None,
        fencing=number(item, f"{prefix}fencing"),
    )


# -- operations ----------------------------------------------------------------------------------


def operation_values(operation: Operation, retention: Retention) -> Values:
    """Give an operation without when it is due. Raises LimitExceeded, StoreError and ValueError."""
    check_keys(operation_id=operation.operation_id, restaurant_id=operation.restaurant_id, platform=operation.platform)
    ended = operation.state in ENDED
    lane = lanes.lane_name(operation.kind)
    published = operation.state == State.SYNCED and lane == "publish"
    took = (operation.updated_at - operation.created_at).total_seconds()
    # A time to live is kept unconditionally, so it stands only on what nothing else can need: see Purge for the rest.
    forgettable = ended and not published and not operation.error_id
    return {
        "restaurant_id": operation.restaurant_id,
        "platform": operation.platform,
        "created": joined(instant(operation.created_at), operation.operation_id),
        "reference": operation.reference,
        "kind": operation.kind,
        "state": operation.state.value,
        "published": "yes" if published else None,
        "seconds": max(took, 0.0) if ended else None,
        "snapshot_id": operation.snapshot_id,
        "payload_id": operation.payload_id,
        "ttl": seconds(micros(operation.updated_at + retention.history)) if forgettable else None,
        "record": packed(operation, f"operation {operation.operation_id}"),
    }


def due_values(operation: Operation, status: Status, messages: int) -> Values:
    """Give when an operation is due, as things stand; ``ready_at`` is when it would be with a free lane."""
    if operation.state in ENDED:
        return {"line": OVER, "at": instant(operation.updated_at), "ready_at": None}
    has_message = messages > operation.messages_read
    due = lanes.due_at(operation, status, has_message=has_message)
    ready = lanes.due_at(operation, lanes.with_lane(status, operation, Lane()), has_message=has_message)
    return {
        "line": DUE if due else None,
        "at": instant(due) if due else None,
        "ready_at": instant(ready) if ready else None,
    }


def operation_of(item: Item) -> Operation:
    """Read an operation back."""
    return unpacked(item, Operation, f"operation {text(item, 'operation_id')}")


# -- the rest ------------------------------------------------------------------------------------


def error_item(error: SyncError, retention: Retention) -> Item:
    """Give an error as a whole item."""
    check_keys(error_id=error.error_id, restaurant_id=error.restaurant_id, platform=error.platform)
    resolved = (error.resolved_at or error.created_at) if error.status == "resolved" else None
    return item_of(
        {
            "error_id": error.error_id,
            "restaurant_id": error.restaurant_id,
            "platform": error.platform,
            "status": error.status,
            "created": joined(instant(error.created_at), error.error_id),
            "open_operation": None if resolved else joined(error.platform, error.operation_id),
            "snapshot_id": error.snapshot_id,
            "payload_id": error.payload_id,
            "resolved": instant(resolved) if resolved else None,
            "ttl": seconds(micros(resolved + retention.history)) if resolved else None,
            "record": packed(error, f"error {error.error_id}"),
        }
    )


def connection_item(connection: Connection) -> Item:
    """Give a connection as a whole item."""
    check_keys(restaurant_id=connection.restaurant_id, platform=connection.platform)
    name = f"connection of {connection.restaurant_id} to {connection.platform}"
    return item_of(
        {
            "restaurant_id": connection.restaurant_id,
            "platform": connection.platform,
            "listed": ALL,
            "place": joined(connection.restaurant_id, connection.platform),
            "record": packed(connection, name),
        }
    )


def audit_item(entry: AuditEntry, retention: Retention, place: int = 0) -> Item:
    """Give an audit entry as a whole item; entries of one instant sort by when they were written, then by ``place``."""
    at = joined(instant(entry.at), f"{time.time_ns():020d}-{place:03d}-{secrets.token_hex(4)}")
    values: Values = {
        "line": AUDIT,
        "at": at,
        "ttl": seconds(micros(entry.at + retention.audit)),
        "record": packed(entry, f"audit entry {entry.action}"),
    }
    return {**key(joined(AUDIT, entry.restaurant_id), at), **item_of(values)}


def sold_out_key(entry: SoldOut) -> Item:
    """Give the key of a ledger's entry."""
    check_keys(restaurant_id=entry.restaurant_id, platform=entry.platform, id=entry.id)
    return key(joined("sold_out", entry.restaurant_id), joined(entry.platform, entry.kind, entry.id))


def sold_out_values(entry: SoldOut) -> Values:
    """Give a ledger's entry; ``version`` is an attribute of its own, which DynamoDB counts."""
    ending = None if entry.ended or entry.until is None else instant(entry.until)
    return {
        "line": None if entry.ended else joined("sold_out", entry.platform),
        "at": None if entry.ended else joined(instant(entry.since), entry.restaurant_id, entry.kind, entry.id),
        "expiry_line": ENDING if ending else None,
        "expires": ending,
        "record": packed(replace(entry, version=0), f"sold-out entry {entry.id}"),
    }


def sold_out_of(item: Item) -> SoldOut:
    """Read a ledger's entry back."""
    return replace(unpacked(item, SoldOut, "ledger"), version=number(item, "version"))


def expiry(line: str, at: datetime) -> Values:
    """Give what lets an item go at a time, and be found among those of its kind until then."""
    return {"expiry_line": line, "expires": instant(at), "ttl": seconds(micros(at))}


def end_of_history(operation: Operation, history: timedelta) -> int:
    """Give the time (microseconds) until which an operation's blobs are kept at least."""
    return micros(operation.updated_at + history)
