"""The form of an examples file, read like a mapping: by one table of keys, with the place of every mistake."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from pipeline.examples.menus import WrittenMenu, plain
from pipeline.explaining.selection import Selection, WrongField, selection
from pipeline.findings import Finding
from pipeline.mapping.form.grammar import Form, ListOf, OneOrMore, Part, key
from pipeline.mapping.form.key_rules import AtLeastOne, KeyRule
from pipeline.mapping.form.kind import INVALID, Invalid, Kind, Reader, Schema, Schemas, text_of
from pipeline.mapping.form.kinds import Boolean, Name, Text
from pipeline.mapping.nodes import Node, Position, Table
from pipeline.mapping.yaml.source import Limits, load


@dataclass(frozen=True, slots=True)
class Expected:
    """A payload path with what must stand there."""

    path: Selection
    value: Any
    position: Position


@dataclass(frozen=True, slots=True)
class Expectations(Kind):
    """Payload paths, each with what must stand there."""

    @property
    def words(self) -> str:
        return "payload paths with what must stand there, such as `menu.name: Example Kitchen`"

    def read(self, node: Node, label: str, reader: Reader) -> tuple[Expected, ...] | Invalid:
        if not isinstance(node, Table):
            return self.refuse(node, label, reader)
        found = [
            Expected(path, plain(entry.value), entry.position)
            for entry in node
            if (path := _path(entry.key, entry.position, reader)) is not None
        ]
        return tuple(found)

    def schema(self, schemas: Schemas) -> Schema:
        return {"type": "object"}


@dataclass(frozen=True, slots=True)
class PayloadPath(Kind):
    """One payload path."""

    @property
    def words(self) -> str:
        return "a payload path such as `menu.categories[0].name`"

    def read(self, node: Node, label: str, reader: Reader) -> Expected | Invalid:
        text = text_of(node)
        if text is None:
            return self.refuse(node, label, reader)
        path = _path(text, node.position, reader)
        return Expected(path, None, node.position) if path is not None else INVALID

    def schema(self, schemas: Schemas) -> Schema:
        return {"type": "string"}


@dataclass(frozen=True, slots=True)
class Said:
    """Words of a finding that must be told, or its code."""

    text: str
    position: Position


@dataclass(frozen=True, slots=True)
class FindingWords(Kind):
    """A finding's code, or words of its sentence."""

    @property
    def words(self) -> str:
        return "a finding's code, or words of its sentence"

    def read(self, node: Node, label: str, reader: Reader) -> Said | Invalid:
        text = text_of(node)
        return Said(text, node.position) if text else self.refuse(node, label, reader)

    def schema(self, schemas: Schemas) -> Schema:
        return {"type": "string"}


@dataclass(frozen=True, slots=True)
class Settings(Kind):
    """Store settings by name; the mapping says which it has."""

    @property
    def words(self) -> str:
        return "store settings with their values"

    def read(self, node: Node, label: str, reader: Reader) -> dict[str, Any] | Invalid:
        return plain(node) if isinstance(node, Table) else self.refuse(node, label, reader)

    def schema(self, schemas: Schemas) -> Schema:
        return {"type": "object"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Example(Part):
    """One menu, and what must become of it."""

    noun: ClassVar[str] = "an example"
    in_mappings: ClassVar[bool] = False
    rules: ClassVar[tuple[KeyRule, ...]] = (AtLeastOne(("expect", "absent", "findings", "published")),)

    example: str = key(
        Text(), "What it shows, in one sentence.", example="example: A price becomes whole cents", required=True
    )
    menu: Any = key(
        WrittenMenu(),
        "A small menu, or the name of one in `menus/`.",
        example="menu: {items: [{name: Cola, price: 2.50}]}",
        required=True,
    )
    store: Any = key(Settings(), "The restaurant's settings on the platform.", example="store: {markup_percent: 10}")
    now: str | None = key(
        Text("an instant such as `2031-05-01T12:00:00Z`"), "When it is.", example='now: "2031-05-01T12:00:00Z"'
    )
    expect: Any = key(Expectations(), "What must stand where in the payload.", example="expect: {menu.name: Cola Bar}")
    absent: tuple[Expected, ...] = key(
        OneOrMore(PayloadPath()), "What the payload must not have.", example="absent: menu.subtitle"
    )
    findings: tuple[Said, ...] = key(
        ListOf(FindingWords()),
        "What must be told; an empty list: nothing may be.",
        example="findings: [was rounded]",
    )
    published: bool = key(Boolean(), "Whether it would be published.", example="published: false", default=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamplesFile(Part):
    """A file of examples of one platform."""

    noun: ClassVar[str] = "a file of examples"
    in_mappings: ClassVar[bool] = False

    platform: str = key(Name("a platform's name"), "Whose examples.", example="platform: my_platform", required=True)
    examples: tuple[Example, ...] = key(
        ListOf(Form(Example), 1),
        "The examples.",
        example="examples: [{example: A name, menu: small, expect: {menu.name: Cola Bar}}]",
        required=True,
    )


def read_examples(path: Path) -> tuple[ExamplesFile | None, tuple[Finding, ...]]:
    """Read a file of examples; raises OSError where it cannot be read."""
    with path.open("rb") as file:
        loaded = load(file.read(Limits().bytes + 1), str(path))
    reader = Reader()
    value: Any = None
    if loaded.root is not None:
        value = Form(ExamplesFile).read(loaded.root, "", reader)
    return (value if isinstance(value, ExamplesFile) else None), (*loaded.findings, *reader.findings)


def _path(text: str, position: Position, reader: Reader) -> Selection | None:
    try:
        return selection(text)
    except WrongField as error:
        reader.problem("example-path", position, str(error))
        return None
