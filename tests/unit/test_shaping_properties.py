"""What holds for every menu and shape: nothing is lost unseen, keys differ, prices are kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from itertools import product

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from pipeline.menu import Category, Item, Menu, ModifierGroup, Option, Restaurant, Size
from pipeline.money import Direction, Steps
from pipeline.shaping import LeaveOut, Shape, shape_menu
from pipeline.shaping.prices import Prices
from pipeline.shaping.views import GroupView, OptionView
from tests.transform_running import apply

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LEVELS = 4
ids = st.text(st.sampled_from("ab~/"), min_size=1, max_size=3)
prices = st.decimals(0, 50, places=2)
LEFT_OUT = {"hidden-left-out", "unavailable-left-out", "left-out-by-mapping", "category-left-out"}


@st.composite
def menus(draw: st.DrawFn) -> Menu:
    """A menu as reading gives it: unique ids, known references, no circles."""
    category_ids = draw(st.lists(ids, min_size=1, max_size=5, unique=True))
    categories = [
        Category(
            category_id=category_id,
            name=f"Category {position}",
            parent_category=draw(st.none() | st.sampled_from(category_ids[:position])) if position else None,
            display_order=draw(st.integers(0, 2)),
            hidden=draw(st.sampled_from([False, False, True])),
        )
        for position, category_id in enumerate(category_ids)
    ]
    group_ids = draw(st.lists(ids, max_size=5, unique=True))
    groups = [
        ModifierGroup(
            modifier_group_id=group_id,
            name=f"Group {position}",
            min_select=draw(st.integers(0, 1)),
            max_select=draw(st.sampled_from([1, 1, 2, None])),
            options=[
                Option(
                    option_id=option_id,
                    name=f"Option {position}.{number}",
                    price=draw(prices),
                    hidden=draw(st.sampled_from([False, False, False, True])),
                    availability=draw(st.booleans()),
                    # Only groups further on, so that there is no circle.
                    modifier_groups=draw(st.lists(st.sampled_from(group_ids[position + 1 :]), max_size=2, unique=True))
                    if group_ids[position + 1 :]
                    else [],
                )
                for number, option_id in enumerate(draw(st.lists(ids, max_size=3, unique=True)))
            ],
        )
        for position, group_id in enumerate(group_ids)
    ]
    items = [
        Item(
            item_id=item_id,
            name=f"Dish {draw(st.integers(0, 4))}",
            price=draw(prices),
            category=draw(st.none() | st.sampled_from(category_ids)),
            categories=draw(st.none() | st.lists(st.sampled_from(category_ids), max_size=2, unique=True)),
            hidden=draw(st.sampled_from([False, False, True])),
            availability=draw(st.booleans()),
            sizes=[
                Size(size_id=size_id, name=size_id, price=draw(prices))
                for size_id in draw(st.lists(ids, max_size=2, unique=True))
            ],
            modifier_groups=draw(st.lists(st.sampled_from(group_ids), max_size=3, unique=True)) if group_ids else [],
        )
        for item_id in draw(st.lists(ids, min_size=1, max_size=6, unique=True))
    ]
    restaurant = Restaurant(restaurant_id="r", name="R", currency="EUR", locale="de", timezone="Europe/Berlin")
    return Menu(restaurant=restaurant, categories=categories, items=items, modifier_groups=groups)


shapes = st.builds(
    Shape,
    category_levels=st.none() | st.integers(1, 3),
    modifier_levels=st.none() | st.integers(1, LEVELS),
    modifiers_beyond=st.sampled_from(["error", "flatten", "drop"]),
    markup_percent=st.sampled_from([Decimal(0), Decimal("12.5")]),
    empty_categories=st.sampled_from(["keep", "drop"]),
    unavailable_items=st.sampled_from(["keep", "drop"]),
    hidden_items=st.sampled_from(["keep", "drop"]),
    same_names=st.sampled_from(["keep", "number"]),
    sizes=st.sampled_from(["keep", "modifier_group"]),
    leave_out=st.lists(
        st.sampled_from(
            [
                LeaveOut("items", lambda item: item.price > 40, lambda item: f"{item.price} is too dear"),
                LeaveOut("options", lambda option: option.sold_out, lambda _: "sold out"),
                LeaveOut("modifier_groups", lambda group: len(group.options) == 1, lambda _: "no choice"),
                LeaveOut("categories", lambda category: category.name == "Category 1", lambda _: "not here"),
            ]
        ),
        max_size=3,
    ).map(tuple),
)


def reached(groups: list[GroupView]) -> Iterator[GroupView]:
    for group in groups:
        yield group
        for option in group.options:
            yield from reached(option.modifier_groups)


@given(menus(), shapes)
def test_no_dish_is_lost_unless_it_is_told(menu: Menu, shape: Shape) -> None:
    shaped = shape_menu(menu, shape, NOW)
    told = {
        record.record_id
        for finding in shaped.findings
        if finding.code in LEFT_OUT
        for record in finding.records
        if record.kind == "item"
    }
    published = {item.item_id for item in shaped.menu.items}
    assert published | told == {item.item_id for item in menu.items}
    assert published & told == set()


@given(menus(), shapes)
def test_the_flat_lists_hold_what_is_reachable_once_and_nothing_else(menu: Menu, shape: Shape) -> None:
    view = shape_menu(menu, shape, NOW).menu
    item_ids = [item.item_id for item in view.items]
    assert len(set(item_ids)) == len(item_ids)
    in_categories = {id(item) for category in view.all_categories for item in category.items}
    assert in_categories == {id(item) for item in view.items if item.category_ids}
    known = {category.category_id: category for category in view.all_categories}
    for item in view.items:
        assert all(item in known[category_id].items for category_id in item.category_ids)
    groups = {group.modifier_group_id: group for group in view.modifier_groups}
    assert len(groups) == len(view.modifier_groups)
    users: dict[str, list[str]] = {}
    for item in view.items:
        for group_id in dict.fromkeys(group.modifier_group_id for group in reached(item.modifier_groups)):
            users.setdefault(group_id, []).append(item.item_id)
        assert all(groups[group.modifier_group_id] is group for group in reached(item.modifier_groups))
    assert {group_id: group.item_ids for group_id, group in groups.items()} == users
    assert [option.key for option in view.options] == [key for group in groups.values() for key in group.option_keys]
    assert all(group.options for group in groups.values())


@given(menus(), shapes)
def test_keys_are_unique_over_dishes_sizes_and_options(menu: Menu, shape: Shape) -> None:
    view = shape_menu(menu, shape, NOW).menu
    keys = [option.key for option in view.options]
    keys += [item.item_id for item in view.items]
    keys += [size.key for item in view.items for size in item.sizes]
    assert len(set(keys)) == len(keys)


@given(menus(), shapes)
def test_the_menu_is_not_changed_and_shaping_it_again_gives_the_same(menu: Menu, shape: Shape) -> None:
    before = msgspec.json.encode(menu)
    first = shape_menu(menu, shape, NOW)
    second = shape_menu(menu, shape, NOW)
    assert msgspec.json.encode(menu) == before
    assert first == second


@given(
    st.decimals(-50, 50, places=2),
    st.integers(-100, 200).filter(bool),
    st.sampled_from([("0.05", "0"), ("0.10", "0.01"), ("1", "0.01"), ("0.50", "0.05")]),
    st.sampled_from(["nearest", "up", "down"]),
)
def test_a_stores_markup_is_rounded_as_by_the_transforms(
    price: Decimal, percent: int, step: tuple[str, str], direction: Direction
) -> None:
    to, minus = step
    stores = Prices("EUR", (), Decimal(percent), Steps(Decimal(to), Decimal(minus), direction)).at(price, {})
    rule = {"to": to, "minus": minus, "direction": direction}
    assert stores == apply("round_to", apply("markup", price, {"percent": percent, "places": 2}), rule)


@given(menus(), st.integers(1, LEVELS), st.sampled_from(["flatten", "drop"]))
def test_no_dish_is_deeper_than_the_levels_unless_it_is_told(menu: Menu, levels: int, beyond: str) -> None:
    shaped = shape_menu(menu, Shape(modifier_levels=levels, modifiers_beyond=beyond), NOW)
    told = {r.record_id for f in shaped.findings if f.code == "modifiers-too-deep" for r in f.records}
    deep = {item.item_id for item in shaped.menu.items if depth(item.modifier_groups) > levels}
    assert deep == told
    assert beyond == "flatten" or not deep


def depth(groups: list[GroupView]) -> int:
    below = (depth(option.modifier_groups) for group in groups for option in group.options)
    return 1 + max(below, default=0) if groups else 0


def orders(groups: list[GroupView], *, required: bool) -> set[tuple[Decimal, tuple[str, ...]]]:
    """Every way to answer required pick-one groups, with its price and the names chosen."""
    ways = {(Decimal(0), ())}
    for group in groups:
        if (group.min_select == 1) != required:
            continue
        answers = {way for option in group.options for way in answer(option)}
        ways = {(price + more, names + further) for (price, names), (more, further) in product(ways, answers)}
    return ways


def answer(option: OptionView) -> set[tuple[Decimal, tuple[str, ...]]]:
    return {
        (option.price + price, (*option.name.split(", "), *names))
        for price, names in orders(option.modifier_groups, required=True)
    }


@given(menus(), st.integers(1, LEVELS))
def test_flattening_keeps_every_required_choice_with_its_price(menu: Menu, levels: int) -> None:
    for group in menu.modifier_groups:
        group.max_select = 1
    for item in menu.items:
        item.sizes = []
    whole = shape_menu(menu, Shape(hidden_items="keep"), NOW).menu
    flat = shape_menu(menu, Shape(hidden_items="keep", modifier_levels=levels, modifiers_beyond="flatten"), NOW).menu
    for one, other in zip(whole.items, flat.items, strict=True):
        assert one.item_id == other.item_id
        kept = [group for group in one.modifier_groups if group.options]
        assert orders(kept, required=True) == orders(other.modifier_groups, required=True)
