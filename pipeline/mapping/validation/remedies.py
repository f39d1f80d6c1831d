"""What to write instead of a value whose type the platform does not take."""

from __future__ import annotations

from pipeline.mapping.types import Type


def remedy(kind: Type, allowed: frozenset[str]) -> str:
    """Give a sentence for a value of one type where JSON types of others are wanted; empty where none helps."""
    if kind.kind == "decimal" and "integer" in allowed:
        return "Prices become whole cents with `-> minor_units`; other numbers whole ones with `-> integer`."
    if kind.kind in ("integer", "decimal", "boolean") and "string" in allowed:
        return "Add `-> string`."
    if kind.kind == "text" and allowed & {"integer", "number", "boolean"}:
        return _instead_of_text(min(kind.values) if kind.values and len(kind.values) == 1 else "", allowed)
    if kind.kind == "list" and "array" not in allowed:
        return 'Add `-> first` to take one of the list, or `join: ", "` to make one text of it.'
    if "array" in allowed:
        return "Write it as a list: one entry below it that starts with `- `."
    if kind.kind == "record":
        return "Name one of its fields."
    if kind.kind == "map":
        return "Write one value here; where an instruction is meant, its key starts with `$`."
    if kind.kind == "null":
        return "Leave the field out. Where nothing stands behind the colon, YAML reads null."
    return ""


def _instead_of_text(word: str, allowed: frozenset[str]) -> str:
    """Say what to write instead of a text, by the text itself where it is one word of the mapping."""
    digits = word.replace("_", "").lstrip("0") or "0"
    if allowed & {"integer", "number"}:
        transform = "integer" if "integer" in allowed else "decimal"
        if word and digits.isascii() and digits.isdigit() and digits != word:
            return f"Write {digits}: a number has no 0 in front and no _ in it, or YAML reads it as text."
        if not word:
            return f"Read a field that is a number, or add `-> {transform}` where the text holds one."
        return f"Write the number without quotes, or add `-> {transform}`."
    truth = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}.get(word.casefold())
    if truth is not None:
        return f"Write {truth}: `{word}` is a text, as any other word."
    return "Write true or false without quotes, or add `-> boolean`."
