"""Scenarios 1 to 8: a valid menu goes live, and nothing is sent without need."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from pipeline.preview import Preview, preview
from pipeline.reading import read_menu
from pipeline.store.records import State
from tests.live import Live, served
from tests.platforms import NOW, PLATFORMS, READERS, SETTINGS, compiled
from tests.servers.sandbox import SandboxServer


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
    assert live.source.fetched == 1  # also where a worker begins before the last of them stands in line:
    assert len({operation.created_at for operation in operations}) == 1
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


@pytest.mark.parametrize("platform", ["doordash", "ubereats"])
def test_05_categories_that_are_flattened_are_listed_before_anything_is_sent(live: Live, platform: str) -> None:
    live.menu["categories"].append(
        {"category_id": "c-3", "name": "From the grill", "display_order": 3, "parent_category": "c-1"}
    )
    live.menu["items"][2]["category"] = "c-3"
    plan = planned(live.menu, platform)
    (told,) = [finding for finding in plan.findings if finding.code == "categories-flattened"]
    assert [record.name for record in told.records] == ["From the grill"]
    assert plan.publishable
    assert live.sandbox.count(platform) == 0
    done = live.publish(platform)
    assert done.state == State.SYNCED
    assert "categories-flattened" in {finding["code"] for finding in done.findings}
    assert "Plates" in (live.store.blob(done.payload_id) or b"").decode()


@pytest.mark.parametrize("platform", PLATFORMS)
def test_05_choices_that_are_nested_too_deep_are_told_by_dish_and_not_sent(live: Live, platform: str) -> None:
    groups = live.menu["modifier_groups"]
    groups[0]["options"][0]["modifier_groups"] = ["g-2"]
    for level in range(2, 9):
        option = {"option_id": f"o-{level}1", "name": f"Extra {level}", "price": f"0.{level}5"}
        below = {"modifier_groups": [f"g-{level + 1}"]} if level < 8 else {}
        groups.append(
            {"modifier_group_id": f"g-{level}", "name": f"Level {level}", "min_select": 0, "max_select": 1,
             "options": [{**option, **below}]}
        )  # fmt: skip
    plan = planned(live.menu, platform)
    (told,) = [finding for finding in plan.findings if finding.code == "modifiers-too-deep"]
    assert told.severity == "error"
    assert "Pasta" in str(told)
    assert live.publish(platform).state == State.FAILED
    assert live.sandbox.count(platform) == 0


PLAIN = {"Soup": "6.10", "Pasta": "11.25", "Steak": "23.40", "Water": "2.30", "Juice": "4.55", "Tea": "3.05",
         "Tomato": "0.00", "Pesto": "1.15"}  # fmt: skip
IN_NINES = {"Soup": "6.99", "Pasta": "12.99", "Steak": "26.89", "Water": "2.69", "Juice": "5.19", "Tea": "3.49",
            "Tomato": "0.00", "Pesto": "1.29"}  # fmt: skip
"""With 15 percent more, Soup would be 7.02, Pasta 12.94 (half way, so up) and Pesto 1.32; what is free stays free."""


@pytest.mark.parametrize("platform", PLATFORMS)
def test_06_a_markup_that_ends_in_nine_concerns_one_platform_at_the_stores_that_have_it(
    sandbox_server: SandboxServer, tmp_path: Path, platform: str
) -> None:
    key = "an-operators-key-of-many-characters"
    with served(sandbox_server, tmp_path, API_KEYS=f"ana:operator:{key}") as live:
        admin, headers = f"{live.runtime.settings.public_base_url}/admin", {"X-API-Key": key}
        rule = {"markup_percent": "15", "round_to": "0.10", "round_minus": "0.01"}
        for restaurant in ("rest_001", "rest_002"):
            set_ = live.sandbox.http.put(
                f"{admin}/restaurants/{restaurant}/platforms/{platform}", headers=headers, json={"settings": rule}
            )
            assert set_.status_code == 200, set_.text
        found = {}
        for restaurant, other in product(("rest_001", "rest_002", "rest_003"), PLATFORMS):
            seen = live.sandbox.http.post(
                f"{admin}/preview/{other}", headers=headers, json={"restaurant_id": restaurant}
            )
            assert seen.status_code == 200, seen.text
            found[restaurant, other] = prices_of(other, json.loads(seen.text, parse_float=Decimal)["payload"])
        assert live.sandbox.count(platform) == 0
        for place, prices in found.items():
            ruled = place in (("rest_001", platform), ("rest_002", platform))
            assert prices == {name: Decimal(price) for name, price in (IN_NINES if ruled else PLAIN).items()}, place
        done = live.publish(platform)
        sent = json.loads(live.store.blob(done.payload_id) or b"", parse_float=Decimal)
        assert prices_of(platform, sent) == found["rest_001", platform]


def prices_of(platform: str, payload: Any) -> dict[str, Decimal]:
    """Give the prices of a payload's dishes and options by their names."""
    dishes = READERS[platform].read(payload).dishes
    options = [option for dish in dishes for group in dish.groups for option in group.options]
    return {each.name: each.price for each in (*dishes, *options)}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_07_unknown_allergens_are_never_turned_into_free_from(live: Live, platform: str) -> None:
    assert all(item.get("allergens") is None for item in live.menu["items"])
    done = live.publish(platform)
    payload = (live.store.blob(done.payload_id) or b"").decode().lower()
    assert done.state == State.SYNCED
    assert not any(claim in payload for claim in ("gluten_free", "dairy_free", "allergen", "free_from"))


