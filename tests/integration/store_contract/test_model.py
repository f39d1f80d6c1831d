"""Any order of enqueue, claim, checkpoint, extend, finish and messages, against a model of a few lines."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from pipeline.store.open import open_store
from pipeline.store.protocol import SyncStore
from pipeline.store.records import Lane, Message, Operation, State
from tests.integration.store_contract.making import LEASE, at, operation

PLACES = [("rest_a", "doordash"), ("rest_a", "grubhub"), ("rest_b", "doordash")]
SECONDS = int(LEASE.total_seconds())
OVER = (State.SYNCED, State.FAILED, State.HELD, State.SUPERSEDED)


@dataclass
class Work:
    kind: str
    lane: Place
    state: State = State.PENDING
    force: bool = False
    joined: int = 0
    not_before: int | None = None
    deadline: int | None = None
    unread: bool = False
    token: int = 0


@dataclass
class Place:
    """A lane: begun work stays until it ends; a lease is ``(owner, until)``."""

    running: str = ""
    waiting: str = ""
    lease: tuple[str, int] | None = None
    token: int = 0


@dataclass
class Model:
    lanes: dict[tuple[str, str, bool], Place] = field(default_factory=dict)
    work: dict[str, Work] = field(default_factory=dict)

    def lane(self, place: tuple[str, str], kind: str) -> Place:
        return self.lanes.setdefault((*place, kind == "availability"), Place())

    def may_be_claimed(self, name: str, now: int) -> bool:
        work = self.work[name]
        if work.state in OVER or work.lane.running not in ("", name):
            return False
        if work.lane.lease:
            return now >= work.lane.lease[1]
        if work.unread or (work.deadline is not None and now >= work.deadline):
            return True
        if work.not_before is None:
            return work.state == State.PENDING or work.deadline is None
        return now >= work.not_before

    def may_write(self, name: str, token: int) -> bool:
        lane = self.work[name].lane
        return lane.running == name and lane.lease is not None and lane.token == token


class Lanes(RuleBasedStateMachine):
    new_store: Callable[[], SyncStore]

    @initialize()
    def begin(self) -> None:
        self.store = self.new_store()
        self.model = Model()
        self.now = 0
        self.made = 0
        self.held: list[Operation] = []
        """Operations as their owners know them, also those who lost them."""

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()

    @rule(
        place=st.sampled_from(PLACES),
        kind=st.sampled_from(["publish", "publish", "rollback", "availability"]),
        force=st.booleans(),
        delay=st.sampled_from([None, 0, 10, 50]),
        replace_waiting=st.booleans(),
    )
    def enqueue(self, place, kind, force, delay, replace_waiting) -> None:
        self.made += 1
        name = f"op_{self.made}"
        not_before = None if delay is None else self.now + delay
        made = operation(name, *place, kind=kind, force=force, created_at=at(self.now))
        made.not_before = None if not_before is None else at(not_before)
        stands, is_new = self.store.enqueue(made, replace_waiting=replace_waiting)
        lane = self.model.lane(place, kind)
        waiting = self.model.work.get(lane.waiting)
        if waiting and waiting.kind == kind:
            assert (stands.operation_id, is_new) == (lane.waiting, False)
            waiting.force |= force
            waiting.joined += 1
            if not_before is None or waiting.not_before is None:
                waiting.not_before = None
            else:
                waiting.not_before = min(waiting.not_before, not_before)
        elif waiting and not replace_waiting:
            assert (stands.operation_id, is_new) == (lane.waiting, False)
        else:
            assert (stands.operation_id, is_new) == (name, True)
            if waiting:
                waiting.state = State.SUPERSEDED
            self.model.work[name] = Work(kind, lane, force=force, not_before=not_before)
            lane.waiting = name

    @rule(seconds=st.integers(1, 2 * SECONDS))
    def advance(self, seconds) -> None:
        self.now += seconds

    @precondition(lambda self: self.model.work)
    @rule(data=st.data(), owner=st.sampled_from(["anna", "bo"]))
    def claim(self, data, owner) -> None:
        name = data.draw(st.sampled_from(sorted(self.model.work)))
        taken = self.store.claim(name, owner, LEASE, at(self.now))
        assert (taken is not None) == self.model.may_be_claimed(name, self.now)
        if taken is None:
            return
        work = self.model.work[name]
        lane = work.lane
        lane.running, lane.lease = name, (owner, self.now + SECONDS)
        lane.waiting = "" if lane.waiting == name else lane.waiting
        lane.token += 1
        work.state = State.PROCESSING if work.state == State.PROCESSING else State.IN_PROGRESS
        assert taken.fencing == lane.token
        self.held.append(taken)

    @precondition(lambda self: self.held)
    @rule(data=st.data(), step=st.integers(1, 9))
    def checkpoint(self, data, step) -> None:
        mine = copy.deepcopy(data.draw(st.sampled_from(self.held)))
        mine.step = step
        before = self.store.operation(mine.operation_id)
        written = self.store.checkpoint(mine)
        assert written == self.model.may_write(mine.operation_id, mine.fencing)
        after = self.store.operation(mine.operation_id)
        assert after == (mine if written else before)
        if written:
            work = self.model.work[mine.operation_id]
            work.state, work.unread = mine.state, self.unread(mine)

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def extend(self, data) -> None:
        mine = data.draw(st.sampled_from(self.held))
        kept = self.store.extend(mine, LEASE, at(self.now))
        assert kept == self.model.may_write(mine.operation_id, mine.fencing)
        lane = self.model.work[mine.operation_id].lane
        if kept and lane.lease:
            lane.lease = (lane.lease[0], self.now + SECONDS)

    @precondition(lambda self: self.held)
    @rule(
        data=st.data(),
        state=st.sampled_from([State.SYNCED, State.FAILED, State.HELD, State.PENDING, State.PROCESSING]),
        not_before=st.sampled_from([None, 5, 40]),
        deadline=st.sampled_from([None, 20, 90]),
        read=st.booleans(),
    )
    def finish(self, data, state, not_before, deadline, read) -> None:
        mine = copy.deepcopy(data.draw(st.sampled_from(self.held)))
        mine.state = state
        mine.not_before = None if not_before is None else at(self.now + not_before)
        mine.deadline = None if deadline is None else at(self.now + deadline)
        if read:
            mine.messages_read = max([m.number for m in self.store.messages(mine.operation_id)], default=0)
        given = self.store.status(mine.restaurant_id, mine.platform)
        assert given is not None
        before = self.store.operation(mine.operation_id)
        written = self.store.finish(mine, given)
        assert written == self.model.may_write(mine.operation_id, mine.fencing)
        assert self.store.operation(mine.operation_id) == (mine if written else before)
        if written:
            work = self.model.work[mine.operation_id]
            work.state, work.lane.lease, work.unread = state, None, self.unread(mine)
            work.not_before = None if not_before is None else self.now + not_before
            work.deadline = None if deadline is None else self.now + deadline
            if state in OVER:
                work.lane.running = ""

    @precondition(lambda self: self.model.work)
    @rule(data=st.data())
    def message(self, data) -> None:
        name = data.draw(st.sampled_from(sorted(self.model.work)))
        work = self.model.work[name]
        kept = self.store.add_message(Message(operation_id=name, at=at(self.now)))
        assert kept == (work.state not in OVER)
        work.unread |= kept

    def unread(self, mine: Operation) -> bool:
        return bool(self.store.messages(mine.operation_id, mine.messages_read))

    @invariant()
    def the_store_is_as_the_model(self) -> None:
        if not hasattr(self, "store"):
            return
        for (restaurant, platform, is_availability), lane in self.model.lanes.items():
            found = self.store.status(restaurant, platform)
            assert found is not None
            kept = found.availability if is_availability else found
            owner, until = lane.lease or ("", None)
            assert Lane(
                running=kept.running,
                waiting=kept.waiting,
                lease_owner=kept.lease_owner,
                lease_until=kept.lease_until,
                fencing=kept.fencing,
            ) == Lane(
                running=lane.running,
                waiting=lane.waiting,
                lease_owner=owner,
                lease_until=None if until is None else at(until),
                fencing=lane.token,
            )
        for name, work in self.model.work.items():
            stored = self.store.operation(name)
            assert stored is not None
            assert (stored.state, stored.force, stored.joined) == (work.state, work.force, work.joined)
        due = [found.operation_id for found in self.store.due(at(self.now), limit=500)]
        assert sorted(due) == sorted(name for name in self.model.work if self.model.may_be_claimed(name, self.now))


def test_lanes_are_as_the_model(new_place: Callable[[], str]):
    class OfThisStore(Lanes):
        new_store = staticmethod(lambda: open_store(new_place()))

    run_state_machine_as_test(
        OfThisStore,
        settings=settings(
            max_examples=40, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
