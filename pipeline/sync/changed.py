"""What changed between two shaped menus, and whether the platform's small item update can carry it.

A change goes out dish by dish only where everything else is as it was: the restaurant, the
categories, which dishes and groups there are and how they hang together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from msgspec.structs import asdict

from pipeline.mapping.expressions.scope import ChangedView
from pipeline.mapping.form.steps import StepForm
from pipeline.mapping.nodes import texts_in
from pipeline.shaping import Shaped
from pipeline.shaping.views import CategoryView, GroupView, ItemView, OptionView

MOST = 50
"""More changed records than this go out with one whole menu, which costs fewer requests."""

_LOOP = re.compile(r"([A-Za-z_]\w*)(?:\s*,\s*\w+)?\s+in\s+=?\s*changed\.(items|options)\b")


@dataclass(frozen=True, slots=True)
class Readable:
    """The fields of dishes and options that the steps of an item update read."""

    items: frozenset[str]
    options: frozenset[str]


def readable_fields(steps: Iterable[StepForm]) -> Readable:
    """Give what the steps of ``item_update`` read of ``changed.items`` and ``changed.options``."""
    found: dict[str, set[str]] = {"items": set(), "options": set()}
    for step in steps:
        texts = [str(text.value) for text in texts_in(step.node)]
        loops = {name: kind for text in texts for name, kind in _LOOP.findall(text)}
        for name, kind in loops.items():
            for text in texts:
                found[kind].update(re.findall(rf"(?<![\w.]){re.escape(name)}\.([A-Za-z_]\w*)", text))
    return Readable(frozenset(found["items"]), frozenset(found["options"]))


def changed_records(old: Shaped, new: Shaped, readable: Readable) -> ChangedView | None:
    """Give the dishes and options that changed; None where the change is more than the small update can carry."""
    if old.restaurant != new.restaurant or old.menu.schedules != new.menu.schedules:
        return None
    if _tree(old.menu.categories) != _tree(new.menu.categories):
        return None
    if _by(_group_id, old.menu.modifier_groups, _group) != _by(_group_id, new.menu.modifier_groups, _group):
        return None
    items = _differing(old.menu.items, new.menu.items, _item_id, _item, readable.items)
    options = _differing(old.menu.options, new.menu.options, _option_key, _option, readable.options)
    if items is None or options is None or not 0 < len(items) + len(options) <= MOST:
        return None
    return ChangedView(items, options)


def _differing(
    old: list[Any],
    new: list[Any],
    key: Callable[[Any], str],
    flat: Callable[[Any], dict[str, Any]],
    readable: frozenset[str],
) -> list[Any] | None:
    before, after = _by(key, old, flat), _by(key, new, flat)
    if before.keys() != after.keys():
        return None
    changed = []
    for record in new:
        was, now = before[key(record)], after[key(record)]
        fields = {name for name in now if was[name] != now[name]}
        if fields - readable:
            return None
        if fields:
            changed.append(record)
    return changed


def _by(key: Callable[[Any], str], records: list[Any], flat: Callable[[Any], dict[str, Any]]) -> Mapping[str, Any]:
    return {key(record): flat(record) for record in records}


def _tree(categories: list[CategoryView]) -> list[Any]:
    return [
        {
            **asdict(category),
            "items": [item.item_id for item in category.items],
            "subcategories": _tree(category.subcategories),
        }
        for category in categories
    ]


def _item(item: ItemView) -> dict[str, Any]:
    values = asdict(item)
    values["modifier_groups"] = [group.modifier_group_id for group in item.modifier_groups]
    del values["availability"], values["sizes_or_one"]  # sold_out and sizes say it
    return values


def _option(option: OptionView) -> dict[str, Any]:
    return {**asdict(option), "modifier_groups": [group.modifier_group_id for group in option.modifier_groups]}


def _group(group: GroupView) -> dict[str, Any]:
    values = asdict(group)
    values["options"] = [option.key for option in group.options]
    del values["available_options"]  # the options say it
    return values


def _item_id(item: ItemView) -> str:
    return item.item_id


def _option_key(option: OptionView) -> str:
    return option.key


def _group_id(group: GroupView) -> str:
    return group.modifier_group_id
