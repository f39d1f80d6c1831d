"""Somebody calls: the lobster is missing on Uber. From the front page to the lobster on Uber, without a terminal."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.e2e.dashboard.browsing import Visitor
from tests.e2e.dashboard.desk import Desk

MOST_CLICKS = 10


def test_a_dish_that_is_missing_on_one_platform_is_found_mended_and_live(desk: Desk, ana: Visitor) -> None:
    restaurant = desk.live("Harbour Grill")
    lobster = {"item_id": "i-7", "name": "Lobster", "price": "95.00", "category": "c-1", "availability": True}
    desk.service.menus[restaurant]["items"].append(lobster)
    desk.publish(restaurant, "doordash", "grubhub")
    desk.publish(restaurant, "ubereats", expect="FAILED")
    assert "Lobster" in desk.held_by("doordash", restaurant)
    assert "Lobster" not in desk.held_by("ubereats", restaurant)
    page, before = ana.page, ana.clicks

    # which restaurant, and where is the dish?
    page.get_by_label("Find a restaurant").click()
    page.keyboard.type("harbour")
    page.get_by_role("link", name="Harbour Grill").click()
    page.get_by_label("A dish, option or category").click()
    page.keyboard.type("lobster")
    page.get_by_role("button", name="Find").click()
    missing = _verdict(page, "Uber Eats")
    expect(missing).to_contain_text("Not live")
    expect(missing).to_contain_text("the price of 95.00 is over the limit of this store at Uber, 50")
    expect(_verdict(page, "Grubhub")).to_contain_text("It is live there")

    # what is in the way, and what can be done?
    missing.get_by_role("link", name="Mend it on Uber Eats").click()
    expect(page.locator(".complaints")).to_contain_text("ubereats.yaml, line")
    page.get_by_role("link", name="Change highest price").click()
    setting = page.get_by_label("Highest price")
    expect(setting).to_be_focused()
    setting.fill("200")
    page.get_by_role("button", name="Save and publish").click()

    # is it there?
    expect(page.get_by_role("region", name="State").locator(".chip")).to_have_text("Live")
    page.get_by_role("navigation", name="Where you are").get_by_role("link", name="Harbour Grill").click()
    page.get_by_label("A dish, option or category").click()
    page.keyboard.type("lobster")
    page.get_by_role("button", name="Find").click()
    expect(_verdict(page, "Uber Eats")).to_contain_text("It is live there")
    assert ana.clicks - before <= MOST_CLICKS, f"{ana.clicks - before} clicks"
    assert "Lobster" in desk.held_by("ubereats", restaurant)
    errors = desk.api.get("/admin/errors", params={"restaurant_id": restaurant}).json()["items"]
    assert [error["status"] for error in errors] == ["resolved"]


def _verdict(page: Page, platform: str) -> Locator:
    """Find what is said of the dish on one platform."""
    return page.locator(".verdict", has=page.get_by_role("heading", name=platform))
