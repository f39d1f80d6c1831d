"""Tables that lack a word which the menu can hold, or have one that it never holds."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator

from pipeline.findings import Finding
from pipeline.mapping.compiled import CompiledMapping
from pipeline.mapping.nearest import did_you_mean, nearest
from pipeline.mapping.nodes import Node, Scalar, Sequence, Table
from pipeline.mapping.rules.made import MadeLookup
from pipeline.mapping.rules.reader import place
from pipeline.mapping.types import TextForm, Type

_ELSEWHERE = ("checks", "publish", "webhooks", "availability_update", "item_update", "errors", "pull", "read_menu")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def table_findings(mapping: CompiledMapping) -> Iterator[Finding]:
    """Give each table that lacks words, where nothing is said of those, and each word that is never looked up."""
    section = mapping.document.node.get("tables")
    needless = _needless(mapping)
    told: set[tuple[str, str]] = set()
    for note in mapping.payload.made.lookups:
        words, unused = lacking(mapping, note), needless.get(note.table, [])
        misspelt = set(words) if len(unused) == len(words) == 1 else {nearest(word, words) for word in unused}
        words = [word for word in words if word not in misspelt]
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
    yield from _mixed(section)
    for name, unused in needless.items():
        table = section.get(name) if isinstance(section, Table) else None
        for entry in table if isinstance(table, Table) else ():
            if entry.key in unused:
                message = f"The menu never says `{entry.key}` here, so this line of the table `{name}` does nothing."
                yield Finding(
                    "table-entry-unused", "warning", message, _said(mapping, name, entry.key), place(entry.position)
                )


def _said(mapping: CompiledMapping, table: str, key: str) -> str:
    """Say what a table is asked for instead of a key."""
    known = sorted(_words(mapping, table) or ())
    form = _form(mapping, table)
    if known:
        return did_you_mean(key, known, f"It can say: {', '.join(known[:30])}.")
    return (
        f"What is looked up here is written like `{form.example}`." if form else "What is looked up here is a number."
    )


def _mixed(section: Node | None) -> Iterator[Finding]:
    """Texts among the numbers of a table, or true and false among its words: nothing could take all of them."""
    for table in section if isinstance(section, Table) else ():
        values = [entry.value for entry in table.value] if isinstance(table.value, Table) else []
        plain = [value for value in values if isinstance(value, Scalar) and value.value is not None]
        kinds = Counter(map(_kind, plain)).most_common()
        for value in plain if len(kinds) > 1 else ():
            if _kind(value) != kinds[0][0]:
                message = f"`{value.value}` is {_kind(value)}, and other words of the table `{table.key}` give"
                hint = "Write all of them alike: texts in quotes, numbers without, and without a 0 in front."
                yield Finding("table-mixed", "warning", f"{message} {kinds[0][0]}.", hint, place(value.position))
                break


def _kind(scalar: Scalar) -> str:
    value = scalar.value
    return "true or false" if isinstance(value, bool) else "a text" if isinstance(value, str) else "a number"


def lacking(mapping: CompiledMapping, note: MadeLookup) -> list[str]:
    """Give the words that a menu can hold and a table does not have, where ``unknown`` is not said."""
    table = mapping.rules.tables.get(note.table)
    if note.said or table is None or note.type.values is None:
        return []
    return sorted(note.type.values - table.keys())


def _needless(mapping: CompiledMapping) -> dict[str, list[str]]:
    """Give, by table, the words that no look-up can ask for."""
    found: dict[str, list[str]] = defaultdict(list)
    for name in {note.table for note in mapping.payload.made.lookups}:
        words, form = _words(mapping, name), _form(mapping, name)
        if (words is None and form is None) or _asked_elsewhere(mapping, name):
            continue
        numbers = any(_numeric(note.type) for note in mapping.payload.made.lookups if note.table == name)
        for key in mapping.rules.tables.get(name, {}):
            known = form.allows(key) if form is not None else key in (words or ())
            if not known and not (numbers and _NUMBER.fullmatch(key)):
                found[name].append(key)
    return found


def _form(mapping: CompiledMapping, table: str) -> TextForm | None:
    """Give how all texts are written that a table is asked for, where that is known."""
    forms = {note.type.form for note in mapping.payload.made.lookups if note.table == table}
    return forms.pop() if len(forms) == 1 else None


def _words(mapping: CompiledMapping, table: str) -> frozenset[str] | None:
    """Give every word that a table is asked for; None where it may be asked for any."""
    words: frozenset[str] = frozenset()
    for note in mapping.payload.made.lookups:
        if note.table == table:
            if note.type.kind == "boolean":
                words |= {"true", "false"}
            elif note.type.values is not None:
                words |= note.type.values
            elif not _numeric(note.type):
                return None
    return words


def _numeric(kind: Type) -> bool:
    return kind.kind in ("integer", "decimal")


def _asked_elsewhere(mapping: CompiledMapping, table: str) -> bool:
    """Tell whether checks or steps look words up in a table, of which nothing is known here."""
    root = mapping.document.node
    chains = [name for name, steps in mapping.document.chains.items() if table in _texts(steps)]
    asked = re.compile(rf"->\s*({'|'.join(map(re.escape, chains))})(?!\w)") if chains else None
    for section in _ELSEWHERE:
        texts = _texts(root.get(section))
        if table in texts or (asked is not None and any(asked.search(text) for text in texts)):
            return True
    return False


def _texts(node: Node | None) -> set[str]:
    if isinstance(node, Scalar):
        return {node.value} if isinstance(node.value, str) else set()
    inner = node.items if isinstance(node, Sequence) else [entry.value for entry in node or ()]
    return {text for item in inner for text in _texts(item)}
