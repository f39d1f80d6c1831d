"""How a mapping file is put together: forms with keys, lists, maps, alternatives.

A form is a frozen dataclass whose fields are its keys: ``key(kind, doc, …)`` says what each takes.
The class is the table's row and the value that reading gives, so the two cannot differ; the
JSON Schema, the reference and "did you mean" are made of the same rows.

A field's trailing underscore (``if_``, ``for_``) is only Python's and not part of the key.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, ClassVar

from pipeline.mapping.form.key_rules import KeyRule
from pipeline.mapping.form.kind import (
    INVALID,
    Invalid,
    Kind,
    Reader,
    Schema,
    Schemas,
    matches,
    shown,
    spoken_list,
    text_of,
)
from pipeline.mapping.nodes import Entry, Node, Position, Scalar, Sequence, Table


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a form: what it takes, one sentence of documentation, an example in YAML."""

    kind: Kind
    doc: str
    example: str
    required: bool
    default: Any


def key(kind: Kind, doc: str, *, example: str, required: bool = False, default: Any = MISSING) -> Any:
    """Declare a key of a form; without a default a left out list or map is empty, anything else None."""
    described = {"key": Key(kind, doc, example, required, None if default is MISSING else default)}
    if default is MISSING and isinstance(kind, MapOf):
        return field(default_factory=dict, metadata=described)
    if default is MISSING:
        default = () if isinstance(kind, (ListOf, OneOrMore)) else None
    return field(default=default, metadata=described)


FORMS: dict[str, type[Part]] = {}
"""Every form of the mapping language by its class name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A form's value: its keys as attributes, the node it was read from, its name where it has one."""

    noun: ClassVar[str] = ""
    rules: ClassVar[tuple[KeyRule, ...]] = ()
    in_mappings: ClassVar[bool] = True
    """Whether it is a form of mapping files; other files that are read in the same way have forms of their own."""

    node: Table
    name: str = ""

    def __init_subclass__(cls) -> None:
        # Runs twice, as ``slots=True`` makes the class anew: the later one stays.
        if cls.in_mappings:
            FORMS[cls.__name__] = cls

    @property
    def position(self) -> Position:
        """Where the form starts."""
        return self.node.position

    def examine(self, reader: Reader) -> None:
        """Report what is wrong between keys that all read well."""


_KEYS: dict[type[Part], dict[str, tuple[str, Key]]] = {}


def _rows(form: type[Part]) -> dict[str, tuple[str, Key]]:
    """Give each key's attribute and row; made once per class."""
    rows = _KEYS.get(form)
    if rows is None:
        described = [field for field in fields(form) if "key" in field.metadata]
        rows = {field.name.rstrip("_"): (field.name, field.metadata["key"]) for field in described}
        _KEYS[form] = rows
    return rows


def keys_of(form: type[Part]) -> dict[str, Key]:
    """Give a form's keys in declared order."""
    return {name: row for name, (_, row) in _rows(form).items()}


@dataclass(frozen=True, slots=True)
class Form(Kind):
    """Keys with values, each known; ``form`` is the class, or gives it where it is declared later."""

    form: type[Part] | Callable[[], type[Part]]

    @property
    def part(self) -> type[Part]:
        """The form's class."""
        return self.form if isinstance(self.form, type) else self.form()

    @property
    def words(self) -> str:
        return spoken_keys(keys_of(self.part))

    def read(self, node: Node, label: str, reader: Reader) -> Part | Invalid:
        return self.read_named(node, label, reader, "")

    def read_named(self, node: Node, label: str, reader: Reader, name: str) -> Part | Invalid:
        if not isinstance(node, Table):
            return self.refuse(node, label, reader)
        part, keys = self.part, keys_of(self.part)
        for entry in node:
            if entry.key not in keys:
                unknown_key(entry, part.noun, keys, reader)
        values: dict[str, Any] = {}
        complete = True
        for key_name, row in keys.items():
            entry_or_none = node.entry(key_name)
            if entry_or_none is None:
                if row.required:
                    example = f"Example: `{row.example}`." if "\n" not in row.example else ""
                    message = f"{_capital(part.noun)} needs the key `{key_name}`: {_lower(row.doc)}"
                    reader.problem("missing-key", node.position, message, example)
                    complete = False
                continue
            value = row.kind.read(entry_or_none.value, f"{label}.{key_name}" if label else key_name, reader)
            if value is not INVALID:
                values[key_name] = value
            elif row.required:
                complete = False
        for rule in part.rules:
            problem = rule.problem(node)
            if problem:
                hint = "Take the others out." if "only one" in problem[1] else "Add one of them."
                reader.problem("keys-together", problem[0], f"{_capital(part.noun)} {problem[1]}.", hint)
        if not complete:
            return INVALID
        rows = _rows(part)
        value = part(node=node, name=name, **{rows[key][0]: value for key, value in values.items()})
        value.examine(reader)
        return value

    def schema(self, schemas: Schemas) -> Schema:
        return schemas.define(self.part.__name__, lambda: self._definition(schemas))

    def _definition(self, schemas: Schemas) -> Schema:
        part, keys = self.part, keys_of(self.part)
        properties: Schema = {}
        for name, row in keys.items():
            inner = row.kind.schema(schemas)
            if schemas.variant:
                inner = {"anyOf": [inner, {"type": "null"}]}
            properties[name] = described(inner, row)
        definition: Schema = {
            "type": "object",
            "description": first_sentence(part),
            "properties": properties,
            "additionalProperties": False,
        }
        if schemas.variant:
            return definition
        required = [name for name, row in keys.items() if row.required]
        if required:
            definition["required"] = required
        if part.rules:
            definition["allOf"] = [rule.schema(schemas) for rule in part.rules]
        return definition


