"""How records lie in the tables: sizes, times to live, pieces, damage."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pipeline.store.dynamodb import DynamoStore
from pipeline.store.dynamodb.bulk import LOOKED_AFTER
from pipeline.store.protocol import LimitExceeded
from pipeline.store.records import AuditEntry, Hosted, Message, State
from pipeline.store.retention import Retention
from tests.integration.dynamodb_store.trying import everything, of_kind, opened, refusal
from tests.integration.store_contract.making import (
    LEASE,
    NOON,
    at,
    claimed,
    ended,
    operation,
    passed_through,
    sold_out,
    status,
    sync_error,
)
from tests.shared_files import REPOSITORY

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


def noise(count: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(count)


def ttl(item: dict[str, Any]) -> datetime | None:
    return datetime.fromtimestamp(int(item["ttl"]), UTC) if "ttl" in item else None


# -- times to live -------------------------------------------------------------------------------


def test_what_nothing_else_needs_goes_by_itself(store: DynamoStore):
    store.seen("event", NOON, MINUTE)
    store.take("bucket", 2, MINUTE, NOON)
    store.next_error_number("rest_001", "doordash", "20261122")
    store.put_hosted(Hosted(token="t", blob_id="doc", media_type="x/y", expires_at=at(60)), b"menu")
    store.add_audit(AuditEntry(at=NOON, who="anna", action="x"))
    store.enqueue(operation("op_0"))
    store.add_message(Message(operation_id="op_0", at=NOON))
    second = timedelta(microseconds=750_000)  # rounded up to whole ones
    expected = {
        "seen": NOON + MINUTE + second,
        "bucket": NOON + 2 * MINUTE + second,
        "error_number": datetime(2026, 12, 23, tzinfo=UTC),
        "hosted": at(60) + second,
        "audit": NOON + 400 * DAY + second,
        "message": NOON + 360 * DAY + second,
    }
    for kind, until in expected.items():
        (item,) = of_kind(store, kind)
        assert ttl(item) == until, kind


@pytest.mark.parametrize("state", [State.FAILED, State.SYNCED, State.HELD])
def test_history_goes_by_itself_unless_it_may_be_needed(store: DynamoStore, state: State):
    passed_through(store, operation("op_1", reference="ref"), state)
    passed_through(store, operation("av_1", "rest_002", kind="availability"), state)
    store.enqueue(operation("op_2", "rest_003"))
    made = claimed(store, "op_2")
    assert ended(store, made, State.FAILED, error=sync_error("err_1", "rest_003", operation_id="op_2"))
    store.enqueue(operation("op_3", "rest_004"))
    found = {item["operation_id"]: ttl(item) for item in everything(store, "operations")}
    over = at(1) + 90 * DAY + timedelta(microseconds=750_000)
    assert found == {"op_1": None if state == State.SYNCED else over, "av_1": over, "op_2": None, "op_3": None}
    (reference,) = of_kind(store, "reference")
    assert ttl(reference) == found["op_1"], "goes with its operation"


def test_an_error_goes_by_itself_once_it_is_resolved(store: DynamoStore):
    store.enqueue(operation("op_1"))
    assert ended(store, claimed(store, "op_1"), State.FAILED, error=sync_error("err_1"))
    assert [ttl(item) for item in everything(store, "sync_errors")] == [None]
    assert store.update_error(sync_error("err_1", status="resolved", resolved_at=at(0.75)), expected_status="open")
    assert [ttl(item) for item in everything(store, "sync_errors")] == [at(0.75) + 90 * DAY]
    assert store.update_error(sync_error("err_1"), expected_status="resolved")
    assert [ttl(item) for item in everything(store, "sync_errors")] == [None]


@pytest.mark.parametrize("kept", ["status", "connection", "token", "blob", "sold_out"])
def test_what_is_current_never_goes_by_itself(store: DynamoStore, kept: str):
    store.put_status(status(), expected_fencing=0)
    store.put_blob("b", b"1", ttl=MINUTE)
    store.put_sold_out([sold_out("i1", until=at(1))])
    table = "sync_status" if kept == "status" else "data"
    items = everything(store, "sync_status") if table == "sync_status" else of_kind(store, kept)
    assert len(items) == (1 if kept in ("status", "blob", "sold_out") else 0)
    assert [ttl(item) for item in items] == [None] * len(items)


def test_what_expired_and_still_lies_there_is_not_given(store: DynamoStore):
    """DynamoDB removes what expired within days."""
    store.put_hosted(Hosted(token="t", blob_id="doc", media_type="x/y", expires_at=at(60)), b"menu")
    store.seen("event", NOON, MINUTE)
    assert store.hosted("t", at(60)) is None
    assert not store.seen("event", at(60), MINUTE)


# -- sizes ---------------------------------------------------------------------------------------


def test_small_blobs_lie_in_one_item_compressed(store: DynamoStore):
    store.put_blob("menu", b'{"name": "Margherita"}' * 100_000)
    (item,) = of_kind(store, "blob")
    assert len(item["data"]) < 20_000
    assert of_kind(store, "piece") == []


@pytest.mark.parametrize("count", [390_000, 780_001, 2_500_000])
def test_large_blobs_lie_in_pieces(store: DynamoStore, count: int):
    data = noise(count)
    store.put_blob("menu", data, ttl=DAY)
    (header,) = of_kind(store, "blob")
    assert header["place"].startswith("items:")
    assert "data" not in header
    pieces = of_kind(store, "piece")
    assert all(len(piece["data"]) <= 390_000 for piece in pieces)
    assert len(pieces) == -(-len(data) // 390_000) + (count % 390_000 == 0)
    assert store.blob("menu") == data


def test_a_new_version_of_a_large_blob_leaves_the_old_one_until_it_is_swept(store: DynamoStore):
    first, second = noise(500_000, 1), noise(900_000, 2)
    store.put_blob("menu", first)
    store.put_blob("menu", second)
    assert store.blob("menu") == second
    assert len(of_kind(store, "piece")) == 2 + 3, "somebody may be reading it"
    assert store.purge(datetime.now(UTC)) == 0
    later = datetime.now(UTC) + LOOKED_AFTER + MINUTE
    assert store.purge(later) > 0
    assert store.purge(later) == 0
    assert len(of_kind(store, "piece")) == 3
    assert of_kind(store, "upload") == []
    assert store.blob("menu") == second
    store.put_blob("menu", b"small now")
    assert store.purge(later + 2 * DAY) > 0
    assert of_kind(store, "piece") == []
    assert store.blob("menu") == b"small now"


def test_what_a_lost_lease_had_written_is_swept(store: DynamoStore):
    store.enqueue(operation("op_1"))
    old = claimed(store, "op_1")
    claimed(store, "op_1", "worker-b", 30)
    assert not store.checkpoint(old, {"payload": noise(500_000)})
    assert store.blob("payload") is None
    assert len(of_kind(store, "piece")) == 2
    assert store.purge(datetime.now(UTC) + LOOKED_AFTER + MINUTE) == 1
    assert of_kind(store, "piece") == []


def test_a_large_blob_goes_with_its_pieces(store: DynamoStore):
    store.put_blob("menu", noise(500_000), ttl=MINUTE)
    assert store.purge(datetime.now(UTC) + 2 * MINUTE) == 1
    assert store.blob("menu") is None
    assert of_kind(store, "piece") == []


def test_many_blobs_of_one_checkpoint_share_its_transaction(store: DynamoStore):
    """Together they would be too large for it."""
    store.enqueue(operation("op_1"))
    taken = claimed(store, "op_1")
    blobs = {f"part {number}": noise(350_000, number) for number in range(12)}
    before = store.write_requests
    assert store.checkpoint(taken, blobs)
    assert store.write_requests - before > 1
    assert {name: store.blob(name) for name in blobs} == blobs


def test_a_transaction_larger_than_dynamodb_takes_is_refused_before_it_is_sent(store: DynamoStore):
    entries = [sold_out(f"i{number}", name=noise(90_000, number).hex()) for number in range(45)]
    before = store.requests
    with pytest.raises(LimitExceeded, match="no more than 4,000,000 can be"):
        store.put_sold_out(entries)
    assert store.requests == before


def test_records_of_some_size_are_compressed(store: DynamoStore):
    store.put_status(status(saved={"x": "y" * 100_000}), expected_fencing=0)
    store.put_status(status("rest_002", saved={"x": noise(190_000).hex()}), expected_fencing=0)
    sizes = {item["restaurant_id"]: len(item["record"]) for item in everything(store, "sync_status")}
    assert sizes["rest_001"] < 2_000
    assert 190_000 < sizes["rest_002"] < 380_000
    found = store.status("rest_002", "doordash")
    assert found is not None
    assert found.saved == {"x": noise(190_000).hex()}


def test_names_that_are_together_too_long(store: DynamoStore):
    made = operation("op_1", reference="r" * 1_100)
    assert "too long to be kept" in str(refusal(lambda: store.enqueue(made)))
    assert store.operation("op_1") is None


def test_looking_for_what_cannot_be_kept_finds_nothing(store: DynamoStore):
    for name in ("", "x" * 3_000):
        assert store.operation(name) is None
        assert store.status(name, "doordash") is None
        assert store.status("rest_001", name) is None
        assert store.statuses(name) == []
        assert store.error(name) is None
        assert store.blob(name) is None
        assert store.token(name) is None
        assert store.hosted(name, NOON) is None
        assert store.claim(name, "a", LEASE, NOON) is None
        assert store.messages(name) == []
        assert store.history(name).items == []
        assert store.sold_out(name) == []
        assert store.list_sold_out(name).items == []
    assert isinstance(refusal(lambda: store.operation("a\ud800")), LimitExceeded)
    for lists in (store.list_statuses, store.list_errors, store.connections):
        assert lists(platform="x" * 3_000).items == []
        assert isinstance(refusal(lambda ask=lists: ask(platform="a\ud800")), LimitExceeded)  # type: ignore[misc]
    assert store.list_statuses(search="x" * 100_000).items == []
    assert isinstance(refusal(lambda: store.list_statuses(search="ab\ud800")), LimitExceeded)


# -- damage, processes ---------------------------------------------------------------------------


@pytest.mark.parametrize("record", [b"", b"{", b"[]", b'{"restaurant_id": 5}', b"\xff\xfe", b"x\x9c\x01"])
def test_a_damaged_record(store: DynamoStore, record: bytes):
    store.enqueue(operation("op_1"))
    store._client.raw().update_item(
        TableName=store.table_names["operations"],
        Key={"operation_id": {"S": "op_1"}},
        UpdateExpression="SET #record = :record",
        ExpressionAttributeNames={"#record": "record"},
        ExpressionAttributeValues={":record": {"B": record}},
    )
    for do in (
        lambda: store.operation("op_1"),
        lambda: store.due(at(5)),
        lambda: store.history("rest_001"),
        lambda: store.claim("op_1", "a", LEASE, NOON),
    ):
        assert "is damaged" in str(refusal(do))


def test_a_blob_whose_pieces_are_gone(store: DynamoStore):
    store.put_blob("menu", noise(900_000))
    for piece in of_kind(store, "piece")[1:]:
        key = {"pk": {"S": piece["pk"]}, "sk": {"S": piece["sk"]}}
        store._client.raw().delete_item(TableName=store.table_names["data"], Key=key)
    assert "is damaged" in str(refusal(lambda: store.blob("menu")))


def test_threads_share_a_store(store: DynamoStore):
    def work(thread: int) -> list[int]:
        numbers = []
        for number in range(5):
            numbers.append(store.next_error_number("rest_001", "doordash", "20261122"))
            store.enqueue(operation(f"op_{thread}_{number}"))
        return numbers

    with ThreadPoolExecutor(6) as pool:
        numbers = [number for some in pool.map(work, range(6)) for number in some]
    assert sorted(numbers) == list(range(1, 31))
    (found,) = store.history("rest_001").items
    assert found.joined == 29


FORK = """
import os, sys
from pipeline.store.open import open_store
from tests.integration.store_contract.making import status
store = open_store(sys.argv[1])
store.put_status(status("parent"), expected_fencing=0)
child = os.fork()
if child == 0:
    store.put_status(status("child"), expected_fencing=0)
    store.close()
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
store.put_status(status("parent again"), expected_fencing=0)
print([entry.restaurant_id for entry in store.list_statuses().items])
store.close()
"""


def test_a_forked_process_makes_a_client_of_its_own(place: str):
    result = subprocess.run(
        [sys.executable, "-c", FORK, place], cwd=REPOSITORY, capture_output=True, text=True, timeout=120, check=False
    )
    assert (result.stdout, result.stderr) == ("['child', 'parent', 'parent again']\n", "")


def test_tables_of_other_names(place: str):
    prefix, _, query = place.removeprefix("dynamodb:").partition("?")
    names = {"sync_status_table": f"{prefix}OldStatus", "sync_errors_table": f"{prefix}OldErrors"}
    store = opened(f"dynamodb:{prefix}?{query}", **names)
    assert sorted(store.create_tables(time_to_live=False)) == sorted(names.values())
    store.put_status(status(), expected_fencing=0)
    assert len(everything(store, "sync_status")) == 1
    store.close()
    plain = opened(f"dynamodb:{prefix}?{query}")
    assert plain.status("rest_001", "doordash") is None
    plain.close()


def test_processes_make_the_tables_together(place: str):
    prefix, _, query = place.removeprefix("dynamodb:").partition("?")
    code = (
        "import sys, json; from pipeline.store.dynamodb import DynamoStore; "
        "store = DynamoStore(sys.argv[1]); print(json.dumps(store.create_tables())); "
        "store.status('r', 'p')"
    )
    command = [sys.executable, "-c", code, f"{prefix}more-?{query}"]
    running = [
        subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    answers = [process.communicate(timeout=60) for process in running]
    assert [err for _, err in answers] == [""] * 3
    made = [name for out, _ in answers for name in json.loads(out)]
    assert len(made) == len(set(made)) == 5


def test_how_long_history_is_kept_can_be_said(place: str):
    store = opened(place, retention=Retention(history=DAY, audit=2 * DAY, publishes=1))
    for number in range(3):
        passed_through(store, operation(f"op_{number}", created_at=at(10 * number)))
    assert store.purge(NOON + 2 * DAY) == 2
    assert [kept.operation_id for kept in store.history("rest_001").items] == ["op_2"]
    store.close()
