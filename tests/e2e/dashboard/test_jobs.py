"""Each job of a day at the phone, from a click to what the platform then holds."""

from __future__ import annotations

import json

from playwright.sync_api import expect

from tests.e2e.dashboard.browsing import Visitor
from tests.e2e.dashboard.desk import Desk
from tests.shared_files import EXAMPLE_MENUS


def _refused_dish(desk: Desk, name: str, dish: str) -> str:
    """Give a restaurant that is live on Uber, with a new dish that is too dear for it."""
    restaurant = desk.live(name, "ubereats")
    new = {"item_id": "i-8", "name": dish, "price": "61.00", "category": "c-1", "availability": True}
    desk.service.menus[restaurant]["items"].append(new)
    desk.publish(restaurant, "ubereats", expect="FAILED")
    return restaurant


def _state(desk: Desk, restaurant: str, platform: str, wanted: str) -> None:
    path = f"/admin/restaurants/{restaurant}"
    desk.until(lambda: desk.api.get(path).json()["platforms"][platform]["status"], lambda state: state == wanted)


def test_publishing_on_all_platforms_shows_each_one_live(desk: Desk, ana: Visitor) -> None:
    restaurant = desk.new("First Day")
    ana.go(f"restaurants/{restaurant}")
    ana.page.get_by_role("button", name="Publish everywhere").click()
    ana.said("3 publishes are in line")
    expect(ana.page.locator(".place .chip", has_text="Live")).to_have_count(3)
    expect(ana.page.get_by_role("heading", level=1)).to_have_text("First Day")
    for platform in ("doordash", "grubhub", "ubereats"):
        assert "Steak" in desk.held_by(platform, restaurant)


def test_publishing_again_changes_the_price_that_the_platform_holds(desk: Desk, ana: Visitor) -> None:
    restaurant = desk.live("Second Price", "doordash")
    desk.service.menus[restaurant]["items"][2]["price"] = "24.70"
    ana.go(f"restaurants/{restaurant}/on/doordash/changes")
    expect(ana.page.locator(".changes")).to_contain_text("price of Steak 23.40 → 24.70")
    assert "2470" not in desk.held_by("doordash", restaurant)
    ana.go(f"restaurants/{restaurant}/on/doordash")
    ana.page.get_by_role("button", name="Publish now").click()
    desk.until(lambda: desk.held_by("doordash", restaurant), lambda held: "2470" in held)


def test_an_error_names_dish_and_line_and_is_retried_after_the_menu_was_corrected(desk: Desk, ana: Visitor) -> None:
    restaurant = _refused_dish(desk, "Too Dear", "Caviar")
    ana.go("errors")
    ana.page.get_by_label("Restaurant", exact=True).fill("too dear")
    expect(ana.page.locator("tbody tr")).to_have_count(1)
    expect(ana.page.locator("tbody")).to_contain_text("Too Dear")
    ana.page.get_by_role("link", name="Caviar").click()
    about = ana.page.get_by_role("region", name="What it is about")
    expect(about).to_contain_text("Caviar")
    expect(about).to_contain_text("ubereats.yaml, line")
    desk.service.menus[restaurant]["items"][-1]["price"] = "41.00"
    ana.page.get_by_role("button", name="Try again").click()
    ana.said("tried again")
    expect(ana.page.locator(".chip", has_text="Closed")).to_be_visible()
    assert "Caviar" in desk.held_by("ubereats", restaurant)


def test_the_platforms_own_answer_is_there(desk: Desk, ana: Visitor) -> None:
    restaurant = desk.live("Own Words", "grubhub")
    store = desk.sandbox.store("grubhub", restaurant)
    desk.sandbox.fault(
        "status", "grubhub", status=400, times=1, body={"message": "Bad words of its own 4711"},
        match={"method": "POST", "path": "*", "store": store},
    )  # fmt: skip
    desk.service.menus[restaurant]["items"][0]["price"] = "6.35"
    desk.publish(restaurant, "grubhub", expect="FAILED")
    ana.go(f"restaurants/{restaurant}/on/grubhub")
    ana.page.get_by_role("link", name="Everything about it").click()
    sent = ana.page.get_by_role("region", name="What was sent, and the platform's answer")
    expect(sent).to_contain_text("400")
    expect(sent).to_contain_text("Bad words of its own 4711")


