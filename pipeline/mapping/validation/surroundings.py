"""The findings of one file and the file itself, as the rules on what follows from what look at them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from pipeline.findings import Finding, Place
from pipeline.mapping.nodes import Entry, Node, Scalar, Sequence, Table

Spot = tuple[int, int]
NEAR_LINES = 60

STAGES = ("yaml-", "formula-", "loop-", "text-")
"""How the codes of what could not be read at all begin."""

FORM = frozenset({
    "unknown-key", "misplaced-key", "missing-key", "wrong-kind", "keys-together", "unknown-instruction",
    "instruction-alone", "split-formula", "bad-name", "not-a-mapping", "value-twice", "key-missing",
})  # fmt: skip
QUOTED = re.compile(r"`([^`]+)`")


@dataclass
class Surroundings:
    """The findings and the file that they speak of."""

    findings: tuple[Finding, ...]
    root: Node | None
    lines: list[str]
    file: str
    errors: list[Finding] = field(init=False)

    def __post_init__(self) -> None:
        self.errors = [found for found in self.findings if found.severity == "error"]

    def text(self, place: Place) -> str:
        """Give the line that a finding stands on."""
        return self.lines[place.line - 1] if place.file == self.file and place.line <= len(self.lines) else ""

    @cached_property
    def ends(self) -> dict[Spot, Spot]:
        """Where each key or value ends that starts at a place."""
        ends: dict[Spot, Spot] = {}
        if self.root is not None:
            _ends(self.root, self.file, ends)
        return ends

    def within(self, place: Place | None, *keys: str) -> bool:
        """Tell whether a place lies in a section, or in what stands under a name in it."""
        node: Node | None = self.root
        entry: Entry | None = None
        for key in keys:
            entry = node.entry(key) if isinstance(node, Table) else None
            node = entry.value if entry is not None else None
        if entry is None or place is None or place.file != self.file:
            return False
        start = (entry.position.line, entry.position.column)
        return start <= (place.line, place.column) <= self.ends.get(start, start)

    @cached_property
    def arguments(self) -> list[tuple[Spot, Spot]]:
        """Where the arguments of templates stand."""
        found: list[tuple[Spot, Spot]] = []
        waiting: list[Node] = [self.root] if self.root is not None else []
        while waiting:
            node = waiting.pop()
            if isinstance(node, Table):
                given = node.get("$with")
                if isinstance(given, Table):
                    spots = [(entry.position.line, entry.position.column) for entry in given]
                    found += [(spot, self.ends.get(spot, spot)) for spot in spots]
                waiting += [entry.value for entry in node]
            elif isinstance(node, Sequence):
                waiting += node.items
        return found

    def is_argument(self, place: Place | None) -> bool:
        """Tell whether a place lies in what a template is given."""
        if place is None or place.file != self.file:
            return False
        return any(start <= (place.line, place.column) <= end for start, end in self.arguments)

    def inside(self, place: Place) -> Iterator[Finding]:
        """Give the errors below the key or value that stands at a place."""
        yield from (found for found in self.errors if self._holds(place, found))

    def below(self, other: Finding) -> list[Finding]:
        """Give the findings, of whatever severity, below the key that another one is about."""
        return [found for found in self.findings if other.place is not None and self._holds(other.place, found)]

    def _holds(self, place: Place, found: Finding) -> bool:
        start = (place.line, place.column)
        end = self.ends.get(start)
        if end is None or found.place is None or found.place.file != place.file:
            return False
        return start <= (found.place.line, found.place.column) <= end


def stage(finding: Finding) -> int:
    """Give how early a mistake shows: what cannot be read, has a wrong form, means nothing, does not fit."""
    if finding.code.startswith(STAGES):
        return 0
    if finding.code in FORM:
        return 1
    return 3 if finding.code.startswith(("payload-", "unused-")) else 2


def named(found: Finding) -> str:
    """Give the first word that a message quotes."""
    match = QUOTED.search(found.message)
    return match[1] if match else ""


def near(found: Finding, other: Finding) -> bool:
    """Tell whether two findings are of neighbouring lines, or the other one of a whole section."""
    return (
        found.place is not None
        and other.place is not None
        and found.place.file == other.place.file
        and (abs(found.place.line - other.place.line) < NEAR_LINES or other.place.column == 1)
    )


def _ends(node: Node | Entry, file: str, ends: dict[Spot, Spot]) -> Spot:
    position = node.position
    start = (position.line, position.column)
    end = start
    if isinstance(node, Entry):
        end = max((start[0], start[1] + len(node.key)), _ends(node.value, file, ends))
    elif isinstance(node, Scalar):
        last = node.at(len(str(node.value)))
        end = max(start, (last.line, last.column))
    else:
        for inner in node.items if isinstance(node, Sequence) else node:
            end = max(end, _ends(inner, file, ends))
    if position.file == file:
        ends[start] = max(ends.get(start, start), end)
    return end
