"""The JSON form of what the store keeps, the same on the command line and in the API."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from pipeline.store.records import AuditEntry, Connection, Operation, SoldOut, Status, SyncError


def status_view(restaurant_id: str, statuses: Iterable[Status]) -> dict[str, Any]:
    """Give a restaurant's status on each platform."""
    return {"restaurant_id": restaurant_id, "platforms": {each.platform: platform_view(each) for each in statuses}}


def platform_view(status: Status) -> dict[str, Any]:
    """Give one platform's status. ``changed_since`` tells that the newest menu is not the one that is live."""
    return {
        "status": status.state.value,
        "last_sync": instant(status.last_sync),
        "last_check": instant(status.last_check),
        "item_count": status.item_count,
        "external_menu_id": status.external_menu_id,
        "error": status.error or None,
        "error_id": status.error_id or None,
        "retry_count": status.retry_count,
        "desired_hash": status.desired_hash or None,
        "accepted_hash": status.accepted_hash or None,
        "changed_since": bool(status.desired_hash) and status.desired_hash != status.accepted_hash,
        "menu_version": status.menu_version,
        "running": status.running or None,
        "waiting": status.waiting or None,
        "needs_reconnect": status.needs_reconnect,
        "down_until": instant(status.breaker_until),
        "updated_at": instant(status.updated_at),
    }


def operation_view(operation: Operation, *, whole: bool = False) -> dict[str, Any]:
    """Give an operation; ``whole`` with its history, findings and results per dish."""
    view: dict[str, Any] = {
        "operation_id": operation.operation_id,
        "restaurant_id": operation.restaurant_id,
        "platform": operation.platform,
        "kind": operation.kind,
        "status": operation.state.value,
        "note": operation.changes[-1].note if operation.changes else "",
        "requested_by": operation.requested_by,
        "reason": operation.reason,
        "created_at": instant(operation.created_at),
        "updated_at": instant(operation.updated_at),
        "not_before": instant(operation.not_before),
        "deadline": instant(operation.deadline),
        "item_count": operation.item_count,
        "payload_hash": operation.payload_hash or None,
        "menu_version": operation.menu_version,
        "error": operation.error or None,
        "error_id": operation.error_id or None,
    }
    if whole:
        view |= {
            "changes": [
                {"at": instant(each.at), "status": each.state.value, "note": each.note} for each in operation.changes
            ],
            "findings": operation.findings,
            "results": operation.results,
        }
    return view


def error_view(error: SyncError, *, whole: bool = False) -> dict[str, Any]:
    """Give an error; ``whole`` with every attempt, secrets masked."""
    view: dict[str, Any] = {
        "error_id": error.error_id,
        "restaurant_id": error.restaurant_id,
        "platform": error.platform,
        "operation_id": error.operation_id,
        "status": error.status,
        "code": error.code,
        "message": error.message,
        "hint": error.hint,
        "created_at": instant(error.created_at),
        "resolved_at": instant(error.resolved_at),
        "resolved_by": error.resolved_by or None,
        "note": error.note,
        "fields": error.fields,
    }
    if whole:
        view |= {
            "payload_hash": error.payload_hash or None,
            "snapshot_id": error.snapshot_id or None,
            "payload_id": error.payload_id or None,
            "attempts": [_plain(attempt) for attempt in error.attempts],
        }
    return view


def audit_view(entry: AuditEntry) -> dict[str, Any]:
    """Give an audit entry."""
    return _plain(entry)


def sold_out_view(entry: SoldOut) -> dict[str, Any]:
    """Give a ledger's entry."""
    view = _plain(entry)
    del view["version"]
    return view


def connection_view(connection: Connection, secret: Iterable[str] = ()) -> dict[str, Any]:
    """Give a connection; settings that are secret are masked."""
    hidden = set(secret)
    view = _plain(connection)
    view["settings"] = {name: "***" if name in hidden else value for name, value in connection.settings.items()}
    return view


def instant(moment: datetime | None) -> str | None:
    """Give an instant as RFC 3339, to the second."""
    return None if moment is None else moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _plain(record: Any) -> dict[str, Any]:
    values: dict[str, Any] = msgspec.to_builtins(record)
    return {name: instant(value) if isinstance(value, datetime) else value for name, value in values.items()}
