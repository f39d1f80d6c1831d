"""Static types of a payload against the platform's JSON Schema.

The generator noted what each rule makes; here every field is held against the subschemas that may
speak of its place. Where a schema leaves several forms open, a value is right if it fits one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pipeline.findings import Finding, Severity
from pipeline.mapping.compiled import CompiledMapping
from pipeline.mapping.instructions import INSTRUCTIONS
from pipeline.mapping.made import PAYLOAD, Made, MadeObject, MadeValue, Parts
from pipeline.mapping.nearest import did_you_mean
from pipeline.mapping.nodes import Position
from pipeline.mapping.paths import shown
from pipeline.mapping.rule_reader import place
from pipeline.mapping.types import Type
from pipeline.mapping.validation.tables import lacking as _lacking
from pipeline.payload_schema import PayloadSchema

DEEPEST = 40
_NO_FIELDS = ("for", "if", "unless", "else", "use", "with")
"""Instructions whose names no platform has been seen to use for a field, even where it takes any."""

_JSON_TYPES: dict[str, frozenset[str]] = {
    "text": frozenset({"string"}),
    "integer": frozenset({"integer", "number"}),
    "decimal": frozenset({"number"}),
    "boolean": frozenset({"boolean"}),
    "list": frozenset({"array"}),
    "map": frozenset({"object"}),
    "record": frozenset({"object"}),
    "null": frozenset({"null"}),
}
_WORDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}


class PayloadChecker:
    """Holds what one mapping makes against its platform's payload schema."""

    def __init__(self, mapping: CompiledMapping, schema: PayloadSchema) -> None:
        self.mapping = mapping
        self.schema = schema
        self.made: Made = mapping.payload.made
        self._found: dict[Finding, None] = {}
        self._visited: set[tuple[str, tuple[int, ...]]] = set()

    def findings(self) -> list[Finding]:
        """Give all that does not fit."""
        self._visit(PAYLOAD, ())
        return list(self._found)

    def _visit(self, context: str, base: Parts) -> None:
        """Check one function's fields under the path where it is used; a recursive one once per subschema."""
        schemas = self.schema.schema_at(base)
        mark = (context, tuple(sorted(id(schema) for schema in schemas)))
        if mark in self._visited or len(base) > DEEPEST:
            return
        self._visited.add(mark)
        unknown: list[Parts] = []
        for value in sorted(self.made.values.get(context, ()), key=lambda value: len(value.path)):
            path = base + value.path
            # What stands below an unknown field is not told again.
            if any(path[: len(known)] == known and path != known for known in unknown):
                continue
            if not self._known(path, value.position):
                unknown.append(path)
                continue
            self._value(path, value)
        for made in self.made.objects.get(context, ()):
            self._object(base + made.path, made, context, base)
        for use in self.made.uses.get(context, ()):
            self._visit(use.function, base + use.path)

    def _known(self, path: Parts, position: Position) -> bool:
        *parent, key = path
        known = self.schema.fields_at(tuple(parent))
        where = f" in {shown(tuple(parent))}" if parent else ""
        forgotten = f"${key}" in INSTRUCTIONS and key not in known
        if forgotten and (key in _NO_FIELDS or not self.schema.allows(path)):
            message = f"`{key}` is sent as a field here, because the `$` of an instruction is missing."
            hint = f"Write `${key}`."
            self._tell("instruction-without-dollar", "error", position, message, hint, path)
            return False
        if self.schema.allows(path):
            return True
        message = f"The platform has no field `{key}`{where}."
        if key in ("[]", "*"):
            form = "a list" if key == "[]" else "an object with computed keys"
            message = f"The platform does not take {form} at {shown(tuple(parent))}."
        listed = f"It has: {', '.join(known[:30])}." if known else "Remove it."
        self._tell("payload-field-unknown", "error", position, message, did_you_mean(str(key), known, listed), path)
        return False

    def _value(self, path: Parts, value: MadeValue) -> None:
        schemas = self.schema.schema_at(path)
        for kind in value.types:
            if kind.kind == "any" or not schemas:
                continue
            allowed = _types(schemas)
            if allowed and not allowed & _JSON_TYPES[kind.kind]:
                self._wrong_type(path, value.position, kind, allowed)
                continue
            if kind.kind == "text":
                self._text(path, value.position, kind, schemas)

    def _wrong_type(self, path: Parts, position: Position, kind: Type, allowed: frozenset[str]) -> None:
        words = " or ".join(_WORDS[name] for name in sorted(allowed - {"null"}, key=list(_WORDS).index)) or "null"
        if "number" in allowed and "integer" in allowed:
            words = words.replace("a whole number or a number", "a number")
        message = f"The platform wants {words} in {shown(path)}, and the mapping gives {kind}."
        if kind.kind == "null":
            message = f"The platform does not take null in {shown(path)}."
        self._tell("payload-type", "error", position, message, _remedy(kind, allowed), path)

    def _text(self, path: Parts, position: Position, kind: Type, schemas: list[dict[str, Any]]) -> None:
        allowed = _enumeration(schemas)
        if allowed is not None:
            if kind.values is None:
                message = f"{shown(path)} takes only certain words, and the mapping may give any text."
                hint = f"Use a table with `lookup` that gives one of: {', '.join(sorted(allowed)[:30])}."
                self._tell("payload-enum", "error", position, message, hint, path)
                return
            wrong = sorted(kind.values - allowed)
            if wrong:
                words = ", ".join(f"`{word}`" for word in wrong[:8])
                message = f"{shown(path)} does not take {words}{' …' if len(wrong) > 8 else ''}."
                near = did_you_mean(wrong[0], allowed) if len(wrong) == 1 else ""
                hint = near or f"It takes: {', '.join(sorted(allowed)[:30])}."
                self._tell("payload-enum", "error", position, message, hint, path)
            return
        self._pattern(path, position, kind, schemas)
        limit = _limit(schemas)
        if limit is not None and kind.max_length is not None and kind.max_length > limit:
            message = f"{shown(path)} takes at most {limit} characters, and the text can have {kind.max_length}."
            self._tell("payload-length", "warning", position, message, f"Add `truncate: {limit}`.", path)

    def _pattern(self, path: Parts, position: Position, kind: Type, schemas: list[dict[str, Any]]) -> None:
        """Check words that are known now against the patterns of the schema."""
        patterns = [schema.get("pattern") for schema in _text_schemas(schemas) if schema.get("type") is not None]
        if not kind.values or not patterns or not all(isinstance(pattern, str) for pattern in patterns):
            return
        wrong = [word for word in sorted(kind.values) if not any(_fits(word, str(pattern)) for pattern in patterns)]
        if wrong:
            message = f"{shown(path)} takes texts of a certain form only, and `{wrong[0]}` has another."
            self._tell("payload-pattern", "error", position, message, f"The form is {patterns[0]}", path)

    def _object(self, path: Parts, made: MadeObject, context: str, base: Parts) -> None:
        if made.function:
            keys = {**self._template_keys(made.function), **made.keys}
        elif self._completed(made, context):
            return
        else:
            keys = made.keys
        for name in self.schema.required_at(path):
            if name not in keys:
                message = f"The platform requires `{name}` in {shown(path)}, and no rule makes it."
                hint = f"Add `{name}: …`."
                self._tell("payload-required", "error", made.position, message, hint, (*path, name))
            elif (
                not keys[name] and len(keys) > 1 and not self._looked_up(made, name)
            ):  # without its only field the object itself is left out
                position = self._position(made, name) or made.position
                message = f"The platform requires `{name}` in {shown(path)}, and its value may be missing."
                hint = "Give it a `$default`, or leave the whole entry out with `$if`."
                self._tell("payload-may-be-missing", "warning", position, message, hint, (*path, name))

    def _looked_up(self, made: MadeObject, name: str) -> bool:
        """Tell whether a value lacks only where a table lacks a word, which is told of the table."""
        path = (*made.path, name)
        return any(note.path == path and _lacking(self.mapping, note) for note in self.made.lookups)

    def _completed(self, made: MadeObject, context: str) -> bool:
        """Tell whether a template's root object gets fields where the template is used."""
        return (
            bool(context)
            and made.path == ()
            and any(other.function == context for objects in self.made.objects.values() for other in objects)
        )

    def _template_keys(self, function: str) -> dict[str, bool]:
        keys: dict[str, bool] = {}
        for made in self.made.objects.get(function, ()):
            if made.path == ():
                keys.update(made.keys)
        return keys

    def _position(self, made: MadeObject, name: str) -> Position | None:
        for values in self.made.values.values():
            for value in values:
                if value.path == (*made.path, name) and value.position.line >= made.position.line:
                    return value.position
        return None

    def _tell(self, code: str, severity: Severity, position: Position, message: str, hint: str, path: Parts) -> None:
        finding = Finding(code, severity, message, hint, place(position), (), shown(path))
        self._found[finding] = None


