"""Entries of a list that stand there twice, word for word: copied, and not changed."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.findings import Finding
from pipeline.mapping.compiled import CompiledMapping
from pipeline.mapping.nodes import Node, Scalar, Sequence, Table
from pipeline.mapping.rules.reader import place

_OF_RULES = ("payload", "templates", "checks", "publish", "availability_update", "item_update")
LEAST_KEYS = 2
"""A shorter entry may be meant twice."""


def repeated_findings(mapping: CompiledMapping) -> Iterator[Finding]:
    """Give each entry of several keys that is the same as an earlier one of its list."""
    root = mapping.document.node
    waiting: list[Node] = [node for section in _OF_RULES if (node := root.get(section)) is not None]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Sequence):
            yield from _repeated(node)
            waiting += node.items
        elif isinstance(node, Table):
            waiting += [entry.value for entry in node]


def _repeated(node: Sequence) -> Iterator[Finding]:
    first: dict[str, Table] = {}
    for entry in node:
        if not isinstance(entry, Table) or len(entry.entries) < LEAST_KEYS:
            continue
        known = first.setdefault(_text(entry), entry)
        if known is not entry:
            message = f"This entry is the same, word for word, as the one in line {known.position.line}."
            yield Finding("entry-twice", "warning", message, "Change it, or take it out.", place(entry.position))


def _text(node: Node) -> str:
    """Give a node as a text that is the same for nodes of the same content."""
    if isinstance(node, Scalar):
        return repr((node.value, node.quoted))
    if isinstance(node, Sequence):
        return f"[{','.join(map(_text, node))}]"
    return f"{{{','.join(f'{entry.key!r}:{_text(entry.value)}' for entry in node)}}}"
