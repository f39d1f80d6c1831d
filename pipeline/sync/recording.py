"""Writes how an operation ended: itself, the status, the error, the audit entry, all in one transaction."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from pipeline.findings import Finding, as_json
from pipeline.store.ids import next_error_id
from pipeline.store.records import ENDED, AuditEntry, Operation, SoldOut, State, Status, SyncError
from pipeline.sync.breaker import FAILURES, Breaker
from pipeline.sync.endings import Ending
from pipeline.sync.error_fields import joined
from pipeline.sync.prepared import MENU_ID, Prepared
from pipeline.sync.run import MOST_ATTEMPTS, LeaseLost, Run
from pipeline.telemetry import telemetry

MOST_FINDINGS = 150
MOST_TEXT = 2_000
CATCH_UP = (timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=5), timedelta(minutes=10))
"""The pauses before a passing failure is tried again by itself; the last one stays."""
RECONNECT = timedelta(hours=24)
"""A refused connection is tried again once a day; ``connect`` lets it go on at once."""
IN_A_TRANSACTION = 40

alerts = logging.getLogger("menu_sync.alerts")
outcomes = logging.getLogger("menu_sync.outcomes")


async def record(
    run: Run,
    ending: Ending,
    breaker: Breaker,
    *,
    prepared: Prepared | None = None,
    findings: Iterable[Finding] = (),
    sold_out: Iterable[SoldOut] = (),
) -> Operation:
    """Write an ending.

    Raises:
        LeaseLost: the operation belongs to another process by now; nothing was written.
    """
    operation, status, now = run.operation, run.status, run.now
    _note_health(run, ending, breaker)
    if ending.passing and ending.state == State.FAILED and operation.kind not in ("rollback", "pull"):
        _catch_up(run, ending, breaker)
    run.change(ending.state, ending.note[:MOST_TEXT])
    operation.updated_at = now
    operation.not_before, operation.deadline = ending.not_before, ending.deadline
    operation.findings = noted(findings, operation.findings)
    if not ending.pauses:
        operation.sending = False
    operation.error = ending.message[:MOST_TEXT] if ending.state in (State.FAILED, State.HELD) else ""
    error = _error(run, ending, prepared)
    operation.error_id = error.error_id if error is not None and error.status == "open" else ""
    _status_after(run, ending, operation.error_id)
    audit = [_audit(run, ending)] if _audited(operation, ending) else []
    blobs, run.blobs = run.blobs, {}
    entries = list(sold_out)
    extra, entries = entries[IN_A_TRANSACTION:], entries[:IN_A_TRANSACTION]
    store = run.tools.store
    for start in range(0, len(extra), IN_A_TRANSACTION):
        await asyncio.to_thread(store.put_sold_out, extra[start : start + IN_A_TRANSACTION])
    with telemetry.span("store.write", **run.about):
        written = await asyncio.to_thread(
            store.finish, operation, status, error=error, audit=audit, sold_out=entries, blobs=blobs or None
        )
    if not written:
        raise LeaseLost(operation.operation_id)
    _tell(run, ending)
    return operation


def noted(findings: Iterable[Finding], before: Iterable[dict[str, Any]] = ()) -> list[dict[str, Any]]:
    """Give findings as they are kept with an operation, behind those that are kept already; each once."""
    kept = list(before)
    kept += [told for told in map(as_json, dict.fromkeys(findings)) if told not in kept]
    return kept[:MOST_FINDINGS]


def _tell(run: Run, ending: Ending) -> None:
    """Tell metrics, the trace and the log how an operation ended or pauses."""
    operation = run.operation
    outcome = "UNCHANGED" if ending.unchanged else ending.state.value
    telemetry.note(outcome=outcome, item_count=operation.item_count or None)
    if ending.state == State.FAILED:
        telemetry.failed(ending.code)
    if ending.pauses or not ending.counts:
        return
    begun = next((each.at for each in operation.changes if each.state == State.IN_PROGRESS), operation.created_at)
    seconds = max((run.now - begun).total_seconds(), 0.0)
    kinds = {"platform": operation.platform, "outcome": outcome, "kind": operation.kind}
    telemetry.add("menu_sync.syncs", **kinds)
    telemetry.took("menu_sync.duration", seconds, **kinds)
    outcomes.log(
        logging.WARNING if ending.state in (State.FAILED, State.HELD) else logging.INFO,
        "%s of %s on %s: %s", operation.kind, operation.restaurant_id, operation.platform, outcome,
        extra={
            **kinds, "restaurant_id": operation.restaurant_id, "operation": operation.operation_id,
            "code": ending.code, "item_count": operation.item_count, "seconds": round(seconds, 3),
        },
    )  # fmt: skip


def traced(details: dict[str, Any]) -> dict[str, Any]:
    """Give an operation's details with the trace in which it is asked for."""
    trace = telemetry.trace()
    return {**details, "trace": trace} if trace else details