def test_an_error_is_closed_with_a_note(desk: Desk, ana: Visitor) -> None:
    restaurant = _refused_dish(desk, "Closed by Hand", "Truffle")
    ana.go(f"restaurants/{restaurant}/on/ubereats")
    ana.page.get_by_role("button", name="Close …").click()
    ana.page.get_by_label("What was done").fill("Truffle stays off Uber, the chef agrees.")
    ana.page.get_by_role("button", name="Close the error").click()
    ana.said("The error is closed.")
    [error] = desk.api.get("/admin/errors", params={"restaurant_id": restaurant}).json()["items"]
    assert (error["status"], error["note"], error["resolved_by"]) == (
        "resolved", "Truffle stays off Uber, the chef agrees.", "Ana",
    )  # fmt: skip


def test_a_set_of_errors_is_tried_again(desk: Desk, ana: Visitor) -> None:
    restaurants = [_refused_dish(desk, f"Set of Two {number}", f"Oyster {number}") for number in (1, 2)]
    for number, restaurant in enumerate(restaurants):
        desk.service.menus[restaurant]["items"][-1]["price"] = f"1{number}.15"
    ana.go("errors")
    for number in (1, 2):
        ana.page.get_by_role("checkbox", name=f"Choose Set of Two {number} on Uber Eats").check()
    ana.page.get_by_role("button", name="Try 2 errors again").click()
    ana.said("2 errors tried again")
    for number, restaurant in enumerate(restaurants, start=1):
        desk.until(
            lambda found=restaurant: desk.held_by("ubereats", found), lambda held, of=number: f"Oyster {of}" in held
        )


def test_a_held_menu_is_looked_at_and_released(desk: Desk, ana: Visitor) -> None:
    restaurant = desk.live("Half Gone", "doordash")
    desk.service.menus[restaurant]["items"] = desk.service.menus[restaurant]["items"][:2]
    desk.publish(restaurant, "doordash", expect="HELD")
    ana.go("held")
    card = ana.page.locator("article", has=ana.page.get_by_role("link", name="Half Gone on DoorDash Marketplace"))
    card.get_by_text("What it would change").click()
    expect(card).to_contain_text("Steak is gone from Plates (was 23.40)")
    assert "Steak" in desk.held_by("doordash", restaurant)
    card.get_by_role("button", name="Release").click()
    ana.said("Released")
    expect(card).to_have_count(0)
    desk.until(lambda: desk.held_by("doordash", restaurant), lambda held: "Steak" not in held)


def test_what_is_held_back_is_counted_on_each_platform(desk: Desk, ana: Visitor) -> None:
    ana.go("held")
    before = ana.page.locator("main article").count()
    restaurant = desk.live("Half Gone Twice", "doordash", "grubhub")
    desk.service.menus[restaurant]["items"] = desk.service.menus[restaurant]["items"][:2]
    desk.publish(restaurant, "doordash", "grubhub", expect="HELD")
    expect(ana.page.locator("main article")).to_have_count(before + 2)
    expect(ana.page.get_by_role("link", name="Held back")).to_have_text(f"Held back{before + 2} waiting")


def test_a_dish_is_marked_as_sold_out_and_put_back(desk: Desk, ana: Visitor) -> None:
    restaurant = desk.live("No More Soup", "doordash")
    ana.go(f"restaurants/{restaurant}/sold-out")
    ana.page.get_by_role("button", name="Mark as sold out …").click()
    ana.page.get_by_label("Dish or option").press_sequentially("sou")
    expect(ana.page.locator("datalist option")).to_have_attribute("value", "Soup")
    ana.page.get_by_label("Dish or option").fill("Soup")
    ana.page.get_by_label("How long").select_option(label="For 3 hours")
    for other in ("Grubhub", "Uber Eats"):
        ana.page.get_by_role("dialog").get_by_label(other).uncheck()
    ana.page.get_by_role("button", name="Mark as sold out", exact=True).click()
    ana.said("Soup is marked as sold out.")
    expect(ana.page.locator("tbody .chip")).to_have_text("Sold out")
    desk.until(lambda: _sold(desk, restaurant), lambda sold: sold == {"i-1": False})
    ana.page.get_by_role("button", name="Put Soup back on DoorDash Marketplace").click()
    ana.said("Soup is back")
    expect(ana.page.get_by_role("heading", name="Nothing is sold out")).to_be_visible()
    desk.until(lambda: _sold(desk, restaurant), lambda sold: sold == {"i-1": True})


