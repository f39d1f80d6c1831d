"""The form of what all requests share: headers, statuses, words of answers, limits, retries."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Literal

from pipeline.mapping.form.grammar import (
    ListOf,
    MapOf,
    Part,
    key,
)
from pipeline.mapping.form.instructions import HeaderText
from pipeline.mapping.form.kind import (
    Invalid,
    Kind,
    Reader,
    Schema,
    Schemas,
    has_braces,
    is_formula,
    matches,
)
from pipeline.mapping.form.kinds import (
    Duration,
    Enum,
    Integer,
)
from pipeline.mapping.nodes import Node, Scalar, Table

HEADER_PATTERN = r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"
SECRET_HEADER = re.compile(r"authorization|cookie|secret|token|(api|access|partner)-?key", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Headers(MapOf):
    """HTTP headers by name; one that carries a secret must not be a literal."""

    value: Kind = HeaderText()  # noqa: RUF009 -- immutable
    name: str = "header"
    pattern: str = HEADER_PATTERN

    def hint(self, key: str) -> str:
        meant = re.sub(r"[^A-Za-z0-9]+", "-", key).strip("-")
        return f"Write {meant}: no space and no colon stands in a header's name." if meant else ""

    def read(self, node: Node, label: str, reader: Reader) -> dict[str, Node] | Invalid:
        values = MapOf.read(self, node, label, reader)
        if isinstance(values, Invalid):
            return values
        _told_twice(node, reader)
        for name, value in list(values.items()):
            if SECRET_HEADER.search(name) and not all(has_braces(text) or is_formula(text) for text in _texts(value)):
                message = f"The header `{name}` carries a secret, which must not stand in a mapping."
                hint = 'Declare it under `credentials` and write "{credentials.NAME}".'
                reader.problem("literal-secret", value.position, message, hint)
                del values[name]
        return values


def _told_twice(node: Node, reader: Reader) -> None:
    """Tell of headers whose names differ by capitals alone, which are the same to HTTP."""
    first: dict[str, str] = {}
    for entry in node if isinstance(node, Table) else ():
        known = first.setdefault(entry.key.casefold(), entry.key)
        if known != entry.key:
            message = f"`{entry.key}` and `{known}` are the same header: capitals do not count."
            reader.problem("header-twice", entry.position, message, "Keep one of the two.")


def _texts(value: Node) -> list[Node]:
    """Give a header's text, or the texts of a choice."""
    if not isinstance(value, Table):
        return [value]
    return [text for entry in value if entry.key in ("$text", "$else") for text in _texts(entry.value)]


@dataclass(frozen=True, slots=True)
class Status(Kind):
    """An HTTP status, or a class of them: ``4xx``."""

    @property
    def words(self) -> str:
        return "an HTTP status such as `409`, or a class such as `5xx`"

    def read(self, node: Node, label: str, reader: Reader) -> int | str | Invalid:
        value = node.value if isinstance(node, Scalar) else None
        if type(value) is int and 100 <= value <= 599:
            return value
        if isinstance(value, str) and matches(r"^[1-5]xx$", value):
            return value
        return self.refuse(node, label, reader)

    def schema(self, schemas: Schemas) -> Schema:
        return {
            "anyOf": [{"type": "integer", "minimum": 100, "maximum": 599}, {"enum": [f"{n}xx" for n in range(1, 6)]}]
        }


@dataclass(frozen=True, slots=True)
class Word(Kind):
    """A word of an answer, compared case-blind; ``true`` and numbers are words, too."""

    @property
    def words(self) -> str:
        return "a word of the answer"

    def read(self, node: Node, label: str, reader: Reader) -> str | Invalid:
        value = node.value if isinstance(node, Scalar) else None
        if value is None or value == "":
            return self.refuse(node, label, reader)
        return str(value).casefold()

    def schema(self, schemas: Schemas) -> Schema:
        return {"type": ["string", "number", "boolean"], "minLength": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit(Part):
    """At most so many requests in a time; more of them wait."""

    noun: ClassVar[str] = "a limit"

    requests: int = key(Integer(1), "How many requests.", example="requests: 480", required=True)
    per: timedelta = key(Duration(), "In what time.", example="per: 1m", required=True)
    for_: Literal["account", "store"] = key(
        Enum(("account", "store"), ("All restaurants together.", "Each restaurant for itself.")),
        "Whose requests are counted together.",
        example="for: store",
        default="account",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry(Part):
    """When a request is sent again."""

    noun: ClassVar[str] = "`retry`"

    statuses: tuple[int | str, ...] = key(
        ListOf(Status(), 1),
        "Statuses after which it is.",
        example="statuses: [429, 5xx]",
        default=(408, 425, 429, 500, 502, 503, 504),
    )
    attempts: int = key(
        Integer(1, 10), "How often a request is sent at most; 2 is one retry.", example="attempts: 2", default=2
    )
    backoff: timedelta = key(
        Duration(),
        "The first pause; it doubles, with jitter. `Retry-After` is obeyed.",
        example="backoff: 2s",
        default=timedelta(seconds=2),
    )
