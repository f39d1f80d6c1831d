"""YAML nodes → rules. What the form of a mapping already refused is not asked again here."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Literal

from pipeline.findings import Finding, Place
from pipeline.mapping.form.instructions import INSTRUCTIONS
from pipeline.mapping.formulas import formula as formulas
from pipeline.mapping.formulas.formula import Formula, Loop
from pipeline.mapping.nodes import Entry, Node, Position, Scalar, Sequence, Table
from pipeline.mapping.rules.rules import (
    Body,
    Computed,
    Constant,
    Entries,
    Field,
    Nested,
    Object,
    Rule,
    Rules,
    Step,
    Template,
    Text,
    Use,
)
from pipeline.mapping.transforms.registry import TRANSFORMS

_LOOP_NAMES = re.compile(r"[A-Za-z_]\w*")


def place(position: Position) -> Place:
    """Give a node's position in the form findings carry."""
    return Place(position.file, position.line, position.column)


def bound_names(node: Node) -> Iterator[str]:
    """Give every name that a loop, ``$let`` or ``$with`` below a node binds."""
    if isinstance(node, Sequence):
        for item in node:
            yield from bound_names(item)
    elif isinstance(node, Table):
        for entry in node:
            if entry.key in ("$let", "$with", "let") and isinstance(entry.value, Table):
                yield from (named.key for named in entry.value)
            elif entry.key in ("$for", "for"):
                loops = entry.value.items if isinstance(entry.value, Sequence) else (entry.value,)
                texts = [loop.value for loop in loops if isinstance(loop, Scalar) and isinstance(loop.value, str)]
                yield from (name for text in texts for name in _LOOP_NAMES.findall(text.split(" in ")[0]))
            yield from bound_names(entry.value)


def read_rules(
    *,
    payload: Node,
    let: Table | None,
    templates: Mapping[str, Node],
    chains: Mapping[str, Sequence],
    tables: Mapping[str, dict[str, object]],
    reader: RuleReader,
) -> Rules:
    """Read every rule that makes the payload; problems are kept by the reader."""
    return Rules(
        payload=reader.rule(payload),
        let=reader.bindings(let),
        templates={name: Template(name, node.position, reader.rule(node)) for name, node in templates.items()},
        chains={name: reader.steps(node) for name, node in chains.items()},
        tables=dict(tables),
    )


