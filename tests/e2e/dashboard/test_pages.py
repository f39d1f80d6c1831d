"""Every page, for everybody: by screen reader, on a phone, in the dark, and under a strict policy."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from tests.e2e.dashboard.browsing import Visitor, visiting
from tests.e2e.dashboard.desk import OPERATOR, Desk

GRAVE = ("serious", "critical")
NARROWEST = 360
LOOKS: dict[str, dict[str, Any]] = {
    "desktop-light": {},
    "desktop-dark": {"color_scheme": "dark"},
    "phone-light": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "reduced_motion": "reduce"},
    "phone-dark": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "color_scheme": "dark"},
}
NAME = 'Chez "Nous" <img src=x onerror=alert(1)> & Söhne מסעדת אמיתי Donaudampfschifffahrtsgesellschaftskapitänskajüte'


@pytest.fixture(scope="package")
def told(desk: Desk) -> dict[str, str]:
    """Give a restaurant of which there is something to tell on every page, and the pages."""
    restaurant = desk.live(NAME)
    desk.api.post(f"/admin/availability/{restaurant}", json={"items": ["Tea"], "platforms": ["doordash"]})
    menu = desk.service.menus[restaurant]
    menu["items"][0]["price"] = "77.00"
    menu["items"][1]["name"] = "Pasta della Casa"
    desk.publish(restaurant, "ubereats", expect="FAILED")
    menu["items"] = menu["items"][:2]
    desk.publish(restaurant, "grubhub", expect="HELD")
    [error] = desk.api.get("/admin/errors", params={"restaurant_id": restaurant}).json()["items"]
    held = desk.api.get(f"/admin/history/{restaurant}", params={"platform": "grubhub"}).json()["items"][0]
    at = f"restaurants/{restaurant}"
    return {
        "restaurants": "restaurants",
        "restaurant": f"{at}?dish=Tea",
        "history": f"{at}/history",
        "sold-out": f"{at}/sold-out",
        "connections": f"{at}/connections",
        "platform": f"{at}/on/ubereats",
        "menu": f"{at}/on/doordash/menu?field=menu.categories%5B0%5D.items%5B0%5D.price",
        "changes": f"{at}/on/grubhub/changes",
        "settings": f"{at}/on/ubereats/settings",
        "operation": f"operations/{held['operation_id']}",
        "errors": "errors?status=all",
        "error": f"errors/{error['error_id']}",
        "held": "held",
        "outcomes": "outcomes",
        "audit": "audit",
        "coverage": "coverage",
        "nowhere": "no/such/page",
    }


@pytest.mark.parametrize("look", LOOKS)
def test_every_page_can_be_used_by_everybody(browser: Browser, desk: Desk, told: dict[str, str], look: str) -> None:
    found: list[str] = []
    with visiting(browser, desk.address, **LOOKS[look]) as visitor:
        visitor.enter(OPERATOR)
        for name, route in told.items():
            visitor.go(route)
            found += [f"{name}: {each}" for each in _problems(visitor)]
            visitor.picture(f"{name}-{look}")
        assert visitor.page.locator("img[src=x]").count() == 0
    assert found == []


def test_the_key_page_and_open_windows_can_be_used_by_everybody(
    browser: Browser, desk: Desk, told: dict[str, str]
) -> None:
    with visiting(browser, desk.address) as visitor:
        visitor.page.goto(desk.address)
        expect(visitor.page.get_by_label("Your key")).to_be_focused()
        found = _problems(visitor)
        visitor.picture("key-desktop-light")
        visitor.enter(OPERATOR)
        visitor.go(told["sold-out"])
        visitor.page.get_by_role("button", name="Mark as sold out …").click()
        expect(visitor.page.get_by_role("dialog")).to_be_visible()
        found += _problems(visitor)
        visitor.picture("dialog-desktop-light")
        visitor.page.keyboard.press("Escape")
        expect(visitor.page.get_by_role("button", name="Mark as sold out …")).to_be_focused()
    assert found == []


def test_what_keeps_people_out_would_be_found(ana: Visitor) -> None:
    assert _problems(ana) == []
    ana.page.evaluate("document.querySelector('main').append(document.createElement('input'))")
    assert [each.partition(" ")[0] for each in _problems(ana)] == ["label"]


def test_nothing_sticks_out_on_the_narrowest_phone(browser: Browser, desk: Desk, told: dict[str, str]) -> None:
    with visiting(browser, desk.address, viewport={"width": NARROWEST, "height": 720}) as visitor:
        visitor.enter(OPERATOR)
        wide = {}
        for name, route in told.items():
            visitor.go(route)
            width = visitor.page.evaluate("document.documentElement.scrollWidth")
            if width > NARROWEST:
                wide[name] = width
    assert wide == {}


def test_the_policy_lets_nothing_in_from_elsewhere(desk: Desk) -> None:
    answer = httpx.get(desk.address)
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert "<style" not in answer.text
    again = httpx.get(desk.address, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", ["../dashboard.py", "%2e%2e/dashboard.py", "views", "", "docs/index.html", "app.js/"])
def test_only_the_pages_own_files_are_served(desk: Desk, path: str) -> None:
    answer = httpx.get(f"{desk.address}/static/{path}")
    assert answer.status_code == 404
    assert "import" not in answer.text


def _problems(visitor: Visitor) -> list[str]:
    """Give what axe finds that keeps people from using the page."""
    results = Axe().run(visitor.page).response["violations"]
    return [
        f"{each['id']} ({each['impact']}): {node['html'][:160]}"
        for each in results
        if each["impact"] in GRAVE
        for node in each["nodes"][:3]
    ]
