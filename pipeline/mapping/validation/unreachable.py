"""Rules that can never take effect: error rules behind a wider one, templates that never end."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.findings import Finding
from pipeline.mapping.compiled import CompiledMapping
from pipeline.mapping.conversation.steps import status_is
from pipeline.mapping.expressions.values import truth
from pipeline.mapping.form.answers import ErrorRule
from pipeline.mapping.rules.reader import place
from pipeline.mapping.rules.rules import Computed, Use
from pipeline.mapping.rules.walk import path_of, rules_in


def unreachable_findings(mapping: CompiledMapping) -> Iterator[Finding]:
    """Give error rules that an earlier one always takes, and templates that use themselves without end."""
    yield from _constant(mapping)
    yield from _shadowed(mapping)
    yield from _endless(mapping)


def _constant(mapping: CompiledMapping) -> Iterator[Finding]:
    """Conditions that are written as a constant."""
    rules = mapping.rules
    roots = [rules.payload, *(rule for _, rule in rules.let), *(one.rule for one in rules.templates.values())]
    for part in (part for root in roots for part in rules_in(root)):
        for condition, wanted in ((part.only_if, True), (part.unless, False)):
            if condition is None or condition.tree["type"] != "literal" or condition.links:
                continue
            holds = truth(condition.tree["value"]) is wanted
            code, what = ("always-true", "always") if holds else ("never-true", "never")
            message = f"This condition is a constant, so that what it guards is {what} sent."
            hint = "Take the condition out." if holds else "Take the rule out, or write the condition that is meant."
            yield Finding(code, "warning", message, hint, place(condition.position))


def _shadowed(mapping: CompiledMapping) -> Iterator[Finding]:
    rules = mapping.document.errors
    for index, rule in enumerate(rules):
        earlier = next((other for other in rules[:index] if _takes_all_of(other, rule)), None)
        if earlier is not None:
            message = f"This rule never takes effect: the one in line {earlier.position.line} takes all its answers."
            hint = "Move it before that one, or take it out; the first rule that fits wins."
            yield Finding("rule-never-reached", "warning", message, hint, place(rule.position))


def _takes_all_of(wide: ErrorRule, narrow: ErrorRule) -> bool:
    if wide.when.if_ is not None:
        return False
    if wide.when.status and not narrow.when.status:
        return False
    for status in narrow.when.status:
        if wide.when.status and not any(_within(status, other) for other in wide.when.status):
            return False
    wanted = [part.casefold() for part in wide.when.says]
    said = [part.casefold() for part in narrow.when.says]
    # What is said has to hold in full or in part, as the answers' reader takes it: all of it.
    return all(any(part in other for other in said) for part in wanted)


def _within(status: int | str, wide: int | str) -> bool:
    return status_is(status, wide) if isinstance(status, int) else status == wide


def _endless(mapping: CompiledMapping) -> Iterator[Finding]:
    for template in mapping.rules.templates.values():
        for part in rules_in(template.rule):
            body = part.body
            if not isinstance(body, Use) or body.template != template.name:
                continue
            same = all(
                isinstance(rule.body, Computed)
                and not rule.body.formula.links
                and path_of(rule.body.formula.tree) == name
                for name, rule in body.arguments
            )
            if same:
                message = f"The template `{template.name}` uses itself on the same values, so it would never end."
                hint = "Give it what lies one level deeper, such as `= option.modifier_groups`."
                yield Finding("template-endless", "error", message, hint, place(body.position))
