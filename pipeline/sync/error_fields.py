"""What a platform or a check complains of, by dish and mapping line."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from pipeline.findings import Finding
from pipeline.mapping.paths import WrongPath, parts_of
from pipeline.sync.prepared import Prepared

MOST = 100
NAMED = 5
_WORD = re.compile(r"[^\s,;:'\"\[\](){}<>]+")


def first_error(findings: Iterable[Finding]) -> str:
    """Say the first error, and how many more there are."""
    errors = [finding for finding in findings if finding.severity == "error"]
    if not errors:
        return "it has no usable form."
    more = f" ({len(errors) - 1} more)" if len(errors) > 1 else ""
    records = errors[0].records
    name = (
        f"{records[-1]}: " if records and (records[-1].name or records[-1].record_id) not in errors[0].message else ""
    )
    return f"{name}{errors[0].message}{more}"


def first_remedy(findings: Iterable[Finding]) -> str:
    """Say what to do about the first error, and that there are others.

    >>> first_remedy([Finding("menu-price-negative", "error", "price -3 is below zero.", "Correct it in the menu.")])
    'Correct it in the menu. Then publish again.'
    >>> first_remedy([Finding("check", "error", "Soup: 77.00 is over this store's limit. Ask for a higher one.")])
    'Do what it says. Then publish again.'
    """
    errors = [finding for finding in findings if finding.severity == "error"]
    if not errors:
        return "Correct the menu and publish again."
    remedy = errors[0].hint or "Do what it says."  # a platform check's sentence holds its own remedy
    remedy = remedy if remedy.endswith((".", "?", "!")) else f"{remedy}."
    rest = "Correct the others that are listed, too; then" if len(errors) > 1 else "Then"
    return f"{remedy} {rest} publish again."


def fields_of_findings(findings: Iterable[Finding]) -> tuple[dict[str, Any], ...]:
    """Give errors and holds in the form of :class:`~pipeline.store.records.SyncError`'s fields."""
    found = []
    for finding in findings:
        if finding.severity in ("error", "hold"):
            record = finding.records[-1] if finding.records else None
            found.append({
                "path": finding.field,
                "message": finding.message,
                "item": record.record_id if record else "",
                "name": record.name if record else "",
                "file": finding.place.file if finding.place else "",
                "line": finding.place.line if finding.place else 0,
                "column": finding.place.column if finding.place else 0,
            })  # fmt: skip
    return tuple(found[:MOST])


def joined(prepared: Prepared, fields: Iterable[dict[str, Any]], words: str) -> tuple[dict[str, Any], ...]:
    """Join payload fields that a platform complains of to dish and mapping line; name dishes that its words name."""
    fields = list(fields)[:MOST]
    found: list[dict[str, Any]] = []
    mapping = prepared.place.mapping
    if fields:
        payload, recording = mapping.record(prepared.shaped.restaurant, prepared.shaped.menu, prepared.facts)
        for field in fields:
            try:
                origin = recording.origin(payload, parts_of(field["path"]))
            except WrongPath:
                found.append({**field, "item": "", "name": "", "file": "", "line": 0, "column": 0})
                continue
            record, position = (origin.records[-1] if origin.records else None), origin.position
            found.append({
                **field,
                "item": record.record_id if record else "",
                "name": record.name if record else "",
                "file": position.file if position else "",
                "line": position.line if position else 0,
                "column": position.column if position else 0,
            })  # fmt: skip
    named = {field["item"] for field in found}
    for item_id, name in _named_in(prepared, words):
        if item_id not in named:
            place = {"file": "", "line": 0, "column": 0}
            found.append(
                {"path": "", "message": f"{name} is what this is about.", "item": item_id, "name": name, **place}
            )
    return tuple(found)


def _named_in(prepared: Prepared, words: str) -> list[tuple[str, str]]:
    """Find ids of dishes, options, groups and categories in a platform's words."""
    tokens = {token.strip(".") for token in _WORD.findall(words[:5_000]) if len(token) >= 3}
    if not tokens:
        return []
    menu = prepared.shaped.menu
    known = [(item.item_id, item.name) for item in menu.items]
    known += [(option.key, option.name) for option in menu.options]
    known += [(group.modifier_group_id, group.name) for group in menu.modifier_groups]
    known += [(category.category_id, category.name) for category in menu.all_categories]
    return [(each, name) for each, name in known if each in tokens][:NAMED]
