"""What is said of several places in the same words is told once, with the other lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from pipeline.findings import Finding

_FOLDED = frozenset({
    "unknown-name", "unknown-field", "transform-unknown", "unknown-table", "unknown-template", "saved-unknown",
    "unknown-saved", "argument-missing", "credential-in-payload", "rule-never-reached", "transform-type", "always-true",
    "never-there",
})  # fmt: skip
_LIMITS = frozenset({"payload-length", "payload-decimals"})


def folded(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Tell what is said of several places in the same words once, at the first of them."""
    alike: dict[tuple[object, ...], list[Finding]] = defaultdict(list)
    for found in findings:
        where = found.place.file if found.place else ""
        same: tuple[object, ...] = (id(found),)
        if found.code in _FOLDED:
            same = (found.code, found.message, where)
        elif found.code in _LIMITS:  # the field's name aside, the same is said of each
            same = (found.code, found.message.partition(" takes at most ")[2], where)
        alike[same].append(found)
    return tuple(_first(group) for group in alike.values())


def _first(group: list[Finding]) -> Finding:
    first, *others = sorted(group, key=lambda found: (found.place.line, found.place.column) if found.place else (0, 0))
    lines = sorted({found.place.line for found in others if found.place} - {first.place.line if first.place else 0})
    if not lines:
        return first
    shown = ", ".join(map(str, lines[:6])) + (f" and {len(lines) - 6} more" if len(lines) > 6 else "")
    also = f"The same stands in line{'s' if len(lines) > 1 else ''} {shown}."
    return replace(first, hint=f"{first.hint} {also}".strip())
