"""What a payload breaks of its platform's schema, said in plain words."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import jsonschema_rs

FieldPath = tuple[str | int, ...]

MAX_SHOWN = 60
"""Values longer than this are shortened in messages."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One place of a payload that the platform would refuse.

    ``path`` leads to the field, also to one that is missing; ``rule`` is the schema's keyword, and
    ``schema_path`` where in the schema file it stands. ``message`` continues a sentence that the
    field begins: "must be at most 500 characters, has 612".
    """

    path: FieldPath
    rule: str
    message: str
    schema_path: FieldPath = ()

    def __str__(self) -> str:
        return f"{display_path(self.path)} {self.message}"


def display_path(path: FieldPath) -> str:
    """Write a path as people do.

    >>> display_path(("menu", "categories", 3, "items", 0, "price"))
    'menu.categories[3].items[0].price'
    >>> display_path(("by_id", "i.7"))
    'by_id["i.7"]'
    """
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif part and all(character.isalnum() or character in "_-@$" for character in part):
            text += f".{part}" if text else part
        else:
            text += f"[{json.dumps(shorten(part), ensure_ascii=False)}]"
    return text or "the payload"


def shorten(text: str) -> str:
    """Cut a text for a message."""
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"


def show(value: Any) -> str:
    """Write a value for a message: scalars as in JSON, the rest by kind."""
    if isinstance(value, str):
        return json.dumps(shorten(value), ensure_ascii=False)
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, int | float | Decimal):
        return shorten(str(value))
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    return "an object"


_Words = Callable[[dict[str, Any], Any], str]

_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
    "array": "a list",
    "object": "an object",
}


def _size(adjective: str, noun: str) -> _Words:
    """Give the sentence of a limit on how long or large something is; an empty one is said to be so."""

    def words(facts: dict[str, Any], value: Any) -> str:
        limit = facts["limit"]
        if adjective == "at least" and limit == 1 and not value:
            return "must not be empty"
        nouns = noun if limit == 1 else noun.replace("entry", "entrie") + "s"
        return f"must be {adjective} {limit} {nouns}, has {len(value)}"

    return words


def _listed(values: list[Any], limit: int = 40) -> str:
    shown = ", ".join(show(value) for value in values[:limit])
    return f"{shown} and {len(values) - limit} more" if len(values) > limit else shown


def _type(facts: dict[str, Any], value: Any) -> str:
    wanted = " or ".join(_TYPES.get(name, name) for name in facts["types"])
    is_number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    if isinstance(value, str):
        return f"must be {wanted}, is the text {show(value)}"
    return f"must be {wanted}, is {'the number ' if is_number else ''}{show(value)}"


def _enum(facts: dict[str, Any], value: Any) -> str:
    options = facts["options"]
    close = (
        difflib.get_close_matches(value, [o for o in options if isinstance(o, str)], 1)
        if isinstance(value, str)
        else []
    )
    hint = f" (did you mean {show(close[0])}?)" if close else ""
    return f"must be {'one of ' if len(options) > 1 else ''}{_listed(options)}, is {show(value)}{hint}"


# One sentence per keyword; `facts` are the keyword's own values, as jsonschema-rs gives them.
_WORDS: dict[str, _Words] = {
    "type": _type,
    "enum": _enum,
    "const": lambda facts, value: f"must be {show(facts['expected_value'])}, is {show(value)}",
    "minLength": _size("at least", "character"),
    "maxLength": _size("at most", "character"),
    "pattern": lambda facts, value: f"has not the form that the platform asks for ({facts['pattern']}): {show(value)}",
    "format": lambda facts, value: f"must be written as {facts['format']}, is {show(value)}",
    "minimum": lambda facts, value: f"must be at least {facts['limit']}, is {show(value)}",
    "maximum": lambda facts, value: f"must be at most {facts['limit']}, is {show(value)}",
    "exclusiveMinimum": lambda facts, value: f"must be more than {facts['limit']}, is {show(value)}",
    "exclusiveMaximum": lambda facts, value: f"must be less than {facts['limit']}, is {show(value)}",
    "multipleOf": lambda facts, value: f"must be a multiple of {facts['multiple_of']}, is {show(value)}",
    "minItems": _size("at least", "entry"),
    "maxItems": _size("at most", "entry"),
    "uniqueItems": lambda facts, value: "has the same entry twice",
    "minProperties": _size("at least", "field"),
    "maxProperties": _size("at most", "field"),
    "contains": lambda facts, value: "lacks an entry that the platform asks for",
    "not": lambda facts, value: "is just what the platform rules out here",
    "falseSchema": lambda facts, value: "is not allowed here",
}


def violations_of(
    error: jsonschema_rs.ValidationError, known_fields: Callable[[FieldPath], list[str]]
) -> Iterator[Violation]:
    """Tell what one validation error means: one violation per field concerned.

    ``known_fields`` gives the names that the schema has at a place, for "did you mean".
    """
    path, rule, facts = tuple(error.instance_path), error.kind.name, error.kind.as_dict()
    schema_path = tuple(error.schema_path)
    if rule in ("anyOf", "oneOf"):
        yield from _alternatives(error, facts["context"], known_fields)
    elif rule == "required":
        yield Violation((*path, facts["property"]), rule, "is required", schema_path)
    elif rule in ("additionalProperties", "unevaluatedProperties"):
        known = known_fields(path)
        for name in facts["unexpected"]:
            close = difflib.get_close_matches(name, known, 1)
            hint = f" (did you mean {show(close[0])}?)" if close else ""
            message = f"is not a field that the platform knows{hint}"
            if name in known:
                message = "does not go with the other fields that stand beside it"
            yield Violation((*path, name), rule, message, schema_path)
    elif rule == "propertyNames":
        for inner in violations_of(facts["error"], known_fields):
            yield Violation(path, rule, f"has a key that does not fit: the key {inner.message}", schema_path)
    elif rule in _WORDS:
        yield Violation(path, rule, _WORDS[rule](facts, error.instance), schema_path)
    else:
        yield Violation(path, rule, f"breaks the platform's rule {shorten(error.message)}", schema_path)


def _alternatives(
    error: jsonschema_rs.ValidationError,
    branches: list[list[jsonschema_rs.ValidationError]],
    known_fields: Callable[[FieldPath], list[str]],
) -> Iterator[Violation]:
    """Report the one alternative that was meant, where that can be told; else name them all.

    Meant is an alternative whose kind of value fits, such as the object of "an object or null".
    """
    path, rule, schema_path = tuple(error.instance_path), error.kind.name, tuple(error.schema_path)
    if any(not branch for branch in branches):
        yield Violation(path, rule, "fits several alternatives of which only one may fit", schema_path)
        return
    meant = [branch for branch in branches if not any(_is_other_kind(inner, len(path)) for inner in branch)]
    if len(meant) == 1:
        for inner in meant[0]:
            yield from violations_of(inner, known_fields)
        return
    sentences = []
    for branch in meant or branches:
        violations = [violation for inner in branch for violation in violations_of(inner, known_fields)]
        sentences.append(" and ".join(_relative(violation, path) for violation in violations[:3]))
    distinct = list(dict.fromkeys(sentences))
    yield Violation(path, rule, f"fits none of what is allowed: {'; or '.join(distinct[:6])}", schema_path)


def _is_other_kind(error: jsonschema_rs.ValidationError, depth: int) -> bool:
    return error.kind.name in ("type", "const", "enum") and len(error.instance_path) == depth


def _relative(violation: Violation, path: FieldPath) -> str:
    inner = violation.path[len(path) :]
    return f"{display_path(inner)} {violation.message}" if inner else f"it {violation.message}"
