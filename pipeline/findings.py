"""Findings: what is wrong, or was assumed or left out, told to a person.

A finding is a value, never an exception. They are collected, sorted and shown together;
text is made from their data, so that every surface (terminal, API, dashboard) says the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["error", "hold", "warning", "note"]
"""``error`` and ``hold`` keep a menu from being published; a ``note`` states an assumption."""

SEVERITY_ORDER: dict[Severity, int] = {"error": 0, "hold": 1, "warning": 2, "note": 3}


@dataclass(frozen=True, slots=True)
class Place:
    """A position in a text file; line and column count from 1, as editors do."""

    file: str
    line: int
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a menu that a finding speaks of, by the name its owner knows.

    >>> str(Record("item", "i-7", "Margherita"))
    'Margherita (item i-7)'
    """

    kind: str
    record_id: str
    name: str = ""

    def __str__(self) -> str:
        label = f"{self.kind} {self.record_id}"
        return f"{self.name} ({label})" if self.name else label


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to tell: what happened, where, and what to do next.

    ``records`` goes from the outermost record to the one concerned (category, item, group,
    option); ``field`` is the record's or the payload's field; ``count`` is how many records a
    collected finding stands for.
    """

    code: str
    severity: Severity
    message: str
    hint: str = ""
    place: Place | None = None
    records: tuple[Record, ...] = ()
    field: str = ""
    count: int = 1

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        trail = f" [{', '.join(str(record) for record in self.records)}]" if self.records else ""
        hint = f" {self.hint}" if self.hint else ""
        return f"{where}{self.severity}: {self.message}{trail}{hint}"


def stops_publishing(findings: Iterable[Finding]) -> bool:
    """Tell whether any finding keeps the menu from being published."""
    return any(finding.severity in ("error", "hold") for finding in findings)


def as_json(finding: Finding) -> dict[str, Any]:
    """Give a finding's JSON form, the same on every surface; ``file``, ``line``, ``column`` are null without a place.

    >>> as_json(Finding("empty-menu", "hold", "The menu has no dishes."))["severity"]
    'hold'
    """
    place = finding.place
    return {
        "file": place.file if place else None,
        "line": place.line if place else None,
        "column": place.column if place else None,
        "severity": finding.severity,
        "code": finding.code,
        "message": finding.message,
        "hint": finding.hint,
        "field": finding.field,
        "records": [{"kind": each.kind, "id": each.record_id, "name": each.name} for each in finding.records],
        "count": finding.count,
    }
