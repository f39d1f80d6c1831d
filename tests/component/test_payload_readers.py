"""The readers, on the platforms' own samples: what they must read stands in the samples, by eye."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.payload_readers import ReadDish, ReadGroup, ReadMenu, doordash, grubhub, ubereats
from tests.payload_readers.comparison import differences
from tests.platform_rules import broken_rules
from tests.shared_files import shared_path


def sample(name: str) -> Any:
    return json.loads(shared_path(f"platforms/{name}").read_text(), parse_float=Decimal)


def dish(menu: ReadMenu, name: str) -> ReadDish:
    return next(each for each in menu.dishes if each.name == name)


def depth(groups: tuple[ReadGroup, ...]) -> int:
    return max((1 + max((depth(option.groups) for option in group.options), default=0) for group in groups), default=0)


def test_doordash_composed_menu() -> None:
    menu = doordash.read(sample("doordash/samples/composed_full_featured.json"))
    pizza = dish(menu, "Build Your Own Pizza")
    assert (pizza.id, pizza.path, pizza.price, pizza.pickup_price) == (
        "item-byo", ("Pizza",), Decimal("12.99"), Decimal("10.99"),
    )  # fmt: skip
    assert (pizza.description, pizza.calories, pizza.dietary) == ("Stone baked", 800, {"vegetarian"})
    assert pizza.image == "https://images.example.com/pizza/byo.JPG"
    toppings = pizza.groups[0]
    assert (toppings.name, toppings.minimum, toppings.maximum, toppings.free) == ("Toppings", 0, 2, 1)
    assert [(o.name, o.price, o.is_default) for o in toppings.options[0].groups[0].options] == [
        ("Mild", Decimal("0.00"), True), ("Hot", Decimal("0.50"), False),
    ]  # fmt: skip
    sauce = dish(menu, "Mocha Frappuccino").groups[0].options[0]
    assert (sauce.default_quantity, sauce.charge_above) == (3, 3)
    lager = dish(menu, "Lager")
    assert (lager.is_alcohol, lager.tax_rate) == (True, Decimal(5))
    assert lager.hours == ((16 * 60, 18 * 60), (24 * 60, 2 * 24 * 60))
    # Saturday 08:00 to 02:00 leaves the day; Friday's two periods stay two.
    assert menu.hours is not None
    assert menu.hours[-1] == (5 * 1440 + 480, 6 * 1440 + 120)
    assert menu.special_hours == {"2022-11-24": ((720, 1440),), "2022-11-25": ((0, 30),), "2022-12-25": ()}


@pytest.mark.parametrize(
    "name", ["menu_push_official", "item_level_hours_official", "api_reference_all_fields", "recipes_in_envelope"]
)
def test_doordash_official_samples_are_read_whole(name: str) -> None:
    payload = sample(f"doordash/samples/{name}.json")
    menu = doordash.read(payload)
    assert len(menu.dishes) == sum(len(category["items"]) for category in payload["menu"]["categories"])
    assert all(each.name and each.price >= 0 for each in menu.dishes)


def test_ubereats_composed_menu() -> None:
    menu = ubereats.read(sample("ubereats/samples/composed_full_featured.json"))
    burger = dish(menu, "Burger")
    assert (burger.price, burger.tax_rate, burger.calories) == (Decimal("10.99"), Decimal("8.875"), 650)
    assert (burger.allergens, burger.bundle) == (("gluten", "sesame"), (("pickle", 1),))
    assert (burger.is_alcohol, burger.dietary) == (False, frozenset())
    assert dish(menu, "Cola").deposit == Decimal("0.05")
    assert dish(menu, "Lager").is_alcohol
    assert dish(menu, "Burger").groups[0].options
    # Friday until midnight and Saturday until two are one night.
    assert menu.hours is not None
    assert (4 * 1440 + 18 * 60, 5 * 1440 + 120) in menu.hours


def test_ubereats_six_levels() -> None:
    menu = ubereats.read(sample("ubereats/samples/six_level_nested_official.json"))
    assert max(depth(each.groups) for each in menu.dishes) == 6


@pytest.mark.parametrize("name", ["simple_menu_official", "combo_bundled_items_official", "min_max_unique_official"])
def test_ubereats_official_samples_are_read_whole(name: str) -> None:
    payload = sample(f"ubereats/samples/{name}.json")
    menu = ubereats.read(payload)
    assert [each.id for each in menu.dishes] == [
        reference["id"] for category in payload["categories"] for reference in category["entities"]
    ]


def test_grubhub_official_menu() -> None:
    payload = sample("grubhub/samples/normalized_menu_official.json")
    menu = grubhub.read(payload)
    assert len(menu.dishes) == len(payload["items"]) == 6
    breadsticks = dish(menu, "Basket of Breadsticks")
    assert (breadsticks.price, breadsticks.tax_rate, breadsticks.path) == (3, 6, ("Sandwiches",))
    assert max(depth(each.groups) for each in menu.dishes) == 2


def test_grubhub_composed_menu() -> None:
    menu = grubhub.read(sample("grubhub/samples/composed_full_featured.json"))
    pizza = dish(menu, "Brunch pizza")
    assert pizza.price == Decimal("11.5")
    assert [(o.name, o.price) for o in pizza.groups[0].options] == [("Small", 0), ("Large", Decimal("4.5"))]
    assert pizza.dietary == {"vegetarian"}
    cheese = pizza.groups[1].options[0]
    assert (cheese.is_default, cheese.default_quantity, cheese.max_quantity) == (True, 1, 2)
    assert depth(pizza.groups) == 2
    juice = dish(menu, "Orange juice")
    assert (juice.pickup_price, juice.deposit) == (Decimal("3.75"), Decimal("0.05"))
    assert juice.hours == ((5 * 1440 + 570, 5 * 1440 + 840), (6 * 1440 + 570, 6 * 1440 + 840))
    lager = dish(menu, "Lager")
    assert (lager.is_alcohol, lager.sold_out) == (True, True)


def _menu(**item: Any) -> dict[str, Any]:
    base = {"item_id": "i-1", "name": "Soup", "price": "4.20", "category": "c-1", "description": "hot"}
    return {
        "restaurant": {"restaurant_id": "r-1", "name": "Place"},
        "categories": [{"category_id": "c-1", "name": "Starters"}],
        "items": [base | item],
        "modifier_groups": [],
    }


def _read(**fields: Any) -> ReadMenu:
    given = {
        "id": "i-1",
        "name": "Soup",
        "description": "hot",
        "path": ("Starters",),
        "price": Decimal("4.20"),
    } | fields
    carries = frozenset({"description", "image", "sold_out", "tax_rate", "calories", "dietary"})
    return ReadMenu((ReadDish(**given),), carries, dietary_words=frozenset({"vegan"}))


def test_comparison_finds_nothing_where_nothing_differs() -> None:
    assert differences(_read(), _menu(), {}) == []


@pytest.mark.parametrize(
    ("read", "item", "aspect"),
    [
        ({"name": "Soupe"}, {}, "name"),
        ({"price": Decimal("42.0")}, {}, "price"),
        ({"description": None}, {}, "description"),
        ({"path": ("Mains",)}, {}, "category"),
        ({"sold_out": True}, {}, "sold out"),
        ({}, {"image_url": "https://images.example.com/soup.gif"}, "image"),
        ({}, {"tax_rate": "7"}, "tax"),
        ({}, {"calories": 120}, "calories"),
        ({}, {"dietary": ["vegan"]}, "dietary"),
        ({}, {"dietary": ["halal"]}, "dietary"),
        ({}, {"deposit": "0.25"}, "deposit"),
        ({"groups": (ReadGroup("g", "Extra", 0, 1),)}, {}, "modifier groups"),
    ],
)
def test_comparison_finds_each_difference_and_takes_what_was_told(
    read: dict[str, Any], item: dict[str, Any], aspect: str
) -> None:
    found = differences(_read(**read), _menu(**item), {})
    assert len(found) == 1
    assert f": {aspect} is " in found[0]
    assert differences(_read(**read), _menu(**item), {"Soup": {aspect}}) == []
    assert differences(_read(**read), _menu(**item), {"Soup": {"another aspect"}}) == found


def test_comparison_finds_a_missing_and_an_invented_dish() -> None:
    menu = _menu()
    empty = ReadMenu((), frozenset())
    assert differences(empty, menu, {}) == ["Soup: * is 'missing' instead of 'on the menu'"]
    assert differences(empty, menu, {"Soup": {"*"}}) == []
    menu["items"] = []
    assert differences(_read(), menu, {}) == ["Soup: i-1 is on no menu of ours"]


def test_rules_find_what_the_official_samples_break() -> None:
    push = broken_rules(_plain("doordash/samples/menu_push_official.json"), _plain("doordash/integrity.json"))
    assert push == ["menu.categories[] items[].merchant_supplied_id: 7c38617d-7406-415f-ba10-9777d0553aad stands twice"]
    split = broken_rules(_plain("ubereats/samples/menu_type_delivery_official.json"), _plain("ubereats/integrity.json"))
    assert split == ["categories[].entities[].id: Best_Burgerz_Delivery is not in items[].id"]
    whole = broken_rules(_plain("grubhub/samples/normalized_menu_official.json"), _plain("grubhub/integrity.json"))
    assert whole == []


def test_rules_find_an_order_turned_round() -> None:
    payload = {"groups": [{"least": 3, "most": 2}, {"least": 1, "most": None}]}
    rules = {"order": [{"in": "groups[]", "le": ["least", "most"]}]}
    assert broken_rules(payload, rules) == ["groups[]: least 3 is over most 2"]


def _plain(name: str) -> Any:
    return json.loads(shared_path(f"platforms/{name}").read_text())
