"""Formulas of `shape` whose value cannot be what the menu is shaped by."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.findings import Finding
from pipeline.mapping.compiled import CompiledMapping
from pipeline.mapping.expressions import expressions
from pipeline.mapping.formulas import formula
from pipeline.mapping.nodes import Node, Scalar, Table
from pipeline.mapping.rules.reader import place

_TAKES = {
    ("prices", "markup_percent"): (("integer", "decimal"), "a number"),
    ("prices", "round_to"): (("integer", "decimal"), "a number"),
    ("prices", "round_to", "to"): (("integer", "decimal"), "a number"),
    ("prices", "round_to", "minus"): (("integer", "decimal"), "a number"),
    ("prices", "round_to", "direction"): (("text",), "`nearest`, `up` or `down`"),
    ("hours", "when_missing"): (("list", "text"), "hours, `always_open` or `error`"),
    ("locale",): (("text",), "a text such as en or de-AT"),
}
"""What each formula of the section has to give: static kinds, and what they are in words."""


def shape_findings(mapping: CompiledMapping) -> Iterator[Finding]:
    """Give the formulas of ``shape`` that surely give something else."""
    for path, (kinds, words) in _TAKES.items():
        node: Node | None = mapping.document.node.get("shape")
        for key in path:
            node = node.get(key) if isinstance(node, Table) else None
        read = formula.parse_formula(node, []) if isinstance(node, Scalar) and formula.is_formula(node) else None
        if read is None or read.links:
            continue
        kind = expressions.infer(read.tree, mapping.shaping.names, [])
        if kind.kind not in (*kinds, "any", "null"):
            message = f"`shape.{'.'.join(path)}` takes {words}, and this formula gives {kind}."
            hint = "Name a store setting of that type, or write the value itself."
            yield Finding("shape-value", "error", message, hint, place(read.position))
