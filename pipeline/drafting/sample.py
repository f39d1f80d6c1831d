"""A sample payload as a form: entries of a list are put together, so that every field that any of them has is seen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

MOST_VALUES = 200
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")


@dataclass(slots=True)
class Form:
    """What stands at one place: plain values, the fields of objects, entries of lists. Usually only one of them."""

    values: list[Any] = field(default_factory=list)
    fields: dict[str, Form] = field(default_factory=dict)
    entries: Form | None = None
    objects: list[dict[str, Any]] = field(default_factory=list)
    """The objects that were put together here, to tell kinds of entries apart."""

    def add(self, value: Any) -> None:
        """Put one more value together with what is here."""
        if isinstance(value, dict):
            if len(self.objects) < MOST_VALUES:
                self.objects.append(value)
            for key, inner in value.items():
                self.fields.setdefault(key, Form()).add(inner)
        elif isinstance(value, list):
            if self.entries is None:
                self.entries = Form()
            for inner in value:
                self.entries.add(inner)
        elif len(self.values) < MOST_VALUES:
            self.values.append(value)

    @property
    def known(self) -> list[Any]:
        """The values that are not null."""
        return [value for value in self.values if value is not None]

    @property
    def texts(self) -> list[str]:
        """The values that are texts."""
        return [value for value in self.values if isinstance(value, str)]


def form_of(*values: Any) -> Form:
    """Give the form of some values."""
    form = Form()
    for value in values:
        form.add(value)
    return form


def words(key: str) -> tuple[str, ...]:
    """Split a key into its words, in small letters.

    >>> words("merchantSuppliedID"), words("out_of_stock"), words("hasMenuItem")
    (('merchant', 'supplied', 'id'), ('out', 'of', 'stock'), ('has', 'menu', 'item'))
    """
    return tuple(word.lower() for word in _WORD.findall(key))


def all_fields(form: Form) -> Iterator[tuple[str, Form]]:
    """Give every field at any depth."""
    waiting = [form]
    while waiting:
        current = waiting.pop()
        for key, inner in current.fields.items():
            yield key, inner
            waiting.append(inner)
        if current.entries is not None:
            waiting.append(current.entries)
