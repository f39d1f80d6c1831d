"""Walks over rules and formulas: which names, templates and reports are in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from pipeline.mapping.formulas.formula import Formula, is_formula, parse_formula
from pipeline.mapping.nodes import Node, Scalar, Sequence
from pipeline.mapping.rules.rules import Computed, Entries, Nested, Object, Rule, Rules, Step, Template, Text, Use
from pipeline.mapping.transforms.registry import TRANSFORMS

MOST_STEPS = 200
"""Chains of chains grow fast: a few lines could mean millions of steps."""


def rules_in(rule: Rule) -> Iterator[Rule]:
    """Give a rule and all rules inside it, templates not followed."""
    yield rule
    inner: list[Rule] = [bound for _, bound in rule.let]
    inner += [part for part in (rule.otherwise, rule.limit, rule.chunk, rule.key, rule.default) if part is not None]
    match rule.body:
        case Object(fields):
            inner += [field.rule for field in fields]
        case Entries(rules):
            inner += rules
        case Use(arguments=arguments, fields=fields):
            inner += [bound for _, bound in arguments]
            inner += [field.rule for field in fields]
        case Nested(nested):
            inner.append(nested)
    for part in inner:
        yield from rules_in(part)


def formulas_of(rule: Rule) -> Iterator[Formula]:
    """Give the formulas of one rule itself."""
    yield from (loop.source for loop in rule.loops)
    yield from (part for part in (rule.only_if, rule.unless, rule.sort, rule.unique) if part is not None)
    if rule.report is not None:
        yield from (part for part in rule.report.parts if not isinstance(part, str))
    match rule.body:
        case Computed(formula):
            yield formula
        case Text(parts):
            yield from (part for part in parts if not isinstance(part, str))


def formulas_in(rule: Rule) -> Iterator[Formula]:
    """Give all formulas in a rule, templates not followed."""
    for part in rules_in(rule):
        yield from formulas_of(part)


def fields_in(tree: Any) -> set[str]:
    """Give every field name in a syntax tree, at whatever depth (a superset of its root names)."""
    if not isinstance(tree, dict):
        return set()
    found = {tree["value"]} if tree.get("type") == "field" else set()
    for child in tree.get("children", ()):
        found |= fields_in(child)
    return found


LEFT_FIRST = frozenset({
    "subexpression", "index_expression", "projection", "value_projection", "filter_projection", "flatten", "pipe",
})  # fmt: skip


def path_of(tree: Any) -> str:
    """Give a plain chain of names as it is written, such as ``item.image.url``, else nothing.

    >>> import jmespath
    >>> path_of(jmespath.compile("item.image.url").parsed), path_of(jmespath.compile("a[0]").parsed)
    ('item.image.url', '')
    """
    if not isinstance(tree, dict):
        return ""
    if tree.get("type") == "field":
        return str(tree["value"])
    if tree.get("type") == "subexpression":
        parts = [path_of(child) for child in tree["children"]]
        return ".".join(parts) if all(parts) else ""
    return ""


def shown_by(tree: Any) -> frozenset[str]:
    """Give the paths that are there wherever an expression is true."""
    if isinstance(tree, dict) and tree.get("type") == "and_expression":
        return frozenset().union(*(shown_by(child) for child in tree["children"]))
    path = path_of(tree)
    return frozenset({path}) if path else frozenset()


def free_names(rule: Rule) -> set[str]:
    """Give the names that a rule's formulas start from and that neither its loops nor its ``$let`` give."""
    found: set[str] = set()
    given: set[str] = set()

    def want(formula: Formula | None) -> None:
        if formula is not None:
            found.update(roots_of(formula.tree) - given)

    def inner(part: Rule | None) -> None:
        if part is not None:
            found.update(free_names(part) - given)

    for loop in rule.loops:
        want(loop.source)
        given |= {name for name in (loop.record, loop.position_name) if name is not None}
    for name, bound in rule.let:
        inner(bound)
        given.add(name)
    if rule.key is not None:
        inner(rule.key)
        given.add("key")
    own = Rule(
        position=rule.position, body=rule.body, only_if=rule.only_if, unless=rule.unless, report=rule.report,
        sort=rule.sort, unique=rule.unique,
    )  # fmt: skip
    for formula in formulas_of(own):
        want(formula)
    for part in (rule.otherwise, rule.limit, rule.chunk, rule.default):
        inner(part)
    for step in rule.steps:
        if step.argument is not None:
            found.update(_argument_names(step.argument) - given)
    match rule.body:
        case Object(fields):
            parts = [field.rule for field in fields]
        case Entries(rules):
            parts = list(rules)
        case Use(arguments=arguments, fields=fields):
            parts = [bound for _, bound in arguments] + [field.rule for field in fields]
        case Nested(nested):
            parts = [nested]
        case _:
            parts = []
    for part in parts:
        inner(part)
    return found


