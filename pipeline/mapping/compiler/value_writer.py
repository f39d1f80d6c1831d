"""Formulas, texts and transforms of the payload → Python expressions and statements."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pipeline.findings import Finding
from pipeline.mapping.code import Code, Value
from pipeline.mapping.compiler.chains import Bound, ChainBinder
from pipeline.mapping.compiler.runtime import MISSING_PART, add_to, each, text_of
from pipeline.mapping.expressions import expressions
from pipeline.mapping.expressions.scope import Scope
from pipeline.mapping.expressions.values import NullError, refusing, truth
from pipeline.mapping.formulas.formula import Formula
from pipeline.mapping.nodes import Position
from pipeline.mapping.rules.reader import place
from pipeline.mapping.rules.rules import Rule, Step, Text
from pipeline.mapping.rules.walk import calls_in, path_of
from pipeline.mapping.transforms.registry import TRANSFORMS, UnknownValue
from pipeline.mapping.types import ANY, BOOLEAN, NULL, TEXT, Type, decimal_places, fields_of, list_of

if TYPE_CHECKING:
    from pipeline.mapping.compiler.generator import Generator

Store = Callable[[Value], None]
_NAME = re.compile(r"[A-Za-z_]\w*")


class ValueWriter:
    """Writes values, guarded against null, through their transforms, to where they are stored."""

    def __init__(self, generator: Generator) -> None:
        self.generator = generator
        self.code = generator.code
        self.binder = ChainBinder(generator)
        self.transforms = frozenset((*TRANSFORMS, *generator.rules.chains))

    @staticmethod
    def constant_type(value: Any) -> Type:
        """Give the type of a literal.

        >>> str(ValueWriter.constant_type(Decimal("1.5")))
        'a decimal number'
        """
        if value is None:
            return NULL
        if isinstance(value, bool):
            return BOOLEAN
        if isinstance(value, int):
            return Type("integer", non_negative=value >= 0)
        if isinstance(value, Decimal):
            return Type("decimal", non_negative=value >= 0, places=decimal_places(value))
        return Type("text", values=frozenset({value}), max_length=len(value))

    # -- formulas ------------------------------------------------------------------------------

    def formula(self, formula: Formula, scope: Scope, store: Store, path: str) -> bool:
        """Write a formula and its transforms; null is no value."""
        value = self.expression(formula, scope, path)
        if formula.tree["type"] == "projection" and " " not in self.generator.made.context:
            self._nulls_vanish(formula, scope)
        steps = tuple(Step(link.name, link.position) for link in formula.links)
        return self.chain(value, steps, scope, store, path)

    def _nulls_vanish(self, formula: Formula, scope: Scope) -> None:
        """Tell of a list in the payload that leaves entries without a value out and so no longer lines up."""
        left, right = formula.tree["children"]
        told: list[expressions.Problem] = []  # they have been told
        entries = expressions.generate(left, scope.names, Code(), formula.position, told).type
        if right["type"] == "identity" or entries.item is None:
            return
        entry = Value("entry", entries.item.required(), atomic=True)
        if expressions.generate(right, {}, Code(), formula.position, told, current=entry).type.nullable:
            message = "Entries without a value vanish from this list, so that it no longer lines up with others."
            hint = "Loop with `$for` where each entry needs its place."
            where = place(formula.at(left.get("start", 0)))
            self.generator.problems.append(Finding("nulls-vanish", "warning", message, hint, where))

    def evaluated(self, formula: Formula, scope: Scope, path: str) -> Value:
        """Write a formula whose value, or null, is needed as such (a loop's list, a sort key)."""
        if not formula.links:
            return self.expression(formula, scope, path)
        captured = self.generator.capture(lambda store: self.formula(formula, scope, store, path))
        local = self.code.fresh("value")
        self.code.line(f"{local} = None")
        self.code.paste(captured.resolved(lambda source: f"{local} = {source}"))
        kind = self.generator.stored_type(captured)
        return Value(local, kind if captured.always else kind.optional(), atomic=True)

    def expression(self, formula: Formula, scope: Scope, path: str) -> Value:
        """Write a formula's expression; one that fails because of a null gives null and is told once."""
        if not calls_in(formula.tree) or not self._may_fail(formula, scope):
            return self._generate(formula, scope)
        code, local = self.code, self.code.fresh("value")
        with code.block("try:"):
            value = self._generate(formula, scope)
            code.line(f"{local} = {value.source}", formula.position)
        with code.block(f"except {code.function(NullError)} as error:"):
            code.line(f"{local} = None")
            site = self.generator.site(formula.position, path)
            code.line(f"run.nothing({site}, error, {scope.trail})")
        return Value(local, value.type.optional(), atomic=True)

    def _may_fail(self, formula: Formula, scope: Scope) -> bool:
        """Tell whether a formula's Python calls anything that can refuse a null; types may show that nothing does."""
        problems: list[expressions.Problem] = []
        with self.code.aside() as lines:
            value = expressions.generate(
                formula.tree, scope.names, self.code, formula.position, problems, transforms=self.transforms
            )
        text = " ".join((*(line for _, line, _ in lines), value.source))
        return any(refusing(self.code.globals.get(name)) for name in set(_NAME.findall(text)))

    def _generate(self, formula: Formula, scope: Scope) -> Value:
        value = self._written(formula, scope)
        if value.type.nullable and self._surely_there(formula, scope):
            return Value(value.source, value.type.required(), value.atomic, formula.position)
        return value._replace(position=formula.position)

    def _surely_there(self, formula: Formula, scope: Scope) -> bool:
        """Tell whether conditions around a plain path have shown that it has a value."""
        path = path_of(formula.tree)
        if not path or not scope.present:
            return False
        root, *rest = path.split(".")
        known = scope.names.get(root)
        if known is None:
            return False
        kind, here = known.type, root
        for name in (*rest, ""):
            if here in scope.present:
                kind = kind.required()
            if kind.may_be_null:
                return False
            if not name:
                return True
            if kind.kind != "record" or kind.record is None or name not in fields_of(kind.record):
                return False
            kind, here = fields_of(kind.record)[name], f"{here}.{name}"
        return False

    def _written(self, formula: Formula, scope: Scope) -> Value:
        problems: list[expressions.Problem] = []
        value = expressions.generate(
            formula.tree, scope.names, self.code, formula.position, problems, transforms=self.transforms
        )
        self.keep(problems, formula)
        return value

    def test(self, rule: Rule, scope: Scope, path: str) -> str:
        """Write a rule's ``$if`` and ``$unless`` as one Python condition."""
        parts = []
        if rule.only_if is not None:
            parts.append(self.condition(rule.only_if, scope, path))
        if rule.unless is not None:
            parts.append(f"not ({self.condition(rule.unless, scope, path)})")
        return " and ".join(parts)

    def condition(self, formula: Formula, scope: Scope, path: str) -> str:
        """Write a formula as a Python condition, by JMESPath's idea of truth."""
        if not calls_in(formula.tree) and not formula.links:
            problems: list[expressions.Problem] = []
            test = expressions.condition(
                formula.tree, scope.names, self.code, formula.position, problems, transforms=self.transforms
            )
            self.keep(problems, formula)
            return f"({test})"
        value = self.atomic(self.evaluated(formula, scope, path))
        if value.type.kind in ("integer", "decimal", "record"):
            return f"({value.source} is not None)"
        if value.type.kind in ("text", "list", "map", "boolean"):
            return value.source
        return f"{self.code.function(truth)}({value.source})"

    def keep(self, problems: list[expressions.Problem], formula: Formula) -> None:
        """Add what was wrong in a formula, at its column."""
        for problem in problems:
            where = place(formula.at(problem.start))
            self.generator.problems.append(
                Finding(problem.code, problem.severity, problem.message, problem.hint, where)
            )

    def atomic(self, value: Value) -> Value:
        """Give the value as a local, if reading it again costs anything."""
        if value.atomic:
            return value
        local = self.code.fresh("value")
        self.code.line(f"{local} = {value.source}")
        return Value(local, value.type, atomic=True)

    # -- transforms ----------------------------------------------------------------------------

    def chain(self, value: Value, steps: tuple[Step, ...], scope: Scope, store: Store, path: str) -> bool:
        """Write a value's way through transforms and named chains, then store it."""
        resolved = self.binder.resolve(steps)
        if resolved and resolved[0] is not steps[0] and self.binder.refuses(steps[0], resolved[0], value.type):
            return False
        return self._through(value, resolved, scope, store, path)

    def _through(
        self, value: Value, steps: tuple[Step, ...], scope: Scope, store: Store, path: str, *, present: bool = False
    ) -> bool:
        if value.type.kind == "null":
            return False
        open_form = value.type.kind == "any" and bool(steps) and not self.binder.takes_whole_list(steps[0])
        if value.type.may_be_null and not present and not open_form:
            value = self.atomic(value)
            with self.code.block(f"if {value.source} is not None:"):
                inner = Value(value.source, value.type.required(), atomic=True)
                self._through(inner, steps, scope, store, path, present=True)
            return False
        if not steps:
            store(value)
            return True
        if value.type.kind == "text" and (fused := self.binder.fused(steps, value.type, scope, path)) is not None:
            whole, used = fused
            local = self.code.fresh("text")
            self.code.line(f"{local} = {whole.call(value.source)}", steps[0].position)
            return self._through(Value(local, whole.gives, atomic=True), steps[used:], scope, store, path)
        bound = self.binder.bind(steps[0], value.type, scope, path)
        if bound is None:
            return False
        if value.type.kind == "list" and not bound.transform.whole_list:
            return self._elements(value, steps, scope, store, path)
        position = steps[0].position
        if value.type.kind == "any" and not bound.transform.whole_list:
            unknown = f"lambda error: run.unknown({self.generator.site(position, path)}, error, {scope.trail})"
            local = self.code.fresh("value")
            self.code.line(
                f"{local} = {self.code.function(each)}({value.source}, {bound.callable}, {unknown})", position
            )
            return self._through(Value(local, ANY, atomic=True), steps[1:], scope, store, path)
        result = bound.call(value.source)
        if bound.may_be_unknown:
            return self._looked_up(bound, result, position, steps, scope, store, path)
        if len(steps) > 1 or bound.gives.may_be_null:
            local = self.code.fresh("value")
            self.code.line(f"{local} = {result}", position)
            return self._through(Value(local, bound.gives, atomic=True), steps[1:], scope, store, path)
        store(Value(result, bound.gives, position=steps[0].position))
        return True

    def _looked_up(
        self,
        bound: Bound,
        result: str,
        position: Position,
        steps: tuple[Step, ...],
        scope: Scope,
        store: Store,
        path: str,
    ) -> bool:
        """Write a look-up whose unknown words are reported and have no value."""
        code, local = self.code, self.code.fresh("value")
        with code.block("try:"):
            code.line(f"{local} = {result}", position)
        with code.block(f"except {code.function(UnknownValue)} as error:"):
            site = self.generator.site(position, path)
            code.line(f"run.unknown({site}, error, {scope.trail})")
        with code.block("else:"):
            self._through(Value(local, bound.gives, atomic=True), steps[1:], scope, store, path)
        return False

    def _elements(self, value: Value, steps: tuple[Step, ...], scope: Scope, store: Store, path: str) -> bool:
        """Write the steps that take single values as a loop over a list; the rest sees the new list."""
        cut = next((index for index, step in enumerate(steps) if self.binder.takes_whole_list(step)), len(steps))
        code, target, element = self.code, self.code.fresh("list"), self.code.fresh("element")
        code.line(f"{target} = []")
        kinds: list[Type] = []

        def keep(result: Value) -> None:
            kinds.append(result.type.item or ANY if result.type.kind == "list" else result.type)
            if result.type.kind == "list":
                code.line(f"{target}.extend({result.source})")
            elif result.type.kind == "any":
                code.line(f"{code.function(add_to)}({target}, {result.source})")
            else:
                code.line(f"{target}.append({result.source})")

        with code.block(f"for {element} in {value.source}:", steps[0].position):
            self._through(Value(element, value.type.item or ANY, atomic=True), steps[:cut], scope, keep, path)
        kind = list_of(kinds[0] if len(kinds) == 1 else ANY)
        return self._through(Value(target, kind, atomic=True), steps[cut:], scope, store, path)

    # -- texts ---------------------------------------------------------------------------------

    def text(self, parts: tuple[str | Formula, ...], scope: Scope, store: Store, path: str) -> bool:
        """Write a text with formulas in braces; a part without a value leaves all of it out."""
        return self._text(list(parts), [], scope, store, path)

    def _text(self, parts: list[str | Formula], done: list[str], scope: Scope, store: Store, path: str) -> bool:
        while parts and isinstance(parts[0], str):
            done = [*done, repr(parts[0])]
            parts = parts[1:]
        if not parts:
            store(Value(" + ".join(done) if done else "''", TEXT, atomic=len(done) == 1))
            return True
        results: list[bool] = []
        formula = parts[0]
        assert not isinstance(formula, str)

        def part(value: Value) -> None:
            source = value.source if value.atomic else f"({value.source})"
            if value.type.kind != "text":
                source = f"{self.code.function(text_of)}({value.source})"
            results.append(self._text(parts[1:], [*done, source], scope, store, path))

        return self.formula(formula, scope, part, path) and all(results)

    def report(self, text: Text, position: Position, scope: Scope, path: str) -> None:
        """Write what tells people that a rule left something out."""
        message = self.message(text, scope, path)
        self.code.line(f"run.report({self.generator.site(position, path)}, {message}, {scope.trail})")

    def message(self, text: Text, scope: Scope, path: str) -> str:
        """Write a text for people and give it; a part without a value is an ellipsis in it."""
        pieces = []
        for part in text.parts:
            if isinstance(part, str):
                pieces.append(repr(part))
                continue
            captured = self.generator.capture(lambda store, formula=part: self.formula(formula, scope, store, path))  # type: ignore[misc]
            local = self.code.fresh("part")
            self.code.line(f"{local} = {MISSING_PART!r}")
            self.code.paste(captured.resolved(lambda source, local=local: f"{local} = {source}"))  # type: ignore[misc]
            pieces.append(f"{self.code.function(text_of)}({local})")
        return f"''.join([{', '.join(pieces)}])"
