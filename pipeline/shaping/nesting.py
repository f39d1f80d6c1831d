"""Modifier groups below options: how deep they go, and what becomes of those too deep for a platform.

All of it rewrites the menu's records before views are made; the given menu is never changed. A group
that has to be rewritten in several ways, because it is used at several depths, is there several
times: the one with the most room keeps its id, the others get an id that says their room.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Literal

from msgspec.structs import replace

from pipeline.menu import Item, Menu, ModifierGroup, Option
from pipeline.shaping.combining import MAX_OPTIONS, multiplied, with_distinct_ids
from pipeline.shaping.report import Report
from pipeline.shaping.views import GroupView, ItemView


def nested_groups(groups: Iterable[ModifierGroup]) -> dict[str, list[str]]:
    """Give the ids of the groups directly below each group that has any.

    The loop is bare because it passes every option of every menu.
    """
    below: dict[str, list[str]] = {}
    for group in groups:
        for option in group.options:
            if option.modifier_groups:
                below.setdefault(group.modifier_group_id, []).extend(option.modifier_groups)
    return below


def depths(below: Mapping[str, list[str]]) -> dict[str, int]:
    """Give the number of levels of each group that has others below it, itself included.

    >>> depths({"crust": ["size", "dip"], "size": ["cut"]})
    {'size': 2, 'crust': 3}
    """
    levels: dict[str, int] = {}

    def measure(group_id: str) -> int:
        if group_id in below and group_id not in levels:
            levels[group_id] = 1 + max(measure(nested) for nested in below[group_id])
        return levels.get(group_id, 1)

    for group_id in below:
        measure(group_id)
    return levels


def fitting(
    menu: Menu, levels: int | None, beyond: Literal["error", "flatten", "drop"], separator: str, report: Report
) -> tuple[Menu, dict[str, str]]:
    """Give the menu with at most ``levels`` of modifier groups, and dish id → why that was not possible.

    With ``error`` it stays as it is; :func:`refuse_deep` then looks at what is published in the end.
    """
    if levels is None or beyond == "error":
        return menu, {}
    depth = depths(nested_groups(menu.modifier_groups))
    if max(depth.values(), default=1) <= levels:
        return menu, {}
    nesting = Nesting(menu, depth, levels, beyond, separator, report)
    return nesting.menu(), nesting.problems


def refuse_deep(
    items: Iterable[ItemView],
    levels: int,
    below: Mapping[str, list[GroupView]],
    problems: Mapping[str, str],
    report: Report,
) -> None:
    """Report dishes whose groups are still nested deeper than ``levels``.

    ``below``: group id → the groups directly below it, of those that have any.
    """
    depth = depths({group_id: [group.modifier_group_id for group in groups] for group_id, groups in below.items()})
    if max(depth.values(), default=1) <= levels:
        return
    limit = f"{levels} level" + ("s" if levels != 1 else "")
    for item in items:
        if any(depth.get(group.modifier_group_id, 1) > levels for group in item.modifier_groups):
            problem = problems.get(item.item_id)
            reason = f"{limit}; {problem}" if problem else limit
            report.add("modifiers-too-deep", "item", item.item_id, item.name, reason)


@dataclass(slots=True)
class _Rewritten:
    """One use of a group with only the levels it may have, and what that took, all levels below included."""

    group: ModifierGroup
    lifted: dict[str, None] = field(default_factory=dict)
    """Ids of optional groups that move to the dish, as published."""
    changes: dict[tuple[str, str], None] = field(default_factory=dict)
    """Finding code and the names of the groups concerned."""
    problem: str = ""
    """Why it could not be flattened; then it is as deep as it was."""

    def take(self, below: _Rewritten) -> None:
        """Add what happened to a group below."""
        self.lifted.update(below.lifted)
        self.changes.update(below.changes)
        self.problem = self.problem or below.problem


class Nesting:
    """Rewrites modifier groups so that no dish has more than ``levels`` of them."""

    def __init__(
        self,
        menu: Menu,
        depth: Mapping[str, int],
        levels: int,
        beyond: Literal["flatten", "drop"],
        separator: str,
        report: Report,
    ) -> None:
        self._menu = menu
        self._depth = depth
        self._levels = levels
        self._flatten = beyond == "flatten"
        self._separator = separator
        self._report = report
        self._groups = {group.modifier_group_id: group for group in menu.modifier_groups}
        self._rooms = self._rooms_of_groups()
        self._made: dict[tuple[str, int], _Rewritten] = {}
        self.problems: dict[str, str] = {}
        """Item id → why its groups could not be flattened."""

    def menu(self) -> Menu:
        """Give the rewritten menu; what changed is reported by dish."""
        items = []
        for item in self._menu.items:
            if any(self._depth.get(group_id, 1) > self._levels for group_id in item.modifier_groups):
                items.append(self._item(item))
            else:
                items.append(item)
        made = {entry.group.modifier_group_id: entry.group for entry in self._made.values()}
        groups = [made.pop(group.modifier_group_id, group) for group in self._menu.modifier_groups]
        return replace(self._menu, items=items, modifier_groups=[*groups, *made.values()])

    def _item(self, item: Item) -> Item:
        group_ids: dict[str, None] = {}
        lifted: dict[str, None] = {}
        changes: dict[str, dict[str, None]] = {}
        for group_id in item.modifier_groups:
            group_ids[self._id(group_id, self._levels)] = None
            if group_id not in self._depth:
                continue
            use = self._rewrite(group_id, self._levels)
            lifted.update(use.lifted)
            for code, names in use.changes:
                changes.setdefault(code, {})[names] = None
            if use.problem:
                self.problems.setdefault(item.item_id, use.problem)
        for code, reasons in changes.items():
            self._report.add(code, "item", item.item_id, item.name, ", ".join(reasons))
        return replace(item, modifier_groups=list(group_ids | lifted))

    def _room(self, group_id: str, room: int) -> int:
        """Give how many of its levels a group can show where there is room for ``room``."""
        return min(room, self._depth.get(group_id, 1))

    def _rooms_of_groups(self) -> dict[str, set[int]]:
        """Find the rooms that every nesting group is used with."""
        rooms: dict[str, set[int]] = {}
        pending = [(group_id, self._levels) for item in self._menu.items for group_id in item.modifier_groups]
        while pending:
            group_id, room = pending.pop()
            if group_id not in self._depth or self._room(group_id, room) in rooms.get(group_id, ()):
                continue
            room = self._room(group_id, room)
            rooms.setdefault(group_id, set()).add(room)
            for option in self._groups[group_id].options:
                pending.extend((nested, room - 1 if room > 1 else self._levels) for nested in option.modifier_groups)
        return rooms

    def _id(self, group_id: str, room: int) -> str:
        """Give the id that a use of a group is published under."""
        room = self._room(group_id, room)
        if room == max(self._rooms.get(group_id, (room,))):
            return group_id
        copy_id = f"{group_id}{self._separator}{room}"
        while copy_id in self._groups:
            copy_id += self._separator or "~"
        return copy_id

    def _rewrite(self, group_id: str, room: int) -> _Rewritten:
        room = self._room(group_id, room)
        if (made := self._made.get((group_id, room))) is not None:
            return made
        group = self._groups[group_id]
        made = _Rewritten(group)
        if self._depth.get(group_id, 1) > room:
            if room > 1:
                options = self._with_less_room(group, room, made)
            elif self._flatten:
                options = self._flattened(group, made)
            else:
                options = self._dropped(group, made)
            new_id = self._id(group_id, room)
            if new_id != group_id:
                self._report.add("modifier-group-copied", "modifier_group", group_id, group.name, new_id)
            made.group = replace(group, modifier_group_id=new_id, options=options)
        self._made[group_id, room] = made
        return made

    def _with_less_room(self, group: ModifierGroup, room: int, made: _Rewritten) -> list[Option]:
        options = []
        for option in group.options:
            for nested in option.modifier_groups:
                if nested in self._depth:
                    made.take(self._rewrite(nested, room - 1))
            nested_ids = [self._id(nested, room - 1) for nested in option.modifier_groups]
            options.append(replace(option, modifier_groups=nested_ids))
        return options

    def _dropped(self, group: ModifierGroup, made: _Rewritten) -> list[Option]:
        for option in group.options:
            for nested in option.modifier_groups:
                made.changes["modifiers-dropped", self._groups[nested].name] = None
        return [replace(option, modifier_groups=[]) for option in group.options]

    def _flattened(self, group: ModifierGroup, made: _Rewritten) -> list[Option]:
        """Multiply required choices out and lift optional ones; with a problem, leave all as it is."""
        if group.max_select != 1:
            made.problem = f"{group.name} allows more than one choice, so that what is below cannot become one list"
        elif group.free_select:
            made.problem = f"{group.name} has free choices, which a joined price would make free altogether"
        options: list[Option] = []
        for option in group.options:
            below: list[list[Option]] = []
            for nested in option.modifier_groups:
                if not made.problem:
                    self._take_below(group, self._groups[nested], below, made)
            ways = prod(len(part) for part in below)
            if len(options) + ways > MAX_OPTIONS:
                made.problem = made.problem or f"{group.name} would become a list of more than {MAX_OPTIONS} options"
            if made.problem:
                made.lifted.clear()
                made.changes.clear()
                return group.options
            options += multiplied(option, below, self._separator) if below else [replace(option, modifier_groups=[])]
        return with_distinct_ids(options, self._separator)

    def _take_below(
        self, group: ModifierGroup, nested: ModifierGroup, below: list[list[Option]], made: _Rewritten
    ) -> None:
        """Add one nested group: its options to ``below``, or itself to what is lifted, or the problem."""
        nested_id = nested.modifier_group_id
        if not nested.options:
            self._report.add("modifier-group-empty", "modifier_group", nested_id, f"{nested.name} below {group.name}")
        elif nested.min_select == 0:
            made.take(self._rewrite(nested_id, self._levels))
            made.lifted[self._id(nested_id, self._levels)] = None
            made.changes["modifiers-lifted", nested.name] = None
        elif nested.min_select == nested.max_select == 1 and not nested.free_select:
            flat = self._rewrite(nested_id, 1)
            made.take(flat)
            below.append(flat.group.options)
            made.changes["modifiers-multiplied", f"{group.name} with {nested.name}"] = None
        else:
            made.problem = made.problem or f"{nested.name} below {group.name} asks for more than exactly one choice"
