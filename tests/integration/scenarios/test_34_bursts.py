"""Scenario 34: a burst of events ends in one publish per platform; what is sold out does not wait for it."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

from pipeline.events import received
from pipeline.store.records import State
from pipeline.sync.from_events import EventHandler, Taken
from tests.live import RESTAURANT, Live
from tests.platforms import PLATFORMS

PUBLISHES = {
    "doordash": {"path": "/menus(/[^/]+)?$"},
    "grubhub": {"method": "POST", "path": "menu/ingestion$"},
    "ubereats": {"path": "/(menus|items/i-1)$"},  # a dish that only got another price goes alone
}
SOLD_OUT = {70: "i-3", 140: "i-5"}
"""The dish that is sold out by the event of this number; all others change a price."""


def published(live: Live) -> dict[str, int]:
    """Count the menus that each platform got."""
    return {platform: live.sandbox.count(platform, **PUBLISHES[platform]) for platform in PLATFORMS}


def told(live: Live) -> dict[str, set[str]]:
    """Give the dishes that each platform was told are sold out."""
    return {
        platform: {entry.id for entry in live.store.sold_out(RESTAURANT, platform) if entry.told}
        for platform in PLATFORMS
    }


def arrive(live: Live, handler: EventHandler, number: int, **detail: Any) -> Taken:
    """Let one event come as its queue brings it."""
    detail = {"restaurantId": RESTAURANT, "eventId": f"e-{number}", **detail}
    body = json.dumps({"source": "menu.service", "detail-type": "MenuItemChanged", "detail": detail})
    (message,) = received({"Records": [{"messageId": f"m-{number}", "body": body}]})
    (taken,) = live.call(handler.take_all([message]))
    return taken


def test_34_two_hundred_events_are_one_publish_per_platform_and_sold_out_goes_at_once(live: Live) -> None:
    for platform in PLATFORMS:
        live.publish(platform)
    before, items = published(live), {item["item_id"]: item for item in live.menu["items"]}
    handler = EventHandler(live.runtime.service, timedelta(seconds=10))
    sold: set[str] = set()
    for number in range(200):
        dish = SOLD_OUT.get(number)
        if dish is None:
            items["i-1"]["price"] = f"{6 + number / 100:.2f}"
            taken = arrive(live, handler, number, eventType="item_updated", itemId="i-1")
        else:
            items[dish]["availability"] = False
            sold.add(dish)
            taken = arrive(live, handler, number, eventType="item_sold_out", itemId=dish)
            assert {operation.kind for operation in taken.operations} == {"availability"}
            for operation in taken.operations:
                assert live.settle(operation).state == State.SYNCED
        assert taken.outcome == "taken"
        assert told(live) == dict.fromkeys(PLATFORMS, sold)
        live.turn(seconds=0.05)
    assert published(live) == before
    waiting = [live.store.operation(live.status(platform).waiting) for platform in PLATFORMS]
    assert [each.joined for each in waiting if each is not None] == [197] * 3
    for platform in PLATFORMS:
        live.turn(seconds=10)
        live.until_synced(platform)
    assert published(live) == {platform: count + 1 for platform, count in before.items()}
    assert told(live) == dict.fromkeys(PLATFORMS, sold)
    for platform in PLATFORMS:
        standing = json.dumps(live.sandbox.get(f"{platform}/menus?store={live.sandbox.store(platform)}"))
        assert re.search(r"\b7\.?99\b", standing), platform
