"""Sections of a mapping that are indented into the one above them."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.findings import Finding
from pipeline.mapping.compiled import CompiledMapping
from pipeline.mapping.nodes import Table
from pipeline.mapping.rules.reader import place
from pipeline.payload_schema import PayloadSchema

_SECTIONS = frozenset({
    "payload", "tables", "transforms", "templates", "checks", "not_sent", "store_settings", "credentials",
    "environments", "publish", "webhooks", "errors", "availability_update", "item_update", "read_menu",
})  # fmt: skip
_OF_ANY_NAME = ("payload", "tables", "transforms", "templates", "let", "not_sent", "store_settings", "credentials",
                "environments", "webhooks")  # fmt: skip


def section_findings(mapping: CompiledMapping, schema: PayloadSchema | Finding) -> Iterator[Finding]:
    """Give the sections that stand in another one, where names may be chosen, and not where they belong."""
    root = mapping.document.node
    for section in _OF_ANY_NAME:
        table = root.get(section)
        for entry in table if isinstance(table, Table) else ():
            if entry.key not in _SECTIONS or root.get(entry.key) is not None:
                continue
            if section == "payload" and isinstance(schema, PayloadSchema) and schema.allows((entry.key,)):
                continue
            message = f"`{entry.key}` stands inside `{section}` here, and is a section of the mapping."
            hint = "Let it start in the first column, and what is below it as many columns further left."
            yield Finding("misplaced-key", "error", message, hint, place(entry.position))
