"""The rule language's form: its instructions (``$for``, ``$if`` …) and the kinds made of rules.

Here is decided which instructions exist and what kind of value each takes; what they mean is read
from the same nodes by :mod:`pipeline.mapping.rules.reader`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from pipeline.mapping.form.grammar import (
    MapOf,
    hover,
    split_formula,
)
from pipeline.mapping.form.kind import (
    INVALID,
    Invalid,
    Kind,
    Reader,
    Schema,
    Schemas,
    matches,
    spoken_list,
    text_of,
)
from pipeline.mapping.form.kinds import (
    BraceText,
    Enum,
    Expression,
    Integer,
    Name,
    OrFormula,
    insecure,
)
from pipeline.mapping.nodes import Entry, Node, Scalar, Sequence, Table
from pipeline.mapping.transforms.registry import TRANSFORMS

TRANSFORM_PATTERN = r"^[A-Za-z_][A-Za-z0-9_]*$"


@dataclass(frozen=True, slots=True)
class Instruction:
    """One ``$`` key: what it takes, what it does, an example, and which others it stands beside."""

    name: str
    kind: Kind
    doc: str
    example: str
    beside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule(Kind):
    """Any node of the payload: literal, formula, list, or keys with instructions. Kept as its node."""

    @property
    def words(self) -> str:
        return "a value, a formula, a list or keys"

    def read(self, node: Node, label: str, reader: Reader) -> Node:
        check_rule(node, label, reader)
        return node

    def schema(self, schemas: Schemas) -> Schema:
        # A payload's null is a value of its own, so a variant needs no other rules than a whole file.
        return schemas.whole.define("rule", lambda: rule_schema(schemas.whole))


@dataclass(frozen=True, slots=True)
class RuleTable(Kind):
    """Keys whose values are rules, kept as the node; ``names``: the keys are names that formulas say."""

    names: bool = False

    @property
    def words(self) -> str:
        return "names with their values" if self.names else "keys with values or formulas"

    def read(self, node: Node, label: str, reader: Reader) -> Node | Invalid:
        if not isinstance(node, Table):
            return self.refuse(node, label, reader)
        if self.names:
            MapOf(Rule()).read(node, label, reader)
        else:
            check_rule(node, label, reader)
        return node

    def schema(self, schemas: Schemas) -> Schema:
        if self.names:
            return MapOf(Rule()).schema(schemas)
        return {"type": "object", **Rule().schema(schemas)}


@dataclass(frozen=True, slots=True)
class Loops(Kind):
    """``NAME[, POSITION] in EXPR``, or a list of such loops, the outermost first. Kept as its node."""

    @property
    def words(self) -> str:
        return "a loop such as `item in category.items`, or a list of them"

    def read(self, node: Node, label: str, reader: Reader) -> Node | Invalid:
        nodes = node.items if isinstance(node, Sequence) else (node,)
        for loop in nodes:
            if not text_of(loop):
                hint = "A loop with a comma needs quotes inside [ ] and { }." if isinstance(loop, Table) else ""
                return self.refuse(loop, label, reader, hint)
        return node if nodes else self.refuse(node, label, reader)

    def schema(self, schemas: Schemas) -> Schema:
        loop = {"type": "string", "minLength": 1}
        return {"anyOf": [loop, {"type": "array", "items": loop, "minItems": 1}]}


@dataclass(frozen=True, slots=True)
class TransformCall(Kind):
    """``NAME`` or ``{NAME: ARGUMENT}``, a transform or a named chain. Kept as its node."""

    @property
    def words(self) -> str:
        return "a transform such as `upper`, or one with its argument such as `{truncate: 500}`"

    def read(self, node: Node, label: str, reader: Reader) -> Node | Invalid:
        if isinstance(node, Table) and len(node.entries) == 1 and matches(TRANSFORM_PATTERN, node.entries[0].key):
            check_rule(node.entries[0].value, label, reader)
            return node
        if isinstance(node, Table) and len(node.entries) > 1:
            return self.refuse(node, label, reader, "Give each transform its own `- `.")
        text = text_of(node)
        return node if text and matches(TRANSFORM_PATTERN, text) else self.refuse(node, label, reader)

    def schema(self, schemas: Schemas) -> Schema:
        return schemas.whole.define("transform", lambda: transform_schema(schemas.whole))


@dataclass(frozen=True, slots=True)
class Chain(Kind):
    """Transforms, one after the other. Kept as its node."""

    @property
    def words(self) -> str:
        return "a list of transforms such as `[collapse_spaces, {truncate: 500}]`"

    def read(self, node: Node, label: str, reader: Reader) -> Node | Invalid:
        if not isinstance(node, Sequence) or not node.items:
            hint = "Put it in [ ]." if not isinstance(node, Sequence) and text_of(node) != "" else ""
            return self.refuse(node, label, reader, hint)
        call = TransformCall()
        read = [call.read(item, label, reader) for item in node]
        return INVALID if INVALID in read else node

    def schema(self, schemas: Schemas) -> Schema:
        return {"type": "array", "items": TransformCall().schema(schemas), "minItems": 1}


METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
REQUEST_PATTERN = rf"^({'|'.join(METHODS)}) (/|https://|http://|\{{)\S*"


@dataclass(frozen=True, slots=True)
class Choice(Kind):
    """One text, or a choice of two by a condition: ``{$if, $text, $else}``. Kept as its node."""

    def read(self, node: Node, label: str, reader: Reader) -> Node | Invalid:
        if not isinstance(node, Table):
            return self.read_text(node, label, reader)
        known = ("$if", "$unless", "$text", "$else")
        good = True
        for entry in node:
            if entry.key not in known:
                unknown_instruction(entry, reader, known)
                good = False
            elif entry.key in ("$text", "$else"):
                good &= not isinstance(self.read(entry.value, f"{label}.{entry.key}", reader), Invalid)
            else:
                good &= not isinstance(Expression().read(entry.value, entry.key, reader), Invalid)
        conditions = [entry for entry in node if entry.key in ("$if", "$unless")]
        if good and (not conditions or node.get("$text") is None):
            return self.refuse(node, label, reader, "A choice has `$if`, `$text` and `$else`.")
        return node if good else INVALID

    def read_text(self, node: Node, label: str, reader: Reader) -> Node | Invalid:
        """Read one of the texts."""
        raise NotImplementedError

    def choice_schema(self, schemas: Schemas, name: str, text: Schema, doc: str) -> Schema:
        """Give the JSON Schema of a text or a choice, which may hold choices itself."""

        def choice() -> Schema:
            inner = {"anyOf": [text, {"$ref": f"#/$defs/{name}"}]}
            expression = {"type": "string", "minLength": 1}
            return {
                "type": "object",
                "description": doc,
                "properties": {"$if": expression, "$unless": expression, "$text": inner, "$else": inner},
                "required": ["$text"],
                "anyOf": [{"required": ["$if"]}, {"required": ["$unless"]}],
                "additionalProperties": False,
            }

        return {"anyOf": [text, schemas.whole.define(name, choice)]}


@dataclass(frozen=True, slots=True)
class Request(Choice):
    """``METHOD /path`` with expressions in braces, or a choice of two by a condition. Kept as its node."""

    @property
    def words(self) -> str:
        return "a method and a path such as `PUT /menus/{store.menu_id}`"

    def read_text(self, node: Node, label: str, reader: Reader) -> Node | Invalid:
        text = text_of(node)
        if text is None or not re.match(REQUEST_PATTERN, text):
            method, _, path = (text or "").partition(" ")
            hint = f"Known methods: {spoken_list(list(METHODS), 'and')}." if method not in METHODS and method else ""
            if (meant := method.upper().rstrip(",:")) in METHODS and (path := path.strip()):
                hint = f"Write `{meant} {path if path[0] in '/{' or '://' in path else '/' + path}`."
            return self.refuse(node, label, reader, hint)
        address = Scalar(text.split(" ", 1)[1], node.position, node.position)
        return INVALID if insecure(address, label, reader) else node

    def schema(self, schemas: Schemas) -> Schema:
        text = {"type": "string", "pattern": REQUEST_PATTERN.replace("|http://", "")}
        return self.choice_schema(schemas, "request", text, "One request if a condition holds, another one otherwise.")


@dataclass(frozen=True, slots=True)
class HeaderText(Choice):
    """A header's text with expressions in braces, or a choice of two by a condition. Kept as its node."""

    @property
    def words(self) -> str:
        return "a text, with formulas in braces: `{store.store_id}`"

    def read_text(self, node: Node, label: str, reader: Reader) -> Node | Invalid:
        return BraceText().read(node, label, reader)

    def schema(self, schemas: Schemas) -> Schema:
        text: Schema = {"type": "string"}
        return self.choice_schema(schemas, "header", text, "One text if a condition holds, another one otherwise.")


