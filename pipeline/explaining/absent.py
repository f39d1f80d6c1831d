"""Why a field has no value, in one sentence each.

| code | the field is not there because |
| --- | --- |
| `no-field` | the mapping has no rule for it |
| `source-null` | the formula's value is null |
| `condition` | `$if` is false, or `$unless` true, and there is no `$else` |
| `unknown-word` | a table does not have the word |
| `value-failed` | the value cannot be mapped |
| `no-value-after` | a transform gave nothing |
| `loop-null` | its loop goes over null |
| `object-empty` | none of its own fields has a value |
| `empty-omitted` | it is empty and `$empty: omit` stands beside it |
| `default-null` | the value is missing, and `$default` has none either |
| `out-of-range` | the list has fewer entries |
| `not-inside` | the value above it is no object or list that has such a part |
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from pipeline.explaining.explanation import Reason, plain
from pipeline.explaining.reads import Read
from pipeline.explaining.situation import Result
from pipeline.findings import Finding
from pipeline.json_text import NotJson, encode
from pipeline.mapping.compiler.runtime import MISSING
from pipeline.mapping.formulas.formula import Formula, Loop
from pipeline.mapping.nearest import did_you_mean
from pipeline.mapping.rules.reader import place
from pipeline.mapping.rules.rules import Rule, Step

LONGEST = 80
UNKNOWN = "table-unknown"
FAILED = "value-failed"


def shown(value: object, limit: int = LONGEST) -> str:
    """Write a value for a sentence: JSON in short; a menu record by its name.

    >>> shown("x" * 90, limit=10), shown(None)
    ('"xxxxxxxx…', 'null')
    """
    if value is MISSING:
        return "no value"
    data = plain(value)
    if isinstance(data, dict) and set(data) == {"kind", "id", "name"}:
        text = f"{data['name'] or data['id']} ({data['kind']} {data['id']})"
    else:
        try:
            text = encode(data).decode()
        except NotJson:
            text = json.dumps(str(value))
    return text if len(text) <= limit else text[: limit - 1] + "…"


def read_words(reads: Iterable[Read]) -> str:
    """Say what the parts of a formula are: ``item.image.type is "webp"``."""
    parts = []
    for read in reads:
        source = f" ({read.source})" if read.source and read.source != read.path else ""
        parts.append(f"{read.path}{source} is {shown(read.value, 60)}")
    return ", ".join(parts)


def condition(formula: Formula, reads: Sequence[Read], *, wanted: bool, report: str) -> Reason:
    """A condition kept the field out."""
    word, holds = ("$if", "false") if wanted else ("$unless", "true")
    because = read_words(reads)
    message = f"`{word}: {formula.text}` is {holds}" + (f", because {because}." if because else ".")
    return Reason("condition", f"{message} {report}".strip(), "", place(formula.position))


def nothing(formula: Formula, reads: Sequence[Read], result: Result) -> Reason:
    """A formula gave null."""
    where = place(formula.position)
    failed = _first(result.findings, FAILED)
    if failed is not None:
        return Reason(FAILED, failed.message, failed.hint, where)
    unknown = _first(result.findings, UNKNOWN)
    if unknown is not None:
        return Reason("unknown-word", unknown.message, unknown.hint, where)
    if len(reads) == 1 and reads[0].path == formula.text and not reads[0].source:
        return Reason("source-null", f"`{formula.text}` is null: the menu does not say it.", "", where)
    because = read_words(reads)
    return Reason("source-null", f"`{formula.text}` gives null" + (f": {because}." if because else "."), "", where)


def lost(step: Step, before: object, told: Sequence[Finding]) -> Reason:
    """A transform gave nothing."""
    where = place(step.position)
    unknown = _first(told, UNKNOWN)
    if unknown is not None:
        return Reason("unknown-word", unknown.message, unknown.hint, where)
    failed = _first(told, FAILED)
    if failed is not None:
        return Reason(FAILED, failed.message, failed.hint, where)
    return Reason("no-value-after", f"`{step.name}` makes nothing of {shown(before)}.", "", where)


def no_list(loop: Loop | None, reads: Sequence[Read], result: Result, rule: Rule) -> Reason:
    """A list has no value."""
    failed = _first(result.findings, FAILED)
    if failed is not None:
        return Reason(FAILED, failed.message, failed.hint, place(rule.position))
    if loop is None:
        return Reason("loop-null", "The list has no value.", "", place(rule.position))
    because = read_words(reads)
    text = f"{loop.record} in {loop.source.text}"
    message = f"The loop `{text}` goes over null" + (f": {because}." if because else ".")
    return Reason("loop-null", message, "Over an empty list it would give an empty list.", place(loop.position))


def no_fields(rule: Rule, because: tuple[tuple[str, Reason], ...]) -> Reason:
    """An object lost all its fields."""
    hint = "`$empty: keep` would send it empty."
    return Reason("object-empty", "None of its own fields has a value.", hint, place(rule.position), because)


def empty_value(rule: Rule) -> Reason:
    """``$empty: omit`` left out what is empty."""
    return Reason("empty-omitted", "It is empty, and `$empty: omit` stands here.", "", place(rule.position))


def no_default(inner: Reason | None, rule: Rule) -> Reason:
    """The default has no value either."""
    because = (("$default", inner),) if inner else ()
    where = place((rule.default or rule).position)
    return Reason("default-null", "There is no value, and `$default` has none either.", "", where, because)


def no_rule(key: str, known: Sequence[str]) -> Reason:
    """The mapping makes no such field."""
    listed = ", ".join(known[:20]) + (" …" if len(known) > 20 else "")
    made = f" It makes here: {listed}." if known else ""
    return Reason("no-field", f"The mapping makes no field `{key[:60]}` here.{made}", did_you_mean(key, known))


def out_of_range(length: int) -> Reason:
    """The list is shorter."""
    entries = "1 entry, number 0" if length == 1 else f"{length} entries, numbers 0 to {length - 1}"
    return Reason("out-of-range", f"The list has {entries}." if length else "The list is empty.")


def not_inside(value: object) -> Reason:
    """A path goes on where the value has no parts of that kind."""
    return Reason("not-inside", f"What stands above it is {shown(value)}, which has no such part.")


def _first(findings: Iterable[Finding], code: str) -> Finding | None:
    return next((finding for finding in findings if finding.code == code), None)