@dataclass(frozen=True, slots=True)
class ListOf(Kind):
    """A list; read as a tuple, without the entries that could not be read."""

    entry: Kind
    at_least: int = 0

    @property
    def words(self) -> str:
        return f"a list; each entry takes {self.entry.words}" if not isinstance(self.entry, Form) else "a list"

    def read(self, node: Node, label: str, reader: Reader) -> tuple[Any, ...] | Invalid:
        if not isinstance(node, Sequence):
            return self.refuse(node, label, reader, self._hint(node))
        if len(node.items) < self.at_least:
            return self.refuse(node, label, reader, "An empty list does nothing.")
        values = [self.entry.read(item, label, reader) for item in node]
        return tuple(value for value in values if value is not INVALID)

    def _hint(self, node: Node) -> str:
        if isinstance(node, Table):
            return "Write `- ` in front of it." if isinstance(self.entry, Form) else ""
        return "Put it in [ ]." if isinstance(node, Scalar) and node.value is not None else ""

    def schema(self, schemas: Schemas) -> Schema:
        schema: Schema = {"type": "array", "items": self.entry.schema(schemas.whole)}
        return schema | {"minItems": self.at_least} if self.at_least else schema


@dataclass(frozen=True, slots=True)
class OneOrMore(Kind):
    """One value or a list of such; read as a tuple in both cases."""

    entry: Kind

    @property
    def words(self) -> str:
        return f"{self.entry.words}, or a list of such"

    def read(self, node: Node, label: str, reader: Reader) -> tuple[Any, ...] | Invalid:
        if isinstance(node, Sequence):
            return ListOf(self.entry, 1).read(node, label, reader)
        value = self.entry.read(node, label, reader)
        return INVALID if value is INVALID else (value,)

    def schema(self, schemas: Schemas) -> Schema:
        return {"anyOf": [self.entry.schema(schemas.whole), ListOf(self.entry, 1).schema(schemas)]}


@dataclass(frozen=True, slots=True)
class MapOf(Kind):
    """Names that the mapping chooses, each with a value; read as a dictionary."""

    value: Kind
    name: str = "name"
    pattern: str = r"^[A-Za-z_][A-Za-z0-9_]*$"

    @property
    def words(self) -> str:
        return f"a {self.name} per line with its value"

    def hint(self, key: str) -> str:
        """Say what a name may be instead of ``key``."""
        return "Use letters, digits and `_`." if "A-Za-z_" in self.pattern else ""

    def read(self, node: Node, label: str, reader: Reader) -> dict[str, Any] | Invalid:
        if not isinstance(node, Table):
            return self.refuse(node, label, reader)
        values: dict[str, Any] = {}
        for entry in node:
            if not matches(self.pattern, entry.key):
                if not split_formula(entry, reader) and not missing_colon(entry, reader):
                    message = f'"{entry.key[:60]}" cannot be a {self.name} in `{label}`.'
                    reader.problem("bad-name", entry.position, message, self.hint(entry.key))
                continue
            kind = self.kind_of(entry.key, label)
            value = kind.read_named(entry.value, f"{label}.{entry.key}", reader, entry.key)
            if value is not INVALID:
                values[entry.key] = value
        return values

    def kind_of(self, name: str, label: str) -> Kind:
        """Give the kind of the value under ``name``; ``label`` is the map's own."""
        return self.value

    def schema(self, schemas: Schemas) -> Schema:
        inner = self.value.schema(schemas)
        if schemas.variant:
            inner = {"anyOf": [inner, {"type": "null"}]}
        return {"type": "object", "propertyNames": {"pattern": self.pattern}, "additionalProperties": inner}


@dataclass(frozen=True, slots=True)
class OneOf(Kind):
    """One of several forms of writing, told apart by shape: a scalar, a list, or keys with values."""

    scalar: Kind | None = None
    listed: Kind | None = None
    table: Kind | None = None

    @property
    def arms(self) -> list[Kind]:
        """The kinds it can be."""
        return [kind for kind in (self.scalar, self.listed, self.table) if kind]

    @property
    def words(self) -> str:
        return ", or ".join(kind.words for kind in self.arms)

    def read(self, node: Node, label: str, reader: Reader) -> Any:
        kind = self.table if isinstance(node, Table) else self.listed if isinstance(node, Sequence) else self.scalar
        return kind.read(node, label, reader) if kind else self.refuse(node, label, reader)

    def schema(self, schemas: Schemas) -> Schema:
        return {"anyOf": [kind.schema(schemas) for kind in self.arms]}


