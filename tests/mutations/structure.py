"""Mistakes in structure: removed, renamed, moved, doubled, not closed, written as in another language."""

from __future__ import annotations

import random
import re

from pipeline.mapping.nodes import Table
from tests.mutations.making import Edit, changed, matches, misspelt, operator, pick
from tests.mutations.source import Source


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
    return lines, {max(near)}, f"removed: {removed.strip()}"


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


WORDS = (
    r"\b(?:severity|algorithm|secret_encoding|sizes|empty_categories|unavailable_items|beyond|unknown|type|digest|per|do|"
    r"\$empty): (warning|hold|error|HS256|base64url|base64|modifier_group|drop|keep|report|jwt|hmac|oauth2|boolean|"
    r"decimal|enum|integer|omit|refresh_token|give_up|retry|reconnect|cal)\b"
)


@operator("wrong-kind", "missing-key", "payload-enum", "transform-argument", "unknown-key", "misplaced-key")
def word_misspelt(source: Source, random_: random.Random) -> Edit | None:
    found = []
    for number, line in enumerate(source.lines, 1):
        code = re.sub(r"\s#.*", "", line)
        found += [(number, m.start(1), m[1], misspelt(m[1], random_)) for m in re.finditer(WORDS, code)]
    return pick(random_, found, source)


@operator("loop-not-a-list")
def loop_over_no_list(source: Source, random_: random.Random) -> Edit | None:
    found = matches(
        source,
        source.formulas("payload", "templates", "checks"),
        r"^\w+(?:, \w+)? in (menu\.(?:items|categories|modifier_groups|options)|category\.items|group\.options)$",
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
