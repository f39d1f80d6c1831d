"""One mistake at a random place of a shipped mapping, and whether ``validate`` finds it there.

``python -m tests.mutations --seed N --count 200`` prints what was caught and what passed. A mistake is
caught where a finding with one of its codes stands on one of its lines.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.findings import Finding
from pipeline.mapping.formula import is_formula
from pipeline.mapping.nodes import Entry, Node, Scalar, Table
from pipeline.mapping.nodes import Sequence as ListNode
from pipeline.mapping.source import load
from pipeline.mapping.transforms.registry import TRANSFORMS
from pipeline.mapping.validation import validate_text
from pipeline.payload_schema import PayloadSchema

MAPPINGS = Path(__file__).resolve().parent.parent / "mappings"
EXPRESSION_KEYS = {"$if", "$unless", "$from", "$for", "$sort", "$unique", "if", "unless", "for", "value", "at_least",
                   "at_most", "assert", "unique", "of", "where", "references", "to"}  # fmt: skip
TEXT_KEYS = {"$text", "$report", "say", "message", "request", "sign"}
TYPED_ROOTS = ("item", "option", "group", "category", "restaurant", "menu", "store", "window", "day", "operation")


@dataclass(frozen=True)
class Mutation:
    """A mapping's text with one mistake in it."""

    operator: str
    mapping: str
    text: str
    lines: frozenset[int]
    codes: frozenset[str]
    what: str


@dataclass
class Source:
    """A shipped mapping, taken apart."""

    name: str
    text: str
    lines: list[str] = field(init=False)
    root: Table = field(init=False)

    def __post_init__(self) -> None:
        self.lines = self.text.splitlines()
        root = load(self.text, f"{self.name}.yaml").root
        assert isinstance(root, Table)
        self.root = root
        schema = PayloadSchema.load(MAPPINGS / "payloads" / f"{self.name}.json")
        assert isinstance(schema, PayloadSchema)
        self.schema = schema

    def scalars(self, *sections: str) -> Iterator[tuple[str, Scalar]]:
        """Give each text with the key that it stands under."""
        for entry in self.root:
            if not sections or entry.key in sections:
                yield from _scalars(entry.value, entry.key)

    def entries(self, *sections: str) -> Iterator[tuple[tuple[str, ...], Entry]]:
        """Give each key with the keys above it."""
        for entry in self.root:
            if not sections or entry.key in sections:
                yield from _entries(entry.value, (entry.key,))

    def formulas(self, *sections: str) -> Iterator[Scalar]:
        """Give each scalar that is written as an expression, where the file holds it letter by letter."""
        for key, scalar in self.scalars(*sections):
            if isinstance(scalar.value, str) and (is_formula(scalar) or key in EXPRESSION_KEYS) and self.plain(scalar):
                yield scalar

    def plain(self, scalar: Scalar) -> bool:
        """Tell whether a scalar stands on one line as it is."""
        line = self.lines[scalar.inner.line - 1]
        return line[scalar.inner.column - 1 :].startswith(str(scalar.value))

    def spot(self, scalar: Scalar, offset: int) -> tuple[int, int]:
        return scalar.inner.line, scalar.inner.column - 1 + offset


def _scalars(node: Node, key: str) -> Iterator[tuple[str, Scalar]]:
    if isinstance(node, Scalar):
        yield key, node
    elif isinstance(node, ListNode):
        for item in node:
            yield from _scalars(item, key)
    else:
        for entry in node:
            yield from _scalars(entry.value, entry.key)


def _entries(node: Node, above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Entry]]:
    if isinstance(node, Table):
        for entry in node:
            yield above, entry
            yield from _entries(entry.value, (*above, entry.key))
    elif isinstance(node, ListNode):
        for item in node:
            yield from _entries(item, above)


# -- making mistakes -------------------------------------------------------------------------------

Change = tuple[int, int, str, str]  # line, column from 0, what is written there, what is written instead
Edit = tuple[list[str], set[int], str]  # new lines, the lines where it may be told, in words
Maker = Callable[[Source, random.Random], Edit | None]
OPERATORS: dict[str, tuple[Maker, frozenset[str]]] = {}


def operator(*codes: str) -> Callable[[Maker], Maker]:
    def register(maker: Maker) -> Maker:
        OPERATORS[maker.__name__] = (maker, frozenset(codes))
        return maker

    return register


