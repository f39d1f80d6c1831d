"""What several subschemas that may speak of one place let a value be there."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from pipeline.mapping.types import decimal_places


def types_of(schemas: list[dict[str, Any]]) -> frozenset[str]:
    """Give the JSON types that any of some subschemas takes; empty where they leave it open."""
    found: set[str] = set()
    for schema in schemas:
        kind = schema.get("type")
        if kind is None and isinstance(schema.get("if"), dict) and "else" in schema:
            kind = schema["if"].get("type")
        if isinstance(kind, str):
            found.add(kind)
        elif isinstance(kind, list):
            found.update(part for part in kind if isinstance(part, str))
        elif "enum" in schema:
            found.update(_type_of(value) for value in schema["enum"])
        elif "const" in schema:
            found.add(_type_of(schema["const"]))
    return frozenset(found)


def words_of(schemas: list[dict[str, Any]]) -> frozenset[str] | None:
    """Give the words that a text may be; None where any text is taken."""
    words: set[str] = set()
    listed = False
    for schema in text_schemas(schemas):
        if "enum" in schema:
            listed = True
            words.update(value for value in schema["enum"] if isinstance(value, str))
        elif "const" in schema:
            listed = True
            words.add(str(schema["const"]))
        elif schema.get("type") is not None:
            return None
    return frozenset(words) if listed else None


def longest_of(schemas: list[dict[str, Any]]) -> int | None:
    """Give how many characters a text may have; None where the schema leaves it open."""
    limits = [schema.get("maxLength") for schema in text_schemas(schemas) if schema.get("type") is not None]
    known = [limit for limit in limits if isinstance(limit, int)]
    return max(known) if known and len(known) == len(limits) else None


def places_of(schemas: list[dict[str, Any]]) -> int | None:
    """Give how many decimal places a number may have; None where the schema leaves it open."""
    numbers = [schema for schema in schemas if schema.get("type") in ("number", ["number", "null"])]
    steps = [Decimal(str(schema["multipleOf"])) for schema in numbers if "multipleOf" in schema]
    return max(map(decimal_places, steps)) if steps else None


def text_schemas(schemas: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Give those that may speak of a text."""
    for schema in schemas:
        kind = schema.get("type")
        kinds = kind if isinstance(kind, list) else [kind] if kind is not None else []
        if not kinds or "string" in kinds:
            yield schema


def _type_of(value: Any) -> str:
    names = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}
    return names.get(type(value), "null")
