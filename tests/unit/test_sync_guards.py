"""What is held, and what goes out: thresholds at their very edges."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pipeline.menu import Item, Menu, Restaurant
from pipeline.sync.guards import regressions


def menu(prices: list[str], first: int = 0) -> Menu:
    restaurant = Restaurant(restaurant_id="r", name="R", currency="USD", locale="en", timezone="UTC")
    items = [
        Item(item_id=f"i-{first + number}", name=f"Dish {first + number}", price=Decimal(price))
        for number, price in enumerate(prices)
    ]
    return Menu(restaurant=restaurant, categories=[], items=items)


def codes(old: Menu | None, new: Menu) -> list[str]:
    return [finding.code for finding in regressions(old, new)]


TEN = [f"{number}.10" for number in range(1, 11)]


@pytest.mark.parametrize(("kept", "held"), [(10, False), (6, False), (5, False), (4, True), (1, True)])
def test_a_menu_that_keeps_less_than_half_is_held(kept: int, held: bool) -> None:
    assert ("menu-lost-items" in codes(menu(TEN), menu(TEN[:kept]))) == held


def test_new_ids_with_the_same_names_are_no_loss() -> None:
    new = menu(TEN)
    for item in new.items:
        item.item_id += "-new"
    assert codes(menu(TEN), new) == []


@pytest.mark.parametrize(
    ("factor", "changed", "held"),
    [
        ("0.5", 10, True), ("0.51", 10, False), ("1.5", 10, True), ("1.49", 10, False),
        ("100", 6, True), ("100", 5, False), ("1", 10, False),
    ],
)  # fmt: skip
def test_prices_that_jumped_as_a_whole_are_held(factor: str, changed: int, held: bool) -> None:
    prices = [str(Decimal(price) * (Decimal(factor) if n < changed else 1)) for n, price in enumerate(TEN)]
    assert ("menu-prices-jumped" in codes(menu(TEN), menu(prices))) == held


def test_nothing_is_compared_before_the_first_publish_and_of_two_dishes() -> None:
    assert codes(None, menu(TEN)) == []
    assert codes(menu(["1.00", "2.00"]), menu(["100.00", "200.00"])) == []


def test_a_dish_that_was_free_does_not_divide_by_zero() -> None:
    assert codes(menu(["0", "0", "0", "4.00"]), menu(["5.00", "6.00", "7.00", "4.00"])) == []