def changed(source: Source, change: Change, *also: int) -> Edit:
    line, column, old, new = change
    lines = list(source.lines)
    written = lines[line - 1]
    assert written[column:].startswith(old), (written, column, old)
    lines[line - 1] = written[:column] + new + written[column + len(old) :]
    return lines, {line, *also}, f"{written.strip()}  →  {lines[line - 1].strip()}"


def pick(random_: random.Random, found: Sequence[Change] | Iterator[Change], source: Source) -> Edit | None:
    places = list(found)
    return changed(source, random_.choice(places)) if places else None


def misspelt(word: str, random_: random.Random) -> str:
    """Leave a letter out, double one, or swap two."""
    at = random_.randrange(len(word) - 1)
    kinds = [
        word[:at] + word[at + 1 :],
        word[: at + 1] + word[at:],
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
    ]
    other = random_.choice(kinds)
    return other if other != word and other else word + "x"


def matches(
    source: Source, scalars: Iterator[Scalar], pattern: str, group: int = 0
) -> Iterator[tuple[Scalar, re.Match[str], Change]]:
    for scalar in scalars:
        text = str(scalar.value)
        quoted = [m.span() for m in re.finditer(r"'[^']*'|`[^`]*`|\"[^\"]*\"", text)]
        for match in re.finditer(pattern, text):
            if group == 0 or not any(start < match.start(group) < end for start, end in quoted):
                yield scalar, match, (*source.spot(scalar, match.start(group)), match[group], match[group])


PATHS = rf"(?<![\w.])(?:{'|'.join(TYPED_ROOTS)})\.(\w{{4,}})"


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
    found = []
    for number, line in enumerate(source.lines, 1):
        for match in re.finditer(rf"[\[{{ ]({'|'.join(name for name in TRANSFORMS if len(name) > 3)})(?=[\],:])", line):
            if line.startswith("  ") and "[" in line and "#" not in line[: match.start()]:
                found.append((number, match.start(1), match[1], misspelt(match[1], random_)))
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


@operator("payload-type", "payload-enum", "payload-length", "unused-chain", "payload-may-be-missing")
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
    from pipeline.mapping.compiled import compile_file

    compiled, _ = compile_file(MAPPINGS / f"{source.name}.yaml")
    assert compiled is not None
    for made in compiled.payload.made.objects[""]:
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
        if isinstance(value, Scalar) and isinstance(value.value, (bool, int)) and source.plain_literal(value):
            found.append(
                (value.position.line, value.position.column - 1, source.word(value), f'"{source.word(value)}"')
            )
    return pick(random_, found, source)


def _plain_literal(self: Source, scalar: Scalar) -> bool:
    return not scalar.quoted and bool(self.word(scalar))


def _word(self: Source, scalar: Scalar) -> str:
    match = re.match(r"[\w.]+", self.lines[scalar.position.line - 1][scalar.position.column - 1 :])
    return match[0] if match else ""


Source.plain_literal = _plain_literal  # type: ignore[attr-defined]
Source.word = _word  # type: ignore[attr-defined]


@operator("table-incomplete")
def table_entry_removed(source: Source, random_: random.Random) -> Edit | None:
    tables = source.root.get("tables")
    assert isinstance(tables, Table)
    found = [
        e.position.line
        for table in tables
        if isinstance(table.value, Table) and "monday" in [e.key for e in table.value]
        for e in table.value
        if e.position.line != table.position.line
    ]
    if not found:
        return None
    line = random_.choice(found)
    lines = list(source.lines)
    removed = lines.pop(line - 1)
    near = {e.position.line for t in tables for e in [t] if t.position.line < line}
    return lines, {max(near)} | set(range(1, len(lines))), f"removed: {removed.strip()}"


@operator("unknown-name", "formula-without-equals")
def loop_variable_renamed(source: Source, random_: random.Random) -> Edit | None:
    scalars = (
        s for key, s in source.scalars("payload", "templates", "checks") if key in ("$for", "for") and source.plain(s)
    )
    found = [c for _, _, c in matches(source, scalars, r"^(\w+)(?:, \w+)? in ", 1)]
    if not found:
        return None
    change = random_.choice(found)
    lines, _, what = changed(source, (*change[:3], "element"))
    indent = len(lines[change[0] - 1]) - len(lines[change[0] - 1].lstrip())
    stop = change[0]
    while stop < len(lines) and (not lines[stop].strip() or len(lines[stop]) - len(lines[stop].lstrip()) >= indent):
        stop += 1
    return lines, set(range(change[0], stop + 6)), what


