"""What is expected against what is there: an expected object names only the keys that matter."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pipeline import json_text
from pipeline.mapping.compiler.runtime import MISSING
from pipeline.mapping.paths import below

LONGEST = 300


def difference(expected: Any, actual: Any, path: str = "") -> str:
    """Say where a value differs from what is expected; empty where it is contained.

    Numbers are compared by value, and are no texts; lists must have the same length.

    >>> difference({"price": 1299}, {"price": 1299, "name": "Margherita"})
    ''
    >>> difference({"price": 1299}, {"price": "1299"})
    'price: expected 1299, found "1299"'
    """
    if isinstance(expected, dict) and isinstance(actual, dict):
        for key, inner in expected.items():
            told = difference(inner, actual.get(key, MISSING), below(path, key))
            if told:
                return told
        return ""
    if isinstance(expected, list) and isinstance(actual, list):
        if len(expected) != len(actual):
            return f"{_at(path)}expected {_entries(expected)}, found {_entries(actual)}: {shown(actual)}"
        differences = (
            difference(left, right, f"{path}[{place}]")
            for place, (left, right) in enumerate(zip(expected, actual, strict=True))
        )
        return next((told for told in differences if told), "")
    return "" if same(expected, actual) else f"{_at(path)}expected {shown(expected)}, found {shown(actual)}"


def same(expected: Any, actual: Any) -> bool:
    """Tell whether two plain values are equal; true is not 1."""
    numbers = (int, Decimal, float)
    if isinstance(expected, bool) or isinstance(actual, bool):
        return expected is actual
    if isinstance(expected, numbers) and isinstance(actual, numbers):
        return Decimal(str(expected)) == Decimal(str(actual))
    return type(expected) is type(actual) and bool(expected == actual)


def shown(value: Any) -> str:
    """Write a value for a message."""
    if value is MISSING:
        return "nothing"
    try:
        text = json_text.encode(value).decode()
    except json_text.NotJson:
        text = str(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _at(path: str) -> str:
    return f"{path}: " if path else ""


def _entries(values: list[Any]) -> str:
    return "1 entry" if len(values) == 1 else f"{len(values)} entries"
