"""Scenarios 17 to 22: sold out goes out at once, ends by itself, survives publishes, costs no call too many."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from typing import Any

import pytest

from pipeline.store.records import Operation, State
from pipeline.sync.asking.service import SoldOutAnswer
from tests.live import RESTAURANT, Live
from tests.platforms import PLATFORMS

CALLS = {"doordash": "status$", "ubereats": "items/", "grubhub": "overrides/external"}


def told(live: Live, answer: SoldOutAnswer) -> list[Operation]:
    assert not answer.refused
    done = [live.settle(operation) for operation in answer.operations]
    assert [(operation.state, operation.error) for operation in done] == [(State.SYNCED, "")] * len(done)
    return done


def ledger(live: Live, platform: str) -> dict[str, tuple[bool, bool]]:
    return {entry.id: (entry.told, entry.ended) for entry in live.store.sold_out(RESTAURANT, platform)}


def availability(live: Live, platform: str) -> Any:
    return live.sandbox.get(f"{platform}/availability?store={live.sandbox.store(platform)}")


@pytest.mark.parametrize("platform", PLATFORMS)
def test_17_sold_out_until_a_time_ends_by_itself_also_after_a_restart(live: Live, platform: str) -> None:
    live.publish(platform)
    before = json.dumps(availability(live, platform))
    until = live.clock() + timedelta(hours=2)
    told(live, live.sold_out("i-3", platforms=(platform,), until=until))
    assert live.sandbox.count(platform, path=CALLS[platform]) >= 1
    assert ledger(live, platform) == {"i-3": (True, False)}
    assert json.dumps(availability(live, platform)) != before
    live.sweep()
    assert ledger(live, platform) == {"i-3": (True, False)}
    live.turn(hours=2, seconds=1)
    calls = live.sandbox.count(platform, path=CALLS[platform])
    live.sweep()  # what a new process does, knowing nothing but the store
    for _ in range(20):
        if not ledger(live, platform):
            break
        live.turn(seconds=5)
        live.sweep()
    assert ledger(live, platform) == {}
    assert live.sandbox.count(platform, path=CALLS[platform]) > calls


def test_17_every_platform_is_told(live: Live) -> None:
    for platform in PLATFORMS:
        live.publish(platform)
    answer = live.sold_out("i-3", platforms=())
    assert len(answer.operations) == 3
    told(live, answer)
    assert [ledger(live, platform) for platform in PLATFORMS] == [{"i-3": (True, False)}] * 3


def test_18_sold_out_during_a_publish_is_told_after_it_and_survives(live: Live) -> None:
    live.publish("doordash")
    live.menu["items"][0]["name"] = "Broth"
    publishing = live.ask("doordash")[0]
    assert live.run(publishing).state == State.PROCESSING
    answer = live.sold_out("i-3", platforms=("doordash",))
    waiting = live.run(answer.operations[0])
    assert waiting.state == State.PENDING
    assert publishing.operation_id in waiting.changes[-1].note
    assert live.sandbox.count("doordash", path=CALLS["doordash"]) == 0
    assert live.settle(publishing).state == State.SYNCED
    live.turn(seconds=20)
    live.sweep()
    assert ledger(live, "doordash") == {"i-3": (True, False)}
    calls = live.sandbox.get(f"doordash/requests?path={CALLS['doordash']}")["requests"]
    assert [call["body"] for call in calls] == [[{"merchant_supplied_id": "i-3", "is_active": False}]]
    live.menu["items"][0]["name"] = "Clear broth"
    live.publish("doordash")
    assert "i-3" in json.dumps(availability(live, "doordash"))


@pytest.mark.parametrize("platform", ["ubereats", "grubhub"])
def test_18_a_publish_says_what_is_sold_out_where_its_menu_carries_that(live: Live, platform: str) -> None:
    live.publish(platform)
    told(live, live.sold_out("i-3", platforms=(platform,)))
    without = live.publish(platform, force=True)
    live.menu["items"][0]["name"] = "Broth"
    told(live, live.back("i-3", platforms=(platform,)))
    after = live.publish(platform, force=True)
    kept = [json.loads(live.store.blob(each.payload_id) or b"") for each in (without, after)]
    assert [said_sold_out(platform, payload) for payload in kept] == [{"i-3"}, set()]
    assert ledger(live, platform) == {}


def said_sold_out(platform: str, payload: Any) -> set[str]:
    """Give the dishes that a payload says are sold out."""
    if platform == "ubereats":
        return {item["id"] for item in payload["items"] if (item.get("suspension_info") or {}).get("suspension")}
    return {item["external_id"] for item in payload["items"] if item.get("availability_override")}


def test_18_what_the_menu_itself_says_is_sold_out_is_told_after_the_publish(live: Live) -> None:
    live.menu["items"][4]["availability"] = False
    live.publish("doordash")
    live.sweep()
    assert ledger(live, "doordash") == {"i-5": (True, False)}
    live.menu["items"][4]["availability"] = True
    live.publish("doordash")
    live.sweep()
    assert ledger(live, "doordash") == {}
    calls = live.sandbox.get(f"doordash/requests?path={CALLS['doordash']}")["requests"]
    assert [call["body"][0]["is_active"] for call in calls] == [False, True]


def test_20_a_hundred_options_go_out_in_three_calls_with_results_of_each(live: Live) -> None:
    live.menu["modifier_groups"][0] |= {
        "min_select": 0,
        "max_select": 3,
        "options": [{"option_id": f"o-{n}", "name": f"Topping {n}", "price": f"0.{n:03}"[:4]} for n in range(100)],
    }
    assert live.publish("doordash").state == State.SYNCED
    done = told(live, live.sold_out(*(f"Topping {n}" for n in range(100)), platforms=("doordash",)))
    calls = live.sandbox.get("doordash/requests?path=item_options/status$")["requests"]
    assert [len(call["body"]) for call in calls] == [40, 40, 20]
    assert [row["outcome"] for row in done[0].results] == ["done"] * 100
    assert set(ledger(live, "doordash").values()) == {(True, False)}


def test_20_what_the_platform_refuses_of_a_batch_is_told_by_dish(live: Live) -> None:
    live.publish("doordash")
    live.sandbox.fault("entities", "doordash", ids=["i-4"], result="Not Found")
    answer = live.sold_out("i-3", "i-4", platforms=("doordash",))
    done = live.settle(answer.operations[0])
    assert done.state == State.SYNCED
    assert {row["id"]: row["outcome"] for row in done.results} == {"i-3": "done", "i-4": "failed"}
    error = live.error(done)
    assert "Water" in error.message
    assert [field["name"] for field in error.fields] == ["Water"]


def test_20_a_passing_error_of_one_dish_is_tried_again(live: Live) -> None:
    live.publish("doordash")
    live.sandbox.fault("entities", "doordash", ids=["i-4"], result="Server Error", times=2)
    answer = live.sold_out("i-3", "i-4", platforms=("doordash",))
    assert live.settle(answer.operations[0]).state == State.FAILED
    assert ledger(live, "doordash")["i-4"] == (False, False)
    live.turn(minutes=3)
    live.sweep()
    assert ledger(live, "doordash") == {"i-3": (True, False), "i-4": (True, False)}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_21_twice_sold_out_and_back_of_what_is_there_cost_no_call(live: Live, platform: str) -> None:
    live.publish(platform)
    told(live, live.sold_out("i-3", platforms=(platform,)))
    calls = live.sandbox.count(platform)
    again = live.sold_out("i-3", platforms=(platform,))
    assert (again.operations, again.unchanged, again.refused) == ((), ("Steak",), ())
    back = live.back("i-4", platforms=(platform,))
    assert (back.operations, back.unchanged, back.refused) == ((), ("Water",), ())
    assert live.sandbox.count(platform) == calls


def test_22_what_is_sold_out_for_a_week_without_an_end_is_told_once_a_day(
    live: Live, caplog: pytest.LogCaptureFixture
) -> None:
    live.publish("doordash")
    until = live.clock() + timedelta(days=30)
    told(live, live.sold_out("i-3", platforms=("doordash",)))
    told(live, live.sold_out("i-4", platforms=("doordash",), until=until))
    with caplog.at_level(logging.WARNING, "menu_sync.alerts"):
        live.turn(days=6)
        live.sweep()
        assert "without an end" not in caplog.text
        live.turn(days=2)
        live.sweep()
        live.sweep()
    assert len([line for line in caplog.messages if line.startswith("Steak of rest_001")]) == 1
    assert "Water" not in caplog.text
