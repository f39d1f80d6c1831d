"""What is not for this platform is taken out of the views, and whatever nothing leads to any more goes with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipeline.shaping.category_views import walk_categories
from pipeline.shaping.modifiers import Modifiers
from pipeline.shaping.report import Report
from pipeline.shaping.settings import Kind, LeaveOut
from pipeline.shaping.views import CategoryView, GroupView, ItemView, OptionView


class LeavingOut:
    """Applies a mapping's ``leave_out`` from the inside out: options, groups, dishes, categories.

    A rule sees views from which what stands inside has been taken already. Of several rules that fit
    one record, the first one is told.
    """

    def __init__(self, rules: Sequence[LeaveOut], modifiers: Modifiers, report: Report) -> None:
        self._rules = rules
        self._modifiers = modifiers
        self._report = report

    def _reason(self, kind: Kind, view: object) -> str | None:
        for rule in self._rules:
            if rule.kind == kind and rule.where(view):
                return rule.because(view)
        return None

    def groups(self, items: Iterable[ItemView], groups: Sequence[GroupView]) -> None:
        """Take options and groups out, groups that lost all options too; tell of those with too few.

        ``groups`` are those that the dishes reach.
        """
        modifiers, report = self._modifiers, self._report
        gone: set[str] = set()
        shrunk = set(modifiers.shrunk)
        for group in groups:
            group_id = group.modifier_group_id
            for option in group.options:
                reason = self._reason("options", option)
                if reason is not None:
                    name = modifiers.reach.option_name(group_id, group.name, option.name)
                    report.add("left-out-by-mapping", "option", option.key, name, reason)
                    shrunk.add(group_id)
                    _take_option(group, option)
        for group in groups:
            group_id = group.modifier_group_id
            reason = self._reason("modifier_groups", group)
            if reason is not None:
                report.add("left-out-by-mapping", "modifier_group", group_id, modifiers.name_of(group), reason)
                gone.add(group_id)
            elif not group.options:
                report.add("modifier-group-empty", "modifier_group", group_id, modifiers.name_of(group))
                gone.add(group_id)
            elif group_id in shrunk:
                left = sum(option.max_quantity or 1 for option in group.options)
                if group.min_select > left:
                    reason = f"{group.min_select} are required, {left} are left"
                    report.add("modifier-group-short", "modifier_group", group_id, modifiers.name_of(group), reason)
        if gone:
            owners: list[ItemView | OptionView] = [*items]
            owners += [option for group in groups for option in group.options]
            for owner in owners:
                if owner.modifier_groups:
                    owner.modifier_groups = [
                        group for group in owner.modifier_groups if group.modifier_group_id not in gone
                    ]

    def items(self, items: list[ItemView], tree: Iterable[CategoryView]) -> list[ItemView]:
        """Take dishes out; give those that stay."""
        gone: set[str] = set()
        for item in items:
            reason = self._reason("items", item)
            if reason is not None:
                self._report.add("left-out-by-mapping", "item", item.item_id, item.name, reason)
                gone.add(item.item_id)
        if not gone:
            return items
        for category in walk_categories(tree):
            category.items = [item for item in category.items if item.item_id not in gone]
        return [item for item in items if item.item_id not in gone]

    def categories(self, items: list[ItemView], tree: list[CategoryView]) -> tuple[list[ItemView], list[CategoryView]]:
        """Take categories out with all that stands in them; give the dishes and the tree that stay."""
        report = self._report
        gone: dict[str, str] = {}

        def stay(categories: list[CategoryView]) -> list[CategoryView]:
            staying = []
            for category in categories:
                reason = self._reason("categories", category)
                if reason is None:
                    category.subcategories = stay(category.subcategories)
                    staying.append(category)
                    continue
                report.add("left-out-by-mapping", "category", category.category_id, category.name, reason)
                gone[category.category_id] = category.name
                for below in walk_categories(category.subcategories):
                    report.add("subcategory-left-out", "category", below.category_id, below.name, category.name)
                    gone[below.category_id] = category.name
            return staying

        tree = stay(tree)
        if not gone:
            return items, tree
        remaining = []
        for item in items:
            left = [category_id for category_id in item.category_ids if category_id not in gone]
            if not left and item.category_ids:
                report.add("category-left-out", "item", item.item_id, item.name, gone[item.category_ids[0]])
                continue
            item.category_ids = left
            remaining.append(item)
        return remaining, tree


def _take_option(group: GroupView, option: OptionView) -> None:
    group.options = [other for other in group.options if other is not option]
    group.available_options = [other for other in group.available_options if other is not option]
    group.option_keys = [other.key for other in group.options]