def test_the_dish_finder_tells_of_all_that_is_called_so(desk: Desk, ana: Visitor) -> None:
    """One of several would be taken for all: the one that is wrong must not hide behind one that is right."""
    restaurant = desk.live("Tea and Steak", "doordash")
    desk.api.post(f"/admin/availability/{restaurant}", json={"items": ["Steak"], "platforms": ["doordash"]})
    desk.until(lambda: _sold(desk, restaurant), lambda sold: sold == {"i-3": False})
    ana.go(f"restaurants/{restaurant}")
    ana.page.get_by_label("A dish, option or category").fill("tea")
    ana.page.get_by_role("button", name="Find").click()
    verdict = ana.page.locator(".verdict", has=ana.page.get_by_role("heading", name="DoorDash Marketplace"))
    expect(verdict.locator(".strong")).to_have_text(["Tea"])  # its whole name
    ana.page.get_by_label("A dish, option or category").fill("te")
    ana.page.get_by_role("button", name="Find").click()
    expect(verdict.locator(".strong")).to_have_text(["Sold out Steak", "Live Water, Tea"])
    expect(verdict.get_by_role("button", name="Put back")).to_have_count(1)


def test_a_dish_that_the_newest_menu_no_longer_has_is_not_taken_for_another(desk: Desk, ana: Visitor) -> None:
    restaurant = desk.live("No Tea, No Steak", "doordash")
    menu = desk.service.menus[restaurant]
    menu["items"] = [item for item in menu["items"] if item["name"] not in ("Tea", "Steak")]
    ana.go(f"restaurants/{restaurant}?dish=tea")
    verdict = ana.page.locator(".verdict", has=ana.page.get_by_role("heading", name="DoorDash Marketplace"))
    expect(verdict).to_contain_text("Live, not in the newest menu")
    expect(verdict.locator(".strong")).to_have_text(["Tea"])


def test_the_dish_finder_puts_a_sold_out_dish_back(desk: Desk, ana: Visitor) -> None:
    restaurant = desk.live("Tea Time", "doordash")
    desk.api.post(f"/admin/availability/{restaurant}", json={"items": ["Tea"], "platforms": ["doordash"]})
    desk.until(lambda: _sold(desk, restaurant), lambda sold: sold == {"i-6": False})
    ana.go(f"restaurants/{restaurant}?dish=Tea")
    verdict = ana.page.locator(".verdict", has=ana.page.get_by_role("heading", name="DoorDash Marketplace"))
    expect(verdict).to_contain_text("marked as sold out until somebody puts it back")
    verdict.get_by_role("button", name="Put back").click()
    ana.said("Tea is back")
    expect(verdict).to_contain_text("It is live there")
    desk.until(lambda: _sold(desk, restaurant), lambda sold: sold == {"i-6": True})


def test_a_menu_is_rolled_back(desk: Desk, ana: Visitor) -> None:
    restaurant = desk.live("Back Again", "ubereats")
    desk.service.menus[restaurant]["items"][3]["name"] = "Fountain Water"
    desk.publish(restaurant, "ubereats")
    assert "Fountain Water" in desk.held_by("ubereats", restaurant)
    ana.go(f"restaurants/{restaurant}/on/ubereats")
    ana.page.get_by_role("button", name="Roll back …").click()
    ana.page.get_by_role("dialog").get_by_role("button", name="Roll back").click()
    ana.said("The roll back is in line.")
    desk.until(lambda: desk.held_by("ubereats", restaurant), lambda held: "Fountain Water" not in held)
    _state(desk, restaurant, "ubereats", "SYNCED")


def test_a_restaurant_is_disconnected_and_connected_with_its_settings(desk: Desk, ana: Visitor) -> None:
    restaurant = desk.live("On and Off", "grubhub")
    ana.go(f"restaurants/{restaurant}/connections")
    card = ana.page.locator("article", has=ana.page.get_by_role("heading", name="Grubhub"))
    card.get_by_role("link", name="Settings").click()
    ana.page.get_by_label("Markup percent").fill("ten")
    ana.page.get_by_role("button", name="Save", exact=True).click()
    expect(ana.page.get_by_role("alert")).to_contain_text("needs a number such as 12.5")
    ana.page.get_by_label("Markup percent").fill("10")
    ana.page.get_by_role("button", name="Save", exact=True).click()
    ana.said("Saved.")
    ana.page.get_by_role("button", name="Disconnect …").click()
    ana.page.get_by_role("dialog").get_by_role("button", name="Disconnect").click()
    ana.said("Disconnected from Grubhub.")
    connection = f"/admin/restaurants/{restaurant}/platforms/grubhub"
    assert desk.api.get(connection).json()["connected"] is False
    ana.page.get_by_role("button", name="Connect and publish").click()
    _state(desk, restaurant, "grubhub", "SYNCED")
    desk.until(lambda: desk.held_by("grubhub", restaurant), lambda held: "25.74" in held)  # 23.40 and a tenth
    assert desk.api.get(connection).json()["settings"]["markup_percent"] == "10"


