"""Credentials where they would be published or written into logs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.findings import Finding, Severity
from pipeline.mapping.compiled import CompiledMapping
from pipeline.mapping.nodes import Node, Position, Scalar, Sequence, Table
from pipeline.mapping.rules.reader import place

_CREDENTIAL = re.compile(r"(?<![\w.'\"])credentials\.(?P<name>[A-Za-z_]\w*)")
_PUBLISHED = {
    "body": "what is sent",
    "form": "what is sent",
    "host": "a document that anyone can download",
    "write": "a file that is kept",
    "save": "what is kept of the answer",
    "add": "what is kept of the answer",
}


_SECRET = re.compile(
    r"sk_(?:live|test)_\w{8,}|AKIA[0-9A-Z]{16}|eyJ[\w-]{8,}\.eyJ|gh[pousr]_\w{20,}|xox[abprs]-\w{8,}|-----BEGIN|"
    r"(?i:bearer|basic) [\w.+/=~-]{12,}"
)
"""Forms that the keys of well-known services have."""
_RANDOM = re.compile(r"(?=[^0-9]*[0-9])(?=[^A-Za-z]*[A-Za-z])[A-Za-z0-9+/_=-]{24,}")
"""What stands under `auth` and is as long and mixed as this is no word of a platform."""


def secret_findings(mapping: CompiledMapping) -> list[Finding]:
    """Give secrets as literals, credentials in the payload, and those in addresses and bodies of steps."""
    root = mapping.document.node
    found: list[Finding] = list(_written(root, in_auth=False))
    for section in ("payload", "let", "templates", "checks", "pull"):
        for name, position in _named(root.get(section)):
            message = f"The credential `{name}` would be published with the menu."
            hint = "Credentials belong under `auth` and `headers` only; what a store is known by is a store setting."
            found.append(_finding("credential-in-payload", "error", position, message, hint))
    for section in ("publish", "availability_update", "item_update", "read_menu", "webhooks", "errors"):
        found += _in_steps(root.get(section))
    return found


def _written(node: Node, *, in_auth: bool) -> Iterator[Finding]:
    """Give literals that look like keys; they are never quoted."""
    if isinstance(node, Scalar):
        text = node.value if isinstance(node.value, str) else ""
        if _SECRET.search(text[:4000]) or (in_auth and _RANDOM.fullmatch(text)):
            message = "This looks like a secret, which must not stand in a mapping."
            hint = "Declare it under `credentials`, give its value in PLATFORM_CONFIGS, and write `= credentials.NAME`."
            yield _finding("literal-secret", "error", node.position, message, hint)
    elif isinstance(node, Sequence):
        for item in node:
            yield from _written(item, in_auth=in_auth)
    else:
        for entry in node:
            yield from _written(entry.value, in_auth=in_auth or entry.key in ("auth", "verify"))


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
        elif entry.key == "message":
            for name, position in _named(entry.value):
                message = f"The credential `{name}` stands in a message that people read and that is kept."
                hint = "Take it out; say which credential to check by its name."
                yield _finding("credential-in-message", "error", position, message, hint)
        elif entry.key in _PUBLISHED:
            for name, position in _named(entry.value):
                message = f"The credential `{name}` stands in {_PUBLISHED[entry.key]}."
                hint = "Send it in a header, under `auth` or `headers`."
                severity: Severity = "warning" if entry.key in ("body", "form") else "error"
                yield _finding("credential-in-body", severity, position, message, hint)
        elif entry.key != "verify":
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
