"""Mistakes that read well and mean something else: swapped names, words that nobody says, texts for formulas."""

from __future__ import annotations

import random
from collections.abc import Iterator

from pipeline.mapping.nodes import Scalar, Table
from tests.mutations.making import Change, Edit, matches, misspelt, operator, pick
from tests.mutations.source import TYPED_ROOTS, Source

CLOSED = {"monday", "vegan", "true"}
"""Words of the menu that tell a table whose left side can hold no others."""


@operator("loop-order")
def loop_names_swapped(source: Source, random_: random.Random) -> Edit | None:
    loops = (s for key, s in source.scalars("payload", "templates") if key == "$for" and source.plain(s))
    found = [
        (*change[:3], f"{match[2]}, {match[1]}")
        for _, match, change in matches(source, loops, r"^(\w+), (\w+)(?= in )")
    ]
    return pick(random_, found, source)


@operator("table-entry-unused", "table-incomplete")
def table_word_misspelt(source: Source, random_: random.Random) -> Edit | None:
    found = [
        (entry.position.line, entry.position.column - 1 + quote, entry.key, misspelt(entry.key, random_))
        for table in _closed(source)
        for entry in table
        for quote in [int(source.lines[entry.position.line - 1].lstrip().startswith('"'))]
    ]
    return pick(random_, found, source)


@operator("payload-enum")
def table_result_misspelt(source: Source, random_: random.Random) -> Edit | None:
    found: list[Change] = []
    for table in _closed(source):
        for entry in table:
            value = entry.value
            if isinstance(value, Scalar) and isinstance(value.value, str) and value.value.isupper():
                found.append((value.position.line, value.position.column - 1, value.value, f"{value.value}X"))
    return pick(random_, found, source)


@operator("text-without-instruction", "payload-type")
def braces_for_a_formula(source: Source, random_: random.Random) -> Edit | None:
    paths = rf"^= (?:{'|'.join(TYPED_ROOTS)})(?:\.\w+)+$"
    found = [
        (*change[:3], f'"{{{change[2].removeprefix("= ")}}}"')
        for scalar, _, change in matches(source, source.formulas("payload", "templates"), paths)
        if not scalar.quoted
    ]
    return pick(random_, found, source)


@operator("credential-in-message")
def credential_in_a_message(source: Source, random_: random.Random) -> Edit | None:
    credentials = source.root.get("credentials")
    assert isinstance(credentials, Table)
    name = random_.choice([entry.key for entry in credentials])
    texts = [s for key, s in source.scalars("errors") if key == "message" and source.plain(s) and s.quoted]
    found = [(*source.spot(s, 0), str(s.value), f"{s.value} {{credentials.{name}}}") for s in texts]
    return pick(random_, found, source)


@operator("request-address")
def blank_in_an_address(source: Source, random_: random.Random) -> Edit | None:
    requests = (s for key, s in source.scalars("publish", "availability_update") if key == "request")
    found = [(*change[:3], f"{change[2]} ") for _, _, change in matches(source, requests, r"(?<=/)[a-z]{4,}(?=/)")]
    return pick(random_, found, source)


@operator("unknown-field")
def misspelt_path_of_the_payload(source: Source, random_: random.Random) -> Edit | None:
    """Checks over the payload itself, whose paths start with a field of it or with ``payload``."""
    paths = (s for key, s in source.scalars("checks") if key in ("unique", "references", "to") and source.plain(s))
    found = [
        (*change[:3], misspelt(change[2], random_)) for _, _, change in matches(source, paths, r"\[\]\.(\w{4,})", 1)
    ]
    return pick(random_, found, source)


@operator("shape-value")
def setting_of_another_type(source: Source, random_: random.Random) -> Edit | None:
    scalars = (s for key, s in source.scalars("shape") if key == "markup_percent")
    found = [(*change[:3], "store_id") for _, _, change in matches(source, scalars, r"store\.(\w+)", 1)]
    return pick(random_, found, source)


def _closed(source: Source) -> Iterator[Table]:
    tables = source.root.get("tables")
    for entry in tables if isinstance(tables, Table) else ():
        if isinstance(entry.value, Table) and CLOSED & {inner.key for inner in entry.value}:
            yield entry.value