def _table() -> dict[str, Instruction]:
    value = Rule()
    names = RuleTable(names=True)
    count = OrFormula(Integer(1))
    loop = ("$for",)
    condition = ("$if", "$unless")
    rows = (
        Instruction(
            "$from", Expression(), "The value of a formula, where other instructions stand beside it.",
            "$from: item.name",
        ),
        Instruction("$value", value, "The value, as a formula, literal or object.", "$value: = item.image.url"),
        Instruction(
            "$text", BraceText(), "Text with formulas in braces; where a part is missing, there is no value.",
            '$text: "{item.name}, {size.name}"',
        ),
        Instruction(
            "$transform", Chain(), "Transforms and named chains, one after the other.",
            "$transform: [strip_html, {truncate: 200}]",
        ),
        Instruction(
            "$default", value, "Takes this where the value is null or empty; `null` sends null.",
            "$default: = restaurant.name",
        ),
        Instruction("$if", Expression(), "The field, object or entry exists only if this holds.", "$if: item.image"),
        Instruction(
            "$unless", Expression(), "The field, object or entry exists only if this does not hold.",
            "$unless: item.sold_out",
        ),
        Instruction("$else", value, "What stands there instead, where the condition fails.", "$else: none", condition),
        Instruction(
            "$report", BraceText(), "What to tell people when the condition leaves something out.",
            '$report: "{item.name}: the picture is too small"', condition,
        ),
        Instruction(
            "$for", Loops(), "One entry per element; several loops make one flat list; the position counts from 0.",
            "$for: item, position in category.items",
        ),
        Instruction(
            "$key", value, "The entry's key: a list whose entries all have one makes an object.",
            "$key: = item.item_id",
        ),
        Instruction("$sort", Expression(), "Sorts the entries by this value.", "$sort: item.name", loop),
        Instruction("$unique", Expression(), "Keeps the first entry of each value.", "$unique: group.name", loop),
        Instruction("$limit", count, "Keeps at most so many entries.", "$limit: 50", loop),
        Instruction("$chunk", count, "Makes lists of so many entries each.", "$chunk: 200", loop),
        Instruction("$let", names, "Names for values, for what stands below.", "$let: {owner: = item}"),
        Instruction(
            "$use", Name("a template's name"), "A template; own keys beside it are added or win.", "$use: extras"
        ),
        Instruction("$with", names, "The values of the template's parameters.", "$with: {owner: = option}", ("$use",)),
        Instruction(
            "$empty", Enum(("omit", "keep"), ("Leave an empty value out.", "Send an empty value.")),
            "Whether an empty list, text or object is left out or kept.", "$empty: keep",
        ),
    )  # fmt: skip
    return {row.name: row for row in rows}


