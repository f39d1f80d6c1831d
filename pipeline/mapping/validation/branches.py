"""Values that are read just where a condition has shown that they are missing: the branches are swapped."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.findings import Finding
from pipeline.mapping.compiled import CompiledMapping
from pipeline.mapping.nodes import Entry, Node, Scalar, Sequence, Table
from pipeline.mapping.rules.reader import bound_names, place
from pipeline.mapping.yaml.flow_formulas import holds_formula

_PATH = re.compile(r"=?\s*(?P<path>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)\s*")
_CONDITIONS = frozenset({"$if", "$unless", "if", "unless"})
_BEFORE = _CONDITIONS | {"$for", "$let", "$key", "$sort", "$unique", "$else", "for", "$report", "say"}
"""Keys whose values are read before the condition counts, in the other branch, or for people."""


def branch_findings(mapping: CompiledMapping) -> Iterator[Finding]:
    """Give each formula that reads what the condition around it has shown to be missing."""
    waiting: list[Node] = [mapping.document.node]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Table):
            yield from _swapped(node)
            waiting += [entry.value for entry in node]
        elif isinstance(node, Sequence):
            waiting += node.items


def _swapped(table: Table) -> Iterator[Finding]:
    for entry in table:
        match = _PATH.fullmatch(str(entry.value.value)) if isinstance(entry.value, Scalar) else None
        if entry.key not in _CONDITIONS or match is None:
            continue
        there = entry.key.endswith("if")
        branch = [other for other in table if (other.key == "$else" if there else other.key not in _BEFORE)]
        for scalar, start in _reads(branch, match["path"]):
            message = f"`{match['path']}` never has a value here, because of the `{entry.key}` in line {_line(entry)}."
            hint = "Swap the two branches." if table.get("$else") is not None else f"Write `{_other(entry.key)}` there."
            yield Finding("never-there", "warning", message, hint, place(scalar.at(start)))


def _reads(entries: list[Entry], path: str) -> Iterator[tuple[Scalar, int]]:
    """Give where formulas and texts in braces read exactly a path; what stands under a name of its own is another."""
    formula = re.compile(rf"=?\s*(?P<path>{re.escape(path)})\s*(?:->.*)?", re.DOTALL)
    brace = re.compile(rf"(?<!\{{)\{{\s*(?P<path>{re.escape(path)})\s*(?:->[^{{}}]*)?\}}")
    waiting = [(entry.key, entry.value) for entry in reversed(entries)]
    while waiting:
        key, node = waiting.pop()
        if isinstance(node, Scalar):
            if not isinstance(node.value, str) or key in _CONDITIONS:
                continue
            match = formula.fullmatch(node.value) if holds_formula(node.value, key) else brace.search(node.value)
            if match is not None:
                yield node, match.start("path")
        elif isinstance(node, Sequence):
            waiting += [(key, item) for item in reversed(node.items)]
        elif path.split(".")[0] not in bound_names(Table(tuple(e for e in node if e.key != "$with"), node.position)):
            waiting += [(entry.key, entry.value) for entry in reversed(node.entries)]


def _line(entry: Entry) -> int:
    return entry.position.line


def _other(key: str) -> str:
    return key.replace("unless", "if")
