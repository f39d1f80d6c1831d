"""What a payload says of each menu record: its fields, wherever in the payload they stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.comparing.meanings import NOTHING, Aliases, Meaning, Meanings
from pipeline.comparing.sides import Made
from pipeline.findings import Record
from pipeline.mapping.compiler.origins import Mark, Trail
from pipeline.mapping.compiler.runtime import records_of
from pipeline.mapping.paths import below
from pipeline.violations import display_path

Identity = tuple[str, str]
Path = tuple[()] | tuple["Path", str | int]
"""A payload path as its parent's path and the last key; written out only where it is shown."""


@dataclass(slots=True)
class Said:
    """One field of one record: its values, once per place, and the first place."""

    meaning: Meaning
    path: Path
    values: list[Any]


@dataclass(slots=True)
class Portrait:
    """A record, its view, and what the payload says of it.

    Fields are paths without numbers that start at the list the record's entry stands in, however deep
    that is: ``items[].price``.
    """

    record: Record
    view: Any
    fields: dict[str, Said] = field(default_factory=dict)

    def say(self, label: str, path: Path, value: Any, meaning: Meaning) -> None:
        """Add one value of a field."""
        said = self.fields.get(label)
        if said is None:
            self.fields[label] = Said(meaning, path, [value])
        else:
            said.values.append(value)


@dataclass(slots=True)
class Portraits:
    """All records of one payload. ``orders`` holds, per owner and list, the records in their order."""

    by_identity: dict[Identity, Portrait]
    orders: dict[tuple[Identity, str], list[Identity]]


def portraits_of(made: Made) -> Portraits:
    """Go once through a recorded payload and sort what it says by record.

    What stands in no record's entry is said of the restaurant. A list whose entries are no records
    (opening hours) is one value.
    """
    return _Painter(made).painted()


