"""Sizes that every store refuses, and what processes share: rate limits, tokens, notes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from pipeline.store.protocol import MAX_RECORD_BYTES, LimitExceeded, Noted, StoreError, SyncStore
from pipeline.store.records import AuditEntry, Bucket, Connection, State, Token
from tests.integration.store_contract.making import LEASE, NOON, at, claimed, operation, sold_out, status, sync_error

LARGE = "x" * MAX_RECORD_BYTES
MINUTE = timedelta(minutes=1)


def test_large_records_are_refused_and_nothing_is_written(store: SyncStore):
    store.enqueue(operation("op_1"))
    taken = claimed(store, "op_1")
    before = store.operation("op_1"), store.status("rest_001", "doordash")
    taken.saved = {"page": LARGE}
    audit = AuditEntry(at=NOON, who="x", action="x", note=LARGE)
    calls = [
        lambda: store.enqueue(operation("op_2", "rest_002", details={"x": LARGE})),
        lambda: store.checkpoint(taken, {"blob": b"1"}),
        lambda: store.put_status(status(saved={"x": LARGE}), expected_fencing=1),
        lambda: store.put_connection(
            Connection(restaurant_id="r", platform="p", settings={"x": LARGE}, updated_at=NOON)
        ),
        lambda: store.put_connection(Connection(restaurant_id="r", platform="p", updated_at=NOON), audit),
        lambda: store.put_sold_out([sold_out("i1"), sold_out("i2", name=LARGE)]),
        lambda: store.add_audit(audit),
        lambda: store.put_token(Token(key="k", value=LARGE), expected_version=0),
    ]
    for call in calls:
        with pytest.raises(LimitExceeded, match=r"has 400,\d\d\d bytes and no store keeps more than 400,000"):
            call()
    taken.saved = {}
    taken.state = State.FAILED
    with pytest.raises(LimitExceeded, match="error err_1 has"):
        store.finish(taken, status(), error=sync_error("err_1", message=LARGE), blobs={"blob": b"1"})
    assert (store.operation("op_1"), store.status("rest_001", "doordash")) == before
    assert store.status("rest_002", "doordash") is None
    assert store.blob("blob") is None
    assert store.connection("r", "p") is None
    assert store.sold_out("rest_001") == []
    assert store.audit().items == []
    assert store.token("k") is None


def test_the_largest_record_is_kept(store: SyncStore):
    token = Token(key="k", value="", version=1)
    overhead = len(b'{"key":"k","value":"","expires_at":null,"refresh_token":"","version":1}')
    token.value = "y" * (MAX_RECORD_BYTES - overhead)
    assert store.put_token(token, expected_version=0)
    assert store.token("k") == token
    token.value += "y"
    with pytest.raises(LimitExceeded, match="400,001"):
        store.put_token(token, expected_version=1)


def test_a_transaction_is_bounded(store: SyncStore):
    store.enqueue(operation("op_1"))
    taken = claimed(store, "op_1")
    taken.state = State.SYNCED
    audit = [AuditEntry(at=NOON, who="x", action=str(number)) for number in range(40)]
    entries = [sold_out(f"i{number}") for number in range(50)]
    blobs = {f"b{number}": b"x" for number in range(6)}
    with pytest.raises(LimitExceeded, match=r"^101 records are to be written at once"):
        store.finish(taken, status(), audit=audit, sold_out=[*entries, sold_out("j"), sold_out("k")], blobs=blobs)
    assert store.audit().items == []
    error = sync_error("err_1")
    assert store.finish(taken, status(), audit=audit, sold_out=entries, blobs=blobs, error=error)
    assert (len(store.audit().items), len(store.sold_out("rest_001"))) == (40, 50)


@pytest.mark.parametrize(
    ("name", "message"),
    [("", "is empty"), ("x" * 501, "501 bytes"), ("ü" * 251, "502 bytes"), ("a\ud800", "half of a character")],
)
def test_ids_are_bounded(store: SyncStore, name: str, message: str):
    store.enqueue(operation("op_9", "rest_9"))
    taken = claimed(store, "op_9")
    calls = [
        lambda: store.enqueue(operation(name)),
        lambda: store.enqueue(operation("op_1", name)),
        lambda: store.put_status(status("rest_001", name), expected_fencing=0),
        lambda: store.put_connection(Connection(restaurant_id=name, platform="p", updated_at=NOON)),
        lambda: store.put_sold_out([sold_out(name)]),
        lambda: store.put_blob(name, b"x"),
        lambda: store.put_token(Token(key=name, value="v"), expected_version=0),
        lambda: store.take(name, 1, MINUTE, NOON),
        lambda: store.checkpoint(taken, through=[Bucket(name, 1, MINUTE)]),
        lambda: store.seen(name, NOON, MINUTE),
        lambda: store.next_error_number(name, "p", "20260101"),
    ]
    for call in calls:
        with pytest.raises(LimitExceeded, match=message):
            call()


def test_names_of_any_characters_are_told_apart(store: SyncStore):
    names = ["a", "A", "a ", "ä", "a\u0308", "a\x00b", "a%", "a_", "'; DROP TABLE statuses; --", "🍕" * 100, "x" * 500]
    for number, name in enumerate(names):
        store.put_status(status(name, item_count=number), expected_fencing=0)
    found = [(entry.restaurant_id, entry.item_count) for entry in store.list_statuses(limit=500).items]
    assert sorted(found) == sorted((name, number) for number, name in enumerate(names))
    for number, name in enumerate(names):
        kept = store.status(name, "doordash")
        assert kept is not None
        assert kept.item_count == number


@pytest.mark.parametrize("value", [{"x": object()}, {"x": "\ud800"}, {"x": 10**5000}, {object(): 1}])
def test_what_json_cannot_carry_is_refused_in_a_sentence(store: SyncStore, value: dict):
    with pytest.raises(StoreError, match=r"^The status of rest_001 on doordash cannot be kept, because JSON cannot"):
        store.put_status(status(saved=value), expected_fencing=0)


def test_a_value_that_holds_itself_is_refused(store: SyncStore):
    endless: dict = {}
    endless["x"] = endless
    with pytest.raises(StoreError, match="JSON cannot carry it"):
        store.put_status(status(saved=endless), expected_fencing=0)


def test_a_bucket_lets_its_capacity_go_and_then_says_how_long_to_wait(store: SyncStore):
    assert [store.take("acme", 3, MINUTE, at(second)) for second in (0, 1, 2)] == [0, 0, 0]
    wait = store.take("acme", 3, MINUTE, at(10))
    assert 50 <= wait <= 51
    assert store.take("acme", 3, MINUTE, at(10)) == wait, "nothing was taken"
    assert store.take("other", 3, MINUTE, at(10)) == 0
    assert store.take("acme", 3, MINUTE, at(10 + wait)) == 0
    assert store.take("acme", 3, MINUTE, at(10 + wait)) > 0
    assert store.take("acme", 40, MINUTE, at(11), amount=37) == 0
    with pytest.raises(ValueError, match="never be taken"):
        store.take("acme", 3, MINUTE, at(10), amount=4)


def test_a_checkpoint_takes_from_all_buckets_or_none(store: SyncStore):
    store.enqueue(operation("op_1"))
    taken = claimed(store, "op_1")
    narrow, wide = Bucket("narrow", 2, MINUTE), Bucket("wide", 5, MINUTE)

    def noted(step: int, seconds: float, *through: Bucket) -> Noted:
        taken.step, taken.updated_at = step, at(seconds)
        done = store.checkpoint(taken, {f"blob {step}": b"1"}, through)
        kept = store.operation("op_1")
        assert kept is not None
        assert (kept.step, store.blob(f"blob {step}")) == (step, b"1"), "progress is kept whatever buckets say"
        return done

    assert noted(1, 1) is Noted.PROGRESS
    assert noted(2, 2, wide, narrow, wide) is Noted.ADMITTED, "one request, however often a bucket is named"
    assert noted(3, 3, narrow) is Noted.ADMITTED
    assert noted(4, 4, wide, narrow) is Noted.PROGRESS
    assert store.take("wide", 5, MINUTE, at(5), amount=4) == 0, "only the one at second 2 went through it"
    assert noted(5, 5, wide) is Noted.PROGRESS
    wait = store.take("narrow", 2, MINUTE, at(10))
    assert 52 <= wait <= 53, "counted from when it was taken"
    assert noted(6, 10 + wait, wide, narrow) is Noted.ADMITTED
    assert store.take("narrow", 2, MINUTE, at(10 + wait + 1)) == 0
    assert store.take("narrow", 2, MINUTE, at(10 + wait + 2)) > 0


def test_who_has_lost_an_operation_takes_nothing(store: SyncStore):
    store.enqueue(operation("op_1"))
    old = claimed(store, "op_1")
    claimed(store, "op_1", "worker-b", 31)
    assert store.checkpoint(old, {"blob": b"1"}, [Bucket("acme", 1, MINUTE)]) is Noted.NOTHING
    assert store.blob("blob") is None
    assert store.take("acme", 1, MINUTE, old.updated_at) == 0


def test_checkpoints_side_by_side_never_take_more_than_there_is(store: SyncStore):
    bucket = Bucket("acme", 9, MINUTE)

    def work(number: int) -> tuple[Noted, bool]:
        store.enqueue(operation(f"op_{number}", f"rest_{number}"))
        taken = claimed(store, f"op_{number}")
        taken.updated_at = at(1)
        noted = store.checkpoint(taken, through=[bucket])
        return noted, noted is Noted.PROGRESS and store.take("acme", 9, MINUTE, at(1)) == 0

    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(work, range(18)))
    assert Noted.ADMITTED in {noted for noted, _ in done}
    assert sum(noted is Noted.ADMITTED or alone for noted, alone in done) == 9


def test_a_token_is_written_by_whom_it_was_read_last(store: SyncStore):
    assert store.token("acme") is None
    first = Token(key="acme", value="secret-1", expires_at=at(60), refresh_token="r-1")
    assert store.put_token(first, expected_version=0)
    assert not store.put_token(Token(key="acme", value="late"), expected_version=0)
    kept = store.token("acme")
    assert kept == Token(key="acme", value="secret-1", expires_at=at(60), refresh_token="r-1", version=1)
    assert store.put_token(Token(key="acme", value="secret-2"), expected_version=1)
    assert not store.put_token(Token(key="acme", value="late"), expected_version=1)
    assert store.token("acme") == Token(key="acme", value="secret-2", version=2)


def test_what_was_seen_is_known_until_its_time_is_over(store: SyncStore):
    assert not store.seen("event-1", NOON, MINUTE)
    assert store.seen("event-1", at(59), MINUTE)
    assert not store.seen("event-2", at(59), MINUTE)
    assert not store.seen("event-1", at(60), MINUTE), "a look does not make it last longer"
    assert store.seen("event-1", at(119), MINUTE)
    store.forget_seen("event-1")
    store.forget_seen("event-404")
    assert not store.seen("event-1", at(119), MINUTE)


def test_a_closed_store_says_so(store: SyncStore):
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.status("rest_001", "doordash")
    with pytest.raises(StoreError, match="closed"):
        store.claim("op_1", "a", LEASE, NOON)
    store.close()