INSTRUCTIONS = _table()
"""The instructions by name, in the order people learn them."""


def check_rule(node: Node, label: str, reader: Reader) -> None:
    """Report what is wrong with the form of a rule and of all that stands below it."""
    if isinstance(node, Sequence):
        for item in node:
            check_rule(item, label, reader)
    elif isinstance(node, Table):
        for entry in node:
            if not entry.key.startswith("$"):
                if not split_formula(entry, reader):
                    check_rule(entry.value, entry.key, reader)
                continue
            row = INSTRUCTIONS.get(entry.key)
            if row is None:
                unknown_instruction(entry, reader)
                continue
            row.kind.read(entry.value, entry.key, reader)
            if row.beside and not any(node.entry(name) for name in row.beside):
                known = spoken_list([f"`{name}`" for name in row.beside])
                message = f"`{entry.key}` does something only beside {known}."
                reader.problem("instruction-alone", entry.position, message, f"Add {known}, or leave it out.")


def unknown_instruction(entry: Entry, reader: Reader, known: tuple[str, ...] = tuple(INSTRUCTIONS)) -> None:
    """Report a ``$`` key that is no instruction."""
    hint = reader.near(entry.key, known, f"Instructions are {spoken_list(list(known), 'and')}.")
    reader.problem("unknown-instruction", entry.position, f"`{entry.key[:60]}` is no instruction here.", hint)


def rule_schema(schemas: Schemas) -> Schema:
    """Give the JSON Schema of a rule: any value, with only known ``$`` keys."""
    rule: Schema = {"$ref": "#/$defs/rule"}
    properties = {
        row.name: row.kind.schema(schemas) | {"description": hover(row.doc, row.example)}
        for row in INSTRUCTIONS.values()
    }
    return {
        "description": "A literal, a formula (`= item.name`), a list, or keys with instructions.",
        "anyOf": [
            {"type": ["string", "number", "boolean", "null"]},
            {"type": "array", "items": rule},
            {
                "type": "object",
                "properties": properties,
                "propertyNames": {"anyOf": [{"enum": list(INSTRUCTIONS)}, {"pattern": r"^([^$]|$)"}]},
                "additionalProperties": rule,
                "allOf": [
                    {"if": {"required": [row.name]}, "then": {"anyOf": [{"required": [name]} for name in row.beside]}}
                    for row in INSTRUCTIONS.values()
                    if row.beside
                ],
            },
        ],
    }


def transform_schema(schemas: Schemas) -> Schema:
    """Give the JSON Schema of a transform with or without its argument; chains have other names."""
    arguments: dict[str, Any] = {
        name: {"description": known.doc, **known.argument_schema()} for name, known in TRANSFORMS.items()
    }
    name = {"type": "string", "pattern": TRANSFORM_PATTERN}
    return {
        "anyOf": [
            {"enum": list(TRANSFORMS), "enumDescriptions": [known.doc for known in TRANSFORMS.values()]},
            name,
            {
                "type": "object",
                "properties": arguments,
                "propertyNames": name,
                "additionalProperties": Rule().schema(schemas),
                "minProperties": 1,
                "maxProperties": 1,
            },
        ]
    }
