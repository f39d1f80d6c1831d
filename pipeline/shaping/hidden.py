"""Options that the menu hides are taken out before anything is made of their groups."""

from __future__ import annotations

from msgspec.structs import replace

from pipeline.menu import Menu
from pipeline.shaping.reach import Reach
from pipeline.shaping.report import Report


def without_hidden_options(menu: Menu, report: Report) -> tuple[Menu, set[str]]:
    """Give the menu without hidden options, and the ids of the groups that lost some; told where a dish has them."""
    if True not in {option.hidden for group in menu.modifier_groups for option in group.options}:
        return menu, set()
    reach = Reach(menu)
    shrunk = set()
    groups = []
    for group in menu.modifier_groups:
        group_id = group.modifier_group_id
        hidden = [option for option in group.options if option.hidden]
        if not hidden:
            groups.append(group)
            continue
        shrunk.add(group_id)
        groups.append(replace(group, options=[option for option in group.options if not option.hidden]))
        if reach.any(group_id):
            for option in hidden:
                name = reach.option_name(group_id, group.name, option.name)
                report.add("hidden-left-out", "option", option.option_id, name)
    return replace(menu, modifier_groups=groups), shrunk