def test_a_real_menu_without_opening_hours_gets_them_in_the_settings(desk: Desk, ana: Visitor) -> None:
    restaurant = desk.new("Domino's")
    menu = json.loads((EXAMPLE_MENUS / "us-dominos-4336.json").read_bytes())
    menu["restaurant"]["restaurant_id"] = restaurant
    desk.service.menus[restaurant] = menu
    desk.publish(restaurant, "doordash", expect="FAILED")
    ana.go(f"restaurants/{restaurant}/on/doordash")
    expect(ana.page.locator(".notice").first).to_contain_text("No opening hours in the menu of Domino's store 4336")
    ana.page.get_by_role("link", name="Change hours").click()
    ana.page.get_by_label("Hours", exact=True).fill("monday-sunday 10:30-23:15")
    ana.page.get_by_role("button", name="Save and publish").click()
    expect(ana.page.get_by_role("region", name="State").locator(".chip")).to_have_text("Live")
    assert "23:15" in desk.held_by("doordash", restaurant)
    ana.page.get_by_role("link", name="Menu", exact=True).click()
    ana.page.get_by_label("Find in this menu").fill("hand tossed")
    expect(ana.page.locator(".found li").first).to_be_visible()


def test_a_click_on_a_field_explains_it(desk: Desk, ana: Visitor) -> None:
    restaurant = desk.new("Why So Much")
    ana.go(f"restaurants/{restaurant}/on/doordash/menu")
    ana.page.get_by_label("Find in this menu").fill("2340")
    ana.page.get_by_role("button", name="menu.categories[0].items[2].price").first.click()
    why = ana.page.get_by_role("complementary", name="Explanation")
    expect(why).to_contain_text("price: = item.price -> cents")
    expect(why).to_contain_text("23.4")
    expect(why).to_contain_text("Steak")
    ana.page.get_by_role("button", name="Explain menu.categories[0].items[2].name").click()
    expect(why).to_contain_text("item.name")


def test_what_was_done_stands_in_the_audit_log(desk: Desk, ana: Visitor) -> None:
    restaurant = desk.live("Noted Down", "doordash")
    ana.go("audit")
    ana.page.get_by_label("Restaurant", exact=True).fill(restaurant)
    expect(ana.page.locator("tbody tr")).to_have_count(1)
    expect(ana.page.locator("tbody")).to_contain_text("Publish synced")
    expect(ana.page.locator("tbody")).to_contain_text("Ana")


def test_a_window_ends_with_the_page_that_it_belongs_to(desk: Desk, ana: Visitor) -> None:
    restaurant = desk.live("Gone Elsewhere", "doordash")
    ana.go(f"restaurants/{restaurant}")
    ana.page.get_by_role("link", name="Sold out").click()
    ana.page.get_by_role("button", name="Mark as sold out …").click()
    expect(ana.page.get_by_role("dialog")).to_be_visible()
    ana.page.go_back()
    expect(ana.page.get_by_role("heading", name="Where is a dish?")).to_be_visible()
    expect(ana.page.get_by_role("dialog")).to_have_count(0)


def test_what_went_wrong_before_is_not_the_last_word_while_it_is_tried_again(desk: Desk, ana: Visitor) -> None:
    restaurant = _refused_dish(desk, "Second Try", "Abalone")
    store = desk.sandbox.store("ubereats", restaurant)
    desk.service.menus[restaurant]["items"][-1]["price"] = "43.10"
    desk.sandbox.fault("delay", "ubereats", seconds=6, times=1, match={"method": "PUT", "path": "*", "store": store})
    ana.go(f"restaurants/{restaurant}/on/ubereats")
    expect(ana.page.locator(".notice")).to_contain_text("over the limit")
    ana.page.get_by_role("button", name="Try again").click()
    expect(ana.page.get_by_text("What went wrong last time")).to_be_visible()
    expect(ana.page.locator(".notice")).to_have_count(0)
    expect(ana.page.get_by_role("region", name="State").locator(".chip")).to_have_text("Live")


