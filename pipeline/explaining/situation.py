"""One rule's names and values, and its parts evaluated with the pieces that the payload is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pipeline.findings import Finding
from pipeline.mapping.code import Value
from pipeline.mapping.compiled import CompiledMapping, Facts
from pipeline.mapping.compiler.generator import Generator
from pipeline.mapping.compiler.origins import Mark, Name, Scene, Trail
from pipeline.mapping.compiler.program import Program
from pipeline.mapping.compiler.runtime import MISSING
from pipeline.mapping.compiler.value_writer import Store
from pipeline.mapping.expressions.scope import Scope
from pipeline.mapping.formulas.formula import Formula
from pipeline.mapping.rules.rules import Computed, Rule, Rules, Step, Use
from pipeline.mapping.types import ANY, Type
from pipeline.shaping import Shaped

HERE = ""
"""The global name under which a piece gets the values of its situation; no formula can say it."""


@dataclass(frozen=True, slots=True)
class Situation:
    """The names in force at a rule beside the global ones, and their values at one visit.

    ``trail`` holds the records of all loops around it. ``sources`` tells where a template's
    parameters came from, in the words of its caller.
    """

    names: tuple[Name, ...] = ()
    values: tuple[Any, ...] = ()
    trail: Trail = ()
    sources: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def at(cls, scene: Scene, mark: Mark, sources: Mapping[str, str] | None = None) -> Situation:
        """Give the situation of one visit of a scene."""
        return cls(scene.names, mark.values, mark.trail, sources or {})

    def known(self) -> dict[str, Any]:
        """Give the values by name."""
        return {name.name: value for name, value in zip(self.names, self.values, strict=True)}

    def bound(self, names: tuple[Name, ...], values: tuple[Any, ...]) -> Situation:
        """Give a situation with more names, which win over those of the same name."""
        new = {name.name for name in names}
        kept = [(name, value) for name, value in zip(self.names, self.values, strict=True) if name.name not in new]
        return replace(
            self,
            names=(*(name for name, _ in kept), *names),
            values=(*(value for _, value in kept), *values),
        )


@dataclass(frozen=True, slots=True)
class Result:
    """What a piece gave: a value, or :data:`~pipeline.mapping.compiler.runtime.MISSING`, and what it told."""

    value: Any
    findings: tuple[Finding, ...] = ()


@dataclass(slots=True)
class _Piece:
    """A compiled part of a rule; ``about`` is kept, so that its identity stays its own."""

    about: object
    program: Program
    types: list[Type]


Write = Callable[[Generator, Scope, Store], None]


class Evaluator:
    """Evaluates parts of rules for one menu. Pieces are compiled once per rule and types of its names."""

    def __init__(self, mapping: CompiledMapping, shaped: Shaped, facts: Facts) -> None:
        self.mapping = mapping
        self.rules: Rules = mapping.rules
        self.globals = mapping.values(shaped.restaurant, shaped.menu, facts)
        self.facts = mapping.run_facts(shaped.restaurant)
        self._pieces: dict[tuple[Any, ...], _Piece] = {}

    def expression(self, formula: Formula, situation: Situation) -> Result:
        """Give a formula's value before its links; null is no value."""

        def write(generator: Generator, scope: Scope, store: Store) -> None:
            store(generator.values.expression(formula, scope, ""))

        return self._run("expression", formula, situation, write)

    def holds(self, formula: Formula, situation: Situation) -> tuple[bool, Result]:
        """Tell whether a condition holds, by JMESPath's idea of truth."""

        def write(generator: Generator, scope: Scope, store: Store) -> None:
            test = generator.values.condition(formula, scope, "")
            store(Value(f"bool({test})", Type("boolean")))

        result = self._run("condition", formula, situation, write)
        return result.value is True, result

    def after(self, rule: Rule, steps: tuple[Step, ...], situation: Situation) -> Result:
        """Give a rule's body after some of the transforms behind it."""

        def write(generator: Generator, scope: Scope, store: Store) -> None:
            def through(value: Value) -> None:
                generator.values.chain(value, steps, scope, store, "")

            if isinstance(rule.body, Computed):
                through(generator.values.expression(rule.body.formula, scope, ""))
            else:
                generator.body(rule, scope, through, "")

        return self._run(f"after {len(steps)}", rule, situation, write)

    def whole(self, rule: Rule, situation: Situation) -> Result:
        """Give a rule's value, with all that stands beside it."""

        def write(generator: Generator, scope: Scope, store: Store) -> None:
            generator.rule(rule, scope, store, "")

        return self._run("whole", rule, situation, write)

    def part(self, formula: Formula, situation: Situation) -> Result:
        """Give a formula's value with its links, as a text's part or a loop's list."""

        def write(generator: Generator, scope: Scope, store: Store) -> None:
            generator.values.formula(formula, scope, store, "")

        return self._run("part", formula, situation, write)

    def let(self, rule: Rule, situation: Situation) -> Situation:
        """Give the situation inside a rule's ``$let``."""
        for name, bound in rule.let:
            kind, value = self._typed(bound, situation)
            situation = situation.bound((Name(name, kind, loop=False),), (value,))
        return situation

    def inside(self, use: Use, situation: Situation, sources: Mapping[str, str]) -> Situation:
        """Give the situation inside a template: its arguments alone."""
        names, values = [], []
        for name, rule in use.arguments:
            kind, value = self._typed(rule, situation)
            names.append(Name(name, kind, loop=False))
            values.append(value)
        return Situation(tuple(names), tuple(values), situation.trail, sources)

    def _typed(self, rule: Rule, situation: Situation) -> tuple[Type, Any]:
        """Give a rule's static type and its value, null where it has none."""
        types: list[Type] = []

        def write(generator: Generator, scope: Scope, store: Store) -> None:
            value = generator.local(rule, scope, "value", "")
            types[:] = [value.type]
            store(value)

        result = self._run("local", rule, situation, write, types)
        piece = self._pieces["local", id(rule), situation.names]
        return piece.types[0], None if result.value is MISSING else result.value

    def _run(
        self, kind: str, about: Rule | Formula, situation: Situation, write: Write, types: list[Type] | None = None
    ) -> Result:
        key = (kind, id(about), situation.names)
        piece = self._pieces.get(key)
        if piece is None:
            found = types if types is not None else []
            piece = self._pieces[key] = _Piece(about, self._compiled(situation.names, write), found)
        outcome = piece.program.run({**self.globals, HERE: situation.values}, self.facts)
        return Result(outcome.value, outcome.findings)

    def _compiled(self, names: tuple[Name, ...], write: Write) -> Program:
        def body(generator: Generator) -> None:
            def inner(scope: Scope) -> None:
                code, given = generator.code, generator.globals[HERE].source
                for index, name in enumerate(names):
                    local = code.fresh(name.name)
                    code.line(f"{local} = {given}[{index}]")
                    value = Value(local, name.type, atomic=True)
                    scope = scope.enter(name.name, value) if name.loop else scope.bind(name.name, value)
                write(generator, scope, lambda value: code.line(f"return {value.source}"))
                code.line(f"return {code.constant(MISSING, 'missing')}")

            generator.function("compiled", inner)

        return Program(self.rules, {**self.mapping.names, HERE: ANY}, body, self.mapping.filename)
