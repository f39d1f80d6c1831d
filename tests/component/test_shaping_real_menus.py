"""Real menus, shaped in the ways that platforms ask for."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from pipeline.menu import Menu
from pipeline.reading import read_menu
from pipeline.shaping import LeaveOut, Shape, Shaped, shape_menu
from tests.shared_files import real_menus, shared_path

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LEFT_OUT = {"hidden-left-out", "unavailable-left-out", "left-out-by-mapping", "category-left-out"}
SHAPES = {
    "as it is": Shape(),
    "one level of everything": Shape(
        category_levels=1,
        modifier_levels=1,
        modifiers_beyond="flatten",
        empty_categories="drop",
        same_names="number",
        hours_when_missing="always_open",
        id_replace={"/": "-", "~": "."},
    ),
    "English, dearer, two levels": Shape(
        category_levels=2,
        modifier_levels=2,
        modifiers_beyond="drop",
        locale="en",
        markup_percent=Decimal("8.5"),
        unavailable_items="drop",
        hours_end_of_day="last_minute",
    ),
    "strict": Shape(modifier_levels=1, same_names="error", hours_when_missing="error", hidden_items="keep"),
    "not the cheap ones": Shape(
        empty_categories="drop",
        leave_out=(
            LeaveOut("items", lambda item: item.price == 0, lambda _: "no price"),
            LeaveOut("options", lambda option: option.sold_out, lambda _: "sold out"),
        ),
    ),
}


def read(path: Path) -> Menu:
    menu = read_menu(path.read_bytes()).menu
    assert menu is not None
    return menu


def shaped(name: str, shape: Shape) -> Shaped:
    return shape_menu(read(shared_path(f"menus/{name}.json")), shape, NOW)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
@pytest.mark.parametrize("path", real_menus(), ids=lambda path: path.stem)
def test_nothing_is_lost_and_keys_differ(path: Path, shape: Shape) -> None:
    menu = read(path)
    before = msgspec.json.encode(menu)
    result = shape_menu(menu, shape, NOW)
    assert msgspec.json.encode(menu) == before
    view = result.menu
    told = {r.record_id for f in result.findings if f.code in LEFT_OUT for r in f.records if r.kind == "item"}
    if not shape.id_replace:
        assert {item.item_id for item in view.items} | told == {item.item_id for item in menu.items}
    assert len(view.items) + len(told) == len(menu.items)
    keys = Counter([option.key for option in view.options] + [item.item_id for item in view.items])
    assert max(keys.values()) == 1
    used = {id(group) for item in view.items for group in item.modifier_groups}
    assert used <= {id(group) for group in view.modifier_groups}
    assert len(view.options) == sum(len(group.options) for group in view.modifier_groups)
    assert not any(finding.code == "key-made-unique" for finding in result.findings)
    if shape.category_levels is not None:
        assert max(len(category.path) for category in view.all_categories) <= shape.category_levels


def test_there_are_fifteen_menus_and_option_ids_alone_would_not_do() -> None:
    shared_path("menus")
    paths = real_menus()
    assert len(paths) == 15
    ambiguous = 0
    for path in paths:
        options = shape_menu(read(path), Shape(), NOW).menu.options
        meanings: dict[str, set[tuple[str, Decimal]]] = {}
        for option in options:
            meanings.setdefault(option.option_id, set()).add((option.name, option.price))
        ambiguous += any(len(meaning) > 1 for meaning in meanings.values())
    assert ambiguous == 8


def test_every_allergen_of_the_menus_is_understood() -> None:
    result = shaped("de-little-dragon", Shape())
    codes = Counter(code for item in result.menu.items for code in item.allergen_codes or ())
    assert codes == {
        "soya": 125, "milk": 52, "sesame": 18, "peanuts": 16, "eggs": 14, "hazelnuts": 10, "nuts": 10,
        "sulphites": 9, "wheat": 6, "fish": 4, "crustaceans": 4, "almonds": 2,
    }  # fmt: skip
    assert [item.name for item in result.menu.items if item.allergens_unknown] == []
    assert {item.allergen_codes is None for item in result.menu.items if item.allergens is None} == {True}


def test_a_pizza_is_not_asked_for_a_size_of_each_crust() -> None:
    menu = shaped("us-dominos-4336", Shape(modifier_levels=1, modifiers_beyond="flatten")).menu
    pizza = next(item for item in menu.items if item.name == "Pizza")
    required = [group for group in pizza.modifier_groups if group.min_select]
    assert [group.name for group in required] == ["Crust"]
    prices = {option.name: option.price for option in required[0].options}
    assert prices['Hand Tossed, Large (14")'] == Decimal("4.00")
    assert prices['Crunchy Thin Crust, Medium (12")'] == Decimal("2.00")
    assert not any(option.modifier_groups for option in menu.options)


def test_all_day_hours_stay_seven_days() -> None:
    restaurant = shaped("cn-yaojiwang", Shape()).restaurant
    assert restaurant.hours is not None
    assert [(window.start, window.end, window.minutes) for window in restaurant.hours] == [("00:00", "24:00", 1440)] * 7
