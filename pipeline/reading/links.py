"""Ids are unique, and whatever is named exists; what is not so is told and taken out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from pipeline.findings import Record
from pipeline.menu import BundleEntry, Category, Item, Menu, Option, Restaurant
from pipeline.reading.columns import column, filled, options_of
from pipeline.reading.problems import PLURALS, RECORDS, Problems, counted, record_of, shown


def check_ids(menu: Menu, problems: Problems) -> None:
    """Leave one record of each id; the first one stays."""
    menu.categories = _unique(menu.categories, (), problems)
    menu.items = _unique(menu.items, (), problems)
    menu.modifier_groups = _unique(menu.modifier_groups, (), problems)
    for item in menu.items:
        if len(item.sizes) > 1:
            item.sizes = _unique(item.sizes, (record_of(item),), problems)
    for group in menu.modifier_groups:
        if not _all_differ(column(group.options, "option_id"), len(group.options)):
            group.options = _unique(group.options, (record_of(group),), problems)


def _unique(records: list[Any], outside: Sequence[Record], problems: Problems) -> list[Any]:
    if not records:
        return records
    kind, id_field = RECORDS[type(records[0])]
    if _all_differ(column(records, id_field), len(records)):
        return records
    first: dict[str, Any] = {}
    for record in records:
        record_id = getattr(record, id_field)
        other = first.setdefault(record_id, record)
        if other is not record:
            where = f" of the {outside[-1].kind}" if outside else ""
            problems.add(
                "menu-duplicate-id",
                f"Two {PLURALS.get(kind, kind + 's')}{where} have the {id_field} {shown(record_id)}: "
                f"{shown(other.name)} and {shown(record.name)}; only the first was kept.",
                (*outside, record_of(record)),
                id_field,
                f"Give each {kind} an id of its own.",
            )
    return list(first.values())


def _all_differ(ids: Iterable[str], count: int) -> bool:
    return len(set(ids)) == count


def check_references(menu: Menu, problems: Problems) -> None:
    """Check the modifier groups and the dishes that records name."""
    groups = {group.modifier_group_id for group in menu.modifier_groups}
    items = {item.item_id for item in menu.items}
    twice: list[Record] = []
    for item in menu.items:
        named = item.modifier_groups
        if named and _doubtful(named, groups):
            item.modifier_groups = _known(named, groups, (record_of(item),), twice, problems)
        if item.bundle:
            item.bundle = _known_dishes(item.bundle, items, record_of(item), problems)
    if any(_doubtful(named, groups) for named in filled(options_of(menu), "modifier_groups")):
        for group in menu.modifier_groups:
            for option in group.options:
                named = option.modifier_groups
                if _doubtful(named, groups):
                    trail = (record_of(group), record_of(option))
                    option.modifier_groups = _known(named, groups, trail, twice, problems)
    if twice:
        problems.collect(
            "menu-reference-twice",
            f"{counted(len(twice), 'record')} {'names' if len(twice) == 1 else 'name'} the same modifier group twice; "
            "it is kept once.",
            twice,
            "modifier_groups",
        )


def _doubtful(named: list[str], groups: set[str]) -> bool:
    """Tell whether ids have to be looked at one by one; nearly always not."""
    return not groups.issuperset(named) or (len(named) > 1 and len(set(named)) < len(named))


def _known(
    named: list[str], groups: set[str], trail: Sequence[Record], twice: list[Record], problems: Problems
) -> list[str]:
    once = list(dict.fromkeys(named))
    if len(once) < len(named):
        twice.append(trail[-1])
    for group_id in once:
        if group_id not in groups and ("group", group_id) not in problems.left_out:
            problems.add(
                "menu-group-unknown",
                f"The modifier group {shown(group_id)} does not exist.",
                trail,
                "modifier_groups",
                "Add the group to the menu, or take its id out here.",
            )
    return [group_id for group_id in once if group_id in groups]


def _known_dishes(bundle: list[BundleEntry], items: set[str], owner: Record, problems: Problems) -> list[BundleEntry]:
    for entry in bundle:
        if entry.item_id not in items and ("item", entry.item_id) not in problems.left_out:
            problems.add(
                "menu-bundle-unknown",
                f"The bundle contains the item {shown(entry.item_id)}, which does not exist.",
                (owner,),
                "bundle",
                "Add the item to the menu, or take it out of the bundle.",
            )
    return [entry for entry in bundle if entry.item_id in items]


def check_images(menu: Menu, problems: Problems) -> None:
    """Leave out addresses of pictures that are not of the web: they would reach platforms and pages."""
    owners: list[Restaurant | Category | Item | Option] = [menu.restaurant, *menu.categories, *menu.items]
    owners += [option for group in menu.modifier_groups for option in group.options]
    wrong = [
        owner
        for owner in owners
        if owner.image_url is not None and not owner.image_url.lower().startswith(("http://", "https://"))
    ]
    named = [record_of(owner) for owner in wrong if (owner.image_url or "").strip()]  # an empty address is none
    for owner in wrong:
        owner.image_url = None
    if named:
        problems.collect(
            "menu-image-address",
            f"{counted(len(named), 'picture')} without a web address; left out.",
            named,
            "image_url",
            "Write the whole address, starting with https://.",
        )
