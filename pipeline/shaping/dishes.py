"""Dishes as views, each in the categories that are shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pipeline.menu import Item, Menu
from pipeline.shaping.availability import Availability
from pipeline.shaping.claims import Claims
from pipeline.shaping.hours import UNKNOWN_FORMS, Week
from pipeline.shaping.locale import translation_views
from pipeline.shaping.modifiers import Modifiers
from pipeline.shaping.pictures import Pictures
from pipeline.shaping.prices import Prices
from pipeline.shaping.report import Report
from pipeline.shaping.settings import Shape
from pipeline.shaping.sizes import ONE, cheapest, size_group, size_views
from pipeline.shaping.views import BundleView, GroupView, ItemView, SizeView, TranslationView


class Dishes:
    """Makes the views of a menu's dishes.

    ``sections`` are the shown categories' lists, to which each view is added; ``left_out`` are the
    hidden ones, id → name of what hides them. Dishes that are hidden, sold out where the mapping
    leaves those out, or only in hidden categories, get no view and are reported.
    """

    def __init__(
        self,
        menu: Menu,
        shape: Shape,
        separator: str,
        modifiers: Modifiers,
        prices: Prices,
        availability: Availability,
        week: Week,
        pictures: Pictures,
        report: Report,
    ) -> None:
        self._shape = shape
        self._separator = separator
        self._locale = menu.restaurant.locale
        self._group_ids = {group.modifier_group_id for group in menu.modifier_groups}
        self._modifiers = modifiers
        self._prices = prices
        self._availability = availability
        self._claims = Claims(report)
        self._week = week
        self._pictures = pictures
        self._report = report
        self.bundles: list[tuple[ItemView, Item]] = []
        self.sized: list[SizeView] = []
        """Sizes kept as sizes."""

    def views(
        self, items: Iterable[Item], sections: Mapping[str | None, list[ItemView]], left_out: Mapping[str, str]
    ) -> list[ItemView]:
        """Give the views of all dishes that are published, in the given order."""
        shape, separator, locale = self._shape, self._separator, self._locale
        drop_hidden = shape.hidden_items == "drop"
        drop_sold_out = shape.unavailable_items == "drop"
        prices, claims, pictures, group_of = self._prices, self._claims, self._pictures, self._modifiers.__getitem__
        marked = prices.marked
        # Empty values that views of one menu share: making them anew would cost as much as the views.
        no_sizes: list[SizeView] = []
        no_texts: list[str] = []
        no_bundle: list[BundleView] = []
        no_extra: dict[str, Any] = {}
        no_translations: dict[str, TranslationView] = {}
        views: list[ItemView] = []
        add = views.append
        for item in items:
            item_id, name = item.item_id, item.name
            if item.hidden and drop_hidden:
                self._report.add("hidden-left-out", "item", item_id, name)
                continue
            category_id = item.category
            category_ids: list[str]
            if category_id is not None and item.categories is None and category_id in sections:
                category_ids = [category_id]
            elif (shown := self._shown_categories(item, sections, left_out)) is not None:
                category_ids = shown
            else:
                continue
            until = None
            sold_out = not item.availability
            if item.sold_out_until is not None:
                sold_out, until = self._availability.of(item, "item", item_id, name)
            groups = list(map(group_of, item.modifier_groups))
            price = prices.of(item) if item.prices or marked is not None else item.price
            channel_prices = item.prices and prices.channels(item)
            sizes = no_sizes
            if item.sizes:
                if not any(size.availability for size in item.sizes) and not sold_out:
                    sold_out = True
                    self._report.add("sizes-sold-out", "item", item_id, name)
                if shape.sizes == "keep":
                    sizes = size_views(item, separator, prices, locale)
                    self.sized += sizes
                else:
                    groups.insert(0, self._size_group(item))
                    own = price
                    price, channel_prices = cheapest(item, prices)
                    if own != price:
                        self._report.add("size-price", "item", item_id, name)
            if sold_out and drop_sold_out:
                self._report.add("unavailable-left-out", "item", item_id, name)
                continue
            allergen_codes, allergens_unknown = (
                (None, no_texts) if item.allergens is None else claims.allergens(item.allergens, item_id, name)
            )
            dietary, dietary_unknown = (
                (None, no_texts) if item.dietary is None else claims.dietary(item.dietary, item_id, name)
            )
            schedule_id, hours, hours_split, hours_by_day, hours_by_time = (
                UNKNOWN_FORMS if item.hours is None else self._week.of(item.hours, "item", item_id, name).forms()
            )
            view = ItemView(
                item_id,
                name,
                item.description,
                price,
                channel_prices,
                sizes,
                sizes
                or [
                    SizeView(
                        ONE,
                        item_id + separator + ONE,
                        item_id,
                        None,
                        price,
                        channel_prices,
                        sold_out,
                        True,
                        item.calories,
                        no_translations,
                        no_extra,
                    )
                ],
                not sold_out,
                sold_out,
                until,
                item.hidden,
                None if item.image_url is None else pictures[item.image_url],
                dietary,
                dietary_unknown,
                item.allergens,
                allergen_codes,
                allergens_unknown,
                item.calories,
                item.nutrition,
                item.is_alcohol,
                item.tax_rate,
                item.deposit,
                no_bundle,
                category_ids,
                groups,
                schedule_id,
                hours,
                hours_split,
                hours_by_day,
                hours_by_time,
                translation_views(item.translations, locale) if item.translations else no_translations,
                item.extra,
            )
            add(view)
            for category_id in category_ids:
                sections[category_id].append(view)
            if item.bundle:
                self.bundles.append((view, item))
        return views

    def _shown_categories(
        self, item: Item, sections: Mapping[str | None, list[ItemView]], left_out: Mapping[str, str]
    ) -> list[str] | None:
        """Give the shown categories of a dish, null where all of them are left out."""
        wanted = dict.fromkeys([*([item.category] if item.category else []), *(item.categories or ())])
        shown = [category_id for category_id in wanted if category_id in sections]
        if not shown:
            hidden_by = [left_out[category_id] for category_id in wanted if category_id in left_out]
            if hidden_by:
                self._report.add("category-left-out", "item", item.item_id, item.name, hidden_by[0])
                return None
            self._report.add("category-missing", "item", item.item_id, item.name)
        return shown

    def _size_group(self, item: Item) -> GroupView:
        group_id = item.item_id + self._separator + "sizes"
        while group_id in self._group_ids:
            group_id += self._separator or "~"
        group = size_group(item, group_id, self._separator, self._prices, self._locale)
        self._modifiers[group_id] = group
        return group


def fill_bundles(
    bundles: Iterable[tuple[ItemView, Item]],
    remaining: Mapping[str, ItemView],
    names: Mapping[str, str],
    report: Report,
) -> None:
    """Write into each bundle the published dishes it contains, by name; what is missing is reported."""
    for view, item in bundles:
        view.bundle = entries = []
        for entry in item.bundle:
            inside = remaining.get(entry.item_id)
            if inside is None:
                report.add(
                    "bundle-incomplete", "item", view.item_id, view.name, names.get(entry.item_id, entry.item_id)
                )
            else:
                entries.append(BundleView(entry.item_id, inside.name, entry.quantity, inside.price))
