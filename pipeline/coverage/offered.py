"""Fields that a platform's payload schema offers, and that no rule of its mapping fills."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.mapping.paths import shown
from pipeline.mapping.rules.made import PAYLOAD, Made, Parts
from pipeline.payload_schema import PayloadSchema

DEEPEST = 40
_CHILDREN = {"properties", "patternProperties", "additionalProperties", "items", "prefixItems"}
Place = frozenset[int]
"""A place of the payload, known by the subschemas that speak of it: recursive parts are one place."""


@dataclass(frozen=True, slots=True)
class Unfilled:
    """A payload field that stays empty; ``reason`` is the mapping's own, empty where it gives none."""

    path: str
    required: bool
    reason: str
    about: str


def unfilled(made: Made, schema: PayloadSchema, not_sent: Mapping[str, str]) -> tuple[Unfilled, ...]:
    """Give the offered fields that nothing fills, in the schema's order; below an empty object only the object."""
    return tuple(_Offered(made, schema, not_sent).fields())


class _Offered:
    def __init__(self, made: Made, schema: PayloadSchema, not_sent: Mapping[str, str]) -> None:
        self.made, self.schema, self.not_sent = made, schema, not_sent
        self.filled: dict[Place, set[str]] = {}
        self._visited: set[tuple[str, Place]] = set()
        self._fill(PAYLOAD, ())

    def fields(self) -> Iterator[Unfilled]:
        """Go through the schema, each place once."""
        seen: set[Place] = set()
        waiting: list[Parts] = [()]
        while waiting:
            path = waiting.pop()
            place = self._place(path)
            if place in seen or len(path) > DEEPEST:
                continue
            seen.add(place)
            filled = self.filled.get(place, set())
            required = self.schema.required_at(path)
            names = self.schema.fields_at(path)
            for name in names:
                if name not in filled and "*" not in filled and self.schema.allows((*path, name)):
                    yield self._unfilled((*path, name), name in required)
            inner = [name for name in names if name in filled] + [step for step in ("[]", "*") if step in filled]
            waiting += [(*path, step) for step in reversed(inner)]

    def _unfilled(self, path: Parts, required: bool) -> Unfilled:
        text = shown(path)
        about = next((str(s["description"]) for s in self.schema.schema_at(path) if "description" in s), "")
        return Unfilled(text, required, self.not_sent.get(text, ""), about)

    def _fill(self, context: str, base: Parts) -> None:
        """Note what one function fills under the path where it is used; a recursive one once per place."""
        mark = (context, self._place(base))
        if mark in self._visited or len(base) > DEEPEST:
            return
        self._visited.add(mark)
        for value in self.made.values.get(context, ()):
            self._note(base + value.path)
        for made in self.made.objects.get(context, ()):
            for key in made.keys:
                self._note((*base, *made.path, key))
        for use in self.made.uses.get(context, ()):
            self._note(base + use.path)
            self._fill(use.function, base + use.path)

    def _note(self, path: Parts) -> None:
        for length in range(1, len(path) + 1):
            *parent, step = path[:length]
            key = "[]" if isinstance(step, int) else step
            self.filled.setdefault(self._place(tuple(parent)), set()).add(key)

    def _place(self, path: Parts) -> Place:
        schemas: list[dict[str, Any]] = self.schema.schema_at(path)
        telling = [schema for schema in schemas if not _CHILDREN.isdisjoint(schema)]
        return frozenset(id(schema) for schema in telling or schemas)
