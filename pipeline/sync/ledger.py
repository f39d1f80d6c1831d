"""What is sold out: the ledger laid over a menu, and what of it a platform still has to be told.

An entry's id is what the platform knows: ``item_id``, or an option's ``key``. Entries by
:data:`FROM_MENU` come from the menu itself, and end when the menu says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Literal

from msgspec.structs import replace

from pipeline.mapping.compiled import CompiledMapping
from pipeline.mapping.expressions.scope import ChangesView, ChangeView
from pipeline.mapping.rules.walk import names_in
from pipeline.menu import Menu
from pipeline.shaping import Shaped
from pipeline.shaping.views import MenuView
from pipeline.store.records import SoldOut

FROM_MENU = "menu"


def is_open(entry: SoldOut, now: datetime) -> bool:
    """Tell whether an entry holds: not ended, and its time has not come."""
    return not entry.ended and (entry.until is None or entry.until > now)


@lru_cache(maxsize=64)
def carried_by_publish(mapping: CompiledMapping) -> bool:
    """Tell whether a whole publish says what is sold out, so that nothing has to be told after it."""
    rules = [mapping.rules.payload, *(bound for _, bound in mapping.rules.let)]
    rules += [template.rule for template in mapping.rules.templates.values()]
    shape = mapping.document.shape
    drops = shape is not None and shape.unavailable_items == "drop"
    return drops or any({"sold_out", "sold_out_until", "availability"} & names_in(rule) for rule in rules)


def mark_menu(menu: Menu, entries: Iterable[SoldOut]) -> Menu:
    """Mark dishes sold out in the menu itself, for platforms that leave such dishes out."""
    gone = {entry.id: entry for entry in entries if entry.kind == "item"}
    if not gone:
        return menu
    items = [
        replace(item, availability=False, sold_out_until=_instant(gone[item.item_id].until))
        if item.item_id in gone
        else item
        for item in menu.items
    ]
    return replace(menu, items=items)


def mark_views(shaped: Shaped, entries: Iterable[SoldOut]) -> None:
    """Mark dishes and options sold out in the shaped views, which are this platform's own."""
    gone = {(entry.kind, entry.id): entry for entry in entries}
    if not gone:
        return
    for item in shaped.menu.items:
        entry = gone.get(("item", item.item_id))
        if entry is not None:
            item.sold_out, item.availability, item.sold_out_until = True, False, _instant(entry.until)
    keys = {entry_id for kind, entry_id in gone if kind == "option"}
    if not keys:
        return
    for option in shaped.menu.options:
        if option.key in keys:
            option.sold_out, option.sold_out_until = True, _instant(gone["option", option.key].until)
    for group in shaped.menu.modifier_groups:
        for option in group.options:
            if option.key in keys:
                option.sold_out, option.sold_out_until = True, _instant(gone["option", option.key].until)
        group.available_options = [option for option in group.options if not option.sold_out and not option.hidden]


def from_menu(
    menu: MenuView, entries: Iterable[SoldOut], restaurant_id: str, platform: str, now: datetime
) -> list[SoldOut]:
    """Give the ledger's entries that change because of what the menu itself says: new ones, and ended ones.

    ``menu`` is shaped without the ledger.
    """
    known = {(entry.kind, entry.id): entry for entry in entries}
    wanted: dict[tuple[Literal["item", "option"], str], SoldOut] = {}
    for item in menu.items:
        if item.sold_out:
            until = _parsed(item.sold_out_until)
            wanted["item", item.item_id] = SoldOut(
                restaurant_id=restaurant_id, platform=platform, kind="item", id=item.item_id,
                name=item.name, since=now, until=until, by=FROM_MENU,
            )  # fmt: skip
    for option in menu.options:
        if option.sold_out:
            until = _parsed(option.sold_out_until)
            wanted["option", option.key] = SoldOut(
                restaurant_id=restaurant_id, platform=platform, kind="option", id=option.key,
                name=option.name, since=now, until=until, by=FROM_MENU,
            )  # fmt: skip
    changed = []
    for key, entry in wanted.items():
        before = known.get(key)
        if before is None:
            changed.append(entry)
        elif before.by == FROM_MENU and (before.ended or before.until != entry.until):
            changed.append(replace(before, ended=False, until=entry.until, told=False))
    for key, before in known.items():
        if before.by == FROM_MENU and key not in wanted and not before.ended:
            changed.append(ended(before))
    return changed


def ended(entry: SoldOut, *, being_told: bool = False) -> SoldOut:
    """End an entry: back in stock. One that the platform was never told of needs no telling either.

    ``being_told``: an availability operation runs at this moment, and may be telling it.
    """
    never = entry.told_at is None and not entry.told and not being_told
    return replace(entry, ended=True, told=never)


def untold(entries: Iterable[SoldOut]) -> list[SoldOut]:
    """Give what the platform has still to be told."""
    return [entry for entry in entries if not entry.told]


def changes_of(entries: Iterable[SoldOut]) -> ChangesView:
    """Give the entries as mappings see them."""
    pairs = [(entry.kind, _change(entry)) for entry in entries]
    items = [change for kind, change in pairs if kind == "item"]
    options = [change for kind, change in pairs if kind == "option"]
    return ChangesView(items, options, [*items, *options])


def _change(entry: SoldOut) -> ChangeView:
    until = _instant(entry.until)
    if entry.ended:
        return ChangeView(entry.id, entry.name, available=True, until=None, previous_until=until)
    return ChangeView(entry.id, entry.name, available=False, until=until, previous_until=None)


def _instant(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")


def _parsed(text: str | None) -> datetime | None:
    try:
        return None if text is None else datetime.fromisoformat(text)
    except ValueError:
        return None
