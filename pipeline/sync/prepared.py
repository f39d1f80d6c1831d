"""A menu made ready for one platform: shaped with what is sold out, mapped, checked, hashed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec

from pipeline import json_text
from pipeline.findings import Finding
from pipeline.mapping.compiled import CompiledMapping, Facts
from pipeline.mapping.expressions.scope import ChangedView, ChangesView, OperationView, PreviousView
from pipeline.mapping.rules.volatile import Path as PayloadPath
from pipeline.mapping.rules.volatile import volatile_paths
from pipeline.mapping.rules.walk import names_in
from pipeline.mapping.transforms.registry import RunFacts
from pipeline.menu import Menu
from pipeline.preview import preview
from pipeline.shaping import Shaped
from pipeline.store.records import SoldOut
from pipeline.sync import ledger
from pipeline.sync.places import Place

_payload = msgspec.json.Decoder(float_hook=Decimal)
MENU_ID = "external_menu_id"


@dataclass(slots=True)
class Prepared:
    """One restaurant's menu as it goes to one platform. ``payload`` is None where nothing could be made."""

    place: Place
    menu: Menu
    shaped: Shaped
    facts: Facts
    payload: Any
    payload_hash: str
    """Empty where the payload was made before."""
    findings: tuple[Finding, ...]
    from_menu: list[SoldOut]
    """Ledger entries that change because the menu itself says what is sold out."""
    changes: ChangesView | None = None
    changed: ChangedView | None = None
    previous: Any = None
    bytes_known: json_text.Written | None = None
    """The payload's bytes, as far as they were written already."""
    kept: bytes | None = None
    """The bytes that the operation keeps as its payload."""

    @property
    def item_count(self) -> int:
        """The dishes that the platform gets."""
        return len(self.shaped.menu.items)

    @property
    def run_facts(self) -> RunFacts:
        """What transforms know."""
        return self.place.mapping.run_facts(self.shaped.restaurant)

    @property
    def written(self) -> json_text.Written:
        """The payload with its bytes."""
        if self.bytes_known is None or self.bytes_known.value is not self.payload:
            self.bytes_known = json_text.Written.of(self.payload)
        return self.bytes_known

    def data(self) -> bytes:
        """Give the payload's bytes."""
        return self.written.data

    def names(self, saved: Mapping[str, Any]) -> dict[str, Any]:
        """Give the names that steps see; a payload made of saved values is made again with the newest ones."""
        mapping = self.place.mapping
        if saved != self.facts.saved:
            self.facts = replace(self.facts, saved=dict(saved), external_menu_id=saved.get(MENU_ID))
            if reads_saved(mapping):
                outcome = mapping.map(self.shaped.restaurant, self.shaped.menu, self.facts)
                self.payload = outcome.value
        return {
            **mapping.values(self.shaped.restaurant, self.shaped.menu, self.facts),
            "payload": self.payload,
            "changes": self.changes or ChangesView([], [], []),
            "changed": self.changed or ChangedView([], []),
            "previous": PreviousView(self.previous),
        }


def make(
    place: Place,
    menu: Menu,
    *,
    entries: Iterable[SoldOut],
    operation: OperationView,
    saved: Mapping[str, Any],
    now: datetime,
    payload: bytes | None = None,
    only_shaped: bool = False,
) -> tuple[Prepared | None, tuple[Finding, ...]]:
    """Make a menu ready; None where it could not even be shaped.

    With the ``payload`` that was made before, nothing is mapped, checked or hashed again; with ``only_shaped`` nothing
    is at all.
    """
    entries, saved = list(entries), dict(saved)
    held = [entry for entry in entries if ledger.is_open(entry, now)]
    mine: list[SoldOut] = []

    def adjust(shaped: Shaped) -> None:
        mine.extend(ledger.from_menu(shaped.menu, entries, place.restaurant_id, place.platform, now))
        ledger.mark_views(shaped, (entry for entry in held if entry.by != ledger.FROM_MENU))

    people = [entry for entry in held if entry.by != ledger.FROM_MENU]
    made = preview(
        place.mapping,
        ledger.mark_menu(menu, people) if _drops(place.mapping) else menu,
        store=place.settings,
        environment=place.account.environment,
        now=now,
        saved=saved,
        external_menu_id=saved.get(MENU_ID),
        operation=operation,
        examples=False,
        adjust=adjust,
        only_shaped=only_shaped or payload is not None,
    )
    if made.shaped is None or made.facts is None:
        return None, made.findings
    value = _payload.decode(payload) if payload is not None else made.payload
    # One that was made before was hashed then; the operation has it.
    prepared = Prepared(place, menu, made.shaped, made.facts, value, "", made.findings, mine)
    if made.payload is not None:
        prepared.bytes_known = made.written or json_text.Written.of(value, plain=made.plain)
        prepared.payload_hash = payload_hash(place.mapping, value, plain=prepared.written.plain)
    elif payload is not None:
        prepared.bytes_known = json_text.Written(value, payload, plain=False)
        prepared.kept = payload
    return prepared, made.findings


def payload_hash(mapping: CompiledMapping, payload: Any, *, plain: bool = False) -> str:
    """Give the hash by which an unchanged payload is known; what differs from run to run is outside."""
    return json_text.canonical_hash(payload, outside_hash(mapping), plain=plain)


@lru_cache(maxsize=64)
def outside_hash(mapping: CompiledMapping) -> tuple[PayloadPath, ...]:
    """Give the payload paths that are outside the hash."""
    return volatile_paths(mapping.rules)


@lru_cache(maxsize=64)
def reads_saved(mapping: CompiledMapping) -> bool:
    """Tell whether a payload is made of what earlier answers gave."""
    rules = [mapping.rules.payload, *(bound for _, bound in mapping.rules.let)]
    rules += [template.rule for template in mapping.rules.templates.values()]
    return any({"saved", MENU_ID} & names_in(rule) for rule in rules)


@lru_cache(maxsize=64)
def reads_previous(mapping: CompiledMapping) -> bool:
    """Tell whether a step compares with what was published last."""
    steps = [step.node for step in mapping.document.publish]
    return any(re.search(r"\bprevious\.payload\b", str(node)) for node in steps)


def decode_payload(data: bytes | None) -> Any:
    """Read a payload's bytes again, numbers exact."""
    return None if data is None else _payload.decode(data)


def with_availability_of(menu: Menu, current: Menu) -> Menu:
    """Give a menu with the availability that another, newer one tells of the same dishes and options."""
    items = {item.item_id: item for item in current.items}
    options = {
        (group.modifier_group_id, option.option_id): option
        for group in current.modifier_groups
        for option in group.options
    }

    def taken(record: Any, newer: Any) -> Any:
        if newer is None:
            return record
        return msgspec.structs.replace(record, availability=newer.availability, sold_out_until=newer.sold_out_until)

    groups = [
        msgspec.structs.replace(
            group,
            options=[
                taken(option, options.get((group.modifier_group_id, option.option_id))) for option in group.options
            ],
        )
        for group in menu.modifier_groups
    ]
    return msgspec.structs.replace(
        menu, items=[taken(item, items.get(item.item_id)) for item in menu.items], modifier_groups=groups
    )


def _drops(mapping: CompiledMapping) -> bool:
    shape = mapping.document.shape
    return shape is not None and shape.unavailable_items == "drop"
