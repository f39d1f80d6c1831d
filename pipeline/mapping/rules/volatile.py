"""Which payload fields differ from run to run, told by the rules alone: they stay outside the payload's hash.

A field counts where a formula of its rule, or of one around it, starts from ``operation``, ``now``,
``saved`` or ``external_menu_id``, directly, by a ``let`` or by a template's argument.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.mapping.expressions.scope import VOLATILE_NAMES
from pipeline.mapping.nodes import Node, Scalar, Sequence
from pipeline.mapping.rules.rules import Entries, Nested, Object, Rule, Rules, Use
from pipeline.mapping.rules.walk import formulas_of, roots_of, rules_in

DEEPEST = 12
"""Templates that use themselves are followed so deep; platforms nest less."""

Path = tuple[str, ...]


def volatile_paths(rules: Rules) -> tuple[Path, ...]:
    """Give the paths of such fields, with ``[]`` for every entry and ``*`` for every key.

    A payload that is volatile as a whole gives none: then every run counts as changed.
    """
    names = set(VOLATILE_NAMES)
    names.update(name for name, rule in rules.let if _mentions(rule, names))
    return tuple(dict.fromkeys(path for path in _paths(rules.payload, (), frozenset(names), rules, 0) if path))


def _paths(rule: Rule, path: Path, names: frozenset[str], rules: Rules, depth: int) -> Iterator[Path]:
    names |= {name for name, bound in rule.let if _mentions(bound, names)}
    parts = [part for part in (rule.limit, rule.chunk, rule.key) if part is not None]
    if _itself(rule, names) or any(_mentions(part, names) for part in parts):
        yield path
        return
    # A loop's own name hides one from outside.
    names -= {name for loop in rule.loops for name in (loop.record, loop.position_name) if name}
    for part in (rule.otherwise, rule.default):
        if part is not None:
            yield from _paths(part, path, names, rules, depth)
    if rule.chunk is not None:
        path = (*path, "[]")
    match rule.body:
        case Object(fields):
            for field in fields:
                yield from _paths(field.rule, (*path, field.key), names, rules, depth)
        case Entries(entries, keyed):
            for entry in entries:
                yield from _paths(entry, (*path, "*" if keyed else "[]"), names, rules, depth)
        case Nested(inner):
            yield from _paths(inner, path, names, rules, depth)
        case Use(template, arguments, fields):
            for field in fields:
                yield from _paths(field.rule, (*path, field.key), names, rules, depth)
            used = rules.templates.get(template)
            if used is not None and depth < DEEPEST:
                around = set(VOLATILE_NAMES) | {name for name, bound in rules.let if _mentions(bound, VOLATILE_NAMES)}
                given = {name for name, bound in arguments if _mentions(bound, names)}
                yield from _paths(used.rule, path, frozenset(around | given), rules, depth + 1)


def _itself(rule: Rule, names: frozenset[str]) -> bool:
    told = {id(part) for part in rule.report.parts} if rule.report is not None else set()
    if any(roots_of(formula.tree) & names for formula in formulas_of(rule) if id(formula) not in told):
        return True
    return any(_node_mentions(step.argument, names) for step in rule.steps)


def _mentions(rule: Rule, names: frozenset[str] | set[str]) -> bool:
    return any(_itself(part, frozenset(names)) for part in rules_in(rule))


def _node_mentions(node: Node | None, names: frozenset[str]) -> bool:
    """Tell whether a transform's argument, kept as its node, has a formula with one of the names."""
    if node is None:
        return False
    if isinstance(node, Scalar):
        text = node.value
        return isinstance(text, str) and text.startswith("=") and bool(set(re.findall(r"\w+", text)) & names)
    if isinstance(node, Sequence):
        return any(_node_mentions(item, names) for item in node)
    return any(_node_mentions(entry.value, names) for entry in node)
