"""What a mapping's line made: every payload field whose rule stands on it, or passes through it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pipeline.explaining.explanation import place_data, plain, record_data
from pipeline.findings import Place, Record
from pipeline.mapping.compiled import CompiledMapping
from pipeline.mapping.compiler.origins import Mark, Recording, Scene
from pipeline.mapping.compiler.runtime import records_of
from pipeline.mapping.formulas.formula import Formula
from pipeline.mapping.nodes import Node, Position, Scalar, Sequence
from pipeline.mapping.paths import template_of
from pipeline.mapping.rules.reader import place
from pipeline.mapping.rules.rules import Computed, Constant, Nested, Object, Rule, Rules, Step, Text, Use
from pipeline.mapping.rules.walk import formulas_of, roots_of
from pipeline.violations import display_path

EXAMPLES = 3
Lines = frozenset[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class MadeField:
    """One payload field that a line made, by its path without numbers, with its first examples."""

    path: str
    place: Place
    count: int
    examples: tuple[tuple[str, Any, tuple[Record, ...]], ...]


@dataclass(frozen=True, slots=True)
class LineUse:
    """What one mapping line made. ``absent`` are fields of it that this menu gives no value for, with how often.

    ``section`` is the part of the mapping that the line stands in.
    """

    file: str
    line: int
    text: str
    section: str
    made: tuple[MadeField, ...] = ()
    absent: tuple[tuple[str, Place, int], ...] = ()

    def data(self) -> dict[str, Any]:
        """Give the JSON form."""
        return {
            "file": self.file,
            "line": self.line,
            "text": self.text,
            "section": self.section,
            "made": [
                {
                    "field": made.path,
                    **place_data(made.place),
                    "count": made.count,
                    "examples": [
                        {"field": path, "value": plain(value), "records": [record_data(record) for record in records]}
                        for path, value, records in made.examples
                    ],
                }
                for made in self.made
            ],
            "absent": [{"field": name, **place_data(where), "count": count} for name, where, count in self.absent],
        }


class LineReader:
    """Knows on which lines each rule stands: its own, and those of chains, tables, templates and names that it uses."""

    def __init__(self, mapping: CompiledMapping) -> None:
        self.rules: Rules = mapping.rules
        self.tables = {name: table.node for name, table in mapping.document.tables.items()}
        self.lets = dict(mapping.rules.let)
        self.names = {entry.key: entry for entry in mapping.document.let or ()}
        self._known: dict[int, tuple[Rule, Lines]] = {}

    def of(self, rule: Rule) -> Lines:
        """Give the lines of a rule, but not those of the fields of an object or the entries of a list."""
        known = self._known.get(id(rule))
        if known is None:
            known = self._known[id(rule)] = (rule, frozenset(self._lines(rule, ())))
        return known[1]

    def _lines(self, rule: Rule, within: tuple[str, ...]) -> Iterator[tuple[str, int]]:
        if isinstance(rule.body, Constant | Computed | Text):
            yield _line(rule.position)
        for formula in formulas_of(rule):
            yield from _formula(formula)
            for link in formula.links:
                yield from self._step(Step(link.name, link.position), ())
            for name in roots_of(formula.tree) & self.lets.keys() - set(within):
                yield _line(self.names[name].position)
                yield from self._lines(self.lets[name], (*within, name))
        for step in rule.steps:
            yield from self._step(step, ())
        inner = [bound for _, bound in rule.let]
        inner += [part for part in (rule.otherwise, rule.default, rule.key, rule.limit, rule.chunk) if part is not None]
        match rule.body:
            case Nested(nested):
                inner.append(nested)
            case Use(name, arguments):
                inner += [argument for _, argument in arguments]
                template = self.rules.templates.get(name)
                if template is not None and name not in within:
                    yield from self._lines(template.rule, (*within, name))
        for part in inner:
            yield from self._lines(part, within)

    def _step(self, step: Step, within: tuple[str, ...]) -> Iterator[tuple[str, int]]:
        yield _line(step.position)
        if step.argument is not None:
            yield from _node(step.argument)
            if step.name == "lookup":
                name = step.argument.get("in") if not isinstance(step.argument, Scalar | Sequence) else step.argument
                table = self.tables.get(str(name.value)) if isinstance(name, Scalar) else None
                if table is not None:
                    yield from ((entry.position.file, entry.position.line) for entry in table)
        if step.name in self.rules.chains and step.name not in within:
            for inner in self.rules.chains[step.name]:
                yield from self._step(inner, (*within, step.name))


def field_lines(reader: LineReader, scene: Scene) -> Lines:
    """Give the lines behind a field or a list's entry."""
    if scene.field is not None:
        return reader.of(scene.field.rule) | {_line(scene.field.position)}
    if scene.rule is not None:
        own = {_line(scene.rule.position)} if not isinstance(scene.rule.body, Object) or scene.rule.loops else set()
        return reader.of(scene.rule) | own
    return frozenset()


