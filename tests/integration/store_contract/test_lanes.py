"""Who waits, who may take up, who may write."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from pipeline.store.protocol import StoreError, SyncStore
from pipeline.store.records import AuditEntry, Lane, Operation, State
from tests.integration.store_contract.making import (
    LEASE,
    NOON,
    at,
    claimed,
    ended,
    operation,
    sold_out,
    status,
    sync_error,
)


def due(store: SyncStore, seconds: float = 0) -> list[str]:
    return [found.operation_id for found in store.due(at(seconds))]


def current(store: SyncStore, name: str) -> Operation:
    found = store.operation(name)
    assert found is not None
    return found


def test_an_operation_is_kept_with_all_that_it_holds(store: SyncStore):
    made = operation(
        "op_1",
        reference="ref-1",
        menu_version="v7",
        deadline=at(90.000001),
        saved={"job": {"id": 5, "done": False, "ratio": 0.5}},
        details={"to": "op_0", "items": ["ä", "\u0000", "🍕"]},
    )
    stored, is_new = store.enqueue(made)
    assert is_new
    assert store.operation("op_1") == stored
    assert [(change.state, change.at) for change in stored.changes] == [(State.PENDING, NOON)]
    stored.changes = []
    assert stored == made
    assert current(store, "op_1").deadline == at(90.000001)
    assert store.operation("op_2") is None


def test_the_first_operation_makes_the_status(store: SyncStore):
    store.enqueue(operation("op_1"))
    found = store.status("rest_001", "doordash")
    assert found == status(waiting="op_1")
    assert store.status("rest_001", "grubhub") is None


def test_enqueuing_one_twice_changes_nothing(store: SyncStore):
    first, _ = store.enqueue(operation("op_1", reason="menu changed"))
    again, is_new = store.enqueue(operation("op_1", reason="another", force=True))
    assert (again, is_new) == (first, False)
    ended(store, claimed(store, "op_1"))
    again, is_new = store.enqueue(operation("op_1"))
    assert (again.state, is_new) == (State.SYNCED, False)


def test_a_burst_joins_the_one_that_waits(store: SyncStore):
    store.enqueue(operation("op_1", menu_version="v9", not_before=at(5), reason="event", details={"items": ["a", "b"]}))
    for number, (version, force, soon) in enumerate([("v10", False, 3), ("v8", True, 4), (None, True, 9)]):
        joined, is_new = store.enqueue(
            operation(
                f"op_{number + 2}",
                menu_version=version,
                force=force,
                not_before=at(soon),
                reason=f"reason {number}",
                details={"items": ["c", "a"], "to": number},
            )
        )
        assert not is_new
        assert joined.operation_id == "op_1"
        assert store.operation(f"op_{number + 2}") is None
    waiting = current(store, "op_1")
    assert waiting == joined
    assert (waiting.menu_version, waiting.force, waiting.not_before, waiting.joined) == ("v10", True, at(3), 3)
    assert waiting.reason == "reason 1"
    assert waiting.details == {"items": ["b", "c", "a"], "to": 2}


def test_one_to_be_done_at_once_ends_a_wait(store: SyncStore):
    store.enqueue(operation("op_1", not_before=at(60)))
    assert due(store) == []
    store.enqueue(operation("op_2"))
    assert due(store) == ["op_1"]


def test_another_kind_takes_the_waiting_place(store: SyncStore):
    store.enqueue(operation("op_1"))
    stored, is_new = store.enqueue(operation("op_2", kind="rollback", details={"to": "op_0"}))
    assert (stored.operation_id, is_new) == ("op_2", True)
    superseded = current(store, "op_1")
    assert superseded.state == State.SUPERSEDED
    assert superseded.changes[-1].state == State.SUPERSEDED
    assert "op_2" in superseded.changes[-1].note
    assert due(store) == ["op_2"]
    assert store.claim("op_1", "worker-a", LEASE, NOON) is None


def test_another_kind_may_leave_the_waiting_one(store: SyncStore):
    first, _ = store.enqueue(operation("op_1"))
    kept, is_new = store.enqueue(operation("op_2", kind="item_update", force=True), replace_waiting=False)
    assert (kept, is_new) == (first, False)
    assert store.operation("op_2") is None


def test_one_runs_and_one_waits(store: SyncStore):
    store.enqueue(operation("op_1"))
    claimed(store, "op_1")
    assert store.enqueue(operation("op_2"))[1]
    assert not store.enqueue(operation("op_3"))[1]
    found = store.status("rest_001", "doordash")
    assert found is not None
    assert (found.running, found.waiting, found.state) == ("op_1", "op_2", State.IN_PROGRESS)
    assert store.claim("op_2", "worker-b", LEASE, at(1)) is None
    assert due(store, 1) == []


def test_other_restaurants_and_platforms_do_not_wait(store: SyncStore):
    for name, restaurant, platform in [("op_1", "a", "x"), ("op_2", "b", "x"), ("op_3", "a", "y")]:
        store.enqueue(operation(name, restaurant, platform))
    assert all(claimed(store, name).fencing == 1 for name in ("op_1", "op_2", "op_3"))


def test_claiming_takes_a_lease(store: SyncStore):
    store.enqueue(operation("op_1"))
    taken = claimed(store, "op_1", "worker-a", 2)
    assert (taken.state, taken.fencing, taken.updated_at) == (State.IN_PROGRESS, 1, at(2))
    assert [change.state for change in taken.changes] == [State.PENDING, State.IN_PROGRESS]
    assert taken == current(store, "op_1")
    found = store.status("rest_001", "doordash")
    assert found == status(
        running="op_1", lease_owner="worker-a", lease_until=at(32), fencing=1, state=State.IN_PROGRESS, updated_at=at(2)
    )
    for owner in ("worker-a", "worker-b"):
        assert store.claim("op_1", owner, LEASE, at(31.9)) is None


@pytest.mark.parametrize(("owner", "lease"), [("", LEASE), ("a", timedelta()), ("a", timedelta(seconds=-1))])
def test_a_lease_needs_an_owner_and_a_length(store: SyncStore, owner: str, lease: timedelta):
    store.enqueue(operation("op_1"))
    with pytest.raises(ValueError, match="lease"):
        store.claim("op_1", owner, lease, NOON)


def test_what_is_unknown_cannot_be_claimed(store: SyncStore):
    assert store.claim("op_404", "worker-a", LEASE, NOON) is None


def test_an_expired_lease_is_taken_over_and_its_owner_fenced_off(store: SyncStore):
    store.enqueue(operation("op_1"))
    old = claimed(store, "op_1", "worker-a")
    store.enqueue(operation("op_2"))
    assert due(store, 29.9) == []
    assert due(store, 30) == ["op_1"]
    new = claimed(store, "op_1", "worker-b", 30)
    assert (new.fencing, old.fencing) == (2, 1)
    assert "worker-a" in new.changes[-1].note
    old.saved = {"from": "the old one"}
    assert not store.checkpoint(old, {"blob_old": b"old"})
    assert not ended(store, old, error=sync_error("err_1"), sold_out=[sold_out("i1")], blobs={"blob_old": b"old"})
    assert not store.extend(old, LEASE, at(31))
    assert current(store, "op_1") == new
    assert store.error("err_1") is None
    assert store.blob("blob_old") is None
    assert store.sold_out("rest_001") == []
    assert store.checkpoint(new)


def test_an_expired_lease_that_nobody_took_still_writes(store: SyncStore):
    store.enqueue(operation("op_1"))
    taken = claimed(store, "op_1")
    assert store.extend(taken, LEASE, at(100))
    assert store.claim("op_1", "worker-b", LEASE, at(129)) is None
    assert due(store, 130) == ["op_1"]
    assert ended(store, taken, seconds=200)


def test_a_checkpoint_keeps_progress_and_blobs(store: SyncStore):
    store.enqueue(operation("op_1"))
    taken = claimed(store, "op_1")
    taken.step, taken.sending, taken.saved = 3, True, {"job_id": "j-9"}
    assert store.checkpoint(taken, {"menu": b"{}", "payload": b"[]" * 1000})
    assert current(store, "op_1") == taken
    assert (store.blob("menu"), store.blob("payload")) == (b"{}", b"[]" * 1000)
    assert store.claim("op_1", "worker-b", LEASE, at(1)) is None
    taken.state = State.FAILED
    with pytest.raises(ValueError, match="finish"):
        store.checkpoint(taken)


def test_ending_writes_all_that_belongs_to_it(store: SyncStore):
    store.enqueue(operation("op_1"))
    taken = claimed(store, "op_1")
    store.enqueue(operation("op_2", created_at=at(3)))
    given = status(state=State.FAILED, external_menu_id="m-1", retry_count=2, saved={"k": 1}, waiting="", running="x")
    taken.state = State.FAILED
    entry = AuditEntry(at=at(5), who="system", action="publish", restaurant_id="rest_001")
    assert store.finish(
        taken,
        given,
        error=sync_error("err_1", message="refused"),
        audit=[entry],
        sold_out=[sold_out("i1", told=True)],
        blobs={"answer": b"no"},
    )
    assert current(store, "op_1") == taken
    found = store.status("rest_001", "doordash")
    assert found == status(
        state=State.FAILED, external_menu_id="m-1", retry_count=2, saved={"k": 1}, waiting="op_2", fencing=1
    )
    assert store.error("err_1") == sync_error("err_1", message="refused")
    assert store.audit().items == [entry]
    assert [(kept.id, kept.told) for kept in store.sold_out("rest_001")] == [("i1", True)]
    assert store.blob("answer") == b"no"
    assert due(store, 3) == ["op_2"]
    assert claimed(store, "op_2", "worker-b", 5).fencing == 2


@pytest.mark.parametrize("state", [State.SYNCED, State.FAILED, State.HELD, State.SUPERSEDED])
def test_what_has_ended_is_over(store: SyncStore, state: State):
    store.enqueue(operation("op_1"))
    taken = claimed(store, "op_1")
    assert ended(store, taken, state)
    assert not ended(store, taken, state)
    assert not store.extend(taken, LEASE, at(2))
    assert store.claim("op_1", "worker-a", LEASE, at(1000)) is None
    assert due(store, 1000) == []
    found = store.status("rest_001", "doordash")
    assert found is not None
    assert (found.state, found.running, found.waiting, found.lease_owner) == (state, "", "", "")


def test_finish_says_how_it_stands(store: SyncStore):
    store.enqueue(operation("op_1"))
    taken = claimed(store, "op_1")
    with pytest.raises(ValueError, match="IN_PROGRESS"):
        store.finish(taken, status())
    taken.state = State.SYNCED
    with pytest.raises(ValueError, match="not the one"):
        store.finish(taken, status("rest_002"))


@pytest.mark.parametrize(
    ("state", "not_before", "deadline", "opens"),
    [
        (State.PENDING, at(60), None, 60),
        (State.PENDING, None, at(500), 1),
        (State.PROCESSING, at(60), at(500), 60),
        (State.PROCESSING, at(60), at(50), 50),
        (State.PROCESSING, None, at(500), 500),
        (State.PROCESSING, None, None, 1),
    ],
)
def test_what_is_parked_keeps_its_place_and_is_taken_up_in_time(
    store: SyncStore, state: State, not_before: datetime | None, deadline: datetime | None, opens: float
):
    store.enqueue(operation("op_1"))
    taken = claimed(store, "op_1")
    store.enqueue(operation("op_2"))
    taken.not_before, taken.deadline = not_before, deadline
    assert ended(store, taken, state)
    assert not store.checkpoint(taken), "parked: its lease is released"
    assert not ended(store, taken, State.SYNCED)
    if opens > 1:
        assert due(store, opens - 0.1) == []
        assert store.claim("op_1", "worker-b", LEASE, at(opens - 0.1)) is None
    assert store.claim("op_2", "worker-b", LEASE, at(10_000)) is None
    assert due(store, opens) == ["op_1"]
    again = claimed(store, "op_1", "worker-b", opens)
    assert again.state == (State.PROCESSING if state == State.PROCESSING else State.IN_PROGRESS)
    assert again.fencing == 2


def test_a_parked_operation_is_woken(store: SyncStore):
    store.enqueue(operation("op_1", not_before=None))
    taken = claimed(store, "op_1")
    store.enqueue(operation("op_2", not_before=at(900)))
    store.enqueue(operation("op_3", kind="availability", not_before=at(900)))
    assert store.wake("rest_001", "doordash", at(1)) == ["op_2", "op_3"], "somebody works on op_1"
    assert store.checkpoint(taken)
    taken.not_before = at(900)
    ended(store, taken, State.PENDING)
    assert store.wake("rest_001", "doordash", at(2)) == ["op_1", "op_2", "op_3"]
    assert sorted(due(store, 2)) == ["op_1", "op_3"]
    assert store.wake("rest_001", "grubhub", at(2)) == []


def test_availability_has_a_lane_of_its_own(store: SyncStore):
    store.enqueue(operation("op_1"))
    publish = claimed(store, "op_1")
    changes = [[{"id": "i1", "out": True}], [{"id": "i1", "out": False}], [{"id": "i1", "out": True}]]
    names = ["av_1", "av_2", "av_3"]
    made = [
        store.enqueue(operation(name, kind="availability", details={"changes": change}))
        for name, change in zip(names, changes, strict=True)
    ]
    assert [is_new for _, is_new in made] == [True, False, False]
    lane = claimed(store, "av_1", "worker-b", 1)
    assert lane.details == {"changes": [{"id": "i1", "out": False}, {"id": "i1", "out": True}]}
    found = store.status("rest_001", "doordash")
    assert found is not None
    assert (found.running, found.waiting, found.fencing, found.state) == ("op_1", "", 1, State.IN_PROGRESS)
    assert found.availability == Lane(running="av_1", lease_owner="worker-b", lease_until=at(31), fencing=1)
    assert store.checkpoint(publish)
    assert store.checkpoint(lane)
    assert ended(store, lane)
    assert store.checkpoint(publish)
    assert ended(store, publish)


def test_availability_leaves_what_publishes_say_of_the_status(store: SyncStore):
    store.enqueue(operation("op_1"))
    publish = claimed(store, "op_1")
    store.enqueue(operation("av_1", kind="availability"))
    lane = claimed(store, "av_1", "worker-b")
    stale = store.status("rest_001", "doordash")
    assert stale is not None
    publish.state = State.SYNCED
    live = status(state=State.SYNCED, accepted_hash="h1", item_count=12, saved={"menu": "m-1", "door": "old"})
    assert store.finish(publish, live)
    lane.state = State.FAILED
    lane.saved = {"door": "new"}
    stale.needs_reconnect, stale.breaker_failures, stale.breaker_until = True, 3, at(99)
    stale.saved = {"door": "new", "menu": "stale"}
    assert store.finish(lane, stale)
    assert store.status("rest_001", "doordash") == status(
        state=State.SYNCED,
        accepted_hash="h1",
        item_count=12,
        saved={"menu": "m-1", "door": "new"},
        fencing=1,
        availability=Lane(fencing=1),
        needs_reconnect=True,
        breaker_failures=3,
        breaker_until=at(99),
    )


def test_due_is_in_order_and_bounded(store: SyncStore):
    for number in (3, 1, 2):
        store.enqueue(operation(f"op_{number}", f"rest_{number}", created_at=at(number)))
    store.enqueue(operation("op_4", "rest_4", not_before=at(2.5)))
    assert due(store, 9) == ["op_1", "op_2", "op_4", "op_3"]
    assert [found.operation_id for found in store.due(at(9), limit=2)] == ["op_1", "op_2"]
    with pytest.raises(ValueError, match="1 to 500"):
        store.due(at(9), limit=0)


def test_a_clock_that_is_behind_does_not_keep_work_waiting(store: SyncStore):
    store.enqueue(operation("op_1", created_at=at(5)))
    assert claimed(store, "op_1", seconds=4.9).fencing == 1


def test_references_are_found_and_unique_per_platform(store: SyncStore):
    first, _ = store.enqueue(operation("op_1", reference="ref"))
    store.enqueue(operation("op_2", platform="grubhub", reference="ref"))
    store.enqueue(operation("op_3", "rest_002"))
    store.enqueue(operation("op_4", "rest_003"))
    assert store.operation_by_reference("doordash", "ref") == first
    assert store.operation_by_reference("doordash", "") is None
    assert store.operation_by_reference("doordash", "other") is None
    with pytest.raises(StoreError, match=r"reference ref belongs to another operation"):
        store.enqueue(operation("op_5", "rest_004", reference="ref"))
    assert store.operation("op_5") is None
    assert store.status("rest_004", "doordash") is None, "nothing is half written"
    taken = claimed(store, "op_3")
    taken.reference = "ref"
    with pytest.raises(StoreError, match=r"belongs to another"):
        store.checkpoint(taken)
    assert store.operation_by_reference("doordash", "ref") == first


def test_a_status_is_written_beside_operations_without_its_lanes(store: SyncStore):
    assert store.put_status(status(external_menu_id="m-0", running="nonsense"), expected_fencing=0)
    assert store.status("rest_001", "doordash") == status(external_menu_id="m-0")
    assert not store.put_status(status("rest_002"), expected_fencing=1)
    assert store.status("rest_002", "doordash") is None
    store.enqueue(operation("op_1"))
    assert store.put_status(status(external_menu_id="m-1"), expected_fencing=0)
    taken = claimed(store, "op_1")
    assert not store.put_status(status(external_menu_id="m-2"), expected_fencing=0)
    assert store.put_status(status(external_menu_id="m-3", state=State.IN_PROGRESS), expected_fencing=1)
    found = store.status("rest_001", "doordash")
    assert found is not None
    assert (found.external_menu_id, found.running, found.lease_owner) == ("m-3", "op_1", "worker-a")
    assert ended(store, taken)


def test_times_carry_a_zone(store: SyncStore):
    with pytest.raises(ValueError, match="no zone"):
        store.enqueue(operation("op_1", created_at=datetime(2026, 1, 1)))  # noqa: DTZ001
    assert store.operation("op_1") is None


def test_a_whole_publish_takes_few_requests(store: SyncStore):
    """In line, taken up, a mark before sending, ended: four writes."""
    before = store.write_requests, store.read_requests
    store.enqueue(operation("op_1"))
    taken = claimed(store, "op_1")
    taken.sending = True
    store.checkpoint(taken, {"snapshot": b"{}", "payload": b"{}"})
    taken.state = State.SYNCED
    store.finish(taken, status(state=State.SYNCED))
    assert (store.write_requests - before[0], store.read_requests - before[1]) == (4, 0)
    store.status("rest_001", "doordash")
    assert (store.write_requests - before[0], store.read_requests - before[1]) == (4, 1)