def _argument_names(node: Node) -> set[str]:
    """Give the names that formulas in a transform's argument start from."""
    if isinstance(node, Scalar):
        formula = parse_formula(node, []) if is_formula(node) else None
        return roots_of(formula.tree) if formula is not None else set()
    inner = node.items if isinstance(node, Sequence) else [entry.value for entry in node]
    return set().union(*map(_argument_names, inner))


def roots_of(tree: Any) -> set[str]:
    """Give the names that an expression starts from.

    >>> import jmespath
    >>> sorted(roots_of(jmespath.compile("a.b[?c].d || length(e.f)").parsed))
    ['a', 'e']
    """
    if not isinstance(tree, dict):
        return set()
    kind, children = tree.get("type"), tree.get("children", [])
    if kind == "field":
        return {tree["value"]}
    if kind in LEFT_FIRST:
        return roots_of(children[0]) if children else set()
    if kind == "expref":
        return set()
    found: set[str] = set()
    for child in children:
        found |= roots_of(child)
    return found


TAKE_ANYTHING = frozenset({"not_null", "to_array", "to_number", "to_string", "type"})
"""JMESPath functions that fail for no value."""


def calls_in(tree: Any) -> bool:
    """Tell whether a syntax tree calls a function that can fail at run time."""
    if not isinstance(tree, dict):
        return False
    if tree.get("type") == "function_expression" and tree["value"] not in TAKE_ANYTHING:
        return True
    return any(calls_in(child) for child in tree.get("children", ()))


def names_in(rule: Rule) -> set[str]:
    """Give every name that formulas in a rule may read."""
    return {name for formula in formulas_in(rule) for name in fields_in(formula.tree)}


def uses_in(rule: Rule, templates: Mapping[str, Template]) -> set[str]:
    """Give the names of all templates used in a rule, directly or through others."""
    found: set[str] = set()
    waiting = [rule]
    while waiting:
        for part in rules_in(waiting.pop()):
            if isinstance(part.body, Use) and part.body.template not in found:
                found.add(part.body.template)
                if part.body.template in templates:
                    waiting.append(templates[part.body.template].rule)
    return found


def steps_in(rule: Rule, rules: Rules) -> Iterator[Step]:
    """Give all transforms that a rule's chains apply, named chains followed."""
    for part in rules_in(rule):
        links = [Step(link.name, link.position) for formula in formulas_of(part) for link in formula.links]
        yield from expanded((*part.steps, *links), rules)


def expanded(steps: tuple[Step, ...], rules: Rules) -> Iterator[Step]:
    """Give the transforms that steps stand for, as many as may be; a chain inside itself is left as it is."""
    return islice(_expanded(steps, rules, ()), MOST_STEPS + 1)


def _expanded(steps: tuple[Step, ...], rules: Rules, within: tuple[str, ...]) -> Iterator[Step]:
    for step in steps:
        chain = rules.chains.get(step.name)
        if chain is None or step.name in within:
            yield step
        else:
            yield from _expanded(chain, rules, (*within, step.name))


def reports_in(rule: Rule, rules: Rules) -> bool:
    """Tell whether a rule, or a template it uses, may have something to tell at run time."""
    parts = [rule] + [rules.templates[name].rule for name in uses_in(rule, rules.templates) if name in rules.templates]
    for part in parts:
        if any(inner.report is not None for inner in rules_in(part)):
            return True
        if any(calls_in(formula.tree) for formula in formulas_in(part)):
            return True
        for step in steps_in(part, rules):
            transform = TRANSFORMS.get(step.name)
            if transform is not None and transform.name == "lookup":
                return True
    return False
