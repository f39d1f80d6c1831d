"""The platform's rules that a JSON Schema cannot state → Python, in the same way as the payload."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from pipeline.findings import Severity
from pipeline.mapping.code import Value
from pipeline.mapping.compiler.generator import Generator
from pipeline.mapping.expressions import expressions
from pipeline.mapping.expressions.scope import Scope
from pipeline.mapping.form.menu import CheckForm
from pipeline.mapping.formulas.formula import Formula
from pipeline.mapping.nodes import Scalar
from pipeline.mapping.rules.reader import RuleReader
from pipeline.mapping.rules.rules import Constant, Rule, Text
from pipeline.mapping.rules.walk import roots_of
from pipeline.mapping.types import ANY
from pipeline.menu import DAYS
from pipeline.shaping.views import Window

MINUTES_PER_DAY = 24 * 60
_TEXTS = frozenset({str})


class CheckWriter:
    """Writes ``def compiled(names, run)`` that tells what breaks a mapping's checks."""

    def __init__(self, checks: Sequence[CheckForm], reader: RuleReader) -> None:
        self.checks = [(check, self._loop_rule(check, reader), _Parts(check, reader)) for check in checks]
        self._found: dict[str, Value] = {}
        """The paths over the payload that have been written, each with its local."""

    def write(self, generator: Generator) -> None:
        """Write all checks into one function."""
        self._found = {}

        def body(scope: Scope) -> None:
            for check, rule, parts in self.checks:
                with generator.guarded(check.position, scope, "checks"):
                    generator.lists.turns(
                        rule,
                        scope,
                        lambda inner, c=check, p=parts: self._one(generator, c, p, inner),  # type: ignore[misc]
                    )

        generator.function("compiled", body)

    def _loop_rule(self, check: CheckForm, reader: RuleReader) -> Rule:
        return Rule(
            position=check.position,
            body=Constant(None),
            loops=reader.loops(check.for_),
            only_if=reader.expression(check.if_),
            unless=reader.expression(check.unless),
        )

    def _one(self, generator: Generator, check: CheckForm, parts: _Parts, scope: Scope) -> None:
        code = generator.code
        values = generator.values
        if parts.value is not None:
            value = values.atomic(values.evaluated(parts.value, scope, "checks"))
            limits: dict[tuple[str, tuple[str, ...]], Value] = {}
            for bound, word in ((parts.at_least, "below"), (parts.at_most, "above")):
                if bound is None:
                    continue
                key = (bound.text, tuple(link.name for link in bound.links))
                if key not in limits:
                    limits[key] = values.atomic(values.evaluated(bound, scope, "checks"))
                limit = limits[key]
                test = self._outside(generator, value, limit, word)
                with code.block(f"if {test}:", check.position):
                    self._tell(generator, check, parts, scope, "")
        if parts.assertion is not None:
            with code.block(f"if not ({values.condition(parts.assertion, scope, 'checks')}):", check.position):
                self._tell(generator, check, parts, scope, "")
        if parts.no_overlap is not None:
            windows = values.evaluated(parts.no_overlap, scope, "checks")
            self._each(generator, check, parts, scope, f"{code.function(overlaps)}({windows.source})")
        if parts.unique is not None:
            found = self._collected(generator, parts.unique, scope)
            self._each(generator, check, parts, scope, f"{code.function(duplicates)}({found.source})")
        if parts.references is not None and parts.to is not None:
            found = self._collected(generator, parts.references, scope)
            known = self._collected(generator, parts.to, scope)
            self._each(generator, check, parts, scope, f"{code.function(dangling)}({found.source}, {known.source})")

    def _outside(self, generator: Generator, value: Value, limit: Value, word: str) -> str:
        sign = "<" if word == "below" else ">"
        numeric = ("integer", "decimal")
        if value.type.kind in numeric and limit.type.kind in numeric:
            nulls = [f"{part.source} is not None" for part in (value, limit) if part.type.may_be_null]
            return " and ".join([*nulls, f"{value.source} {sign} {limit.source}"])
        return f"{generator.code.function(below if word == 'below' else above)}({value.source}, {limit.source})"

    def _collected(self, generator: Generator, formula: Formula, scope: Scope) -> Value:
        """Evaluate a path: over the payload, once for all checks, or, inside a loop, over the names in scope."""
        known = scope.names if scope.records else ("payload",)
        if any(root in known for root in roots_of(formula.tree)):
            return generator.values.evaluated(formula, scope, "checks")
        if formula.text in self._found:
            return self._found[formula.text]
        code, problems = generator.code, list[expressions.Problem]()
        payload = Value(scope.names["payload"].source, ANY, atomic=True)
        depth, code.depth = code.depth, code.depth if generator.precise else 1
        with code.aside() as lines:
            value = expressions.generate(formula.tree, {}, code, formula.position, problems, current=payload)
            found = Value(code.fresh("found"), value.type, atomic=True)
            code.line(f"{found.source} = {value.source}", formula.position)
        code.depth = depth
        generator.values.keep(problems, formula)
        if generator.precise:  # where each check stands by itself, since one may fail
            code.paste(lines)
            return found
        generator.prologue.extend(lines)
        if not problems:  # each place tells of its own
            self._found[formula.text] = found
        return found

    def _each(self, generator: Generator, check: CheckForm, parts: _Parts, scope: Scope, found: str) -> None:
        code = generator.code
        detail, culprits = code.fresh("detail"), code.fresh("culprits")
        with code.block(f"for {detail}, {culprits} in {found}:", check.position):
            self._tell(generator, check, parts, scope, f"{detail}, {culprits}")

    def _tell(self, generator: Generator, check: CheckForm, parts: _Parts, scope: Scope, detail: str) -> None:
        code = generator.code
        message = "None"
        if parts.say is not None:
            message = generator.values.message(parts.say, scope, "checks")
        site = generator.site(check.position, "")
        severity: Severity = check.severity
        menu = scope.names["menu"].source
        code.line(
            f"run.check({site}, {severity!r}, {message}, {scope.trail}, {menu}{', ' + detail if detail else ''})",
            check.position,
        )


