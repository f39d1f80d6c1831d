"""The ledger of what is sold out."""

from __future__ import annotations

import pytest

from pipeline.store.protocol import LimitExceeded, SyncStore
from pipeline.store.records import SoldOut, State
from tests.integration.store_contract.making import at, claimed, ended, operation, sold_out


def ledger(store: SyncStore) -> dict[str, SoldOut]:
    return {entry.id: entry for entry in store.sold_out("rest_001")}


def test_entries_are_written_changed_and_removed(store: SyncStore):
    store.put_sold_out([sold_out("i1", until=at(60), name="Soup"), sold_out("i1", kind="option"), sold_out("i2")])
    store.put_sold_out([sold_out("i1", platform="grubhub")])
    found = store.sold_out("rest_001", "doordash")
    assert [(entry.kind, entry.id, entry.version) for entry in found] == [
        ("item", "i1", 1),
        ("item", "i2", 1),
        ("option", "i1", 1),
    ]
    assert found[0] == sold_out("i1", until=at(60), name="Soup", version=1)
    assert len(store.sold_out("rest_001")) == 4
    store.put_sold_out([sold_out("i1", until=at(90))], remove=found[1:2])
    assert [(entry.id, entry.until, entry.version) for entry in store.sold_out("rest_001", "doordash")] == [
        ("i1", at(90), 2),
        ("i1", None, 1),
    ]
    assert store.sold_out("rest_002") == []


def test_what_somebody_changed_is_not_removed(store: SyncStore):
    store.put_sold_out([sold_out("i1")])
    (read,) = store.sold_out("rest_001")
    store.put_sold_out([sold_out("i1", until=at(5))])
    store.put_sold_out([], remove=[read])
    assert ledger(store)["i1"].until == at(5)


def test_ends_that_have_come(store: SyncStore):
    store.put_sold_out([sold_out("late", until=at(60)), sold_out("soon", until=at(30)), sold_out("open")])
    store.put_sold_out([sold_out("over", until=at(10), ended=True), sold_out("far", "rest_002", until=at(45))])
    assert store.ending(at(29.9)) == []
    assert [entry.id for entry in store.ending(at(60))] == ["soon", "far", "late"]
    assert [entry.id for entry in store.ending(at(60), limit=1)] == ["soon"]


def test_a_platforms_entries_of_all_restaurants(store: SyncStore):
    store.put_sold_out([sold_out("i1", since=at(20)), sold_out("i2", "rest_002", since=at(10))])
    store.put_sold_out([sold_out("i3", ended=True), sold_out("i4", platform="grubhub")])
    assert [entry.id for entry in store.list_sold_out("doordash").items] == ["i2", "i1"]
    assert [entry.id for entry in store.list_sold_out("doordash", before=at(20)).items] == ["i2"]


def test_telling_a_platform_does_not_undo_what_people_changed_meanwhile(store: SyncStore):
    store.put_sold_out([sold_out("stays"), sold_out("back_meanwhile"), sold_out("back", ended=True)])
    store.put_sold_out([sold_out("back_and_out", ended=True)])
    read = ledger(store)
    store.enqueue(operation("av_1", kind="availability"))
    lane = claimed(store, "av_1")
    store.put_sold_out([sold_out("back_meanwhile", ended=True), sold_out("back_and_out", since=at(3))])
    for entry in read.values():
        entry.told, entry.told_at = True, at(4)
    assert ended(store, lane, State.SYNCED, sold_out=read.values())
    after = ledger(store)
    assert set(after) == {"stays", "back_meanwhile", "back_and_out"}
    assert (after["stays"].told, after["stays"].told_at) == (True, at(4))
    assert (after["back_meanwhile"].told, after["back_meanwhile"].ended) == (False, True)
    assert (after["back_and_out"].told, after["back_and_out"].ended) == (False, False)


def test_one_call_is_bounded(store: SyncStore):
    store.put_sold_out([sold_out(f"i{number}") for number in range(100)])
    assert len(store.sold_out("rest_001")) == 100
    with pytest.raises(LimitExceeded, match="101 records"):
        store.put_sold_out([sold_out(f"j{number}") for number in range(60)], [sold_out(f"i{n}") for n in range(41)])
    assert len(store.sold_out("rest_001")) == 100
