"""Each rule of a platform that its schema cannot state: broken on purpose, it is told by its number and its dish."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from pipeline.findings import Finding
from pipeline.preview import Preview, preview
from pipeline.reading import read_menu
from tests.platforms import NOW, PLATFORMS, SETTINGS, SMALL, compiled

Menu = dict[str, Any]
Change = Callable[[Menu], object]


def hours(*windows: tuple[str, str, str]) -> Change:
    return lambda menu: menu["restaurant"].update(
        hours=[{"day": day, "start": start, "end": end} for day, start, end in windows]
    )


def item(**fields: Any) -> Change:
    return lambda menu: menu["items"][0].update(fields)


def group(**fields: Any) -> Change:
    return lambda menu: menu["modifier_groups"][0].update(fields)


def option(**fields: Any) -> Change:
    return lambda menu: menu["modifier_groups"][0]["options"][0].update(fields)


def restaurant(**fields: Any) -> Change:
    return lambda menu: menu["restaurant"].update(fields)


WINDOW = {"day": "monday", "start": "10:00", "end": "12:00"}


NIGHTS = [WINDOW | {"start": "20:00", "end": "03:00"}, {"day": "tuesday", "start": "02:00", "end": "04:00"}]


def both_hours(menu: Menu) -> None:
    menu["items"][0]["hours"] = [WINDOW]
    menu["categories"][0]["hours"] = [WINDOW | {"end": "13:00"}]


def two_categories(menu: Menu) -> None:
    menu["items"][0]["categories"] = [category["category_id"] for category in menu["categories"][:2]]
    menu["categories"][1]["hours"] = [WINDOW]


def dinar(menu: Menu) -> None:
    menu["restaurant"]["currency"] = "BHD"
    menu["items"][0]["price"] = "6.505"


OVERLAP = hours(("friday", "18:30", "02:40"), ("saturday", "01:00", "05:00"))
SPECIAL = [{"date": "2031-07-04", "closed": True}]

CASES: list[tuple[str, str, Change, str, str]] = [
    ("doordash", "DD-R2", OVERLAP, "error", "overlap"),
    ("doordash", "DD-R3", hours(("monday", "10:00", "10:20")), "error", "monday 10:00 to 10:20"),
    ("doordash", "DD-R3", hours(("monday", "10:00", "10:30")), "warning", "monday 10:00 to 10:30"),
    ("doordash", "DD-R3", hours(("monday", "20:00", "24:00"), ("tuesday", "00:00", "00:20")), "none", ""),
    ("doordash", "DD-R4", hours(("monday", "10:00", "10:00")), "error", "monday"),
    ("doordash", "DD-R6", group(min_select=2), "none", ""),
    ("doordash", "DD-R6", lambda m: (group(min_select=2)(m), option(availability=False)(m)), "warning", "Bread"),
    ("doordash", "cut off", item(description="x" * 1001), "warning", "Tomato Soup"),
    ("doordash", "cut off", option(name="y" * 501), "warning", "yyy"),
    ("doordash", "deposit", item(deposit="0.25"), "warning", "Tomato Soup"),
    ("doordash", "bundles", item(bundle=[{"item_id": "i-lager"}]), "warning", "Tomato Soup"),
    ("doordash", "category hours", both_hours, "warning", "Tomato Soup"),
    ("doordash", "means never", item(hours=[]), "warning", "Tomato Soup"),
    ("doordash", "means never", both_hours, "none", ""),
    ("doordash", "largest", lambda m: _quantities(m, 2, 3), "warning", "Bread"),
    ("doordash", "picture", item(image_url="https://images.example.com/soup.webp"), "warning", "Tomato Soup"),
    ("doordash", "picture", item(image_url="https://images.example.com/soup.jpg?w=9"), "warning", "Tomato Soup"),
    ("ubereats", "UE-R4", hours(("monday", "10:00", "10:58")), "error", "monday 10:00 to 10:58"),
    ("ubereats", "UE-R4", hours(("monday", "10:00", "10:59")), "none", ""),
    ("ubereats", "UE-R4", hours(("monday", "23:30", "00:30")), "none", ""),
    ("ubereats", "UE-R4", hours(("monday", "20:00", "24:00"), ("tuesday", "00:00", "00:20")), "none", ""),
    ("ubereats", "UE-R5", item(hours=NIGHTS), "error", "Tomato Soup"),
    ("ubereats", "UE-R6", lambda m: (group(min_select=2)(m), option(availability=False)(m)), "warning", "Bread"),
    ("ubereats", "UE-R6", option(default_quantity=4, max_quantity=3), "error", "Rye Roll"),
    ("ubereats", "UE-R9", group(free_select=1), "error", "Bread"),
    ("ubereats", "UE-R9", option(charge_above=1), "warning", "Bread"),
    ("ubereats", "means never", item(hours=[]), "warning", "Tomato Soup"),
    ("ubereats", "means never", lambda m: m["categories"][0].update(hours=[]), "warning", ""),
    ("ubereats", "first of its categories", two_categories, "warning", "Tomato Soup"),
    ("ubereats", "first of its categories", lambda m: m["categories"][1].update(hours=[WINDOW]), "none", ""),
    ("ubereats", "rounded", dinar, "warning", "Tomato Soup"),
    ("ubereats", "added at the till", option(tax_rate="5"), "warning", "Rye Roll"),
    ("ubereats", "picture", item(image_url="https://images.example.com/soup.gif"), "warning", "Tomato Soup"),
    ("doordash", "deposit", lambda m: (item(deposit="0")(m), option(deposit="0.00")(m)), "none", ""),
    ("ubereats", "UE-R9", lambda m: (group(free_select=0)(m), option(charge_above=0)(m)), "none", ""),
    ("ubereats", "added at the till", option(tax_rate="0"), "none", ""),
    ("grubhub", "GH-R7", option(is_default=False, default_quantity=0), "none", ""),
    ("grubhub", "are free", option(charge_above=0), "none", ""),
    ("grubhub", "GH-R4", OVERLAP, "error", "overlap"),
    ("grubhub", "GH-R5", lambda m: (group(min_select=2)(m), option(availability=False)(m)), "warning", "Bread"),
    ("grubhub", "GH-R6", dinar, "warning", "Tomato Soup"),
    ("grubhub", "GH-R7", option(is_default=False, default_quantity=2), "warning", "Rye Roll"),
    ("grubhub", "are free", option(charge_above=1), "warning", "Rye Roll"),
    ("grubhub", "bundles", item(bundle=[{"item_id": "i-lager"}]), "warning", "Tomato Soup"),
    ("grubhub", "special hours", restaurant(special_hours=SPECIAL), "warning", "2031-07-04"),
]  # fmt: skip


def _quantities(menu: Menu, first: int, second: int) -> None:
    for each, quantity in zip(menu["modifier_groups"][0]["options"], (first, second), strict=True):
        each["max_quantity"] = quantity


def small_menu() -> Menu:
    menu: Menu = json.loads((SMALL / "menu.json").read_text())
    return copy.deepcopy(menu)


def made(platform: str, menu: Menu, **settings: Any) -> Preview:
    reading = read_menu(json.dumps(menu))
    assert reading.menu is not None, [str(finding) for finding in reading.findings]
    return preview(compiled(platform), reading.menu, store=SETTINGS[platform] | settings, now=NOW)


@pytest.mark.parametrize(("platform", "rule", "change", "severity", "about"), CASES)
def test_broken_rule_is_told(platform: str, rule: str, change: Change, severity: str, about: str) -> None:
    menu = small_menu()
    change(menu)
    told = [finding for finding in made(platform, menu).findings if rule in finding.message]
    if severity == "none":
        assert [str(finding) for finding in told] == []
        return
    assert severity in [finding.severity for finding in told], [
        str(finding) for finding in made(platform, menu).findings
    ]
    assert all(about in _whole(finding) and ".:" not in finding.message for finding in told)


def _whole(finding: Finding) -> str:
    return " ".join([finding.message, *(record.name for record in finding.records)])


def test_an_option_may_be_taken_as_often_as_it_is_chosen_at_first() -> None:
    menu = small_menu()
    menu["modifier_groups"][0]["options"][0] |= {"default_quantity": 3}
    menu["modifier_groups"][0]["options"][0].pop("max_quantity", None)
    found = made("ubereats", menu)
    quantities = [each["quantity_info"]["quantity"] for each in found.payload["items"] if "quantity_info" in each]
    assert {"max_permitted": 3, "default_quantity": 3} in quantities
    assert not [str(finding) for finding in found.findings if "UE-R6" in finding.message]


def test_hours_that_touch_do_not_overlap_where_the_last_minute_counts() -> None:
    menu = small_menu()
    touching = [("monday", "11:00", "15:00"), ("monday", "15:00", "22:00")]
    hours(*touching)(menu)
    menu["items"][0]["hours"] = [dict(zip(("day", "start", "end"), window, strict=True)) for window in touching]
    payload = made("ubereats", menu).payload
    joined = [{"day_of_week": "monday", "time_periods": [{"start_time": "11:00", "end_time": "22:00"}]}]
    assert payload["menus"][0]["service_availability"] == joined
    assert payload["items"][0]["visibility_info"]["hours"] == [{"hours_of_week": joined}]


NONE = {"charge_above": 0, "default_quantity": 0, "deposit": "0"}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_none_free_none_at_first_and_no_deposit_are_not_sent_as_if_there_were_some(platform: str) -> None:
    """In a formula 0 is true: `$if: option.charge_above` would hold for it."""
    menu = small_menu()
    for change in (option(**NONE), group(free_select=0), item(deposit="0")):
        change(menu)
    before, after = (made(platform, each) for each in (small_menu(), menu))
    assert [f.message for f in after.findings] == [f.message for f in before.findings]
    text = after.text()
    assert not any(word in text for word in ("RECIPE", "refund_under", "deposit-0"))
    limits = "maximum_units", "max_option_choice_quantity"
    assert [text.count(word) for word in limits] == [before.text().count(word) for word in limits]


def test_highest_price_is_a_setting() -> None:
    told = [finding.message for finding in made("ubereats", small_menu(), highest_price="6.49").findings]
    assert len(told) == 1
    assert "UE-R7" in told[0]
    assert told[0].startswith("Tomato Soup")
    assert made("ubereats", small_menu(), highest_price="6.50").findings == ()


def test_dinar_prices_keep_their_third_decimal_at_doordash() -> None:
    menu = small_menu()
    dinar(menu)
    payload = made("doordash", menu).payload
    assert payload["menu"]["categories"][0]["items"][0]["price"] == 6505


def test_yen_prices_are_hundredths_at_uber_and_whole_elsewhere() -> None:
    menu = small_menu()
    menu["restaurant"]["currency"] = "JPY"
    menu["items"][0]["price"] = "450"
    assert made("ubereats", menu).payload["items"][0]["price_info"]["price"] == 45000
    assert made("doordash", menu).payload["menu"]["categories"][0]["items"][0]["price"] == 450
    assert made("grubhub", menu).payload["items"][0]["price"] == 450


@pytest.mark.parametrize(
    ("locale", "language"),
    [("en-US", "en_us"), ("de", "de"), ("zh-Hant-TW", "zh"), ("fil-PH", "default")],
)
def test_uber_languages(locale: str, language: str) -> None:
    menu = small_menu()
    menu["restaurant"]["locale"] = locale
    payload = made("ubereats", menu).payload
    assert payload["categories"][0]["title"] == {"translations": {language: "Soups"}}


def test_tax_is_inside_the_price_where_the_store_says_so() -> None:
    menu = small_menu()
    menu["modifier_groups"][0]["options"][0]["tax_rate"] = "5"
    items = made("ubereats", menu, prices_include_tax=True).payload["items"]
    assert [str(each["tax_info"].get("vat_rate_percentage")) for each in items] == ["7.5", "None", "5", "None"]
    assert not any("tax_rate" in each["tax_info"] for each in items)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_markup_reaches_every_price(platform: str) -> None:
    plain = json.dumps(made(platform, small_menu()).payload, default=str)
    marked = json.dumps(made(platform, small_menu(), markup_percent="10").payload, default=str)
    new = {"doordash": ("715", "121"), "ubereats": ("715", "121"), "grubhub": ("7.15", "1.21")}[platform]
    assert all(price in marked for price in new)
    assert not any(f": {price}," in plain for price in new)


def test_another_language_of_the_menu_can_be_sent() -> None:
    menu = small_menu()
    menu["items"][0]["translations"] = {"es": {"name": "Sopa de tomate", "description": "Con albahaca"}}
    payload = made("ubereats", menu, locale="es").payload
    assert payload["items"][0]["title"] == {"translations": {"es": "Sopa de tomate"}}


def test_opening_hours_can_be_left_to_grubhub() -> None:
    payload = made("grubhub", small_menu(), hours_on_sections=False).payload
    assert payload["repeating_schedules"] == []
    assert [section["schedule_ids"] for section in payload["menu_sections"]] == [[], []]


@pytest.mark.parametrize("platform", ["doordash", "ubereats"])
def test_without_any_hours_nothing_is_published(platform: str) -> None:
    menu = small_menu()
    del menu["restaurant"]["hours"]
    reading = read_menu(json.dumps(menu))
    assert reading.menu is not None
    store = {name: value for name, value in SETTINGS[platform].items() if name != "hours"}
    result = preview(compiled(platform), reading.menu, store=store, now=NOW, examples=False)
    assert not result.publishable
    assert "hours-missing" in [finding.code for finding in result.findings]