class _Parts:
    """A check's formulas, parsed."""

    def __init__(self, check: CheckForm, reader: RuleReader) -> None:
        self.value = reader.expression(check.value)
        self.at_least = reader.expression(check.at_least)
        self.at_most = reader.expression(check.at_most)
        self.assertion = reader.expression(check.assert_)
        self.no_overlap = reader.expression(check.no_overlap)
        self.unique = reader.expression(check.unique)
        self.references = reader.expression(check.references)
        self.to = reader.expression(check.to)
        self.say: Text | None = reader.braces(check.say) if isinstance(check.say, Scalar) else None


Culprits = Iterable[tuple[str, tuple[str, ...]]]


def below(value: Any, limit: Any) -> bool:
    """Tell whether a number is under a bound; what is no number is not."""
    return _number(value) and _number(limit) and value < limit


def above(value: Any, limit: Any) -> bool:
    """Tell whether a number is over a bound; what is no number is not."""
    return _number(value) and _number(limit) and value > limit


def duplicates(values: Any) -> Culprits:
    """Give each value that stands more than once, as a sentence's end and the id to find its record by.

    >>> list(duplicates(["a", "b", "a"]))
    [("'a' stands 2 times", ('a',))]
    """
    if not values or (_all_texts(values) and len(set(values)) == len(values)):
        return ()
    counts: dict[str, int] = {}
    for value in _flat(values):
        counts[value] = counts.get(value, 0) + 1
    return [(f"{value!r} stands {times} times", (value,)) for value, times in counts.items() if times > 1]


def dangling(values: Any, known: Any) -> Culprits:
    """Give each id that is referred to and does not exist."""
    if values is None or (_all_texts(values) and _all_texts(known) and set(values) <= set(known)):
        return ()
    there = set(_flat(known))
    return [(f"{value!r} does not exist", (value,)) for value in dict.fromkeys(_flat(values)) if value not in there]


def overlaps(windows: list[Window] | None) -> Culprits:
    """Give each pair of weekly windows that overlap, across midnight and across the week's end, too."""
    week = 7 * MINUTES_PER_DAY
    spans: list[tuple[int, int, Window]] = []
    for window in windows or ():
        hours, minutes = window.start.split(":")
        start = DAYS.index(window.day) * MINUTES_PER_DAY + int(hours) * 60 + int(minutes)
        spans.append((start, start + window.minutes, window))
    found = []
    for index, (start, end, window) in enumerate(spans):
        for other_start, other_end, other in spans[index + 1 :]:
            if any(start + shift < other_end and other_start < end + shift for shift in (-week, 0, week)):
                text = f"{window.day} {window.start}-{window.end} and {other.day} {other.start}-{other.end} overlap"
                found.append((text, ()))
    return found


def _all_texts(values: Any) -> bool:
    return type(values) is list and _TEXTS.issuperset(map(type, values))


def _number(value: Any) -> bool:
    return isinstance(value, (int, Decimal, float)) and not isinstance(value, bool)


def _flat(values: Any) -> Iterable[str]:
    if isinstance(values, list):
        for value in values:
            yield from _flat(value)
    elif values is not None:
        yield str(values)
