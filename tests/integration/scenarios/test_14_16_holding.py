"""Scenarios 14 to 16: what looks like a mistake is held, what was a mistake is taken back, nothing is lost."""

from __future__ import annotations

import json

import pytest

from connectors.menu_service import MenuLists
from pipeline.store.records import State
from pipeline.sync.asking.service import Refused, Requested
from pipeline.sync.publish import IMPORTED
from tests.live import RESTAURANT, Live


def test_14_a_menu_that_lost_most_of_its_dishes_is_held_and_can_be_released(live: Live) -> None:
    first = live.publish("ubereats")
    requests = live.sandbox.count("ubereats")
    del live.menu["items"][2:]
    held = live.publish("ubereats")
    assert held.state == State.HELD
    assert "4 of 6 dishes" in held.error
    assert live.sandbox.count("ubereats") == requests
    status = live.status("ubereats")
    assert (status.state, status.accepted_hash) == (State.HELD, first.payload_hash)
    assert status.desired_hash == held.payload_hash != status.accepted_hash
    live.menu["items"][0]["price"] = "99.99"  # what is released is what was held, not what came after
    released = live.runtime.service.release(held.operation_id, by="tester")
    assert isinstance(released, Requested)
    done = live.settle(released.operation)
    assert (done.state, done.payload_hash) == (State.SYNCED, held.payload_hash)
    again = live.runtime.service.release(held.operation_id, by="tester")
    assert isinstance(again, Refused)


@pytest.mark.parametrize("factor", [0.5, 100])
def test_14_prices_that_jumped_as_a_whole_are_held_unless_forced(live: Live, factor: float) -> None:
    live.publish("grubhub")
    for item in live.menu["items"]:
        item["price"] = f"{float(item['price']) * factor:.2f}"
    held = live.publish("grubhub")
    assert held.state == State.HELD
    assert "prices of 6 of 6 dishes" in held.error
    assert live.publish("grubhub", force=True).state == State.SYNCED


def test_14_a_few_changed_prices_go_out(live: Live) -> None:
    live.publish("ubereats")
    live.menu["items"][0]["price"] = "61.00"
    live.menu["items"][1]["price"] = "1.10"
    assert live.publish("ubereats").state == State.SYNCED


def test_14_an_empty_menu_is_held(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    live.publish("ubereats")

    async def nothing(restaurant_id: str) -> MenuLists:
        return MenuLists(b"[]", b"[]")

    monkeypatch.setattr(live.source, "fetch", nothing)
    requests = live.sandbox.count("ubereats")
    held = live.publish("ubereats")
    assert held.state == State.HELD, held.error
    assert "no items" in held.error
    assert live.sandbox.count("ubereats") == requests


def test_15_a_rollback_publishes_the_last_good_menu_with_todays_availability(live: Live) -> None:
    good = live.publish("ubereats")
    live.menu["items"][0]["name"] = "Soap"
    bad = live.publish("ubereats")
    assert bad.state == State.SYNCED
    for operation in live.sold_out("i-3", platforms=("ubereats",)).operations:
        assert live.settle(operation).state == State.SYNCED
    asked = live.runtime.service.rollback(RESTAURANT, "ubereats", by="tester")
    assert isinstance(asked, Requested)
    done = live.settle(asked.operation)
    assert done.state == State.SYNCED, done.error
    payload = json.loads(live.store.blob(done.payload_id) or b"")
    titles = {item["id"]: item["title"]["translations"] for item in payload["items"]}
    assert "Soup" in titles["i-1"].values()
    suspended = {item["id"] for item in payload["items"] if (item.get("suspension_info") or {}).get("suspension")}
    assert suspended == {"i-3"}
    assert done.details["rollback_to"] == good.operation_id
    # The bad menu still stands at its source: it is not published again by itself, until it changes.
    held = live.publish("ubereats")
    assert held.state == State.HELD
    assert "rolled back" in held.error
    live.menu["items"][0]["name"] = "Soup of the day"
    assert live.publish("ubereats").state == State.SYNCED


def test_15_without_an_earlier_menu_there_is_nothing_to_roll_back_to(live: Live) -> None:
    live.publish("ubereats")
    refused = live.runtime.service.rollback(RESTAURANT, "ubereats", by="tester")
    assert isinstance(refused, Refused)
    assert refused.code == "nothing-to-roll-back-to"


@pytest.mark.parametrize("platform", ["ubereats", "doordash", "grubhub"])
def test_16_what_stood_there_before_the_first_publish_is_kept(live: Live, platform: str) -> None:
    live.publish(platform)
    before = live.status(platform).saved.get(IMPORTED)
    assert before is None or platform == "doordash"  # where nothing stood, nothing is kept
    # Another installation, whose store knows nothing of it, comes to a store with a menu.
    status = live.status(platform)
    status.accepted_hash = status.accepted_operation = ""
    status.saved = {}
    assert live.store.put_status(status, expected_fencing=status.fencing)
    live.menu["items"][0]["name"] = "Broth"
    done = live.publish(platform)
    assert done.state == State.SYNCED, done.error
    kept = live.store.blob(live.status(platform).saved[IMPORTED])
    assert kept is not None
    assert b"Soup" in kept
    assert b"Broth" not in kept
