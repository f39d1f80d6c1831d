"""The same mapping walked rule by rule with ``jmespath.search``: the engine that everybody writes first.

It knows the rules of the language and nothing of code generation. Views are plain documents here,
because that is what ``jmespath`` takes.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import jmespath
import msgspec

from pipeline.mapping.compiled import CompiledMapping, Facts
from pipeline.mapping.compiler.chains import DYNAMIC, plain_value
from pipeline.mapping.compiler.runtime import count, is_empty, put, sort_key, text_of
from pipeline.mapping.expressions.values import truth
from pipeline.mapping.formulas.formula import Formula
from pipeline.mapping.rules.reader import RuleReader
from pipeline.mapping.rules.rules import Computed, Constant, Entries, Nested, Object, Rule, Step, Text, Use
from pipeline.mapping.rules.walk import expanded
from pipeline.mapping.transforms.registry import TRANSFORMS, RunFacts, UnknownValue
from pipeline.shaping.views import MenuView, RestaurantView

MISSING = object()
Names = dict[str, Any]


class Walker:
    """Walks one mapping's rules over one menu."""

    def __init__(self, mapping: CompiledMapping, restaurant: RestaurantView, menu: MenuView, facts: Facts) -> None:
        self.rules = mapping.rules
        self.facts: RunFacts = mapping.run_facts(restaurant)
        values = mapping.values(restaurant, menu, facts)
        self.globals: Names = {name: document(value) for name, value in values.items()}

    def payload(self) -> Any:
        """Make the payload."""
        names = dict(self.globals)
        for name, rule in self.rules.let:
            names[name] = self.optional(rule, names)
        self.globals = names
        return self.rule(self.rules.payload, names)

    def rule(self, rule: Rule, names: Names) -> Any:
        """Give what a rule makes."""
        if rule.let:
            names = dict(names)
            for name, bound in rule.let:
                names[name] = self.optional(bound, names)
        if not self.holds(rule, names):
            return self.rule(rule.otherwise, names) if rule.otherwise is not None else MISSING
        return self.valued(rule, names)

    def holds(self, rule: Rule, names: Names) -> bool:
        if rule.only_if is not None and not truth(self.formula(rule.only_if, names)):
            return False
        return rule.unless is None or not truth(self.formula(rule.unless, names))

    def valued(self, rule: Rule, names: Names) -> Any:
        value = self.body(rule, names)
        if value is not MISSING and rule.steps:
            value = self.steps(value, rule.steps, names)
        if rule.default is not None and (value is MISSING or is_empty(value)):
            return self.rule(rule.default, names)
        if rule.empty == "omit" and value is not MISSING and is_empty(value):
            return MISSING
        return value

    def body(self, rule: Rule, names: Names) -> Any:
        match rule.body:
            case Constant(value):
                return value
            case Computed(formula):
                found = self.formula(formula, names)
                return MISSING if found is None else found
            case Text(parts):
                return self.text(parts, names)
            case Object(fields):
                made = {}
                for field in fields:
                    value = self.rule(field.rule, names)
                    if value is not MISSING:
                        made[field.key] = value
                return made if made or not fields or rule.empty == "keep" else MISSING
            case Entries():
                return self.entries(rule.body, names)
            case Nested(inner):
                return self.rule(inner, names)
            case Use(template, arguments, fields):
                given = dict(self.globals)
                for name, argument in arguments:
                    given[name] = self.optional(argument, names)
                made = self.rule(self.rules.templates[template].rule, given)
                for field in fields:
                    made = {} if made is MISSING else made
                    value = self.rule(field.rule, names)
                    if value is not MISSING:
                        made[field.key] = value
                return made

    def optional(self, rule: Rule, names: Names) -> Any:
        value = self.rule(rule, names)
        return None if value is MISSING else value

    def entries(self, body: Entries, names: Names) -> Any:
        made: Any = {} if body.keyed else []
        for rule in body.rules:
            if not rule.loops:
                self.add(rule, names, made, body.keyed)
                continue
            if len(body.rules) == 1 and self.formula(rule.loops[0].source, names) is None:
                return MISSING
            self.loop(rule, names, made, body.keyed)
        return made

    def add(self, rule: Rule, names: Names, made: Any, keyed: bool) -> None:
        if not keyed or rule.key is None:
            value = self.rule(rule, names)
            if value is not MISSING:
                made.append(value)
        else:
            key = self.rule(rule.key, names)
            value = self.rule(rule, {**names, "key": key})
            if key is not MISSING and value is not MISSING:
                put(made, key, value)

    def loop(self, rule: Rule, names: Names, made: Any, keyed: bool) -> None:
        turns: list[Names] = []
        self.turns(rule, 0, names, turns)
        kept = []
        for turn in turns:
            scope = dict(turn)
            for name, bound in rule.let:
                scope[name] = self.optional(bound, scope)
            if self.holds(rule, scope):
                kept.append(scope)
            elif rule.otherwise is not None:
                value = self.rule(rule.otherwise, scope)
                if value is not MISSING:
                    made.append(value)
        if rule.sort is not None:
            sort = rule.sort
            kept.sort(key=lambda scope: sort_key(self.formula(sort, scope)))
        if rule.unique is not None:
            unique = rule.unique
            kept = list({repr(self.formula(unique, scope)): scope for scope in reversed(kept)}.values())[::-1]
        if rule.limit is not None:
            kept = kept[: count(self.rule(rule.limit, names))]
        plain = replace(
            rule, loops=(), let=(), only_if=None, unless=None, otherwise=None, sort=None, unique=None, limit=None
        )
        place = rule.loops[-1].position_name
        for position, scope in enumerate(kept):
            if place is not None and place not in scope:
                scope[place] = position
            self.add(plain, scope, made, keyed)

    def turns(self, rule: Rule, index: int, names: Names, found: list[Names]) -> None:
        if index == len(rule.loops):
            found.append(names)
            return
        loop = rule.loops[index]
        source = self.formula(loop.source, names)
        if isinstance(source, dict):
            for key, value in source.items():
                inner = {**names, loop.record: value}
                if loop.position_name is not None:
                    inner[loop.position_name] = key
                self.turns(rule, index + 1, inner, found)
        for value in source if isinstance(source, list) else ():
            self.turns(rule, index + 1, {**names, loop.record: value}, found)

    def formula(self, formula: Formula, names: Names) -> Any:
        """Search, then go through the chain; null where the search fails on a null."""
        try:
            value = jmespath.search(formula.text, names)
        except jmespath.exceptions.JMESPathError:
            return None
        if isinstance(value, float):
            value = Decimal(repr(value))
        if value is None or not formula.links:
            return value
        result = self.steps(value, tuple(Step(link.name, link.position) for link in formula.links), names)
        return None if result is MISSING else result

    def steps(self, value: Any, steps: tuple[Step, ...], names: Names) -> Any:
        for step in expanded(steps, self.rules):
            if value is None or value is MISSING:
                return MISSING
            transform = TRANSFORMS[step.name]
            function = transform.bind(self.argument(step, names), self.facts)
            try:
                value = self.each(value, function) if not transform.whole_list else function(value)
            except UnknownValue:
                return MISSING
        return MISSING if value is None else value

    def each(self, value: Any, function: Any) -> Any:
        if not isinstance(value, list):
            return function(value)
        results: list[Any] = []
        for element in value:
            try:
                result = self.each(element, function) if element is not None else None
            except UnknownValue:
                continue
            if isinstance(result, list):
                results.extend(result)
            elif result is not None:
                results.append(result)
        return results

    def argument(self, step: Step, names: Names) -> Any:
        if step.argument is None:
            return None
        rule = RuleReader([]).rule(step.argument)
        value = plain_value(rule)
        return self.optional(rule, names) if value is DYNAMIC else value

    def text(self, parts: tuple[str | Formula, ...], names: Names) -> Any:
        made = ""
        for part in parts:
            value = part if isinstance(part, str) else self.formula(part, names)
            if value is None:
                return MISSING
            made += text_of(value)
        return made


def document(value: Any) -> Any:
    """Give a view as the plain document that ``jmespath`` takes; prices stay exact."""
    return msgspec.to_builtins(value, builtin_types=(Decimal,))
