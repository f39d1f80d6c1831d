"""A mapping that ``extends`` another: both files' nodes as one tree, each node at home in its own file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from pipeline.findings import Finding
from pipeline.mapping.form.kind import (
    NAME_PATTERN,
    Reader,
    matches,
    text_of,
)
from pipeline.mapping.nodes import Entry, Node, Scalar, Table

MOST_BASES = 5


class LoadedFile(Protocol):
    """What loading a file gives: its root node, or None, and what is wrong with its YAML."""

    @property
    def root(self) -> Node | None:
        """The file's root node."""

    @property
    def findings(self) -> tuple[Finding, ...] | list[Finding]:
        """What is wrong with its YAML."""


Base = Callable[[str], "LoadedFile | None"]
"""Gives the mapping file of a platform by its name, or None where there is none."""


def extended(root: Table, base: Base | None, reader: Reader) -> tuple[Table, tuple[str, ...]] | None:
    """Lay a file over the one that it extends, and that one over its own; None where that fails.

    Gives the whole, and the platforms that it extends, the nearest first. Sections are merged key by key;
    lists are replaced as a whole; null removes what the other file has.
    """
    layers = [root]
    bases: list[str] = []
    seen = {text_of(own) for own in [root.get("platform")] if own is not None}
    while (node := layers[-1].get("extends")) is not None:
        name = text_of(node)
        if name is None or base is None or not matches(NAME_PATTERN, name):  # a name, never a path
            reader.problem("extends-unknown", node.position, "`extends` takes another mapping's platform name.")
            return None
        if name in seen or len(layers) > MOST_BASES:
            message = (
                f"`extends: {name}` leads back to this mapping."
                if name in seen
                else "Too many mappings extend each other."
            )
            hint = (
                "A mapping cannot extend itself, not even over others."
                if name in seen
                else f"At most {MOST_BASES} may."
            )
            reader.problem("extends-cycle", node.position, message, hint)
            return None
        seen.add(name)
        bases.append(name)
        loaded = base(name)
        if loaded is None:
            message = f"There is no mapping `{name[:60]}` to extend."
            reader.problem(
                "extends-unknown", node.position, message, f"It would be the file `{name[:60]}.yaml` beside this one."
            )
            return None
        reader.findings.extend(loaded.findings)
        if not isinstance(loaded.root, Table):
            message = f"The mapping `{name}` cannot be read, so it cannot be extended."
            reader.problem("extends-unreadable", node.position, message)
            return None
        layers.append(loaded.root)
    merged = layers.pop()
    while layers:
        merged = merge(_without(merged, "extends"), layers.pop())
    return merged, tuple(bases)


def merge(base: Table, over: Table) -> Table:
    """Lay ``over`` on ``base``; the base's order stays, new keys come last."""
    entries: list[Entry] = []
    replacements = {entry.key: entry for entry in over}
    for entry in base:
        replacement = replacements.pop(entry.key, None)
        if replacement is None:
            entries.append(entry)
        elif isinstance(replacement.value, Scalar) and replacement.value.value is None:
            continue
        elif isinstance(entry.value, Table) and isinstance(replacement.value, Table):
            entries.append(replace(replacement, value=merge(entry.value, replacement.value)))
        else:
            entries.append(replacement)
    entries.extend(replacements.values())
    return Table(tuple(entries), over.position)


def _without(table: Table, key: str) -> Table:
    return Table(tuple(entry for entry in table if entry.key != key), table.position)
