"""Which keys of a form go together, told to people and, by the JSON Schema, to editors."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.mapping.form.kind import (
    Schema,
    Schemas,
    spoken_list,
    text_of,
)
from pipeline.mapping.nodes import Entry, Position, Table


@dataclass(frozen=True, slots=True)
class KeyRule:
    """Which keys of a form go together; ``schema`` says the same to editors."""

    keys: tuple[str, ...]

    def problem(self, table: Table) -> tuple[Position, str] | None:
        """Give where and what is wrong, or None."""
        raise NotImplementedError

    def schema(self, schemas: Schemas) -> Schema:
        """Give the JSON Schema of the rule."""
        raise NotImplementedError

    def present(self, table: Table) -> list[Entry]:
        """Give the entries of the rule's keys, in written order."""
        return [entry for entry in table if entry.key in self.keys]

    def required(self) -> list[Schema]:
        """Give a schema per key that asks for it."""
        return [{"required": [name]} for name in self.keys]

    def spoken(self, last: str = "or") -> str:
        """Give the keys in words."""
        return spoken_list([f"`{name}`" for name in self.keys], last)


class AtLeastOne(KeyRule):
    """One of the keys has to be there."""

    def problem(self, table: Table) -> tuple[Position, str] | None:
        return None if self.present(table) else (table.position, f"needs {self.spoken()}")

    def schema(self, schemas: Schemas) -> Schema:
        return {"anyOf": self.required()}


class AtMostOne(KeyRule):
    """Two of the keys contradict each other."""

    def problem(self, table: Table) -> tuple[Position, str] | None:
        found = self.present(table)
        return (found[1].position, f"takes only one of {self.spoken('and')}") if len(found) > 1 else None

    def schema(self, schemas: Schemas) -> Schema:
        pairs = [[one, two] for index, one in enumerate(self.keys) for two in self.keys[index + 1 :]]
        return {"not": {"anyOf": [{"required": pair} for pair in pairs]}}


@dataclass(frozen=True, slots=True)
class Needs(KeyRule):
    """Where ``key`` stands, one of the keys has to stand, too."""

    key: str

    def problem(self, table: Table) -> tuple[Position, str] | None:
        entry = table.entry(self.key)
        if entry is None or self.present(table):
            return None
        return entry.position, f"needs {self.spoken()} beside `{self.key}`"

    def schema(self, schemas: Schemas) -> Schema:
        return {"if": {"required": [self.key]}, "then": {"anyOf": self.required()}}


@dataclass(frozen=True, slots=True)
class NeedsWhere(KeyRule):
    """Where ``key`` has this value, one of the keys has to stand, too."""

    key: str
    value: str

    def problem(self, table: Table) -> tuple[Position, str] | None:
        entry = table.entry(self.key)
        if entry is None or text_of(entry.value) != self.value or self.present(table):
            return None
        return entry.position, f"needs {self.spoken()} where `{self.key}` is `{self.value}`"

    def schema(self, schemas: Schemas) -> Schema:
        condition = {"properties": {self.key: {"const": self.value}}, "required": [self.key]}
        return {"if": condition, "then": {"anyOf": self.required()}}