def _status_after(run: Run, ending: Ending, error_id: str) -> None:
    operation, status, now = run.operation, run.status, run.now
    status.updated_at = now
    if operation.kind != "availability":
        status.saved = dict(operation.saved) if operation.saved else status.saved
        status.external_menu_id = status.saved.get(MENU_ID, status.external_menu_id)
    if not ending.counts:
        status.state = _settled(status)
        return
    status.state = ending.state
    status.last_check = now if ending.unchanged or ending.published else status.last_check
    if ending.state == State.SYNCED:
        status.error, status.error_id, status.retry_count = ending.partial, error_id, 0
        status.needs_reconnect = False
        status.breaker_failures, status.breaker_until = 0, None
    if ending.published and operation.kind != "availability":
        status.last_sync = now
        status.item_count = operation.item_count
        status.accepted_hash, status.accepted_operation = operation.payload_hash, operation.operation_id
        status.menu_version = operation.details.get("version") or status.menu_version
    if ending.state in (State.FAILED, State.HELD):
        status.error = ending.message[:MOST_TEXT]
        status.error_id = error_id
    if ending.state == State.FAILED:
        status.retry_count += 1
    if ending.reconnect:
        status.needs_reconnect = True


def _settled(status: Status) -> State:
    """Give the state of a status that an operation leaves as it was before."""
    if status.needs_reconnect or status.error:
        return State.FAILED
    return State.SYNCED if status.accepted_hash else State.PENDING


def _error(run: Run, ending: Ending, prepared: Prepared | None) -> SyncError | None:
    """Give the error's record: a new one, the one that goes on, or the one that is over now."""
    operation, status, store, now = run.operation, run.status, run.tools.store, run.now
    known_id = operation.details.get("error_id") or (status.error_id if operation.kind != "availability" else "")
    known = store.error(known_id) if known_id else None
    if ending.state == State.SYNCED and not ending.partial:
        if known is None or known.status == "resolved" or not (ending.published or ending.unchanged):
            return None
        note = f"over: {ending.note} by {operation.operation_id}"
        return replace(known, status="resolved", resolved_at=now, resolved_by="sync", note=note)
    if ending.state != State.FAILED and not ending.partial:
        return None
    message = ending.message or ending.partial
    code = ending.code or "published-in-part"
    fields = list(ending.fields)
    if prepared is not None and prepared.payload is not None and ending.code.startswith("platform"):
        fields = list(joined(prepared, ending.fields, f"{ending.detail} {ending.hint} {message}"))
    if known is not None and known.status != "resolved":
        # It goes on, also where something else is in the way by now: two open ones would not both end with a publish.
        attempts = [*known.attempts, *run.attempts][-MOST_ATTEMPTS:]
        error = replace(known, status="open", attempts=attempts, operation_id=operation.operation_id)
    else:
        error = SyncError(
            error_id=next_error_id(store, operation.restaurant_id, operation.platform, now),
            restaurant_id=operation.restaurant_id,
            platform=operation.platform,
            operation_id=operation.operation_id,
            created_at=now,
            attempts=list(run.attempts),
        )
    error.code, error.message, error.hint, error.fields = code, message[:MOST_TEXT], ending.hint[:MOST_TEXT], fields
    error.restaurant_name = status.restaurant_name
    error.snapshot_id, error.payload_id = operation.snapshot_id, operation.payload_id
    error.payload_hash = operation.payload_hash
    return error


def _note_health(run: Run, ending: Ending, breaker: Breaker) -> None:
    status, now, place = run.status, run.now, run.place
    if ending.outage:
        health = breaker.down(now)
        status.breaker_failures += 1
        status.breaker_until = health.until
        if health.failures == FAILURES:
            alerts.warning("%s does not answer; it is left alone until %s", place.label, health.until)
    elif ending.accepted or (ending.code == "platform-refused"):
        breaker.up()
    if ending.reconnect:
        first = not status.needs_reconnect
        if ending.account:
            first = breaker.refused(place.account.fingerprint, now)
        if first:
            alerts.warning("%s needs to be connected again: %s", place.label, ending.message)


def _catch_up(run: Run, ending: Ending, breaker: Breaker) -> None:
    """Put the next try in line before this one ends, so that no end of this process can lose it."""
    operation, now = run.operation, run.now
    pause = CATCH_UP[min(run.status.retry_count, len(CATCH_UP) - 1)]
    jitter = random.uniform(0.8, 1.2)  # noqa: S311 - no secret
    due = now + pause * jitter
    if run.status.breaker_until is not None and run.status.breaker_until > due:
        due = run.status.breaker_until
    details = traced({"catch_up_of": operation.operation_id})
    if operation.details.get("snapshot_id"):
        details["snapshot_id"] = operation.details["snapshot_id"]
    run.tools.store.enqueue(
        Operation(
            operation_id=run.tools.new_operation_id(now),
            restaurant_id=operation.restaurant_id,
            platform=operation.platform,
            kind=operation.kind,
            reference=run.tools.new_reference(),
            requested_by="sync",
            reason="catch-up after a passing failure",
            force=operation.force,
            menu_version=operation.menu_version,
            created_at=now,
            updated_at=now,
            not_before=due,
            details=details,
        ),
        replace_waiting=False,
    )


def _audited(operation: Operation, ending: Ending) -> bool:
    return ending.state in ENDED and not ending.unchanged and (ending.counts or ending.published)


def _audit(run: Run, ending: Ending) -> AuditEntry:
    operation = run.operation
    return AuditEntry(
        at=run.now,
        who=operation.requested_by or "sync",
        action=f"{operation.kind} {ending.state.value.lower()}",
        restaurant_id=operation.restaurant_id,
        platform=operation.platform,
        operation_id=operation.operation_id,
        origin=str(operation.details.get("origin", "")),
        before=str(operation.details.get("hash_before", "")),
        after=operation.payload_hash,
        note=ending.note[:500],
    )


def next_day(now: datetime) -> datetime:
    """Give when a refused connection is tried again by itself."""
    return now + RECONNECT
