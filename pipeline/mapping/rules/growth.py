"""Names whose values repeat other names: a few lines of them could mean more than any memory holds.

``a: [= b, = b]`` beside ``b: [= c, = c]`` and so on doubles with each line, and costs nothing until
the payload is written. So what each name may repeat at most is counted before anything runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.findings import Finding
from pipeline.mapping.formulas.formula import Formula
from pipeline.mapping.rules.reader import place
from pipeline.mapping.rules.rules import Computed, Constant, Entries, Nested, Object, Rule, Rules, Text, Use
from pipeline.mapping.rules.walk import LEFT_FIRST

MOST_REPEATS = 10_000


def growth_findings(rules: Rules) -> list[Finding]:
    """Tell the first name that may repeat others too often; what the menu gives counts as one."""
    count = _Count()
    known = count.named(rules.let, {})
    count.rule(rules.payload, known)
    for template in rules.templates.values():
        count.rule(template.rule, known)
    return count.problems[:1]


class _Count:
    def __init__(self) -> None:
        self.problems: list[Finding] = []

    def named(self, let: tuple[tuple[str, Rule], ...], known: Mapping[str, int]) -> dict[str, int]:
        """Give the known names with those of a ``let``."""
        known = dict(known)
        for name, bound in let:
            known[name] = max(1, self.rule(bound, known))
            if known[name] > MOST_REPEATS:
                message = f"With the names that it uses, `{name}` repeats values more than {MOST_REPEATS:,} times."
                hint = "Use each name once, or a loop with `$for`."
                self.problems.append(Finding("too-deep", "error", message, hint, place(bound.position)))
                known[name] = 1
        return known

    def rule(self, rule: Rule, known: Mapping[str, int]) -> int:
        """Give how many values a rule's value may repeat, beside what is written in it."""
        known, turns = dict(known), 1
        for loop in rule.loops:
            size = _mentions(loop.source, known)
            known[loop.record], turns = size, turns * size
        known = self.named(rule.let, known)
        others = [self.rule(part, known) for part in (rule.otherwise, rule.default) if part is not None]
        return max(turns * self._body(rule, known), *others, 0)

    def _body(self, rule: Rule, known: Mapping[str, int]) -> int:
        match rule.body:
            case Constant():
                return 0
            case Computed(formula):
                return _mentions(formula, known)
            case Text(parts):
                return sum(_mentions(part, known) for part in parts if not isinstance(part, str))
            case Object(fields):
                return sum(self.rule(field.rule, known) for field in fields)
            case Entries(rules):
                return sum(self.rule(entry, known) for entry in rules)
            case Use(arguments=arguments, fields=fields):
                given = [bound for _, bound in arguments] + [field.rule for field in fields]
                return sum(self.rule(part, known) for part in given)
            case Nested(inner):
                return self.rule(inner, known)


def _mentions(formula: Formula, known: Mapping[str, int]) -> int:
    return max(1, sum(known.get(name, 1) for name in _roots(formula.tree)))


def _roots(tree: Any) -> Iterator[str]:
    """Give the name that each path of an expression starts from, as often as it stands there."""
    if not isinstance(tree, dict):
        return
    if tree.get("type") == "field":
        yield tree["value"]
        return
    children = tree.get("children", [])
    for child in children[:1] if tree.get("type") in LEFT_FIRST else children:
        yield from _roots(child)