@operator("formula-without-equals", "literal-secret")
def equals_dropped(source: Source, random_: random.Random) -> Edit | None:
    found = [
        c
        for s, m, c in matches(source, source.formulas("payload", "templates", "let", "auth"), r"^(= ?)[a-z_]+\.", 1)
        if not s.quoted
    ]
    return pick(random_, [(*c[:3], "") for c in found], source)


@operator(
    "yaml-indentation",
    "payload-field-unknown",
    "yaml-missing-colon",
    "yaml-text-colon",
    "yaml-key-twice",
    "unknown-key",
    "misplaced-key",
    "formula-colon",
    "wrong-kind",
    "payload-required",
    "yaml-syntax",
)
def wrong_indent(source: Source, random_: random.Random) -> Edit | None:
    found = [
        number
        for number, line in enumerate(source.lines, 1)
        if re.match(r"\s+[\w$]+: \S", line) and not line.rstrip().endswith(("{", "["))
    ]
    line = random_.choice(found)
    lines = list(source.lines)
    lines[line - 1] = (
        random_.choice([" ", lines[line - 1][:0] + "  "]) + lines[line - 1]
        if random_.random() < 0.5
        else lines[line - 1][1:]
    )
    return lines, {line - 1, line, line + 1}, f"moved: {lines[line - 1]}"


@operator("yaml-key-twice")
def key_doubled(source: Source, random_: random.Random) -> Edit | None:
    found = [n for n, line in enumerate(source.lines, 1) if re.match(r"\s+[\w$]+: [^|>{\[]+$", line)]
    line = random_.choice(found)
    lines = list(source.lines)
    lines.insert(line, lines[line - 1])
    return lines, {line + 1}, f"twice: {lines[line].strip()}"


@operator(
    "yaml-unclosed-bracket",
    "yaml-flow",
    "formula-bracket",
    "text-brace",
    "formula-split",
    "yaml-missing-colon",
    "formula-unclosed-quote",
    "yaml-key-without-value",
    "yaml-indentation",
    "formula-syntax",
    "formula-ends-early",
    "formula-key-in-brackets",
    "formula-dot",
    "bad-name",
    "not-sent-unknown",
)
def bracket_unclosed(source: Source, random_: random.Random) -> Edit | None:
    found = []
    for number, line in enumerate(source.lines, 1):
        code = re.sub(r"\s#.*", "", line)
        if code.strip().startswith("#") or re.match(r"\s+(description|say|message): [^\"]", code):
            continue
        found += [
            (number, m.start(), m[0], "")
            for m in re.finditer(r"[)\]}]", code)
            if "(DD-" not in code and "(UE-" not in code and "(GH-" not in code
        ]
    return pick(random_, found, source)


@operator(
    "yaml-unclosed-quote",
    "yaml-text-after-quote",
    "formula-unclosed-quote",
    "yaml-flow",
    "yaml-missing-colon",
    "yaml-indentation",
    "yaml-text-colon",
    "yaml-syntax",
    "yaml-unclosed-bracket",
    "text-brace",
)
def quote_unclosed(source: Source, random_: random.Random) -> Edit | None:
    found = []
    for number, line in enumerate(source.lines, 1):
        match = re.match(r'(\s+(?:- )?\S+: )"[^"]*(")\s*$', line)
        if match:
            found.append((number, match.start(2), '"', ""))
    return pick(random_, found, source)


@operator("argument-unused", "argument-missing", "unknown-name")
def template_parameter_renamed(source: Source, random_: random.Random) -> Edit | None:
    found = [
        (e.position.line, e.position.column - 1, e.key, "other")
        for above, e in source.entries("payload", "templates")
        if above[-1] == "$with"
    ]
    return pick(random_, found, source)


