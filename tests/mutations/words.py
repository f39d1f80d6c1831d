"""Mistakes in words and values: misspelt, dropped, of a wrong type."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from pipeline.mapping.compiled import compile_file
from pipeline.mapping.nodes import Entry, Node, Scalar, Table
from pipeline.mapping.nodes import Sequence as ListNode
from pipeline.mapping.transforms.registry import TRANSFORMS
from tests.mutations.making import PATHS, Edit, matches, misspelt, operator, pick
from tests.mutations.source import MAPPINGS, TEXT_KEYS, Source


@operator("unknown-field")
def misspelt_field(source: Source, random_: random.Random) -> Edit | None:
    found = [
        (line, column, old, misspelt(old, random_))
        for _, match, (line, column, old, _) in matches(
            source, source.formulas("payload", "templates", "let", "checks", "shape", "publish"), PATHS, 1
        )
        if match[0].split(".")[0] != "day" or match[1] != "name"
    ]
    return pick(random_, found, source)


@operator("unknown-field")
def misspelt_field_in_text(source: Source, random_: random.Random) -> Edit | None:
    texts = (s for key, s in source.scalars() if key in TEXT_KEYS and source.plain(s) and isinstance(s.value, str))
    pattern = r"\{(?:store|restaurant|environment|window)\.(\w{4,})"
    return pick(random_, [(*c[:3], misspelt(c[2], random_)) for _, _, c in matches(source, texts, pattern, 1)], source)


@operator("unknown-name")
def misspelt_name(source: Source, random_: random.Random) -> Edit | None:
    scalars = source.formulas("payload", "templates", "checks", "publish", "availability_update")
    pattern = (
        r"(?:^= ?|\bin |\()(item|option|group|category|restaurant|menu|store|window|payload|changes|answer|operation)\."
    )
    return pick(
        random_, [(*c[:3], misspelt(c[2], random_)) for _, _, c in matches(source, scalars, pattern, 1)], source
    )


@operator("transform-unknown")
def misspelt_transform(source: Source, random_: random.Random) -> Edit | None:
    found = matches(source, source.formulas("payload", "templates"), r"-> (\w{3,})", 1)
    return pick(random_, [(*c[:3], misspelt(c[2], random_)) for _, _, c in found], source)


@operator("transform-unknown", "unknown-key", "wrong-kind")
def misspelt_transform_in_chain(source: Source, random_: random.Random) -> Edit | None:
    names = "|".join(name for name in TRANSFORMS if len(name) > 3)
    found = []
    for number, line in enumerate(source.lines, 1):
        code = re.sub(r"#.*", "", line)
        if line.startswith("  ") and "[" in line:
            places = re.finditer(rf"[\[{{ ]({names})(?=[\],:])", code)
            found += [(number, place.start(1), place[1], misspelt(place[1], random_)) for place in places]
    return pick(random_, found, source)


@operator("unknown-key", "misplaced-key", "missing-key")
def misspelt_key(source: Source, random_: random.Random) -> Edit | None:
    sections = (
        "shape",
        "checks",
        "credentials",
        "auth",
        "retry",
        "publish",
        "webhooks",
        "errors",
        "read_menu",
        "limits",
    )
    own = {"claims", "header", "headers", "save", "store", "body", "query", "replace", "add"}
    found = []
    for above, entry in source.entries(*sections):
        if own & set(above) or above == ("credentials",) or above == ("webhooks",) or entry.key.startswith("$"):
            continue
        if len(entry.key) > 3:
            at = entry.position
            found.append((at.line, at.column - 1, entry.key, misspelt(entry.key, random_)))
    found += [(e.position.line, 0, e.key, misspelt(e.key, random_)) for e in source.root]
    return pick(random_, found, source)


def payload_keys(source: Source) -> Iterator[Entry]:
    for above, entry in source.entries("payload", "templates"):
        inside = above[-1] if above else ""
        if (
            not entry.key.startswith("$")
            and inside not in ("$with", "$let", "templates", "$transform")
            and len(entry.key) > 3
        ):
            yield entry


@operator("payload-field-unknown")
def misspelt_payload_key(source: Source, random_: random.Random) -> Edit | None:
    keys = (entry.position for entry in payload_keys(source))
    found = [
        (at.line, at.column - 1, entry.key, misspelt(entry.key, random_))
        for entry in payload_keys(source)
        for at in [entry.position]
    ]
    del keys
    return pick(random_, found, source)


@operator("unknown-instruction")
def misspelt_instruction(source: Source, random_: random.Random) -> Edit | None:
    found = [
        (e.position.line, e.position.column - 1, e.key, "$" + misspelt(e.key[1:], random_))
        for _, e in source.entries("payload", "templates")
        if e.key.startswith("$")
    ]
    return pick(random_, found, source)


@operator(
    "payload-field-unknown",
    "unknown-instruction",
    "instruction-alone",
    "payload-type",
    "value-twice",
    "payload-required",
    "argument-missing",
    "instruction-without-dollar",
    "unknown-name",
)
def dollar_forgotten(source: Source, random_: random.Random) -> Edit | None:
    found = [
        (e.position.line, e.position.column - 1, e.key, e.key[1:])
        for _, e in source.entries("payload", "templates")
        if e.key.startswith("$")
    ]
    return pick(random_, found, source)


CONVERSIONS = {"minor_units", "string", "integer", "decimal", "boolean", "unix_seconds", "minutes"}


@operator(
    "payload-type", "payload-enum", "payload-length", "payload-decimals", "unused-chain", "payload-may-be-missing"
)
def dropped_conversion(source: Source, random_: random.Random) -> Edit | None:
    chains = source.root.get("transforms")
    assert isinstance(chains, Table)
    changing = {e.key for e in chains if any(word in str(list(_words(e.value))) for word in CONVERSIONS)} | CONVERSIONS
    found = [
        c
        for _, m, c in matches(source, source.formulas("payload", "templates"), r"( *-> (\w+))\s*$", 1)
        if m[2] in changing
    ]
    return pick(random_, [(*c[:3], "") for c in found], source)


def _words(node: Node) -> Iterator[str]:
    if isinstance(node, Scalar):
        yield str(node.value)
    elif isinstance(node, ListNode):
        for item in node:
            yield from _words(item)
    else:
        for entry in node:
            yield entry.key
            yield from _words(entry.value)


@operator("formula-double-quotes", "yaml-text-after-quote", "yaml-flow", "yaml-missing-colon", "yaml-syntax")
def double_quotes(source: Source, random_: random.Random) -> Edit | None:
    scalars = source.formulas("payload", "templates", "checks", "let")
    found = matches(source, scalars, r"[=(,|] ?('\w[^']*')", 1)
    return pick(random_, [(*c[:3], f'"{c[2][1:-1]}"') for s, _, c in found if not s.quoted], source)


@operator("payload-required", "key-missing")
def required_field_removed(source: Source, random_: random.Random) -> Edit | None:
    found = []

    compiled, _ = compile_file(MAPPINGS / f"{source.name}.yaml")
    assert compiled is not None
    for made in compiled.payload.made.objects[""]:
        if len(made.keys) == 1:
            continue  # without its only field the object is left out, as it may be
        required = set(source.schema.required_at(made.path))
        for value in compiled.payload.made.values[""]:
            line = source.lines[value.position.line - 1]
            owner = max(
                (other.position.line for other in compiled.payload.made.objects[""]
                 if other.path == value.path[:-1] and other.position.line <= value.position.line),
                default=0,
            )  # fmt: skip
            if owner == made.position.line and value.path[-1] in required and re.match(r"\s+\w+: = ", line):
                found.append((value.position.line, made.position.line))
    if not found:
        return None
    line, place = random_.choice(sorted(set(found)))
    lines = list(source.lines)
    removed = lines.pop(line - 1)
    return lines, {place, line, line - 1, place - 1}, f"removed: {removed.strip()}"


@operator("payload-type", "payload-enum")
def wrong_literal_type(source: Source, random_: random.Random) -> Edit | None:
    found = []
    for entry in payload_keys(source):
        value = entry.value
        if (
            isinstance(value, Scalar)
            and isinstance(value.value, (bool, int))
            and not value.quoted
            and source.word(value)
        ):
            found.append(
                (value.position.line, value.position.column - 1, source.word(value), f'"{source.word(value)}"')
            )
    return pick(random_, found, source)
