"""Static types of a payload against the platform's JSON Schema.

The generator noted what each rule makes; here every field is held against the subschemas that may
speak of its place. Where a schema leaves several forms open, a value is right if it fits one.
"""

from __future__ import annotations

import re
from typing import Any

from pipeline.findings import Finding, Severity
from pipeline.mapping.compiled import CompiledMapping
from pipeline.mapping.form.instructions import INSTRUCTIONS
from pipeline.mapping.nearest import did_you_mean
from pipeline.mapping.nodes import Position, Scalar, Sequence, Table
from pipeline.mapping.paths import shown
from pipeline.mapping.rules.made import PAYLOAD, Made, MadeObject, MadeValue, Parts
from pipeline.mapping.rules.reader import place
from pipeline.mapping.types import Type, fields_of
from pipeline.mapping.validation.remedies import remedy
from pipeline.mapping.validation.subschemas import longest_of, places_of, text_schemas, types_of, words_of
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

    def _visit(self, context: str, base: Parts, strip: Parts = ()) -> None:
        """Check one function's fields under the path where it is used; a recursive one once per subschema.

        ``strip`` is the path below which the fields of a name were noted, which is not theirs where it is used.
        """
        schemas = self.schema.schema_at(base)
        mark = (context, tuple(sorted(id(schema) for schema in schemas)))
        if mark in self._visited or len(base) > DEEPEST:
            return
        self._visited.add(mark)
        unknown: list[Parts] = []
        values, uses = self.made.values.get(context, ()), self.made.uses.get(context, ())
        references = self.made.references.get(context, ())
        apart = {value.path[:-1] for value in values if value.path} | {use.path for use in (*uses, *references)}

        def here(path: Parts) -> Parts:
            return (*base, *path[len(strip) :])

        for value in sorted(values, key=lambda value: len(value.path)):
            path = here(value.path)
            # What stands below an unknown field is not told again.
            if any(path[: len(known)] == known and path != known for known in unknown):
                continue
            if not self._known(path, value.position):
                unknown.append(path)
                continue
            for kind in value.types:
                self._type(path, kind, value, whole=value.path not in apart)
        for made in self.made.objects.get(context, ()):
            self._object(here(made.path), made, context)
        for use in uses:
            self._visit(use.function, here(use.path))
        for name in references:
            if here(name.path) not in unknown:
                self._visit(name.context, here(name.path), name.base)

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

    def _type(self, path: Parts, kind: Type, value: MadeValue, *, whole: bool) -> None:
        """Hold one static type against the subschemas of a place; ``whole``: its entries are not noted one by one."""
        schemas = self.schema.schema_at(path)
        if kind.kind == "any" or not schemas:
            return
        allowed = types_of(schemas)
        if allowed and not allowed & _JSON_TYPES[kind.kind]:
            self._wrong_type(path, value.position, kind, allowed)
        elif kind.kind == "text":
            self._text(path, value, kind, schemas)
        elif kind.kind == "decimal":
            self._decimal(path, value.position, kind, schemas)
        elif whole and kind.kind == "record":
            self._record(path, value.position, kind)
        elif whole and kind.kind in ("list", "map") and kind.item is not None and len(path) < DEEPEST:
            self._type((*path, "[]" if kind.kind == "list" else "*"), kind.item, value, whole=True)

    def _record(self, path: Parts, position: Position, kind: Type) -> None:
        """A whole record of the menu, where the platform has fields of its own."""
        assert kind.record is not None
        unknown = [name for name in fields_of(kind.record) if not self.schema.allows((*path, name))]
        if unknown:
            message = f"{shown(path)} has fields of its own, and the mapping gives {kind} with all that is in it."
            hint = "Write each field of the platform with its formula; a list of them starts with `- $for: … in …`."
            self._tell("payload-type", "error", position, message, hint, path)

    def _decimal(self, path: Parts, position: Position, kind: Type, schemas: list[dict[str, Any]]) -> None:
        """A number with more decimal places than the platform takes."""
        places = places_of(schemas)
        if places is None or (kind.places is not None and kind.places <= places):
            return
        message = f"{shown(path)} takes at most {places} decimal places, and the number can have more."
        hint = f"Add `$transform: [{{decimal: {places}}}]`, or a chain that holds it."
        self._tell("payload-decimals", "warning", position, message, hint, path)

    def _wrong_type(self, path: Parts, position: Position, kind: Type, allowed: frozenset[str]) -> None:
        words = " or ".join(_WORDS[name] for name in sorted(allowed - {"null"}, key=list(_WORDS).index)) or "null"
        if "number" in allowed and "integer" in allowed:
            words = words.replace("a whole number or a number", "a number")
        message = f"The platform wants {words} in {shown(path)}, and the mapping gives {kind}."
        if kind.kind == "null":
            message = f"The platform does not take null in {shown(path)}."
        self._tell("payload-type", "error", position, message, remedy(kind, allowed), path)

    def _text(self, path: Parts, value: MadeValue, kind: Type, schemas: list[dict[str, Any]]) -> None:
        position = value.position
        allowed = words_of(schemas)
        if allowed is not None:
            if kind.values is None:
                message = f"{shown(path)} takes only certain words, and the mapping may give any text."
                hint = f"Use a table with `lookup` that gives one of: {', '.join(sorted(allowed)[:30])}."
                self._tell("payload-enum", "error", position, message, hint, path)
                return
            wrong = sorted(kind.values - allowed)
            if wrong and not self._wrong_in_table(path, value, wrong, allowed):
                words = ", ".join(f"`{word}`" for word in wrong[:8])
                message = f"{shown(path)} does not take {words}{' …' if len(wrong) > 8 else ''}."
                near = did_you_mean(wrong[0], allowed) if len(wrong) == 1 else ""
                hint = near or f"It takes: {', '.join(sorted(allowed)[:30])}."
                self._tell("payload-enum", "error", position, message, hint, path)
            if not wrong:
                self._twice_in_table(path, value, allowed)
            return
        self._pattern(path, position, kind, schemas)
        limit = longest_of(schemas)
        if limit is not None and kind.max_length is not None and kind.max_length > limit:
            message = f"{shown(path)} takes at most {limit} characters, and the text can have {kind.max_length}."
            self._tell("payload-length", "warning", position, message, f"Add `truncate: {limit}`.", path)

    def _wrong_in_table(self, path: Parts, value: MadeValue, wrong: list[str], allowed: frozenset[str]) -> bool:
        """Tell of wrong words where the table gives them, if one does."""
        sections = self.mapping.document.node.get("tables")
        here = {note.table for note in self.made.lookups if note.path == value.path}
        tables = here or {note.table for note in self.made.lookups}  # looked up for a name that stands here
        placed: dict[str, tuple[str, Position]] = {}
        for name in sorted(tables):
            table = sections.get(name) if isinstance(sections, Table) else None
            for entry in table if isinstance(table, Table) else ():
                words = entry.value.items if isinstance(entry.value, Sequence) else (entry.value,)
                placed.update({str(w.value): (name, w.position) for w in words if isinstance(w, Scalar)})
        for word in wrong if set(wrong) <= placed.keys() else ():
            name, position = placed[word]
            message = f"The table `{name}` gives `{word}`, and {shown(path)} does not take it."
            hint = did_you_mean(word, allowed, f"It takes: {', '.join(sorted(allowed)[:30])}.")
            self._tell("payload-enum", "error", position, message, hint, path)
        return set(wrong) <= placed.keys()

    def _twice_in_table(self, path: Parts, value: MadeValue, allowed: frozenset[str]) -> None:
        """Tell of a table with a line for each word of the platform that gives one twice, and so another one never."""
        sections = self.mapping.document.node.get("tables")
        for name in sorted({note.table for note in self.made.lookups if note.path == value.path}):
            table = sections.get(name) if isinstance(sections, Table) else None
            lines = [e.value for e in table if isinstance(e.value, Scalar)] if isinstance(table, Table) else []
            words = [str(line.value) for line in lines]
            never = sorted(allowed - set(words))
            if len(words) != len(allowed) or len(never) != 1:
                continue
            twice = next(line for number, line in enumerate(lines) if words[number] in words[:number])
            message = f"The table `{name}` gives `{twice.value}` twice, and `{never[0]}` never."
            self._tell(
                "table-word-twice", "warning", twice.position, message, f"Write `{never[0]}` in one of them.", path
            )

    def _pattern(self, path: Parts, position: Position, kind: Type, schemas: list[dict[str, Any]]) -> None:
        """Check words that are known now against the patterns of the schema."""
        patterns = [schema.get("pattern") for schema in text_schemas(schemas) if schema.get("type") is not None]
        if not kind.values or not patterns or not all(isinstance(pattern, str) for pattern in patterns):
            return
        wrong = [word for word in sorted(kind.values) if not any(_fits(word, str(pattern)) for pattern in patterns)]
        if wrong:
            message = f"{shown(path)} takes texts of a certain form only, and `{wrong[0]}` has another."
            self._tell("payload-pattern", "error", position, message, f"The form is {patterns[0]}", path)

    def _object(self, path: Parts, made: MadeObject, context: str) -> None:
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


def _fits(word: str, pattern: str) -> bool:
    try:
        return re.search(pattern, word[:1000]) is not None
    except re.error:  # a form of pattern that Python lacks; the payload itself is checked when it is made
        return True