class _Painter:
    def __init__(self, made: Made) -> None:
        self.recording = made.recording
        self.written = made.recording.written
        self.first = made.recording.first_layers
        self.layered = made.recording.layered
        self.scenes = made.recording.scenes
        self.payload = made.payload
        self.meanings = Meanings(made.side.mapping.rules)
        restaurant = made.shaped.restaurant
        record = Record("restaurant", restaurant.restaurant_id, restaurant.name)
        self.restaurant = Portrait(record, restaurant)
        self.found: dict[Identity, Portrait] = {_identity(record): self.restaurant}
        self.orders: dict[tuple[Identity, str], list[Identity]] = {}
        self._named: dict[int, Record | None] = {}
        self._labels: dict[tuple[str, str], str] = {}
        self._plans: dict[tuple[int, str, int], dict[str, tuple[str, Meaning, Aliases]]] = {}

    def painted(self) -> Portraits:
        if self.recording.knows(self.payload):
            self._container(self.payload, "", (), self.restaurant, NOTHING, {})
        else:
            self.restaurant.say("", (), self.payload, NOTHING)
        return Portraits(self.found, self.orders)

    def _container(
        self, value: Any, label: str, path: Path, owner: Portrait, meaning: Meaning, aliases: Aliases
    ) -> None:
        key = id(value)
        alone = key in self.first and key not in self.written
        if alone and (not self.layered or len(self.recording.opened[key]) == 1):
            self._object(value, self.first[key][1], label, path, owner, meaning, aliases)
            return
        marks = self.recording.marks(value)
        if isinstance(value, list):
            self._entries(value, marks, label, path, owner, meaning, aliases)
            return
        for key, inner in value.items():
            mark = marks.get(key)
            if mark is None:
                owner.say(self._label(label, key), (path, key), inner, meaning)
                continue
            scene = self.scenes[mark.site]
            own, inside = self.meanings.of(mark.site, scene, aliases)
            if scene.field is None:
                record = self._record(mark.trail)
                if record is not None and _identity(record) != _identity(owner.record):
                    portrait = self._portrait(record, mark.trail[-1])
                    self._value(inner, f"{_last(label)}.*", (path, key), portrait, own, inside)
                    continue
            self._value(inner, self._label(label, key), (path, key), owner, own or meaning, inside)

    def _object(
        self,
        value: dict[str, Any],
        site: int,
        label: str,
        path: Path,
        owner: Portrait,
        meaning: Meaning,
        aliases: Aliases,
    ) -> None:
        """An object that one rule wrote, as most are: what its fields are called and mean is worked out once."""
        known = (site, label, id(aliases))
        plan = self._plans.get(known)
        if plan is None:
            plan = self._plans[known] = {
                str(key): (self._label(label, str(key)), *self.meanings.of(at, self.scenes[at], aliases))
                for key, at in self.recording.fields_of(site).items()
            }
        fields = owner.fields
        for key, inner in value.items():
            inner_label, own, inside = plan[key]
            if isinstance(inner, dict | list):
                self._value(inner, inner_label, (path, key), owner, own or meaning, inside)
            elif (said := fields.get(inner_label)) is None:
                fields[inner_label] = Said(own or meaning, (path, key), [inner])
            else:
                said.values.append(inner)

    def _entries(
        self,
        value: list[Any],
        marks: Mapping[str | int, Mark],
        label: str,
        path: Path,
        owner: Portrait,
        meaning: Meaning,
        aliases: Aliases,
    ) -> None:
        if self._written_out(value, marks):
            for index, entry in enumerate(value):
                own, inside = self.meanings.of(marks[index].site, self.scenes[marks[index].site], aliases)
                self._value(entry, f"{label}[]", (path, index), owner, own or meaning, inside)
            return
        records = [self._record(mark.trail) if (mark := marks.get(index)) else None for index in range(len(value))]
        known = [record for record in records if record is not None]
        # A list that a loop over records fills, in a place that is not itself about the same record.
        if not known or len(known) < len(value) or {_identity(record) for record in known} == {_identity(owner.record)}:
            owner.say(label, path, value, meaning)
            return
        inner_label = f"{_last(label)}[]"
        order = self.orders.setdefault((_identity(owner.record), inner_label), [])
        for index, (entry, record) in enumerate(zip(value, known, strict=True)):
            mark = marks[index]
            portrait = self._portrait(record, mark.trail[-1])
            order.append(_identity(record))
            own, inside = self.meanings.of(mark.site, self.scenes[mark.site], aliases)
            self._value(entry, inner_label, (path, index), portrait, own, inside)

    def _written_out(self, value: list[Any], marks: Mapping[str | int, Mark]) -> bool:
        """Tell whether a list's entries stand in the mapping one by one, as objects."""
        for index, entry in enumerate(value):
            mark = marks.get(index)
            rule = self.scenes[mark.site].rule if mark is not None else None
            if rule is None or rule.loops or not isinstance(entry, dict) or not self.recording.knows(entry):
                return False
        return bool(value)

    def _value(self, value: Any, label: str, path: Path, owner: Portrait, meaning: Meaning, aliases: Aliases) -> None:
        key = id(value)
        if isinstance(value, dict | list) and (key in self.written or (value and key in self.first)):
            self._container(value, label, path, owner, meaning, aliases)
        else:
            owner.say(label, path, value, meaning)

    def _label(self, label: str, key: str) -> str:
        found = self._labels.get((label, key))
        if found is None:
            found = self._labels[label, key] = below(label, key)
        return found

    def _portrait(self, record: Record, view: Any) -> Portrait:
        identity = _identity(record)
        found = self.found.get(identity)
        if found is None:
            found = self.found[identity] = Portrait(record, view)
        return found

    def _record(self, trail: Trail) -> Record | None:
        """Give the record that the innermost loop stands at, null where it is no record of the menu."""
        if not trail:
            return None
        view = trail[-1]
        key = id(view)
        if key not in self._named:
            self._named[key] = next(iter(records_of((view,))), None)
        return self._named[key]


def written(path: Path) -> str:
    """Write a path as people do.

    >>> written(((((), "items"), 3), "price"))
    'items[3].price'
    """
    parts: list[str | int] = []
    while path:
        path, key = path
        parts.append(key)
    return display_path(tuple(reversed(parts)))


def _last(label: str) -> str:
    """Give a label's last key, so that records nested at several depths have the same labels."""
    return label.rpartition(".")[2]


def _identity(record: Record) -> Identity:
    return record.kind, record.record_id
