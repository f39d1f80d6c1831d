"""Which dishes reach a modifier group, for findings that name dishes; worked out when one first needs it."""

from __future__ import annotations

from functools import cached_property

from pipeline.menu import Menu
from pipeline.shaping.report import shortened

NAMED = 3


class Reach:
    """Names groups and options together with the dishes they belong to."""

    def __init__(self, menu: Menu) -> None:
        self._menu = menu

    def any(self, group_id: str) -> bool:
        """Tell whether any dish has the group."""
        return group_id in self._dishes

    def group_name(self, group_id: str, name: str) -> str:
        """Give ``Size of Cola, Tea``."""
        dishes = self._dishes.get(group_id)
        return f"{name} of {dishes}" if dishes else name

    def option_name(self, group_id: str, group: str, option: str) -> str:
        """Give ``Large (Size of Cola, Tea)``."""
        return f"{option} ({self.group_name(group_id, group)})"

    @cached_property
    def _dishes(self) -> dict[str, str]:
        nested = {
            group.modifier_group_id: [below for option in group.options for below in option.modifier_groups]
            for group in self._menu.modifier_groups
        }
        names: dict[str, dict[str, None]] = {}
        for item in self._menu.items:
            pending = list(item.modifier_groups)
            reached = set(pending)
            while pending:
                group_id = pending.pop()
                names.setdefault(group_id, {})[item.name] = None
                pending.extend(below for below in nested.get(group_id, ()) if below not in reached)
                reached.update(nested.get(group_id, ()))
        return {group_id: _some(list(dishes)) for group_id, dishes in names.items()}


def _some(names: list[str]) -> str:
    shown = ", ".join(shortened(name) for name in names[:NAMED])
    return f"{shown} and {len(names) - NAMED} more" if len(names) > NAMED else shown
