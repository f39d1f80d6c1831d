"""Prices are what was written, unknown fields are kept, tags become categories."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.menu import Menu, Restaurant
from pipeline.reading import Reading, read_lists, read_menu

MENU: dict[str, Any] = json.loads((Path(__file__).parents[1] / "data" / "reading" / "menu.json").read_text())
RESTAURANT = {key: MENU["restaurant"][key] for key in ("restaurant_id", "name", "currency", "locale", "timezone")}


def with_price(price: str) -> bytes:
    menu = copy.deepcopy(MENU)
    menu["items"][1]["price"] = "PRICE"
    return json.dumps(menu).replace('"PRICE"', price).encode()


def read(reading: Reading) -> Menu:
    assert reading.menu is not None
    assert [finding for finding in reading.findings if finding.severity == "error"] == []
    return reading.menu


@given(st.decimals(min_value=0, max_value=999_999_999, places=4))
def test_a_price_keeps_its_digits_as_text_and_as_number(price: Decimal) -> None:
    for written in (f'"{price}"', f"{price}"):
        got = read(read_menu(with_price(written))).items[1].price
        assert got == price
        assert type(got) is Decimal


@pytest.mark.parametrize(
    ("written", "digits"),
    [
        ("0.1", "0.1"), ('"12.990"', "12.990"), ("12.990", "12.990"), ("7", "7"), ("1e2", "1E+2"), ("-0.0", "0.0"),
        ('"-0"', "0"), ("1.10000000", "1.10000000"), ("16777217.0001", "16777217.0001"),
    ],
)  # fmt: skip
def test_numbers_are_never_binary_floats(written: str, digits: str) -> None:
    assert str(read(read_menu(with_price(written))).items[1].price) == digits


def test_unknown_fields_are_kept_at_every_level() -> None:
    menu = copy.deepcopy(MENU)
    menu["restaurant"]["vat_id"] = "ATU1"
    menu["categories"][0]["icon"] = 3
    menu["items"][0]["spicy"] = {"level": [1, None, True, "hot"]}
    menu["items"][0]["weight"] = 1.10
    menu["items"][1]["sizes"][0]["ean"] = "402"
    menu["modifier_groups"][0]["colour"] = "red"
    menu["modifier_groups"][0]["options"][1]["pos"] = 12345678901234567890
    data = json.dumps(menu).replace("1.1", "1.10")
    reading = read_menu(data)
    assert reading.findings == ()
    got = read(reading)
    assert got.restaurant.extra == {"vat_id": "ATU1"}
    assert got.categories[0].extra == {"icon": 3}
    assert got.items[0].extra == {"spicy": {"level": [1, None, True, "hot"]}, "weight": Decimal("1.10")}
    assert str(got.items[0].extra["weight"]) == "1.10"
    assert got.items[1].sizes[0].extra == {"ean": "402"}
    assert got.modifier_groups[0].extra == {"colour": "red"}
    assert got.modifier_groups[0].options[1].extra == {"pos": 12345678901234567890}
    assert read(read_menu(data, keep_extra=False)) == read(read_menu(json.dumps(MENU)))


def test_unknown_fields_are_told_in_the_order_in_which_they_stand() -> None:
    menu = copy.deepcopy(MENU)
    names = ["zeta", "beta", "eta", "alpha", "theta", "gamma", "delta", "kappa"]
    menu["restaurant"]["hours"] = [{"day": "monday", "start": "09:10", "end": "17:20", **dict.fromkeys(names, "x")}]
    findings = read_menu(json.dumps(menu)).findings
    assert [finding.field for finding in findings if finding.code == "menu-field-unknown"] == names


@pytest.mark.parametrize(
    ("fields", "extra"),
    [
        ({"extra": {"a": 1}}, {"a": 1}),
        ({"extra": {"a": 1}, "b": 2}, {"a": 1, "b": 2}),
        ({"extra": {"a": 1}, "a": 2}, {"a": 2}),
        ({"extra": "text"}, {"extra": "text"}),
        ({"extra": {"extra": {"extra": 1}}}, {"extra": {"extra": 1}}),
        ({"extra": {"price": "0", "item_id": "x"}}, {"price": "0", "item_id": "x"}),
        ({"__class__": "x", "__dict__": {}}, {"__class__": "x", "__dict__": {}}),
    ],
)
def test_a_field_named_extra_holds_unknown_fields_and_changes_nothing_else(
    fields: dict[str, Any], extra: dict[str, Any]
) -> None:
    menu = copy.deepcopy(MENU)
    menu["items"][0] |= fields
    got = read(read_menu(json.dumps(menu)))
    assert got.items[0].extra == extra
    got.items[0].extra = {}
    assert got == read(read_menu(json.dumps(MENU)))


def test_deep_unknown_fields_are_refused_not_followed() -> None:
    menu = copy.deepcopy(MENU)
    menu["items"][0]["deep"] = "DEEP"
    data = json.dumps(menu).replace('"DEEP"', "[" * 400 + "]" * 400)
    reading = read_menu(data)
    assert [finding.code for finding in reading.findings] == ["menu-extra-value"]
    assert len(reading.findings[0].field) < 100


def test_null_is_not_given() -> None:
    menu = copy.deepcopy(MENU)
    for field in ("sizes", "prices", "availability", "modifier_groups", "translations", "hours", "calories", "extra"):
        menu["items"][2][field] = None
    menu["items"][2]["prices"] = {"delivery": None}
    got = read(read_menu(json.dumps(menu))).items[2]
    assert (got.sizes, got.prices, got.availability, got.extra) == ([], {}, True, {"extra": None})


def test_an_empty_parent_picture_or_end_is_none() -> None:
    restaurant = {"restaurant_id": "r", "name": "R", "currency": "EUR", "locale": "de", "timezone": "Europe/Berlin"}
    categories = [
        {"category_id": "c-1", "name": "Soups", "parent_category": "", "restaurant_id": ""},
        {"category_id": "c-2", "name": "Hot", "parent_category": "c-1"},
    ]
    item = {"item_id": "i-1", "name": "Miso", "price": "4.20", "category": "c-2", "image_url": "", "sold_out_until": ""}
    reading = read_menu(json.dumps({"restaurant": restaurant, "categories": categories, "items": [item]}))
    assert reading.findings == ()
    assert reading.menu is not None
    assert [category.parent_category for category in reading.menu.categories] == [None, "c-1"]
    (miso,) = reading.menu.items
    assert (miso.image_url, miso.sold_out_until) == (None, None)


def test_allergens_have_three_values() -> None:
    items = read(read_menu(json.dumps(MENU))).items
    assert [item.allergens for item in items] == [["Gluten", "Milch"], [], None]


def test_tags_become_categories() -> None:
    menu = copy.deepcopy(MENU)
    tags = [" pizza ", "Brunch", "BRUNCH", None, "c-drinks", "", "other"]
    menu["items"] = [
        {"item_id": f"i{number}", "name": f"Dish {number}", "price": f"{number}.5", "category": tag}
        for number, tag in enumerate(tags)
    ]
    reading = read_menu(json.dumps(menu))
    got = read(reading)
    assert [item.category for item in got.items] == [
        "c-pizza",
        "Brunch",
        "Brunch",
        "other",
        "c-drinks",
        "other",
        "other",
    ]
    assert [category.name for category in got.categories] == ["Speisen", "Pizza", "Getränke", "Brunch", "other"]
    assert [category.display_order for category in got.categories] == [1, 2, 3, 4, 5]
    assert [(finding.code, finding.count) for finding in reading.findings] == [
        ("menu-category-by-name", 1), ("menu-category-made", 3), ("menu-category-none", 2),
    ]  # fmt: skip


def test_an_id_is_preferred_to_a_name_and_other_gets_a_free_id() -> None:
    menu = copy.deepcopy(MENU)
    menu["categories"].append({"category_id": "other", "name": "c-food", "display_order": 9})
    menu["items"][0]["category"] = "c-food"
    menu["items"][1] |= {"category": None, "categories": None}
    menu["items"][2] |= {"category": None, "categories": ["Pizza", "Neu", "Pizza"]}
    got = read(read_menu(json.dumps(menu)))
    assert got.items[0].category == "c-food"
    assert got.items[1].category == "other-2"
    assert (got.items[2].category, got.items[2].categories) == ("c-pizza", ["c-pizza", "Neu"])
    assert [category.category_id for category in got.categories[-2:]] == ["Neu", "other-2"]
    assert got.categories[-1].name == "Other"


def test_ends_of_sold_outs_get_an_offset() -> None:
    for written, until in (
        ("2026-07-30T18:00:00", "2026-07-30T18:00:00+02:00"),
        ("2026-12-30T18:00", "2026-12-30T18:00:00+01:00"),
        ("2026-07-30T18:00:00Z", "2026-07-30T18:00:00+00:00"),
        ("2026-07-30 18:00:00.5-05:00", "2026-07-30T18:00:00.500000-05:00"),
    ):
        menu = copy.deepcopy(MENU)
        menu["items"][0]["sold_out_until"] = written
        assert read(read_menu(json.dumps(menu))).items[0].sold_out_until == until


def test_marks_of_right_to_left_scripts_stay_and_overrides_go() -> None:
    menu = copy.deepcopy(MENU)
    menu["items"][0]["name"] = "שלום\u200f (\u200e12\u200e)"
    menu["items"][1]["name"] = "Co\u202ela\x00"
    for ascii_only in (True, False):
        data = json.dumps(menu, ensure_ascii=ascii_only)
        reading = read_menu(data)
        got = read(reading)
        assert [item.name for item in got.items[:2]] == ["שלום\u200f (\u200e12\u200e)", "Cola"]
        assert [(finding.code, finding.count) for finding in reading.findings] == [("menu-text-cleaned", 1)]


def test_halves_of_pairs_in_a_text_given_as_str() -> None:
    menu = json.dumps(MENU, ensure_ascii=False).replace("Cola", "Co\ud800la")
    reading = read_menu(menu)
    assert read(reading).items[1].name == "Cola"
    assert [finding.code for finding in reading.findings] == ["menu-text-cleaned"]


def lists(items: Any, categories: Any, restaurant: Any = RESTAURANT, **options: bool) -> Reading:
    return read_lists(json.dumps(items).encode(), json.dumps(categories).encode(), restaurant, **options)


def test_two_lists_are_the_menu_without_groups() -> None:
    menu = copy.deepcopy(MENU)
    menu["items"][0]["modifier_groups"] = []
    menu |= {"modifier_groups": [], "restaurant": RESTAURANT}
    del menu["version"]
    whole = read(read_menu(json.dumps(menu)))
    for restaurant in (RESTAURANT, Restaurant(**RESTAURANT)):
        reading = lists(menu["items"], menu["categories"], restaurant)
        assert reading.findings == ()
        assert reading.menu == whole
    menu["items"][0]["spicy"] = 2
    menu["categories"][2]["icon"] = "x"
    got = read(lists(menu["items"], menu["categories"]))
    assert (got.items[0].extra, got.categories[2].extra) == ({"spicy": 2}, {"icon": "x"})
    assert read(lists(menu["items"], menu["categories"], keep_extra=False)) == whole


def test_an_unknown_restaurant_has_empty_lists() -> None:
    reading = lists([], [])
    assert [(finding.code, finding.severity) for finding in reading.findings] == [("menu-empty", "hold")]
    assert read(reading).items == []


def test_lists_with_faults_tell_them_all() -> None:
    items = [
        {"item_id": "i1", "name": "A", "price": "-1"},
        {"item_id": "i2", "name": "B", "price": "2", "category": "Neu"},
    ]
    reading = lists(items, [{"category_id": "c1", "name": ""}], RESTAURANT | {"currency": "XYZ"})
    assert [finding.code for finding in reading.findings] == [
        "menu-field-empty", "menu-price-negative", "menu-currency", "menu-category-made",
    ]  # fmt: skip
    assert reading.menu is None


@pytest.mark.parametrize(
    ("items", "categories", "code", "says"),
    [
        (b"{}", b"[]", "menu-form", "The list of items is an object"),
        (b"[]", b'"x"', "menu-form", "The list of categories is a text"),
        (b"", b"[]", "menu-json-empty", "The list of items is empty"),
        (b"[]", b"<html>", "menu-json-invalid", "The list of categories is not JSON"),
        (b"[{", b"[]", "menu-json-cut-off", "The list of items ends too early"),
    ],
)
def test_a_source_that_fails_gives_no_menu(items: bytes, categories: bytes, code: str, says: str) -> None:
    reading = read_lists(items, categories, RESTAURANT)
    assert reading.menu is None
    (finding,) = reading.findings
    assert finding.code == code
    assert says in finding.message


def test_the_restaurant_that_is_given_is_not_changed() -> None:
    restaurant = Restaurant(**RESTAURANT, image_url="ftp://x")
    reading = lists([], [], restaurant)
    assert read(reading).restaurant.image_url is None
    assert restaurant.image_url == "ftp://x"
