"""Large documents, and what goes when its time is over."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.store import protocol
from pipeline.store.protocol import LimitExceeded, Noted, SyncStore
from pipeline.store.records import AuditEntry, Hosted, Message, State
from tests.integration.store_contract.making import (
    NOON,
    at,
    claimed,
    ended,
    operation,
    passed_through,
    status,
    sync_error,
)

DAY = timedelta(days=1)
LATER = NOON + 100 * DAY
"""After history's time to live, before the audit log's."""


def purge(store: SyncStore, now: datetime) -> int:
    removed = store.purge(now)
    assert store.purge(now) == 0
    return removed


def test_blobs_come_back_as_they_were(store: SyncStore):
    noise = random.Random(7).randbytes(2_000_000)
    documents = {"empty": b"", "json": b'{"a": 1}' * 100_000, "noise": noise, "zero": b"\x00" * 5_000_000}
    for name, data in documents.items():
        store.put_blob(name, data)
    assert {name: store.blob(name) == data for name, data in documents.items()} == dict.fromkeys(documents, True)
    assert store.blob("other") is None
    store.put_blob("json", b"another")
    assert store.blob("json") == b"another"


def test_a_blob_is_bounded(store: SyncStore, monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(LimitExceeded, match="67,108,865 bytes"):
        store.put_blob("large", bytes(protocol.MAX_BLOB_BYTES + 1))
    assert store.blob("large") is None


def test_hosted_documents_expire(store: SyncStore):
    made = Hosted(token="t-1", blob_id="doc", media_type="application/json", expires_at=at(60))
    store.put_hosted(made, b"menu")
    assert store.hosted("t-1", at(59.9)) == (made, b"menu")
    assert store.hosted("t-1", at(60)) is None
    assert store.hosted("t-2", NOON) is None
    assert purge(store, at(59)) == 0
    assert purge(store, at(60)) == 2
    assert store.blob("doc") is None


def test_a_document_is_hosted_together_with_the_progress(store: SyncStore):
    def document(token: str, until: float) -> Hosted:
        return Hosted(token=token, blob_id="payload", media_type="application/json", expires_at=at(until))

    store.enqueue(operation("op_1"))
    taken = claimed(store, "op_1")
    taken.payload_id = "payload"
    assert store.checkpoint(taken, {"payload": b"menu"}, hosted=document("t-1", 60))
    assert store.hosted("t-1", at(59)) == (document("t-1", 60), b"menu")
    assert store.checkpoint(taken, hosted=document("t-2", 70)), "its blob was written before"
    assert store.hosted("t-2", at(69)) == (document("t-2", 70), b"menu")
    claimed(store, "op_1", "worker-b", 31)
    assert store.checkpoint(taken, hosted=document("t-3", 80)) is Noted.NOTHING
    assert store.hosted("t-3", at(32)) is None, "another process has the operation"
    assert purge(store, at(90)) == 2
    assert store.blob("payload") == b"menu", "the operation still names it"


def test_blobs_expire_unless_they_are_kept_for_good(store: SyncStore):
    store.put_blob("short", b"1", ttl=timedelta(minutes=5))
    store.put_blob("good", b"2")
    store.put_blob("both", b"3", ttl=timedelta(minutes=5))
    store.put_blob("both", b"3")
    store.put_blob("longer", b"4", ttl=2 * DAY)
    store.put_blob("longer", b"4", ttl=timedelta(minutes=5))
    now = datetime.now(UTC)
    assert purge(store, now) == 0
    assert purge(store, now + timedelta(minutes=6)) == 1
    assert [store.blob(name) for name in ("short", "good", "both", "longer")] == [None, b"2", b"3", b"4"]
    assert purge(store, now + 3 * DAY) == 1


def test_history_goes_but_what_is_live_stays(store: SyncStore):
    for number in range(9):
        made = operation(f"op_{number}", created_at=at(100 * number))
        store.enqueue(made)
        taken = claimed(store, f"op_{number}", seconds=100 * number)
        taken.snapshot_id, taken.payload_id = f"menu_{number // 2}", f"payload_{number}"
        blobs = {taken.snapshot_id: b"menu", taken.payload_id: b"payload"}
        assert ended(store, taken, State.SYNCED, seconds=100 * number + 50, blobs=blobs)
    failed = operation("op_failed", created_at=at(950))
    passed_through(store, failed, State.FAILED)
    live = store.status("rest_001", "doordash")
    assert live is not None
    live.accepted_operation = "op_1"
    assert store.put_status(live, expected_fencing=live.fencing)
    assert purge(store, NOON + 89 * DAY) == 0
    # op_4 … op_8 are the last five, op_1 is live; menu_1 belonged to op_2 and op_3.
    assert purge(store, LATER) == len(
        ["op_0", "op_2", "op_3", "op_failed", "payload_0", "payload_2", "payload_3", "menu_1"]
    )
    kept = [found.operation_id for found in store.history("rest_001").items]
    assert kept == ["op_8", "op_7", "op_6", "op_5", "op_4", "op_1"]
    assert [store.blob(f"menu_{number}") for number in range(5)] == [b"menu", None, b"menu", b"menu", b"menu"]
    assert store.blob("payload_1") == b"payload"


def test_what_has_not_ended_stays(store: SyncStore):
    store.enqueue(operation("op_1"))
    taken = claimed(store, "op_1")
    taken.payload_id = "payload"
    assert store.checkpoint(taken, {"payload": b"1", "named by nothing": b"2"})
    assert store.add_message(Message(operation_id="op_1", at=NOON))
    store.enqueue(operation("op_2"))
    assert purge(store, LATER) == 1
    assert store.operation("op_1") == taken
    assert store.blob("payload") == b"1"
    assert len(store.messages("op_1")) == 1
    assert ended(store, taken, State.FAILED)
    assert purge(store, LATER + DAY) == 2
    assert store.messages("op_1") == []


def test_errors_stay_until_they_are_resolved(store: SyncStore):
    store.enqueue(operation("op_1"))
    error = sync_error("err_1", operation_id="op_1", snapshot_id="menu")
    assert ended(store, claimed(store, "op_1"), State.FAILED, error=error, blobs={"menu": b"m"})
    assert purge(store, LATER) == 0
    error.status, error.resolved_at = "resolved", LATER
    assert store.update_error(error, expected_status="open")
    assert purge(store, LATER) == 1, "the operation"
    assert store.blob("menu") == b"m"
    assert purge(store, LATER + 89 * DAY) == 0
    assert purge(store, LATER + 91 * DAY) == 2, "the error and its menu"
    assert store.error("err_1") is None


def test_notes_buckets_numbers_and_audit_go(store: SyncStore):
    store.seen("event", NOON, timedelta(hours=1))
    store.take("bucket", 5, timedelta(hours=1), NOON)
    store.next_error_number("rest_001", "doordash", "20261122")
    store.add_audit(AuditEntry(at=NOON, who="anna", action="publish"))
    store.put_status(status(), expected_fencing=0)
    assert purge(store, NOON + timedelta(minutes=59)) == 0
    assert purge(store, NOON + timedelta(minutes=60)) == 1
    assert purge(store, NOON + timedelta(hours=2)) == 1
    assert purge(store, LATER) == 1
    assert purge(store, NOON + 399 * DAY) == 0
    assert purge(store, NOON + 401 * DAY) == 1
    assert store.status("rest_001", "doordash") == status()


def test_a_large_purge_is_done_in_parts(store: SyncStore):
    for number in range(1234):
        store.seen(f"event {number}", NOON, timedelta(hours=1))
    assert purge(store, NOON + DAY) == 1234
