"""Modifier groups and their options as views, each group once for all dishes that share it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import accumulate, pairwise

from pipeline.menu import Menu, ModifierGroup, Option
from pipeline.shaping.availability import Availability
from pipeline.shaping.locale import translation_views
from pipeline.shaping.pictures import Pictures
from pipeline.shaping.prices import Prices
from pipeline.shaping.reach import Reach
from pipeline.shaping.views import GroupView, ItemView, OptionView, TranslationView


class Modifiers(dict[str, GroupView]):
    """Group id → its view, of all groups of a menu.

    Options are made for the whole menu at once, because a menu has several times as many of them as
    dishes, and often few in each group: what is done per group is dear.
    """

    def __init__(
        self,
        menu: Menu,
        separator: str,
        prices: Prices,
        availability: Availability,
        pictures: Pictures,
        shrunk: Iterable[str],
    ) -> None:
        super().__init__()
        self.reach = Reach(menu)
        self.shrunk = set(shrunk)
        """Groups that lost options, or never had any."""
        groups = menu.modifier_groups
        self._locale = menu.restaurant.locale
        before = len(pictures)
        views = self._options(groups, separator, prices, availability, pictures)
        self.pictured = len(pictures) > before
        """Whether any option has a picture."""
        keys = [view.key for view in views]
        bounds = pairwise(accumulate([len(group.options) for group in groups], initial=0))
        for group, (start, end) in zip(groups, bounds, strict=True):
            group_id = group.modifier_group_id
            self[group_id] = GroupView(
                group_id,
                group.name,
                group.description,
                group.min_select,
                group.max_select,
                group.free_select,
                views[start:end],
                views[start:end],
                [],
                keys[start:end],
                translation_views(group.translations, self._locale) if group.translations else {},
                group.extra,
            )
            if start == end:
                self.shrunk.add(group_id)
        for group_id in {view.group_id for view in views if view.sold_out or view.hidden}:
            group_view = self[group_id]
            group_view.available_options = [
                option for option in group_view.options if not option.sold_out and not option.hidden
            ]
        records = [option for group in groups for option in group.options]
        for view, option in zip(views, records, strict=True):
            if option.modifier_groups:
                view.modifier_groups = [self[group_id] for group_id in option.modifier_groups]
        self.below: dict[str, list[GroupView]] = {}
        """Group id → the groups directly below it, of those that have any."""
        self.find_below()

    def find_below(self) -> None:
        """Note which groups stand below which; again, where some were taken out."""
        self.below.clear()
        for group_id, group in self.items():
            nesting = [option.modifier_groups for option in group.options if option.modifier_groups]
            if nesting:
                self.below[group_id] = [nested for groups in nesting for nested in groups]

    def _options(
        self,
        groups: list[ModifierGroup],
        separator: str,
        prices: Prices,
        availability: Availability,
        pictures: Pictures,
    ) -> list[OptionView]:
        price, marked, locale = prices.of, prices.marked, self._locale
        channels = prices.channels

        def until(group: ModifierGroup, option: Option) -> tuple[bool, str | None]:
            name = self.reach.option_name(group.modifier_group_id, group.name, option.name)
            return availability.of(option, "option", option.option_id, name)

        # Empty values that views of one menu share: making them anew would cost as much as the views.
        no_groups: list[GroupView] = []
        no_translations: dict[str, TranslationView] = {}
        return [
            OptionView(
                option.option_id,
                prefix + option.option_id,
                group_id,
                option.name,
                option.description,
                price(option) if option.prices else (option.price if marked is None else marked[option.price]),
                option.prices and channels(option),
                not option.availability if option.sold_out_until is None else until(group, option)[0],
                None if option.sold_out_until is None else until(group, option)[1],
                option.hidden,
                option.is_default,
                option.default_quantity,
                option.max_quantity,
                option.charge_above,
                None if option.image_url is None else pictures[option.image_url],
                option.calories,
                option.is_alcohol,
                option.tax_rate,
                option.deposit,
                no_groups,
                translation_views(option.translations, locale) if option.translations else no_translations,
                option.extra,
            )
            for group in groups
            for group_id in [group.modifier_group_id]
            for prefix in [group_id + separator]
            for option in group.options
        ]

    def name_of(self, view: GroupView) -> str:
        """Give a group's name with those of its dishes, for findings."""
        return self.reach.group_name(view.modifier_group_id, view.name)


def link_items(items: Iterable[ItemView], below: Mapping[str, list[GroupView]]) -> list[GroupView]:
    """Give the groups that dishes reach, each once, and write into each the dishes that reach it.

    ``below``: group id → the groups directly below it, of those that have any.
    """
    groups: dict[str, GroupView] = {}
    reaching: dict[str, list[GroupView]] = {}  # groups are shared: what one reaches is looked up once
    for item in items:
        reached: Iterable[GroupView] = item.modifier_groups
        if below and reached:
            found: dict[str, GroupView] = {}
            for group in reached:
                group_id = group.modifier_group_id
                if group_id not in below:
                    found.setdefault(group_id, group)
                    continue
                if group_id not in reaching:
                    reaching[group_id] = _reached(group, below)
                for inner in reaching[group_id]:
                    found.setdefault(inner.modifier_group_id, inner)
            reached = found.values()
        for group in reached:
            group_id = group.modifier_group_id
            if group_id in groups:
                group.item_ids.append(item.item_id)
            else:
                groups[group_id] = group
                group.item_ids = [item.item_id]
    return list(groups.values())


def _reached(group: GroupView, below: Mapping[str, list[GroupView]]) -> list[GroupView]:
    """Give a group and all those below it, each once, every group before what is below it."""
    found: dict[str, GroupView] = {}
    pending = [group]
    while pending:
        group = pending.pop()
        if group.modifier_group_id not in found:
            found[group.modifier_group_id] = group
            pending.extend(reversed(below.get(group.modifier_group_id, ())))
    return list(found.values())