@dataclass(frozen=True, slots=True)
class Tagged(Kind):
    """A form chosen by one of its own keys."""

    tag: str
    registry: Mapping[str, type[Part]]

    @property
    def words(self) -> str:
        return f"`{self.tag}` ({spoken_list([f'`{name}`' for name in self.registry])}) and the keys of that {self.tag}"

    def read(self, node: Node, label: str, reader: Reader) -> Part | Invalid:
        if not isinstance(node, Table):
            return self.refuse(node, label, reader)
        chosen = node.get(self.tag)
        known = spoken_list([f"`{name}`" for name in self.registry])
        if chosen is None:
            return reader.problem("missing-key", node.position, f"`{label}` needs the key `{self.tag}`: {known}.")
        word = text_of(chosen)
        if word is None or word not in self.registry:
            message = f"`{label}.{self.tag}` is {known}, not {shown(chosen) or 'nothing'}."
            return reader.problem("wrong-kind", chosen.position, message, reader.near(word or "", self.registry))
        return Form(self.registry[word]).read(node, label, reader)

    def schema(self, schemas: Schemas) -> Schema:
        if schemas.variant:
            return {"anyOf": [Form(form).schema(schemas) for form in self.registry.values()]}
        rules = [
            {
                "if": {"properties": {self.tag: {"const": word}}, "required": [self.tag]},
                "then": Form(form).schema(schemas),
            }
            for word, form in self.registry.items()
        ]
        docs = [first_sentence(form) for form in self.registry.values()]
        tag = {"enum": list(self.registry), "enumDescriptions": docs}
        return {"type": "object", "properties": {self.tag: tag}, "required": [self.tag], "allOf": rules}


def described(schema: Schema, row: Key) -> Schema:
    """Add a key's documentation, which editors show, to the schema of its value."""
    extra: Schema = {"description": hover(row.doc, row.example)}
    if isinstance(row.default, (str, int, bool)):
        extra["default"] = row.default
    return schema | extra


def hover(doc: str, example: str) -> str:
    """Give what an editor shows of a key."""
    return f"{doc}\n\nExample: `{example}`"


def first_sentence(documented: type) -> str:
    """Give the first sentence of a class's documentation."""
    return " ".join((documented.__doc__ or "").split("\n\n")[0].split())


def unknown_key(entry: Entry, noun: str, keys: Mapping[str, Key], reader: Reader) -> None:
    """Report a key that a form does not have, with what was probably meant."""
    if split_formula(entry, reader):
        return
    first, space, _ = entry.key.partition(" ")
    if space and first in keys:
        message = f"A colon is missing behind `{first}`."
        reader.problem("yaml-missing-colon", entry.position, message, f"Write: {first}: VALUE")
        return
    word = entry.key if len(entry.key) <= 60 else entry.key[:59] + "…"
    message = f"{_capital(noun)} has no key `{word}`."
    near = reader.near(entry.key, keys)
    elsewhere = [form.noun for form in FORMS.values() if entry.key in keys_of(form) and form.noun != noun]
    if near:
        reader.problem("unknown-key", entry.position, message, near)
    elif elsewhere:
        places = spoken_list(sorted(set(elsewhere))[:3])
        reader.problem("misplaced-key", entry.position, message, f"It is a key of {places}.")
    else:
        reader.problem("unknown-key", entry.position, message, f"Known here: {spoken_keys(keys, 'and')}.")


def missing_colon(entry: Entry, reader: Reader) -> bool:
    """Report a name whose colon is missing, so that YAML reads on to the next one: ``cents [{multiply: 100}]``."""
    match = re.match(r"(\w+)\s*[\[{\"'=]", entry.key)
    if match is None:
        return False
    message = f"A colon is missing behind `{match[1][:60]}`."
    reader.problem("yaml-missing-colon", entry.position, message, f"Write: {match[1][:60]}: VALUE")
    return True


def split_formula(entry: Entry, reader: Reader) -> bool:
    """Report a piece of a formula that YAML cut off, as in ``{markup: = not_null(store.a, store.b)}``."""
    empty = isinstance(entry.value, Scalar) and entry.value.value is None
    if not empty or not re.search(r"[()\[\]|&]|\s|->", entry.key):
        return False
    message = f"YAML cut a formula in two: `{entry.key[:60]}` became a key of its own."
    hint = "A formula with , [ ] { } inside { } needs quotes or its own line."
    reader.problem("split-formula", entry.position, message, hint)
    return True


def spoken_keys(keys: Mapping[str, Key], last: str = "or") -> str:
    """Give keys in words."""
    return spoken_list([f"`{name}`" for name in keys], last)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