@operator("argument-missing", "unknown-name")
def template_parameter_removed(source: Source, random_: random.Random) -> Edit | None:
    found = [
        e.position.line
        for above, e in source.entries("payload", "templates")
        if above[-1] == "$with"
        and source.lines[e.position.line - 1].strip().startswith(f"{e.key}:")
        and not source.lines[e.position.line - 2].strip().startswith("$with")
    ]
    if not found:
        return None
    line = random_.choice(found)
    lines = list(source.lines)
    removed = lines.pop(line - 1)
    return lines, set(range(line - 5, line + 2)), f"removed: {removed.strip()}"


@operator("unknown-template")
def template_misspelt(source: Source, random_: random.Random) -> Edit | None:
    found = [
        (s.inner.line, s.inner.column - 1, str(s.value), misspelt(str(s.value), random_))
        for key, s in source.scalars("payload", "templates")
        if key == "$use"
    ]
    return pick(random_, found, source)


@operator("unknown-table")
def table_misspelt(source: Source, random_: random.Random) -> Edit | None:
    found = [
        (s.inner.line, s.inner.column - 1, str(s.value), misspelt(str(s.value), random_))
        for key, s in source.scalars("transforms", "payload", "templates")
        if key in ("lookup", "in") and isinstance(s.value, str)
    ]
    return pick(random_, found, source)


@operator("unknown-webhook", "unknown-step", "unknown-saved", "saved-unknown")
def reference_misspelt(source: Source, random_: random.Random) -> Edit | None:
    found = []
    for number, line in enumerate(source.lines, 1):
        code = re.sub(r"\s#.*", "", line)
        for match in re.finditer(r"(?<!^)\bwebhook: (\w+)|do: (?:run|forget) (\w+)|saved\.(\w+)", code):
            group = next(n for n in (1, 2, 3) if match[n])
            found.append((number, match.start(group), match[group], misspelt(match[group], random_)))
    return pick(random_, found, source)


@operator("formula-bare-number", "formula-syntax")
def bare_number(source: Source, random_: random.Random) -> Edit | None:
    found = matches(source, source.formulas(), r"[=<>] (`\d+`)")
    return pick(random_, [(*source.spot(s, m.start(1)), m[1], m[1].strip("`")) for s, m, _ in found], source)


@operator(
    "formula-arrow",
    "formula-syntax",
    "formula-arithmetic",
    "formula-operator",
    "formula-pipe",
    "formula-ends-early",
    "formula-dot",
    "unknown-name",
    "always-null",
)
def wrong_arrow(source: Source, random_: random.Random) -> Edit | None:
    found = matches(source, source.formulas("payload", "templates"), r"(->)", 1)
    return pick(random_, [(*c[:3], random_.choice(["=>", "-", "|>", ">", "→", "|", ""])) for _, _, c in found], source)


@operator("formula-bare-word")
def compared_with_true(source: Source, random_: random.Random) -> Edit | None:
    found = [
        (*source.spot(s, len(str(s.value))), "", random_.choice([" == true", " == false", " != null"]))
        for key, s in source.scalars("payload", "templates", "publish")
        if key in ("$if", "$unless") and source.plain(s) and re.fullmatch(r"[\w.]+", str(s.value))
    ]
    return pick(random_, found, source)


@operator("yaml-tag", "formula-not", "always-null")
def negated(source: Source, random_: random.Random) -> Edit | None:
    found = [
        (*source.spot(s, 0), str(s.value), random_.choice([f"!{s.value}", f'"!{s.value}"']))
        for key, s in source.scalars("payload", "templates")
        if key in ("$if", "$unless") and source.plain(s) and not s.quoted and re.fullmatch(r"\w+(\.\w+)+", str(s.value))
    ]
    return pick(random_, found, source)


@operator("literal-secret", "wrong-kind")
def secret_written(source: Source, random_: random.Random) -> Edit | None:
    found = matches(source, source.formulas("auth", "webhooks"), r"^(= credentials\.\w*(?:secret|token|key)\w*)$", 1)
    return pick(random_, [(*c[:3], "sk_live_51Habc9XyZ") for _, _, c in found], source)


@operator("credential-in-payload")
def credential_in_payload(source: Source, random_: random.Random) -> Edit | None:
    credentials = source.root.get("credentials")
    assert isinstance(credentials, Table)
    name = credentials.entries[0].key
    found = matches(source, source.formulas("payload", "templates"), r"^= ?((?:item|restaurant|store)\.\w+)", 1)
    return pick(random_, [(*c[:3], f"credentials.{name}") for _, _, c in found], source)