class RuleReader:
    """Reads nodes into rules and collects what is wrong with them.

    ``names`` are the names that exist: a plain literal such as ``store.tax`` was meant as a formula.
    ``chains`` are the mapping's own transforms.
    """

    def __init__(self, problems: list[Finding], names: Collection[str] = (), chains: Collection[str] = ()) -> None:
        self.problems = problems
        self.names = names
        self.transforms = frozenset((*TRANSFORMS, *chains))

    def rule(self, node: Node) -> Rule:
        """Read any node of the payload."""
        if isinstance(node, Scalar):
            return Rule(position=node.position, body=self._scalar(node))
        if isinstance(node, Sequence):
            return Rule(position=node.position, body=self._entries(node.items))
        if any(entry.key == "$for" for entry in node):
            # A loop that stands alone is the list's only entry.
            loop = self._table(node)
            return Rule(position=node.position, body=Entries((loop,), keyed=loop.key is not None))
        return self._table(node)

    def braces(self, scalar: Scalar) -> Text:
        """Read a text with formulas in braces."""
        formulas.check_literal(scalar, self.names, self.problems)
        return Text(formulas.parse_text(scalar, self.problems, self.transforms))

    def bindings(self, table: Node | None) -> tuple[tuple[str, Rule], ...]:
        """Read names with the nodes they stand for."""
        return tuple((entry.key, self.rule(entry.value)) for entry in table) if isinstance(table, Table) else ()

    def steps(self, node: Node | None) -> tuple[Step, ...]:
        """Read a chain: ``NAME`` or ``{NAME: ARGUMENT}``, one after the other."""
        if node is None:
            return ()
        nodes = node.items if isinstance(node, Sequence) else (node,)
        found: list[Step] = []
        for step in nodes:
            if isinstance(step, Scalar) and isinstance(step.value, str):
                found.append(Step(step.value, step.position))
            elif isinstance(step, Table) and len(step.entries) == 1:
                entry = step.entries[0]
                found.append(Step(entry.key, entry.position, entry.value))
            else:
                self._problem(
                    "transform-form",
                    step.position,
                    "A transform is a name, or one name with its argument.",
                    "Write `- upper` or `- {truncate: 500}`.",
                )
        return tuple(found)

    def expression(self, node: Node | None) -> Formula | None:
        """Read a place where only an expression can stand; the ``=`` may be left out."""
        if node is None:
            return None
        if isinstance(node, Scalar):
            return formulas.parse_expression(node, self.problems, self.transforms)
        self._problem("expression-form", node.position, "Only a formula can stand here.", "Write it as one text.")
        return None

    def loops(self, node: Node | None) -> tuple[Loop, ...]:
        """Read one loop or a list of loops."""
        if node is None:
            return ()
        nodes = node.items if isinstance(node, Sequence) else (node,)
        found: list[Loop] = []
        for loop in nodes:
            if isinstance(loop, Scalar):
                parsed = formulas.parse_loop(loop, self.problems, self.transforms)
                if parsed is not None:
                    found.append(parsed)
            else:
                self._problem("loop-form", loop.position, "A loop is one text.", "Write `$for: item in menu.items`.")
        return tuple(found)

    def _scalar(self, scalar: Scalar) -> Body:
        if formulas.is_formula(scalar):
            parsed = formulas.parse_formula(scalar, self.problems, self.transforms)
            return Computed(parsed) if parsed is not None else Constant(None)
        if isinstance(scalar.value, str):
            told = len(self.problems)
            formulas.check_literal(scalar, self.names, self.problems)
            if len(self.problems) == told:
                formulas.check_braces(scalar, self.names, self.problems)
            return Constant(formulas.literal_text(scalar))
        return Constant(scalar.value)

    def _entries(self, nodes: tuple[Node, ...]) -> Entries:
        rules = tuple(self._table(node) if isinstance(node, Table) else self.rule(node) for node in nodes)
        keyed = [rule for rule in rules if rule.key is not None]
        if keyed and len(keyed) < len(rules):
            without = next(rule for rule in rules if rule.key is None)
            self._problem(
                "key-missing",
                without.position,
                "Some entries of this list have `$key` and this one has none.",
                "Give every entry a `$key` to make an object, or none to make a list.",
            )
        return Entries(rules, keyed=bool(keyed))

    def _table(self, table: Table) -> Rule:
        instruction = {entry.key: entry for entry in table if entry.key.startswith("$")}

        def value(name: str) -> Node | None:
            return instruction[name].value if name in instruction else None

        if "$else" in instruction and "$chunk" in instruction:
            self._problem(
                "keys-together",
                instruction["$else"].position,
                "`$else` stands for one element, and `$chunk` makes lists of several.",
                "Leave one of them out, or make the choice inside the entry.",
            )
        report = value("$report")
        limit, chunk, key, default, otherwise = (
            self.rule(node) if (node := value(name)) is not None else None
            for name in ("$limit", "$chunk", "$key", "$default", "$else")
        )
        return Rule(
            position=table.position,
            body=self._body(table, instruction),
            loops=self.loops(value("$for")),
            let=self.bindings(value("$let")),
            only_if=self.expression(value("$if")),
            unless=self.expression(value("$unless")),
            otherwise=otherwise,
            report=self.braces(report) if isinstance(report, Scalar) else None,
            sort=self.expression(value("$sort")),
            unique=self.expression(value("$unique")),
            limit=limit,
            chunk=chunk,
            key=key,
            steps=self.steps(value("$transform")),
            default=default,
            empty=self._empty(value("$empty")),
        )

    def _body(self, table: Table, instruction: Mapping[str, Entry]) -> Body:
        fields = tuple(
            Field(entry.key, entry.position, self.rule(entry.value)) for entry in table if not entry.key.startswith("$")
        )
        bodies = [name for name in ("$from", "$value", "$text", "$use") if name in instruction]
        if len(bodies) > 1 or (bodies and bodies != ["$use"] and fields):
            second = instruction[bodies[1]].position if len(bodies) > 1 else fields[0].position
            if len(bodies) == 1 and f"${fields[0].key}" in INSTRUCTIONS:
                key = fields[0].key
                message = f"`{key}` is sent as a field here, because the `$` of an instruction is missing."
                self._problem("instruction-without-dollar", second, message, f"Write `${key}`.")
                return Constant(None)
            self._problem(
                "value-twice",
                second,
                f"`{bodies[0]}` already gives the value here.",
                "Keep one of the two; put fields of an object under `$value`.",
            )
        if "$from" in instruction:
            parsed = self.expression(instruction["$from"].value)
            return Computed(parsed) if parsed is not None else Constant(None)
        if "$value" in instruction:
            inner = self.rule(instruction["$value"].value)
            plain = Rule(position=inner.position, body=inner.body)
            return inner.body if inner == plain else Nested(inner)
        if "$text" in instruction:
            node = instruction["$text"].value
            return self.braces(node) if isinstance(node, Scalar) else Constant(None)
        if "$use" in instruction:
            node = instruction["$use"].value
            name = node.value if isinstance(node, Scalar) and isinstance(node.value, str) else ""
            given = instruction.get("$with")
            passed = given.value if given is not None else None
            places = {entry.key: entry.position for entry in passed} if isinstance(passed, Table) else {}
            return Use(name, self.bindings(passed), fields, instruction["$use"].position, places)
        return Object(fields)

    def _empty(self, node: Node | None) -> Literal["omit", "keep"] | None:
        if isinstance(node, Scalar) and node.value in ("omit", "keep"):
            return "omit" if node.value == "omit" else "keep"
        return None

    def _problem(self, code: str, position: Position, message: str, hint: str) -> None:
        self.problems.append(Finding(code, "error", message, hint, place(position)))
