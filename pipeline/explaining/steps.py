"""One rule, evaluated step by step in the language's fixed order."""

from __future__ import annotations

from typing import Any

from pipeline.explaining import absent
from pipeline.explaining.explanation import Reason, Trace, TraceStep
from pipeline.explaining.reads import Read, reads_of, source_text
from pipeline.explaining.situation import Evaluator, Result, Situation
from pipeline.findings import Finding
from pipeline.mapping.compiler.runtime import MISSING, is_empty, text_of
from pipeline.mapping.formulas.formula import Formula
from pipeline.mapping.nodes import Node, Scalar, Sequence
from pipeline.mapping.rules.reader import place
from pipeline.mapping.rules.rules import Computed, Constant, Entries, Nested, Object, Rule, Step, Text, Use

DEEPEST = 12
"""So deep in templates and nested nodes steps are still told."""
MOST_FIELDS = 12
"""So many fields of an empty object are asked why they have no value."""


class Tracer:
    """Evaluates rules for one menu and notes each step."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator

    def trace(self, rule: Rule, situation: Situation, *, known: Any = MISSING, level: int = 0) -> Trace:
        """Evaluate a rule; ``known`` is its value where the payload has it, so that containers are not made again."""
        trace = Trace()
        situation = self._let(rule, situation, trace)
        failed = self._condition(rule, situation, trace)
        if failed is not None:
            if rule.otherwise is None:
                trace.reason = failed
                return trace
            inner = self.trace(rule.otherwise, situation, known=known, level=level + 1)
            trace.add(TraceStep("else", "$else", inner.value, place(rule.otherwise.position)))
            trace.add(*inner.steps, level=1)
            trace.value, trace.reason = inner.value, inner.reason
            return trace
        self._body(rule, situation, trace, known, level)
        if rule.default is not None and is_empty(None if trace.value is MISSING else trace.value):
            inner = self.trace(rule.default, situation, known=known, level=level + 1)
            trace.add(TraceStep("default", "$default", inner.value, place(rule.default.position)))
            trace.add(*inner.steps, level=1)
            trace.value = inner.value
            trace.reason = absent.no_default(inner.reason, rule) if inner.value is MISSING else None
        elif rule.default is not None:
            trace.add(TraceStep("default", "$default", MISSING, place(rule.default.position), note="not needed"))
        if rule.empty == "omit" and trace.value is not MISSING and is_empty(trace.value):
            trace.add(TraceStep("empty", "$empty: omit", MISSING, place(rule.position)))
            trace.value, trace.reason = MISSING, absent.empty_value(rule)
        return trace

    def inside(self, rule: Rule, situation: Situation) -> Situation:
        """Give the situation inside a rule's ``$let``."""
        return self.evaluator.let(rule, situation) if rule.let else situation

    def sources(self, use: Use, situation: Situation) -> dict[str, str]:
        """Say for each parameter of a template what it was given, in the outermost caller's words."""
        found = {}
        for name, rule in use.arguments:
            text = source_text(rule)
            found[name] = situation.sources.get(text, text)
        return found

    def reads(self, formula: Formula, situation: Situation) -> tuple[Read, ...]:
        """Give what a formula reads here."""
        return reads_of(formula, {**self.evaluator.globals, **situation.known()}, situation.sources)

    # -- parts in their order ------------------------------------------------------------------------

    def _let(self, rule: Rule, situation: Situation, trace: Trace) -> Situation:
        if not rule.let:
            return situation
        inside = self.evaluator.let(rule, situation)
        known = inside.known()
        for name, bound in rule.let:
            text = source_text(bound)
            trace.add(TraceStep("let", f"{name}: {text}" if text else name, known[name], place(bound.position)))
        return inside

    def _condition(self, rule: Rule, situation: Situation, trace: Trace) -> Reason | None:
        """Add the conditions; give the reason where one keeps the rule from having its value."""
        for formula, wanted in ((rule.only_if, True), (rule.unless, False)):
            if formula is None:
                continue
            holds, result = self.evaluator.holds(formula, situation)
            reads = self.reads(formula, situation)
            note = _told(result)
            trace.add(
                TraceStep("if" if wanted else "unless", formula.text, holds, place(formula.position), reads, note)
            )
            if holds != wanted:
                return absent.condition(formula, reads, wanted=wanted, report=self._report(rule, situation))
        return None

    def _report(self, rule: Rule, situation: Situation) -> str:
        if rule.report is None:
            return ""
        whole = Rule(position=rule.position, body=rule.report)
        inner = self.trace(whole, situation)
        return inner.value if isinstance(inner.value, str) else ""

    def _body(self, rule: Rule, situation: Situation, trace: Trace, known: Any, level: int) -> None:
        links: tuple[Step, ...] = ()
        steps = rule.steps
        match rule.body:
            case Constant(value):
                trace.add(TraceStep("literal", "as written", value, place(rule.position)))
                trace.value = value
            case Computed(formula):
                links = tuple(Step(link.name, link.position) for link in formula.links)
                self._source(formula, situation, trace)
            case Text(parts):
                self._text(parts, rule, situation, trace)
            case Object(fields):
                known = MISSING if steps else known
                self._container(rule, situation, trace, known, f"an object of {len(fields)} fields")
            case Entries(keyed=keyed):
                known = MISSING if steps else known
                self._container(rule, situation, trace, known, "an object by keys" if keyed else "a list")
            case Use():
                self._template(rule, rule.body, situation, trace, MISSING if steps else known, level)
            case Nested(inner):
                nested = self.trace(inner, situation, known=MISSING if steps else known, level=level + 1)
                trace.add(*nested.steps)
                trace.value, trace.reason = nested.value, nested.reason
        if trace.value is not MISSING and (links or steps):
            self._chain(rule, (*links, *steps), situation, trace)

    def _source(self, formula: Formula, situation: Situation, trace: Trace) -> None:
        result = self.evaluator.expression(formula, situation)
        reads = self.reads(formula, situation)
        trace.value = MISSING if result.value is None else result.value
        shown = () if len(reads) == 1 and reads[0].path == formula.text and not reads[0].source else reads
        trace.add(TraceStep("source", formula.text, trace.value, place(formula.position), shown, _told(result)))
        if trace.value is MISSING:
            trace.reason = absent.nothing(formula, reads, result)

    def _text(self, parts: tuple[str | Formula, ...], rule: Rule, situation: Situation, trace: Trace) -> None:
        done: list[str] = []
        for part in parts:
            if isinstance(part, str):
                done.append(part)
                continue
            result = self.evaluator.part(part, situation)
            text = " -> ".join([part.text, *(link.name for link in part.links)])
            reads = self.reads(part, situation)
            trace.add(TraceStep("source", text, result.value, place(part.position), (), _told(result)))
            if result.value is MISSING:
                trace.reason = absent.nothing(part, reads, result)
                return
            done.append(text_of(result.value))
        trace.value = "".join(done)
        trace.add(TraceStep("text", "put together", trace.value, place(rule.position)))

    def _container(self, rule: Rule, situation: Situation, trace: Trace, known: Any, words: str) -> None:
        """Add an object or a list as a whole; its fields are explained by asking for them."""
        result = Result(known) if known is not MISSING else self.evaluator.after(rule, (), situation)
        trace.value = result.value
        kind = "list" if isinstance(rule.body, Entries) else "object"
        count = f"{len(known)} there" if isinstance(known, list | dict) else ""
        trace.add(
            TraceStep("list" if kind == "list" else "object", words, trace.value, place(rule.position), (), count)
        )
        if trace.value is not MISSING:
            return
        if isinstance(rule.body, Entries):
            loop = next((entry.loops[0] for entry in rule.body.rules if entry.loops), None)
            reads = self.reads(loop.source, situation) if loop else ()
            trace.reason = absent.no_list(loop, reads, result, rule)
            return
        trace.reason = absent.no_fields(rule, self._because(rule, situation))

    def _because(self, rule: Rule, situation: Situation) -> tuple[tuple[str, Reason], ...]:
        fields = rule.body.fields if isinstance(rule.body, Object | Use) else ()
        found = []
        for each in fields[:MOST_FIELDS]:
            inner = self.trace(each.rule, situation)
            if inner.reason is not None:
                found.append((each.key, inner.reason))
        return tuple(found)

    def _template(self, rule: Rule, use: Use, situation: Situation, trace: Trace, known: Any, level: int) -> None:
        template = self.evaluator.rules.templates.get(use.template)
        if template is None or level >= DEEPEST:
            self._container(rule, situation, trace, known, f"template {use.template}")
            return
        for name, argument in use.arguments:
            inner = self.trace(argument, situation, level=level + 1)
            text = source_text(argument)
            given = f"{name}: {text}" if text else name
            trace.add(TraceStep("with", given, inner.value, place(argument.position)))
            if len(inner.steps) > 1:
                trace.add(*inner.steps, level=1)
        sources = self.sources(use, situation)
        below = self.evaluator.inside(use, situation, sources)
        inner = self.trace(template.rule, below, known=MISSING if use.fields else known, level=level + 1)
        trace.add(TraceStep("template", use.template, inner.value, place(template.position)))
        trace.add(*inner.steps, level=1)
        trace.value, trace.reason = inner.value, inner.reason
        if use.fields:
            result = Result(known) if known is not MISSING else self.evaluator.after(rule, (), situation)
            trace.value = result.value
            trace.reason = (
                None if result.value is not MISSING else absent.no_fields(rule, self._because(rule, situation))
            )

    def _chain(self, rule: Rule, steps: tuple[Step, ...], situation: Situation, trace: Trace) -> None:
        """Add each transform's result; a named chain's transforms are told with its name."""
        expanded = self._expanded(steps)
        for index, (step, via) in enumerate(expanded):
            done = tuple(each for each, _ in expanded[: index + 1])
            before = trace.value
            result = self.evaluator.after(rule, done, situation)
            trace.value = MISSING if result.value is None else result.value
            text = step.name + argument_text(step.argument)
            told = [found for found in result.findings if found.place == place(step.position)]
            notes = [f"in the chain {via}" if via else "", *(found.message for found in told)]
            note = "; ".join(part for part in notes if part)
            trace.add(TraceStep("transform", text, trace.value, place(step.position), (), note))
            if trace.value is MISSING:
                trace.reason = absent.lost(step, before, told or list(result.findings))
                return

    def _expanded(self, steps: tuple[Step, ...], via: str = "", within: tuple[str, ...] = ()) -> list[tuple[Step, str]]:
        found: list[tuple[Step, str]] = []
        for step in steps:
            chain = self.evaluator.rules.chains.get(step.name)
            if chain is None or step.name in within:
                found.append((step, via))
            else:
                found += self._expanded(chain, via or step.name, (*within, step.name))
        return found


def argument_text(node: Node | None) -> str:
    """Write a transform's argument as a mapping does.

    >>> argument_text(None)
    ''
    """
    return "" if node is None else f": {_written(node)}"


def _written(node: Node) -> str:
    if isinstance(node, Scalar):
        if isinstance(node.value, bool) or node.value is None:
            return {True: "true", False: "false", None: "null"}[node.value]
        return f'"{node.value}"' if isinstance(node.value, str) and node.quoted else str(node.value)
    if isinstance(node, Sequence):
        return f"[{', '.join(_written(item) for item in node)}]"
    return f"{{{', '.join(f'{entry.key}: {_written(entry.value)}' for entry in node)}}}"


def _told(result: Result) -> str:
    findings: tuple[Finding, ...] = result.findings
    return "; ".join(dict.fromkeys(finding.message for finding in findings))
