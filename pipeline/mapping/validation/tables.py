"""Tables that lack a word which the menu can hold."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.findings import Finding
from pipeline.mapping.compiled import CompiledMapping
from pipeline.mapping.made import MadeLookup
from pipeline.mapping.nodes import Table
from pipeline.mapping.rule_reader import place


def table_findings(mapping: CompiledMapping) -> Iterator[Finding]:
    """Give each table that lacks words, where nothing is said of words that it does not have."""
    section = mapping.document.node.get("tables")
    told: set[tuple[str, str]] = set()
    for note in mapping.payload.made.lookups:
        words = lacking(mapping, note)
        entry = section.entry(note.table) if isinstance(section, Table) else None
        if not words or entry is None:
            continue
        named = ", ".join(f"`{word}`" for word in words[:8]) + (" …" if len(words) > 8 else "")
        message = f"The table `{note.table}` has no word for {named}."
        if (note.table, message) in told:
            continue
        told.add((note.table, message))
        hint = f"Add `{words[0]}: …`, or say at the `lookup` what happens to others: `unknown: report` or `keep`."
        yield Finding("table-incomplete", "warning", message, hint, place(entry.position))


def lacking(mapping: CompiledMapping, note: MadeLookup) -> list[str]:
    """Give the words that a menu can hold and a table does not have, where ``unknown`` is not said."""
    table = mapping.rules.tables.get(note.table)
    if note.said or table is None or note.type.values is None:
        return []
    return sorted(note.type.values - table.keys())
