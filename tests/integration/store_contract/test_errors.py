"""The error queue, connections and the audit log."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pipeline.store.ids import next_error_id
from pipeline.store.protocol import SyncStore
from pipeline.store.records import Attempt, AuditEntry, Connection, State, SyncError
from tests.integration.store_contract.making import NOON, at, claimed, ended, operation, sync_error


def entry(action: str, seconds: float = 0) -> AuditEntry:
    return AuditEntry(at=at(seconds), who="anna", action=action, restaurant_id="rest_001", before="1", after="2")


def put(store: SyncStore, error: SyncError) -> None:
    name = f"op_of_{error.error_id}"
    store.enqueue(operation(name, error.restaurant_id, error.platform))
    assert ended(store, claimed(store, name), State.FAILED, error=error)


def test_an_error_is_kept_with_its_attempts(store: SyncStore):
    attempt = Attempt(
        at=NOON, step="menu", method="POST", url="https://x/y", status=400, answer_body='{"a": "ü"}', seconds=0.25
    )
    made = sync_error("err_1", attempts=[attempt], fields=[{"path": "menu.items[0].price", "item": "i1"}])
    put(store, made)
    assert store.error("err_1") == made
    assert store.error("err_2") is None


def test_an_error_is_resolved_once(store: SyncStore):
    put(store, sync_error("err_1"))
    put(store, sync_error("err_2", "rest_002", "grubhub"))
    put(store, sync_error("err_3", "rest_003", "grubhub"))
    assert store.error_depth() == {"doordash": 1, "grubhub": 2}
    resolved = sync_error("err_2", "rest_002", "grubhub", status="resolved", resolved_at=at(9), note="by hand")
    assert store.update_error(resolved, expected_status="open", audit=entry("resolve"))
    assert not store.update_error(resolved, expected_status="open", audit=entry("resolve again"))
    assert store.error("err_2") == resolved
    assert [found.action for found in store.audit().items] == ["resolve"]
    assert store.error_depth() == {"doordash": 1, "grubhub": 1}
    retrying = sync_error("err_3", "rest_003", "grubhub", status="retrying")
    assert store.update_error(retrying, expected_status="open")
    assert store.error_depth() == {"doordash": 1, "grubhub": 1}, "not resolved yet"
    assert [found.error_id for found in store.list_errors(status="retrying").items] == ["err_3"]
    assert not store.update_error(sync_error("err_404"), expected_status="open")
    assert store.error("err_404") is None


def test_error_ids_are_readable_and_never_given_twice(store: SyncStore):
    day = datetime(2025, 1, 15, 23, 59, tzinfo=UTC)
    ids = [next_error_id(store, "rest_001", "doordash", day) for _ in range(3)]
    assert ids == [f"err_rest_001_doordash_20250115_00{number}" for number in (1, 2, 3)]
    assert next_error_id(store, "rest_001", "grubhub", day) == "err_rest_001_grubhub_20250115_001"
    assert next_error_id(store, "rest_002", "doordash", day) == "err_rest_002_doordash_20250115_001"
    assert store.next_error_number("rest_001", "doordash", "20250116") == 1
    assert store.next_error_number("rest_001", "doordash", "20250115") == 4


def test_connections(store: SyncStore):
    made = Connection(
        restaurant_id="rest_001", platform="doordash", settings={"store_id": "s-1", "hours": [1]}, updated_at=NOON
    )
    store.put_connection(made, entry("connect", 1))
    assert store.connection("rest_001", "doordash") == made
    changed = Connection(
        restaurant_id="rest_001", platform="doordash", enabled=False, updated_at=at(5), updated_by="bo"
    )
    store.put_connection(changed)
    assert store.connection("rest_001", "doordash") == changed
    assert store.connections("rest_001").items == [changed]
    assert not store.delete_connection("rest_001", "grubhub", entry("disconnect", 2))
    assert store.delete_connection("rest_001", "doordash", entry("disconnect", 3))
    assert store.connection("rest_001", "doordash") is None
    assert [(found.action, found.at) for found in store.audit().items] == [("disconnect", at(3)), ("connect", at(1))]


def test_audit_entries_of_one_instant_are_all_kept(store: SyncStore):
    for number in range(3):
        store.add_audit(entry(f"action {number}"))
    store.add_audit(AuditEntry(at=at(-5), who="bo", action="older"))
    assert [found.action for found in store.audit().items] == ["action 2", "action 1", "action 0", "older"]
    assert store.audit(restaurant_id="rest_001", since=NOON).items[0] == entry("action 2")


@pytest.mark.parametrize("since", [-10, 0, 86_400])
def test_outcomes_count_what_ended(store: SyncStore, since: float):
    day = 86_400
    for name, platform, state, begun, took in [
        ("op_1", "doordash", State.SYNCED, 0, 2),
        ("op_2", "doordash", State.SYNCED, 10, 4),
        ("op_3", "doordash", State.FAILED, 20, 8),
        ("op_4", "grubhub", State.SYNCED, 30, 16),
        ("op_5", "grubhub", State.SYNCED, day, 32.5),
    ]:
        store.enqueue(operation(name, name, platform, created_at=at(begun)))
        assert ended(store, claimed(store, name, seconds=begun), state, seconds=begun + took)
    store.enqueue(operation("op_6"))
    expected = [
        ("2026-11-22", "doordash", "publish", "FAILED", 1, 8.0, 8.0),
        ("2026-11-22", "doordash", "publish", "SYNCED", 2, 3.0, 4.0),
        ("2026-11-22", "grubhub", "publish", "SYNCED", 1, 16.0, 16.0),
        ("2026-11-23", "grubhub", "publish", "SYNCED", 1, 32.5, 32.5),
    ]
    names = ("day", "platform", "kind", "state", "count", "seconds", "longest")
    rows = [dict(zip(names, row, strict=True)) for row in expected]
    assert store.outcomes(at(since)) == (rows if since <= 0 else rows[3:])
