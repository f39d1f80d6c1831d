"""What a mapping declares and never uses: tables, chains, templates, names, settings, credentials."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from pipeline.findings import Finding
from pipeline.mapping.compiled import CompiledMapping
from pipeline.mapping.form.grammar import Part
from pipeline.mapping.nodes import Node, Position, Scalar, Sequence, Table
from pipeline.mapping.rules.reader import RuleReader, place
from pipeline.mapping.rules.rules import Rule
from pipeline.mapping.rules.walk import free_names, names_in, rules_in, steps_in, uses_in

_OF_PAYLOAD = ("payload", "let", "templates")

Word = tuple[str, str]
"""A text and the key that it stands under; the text is empty for the key itself."""


def unused_findings(mapping: CompiledMapping) -> list[Finding]:
    """Give a warning for each thing that could be taken out without changing anything."""
    document, rules = mapping.document, mapping.rules
    roots = [rules.payload, *(bound for _, bound in rules.let)]
    reached = {name for root in roots for name in uses_in(root, rules.templates)}
    words = _words(document.node)
    said = set(words)
    used_steps = {step.name for root in _all_rules(mapping) for part in rules_in(root) for step in part.steps}
    used_steps |= {step.name for root in _all_rules(mapping) for step in steps_in(root, rules)}
    found: list[Finding] = []

    def tell(kind: str, section: str, name: str) -> None:
        table = document.node.get(section)
        entry = table.entry(name) if isinstance(table, Table) else None
        where = place(entry.position) if entry is not None else None
        message = f"The {kind} `{name}` is never used."
        found.append(Finding(f"unused-{kind}", "warning", message, "Take it out, or use it.", where))

    for name in rules.templates:
        if name not in reached and ("$use", name) not in said:
            tell("template", "templates", name)
    for name in document.tables:
        if not {("lookup", name), ("in", name)} & said and not any(f"'{name}'" in text for _, text in words):
            tell("table", "tables", name)
    for name in document.chains:
        if name not in used_steps and not _linked(words, name):
            tell("chain", "transforms", name)
    let_names = {name for name, _ in rules.let}
    everything = {name for root in _all_rules(mapping) for name in names_in(root)}
    for entry in document.let or ():
        if entry.key in let_names and entry.key not in everything and not _named(words, entry.key):
            tell("name", "let", entry.key)
    found += _unused_let(mapping)
    for name in document.store_settings:
        if not _named(words, f"store.{name}") and not _stored(document.node, name):
            tell("setting", "store_settings", name)
    for name in document.credentials:
        if not _named(words, f"credentials.{name}") and not _by_default(mapping, name):
            tell("credential", "credentials", name)
    return found


def _all_rules(mapping: CompiledMapping) -> list[Rule]:
    rules = mapping.rules
    return [
        rules.payload,
        *(bound for _, bound in rules.let),
        *(template.rule for template in rules.templates.values()),
    ]


def _unused_let(mapping: CompiledMapping) -> Iterator[Finding]:
    """Give the names under ``$let`` that neither a later one nor the rule itself reads."""
    places = dict(_let_places(mapping.document.node))
    for part in (part for root in (*_all_rules(mapping), *_rules_elsewhere(mapping)) for part in rules_in(root)):
        own = free_names(replace(part, loops=(), let=())) if part.let else set()
        for number, (name, bound) in enumerate(part.let, 1):
            read = own.union(*(free_names(later) for _, later in part.let[number:]))
            if name not in read:
                where = place(places.get(bound.position, bound.position))
                yield Finding(
                    "unused-name", "warning", f"The name `{name}` is never used.", "Take it out, or use it.", where
                )


def _rules_elsewhere(mapping: CompiledMapping) -> Iterator[Rule]:
    """Give the rules with a ``$let`` that make something else than the payload: bodies of steps, what is saved."""
    reader = RuleReader([], mapping.names, mapping.document.chains)
    waiting: list[Node] = [entry.value for entry in mapping.document.node if entry.key not in _OF_PAYLOAD]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Table):
            if node.get("$let") is not None:
                yield reader.rule(node)
            else:
                waiting += [entry.value for entry in node]
        elif isinstance(node, Sequence):
            waiting += node.items


def _let_places(node: Node) -> Iterator[tuple[Position, Position]]:
    """Give where each name under ``$let`` stands, by where its value does."""
    if isinstance(node, Sequence):
        for item in node:
            yield from _let_places(item)
    elif isinstance(node, Table):
        for entry in node:
            if entry.key == "$let" and isinstance(entry.value, Table):
                yield from ((bound.value.position, bound.position) for bound in entry.value)
            yield from _let_places(entry.value)


def _by_default(mapping: CompiledMapping, name: str) -> bool:
    """Tell whether an auth scheme takes a credential without naming it."""
    auth = mapping.document.auth
    return auth is not None and hasattr(auth, name) and isinstance(auth, Part)


def _stored(root: Table, name: str) -> bool:
    """Tell whether a webhook finds its restaurant by a setting."""
    webhooks = root.get("webhooks")
    if not isinstance(webhooks, Table):
        return False
    return any(
        isinstance(hook.value, Table) and isinstance(store := hook.value.get("store"), Table) and store.get(name)
        for hook in webhooks
    )


def _words(node: Node) -> list[Word]:
    return list(_texts(node, ""))


def _texts(node: Node, key: str) -> Iterator[Word]:
    if isinstance(node, Scalar):
        if isinstance(node.value, str):
            yield key, node.value
    elif isinstance(node, Sequence):
        for item in node:
            yield from _texts(item, key)
    else:
        for entry in node:
            yield entry.key, ""
            yield from _texts(entry.value, entry.key)


def _named(words: list[Word], name: str) -> bool:
    """Tell whether a text holds a name as a whole word."""
    pattern = re.compile(rf"(?<![\w.]){re.escape(name)}(?!\w)")
    return any(pattern.search(text) for _, text in words)


def _linked(words: list[Word], name: str) -> bool:
    """Tell whether a chain is applied, behind an arrow or in a list of transforms."""
    pattern = re.compile(rf"->\s*{re.escape(name)}(?!\w)")
    return any(text == name or pattern.search(text) for _, text in words)
