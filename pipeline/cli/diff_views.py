"""A difference for people: what the menu changed, what the mapping changed, in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipeline.cli.console import visible
from pipeline.comparing import Change, Difference
from pipeline.comparing.changes import said
from pipeline.comparing.raw import RawChange

SHOWN = 12
"""So many changes of one kind are told one by one."""
SHOWN_ALIKE = 3
"""A mapping's line changes every dish alike, so few examples do."""
LIMIT = 400


def difference_text(difference: Difference, title: str) -> str:
    """Lay out a difference."""
    restaurant = visible(difference.new.shaped.restaurant.name, 200)
    parts = [f"{restaurant} on {visible(title, 200)}: {_number(difference)}"]
    for head, changes, shown in (
        ("Changed by the menu", difference.menu_changes, SHOWN),
        ("Changed by the mapping", difference.mapping_changes, SHOWN_ALIKE),
    ):
        if changes:
            parts.append("\n".join([f"{head}:", *(f"  {line}" for line in change_lines(changes, shown))]))
    if difference.movement.suspicious:
        reasons = " ".join(difference.movement.reasons())
        parts.append(f"A publish would be held back for someone to look at: {reasons}")
    return "\n\n".join(parts)


def change_lines(changes: Sequence[Change], shown: int = SHOWN) -> list[str]:
    """Give the sentences of changes; of many of one kind the first, and how many more there are."""
    kinds: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        field = change.fields[0].field if change.code == "field" and change.fields else ""
        kinds.setdefault((change.code, field), []).append(change)
    lines = []
    for (code, field), same in kinds.items():
        lines += [visible(change.text, LIMIT) for change in same[:shown]]
        if len(same) > shown:
            lines.append(f"… and {len(same) - shown} more ({field or code}){_all_by(same)}")
    return lines


def raw_text(changes: Iterable[RawChange]) -> str:
    """Lay out the payloads' difference place by place."""
    lines = []
    for change in changes:
        if change.old_path:
            lines.append(f"- {visible(change.old_path)}: {visible(said(change.old))}")
        if change.new_path:
            lines.append(f"+ {visible(change.new_path)}: {visible(said(change.new))}")
    return "\n".join(lines)


def _number(difference: Difference) -> str:
    by_menu, by_mapping = len(difference.menu_changes), len(difference.mapping_changes)
    total = by_menu + by_mapping
    if not total:
        return "nothing would change"
    number = f"{total} change{'' if total == 1 else 's'}"
    return f"{number}, {by_menu} by the menu and {by_mapping} by the mapping" if by_menu and by_mapping else number


def _all_by(changes: Sequence[Change]) -> str:
    percents = [change.percent for change in changes if change.percent is not None]
    if not percents:
        return ""
    low, high = min(percents), max(percents)
    return f", all {low:+} %" if low == high else f", from {low:+} % to {high:+} %"