NIGHTS = [datetime(2027, 3, 13, 23, tzinfo=UTC), datetime(2027, 3, 14, 6, 59, tzinfo=UTC),
          datetime(2027, 3, 14, 7, 1, tzinfo=UTC), datetime(2027, 11, 7, 5, 30, tzinfo=UTC)]  # fmt: skip
"""Before, at and after the hour that New York skips, and in the one that it has twice."""


@pytest.mark.parametrize("platform", PLATFORMS)
def test_08_hours_past_midnight_are_local_and_stay_so_when_the_clocks_change(live: Live, platform: str) -> None:
    live.menu["restaurant"]["hours"] = [{"day": "saturday", "start": "17:00", "end": "01:00"}]
    done = live.publish(platform)
    assert done.state == State.SYNCED, done.error
    found = hours_of(platform, json.loads(live.store.blob(done.payload_id) or b""))
    # Each platform's hours are in the store's own time; an end behind midnight is the next morning's.
    assert (
        found
        == {
            "doordash": [("SAT", "17:00", "01:00")],
            "grubhub": [("SATURDAY", "17:00:00.000", "23:59:00.000"), ("SUNDAY", "00:00:00.000", "01:00:00.000")],
            "ubereats": [("saturday", "17:00", "23:59"), ("sunday", "00:00", "01:00")],
        }[platform]
    )
    for now in NIGHTS:
        plan = planned(live.menu, platform, now)
        assert plan.publishable
        assert hours_of(platform, plan.payload) == found


def hours_of(platform: str, payload: Any) -> list[tuple[str, str, str]]:
    """Give day, start and end of a payload's opening hours."""
    if platform == "doordash":
        return [(each["day_index"], each["start_time"], each["end_time"]) for each in payload["open_hours"]]
    if platform == "grubhub":
        payload = payload.get("normalized_menu", payload)
        (schedule,) = payload["repeating_schedules"]
        return sorted((rule["days"][0], rule["start_time"], rule["end_time"]) for rule in schedule["rules"])
    return sorted(
        (day["day_of_week"], period["start_time"], period["end_time"])
        for day in payload["menus"][0]["service_availability"]
        for period in day["time_periods"]
    )


def planned(menu: dict[str, Any], platform: str, now: datetime = NOW) -> Preview:
    """Give what a dry run gives."""
    read = read_menu(json.dumps(menu).encode()).menu
    assert read is not None
    return preview(compiled(platform), read, store=SETTINGS[platform], now=now)
