"""What an explanation holds, as values and as JSON."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal

import msgspec

from pipeline.explaining.reads import Read
from pipeline.findings import Finding, Place, Record, as_json
from pipeline.mapping.compiler.runtime import MISSING, records_of

StepKind = Literal[
    "let", "if", "unless", "else", "literal", "source", "text", "transform", "default", "with", "template", "object",
    "list", "empty",
]  # fmt: skip
MOST_ELEMENTS = 50


@dataclass(frozen=True, slots=True)
class TraceStep:
    """One step on a value's way. ``value`` is MISSING where it gave none; ``level``: so deep in templates."""

    kind: StepKind
    text: str
    value: Any
    place: Place | None = None
    reads: tuple[Read, ...] = ()
    note: str = ""
    level: int = 0


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a field has no value. ``because`` are the reasons of an empty object's own fields."""

    code: str
    message: str
    hint: str = ""
    place: Place | None = None
    because: tuple[tuple[str, Reason], ...] = ()


@dataclass(frozen=True, slots=True)
class LoopTurn:
    """A loop around a field, and the record it stood at; ``record`` is null for what is no menu record."""

    text: str
    name: str
    place: Place
    value: Any

    @property
    def record(self) -> Record | None:
        """The menu record of this turn."""
        return next(iter(records_of((self.value,))), None)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why one payload field is what it is, or is not there.

    ``line`` is the mapping's text at ``place``; ``inside`` is the part of the path that lies inside
    the value of the rule (a formula that gives an object as it stands). ``result`` is what the rule
    gave when it was evaluated step by step.
    """

    field: str
    value: Any
    result: Any = MISSING
    place: Place | None = None
    line: str = ""
    templates: tuple[tuple[str, Place], ...] = ()
    loops: tuple[LoopTurn, ...] = ()
    steps: tuple[TraceStep, ...] = ()
    reason: Reason | None = None
    inside: str = ""
    findings: tuple[Finding, ...] = ()

    @property
    def present(self) -> bool:
        """Tell whether the payload has the field."""
        return self.value is not MISSING

    @property
    def records(self) -> tuple[Record, ...]:
        """The menu records behind the field, the outermost first."""
        return tuple(turn.record for turn in self.loops if turn.record is not None)

    def data(self) -> dict[str, Any]:
        """Give the JSON form."""
        return {
            "field": self.field,
            "present": self.present,
            "value": plain(self.value),
            "mapping": {**place_data(self.place), "text": self.line},
            "templates": [{"name": name, **place_data(place)} for name, place in self.templates],
            "loops": [
                {
                    "loop": turn.text,
                    "name": turn.name,
                    **place_data(turn.place),
                    "record": record_data(turn.record),
                    "value": None if turn.record else plain(turn.value),
                }
                for turn in self.loops
            ],
            "steps": [step_data(step) for step in self.steps],
            "inside": self.inside,
            "reason": reason_data(self.reason),
            "findings": [as_json(finding) for finding in self.findings],
        }


@dataclass(slots=True)
class Trace:
    """A rule's evaluation as it goes on."""

    steps: list[TraceStep] = field(default_factory=list)
    value: Any = MISSING
    reason: Reason | None = None

    def add(self, *steps: TraceStep, level: int = 0) -> None:
        """Add steps, so many levels deeper."""
        self.steps += [replace(step, level=step.level + level) for step in steps]


def place_data(place: Place | None) -> dict[str, Any]:
    """Give a place's JSON keys, null without one."""
    return {
        "file": place.file if place else None,
        "line": place.line if place else None,
        "column": place.column if place else None,
    }


def record_data(record: Record | None) -> dict[str, str] | None:
    """Give a menu record's JSON form."""
    return {"kind": record.kind, "id": record.record_id, "name": record.name} if record else None


def step_data(step: TraceStep) -> dict[str, Any]:
    """Give a step's JSON form; ``has_value`` tells no value from null."""
    return {
        "kind": step.kind,
        "text": step.text,
        "has_value": step.value is not MISSING,
        "value": plain(step.value),
        **place_data(step.place),
        "reads": [{"path": read.path, "value": plain(read.value), "source": read.source} for read in step.reads],
        "note": step.note,
        "level": step.level,
    }


def reason_data(reason: Reason | None) -> dict[str, Any] | None:
    """Give a reason's JSON form."""
    if reason is None:
        return None
    return {
        "code": reason.code,
        "message": reason.message,
        "hint": reason.hint,
        **place_data(reason.place),
        "because": [{"field": key, **(reason_data(inner) or {})} for key, inner in reason.because],
    }


def plain(value: Any, depth: int = 0) -> Any:
    """Give any value as JSON: a menu record by kind, id and name; long lists cut, with how many more there are.

    >>> plain([1] * 52)[-1]
    '… and 2 more'
    """
    if value is MISSING:
        return None
    if isinstance(value, msgspec.Struct):
        found = records_of((value,))
        if found:
            return record_data(found[0])
        fields = {name: getattr(value, name) for name in value.__struct_fields__ if not name.startswith("_")}
        return plain(fields, depth)
    if isinstance(value, dict):
        return {str(key): plain(inner, depth + 1) for key, inner in value.items()} if depth < 40 else "…"
    if isinstance(value, list | tuple):
        if depth >= 40:
            return "…"
        shown = [plain(inner, depth + 1) for inner in value[:MOST_ELEMENTS]]
        return [*shown, f"… and {len(value) - MOST_ELEMENTS} more"] if len(value) > MOST_ELEMENTS else shown
    return value