@operator("never-true")
def word_never_said(source: Source, random_: random.Random) -> Edit | None:
    found = matches(
        source,
        source.formulas("payload", "templates", "checks", "let"),
        r"(?:==|!=) ('(?:jpg|png|webp|monday|alcohol|\w+day)')",
    )
    return pick(random_, [(*source.spot(s, m.start(1)), m[1], f"'{m[1][1:-1]}x'") for s, m, _ in found], source)


@operator("unknown-field", "unused-setting", "setting-unknown")
def declaration_removed(source: Source, random_: random.Random) -> Edit | None:
    section = random_.choice(["store_settings", "credentials"])
    table = source.root.get(section)
    assert isinstance(table, Table)
    index = random_.randrange(len(table.entries))
    entry = table.entries[index]
    start = entry.position.line
    stop = start
    while stop < len(source.lines) and (source.lines[stop].startswith("    ") or not source.lines[stop].strip()):
        stop += 1
    lines = source.lines[: start - 1] + source.lines[stop:]
    if not any(re.search(rf"(store|credentials)\.{entry.key}\b", line) for line in lines):
        return None
    return lines, set(range(1, len(lines) + 1)), f"removed: {section}.{entry.key}"


@operator("unknown-table", "unknown-template", "transform-unknown")
def definition_renamed(source: Source, random_: random.Random) -> Edit | None:
    section = random_.choice(["tables", "templates", "transforms"])
    table = source.root.get(section)
    assert isinstance(table, Table)
    entry = random_.choice(table.entries)
    at = entry.position
    lines, _, what = changed(source, (at.line, at.column - 1, entry.key, "quite_other"))
    return lines, set(range(1, len(lines) + 1)), what


@operator("wrong-kind", "missing-key", "payload-enum", "transform-argument", "unknown-key", "misplaced-key")
def word_misspelt(source: Source, random_: random.Random) -> Edit | None:
    found = []
    for number, line in enumerate(source.lines, 1):
        pattern = r"\b(?:severity|algorithm|secret_encoding|sizes|empty_categories|unavailable_items|beyond|unknown|type|digest|per|do|\$empty): (warning|hold|error|HS256|base64url|base64|modifier_group|drop|keep|report|jwt|hmac|oauth2|boolean|decimal|enum|integer|omit|refresh_token|give_up|retry|reconnect|cal)\b"
        for match in re.finditer(pattern, re.sub(r"\s#.*", "", line)):
            found.append((number, match.start(1), match[1], misspelt(match[1], random_)))
    return pick(random_, found, source)


@operator("loop-not-a-list")
def loop_over_no_list(source: Source, random_: random.Random) -> Edit | None:
    found = matches(
        source,
        source.formulas("payload", "templates", "checks"),
        r"^\w+(?:, \w+)? in (menu\.items|menu\.categories|category\.items|menu\.modifier_groups|group\.options|menu\.options)$",
        1,
    )
    return pick(
        random_, [(*c[:3], random_.choice(["restaurant.name", "restaurant.currency"])) for _, _, c in found], source
    )


@operator("yaml-tab")
def tab_for_spaces(source: Source, random_: random.Random) -> Edit | None:
    found = [n for n, line in enumerate(source.lines, 1) if re.match(r"    +[\w$]+:", line)]
    line = random_.choice(found)
    lines = list(source.lines)
    lines[line - 1] = "\t" + lines[line - 1].lstrip()
    return lines, {line - 1, line}, f"tab: {lines[line - 1].strip()}"


@operator("yaml-missing-colon", "yaml-indentation", "yaml-syntax", "yaml-text-colon", "wrong-kind", "yaml-flow")
def colon_dropped(source: Source, random_: random.Random) -> Edit | None:
    found = []
    for number, line in enumerate(source.lines, 1):
        match = re.match(r"\s*(?:- )?[\w$]+(:) ?", line)
        if match:
            found.append((number, match.start(1), ":", ""))
    edit = pick(random_, found, source)
    return (
        (edit[0], edit[1] | {line - 1 for line in edit[1]} | {line + 1 for line in edit[1]}, edit[2]) if edit else None
    )


