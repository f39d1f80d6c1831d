"""Scenarios 1 to 8: a valid menu goes live, and nothing is sent without need."""

from __future__ import annotations

import json
import time

import pytest

from pipeline.store.records import State
from tests.live import Live
from tests.platforms import PLATFORMS


@pytest.mark.parametrize("platform", PLATFORMS)
def test_01_a_valid_menu_goes_live_and_the_platforms_id_is_kept(live: Live, platform: str) -> None:
    done = live.publish(platform)
    assert (done.state, done.error) == (State.SYNCED, "")
    status = live.status(platform)
    assert status.state == State.SYNCED
    assert (status.accepted_hash, status.item_count) == (done.payload_hash, 6)
    assert done.payload_hash == status.desired_hash != ""
    states = [change.state for change in done.changes]
    assert states[0] == State.PENDING
    assert states[-1] == State.SYNCED
    kept = {"doordash": "external_menu_id", "grubhub": "job_id"}.get(platform)
    if kept:
        assert State.PROCESSING in states
        assert status.saved[kept]
    text = json.dumps(live.sandbox.get(f"{platform}/menus?store={live.sandbox.store(platform)}"))
    assert all(item["name"] in text for item in live.menu["items"])


def test_01_an_update_uses_the_kept_id_by_patch(live: Live) -> None:
    live.publish("doordash")
    kept = live.status("doordash").external_menu_id
    live.menu["items"][0]["price"] = "7.20"
    assert live.publish("doordash").state == State.SYNCED
    assert live.sandbox.count("doordash", method="POST", path="menus$") == 1
    assert live.sandbox.count("doordash", method="PATCH", path=f"menus/{kept}$") == 1
    assert live.status("doordash").external_menu_id == kept


def test_01_the_worker_does_all_of_it_by_itself(working: Live) -> None:
    for platform in PLATFORMS:
        working.ask(platform)
    for _ in range(150):
        states = {working.status(platform).state for platform in PLATFORMS}
        if states == {State.SYNCED}:
            break
        time.sleep(0.2)
    assert states == {State.SYNCED}


def test_02_three_platforms_share_one_reading_of_the_menu(live: Live) -> None:
    operations = live.ask(*PLATFORMS)
    live.sweep()
    ended = [live.settle(operation) for operation in operations]
    assert [operation.state for operation in ended] == [State.SYNCED] * 3
    assert live.source.fetched == 1
    assert len({operation.snapshot_id for operation in ended}) == 1
    assert len({operation.payload_hash for operation in ended}) == 3


@pytest.mark.parametrize("platform", PLATFORMS)
def test_03_an_unchanged_menu_is_not_sent_again_unless_forced(live: Live, platform: str) -> None:
    live.publish(platform)
    requests = live.sandbox.count(platform)
    again = live.publish(platform)
    assert again.state == State.SYNCED
    assert "unchanged" in again.changes[-1].note
    assert live.sandbox.count(platform) == requests
    assert live.publish(platform, force=True).changes[-1].note == "published"
    assert live.sandbox.count(platform) > requests


def test_03_an_ordinary_sync_costs_at_most_four_writes(live: Live) -> None:
    live.publish("ubereats")  # the token is kept by now
    live.menu["items"][0]["name"] = "Consommé"
    before = live.store.write_requests
    assert live.publish("ubereats").changes[-1].note == "published"
    assert live.store.write_requests - before <= 4


@pytest.mark.parametrize(("currency", "price", "cents"), [("EUR", "9.995", 1000), ("JPY", "1150", 1150)])
def test_04_minor_units_follow_the_currency(live: Live, currency: str, price: str, cents: int) -> None:
    live.menu["restaurant"]["currency"] = currency
    for item in live.menu["items"]:
        item["price"] = price
    live.menu["modifier_groups"][0]["options"][1]["price"] = "1"
    done = live.publish("doordash")
    assert done.state == State.SYNCED, done.error
    payload = json.loads(live.store.blob(done.payload_id) or b"")
    prices = {item["price"] for category in payload["menu"]["categories"] for item in category["items"]}
    assert prices == {cents}


def test_06_a_markup_concerns_the_restaurants_that_have_it(live: Live) -> None:
    stores = {restaurant: live.sandbox.store("ubereats", restaurant) for restaurant in ("rest_001", "rest_002")}
    for restaurant, markup in (("rest_001", "15"), ("rest_002", "0")):
        settings = {"store_id": stores[restaurant], "markup_percent": markup}
        live.runtime.service.connect(restaurant, "ubereats", settings, by="tester")
    prices = {}
    for restaurant, store in stores.items():
        live.settle(live.ask("ubereats", restaurant=restaurant)[0])
        items = [item for menu in _menus(live, store) for item in menu["items"]]
        prices[restaurant] = {item["id"]: item["price_info"]["price"] for item in items}
    assert prices["rest_002"]["i-1"] == 610
    assert prices["rest_001"]["i-1"] == 702  # 7.015 rounded up
    pesto = next(key for key in prices["rest_001"] if "o-2" in key)
    assert (prices["rest_001"][pesto], prices["rest_002"][pesto]) == (132, 115)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_07_unknown_allergens_are_never_turned_into_free_from(live: Live, platform: str) -> None:
    assert all(item.get("allergens") is None for item in live.menu["items"])
    done = live.publish(platform)
    payload = (live.store.blob(done.payload_id) or b"").decode().lower()
    assert done.state == State.SYNCED
    assert not any(claim in payload for claim in ("gluten_free", "dairy_free", "allergen", "free_from"))


def _menus(live: Live, store: str) -> list[dict[str, object]]:
    found = live.sandbox.get(f"ubereats/menus?store={store}")
    return list(found.values()) if isinstance(found, dict) and "items" not in found else [found]
