"""Where in a menu a value stands, cheap to carry along and written out only when there is something to tell."""

from __future__ import annotations

from typing import Any, NamedTuple

from msgspec import Struct

from pipeline.findings import Record
from pipeline.reading.problems import MAX_ID, RECORDS, short_name, shown
from pipeline.reading.texts import clean

MAX_KEY = 100
"""Characters of a key: the name of a channel, a language or an unknown field."""


class Place(NamedTuple):
    """In which records, innermost last, and in which field of that one."""

    records: tuple[tuple[type[Struct], Any, int], ...] = ()
    field: str = ""

    def inside(self, record: type[Struct], value: Any, position: int) -> Place:
        """Step into a record; the menu itself and records without an id are no step."""
        return Place((*self.records, (record, value, position))) if RECORDS.get(record, ("", ""))[1] else self

    def at(self, field: str) -> Place:
        """Step to a field that a record is known to have."""
        return Place(self.records, f"{self.field}.{field}" if self.field else field)

    def at_key(self, key: str) -> Place:
        """Step to what stands under a key of the input."""
        return self.at(shown(key)[1:-1] if len(key) > MAX_KEY or not key.isprintable() else key)

    def at_entry(self, position: int) -> Place:
        """Step to a list's entry."""
        return Place(self.records, f"{self.field}[{position}]")

    def trail(self) -> tuple[Record, ...]:
        """Give the names of the records."""
        return tuple(_named(*record) for record in self.records)


def _named(record: type[Struct], value: Any, position: int) -> Record:
    kind, id_field = RECORDS[record]
    values = value if isinstance(value, dict) else {}
    record_id, name = values.get(id_field), values.get("name")
    return Record(
        kind,
        shown(clean(record_id), MAX_ID)[1:-1] if isinstance(record_id, str) and record_id else f"number {position + 1}",
        short_name(clean(name)) if isinstance(name, str) else "",
    )
