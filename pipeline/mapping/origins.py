"""Where a payload field came from: its mapping line and the records of the loops around it.

Nothing is recorded while a payload is made. Asked later, the precise build runs once over the same
menu and notes for each list, object and field which rule wrote it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.findings import Record
from pipeline.mapping.nodes import Position

Key = str | int
Trail = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Origin:
    """What made one payload field. ``position`` is null where nothing did."""

    position: Position | None = None
    path: str = ""
    trail: Trail = ()
    records: tuple[Record, ...] = ()


@dataclass(slots=True)
class Recording:
    """Which rule's site wrote each key of each list and object of one payload."""

    sites: Sequence[tuple[Position, str]]
    written: dict[int, dict[Key, tuple[int, Trail]]] = field(default_factory=dict)
    kept: list[Any] = field(default_factory=list)

    def wrote(self, target: Any, key: Key, site: int, trail: Trail) -> None:
        """Note who wrote a key; the target is kept, so that its identity stays its own."""
        marks = self.written.get(id(target))
        if marks is None:
            marks = self.written[id(target)] = {}
            self.kept.append(target)
        marks[key] = (site, trail)

    def origin(self, payload: Any, path: Sequence[Key]) -> Origin:
        """Follow a path through the payload; give the innermost rule that is known on the way."""
        from pipeline.mapping.runtime import records_of

        found, value = Origin(), payload
        for key in path:
            mark = self.written.get(id(value), {}).get(key)
            if mark is not None:
                position, template = self.sites[mark[0]]
                found = Origin(position, template, mark[1], records_of(mark[1]))
            try:
                value = value[key]
            except (KeyError, IndexError, TypeError):
                break
        return found
