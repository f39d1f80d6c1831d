"""What a document must be: one class per kind of rule, each giving its problems as sentences.

A rule with ``note: true`` refuses nothing: the platform takes the document and does something to it
that people should know of.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import jsonschema_rs
import msgspec

from sandbox.formulas import Formula, Template, shown
from sandbox.reading import one_kind, reads
from sandbox.rules_graph import Depth
from sandbox.rules_hours import Hours, Spans

MAX_PROBLEMS = 20
SCHEMAS = Path(__file__).resolve().parent.parent / "mappings" / "sandbox" / "schemas"


class Schema(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The document fits a JSON Schema of ``mappings/sandbox/schemas``."""

    shorthand: ClassVar[str] = "file"

    file: str

    def __post_init__(self) -> None:
        path = SCHEMAS / self.file
        if not path.is_file():
            raise ValueError(f"there is no schema {self.file}")

    def problems(self, document: Any, names: dict[str, Any]) -> Iterator[str]:
        for error in _validator(self.file).iter_errors(document):
            yield f"{_path(error.instance_path)}: {error.message[:300]}"


_validators: dict[str, Any] = {}


def _validator(file: str) -> Any:
    if file not in _validators:
        _validators[file] = jsonschema_rs.validator_for(msgspec.json.decode((SCHEMAS / file).read_bytes()))
    return _validators[file]


def _path(parts: list[str | int]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return text.removeprefix(".") or "document"


class Unique(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Values that stand once in the whole document."""

    shorthand: ClassVar[str] = "values"

    values: Formula

    def problems(self, document: Any, names: dict[str, Any]) -> Iterator[str]:
        for value in _repeated(self.values.value(document)):
            yield f"{self.values.text}: {shown(value)} stands twice"


class UniqueWithin(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"places": "in"}):
    """Values that stand once within each place; ``say`` knows ``place`` and ``value``."""

    places: Formula
    values: Formula
    say: Template

    def problems(self, document: Any, names: dict[str, Any]) -> Iterator[str]:
        for place in self.places.value(document) or []:
            for value in _repeated(self.values.value(place)):
                yield self.say.make({"place": place, "value": value})


class References(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"source": "from"}):
    """Ids that must be among others."""

    source: Formula
    to: Formula

    def problems(self, document: Any, names: dict[str, Any]) -> Iterator[str]:
        known = set(map(str, _flat(self.to.value(document))))
        for value in _flat(self.source.value(document)):
            if str(value) not in known:
                yield f"{self.source.text}: {value} is not in {self.to.text}"


class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"places": "in"}):
    """One figure is at most another, or below it with ``strictly``; figures that are not there pass."""

    places: Formula
    least: Formula
    most: Formula
    strictly: bool = False

    def problems(self, document: Any, names: dict[str, Any]) -> Iterator[str]:
        for place in self.places.value(document) or []:
            low, high = self.least.value(place), self.most.value(place)
            if low is None or high is None or low < high or (low == high and not self.strictly):
                continue
            yield f"{self.places.text}: {self.least.text} {low} is not below {self.most.text} {high}"


class Join(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``ids`` of a place, found by the field ``id`` among the entities ``of`` the document."""

    ids: Formula
    of: Formula
    id: str


class Assert(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"places": "in"}):
    """A formula that is true of each place, which it knows as ``place``, beside the request's names.

    With ``join`` it also knows ``pairs``: one ``{place, member}`` for each entity whose id the place lists.
    """

    places: Formula
    that: Formula
    say: Template
    join: Join | None = None

    def problems(self, document: Any, names: dict[str, Any]) -> Iterator[str]:
        members: dict[str, Any] = {}
        if self.join is not None:
            members = {entity[self.join.id]: entity for entity in self.join.of.value(document) or []}
        known = {**names, "document": document}
        for place in self.places.value(document) or []:
            known["place"] = place
            if self.join is not None:
                ids = self.join.ids.value(place) or []
                known["pairs"] = [{"place": place, "member": members[one]} for one in ids if one in members]
            if self.that.value(known) in (None, False, [], {}, ""):
                yield self.say.make(known)


class Through(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"places": "in"}):
    """Ids that a place names are among those of the entity that it refers to."""

    places: Formula
    ids: Formula
    refers: Formula
    of: Formula
    id: str
    holds: Formula

    def problems(self, document: Any, names: dict[str, Any]) -> Iterator[str]:
        entities = {entity[self.id]: entity for entity in self.of.value(document) or []}
        for place in self.places.value(document) or []:
            entity = entities.get(self.refers.value(place))
            known = set(_flat(self.holds.value(entity))) if entity is not None else set()
            for one in _flat(self.ids.value(place)):
                if one not in known:
                    yield f"{self.places.text}: {one} is not in {self.refers.text} {self.refers.value(place)}"


KINDS: dict[str, Any] = {
    "schema": Schema,
    "unique": Unique,
    "unique_within": UniqueWithin,
    "references": References,
    "order": Order,
    "assert": Assert,
    "through": Through,
    "max_depth": Depth,
    "hours": Hours,
    "spans": Spans,
}


class Rules:
    """A named list of rules, in their order; what a schema refuses is not looked at further."""

    def __init__(self, rules: list[tuple[Any, bool]]) -> None:
        self._rules = rules

    def broken(self, document: Any, names: dict[str, Any]) -> tuple[list[str], list[str]]:
        """Give the problems and the notes, at most :data:`MAX_PROBLEMS` of each."""
        problems: list[str] = []
        notes: list[str] = []
        for rule, is_note in self._rules:
            told = notes if is_note else problems
            for problem in rule.problems(document, names):
                if len(told) < MAX_PROBLEMS:
                    told.append(problem)
                else:
                    break
            if problems and isinstance(rule, Schema):
                break
        return problems, notes


@reads(Rules)
def _read(raw: Any) -> Rules:
    if not isinstance(raw, list):
        raise ValueError("rules are a list")
    rules = []
    for place, entry in enumerate(raw):
        try:
            rule = one_kind(entry, KINDS, "rule", beside=("note",))
        except ValueError as error:
            raise ValueError(f"rule {place}: {error}") from None
        rules.append((rule, entry.get("note") is True))
    return Rules(rules)


def _flat(value: Any) -> list[Any]:
    if isinstance(value, list):
        return [inner for element in value for inner in _flat(element)]
    return [] if value is None else [value]


def _repeated(values: Any) -> list[Any]:
    return [value for value, times in Counter(_flat(values)).items() if times > 1]
