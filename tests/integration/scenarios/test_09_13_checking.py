"""Scenarios 9 to 11: what a platform would refuse is told by dish before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.store.records import State
from tests.live import Live
from tests.platforms import PLATFORMS


def refused(live: Live, platform: str) -> Any:
    before = live.sandbox.count(platform)
    done = live.publish(platform)
    assert done.state == State.FAILED
    assert live.sandbox.count(platform) == before
    return live.error(done)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_09_a_group_that_asks_for_more_than_it_offers_is_told_by_name(live: Live, platform: str) -> None:
    live.menu["modifier_groups"][0] |= {"min_select": 4, "max_select": 4}
    done = live.publish(platform)  # platforms take it, and do not sell the dish: a warning
    told = [finding for finding in done.findings if "Sauce" in finding["message"] and finding["severity"] != "note"]
    assert told
    assert any(finding["line"] or finding["hint"] for finding in told)


@pytest.mark.parametrize("platform", ["doordash", "ubereats"])
def test_10_hours_are_checked_by_each_platforms_own_threshold(live: Live, platform: str) -> None:
    live.menu["restaurant"]["hours"] = [{"day": "monday", "start": "11:00", "end": "11:20"}]
    error = refused(live, platform)
    words = {"doordash": "under 30 minutes", "ubereats": "under 60 minutes"}[platform]
    assert any(words in field["message"] and field["line"] > 0 for field in error.fields)


@pytest.mark.parametrize("platform", ["doordash", "ubereats"])
def test_10_a_menu_without_hours_is_refused(live: Live, platform: str) -> None:
    del live.menu["restaurant"]["hours"]
    assert "opening hours" in refused(live, platform).message


def test_11_a_picture_that_one_platform_refuses_reaches_the_others(live: Live) -> None:
    live.menu["items"][0]["image_url"] = "https://pictures.example/soup.jpg?size=large"
    payloads = {}
    for platform in PLATFORMS:
        done = live.publish(platform)
        assert done.state == State.SYNCED, done.error
        payloads[platform] = live.store.blob(done.payload_id) or b""
        told = [finding for finding in done.findings if "picture was left out" in finding["message"]]
        assert bool(told) == (platform == "doordash")
    assert b"soup.jpg" not in payloads["doordash"]
    assert b"soup.jpg" in payloads["ubereats"]