def test_a_restaurant_that_is_nowhere_yet_is_connected(desk: Desk, ana: Visitor) -> None:
    ana.go("restaurants")
    ana.page.get_by_role("button", name="Connect a restaurant …").click()
    ana.page.get_by_label("Its id at the menu service").fill("rest/new")
    ana.page.get_by_role("button", name="Go on").click()
    assert ana.page.get_by_label("Its id at the menu service").evaluate("field => field.validity.patternMismatch")
    ana.page.get_by_label("Its id at the menu service").fill("rest new 1")
    ana.page.get_by_role("button", name="Go on").click()
    card = ana.page.locator("article", has=ana.page.get_by_role("heading", name="Grubhub"))
    expect(card).to_contain_text("Not connected")
    card.get_by_role("link", name="Connect").click()
    ana.page.get_by_label("Store id").fill("4711")
    ana.page.get_by_role("button", name="Connect", exact=True).click()
    expect(ana.page.get_by_role("button", name="Disconnect …")).to_be_visible()
    row = desk.api.get("/admin/restaurants", params={"search": "rest new 1"}).json()["items"]
    assert [each["restaurant_id"] for each in row] == ["rest new 1"]
    ana.go("restaurants?search=rest+new")
    ana.page.get_by_role("link", name="rest new 1").click()
    expect(ana.page.get_by_role("heading", name="Where is a dish?")).to_be_visible()


def test_a_setting_is_changed_and_taken_away_and_the_others_stay(desk: Desk, ana: Visitor) -> None:
    restaurant = desk.new("Set and Unset")
    path = f"/admin/restaurants/{restaurant}/platforms/ubereats"
    configured = desk.api.get(path).json()["settings"]
    assert configured["store_id"]
    ana.go(f"restaurants/{restaurant}/on/ubereats/settings")
    for text, settings in (("4", {**configured, "markup_percent": "4"}), ("", configured)):
        ana.page.get_by_label("Markup percent").fill(text)
        ana.page.get_by_role("button", name="Save", exact=True).click()
        desk.until(lambda: desk.api.get(path).json()["settings"], lambda found, wanted=settings: found == wanted)
        expect(ana.page.get_by_label("Markup percent")).to_have_value(text)
    ana.page.get_by_role("button", name="Disconnect …").click()
    ana.page.get_by_role("dialog").get_by_role("button", name="Disconnect").click()
    ana.page.get_by_role("button", name="Connect", exact=True).click()
    expect(ana.page.get_by_role("button", name="Disconnect …")).to_be_visible()
    assert desk.api.get(path).json()["settings"] == configured


def test_a_wrong_setting_is_told_at_its_field(desk: Desk, ana: Visitor) -> None:
    restaurant = desk.live("Open When", "doordash")
    ana.go(f"restaurants/{restaurant}/on/doordash/settings")
    hours = ana.page.get_by_label("Hours")
    hours.fill("whenever we like")
    ana.page.get_by_role("button", name="Save", exact=True).click()
    expect(ana.page.get_by_role("alert")).to_contain_text("hours")
    expect(hours).to_be_focused()
    expect(hours).to_have_attribute("aria-invalid", "true")


def test_who_goes_elsewhere_while_typing_stays_there(desk: Desk, ana: Visitor) -> None:
    ana.go("audit")
    ana.page.get_by_label("Restaurant", exact=True).fill("rest")
    ana.page.get_by_role("link", name="Coverage").click()
    expect(ana.page.get_by_role("heading", name="Coverage", level=1)).to_be_visible()
    ana.page.wait_for_timeout(1_000)  # longer than a pause in typing
    assert ana.page.url.endswith("#/coverage")


def test_a_page_says_when_the_server_does_not_answer_and_goes_on_by_itself(desk: Desk, ana: Visitor) -> None:
    restaurant = desk.new("Away for Lunch")
    ana.go(f"restaurants/{restaurant}/on/doordash")
    ana.page.route("**/admin/**", lambda route: route.abort())
    note = ana.page.get_by_text("Not up to date")
    expect(note).to_be_visible()
    expect(ana.page.locator(".chip", has_text="Not published yet")).to_be_visible()
    ana.page.unroute("**/admin/**")
    expect(note).to_have_count(0)


def _sold(desk: Desk, restaurant: str) -> dict[str, bool]:
    """Give what DoorDash was told of dishes: by id, whether each is to be had."""
    told: dict[str, bool] = (desk.availability("doordash", restaurant) or {}).get("items", {})
    return told
