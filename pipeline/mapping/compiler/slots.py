"""One rule outside the payload, compiled: a setting's default, a shape's formula, a step's body."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.findings import Finding
from pipeline.mapping.compiler.generator import Generator
from pipeline.mapping.compiler.program import Outcome, Program
from pipeline.mapping.compiler.runtime import MISSING
from pipeline.mapping.expressions.scope import Scope
from pipeline.mapping.formulas.formula import Formula
from pipeline.mapping.rules.rules import Computed, Rule, Rules
from pipeline.mapping.transforms.registry import RunFacts
from pipeline.mapping.types import Type


class Slot:
    """A compiled rule. It sees the given names, and the mapping's chains, tables and templates."""

    def __init__(self, rule: Rule | Formula, names: Mapping[str, Type], rules: Rules, filename: str) -> None:
        if isinstance(rule, Formula):
            rule = Rule(position=rule.position, body=Computed(rule))

        def write(generator: Generator) -> None:
            def body(scope: Scope) -> None:
                code = generator.code
                if not generator.rule(rule, scope, lambda value: code.line(f"return {value.source}"), ""):
                    code.line(f"return {code.constant(MISSING, 'missing')}")

            generator.function("compiled", body)

        alone = Rules(rule, (), rules.templates, rules.chains, rules.tables)
        self._program = Program(alone, names, write, filename)
        self.problems: list[Finding] = self._program.problems

    def run(self, names: Mapping[str, Any], facts: RunFacts) -> Outcome:
        """Give the value, :data:`~pipeline.mapping.compiler.runtime.MISSING` without one, and findings."""
        return self._program.run(names, facts)

    def value(self, names: Mapping[str, Any], facts: RunFacts) -> Any:
        """Give the value, or None without one."""
        value = self._program.run(names, facts).value
        return None if value is MISSING else value


class Condition:
    """A compiled condition, true or false by JMESPath's idea of truth."""

    def __init__(self, formula: Formula, names: Mapping[str, Type], rules: Rules, filename: str) -> None:
        def write(generator: Generator) -> None:
            def body(scope: Scope) -> None:
                generator.code.line(f"return bool({generator.values.condition(formula, scope, '')})")

            generator.function("compiled", body)

        alone = Rules(Rule(position=formula.position, body=Computed(formula)), (), {}, rules.chains, rules.tables)
        self._program = Program(alone, names, write, filename)
        self.problems: list[Finding] = self._program.problems

    def holds(self, names: Mapping[str, Any], facts: RunFacts) -> bool:
        """Tell whether the condition holds."""
        return self._program.run(names, facts).value is True
