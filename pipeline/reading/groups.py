"""Modifier groups: how many may be chosen, and how they nest."""

from __future__ import annotations

from itertools import chain

from pipeline.menu import Menu, ModifierGroup
from pipeline.reading.columns import column, filled
from pipeline.reading.limits import MAX_CHOICES, MAX_LEVELS
from pipeline.reading.problems import Problems, counted, record_of, shown
from pipeline.reading.walks import cycles, levels


def check_groups(menu: Menu, problems: Problems) -> None:
    """Check limits of choices and nesting; a link that closes a cycle is taken out."""
    for group in menu.modifier_groups:
        most = group.max_select
        if most is not None and group.min_select > most:
            problems.add(
                "menu-group-min-over-max",
                f"At least {group.min_select} must be chosen, but at most {most} can be.",
                (record_of(group),),
                "min_select",
                "Correct min_select or max_select.",
            )
        elif group.min_select > len(group.options):
            # An option that can be taken several times counts as often.
            can = sum(option.max_quantity or 1 for option in group.options)
            if group.min_select > can:
                there = f"there {'is' if can == 1 else 'are'} only {counted(can, 'choice')}"
                problems.add(
                    "menu-group-too-few-options",
                    f"At least {group.min_select} must be chosen, but {there}.",
                    (record_of(group),),
                    "min_select",
                    "Lower min_select, or add options.",
                )
    inside = {
        group.modifier_group_id: list(chain.from_iterable(named))
        for group in menu.modifier_groups
        if (named := list(filled(group.options, "modifier_groups")))
    }
    if inside and not _surely_few(menu, inside):
        groups = {group.modifier_group_id: group for group in menu.modifier_groups}
        links = {group_id: list(dict.fromkeys(named)) for group_id, named in inside.items()}
        _check_nesting(menu, groups, links, problems)


def _surely_few(menu: Menu, inside: dict[str, list[str]]) -> bool:
    """Tell at little cost that groups nest without a cycle, few levels deep, and come to few options.

    From the inmost groups outwards, a level at a time; ``inside`` are the groups that each one's options name.
    """
    choices = {group.modifier_group_id: len(group.options) for group in menu.modifier_groups}
    waiting = inside
    for _ in range(MAX_LEVELS - 1):  # the inmost groups are a level, too
        ready = [group_id for group_id, named in waiting.items() if waiting.keys().isdisjoint(named)]
        if not ready:
            return False
        for group_id in ready:
            choices[group_id] += sum(map(choices.__getitem__, inside[group_id]))
        if len(ready) == len(waiting):
            dishes = column(menu.items, "modifier_groups")
            return all(sum(map(choices.__getitem__, named)) <= MAX_CHOICES for named in dishes)
        done = set(ready)
        waiting = {group_id: named for group_id, named in waiting.items() if group_id not in done}
    return False


def _check_nesting(
    menu: Menu, groups: dict[str, ModifierGroup], inside: dict[str, list[str]], problems: Problems
) -> None:
    backward: dict[str, set[str]] = {}
    for cycle in cycles(inside):
        backward.setdefault(cycle.last, set()).add(cycle.first)
        names = " → ".join(shown(groups[group_id].name) for group_id in (*cycle.some, cycle.first))
        problems.add(
            "menu-group-cycle",
            f"Modifier groups contain each other: {names}.",
            tuple(record_of(groups[group_id]) for group_id in cycle.some),
            "modifier_groups",
            "Take one of these groups out of the other's options.",
        )
    for group_id, first in backward.items():
        inside[group_id] = [inner for inner in inside[group_id] if inner not in first]
        for option in groups[group_id].options:
            option.modifier_groups = [inner for inner in option.modifier_groups if inner not in first]
    depth = levels(inside)
    deep = [group_id for group_id, level in depth.items() if level > MAX_LEVELS]
    if deep:
        problems.add(
            "menu-group-depth",
            f"Modifier groups are nested more than {MAX_LEVELS} levels deep.",
            (record_of(groups[deep[0]]),),
            "modifier_groups",
            "Nest fewer groups inside options; no platform takes more than a few levels.",
        )
    for group_id in deep:
        for option in groups[group_id].options:
            option.modifier_groups = []
    _check_growth(menu, groups, depth, problems)


def _check_growth(menu: Menu, groups: dict[str, ModifierGroup], depth: dict[str, int], problems: Problems) -> None:
    """Count what each dish's choices come to when every nested group is written out where it is used."""
    choices = {group_id: len(group.options) for group_id, group in groups.items()}
    for group_id in sorted(depth, key=depth.__getitem__):
        for option in groups[group_id].options:
            choices[group_id] += sum(choices[inner] for inner in option.modifier_groups)
    for item in menu.items:
        total = sum(choices[group_id] for group_id in item.modifier_groups)
        if total > MAX_CHOICES:
            problems.add(
                "menu-group-growth",
                f"Its nested modifier groups come to {shown(total)} options; at most {MAX_CHOICES:,} can be sent.",
                (record_of(item),),
                "modifier_groups",
                "Nest fewer groups inside options.",
            )
            item.modifier_groups = []
