"""The reference of the mapping language as Markdown, made of the tables that reading goes by."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pipeline.mapping.form.answers import (
    ACTIONS,
    ACTIONS_WITH,
)
from pipeline.mapping.form.document import Mapping
from pipeline.mapping.form.grammar import (
    Form,
    Key,
    ListOf,
    MapOf,
    OneOf,
    OneOrMore,
    Part,
    Tagged,
    first_sentence,
    keys_of,
)
from pipeline.mapping.form.instructions import (
    INSTRUCTIONS,
)
from pipeline.mapping.form.kind import (
    Kind,
)
from pipeline.mapping.form.settings import (
    SETTING_KINDS,
    EnumType,
    OpeningHours,
)
from pipeline.mapping.transforms.registry import TRANSFORMS

FILE_NAME = "docs/mapping-reference.md"

_HEAD = """\
# Mapping reference

Made from the program's own tables by `make generated`; not edited by hand.

A mapping is one YAML file per platform. Three rules: text that starts with `=` is a formula, keys that start
with `$` are instructions, and everything else is sent as written. Lengths of time are written `2s`, `120m`, `1h`
or `30d`. Where a key takes a formula and nothing else, its `=` may be left out.
"""


def text() -> str:
    """Give the reference as the text of its file."""
    parts = [_HEAD, *_sections(), *_instructions(), *_actions(), *_transforms()]
    return "\n".join(parts).rstrip() + "\n"


def _sections() -> Iterator[str]:
    yield "## Sections\n"
    yield from _table(Mapping)
    for form in _forms_below(Mapping):
        if form is EnumType:
            continue  # stands with the types of settings
        yield f"### {form.noun[:1].upper()}{form.noun[1:]}\n"
        yield f"{first_sentence(form)}\n"
        yield from _table(form)
    yield "### Types of store settings\n"
    for name, kind in SETTING_KINDS.items():
        yield f"- `{name}`: {kind.words}"
    yield "- `{enum: […]}`: one of the words\n"
    for form in (EnumType, OpeningHours):
        yield f"#### {form.noun[:1].upper()}{form.noun[1:]}\n"
        yield from _table(form)


def _table(form: type[Part]) -> Iterator[str]:
    yield "| key | what it is | takes | example |"
    yield "| --- | --- | --- | --- |"
    for name, row in keys_of(form).items():
        need = " **Needed.**" if row.required else _default(row)
        yield f"| `{name}` | {_cell(row.doc)}{need} | {_cell(_takes(row.kind))} | {_code(row.example)} |"
    yield ""


def _takes(kind: Kind) -> str:
    forms = [form.noun for form in _forms_of(kind)]
    if isinstance(kind, Tagged):
        return f"keys of a `{kind.tag}`: {', '.join(f'`{name}`' for name in kind.registry)}"
    if not forms:
        return kind.words
    named = " or ".join(dict.fromkeys(forms))
    if isinstance(kind, ListOf):
        return f"a list of: {named}"
    if isinstance(kind, MapOf):
        return f"by name: {named}"
    if isinstance(kind, OneOrMore):
        return f"{named}, or a list of such"
    return f"{kind.scalar.words}, or {named}" if isinstance(kind, OneOf) and kind.scalar else f"keys of {named}"


def _default(row: Key) -> str:
    if row.default is None or row.default == ():
        return ""
    value: Any = row.default
    if isinstance(value, tuple):
        value = f"[{', '.join(str(part) for part in value)}]"
    if hasattr(value, "total_seconds"):
        value = f"{value.total_seconds():g}s"
    shown = {True: "true", False: "false"}.get(value, value) if isinstance(value, bool) else value
    return f" If not said: `{shown}`."


def _forms_of(kind: Kind) -> list[type[Part]]:
    """Give the forms that a kind holds, however deep in lists and alternatives."""
    if isinstance(kind, Form):
        return [kind.part]
    if isinstance(kind, (ListOf, OneOrMore)):
        return _forms_of(kind.entry)
    if isinstance(kind, MapOf):
        return _forms_of(kind.value)
    if isinstance(kind, OneOf):
        return [form for arm in kind.arms for form in _forms_of(arm)]
    return list(kind.registry.values()) if isinstance(kind, Tagged) else []


def _forms_below(form: type[Part]) -> list[type[Part]]:
    """Give all forms below one, each once, in the order they are met."""
    found: dict[type[Part], None] = {}

    def visit(part: type[Part]) -> None:
        for row in keys_of(part).values():
            for inner in _forms_of(row.kind):
                if inner not in found:
                    found[inner] = None
                    visit(inner)

    visit(form)
    return list(found)


def _instructions() -> Iterator[str]:
    yield "## Instructions\n"
    yield "| instruction | what it does | takes | example |"
    yield "| --- | --- | --- | --- |"
    for row in INSTRUCTIONS.values():
        beside = f" Only beside {' or '.join(f'`{name}`' for name in row.beside)}." if row.beside else ""
        yield f"| `{row.name}` | {_cell(row.doc)}{beside} | {_cell(row.kind.words)} | {_code(row.example)} |"
    yield "\nBeside each other they are done in this order: `$for`, `$let`, `$if`, `$sort`, `$unique`, `$limit`,"
    yield "`$chunk`, `$key`, the value, `$transform`, `$default`, `$empty`.\n"


def _actions() -> Iterator[str]:
    yield "## Actions of error rules\n"
    for word, doc in ACTIONS.items():
        yield f"- `{word}`: {doc}"
    for doc in ACTIONS_WITH.values():
        yield f"- {doc}"
    yield ""


def _transforms() -> Iterator[str]:
    yield "## Transforms\n"
    yield "Each with its arguments and examples: [transforms.md](transforms.md).\n"
    for transform in TRANSFORMS.values():
        yield f"- `{transform.name}`: {transform.doc.split('. ')[0].rstrip('.')}."


def _cell(words: str) -> str:
    return words.replace("|", "\\|").replace("\n", " ")


def _code(words: str) -> str:
    """Write words as code in a table's cell; a cell cannot hold ``|`` as it is."""
    inside = _cell(words)
    fence = "``" if "`" in inside else "`"
    padding = " " if re.search(r"^`|`$", inside) else ""
    return f"{fence}{padding}{inside}{padding}{fence}"
