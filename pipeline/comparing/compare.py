"""Two sides compared: what the menu changed, and what the mapping changed, record by record.

With an old menu and an old mapping there are three payloads: A (old menu, old mapping), B (new menu,
old mapping), C (both new). From A to B the menu changed, from B to C the mapping did.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from pipeline.collector import collector_paused
from pipeline.comparing.amounts import Scale, scale_of
from pipeline.comparing.belonging import Belonging
from pipeline.comparing.changes import Change, FieldChange, joined, name_of
from pipeline.comparing.fields import field_change, key_of, renamed_fields, worded
from pipeline.comparing.meanings import FIELD, KINDS, Kind, kind_of
from pipeline.comparing.movement import Movement, measure, prices_of
from pipeline.comparing.portraits import Identity, Portrait, Portraits, portraits_of
from pipeline.comparing.sides import Made, Side, make
from pipeline.findings import Finding, as_json
from pipeline.mapping.compiler.runtime import MISSING

_ORDER = {kind.code: index for index, kind in enumerate((*KINDS, FIELD))}
_FIRST = ("gone", "appeared", "moved", "added", "removed", "sold_out", "back")


@dataclass(frozen=True)
class Difference:
    """What would change on the platform. ``findings`` say why a side has no payload; then there are no changes."""

    platform: str
    menu_changes: tuple[Change, ...]
    mapping_changes: tuple[Change, ...]
    old: Made
    new: Made
    findings: tuple[Finding, ...] = field(default=())

    @property
    def changes(self) -> tuple[Change, ...]:
        """Give all changes."""
        return (*self.menu_changes, *self.mapping_changes)

    @cached_property
    def movement(self) -> Movement:
        """How far the menu moved as a whole."""
        return measure(prices_of(self.old.shaped.menu), prices_of(self.new.shaped.menu))

    def data(self) -> dict[str, Any]:
        """Give the JSON form."""
        return {
            "platform": self.platform,
            "changed": bool(self.changes),
            "counts": counts(self.changes),
            "menu": [change.data() for change in self.menu_changes],
            "mapping": [change.data() for change in self.mapping_changes],
            "movement": self.movement.data(),
            "findings": [as_json(finding) for finding in self.findings],
        }


def counts(changes: Iterable[Change]) -> dict[str, int]:
    """Count changes by code, in the order they are told."""
    found: dict[str, int] = {}
    for change in changes:
        found[change.code] = found.get(change.code, 0) + 1
    return found


@collector_paused()
def compare(old: Side, new: Side, *, now: datetime | None = None) -> Difference:
    """Compare two menus, two mappings, or both, on one platform; nothing is sent."""
    now = now or datetime.now(UTC)
    before, after = make(old, now), make(new, now)
    platform = new.mapping.platform
    missing = [_no_payload(made, word) for made, word in ((before, "old"), (after, "new")) if not made.made]
    if missing:
        return Difference(platform, (), (), before, after, tuple(missing))
    if old.same_mapping(new):
        return Difference(platform, between(before, after), (), before, after)
    if old.menu is new.menu:
        return Difference(platform, (), between(before, after), before, after)
    middle = make(new.mapped_by(old), now)
    if not middle.made:
        return Difference(platform, (), (), before, after, (_no_payload(middle, "new"),))
    return Difference(platform, between(before, middle), between(middle, after), before, after)


def between(before: Made, after: Made) -> tuple[Change, ...]:
    """Give the changes from one payload to another."""
    found = list(_Comparison(before, after).changes())
    return tuple(sorted(found, key=_told_first))


class _Comparison:
    def __init__(self, before: Made, after: Made) -> None:
        self.before, self.after = before, after
        self.old: Portraits = portraits_of(before)
        self.new: Portraits = portraits_of(after)
        self.old_scale: Scale = scale_of(self.old, before.shaped.restaurant.currency)
        self.new_scale: Scale = scale_of(self.new, after.shaped.restaurant.currency)
        self.was = Belonging(before.shaped.menu)
        self.now = Belonging(after.shaped.menu)
        self.by_ids: list[Identity] = []

    def changes(self) -> Iterator[Change]:
        for identity, portrait in self.old.by_identity.items():
            if identity not in self.new.by_identity and identity[0] != "restaurant":
                yield from self._gone(identity, portrait)
        for identity, portrait in self.new.by_identity.items():
            known = self.old.by_identity.get(identity)
            if identity[0] == "restaurant":
                known = next(each for key, each in self.old.by_identity.items() if key[0] == "restaurant")
            if known is None:
                yield from self._appeared(identity, portrait)
            else:
                yield from self._moved(identity, portrait)
                yield from self._fields(identity, known, portrait)
        yield from self._orders()

    # -- whole records --------------------------------------------------------------------------------

    def _gone(self, identity: Identity, portrait: Portrait) -> Iterator[Change]:
        owners = self.was.owners(identity)
        if owners and identity[0] in ("modifier group", "option") and not self._any(owners, self.new):
            return  # told with the dish
        within = self.was.names(owners)
        price = getattr(portrait.view, "price", None)
        was = f" (was {price:f})" if isinstance(price, Decimal) else ""
        why = next(
            (f": {finding.message}" for finding in self.after.findings if _about(identity, finding)),
            "",
        )
        text = f"{_named(portrait)} is gone{_from(within)}{was}{why}"
        yield Change("gone", portrait.record, text, within, old=price if price is not None else MISSING)

    def _appeared(self, identity: Identity, portrait: Portrait) -> Iterator[Change]:
        owners = self.now.owners(identity)
        if owners and identity[0] in ("modifier group", "option") and not self._any(owners, self.old):
            return
        within = self.now.names(owners)
        price = getattr(portrait.view, "price", None)
        costs = f", {price:f}" if isinstance(price, Decimal) else ""
        text = f"{_named(portrait)} is new{_in(within)}{costs}"
        yield Change("appeared", portrait.record, text, within, new=price if price is not None else MISSING)

    def _any(self, owners: Iterable[Identity], portraits: Portraits) -> bool:
        return any(owner in portraits.by_identity for owner in owners)

    def _moved(self, identity: Identity, portrait: Portrait) -> Iterator[Change]:
        """Tell where a record that is on both sides now belongs: a dish's category, a group's dishes."""
        was, now = self.was.owners(identity), self.now.owners(identity)
        if was == now or set(was) == set(now):
            return
        name = name_of(portrait.record)
        left = self.was.names([owner for owner in was if owner not in now])
        joins = self.now.names([owner for owner in now if owner not in was])
        if identity[0] in ("item", "category"):
            if left and joins:
                text = f"{name} moved from {joined(left)} to {joined(joins)}"
            elif joins:
                text = f"{name} is now in {joined(joins)}, too" if was else f"{name} moved into {joined(joins)}"
            else:
                text = f"{name} is no longer in {joined(left)}"
            yield Change("moved", portrait.record, text, joins or left, old=list(left), new=list(joins))
            return
        kept_left = self._kept(was, now)
        kept_joins = self._kept(now, was)
        for code, owners, word in (("removed", kept_left, "is no longer on"), ("added", kept_joins, "is now on")):
            if owners:
                names = (self.was if code == "removed" else self.now).names(owners)
                text = f"{portrait.record.kind} {name} {word} {joined(names)}"
                yield Change(code, portrait.record, text, names)

    def _kept(self, owners: list[Identity], others: list[Identity]) -> list[Identity]:
        """Give the owners that are only here, but are themselves on both sides."""
        there = set(others)
        return [
            owner
            for owner in owners
            if owner not in there and owner in self.old.by_identity and owner in self.new.by_identity
        ]

    # -- fields ---------------------------------------------------------------------------------------

    def _fields(self, identity: Identity, old: Portrait, new: Portrait) -> Iterator[Change]:
        by_kind: dict[str, tuple[Kind, list[FieldChange]]] = {}
        for label in dict.fromkeys((*old.fields, *new.fields)):
            was, now = old.fields.get(label), new.fields.get(label)
            change = field_change(label, was, now)
            if change is None:
                continue
            said = now or was
            assert said is not None
            kind = kind_of(said.meaning)
            if kind.code == "order":
                continue
            if kind.code == "link" and self._explained(identity):
                self.by_ids.append(identity)
                continue
            by_kind.setdefault(kind.code, (kind, []))[1].append(change)
        within = self._within(identity)
        if identity[0] in ("item", "option"):
            availability = by_kind.pop("availability", None)
            yield from self._availability(old, new, availability[1] if availability else [], within)
        for kind, fields in by_kind.values():
            yield from self._said(kind, fields, old, new, within)

    def _said(
        self, kind: Kind, fields: list[FieldChange], old: Portrait, new: Portrait, within: tuple[str, ...]
    ) -> Iterator[Change]:
        """Make the changes of one kind: fields that say the same are told once."""
        told: dict[str, tuple[FieldChange, list[FieldChange], Any, Any]] = {}
        moved, fields = renamed_fields(fields)
        for left, came in moved:
            word, name = kind.word or "the value", name_of(new.record)
            text = f"{word} of {name} is now sent as `{key_of(came.field)}`, was `{key_of(left.field)}`"
            yield Change(kind.code, new.record, text, within, left.old, came.new, None, (left, came))
        for change in fields:
            was, now = change.old, change.new
            if kind.code == "price":
                was, now = self._amounts(was, now)
            key = repr((was, now))
            if key in told:
                told[key][1].append(change)
            else:
                told[key] = (change, [change], was, now)
        many = len(told) > 1 and kind.code != "name"
        for change, same, was, now in told.values():
            yield worded(kind, change.field, tuple(same), was, now, old, new, within, many=many)

    def _amounts(self, old: Any, new: Any) -> tuple[Any, Any]:
        """Give prices as people say them; where only the way they are written changed, as they are sent."""
        if None in (self.old_scale.factor, self.new_scale.factor):
            return old, new
        was, now = self.old_scale.amount(old), self.new_scale.amount(new)
        return (old, new) if was == now else (was, now)

    def _within(self, identity: Identity) -> tuple[str, ...]:
        """Name what a record belongs to; for an option its group and that group's dishes."""
        owners = self.now.owners(identity)
        above = [each for owner in owners for each in self.now.owners(owner)] if identity[0] == "option" else []
        return self.now.names([*owners, *above])

    def _availability(
        self, old: Portrait, new: Portrait, fields: list[FieldChange], within: tuple[str, ...]
    ) -> Iterator[Change]:
        was, now = getattr(old.view, "sold_out", None), getattr(new.view, "sold_out", None)
        lane = self.after.side.mapping.document.availability_update
        if was == now and not fields:
            return
        if not fields and not lane:
            return
        name = _named(new)
        until = getattr(new.view, "sold_out_until", None)
        if was != now:
            by_lane = "" if fields else ", by the platform's own sold-out call"
            text = (
                f"{name} is sold out{f' until {until}' if until else ''}{by_lane}"
                if now
                else f"{name} is back{by_lane}"
            )
            yield Change("sold_out" if now else "back", new.record, text, within, was, now, None, tuple(fields))
            return
        text = f"{name} is sold out until {until}" if until and now else f"availability of {name} is sent differently"
        yield Change("availability", new.record, text, within, was, now, None, tuple(fields))

    def _explained(self, identity: Identity) -> bool:
        """Tell whether a list of ids changed because records came, went or moved, which is told of them."""
        return self.was.contents(identity) != self.now.contents(identity)

    def _orders(self) -> Iterator[Change]:
        """Tell where records that were there before stand in another order, in a list or by ids."""
        owners = {key[0]: None for key, ids in self.new.orders.items() if ids != self.old.orders.get(key)}
        for owner in {**owners, **dict.fromkeys(self.by_ids)}:
            if owner not in self.old.by_identity:
                continue
            for had, has in self._listed(owner):
                was = [identity for identity in dict.fromkeys(had) if identity in set(has)]
                now = [identity for identity in dict.fromkeys(has) if identity in set(had)]
                if was != now:
                    first = next(index for index, pair in enumerate(zip(was, now, strict=True)) if pair[0] != pair[1])
                    names = [self.now.names([identity])[0] for identity in (now[first], was[first])]
                    record = self.new.by_identity[owner].record
                    text = f"order in {name_of(record)}: {names[0]} now comes before {names[1]}"
                    yield Change("order", record, text, (name_of(record),))
                    break

    def _listed(self, owner: Identity) -> Iterator[tuple[list[Identity], list[Identity]]]:
        """Give a record's own contents in their order: as lists of the payload have them, or as ids."""
        own = set(self.now.contents(owner)) & set(self.was.contents(owner))
        for (holder, label), has in self.new.orders.items():
            if holder == owner:
                had = self.old.orders.get((holder, label), [])
                yield [identity for identity in had if identity in own], [each for each in has if each in own]
        if owner in self.by_ids:
            yield self.was.contents(owner), self.now.contents(owner)


def _named(portrait: Portrait) -> str:
    record = portrait.record
    return name_of(record) if record.kind == "item" else f"{record.kind} {name_of(record)}"


def _in(within: tuple[str, ...]) -> str:
    return f" in {joined(within)}" if within else ""


def _from(within: tuple[str, ...]) -> str:
    return f" from {joined(within)}" if within else ""


def _about(identity: Identity, finding: Finding) -> bool:
    records = finding.records if finding.count > 1 else finding.records[-1:]
    return finding.code != "hours-missing" and any((each.kind, each.record_id) == identity for each in records)


def _no_payload(made: Made, word: str) -> Finding:
    hint = next((finding.message for finding in made.findings if finding.severity == "error"), "")
    return Finding("payload-missing", "error", f"The {word} side gives no payload.", hint)


def _told_first(change: Change) -> tuple[int, str, str]:
    rank = _FIRST.index(change.code) if change.code in _FIRST else len(_FIRST) + _ORDER.get(change.code, len(_ORDER))
    return rank, change.record.name.casefold(), change.record.record_id


__all__ = ["Difference", "between", "compare", "counts"]
