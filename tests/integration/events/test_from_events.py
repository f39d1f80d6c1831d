"""What events set going: bursts, repetitions, wrong order, small lanes, what cannot be meant, a database that fails."""

from __future__ import annotations

import asyncio
import json
import re
import time
from datetime import timedelta
from typing import Any

import pytest

from pipeline.events import Event, Received, Rejected, read_event
from pipeline.store.protocol import StoreBusy
from pipeline.store.records import ENDED, State
from pipeline.sync import from_events
from pipeline.sync.from_events import EventHandler, Taken
from tests.live import RESTAURANT, Live
from tests.platforms import PLATFORMS

PAUSE = timedelta(seconds=10)
PUBLISHES = {
    "doordash": {"path": "/menus(/[^/]+)?$"},
    "grubhub": {"method": "POST", "path": "menu/ingestion$"},
    "ubereats": {"method": "PUT", "path": "menus$"},
}


def event(number: int, kind: str = "menu_updated", **more: Any) -> Received:
    document = {"eventType": kind, "restaurantId": RESTAURANT, "eventId": f"e-{number}", **more}
    return Received(f"m-{number}", read_event(document))


def take(live: Live, *messages: Received, pause: timedelta = PAUSE) -> list[Taken]:
    return live.call(EventHandler(live.runtime.service, pause).take_all(messages))


def settle(live: Live) -> None:
    """Do what is due until every lane is empty, as workers would."""
    for _ in range(150):
        live.sweep()
        waiting = [
            status
            for status in live.store.statuses(RESTAURANT)
            if status.running or status.waiting or status.availability.running or status.availability.waiting
        ]
        if not waiting:
            return
        live.turn(seconds=5)
        time.sleep(0.1)  # platforms work on menus in their own time
    pytest.fail(f"something waits without end: {waiting}")


def sent(live: Live) -> dict[str, int]:
    """Count the menus that each platform got."""
    return {platform: live.sandbox.count(platform, **PUBLISHES[platform]) for platform in PLATFORMS}


def test_many_edits_in_a_few_seconds_are_one_publish_per_platform(live: Live) -> None:
    outcomes = []
    for number in range(200):
        live.menu["items"][0]["price"] = f"{6 + number / 100:.2f}"
        outcomes += [taken.outcome for taken in take(live, event(number, "item_updated", itemId="i-1"))]
        live.turn(seconds=0.049)
    assert outcomes == ["taken"] * 200
    assert sent(live) == dict.fromkeys(PLATFORMS, 0)
    settle(live)
    assert sent(live) == dict.fromkeys(PLATFORMS, 1)
    for platform in PLATFORMS:
        assert live.status(platform).state == State.SYNCED
        standing = json.dumps(live.sandbox.get(f"{platform}/menus?store={live.sandbox.store(platform)}"))
        assert re.search(r"\b7\.?99\b", standing), platform


def test_the_last_edit_is_published_though_another_platform_fetched_before_it(live: Live) -> None:
    take(live, event(1), pause=timedelta())
    first, *others = [live.status(platform).waiting for platform in PLATFORMS]
    operation = live.store.operation(first)
    assert operation is not None
    live.run(operation)
    live.menu["items"][0]["price"] = "8.88"
    take(live, event(2), pause=timedelta())
    for other in others:
        joined = live.store.operation(other)
        assert joined is not None
        assert joined.joined == 1
    settle(live)
    for platform in PLATFORMS:
        accepted = live.store.operation(live.status(platform).accepted_operation)
        assert accepted is not None
        assert b"8.88" in (live.store.blob(accepted.snapshot_id) or b""), platform


def test_the_same_event_twice_is_one_publish(live: Live) -> None:
    assert [each.outcome for each in take(live, event(1))] == ["taken"]
    settle(live)
    before = live.source.fetched
    assert [each.outcome for each in take(live, event(1), event(1))] == ["duplicate", "duplicate"]
    settle(live)
    assert sent(live) == dict.fromkeys(PLATFORMS, 1)
    assert live.source.fetched == before


def test_a_second_change_is_published_though_its_event_says_the_same(live: Live) -> None:
    for number in range(2):
        live.menu["items"][0]["price"] = f"5.5{number}"
        message = Received("", read_event({"eventType": "item_updated", "restaurantId": RESTAURANT}))
        assert take(live, message)[0].outcome == "taken"
        settle(live)
        live.turn(seconds=60)
    for platform in PLATFORMS:
        standing = json.dumps(live.sandbox.get(f"{platform}/menus?store={live.sandbox.store(platform)}"))
        assert re.search(r"\b5\.?51\b", standing), platform


def test_an_older_event_changes_nothing(live: Live) -> None:
    live.menu["version"] = "7"
    take(live, event(1, menuVersion="7"))
    settle(live)
    taken = take(live, event(2, menuVersion="6"))[0]
    assert (taken.outcome, taken.operations) == ("outdated", ())
    settle(live)
    assert sent(live) == dict.fromkeys(PLATFORMS, 1)


def test_events_in_the_wrong_order_end_with_the_newest_menu(live: Live) -> None:
    live.menu["version"] = "3"
    live.menu["items"][2]["price"] = "33.33"
    take(live, event(3, menuVersion="3"), event(1, menuVersion="1"), event(2, menuVersion="2"))
    settle(live)
    assert sent(live) == dict.fromkeys(PLATFORMS, 1)
    assert {live.status(platform).menu_version for platform in PLATFORMS} == {"3"}


