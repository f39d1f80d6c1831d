"""Menus that are probably a mistake: empty, half gone, or with all prices changed at once. They are held.

Compared is with the last menu that the platform accepted; an operator's release or force lets one go.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from pipeline.findings import Finding, Record
from pipeline.menu import Item, Menu

KEPT = Decimal("0.5")
"""A menu that keeps less of its dishes than this is held."""
CHEAPER = Decimal("0.5")
DEARER = Decimal("1.5")
"""A price that falls to the one, or rises to the other, of what it was has jumped …"""
JUMPED = Decimal("0.5")
"""… and a menu in which more of the dishes' prices than this have jumped is held."""
COMPARED = 3
"""Of fewer dishes nothing can be told."""
NAMED = 5


def regressions(old: Menu | None, new: Menu) -> list[Finding]:
    """Tell what about a new menu looks like a mistake, beside the last accepted one."""
    if old is None or not old.items or not new.items:
        return []
    return [*_lost(old.items, new.items), *_jumped(old.items, new.items)]


def nothing_left(label: str, restaurant: Record, had: int) -> Finding:
    """Tell that a menu has dishes, and none of them reaches the platform."""
    message = f"None of the {had} dishes of this menu would be on {label}."
    hint = "See what was left out and why; release it if the restaurant's menu there really is to be emptied."
    return Finding("menu-empty", "hold", message, hint, records=(restaurant,))


def _lost(old: list[Item], new: list[Item]) -> Iterable[Finding]:
    """A dish that only got another id, or another name, is still there."""
    ids, names = {item.item_id for item in new}, {item.name.casefold() for item in new}
    gone = [item for item in old if item.item_id not in ids and item.name.casefold() not in names]
    if len(old) >= COMPARED and len(old) - len(gone) < KEPT * len(old):
        share = round(100 * len(gone) / len(old))
        message = f"{len(gone)} of {len(old)} dishes that are on the platform ({share} %) are missing from this menu."
        hint = "If that is meant, release it; else look at the menu's source."
        yield Finding("menu-lost-items", "hold", message, hint, records=_records(gone), count=len(gone))


def _jumped(old: list[Item], new: list[Item]) -> Iterable[Finding]:
    before = {item.item_id: item.price for item in old if item.price > 0}
    compared = [(item, item.price / before[item.item_id]) for item in new if item.item_id in before]
    jumped = [item for item, ratio in compared if ratio <= CHEAPER or ratio >= DEARER]
    if len(compared) >= COMPARED and len(jumped) > JUMPED * len(compared):
        example = jumped[0]
        message = (
            f"The prices of {len(jumped)} of {len(compared)} dishes changed by half or more, "
            f"such as {example.name} from {before[example.item_id]} to {example.price}."
        )
        hint = "If that is meant, release it; else look at the menu's source and its currency."
        yield Finding("menu-prices-jumped", "hold", message, hint, records=_records(jumped), count=len(jumped))


def _records(items: list[Item]) -> tuple[Record, ...]:
    return tuple(Record("item", item.item_id, item.name) for item in items[:NAMED])
