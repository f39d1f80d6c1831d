"""Keys: asked for once, kept in the session alone, refused without a word too many; readers have no buttons."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from tests.e2e.dashboard.browsing import Visitor, visiting
from tests.e2e.dashboard.desk import OPERATOR, READER, Desk

ACTIONS = "main button:not([type=submit], .why-field), main input[type=checkbox]"


def test_a_reader_sees_everything_and_no_button(browser: Browser, desk: Desk) -> None:
    restaurant = desk.live("Only Looking", "doordash", "ubereats")
    desk.api.post(f"/admin/availability/{restaurant}", json={"items": ["Juice"], "platforms": ["doordash"]})
    menu = desk.service.menus[restaurant]
    menu["items"][0]["price"] = "88.00"
    desk.publish(restaurant, "ubereats", expect="FAILED")
    menu["items"] = menu["items"][-2:]
    desk.publish(restaurant, "doordash", expect="HELD")
    with visiting(browser, desk.address) as rita:
        rita.enter(READER)
        at = f"restaurants/{restaurant}"
        for route, text in (
            (at, "Only Looking"),
            (f"{at}/sold-out", "Juice"),
            (f"{at}/on/ubereats", "over the limit"),
            (f"{at}/on/ubereats/settings", "Highest price"),
            (f"errors?restaurant_id={restaurant}", "over the limit"),
            ("held", "Only Looking"),
        ):
            rita.go(route)
            expect(rita.page.locator("main")).to_contain_text(text)
            expect(rita.page.locator(ACTIONS)).to_have_count(0)
        expect(rita.page.locator(".who")).to_contain_text("may only look")
    refused = [each["action"] for each in desk.api.get("/admin/audit").json()["items"] if each["who"] == "Rita"]
    assert refused == []  # the page never even asked


def test_the_key_is_asked_for_once_and_stands_in_no_address(desk: Desk, ana: Visitor) -> None:
    asked: list[str] = []
    ana.page.on("request", lambda request: asked.append(request.url))
    ana.page.reload()
    expect(ana.page.get_by_role("heading", name="Restaurants", level=1)).to_be_visible()
    ana.go("audit")
    assert len(asked) > 5
    assert [url for url in asked if OPERATOR in url] == []
    assert ana.page.context.cookies() == []
    assert ana.page.evaluate("localStorage.length") == 0
    ana.page.get_by_role("button", name="Forget key").click()
    expect(ana.page.get_by_label("Your key")).to_be_visible()
    assert ana.page.evaluate("sessionStorage.getItem('menu-sync.key')") is None


def test_a_wrong_key_is_told(browser: Browser, desk: Desk) -> None:
    with visiting(browser, desk.address) as visitor:
        visitor.page.goto(f"{desk.address}/#/errors")
        visitor.page.get_by_label("Your key").fill("not the key of anybody")
        visitor.page.get_by_role("button", name="Open").click()
        expect(visitor.page.get_by_role("alert")).to_contain_text("This key is not known")
        visitor.page.get_by_label("Your key").fill(OPERATOR)
        visitor.page.keyboard.press("Enter")
        expect(visitor.page.get_by_role("heading", name="Errors", level=1)).to_be_visible()


def test_the_keyboard_is_enough(desk: Desk, ana: Visitor) -> None:
    restaurant = desk.live("By Keyboard", "doordash")
    page = ana.page
    ana.go("restaurants")
    page.reload()
    ana.settled()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Connect a restaurant …")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Find a restaurant")).to_be_focused()
    page.keyboard.type("by keyboard")
    expect(page.locator("tbody tr")).to_have_count(1)
    for _ in range(3):  # platform, state, the restaurant
        page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="By Keyboard")).to_be_focused()
    page.keyboard.press("Enter")
    title = page.get_by_role("heading", name="By Keyboard", level=1)
    expect(title).to_be_focused()
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    page.keyboard.press("Tab")
    assert page.evaluate(outline) == "solid"
    assert restaurant in page.url
