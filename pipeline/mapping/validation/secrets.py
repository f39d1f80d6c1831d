"""Credentials where they would be published or written into logs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.findings import Finding, Severity
from pipeline.mapping.compiled import CompiledMapping
from pipeline.mapping.nodes import Node, Position, Scalar, Sequence, Table
from pipeline.mapping.rule_reader import place

_CREDENTIAL = re.compile(r"(?<![\w.'\"])credentials\.(?P<name>[A-Za-z_]\w*)")
_PUBLISHED = {"body": "what is sent", "form": "what is sent", "host": "a document that anyone can download",
              "write": "a file that is kept"}  # fmt: skip


def secret_findings(mapping: CompiledMapping) -> list[Finding]:
    """Give credentials in the payload, and those in addresses and bodies of steps."""
    root = mapping.document.node
    found: list[Finding] = []
    for section in ("payload", "let", "templates", "checks"):
        for name, position in _named(root.get(section)):
            message = f"The credential `{name}` would be published with the menu."
            hint = "Credentials belong under `auth` and `headers` only; what a store is known by is a store setting."
            found.append(_finding("credential-in-payload", "error", position, message, hint))
    for section in ("publish", "availability_update", "item_update", "read_menu"):
        found += _in_steps(root.get(section))
    return found


def _in_steps(node: Node | None) -> Iterator[Finding]:
    if isinstance(node, Sequence):
        for item in node:
            yield from _in_steps(item)
    if not isinstance(node, Table):
        return
    for entry in node:
        if entry.key in ("request", "query", "poll"):
            for name, position in _named(entry.value):
                message = f"The credential `{name}` stands in an address, and addresses are written into logs."
                hint = "Send it in a header, under `auth` or `headers`."
                yield _finding("credential-in-address", "warning", position, message, hint)
        elif entry.key in _PUBLISHED:
            for name, position in _named(entry.value):
                message = f"The credential `{name}` stands in {_PUBLISHED[entry.key]}."
                hint = "Send it in a header, under `auth` or `headers`."
                severity: Severity = "error" if entry.key in ("host", "write") else "warning"
                yield _finding("credential-in-body", severity, position, message, hint)
        elif entry.key == "steps":
            yield from _in_steps(entry.value)


def _named(node: Node | None) -> Iterator[tuple[str, Position]]:
    """Give each credential that formulas below a node name, with its place."""
    if isinstance(node, Scalar):
        text = node.value if isinstance(node.value, str) else ""
        if text.startswith("=") or "{" in text:
            yield from ((match["name"], node.at(match.start())) for match in _CREDENTIAL.finditer(text))
    elif isinstance(node, Sequence):
        for item in node:
            yield from _named(item)
    elif isinstance(node, Table):
        for entry in node:
            yield from _named(entry.value)


def _finding(code: str, severity: Severity, position: Position, message: str, hint: str) -> Finding:
    return Finding(code, severity, message, hint, place(position))