def made_by(mapping: CompiledMapping, recording: Recording, payload: Any, file: str, line: int) -> LineUse:
    """Tell what a line made of a recorded payload."""
    reader = LineReader(mapping)
    wanted = (file, line)
    sites = {site for site, scene in recording.scenes.items() if wanted in field_lines(reader, scene)}
    text, section = line_text(file, line), section_of(mapping, file, line)
    if not sites:
        return LineUse(file, line, text, section)
    made: dict[tuple[str, ...], _Group] = {}
    written: dict[int, int] = dict.fromkeys(sites, 0)
    for path, value, mark in _marks(recording, payload):
        if mark.site not in sites:
            continue
        written[mark.site] += 1
        group = made.setdefault(template_of(path), _Group(_position(recording, mark)))
        group.count += 1
        if len(group.examples) < EXAMPLES:
            group.examples.append((display_path(path), value, records_of(mark.trail)))
    fields = tuple(
        MadeField(_template(path), place(group.position), group.count, tuple(group.examples))
        for path, group in made.items()
    )
    return LineUse(file, line, text, section, fields, tuple(_absent(recording, written)))


@dataclass(slots=True)
class _Group:
    position: Position
    count: int = 0
    examples: list[tuple[str, Any, tuple[Record, ...]]] = field(default_factory=list)


def _absent(recording: Recording, written: dict[int, int]) -> Iterator[tuple[str, Place, int]]:
    """Count how often objects were made without a field of the line."""
    visits: dict[int, int] = {}
    for layers in recording.opened.values():
        for _, site, _, _ in layers:
            visits[site] = visits.get(site, 0) + 1
    for site, count in written.items():
        scene = recording.scenes[site]
        if scene.field is not None and (without := visits.get(scene.owner, 0) - count) > 0:
            yield scene.field.key, place(scene.field.position), without


def _marks(recording: Recording, payload: Any) -> Iterator[tuple[tuple[str | int, ...], Any, Mark]]:
    """Go through all of a payload that rules wrote."""
    waiting: list[tuple[tuple[str | int, ...], Any]] = [((), payload)]
    while waiting:
        path, container = waiting.pop()
        below = []
        for key, mark in recording.marks(container).items():
            value = container[key]
            yield (*path, key), value, mark
            if isinstance(value, dict | list):
                below.append(((*path, key), value))
        waiting.extend(reversed(below))


def section_of(mapping: CompiledMapping, file: str, line: int) -> str:
    """Name the section of the mapping file that a line stands in, empty where there is none."""
    section = ""
    for number, text in enumerate(_file_lines(file)[:line], 1):
        head = text.split(":", 1)[0]
        if text[:1].isalpha() and ":" in text and head.replace("_", "").isalnum():
            section = head
        elif number == line and text.startswith("#"):
            return ""
    return section


def line_text(file: str, line: int) -> str:
    """Give a mapping line's text without its indent, empty where the file cannot be read."""
    lines = _file_lines(file)
    return lines[line - 1].strip() if 0 < line <= len(lines) else ""


def _file_lines(file: str) -> list[str]:
    from pathlib import Path

    try:
        return Path(file).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return []


def _position(recording: Recording, mark: Mark) -> Position:
    scene = recording.scenes[mark.site]
    return scene.field.position if scene.field is not None else recording.sites[mark.site][0]


def _template(path: tuple[str, ...]) -> str:
    return display_path(tuple(path)).replace('["[]"]', "[]")


def _formula(formula: Formula) -> Iterator[tuple[str, int]]:
    last = formula.at(max(len(formula.text) - 1, 0))
    for line in range(formula.position.line, max(formula.position.line, last.line) + 1):
        yield formula.position.file, line


def _node(node: Node) -> Iterator[tuple[str, int]]:
    yield _line(node.position)
    if isinstance(node, Sequence):
        for item in node:
            yield from _node(item)
    elif not isinstance(node, Scalar):
        for entry in node:
            yield from _node(entry.value)


def _line(position: Position) -> tuple[str, int]:
    return position.file, position.line
