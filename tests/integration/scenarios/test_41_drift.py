"""Scenario 41: what somebody changed at the platform is told: dish, ours, theirs, and whether the platform keeps it."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from pipeline.store.records import State
from pipeline.sync.asking.drift import Drift
from pipeline.sync.asking.service import Refused
from pipeline.sync.drift import Difference
from tests.live import RESTAURANT, Live, until
from tests.platforms import PLATFORMS


def compared(live: Live, platform: str) -> Drift:
    (found,) = live.call(live.runtime.service.drift(RESTAURANT, [platform], by="tester"))
    assert isinstance(found, Drift), found
    return found


@pytest.mark.parametrize("platform", PLATFORMS)
def test_41_what_was_published_stands_there_as_it_was(live: Live, platform: str) -> None:
    live.publish(platform)
    found = compared(live, platform)
    assert found.differences == ()
    assert found.dishes == (8 if platform == "ubereats" else 6)  # there options are dishes, too
    assert [entry.action for entry in live.store.audit(restaurant_id=RESTAURANT).items] == ["publish synced"]


def test_41_a_price_that_was_changed_at_the_platform_is_told(live: Live) -> None:
    live.publish("ubereats")
    live.sandbox.raise_price("i-3", 2555)
    found = compared(live, "ubereats")
    assert found.differences == (Difference("i-3", "Steak", "price", "2340", "2555", pinned=False),)
    finding = found.differences[0].finding(found.label)
    assert (finding.code, finding.severity) == ("drift", "warning")
    assert finding.message == "The price on Uber Eats is 2555; published was 2340."
    entry = live.store.audit(restaurant_id=RESTAURANT).items[0]
    assert (entry.action, entry.who, entry.platform) == ("drift", "tester", "ubereats")
    assert entry.note == "Steak (i-3): price ours 2340, theirs 2555"


def test_41_what_stays_over_a_publish_is_pinned_by_the_platform(live: Live) -> None:
    live.publish("ubereats")
    live.sandbox.raise_price("i-3", 2555)
    compared(live, "ubereats")
    live.menu["items"][0]["price"] = "6.20"
    assert live.publish("ubereats").details["lane"] == "items"
    assert [each.pinned for each in compared(live, "ubereats").differences] == [False]  # nothing was sent of this dish
    live.publish("ubereats", force=True)
    live.sandbox.raise_price("i-3", 2555)
    found = compared(live, "ubereats").differences
    assert [each.pinned for each in found] == [True]
    live.publish("ubereats", force=True)
    assert compared(live, "ubereats").differences == ()


def test_41_a_dish_that_was_taken_away_or_added_there_is_told(live: Live) -> None:
    done = live.publish("doordash")
    kept = json.loads(live.store.blob(done.payload_id) or b"")
    dishes: list[dict[str, Any]] = kept["menu"]["categories"][0]["items"]
    assert dishes[0]["merchant_supplied_id"] == "i-1"
    dishes[0] |= {"merchant_supplied_id": "i-9", "name": "Gazpacho"}  # as if this had been published
    live.store.put_blob(done.payload_id, json.dumps(kept).encode())
    told = [(each.item_id, each.item, each.what) for each in compared(live, "doordash").differences]
    assert told == [("i-9", "Gazpacho", "missing"), ("i-1", "Soup", "added")]


def test_41_a_menu_that_has_just_been_published_is_not_compared_by_itself(live: Live) -> None:
    live.publish("ubereats")
    live.sandbox.raise_price("i-4", 311)
    assert live.call(live.runtime.service.all_drift(by="sync")) == 0  # platforms need time to show what they accepted
    live.turn(hours=2)
    assert live.call(live.runtime.service.all_drift(by="sync")) == 1


def test_41_the_worker_compares_once_a_day(working: Live) -> None:
    working.ask("ubereats")
    until(lambda: working.status("ubereats").state == State.SYNCED)
    working.sandbox.raise_price("i-4", 311)

    def told() -> list[str]:
        return [entry.note for entry in working.store.audit(restaurant_id=RESTAURANT).items if entry.action == "drift"]

    assert told() == []  # today's comparison was before
    working.turn_to_noon_tomorrow()
    until(lambda: told() == ["Water (i-4): price ours 230, theirs 311"])
    reads = working.sandbox.count("ubereats", method="GET", path="menus$")
    working.turn(minutes=11)
    working.turn(minutes=11)
    time.sleep(1.5)
    assert working.sandbox.count("ubereats", method="GET", path="menus$") == reads


def test_41_what_cannot_be_compared_is_said_in_a_sentence(live: Live) -> None:
    (never,) = live.call(live.runtime.service.drift(RESTAURANT, ["grubhub"], by="tester"))
    assert isinstance(never, Refused)
    assert never.code == "nothing-published"
    live.publish("grubhub")
    live.sandbox.fault("status", "grubhub", match={"path": "*/menu/normalized"}, status=503, times=9)
    (down,) = live.call(live.runtime.service.drift(RESTAURANT, ["grubhub"], by="tester"))
    assert isinstance(down, Refused)
    assert down.code == "platform-menu-unreadable"
    assert down.hint