@operator("formula-operator", "yaml-syntax")
def single_equals(source: Source, random_: random.Random) -> Edit | None:
    found = matches(source, source.formulas("payload", "templates", "checks", "let"), r"[\w)] (==) ", 1)
    return pick(random_, [(*c[:3], "=") for _, _, c in found], source)


@operator("unknown-function", "formula-transform-call", "wrong-arity")
def misspelt_function(source: Source, random_: random.Random) -> Edit | None:
    found = matches(source, source.formulas(), r"\b(\w{4,})\(", 1)
    return pick(random_, [(*c[:3], misspelt(c[2], random_)) for _, _, c in found], source)


# -- trying them -----------------------------------------------------------------------------------


def sources() -> list[Source]:
    return [Source(path.stem, path.read_text("utf-8")) for path in sorted(MAPPINGS.glob("*.yaml"))]


def make(name: str, source: Source, random_: random.Random) -> Mutation | None:
    """Make one mistake of a kind; None where the mapping has no place for it."""
    maker, codes = OPERATORS[name]
    edit = maker(source, random_)
    if edit is None:
        return None
    lines, where, what = edit
    text = "\n".join(lines) + "\n"
    if text == source.text or same_meaning(text, source.text):
        return None
    return Mutation(name, source.name, text, frozenset(where), codes, what)


def same_meaning(text: str, other: str) -> bool:
    """Tell whether two texts are the same mapping, written differently."""
    left, right = load(text, "m.yaml"), load(other, "m.yaml")
    return not left.findings and plain(left.root) == plain(right.root)


def plain(node: Node | None) -> object:
    """Give a node's values without their places."""
    if isinstance(node, Table):
        return {entry.key: plain(entry.value) for entry in node}
    if isinstance(node, ListNode):
        return [plain(item) for item in node]
    return None if node is None else (node.value, is_formula(node))


def mutations(seed: int, count: int, names: Sequence[str] = ()) -> Iterator[Mutation]:
    """Make so many mistakes, each at a random place of a random mapping."""
    random_ = random.Random(seed)
    known = sources()
    made = 0
    while made < count:
        mutation = make(random_.choice(list(names or OPERATORS)), random_.choice(known), random_)
        if mutation is not None:
            made += 1
            yield mutation


def found(mutation: Mutation, folder: Path) -> tuple[Finding, ...]:
    """Give what ``validate`` says of a mutation; ``folder`` holds the payload schemas."""
    return validate_text(mutation.text.encode(), folder / f"{mutation.mapping}.yaml")


def caught(mutation: Mutation, findings: Sequence[Finding]) -> bool:
    """Tell whether a finding with the right code stands on the right line."""
    return any(f.code in mutation.codes and f.place is not None and f.place.line in mutation.lines for f in findings)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutations", description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--operator", action="append", default=[], choices=list(OPERATORS))
    parser.add_argument("--all", action="store_true", help="also list what was caught")
    given = parser.parse_args(arguments)
    tried: Counter[str] = Counter()
    passed: list[tuple[Mutation, tuple[Finding, ...]]] = []
    more: Counter[int] = Counter()
    for mutation in mutations(given.seed, given.count, given.operator):
        findings = found(mutation, MAPPINGS)
        tried[mutation.operator] += 1
        more[min(len(findings), 6)] += 1
        if not caught(mutation, findings):
            passed.append((mutation, findings))
        elif given.all:
            print(f"{mutation.operator} ({mutation.mapping}): {mutation.what}")
            for finding in findings:
                print(f"    {finding.place and finding.place.line}: [{finding.code}] {finding.message} {finding.hint}")
    total = sum(tried.values())
    print(f"seed {given.seed}: {total - len(passed)} of {total} caught ({100 * (total - len(passed)) / total:.1f} %)")
    single = more[1]
    print(
        f"told by one finding alone: {single}; by two: {more[2]}; by more: {sum(more.values()) - single - more[2] - more[0]}"
    )
    for mutation, findings in passed:
        print(f"- {mutation.operator} ({mutation.mapping}, line {min(mutation.lines)}): {mutation.what}")
        for finding in findings[:5]:
            print(f"    {finding.place and finding.place.line}: [{finding.code}] {finding.message}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