def test_sold_out_goes_by_the_small_call_at_once_and_the_menu_has_the_last_word(live: Live) -> None:
    take(live, event(1))
    settle(live)
    published = sent(live)
    live.menu["items"][3]["availability"] = False
    (taken,) = take(live, event(2, "item_sold_out", itemId="i-4"))
    assert taken.outcome == "taken"
    with_lane = [
        platform
        for platform in PLATFORMS
        if (mapping := live.runtime.engine.tools.shelf.mapping(platform)[0]) and mapping.conversation.availability
    ]
    assert with_lane
    kinds = {operation.platform: operation.kind for operation in taken.operations}
    assert {platform: kinds[platform] for platform in with_lane} == dict.fromkeys(with_lane, "availability")
    settle(live)
    for platform in with_lane:
        assert sent(live)[platform] == published[platform]
        assert [(entry.id, entry.told) for entry in live.store.sold_out(RESTAURANT, platform)] == [("i-4", True)]
    live.menu["items"][3]["availability"] = True
    assert take(live, event(4, "item_back", itemId="i-4"))[0].outcome == "taken"
    settle(live)
    late = take(live, event(3, "item_sold_out", itemId="i-4"))[0]  # was sent before the last one
    settle(live)
    assert late.operations == ()
    assert live.store.sold_out(RESTAURANT) == []


def test_what_people_said_is_sold_out_outlasts_an_event(live: Live) -> None:
    take(live, event(1))
    settle(live)
    platform = PLATFORMS[0]
    live.sold_out("i-5", platforms=(platform,))
    settle(live)
    take(live, event(2, "item_back", itemId="i-5"))
    settle(live)
    assert [entry.id for entry in live.store.sold_out(RESTAURANT, platform)] == ["i-5"]


def test_a_menu_service_that_hangs_holds_up_no_event(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    take(live, event(1))
    settle(live)

    async def hang(restaurant_id: str) -> Any:
        await asyncio.sleep(3600)

    with monkeypatch.context() as patched:
        patched.setattr(live.source, "fetch", hang)
        patched.setattr(from_events, "MENU_WITHIN", timedelta(milliseconds=50))
        told = take(live, event(2, "item_sold_out", itemId="i-4"), event(3, "menu_updated"))
        assert [each.outcome for each in told] == ["taken", "taken"]
    assert {entry.id for entry in live.store.sold_out(RESTAURANT)} == {"i-4"}  # the event's own word


def test_events_for_which_no_time_is_left_are_given_once_more(live: Live) -> None:
    late = live.call(EventHandler(live.runtime.service, PAUSE).take_all([event(1), event(2)], timedelta()))
    assert [(each.message_id, each.outcome) for each in late] == [("m-1", "failed"), ("m-2", "failed")]
    assert [each.outcome for each in take(live, event(1), event(2))] == ["taken", "taken"]


def test_a_dish_that_no_platform_knows_yet_needs_a_publish(live: Live) -> None:
    take(live, event(1))
    settle(live)
    live.menu["items"].append({**live.menu["items"][4], "item_id": "i-7", "name": "Cake", "price": "5.75"})
    (taken,) = take(live, event(2, "item_available", itemId="i-7"))
    assert taken.outcome == "taken"
    settle(live)
    take(live, event(3, "availability_changed"))
    settle(live)
    assert sent(live) == dict.fromkeys(PLATFORMS, 2)
    assert {live.status(platform).item_count for platform in PLATFORMS} == {7}


def test_a_restaurant_on_no_platform_concerns_nobody(live: Live) -> None:
    message = Received("m", read_event({"eventType": "menu_updated", "restaurantId": "rest_999", "eventId": "e"}))
    (taken,) = take(live, message)
    assert taken.outcome == "unconcerned"
    assert taken.dealt_with
    assert live.store.statuses("rest_999") == []


def test_what_is_no_event_is_rejected_and_the_rest_goes_on(live: Live) -> None:
    poisoned = Received("m-9", read_event({"eventType": "menu_updated"}))
    assert isinstance(poisoned.event, Rejected)
    outcomes = [(each.message_id, each.outcome) for each in take(live, event(1), poisoned, event(2))]
    assert outcomes == [("m-1", "taken"), ("m-9", "rejected"), ("m-2", "taken")]
    settle(live)
    assert sent(live) == dict.fromkeys(PLATFORMS, 1)


def test_an_event_whose_handling_failed_is_taken_the_next_time(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object, **__: object) -> None:
        raise StoreBusy("others hold the database")

    with monkeypatch.context() as patched:
        patched.setattr(type(live.runtime.service), "sync", busy)
        (taken,) = take(live, event(1))
    assert (taken.outcome, taken.reason) == ("failed", "others hold the database")
    assert take(live, event(1))[0].outcome == "taken"


def test_an_event_whose_process_died_is_taken_later(live: Live) -> None:
    message = event(1)
    assert isinstance(message.event, Event)
    key = from_events._key(message.event)
    live.store.seen(key, live.clock(), from_events.BEING_HANDLED)  # and then the process died
    assert take(live, message)[0].outcome == "failed"
    live.turn(seconds=30)
    assert take(live, message)[0].outcome == "failed"
    live.turn(seconds=62)
    assert take(live, message)[0].outcome == "taken"
    live.turn(seconds=3600)
    assert take(live, message)[0].outcome == "duplicate"
    assert all(operation.state not in ENDED for operation in live.store.history(RESTAURANT).items)