def _types(schemas: list[dict[str, Any]]) -> frozenset[str]:
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


def _enumeration(schemas: list[dict[str, Any]]) -> frozenset[str] | None:
    """Give the words that a text may be; None where any text is taken."""
    words: set[str] = set()
    listed = False
    for schema in _text_schemas(schemas):
        if "enum" in schema:
            listed = True
            words.update(value for value in schema["enum"] if isinstance(value, str))
        elif "const" in schema:
            listed = True
            words.add(str(schema["const"]))
        elif schema.get("type") is not None:
            return None
    return frozenset(words) if listed else None


def _limit(schemas: list[dict[str, Any]]) -> int | None:
    limits = [schema.get("maxLength") for schema in _text_schemas(schemas) if schema.get("type") is not None]
    known = [limit for limit in limits if isinstance(limit, int)]
    return max(known) if known and len(known) == len(limits) else None


def _text_schemas(schemas: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for schema in schemas:
        kind = schema.get("type")
        kinds = kind if isinstance(kind, list) else [kind] if kind is not None else []
        if not kinds or "string" in kinds:
            yield schema


def _fits(word: str, pattern: str) -> bool:
    try:
        return re.search(pattern, word[:1000]) is not None
    except re.error:  # a form of pattern that Python lacks; the payload itself is checked when it is made
        return True


def _type_of(value: Any) -> str:
    names = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}
    return names.get(type(value), "null")


def _remedy(kind: Type, allowed: frozenset[str]) -> str:
    if kind.kind == "decimal" and "integer" in allowed:
        return "Prices become whole cents with `-> minor_units`; other numbers whole ones with `-> integer`."
    if kind.kind in ("integer", "decimal", "boolean") and "string" in allowed:
        return "Add `-> string`."
    if kind.kind == "text" and "integer" in allowed:
        return "Write the number without quotes, or add `-> integer`."
    if kind.kind == "text" and "number" in allowed:
        return "Write the number without quotes, or add `-> decimal`."
    if kind.kind == "text" and "boolean" in allowed:
        return "Write true or false without quotes, or add `-> boolean`."
    if kind.kind == "list" and "array" not in allowed:
        return 'Add `-> first` to take one of the list, or `join: ", "` to make one text of it.'
    if "array" in allowed:
        return "Write it as a list: one entry below it that starts with `- `."
    if kind.kind == "record":
        return "Name one of its fields."
    if kind.kind == "map":
        return "Write one value here; where an instruction is meant, its key starts with `$`."
    if kind.kind == "null":
        return "Leave the field out."
    return ""
