"""A menu and what a mapping's ``shape`` asks for → the views that the mapping sees."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from pipeline.findings import Finding
from pipeline.menu import Item, Menu
from pipeline.money import Steps, minor_units
from pipeline.shaping.availability import Availability
from pipeline.shaping.categories import category_tree, flatten_sections
from pipeline.shaping.category_views import category_views, walk_categories, without_empty
from pipeline.shaping.dishes import Dishes, fill_bundles
from pipeline.shaping.hidden import without_hidden_options
from pipeline.shaping.hours import Week, used_schedules
from pipeline.shaping.ids import SEPARATOR, id_replacer, keys_may_clash, make_keys_unique, replace_ids
from pipeline.shaping.leave_out import LeavingOut
from pipeline.shaping.locale import speak
from pipeline.shaping.modifiers import Modifiers, link_items
from pipeline.shaping.names import tell_same_names_apart
from pipeline.shaping.nesting import fitting, refuse_deep
from pipeline.shaping.pictures import Pictures, used_pictures
from pipeline.shaping.prices import Prices
from pipeline.shaping.report import Report
from pipeline.shaping.restaurant import restaurant_view
from pipeline.shaping.settings import Shape
from pipeline.shaping.views import CategoryView, ItemView, MenuView, RestaurantView


@dataclass(frozen=True, slots=True)
class Shaped:
    """What a mapping sees of one menu, and what was left out, changed or assumed on the way."""

    restaurant: RestaurantView
    menu: MenuView
    findings: tuple[Finding, ...]


def shape_menu(menu: Menu, shape: Shape, now: datetime) -> Shaped:
    """Shape a menu for one platform.

    ``menu`` is one that :mod:`pipeline.reading` gives: ids are unique, references exist, nothing
    leads back to itself. It is not changed, so that one menu can be shaped for several platforms;
    views may hold its values, and must not be changed either. ``now`` decides what is still sold out.
    Raises UnknownCurrency where a markup has to be rounded in a currency that does not exist.
    """
    report = Report()
    separator = SEPARATOR
    if shape.id_replace:
        menu = replace_ids(menu, shape.id_replace, report)
        separator = id_replacer(shape.id_replace)(SEPARATOR)
    if shape.locale is not None:
        menu = speak(menu, shape.locale, report)
    shrunk: set[str] = set()
    if shape.hidden_items == "drop":
        menu, shrunk = without_hidden_options(menu, report)
    menu, problems = fitting(menu, shape.modifier_levels, shape.modifiers_beyond, separator, report)

    week = Week(shape.hours_end_of_day, report, touching=shape.hours_touching == "join")
    markup, steps = _usable_markup(menu, shape, report)
    prices = Prices(menu.restaurant.currency, shape.price_channels, markup, steps)
    availability = Availability(now, menu.restaurant.timezone, report)
    pictures = Pictures()
    modifiers = Modifiers(menu, separator, prices, availability, pictures, shrunk)
    dishes = Dishes(menu, shape, separator, modifiers, prices, availability, week, pictures, report)

    sections, left_out = category_tree(menu.categories, report)
    if shape.category_levels is not None:
        occupied = {item.category for item in menu.items if item.category is not None}
        occupied.update(category_id for item in menu.items if item.categories for category_id in item.categories)
        sections = flatten_sections(sections, shape.category_levels, shape.category_join, occupied, report)
    contents: dict[str | None, list[ItemView]] = {
        section.category.category_id: [] for top in sections for section in top.walk()
    }
    items = dishes.views(_by_display_order(menu.items), contents, left_out)
    tree = category_views(sections, contents, week, pictures, menu.restaurant.locale)

    if shape.leave_out or modifiers.shrunk:
        leaving = LeavingOut(shape.leave_out, modifiers, report)
        leaving.groups(items, link_items(items, modifiers.below))
        modifiers.find_below()
        items = leaving.items(items, tree)
        items, tree = leaving.categories(items, tree)
    if shape.empty_categories == "drop":
        tree = without_empty(tree, report)
    all_categories = walk_categories(tree)
    items = _in_menu_order(items, all_categories)

    if shape.same_names != "keep":
        tell_same_names_apart(items, shape.same_names, report)
    remaining = {item.item_id: item for item in items}
    if dishes.bundles:
        fill_bundles(dishes.bundles, remaining, {item.item_id: item.name for item in menu.items}, report)
    groups = link_items(items, modifiers.below)
    if shape.modifier_levels is not None and modifiers.below:
        refuse_deep(items, shape.modifier_levels, modifiers.below, problems, report)
    options = [option for group in groups for option in group.options]
    sizes = [size for item in items for size in item.sizes] if dishes.sized else []
    group_ids = [group.modifier_group_id for group in groups]
    if sizes or keys_may_clash(remaining, group_ids, separator):
        make_keys_unique(remaining, sizes, options, separator, report)
        for group in groups:
            group.option_keys = [option.key for option in group.options]

    return Shaped(
        restaurant_view(menu.restaurant, shape, week, report),
        MenuView(
            tree,
            all_categories,
            items,
            groups,
            options,
            used_pictures(all_categories, items, options if modifiers.pictured else ()) if pictures else [],
            used_schedules([*all_categories, *items]) if week.distinct else [],
        ),
        report.findings(remaining),
    )


MOST_STEP = Decimal(10) ** 9
"""No price is rounded to more than this; what asks for it is a slip."""


def _usable_markup(menu: Menu, shape: Shape, report: Report) -> tuple[Decimal, Steps | None]:
    """Give the markup to apply and what it is rounded to, and tell that prices are changed or cannot be."""
    markup, owner = shape.markup_percent, menu.restaurant
    if not markup:
        return markup, None
    if markup < -100:
        report.add("markup-unusable", "restaurant", owner.restaurant_id, owner.name, f"{markup:+f}")
        return Decimal(0), None
    steps = _usable_steps(menu, shape, report)
    words = f"{markup:+f} percent" + (f" and rounded to {_spoken(steps)}" if steps is not None else "")
    report.add("prices-marked-up", "restaurant", owner.restaurant_id, owner.name, words)
    return markup, steps


def _usable_steps(menu: Menu, shape: Shape, report: Report) -> Steps | None:
    """Give what prices with markup are rounded to, or tell why they are rounded to the currency's unit instead."""
    to, minus, owner = shape.markup_round_to or Decimal(0), shape.markup_round_minus, menu.restaurant
    if not to and not minus:
        return None
    if not (0 <= minus < to <= MOST_STEP):
        words = f"steps of {to:g} less {minus:g}" if minus else f"steps of {to:g}"
        report.add("rounding-unusable", "restaurant", owner.restaurant_id, owner.name, words)
        return None
    steps = Steps(to, minus, shape.markup_round_direction)
    unit = Decimal(1).scaleb(-minor_units(owner.currency))
    if to % unit or minus % unit:
        reason = f"{_spoken(steps)}, since the smallest unit of {owner.currency} is {unit}"
        report.add("rounding-too-fine", "restaurant", owner.restaurant_id, owner.name, reason)
        return None
    return steps


def _spoken(steps: Steps) -> str:
    """Say what prices are rounded to.

    >>> _spoken(Steps(Decimal("0.10"), Decimal("0.01"), "up"))
    'steps of 0.10 less 0.01, up'
    """
    less = f" less {steps.minus:g}" if steps.minus else ""
    return f"steps of {steps.to:g}{less}{'' if steps.direction == 'nearest' else f', {steps.direction}'}"


def _by_display_order(items: list[Item]) -> list[Item]:
    """Give dishes by ``display_order``, then by their order in the menu; those without one come last."""
    if {item.display_order for item in items} <= {None}:
        return items
    return sorted(items, key=lambda item: (item.display_order is None, item.display_order or 0))


def _in_menu_order(items: list[ItemView], categories: list[CategoryView]) -> list[ItemView]:
    """Give dishes in the order of the shown categories, each once, at last those in none."""
    ordered = {item.item_id: item for category in categories for item in category.items}
    if len(ordered) < len(items):
        for item in items:
            ordered.setdefault(item.item_id, item)
    return list(ordered.values())
