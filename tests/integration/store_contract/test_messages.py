"""What platforms report, whenever it comes."""

from __future__ import annotations

from pipeline.store.protocol import SyncStore
from pipeline.store.records import Message, State
from tests.integration.store_contract.making import LEASE, at, claimed, ended, operation


def message(name: str, seconds: float = 1, **data: object) -> Message:
    return Message(operation_id=name, at=at(seconds), webhook="menu_status", data=data)


def test_a_message_takes_a_parked_operation_up_before_its_time(store: SyncStore):
    store.enqueue(operation("op_1"))
    taken = claimed(store, "op_1")
    taken.not_before = at(600)
    ended(store, taken, State.PROCESSING)
    assert store.due(at(5)) == []
    assert store.add_message(message("op_1", status="done"))
    assert [found.operation_id for found in store.due(at(5))] == ["op_1"]
    taken = claimed(store, "op_1", seconds=5)
    (read,) = store.messages("op_1", taken.messages_read)
    assert (read.number, read.data, read.webhook) == (1, {"status": "done"}, "menu_status")
    taken.messages_read = read.number
    ended(store, taken, State.PROCESSING)
    assert store.due(at(5)) == [], "dealt with"
    assert store.messages("op_1", 1) == []


def test_a_message_that_comes_while_somebody_works_is_dealt_with_afterwards(store: SyncStore):
    store.enqueue(operation("op_1"))
    taken = claimed(store, "op_1")
    assert store.add_message(message("op_1"))
    assert store.claim("op_1", "worker-b", LEASE, at(2)) is None
    taken.not_before = at(600)
    ended(store, taken, State.PROCESSING)
    assert [found.operation_id for found in store.due(at(2))] == ["op_1"]
    assert claimed(store, "op_1", "worker-b", 2).fencing == 2


def test_messages_keep_their_order(store: SyncStore):
    store.enqueue(operation("op_1"))
    store.enqueue(operation("op_2", "rest_002"))
    for name in ("first", "second", "third"):
        store.add_message(message("op_1", text=name))
    store.add_message(message("op_2", text="other"))
    assert [(read.number, read.data["text"]) for read in store.messages("op_1", 1)] == [(2, "second"), (3, "third")]


def test_nobody_waits_for_a_message_on_what_has_ended(store: SyncStore):
    store.enqueue(operation("op_1"))
    ended(store, claimed(store, "op_1"))
    assert not store.add_message(message("op_1"))
    assert not store.add_message(message("op_404"))
    assert store.messages("op_1") == []
    assert store.due(at(1000)) == []
