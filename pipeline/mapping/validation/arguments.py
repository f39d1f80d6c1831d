"""Templates that are given at a use what they cannot be meant for: of another kind, or without the fields they read."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.findings import Finding
from pipeline.mapping.compiled import CompiledMapping
from pipeline.mapping.nodes import Position
from pipeline.mapping.rules.made import MadeArgument
from pipeline.mapping.rules.reader import place
from pipeline.mapping.rules.rules import Computed, Rule
from pipeline.mapping.rules.walk import LEFT_FIRST, formulas_in, path_of, rules_in
from pipeline.mapping.types import Type, fields_of, record_name, with_article

_FORMS = {"text": "one value", "integer": "one value", "decimal": "one value", "boolean": "one value",
          "record": "a record", "list": "a list", "map": "an object"}  # fmt: skip
Given = Mapping[Position, MadeArgument]


@dataclass(slots=True)
class _Reading:
    """What a template reads of one argument: fields of it, or of each of its entries where it is a list.

    ``changed``: the whole of it goes through transforms.
    """

    fields: set[str] = field(default_factory=set)
    entries: set[str] = field(default_factory=set)
    looped: bool = False
    changed: bool = False


def argument_findings(mapping: CompiledMapping) -> Iterator[Finding]:
    """Give arguments that do not fit their template; what the template makes of them is wrong there only."""
    uses: dict[tuple[str, str], dict[Position, MadeArgument]] = defaultdict(dict)
    for argument in mapping.payload.made.arguments:
        if argument.type.kind in _FORMS:
            uses[argument.template, argument.name].setdefault(argument.position, argument)
    for (template, name), given in uses.items():
        reading = _reading(mapping.rules.templates[template].rule, name)
        yield from _of_another_form(template, name, given, reading)
        yield from _without_fields(template, name, given, reading)


def _of_another_form(template: str, name: str, given: Given, reading: _Reading) -> Iterator[Finding]:
    """Arguments of another form than the template reads, or than those of most uses."""
    read = "a record" if reading.fields else "a list" if reading.looped else ""
    usual = "" if read else _usual([_FORMS[argument.type.kind] for argument in given.values()], reading)
    for position, argument in given.items():
        form, wanted = _FORMS[argument.type.kind], read or usual
        if not wanted or form == wanted or (read and form == "an object"):
            continue
        why = f"and reads it as {wanted}" if read else f"and {wanted} everywhere else"
        message = f"The template `{template}` gets {argument.type} as `{name}` here, {why}."
        hint = "Name one of its fields." if form == "a record" and wanted == "one value" else f"Give it {wanted}."
        yield Finding("argument-type", "error", message, hint, place(position))


def _usual(forms: list[str], reading: _Reading) -> str:
    """Give the form of most uses; of two that are as frequent, the one that transforms take."""
    (form, count), *others = Counter(forms).most_common()
    if not others:
        return ""
    if count > len(forms) / 2:
        return form
    return "one value" if reading.changed and "one value" in forms else ""


def _without_fields(template: str, name: str, given: Given, reading: _Reading) -> Iterator[Finding]:
    """Arguments whose record lacks most fields that the template reads, or some that another use's record has."""
    lacking = {position: _lacking(argument.type, reading) for position, argument in given.items()}
    fits = not all(lacking.values())
    most = max(len(reading.fields), len(reading.entries)) / 2
    for position, (record, fields) in ((position, lack) for position, lack in lacking.items() if lack):
        if not fits and len(fields) <= max(most, 1):
            continue  # the template may ask for what nothing has
        named = ", ".join(f"`{field}`" for field in sorted(fields)[:4])
        message = f"The template `{template}` reads {named} of `{name}`, which {record} does not have."
        hint = "Give it what its other uses give it." if fits else "Give it what has these fields."
        yield Finding("argument-type", "error", message, hint, place(position))


def _lacking(kind: Type, reading: _Reading) -> tuple[str, set[str]] | None:
    """Give the record of an argument and the fields that it lacks; None where nothing lacks or is known."""
    element = kind.item if kind.kind == "list" else kind
    if element is None or element.record is None:
        return None
    missing = (reading.entries if kind.kind == "list" else reading.fields) - fields_of(element.record).keys()
    return (with_article(record_name(element)), missing) if missing else None


def _reading(rule: Rule, name: str) -> _Reading:
    """Give what a template's formulas read of one of its arguments."""
    found = _Reading()
    entries = set()
    for part in rules_in(rule):
        if isinstance(part.body, Computed) and path_of(part.body.formula.tree) == name:
            found.changed |= bool(part.steps or part.body.formula.links)
        for loop in part.loops:
            if path_of(loop.source.tree) == name:
                found.looped = True
                entries.add(loop.record)
    for formula in formulas_in(rule):
        for owner, field_name in _fields_read(formula.tree):
            if owner == name:
                found.fields.add(field_name)
            elif owner in entries:
                found.entries.add(field_name)
    return found


def _fields_read(tree: Any) -> Iterator[tuple[str, str]]:
    """Give each name that an expression starts a path from, with the first field that it reads of it."""
    if not isinstance(tree, dict):
        return
    children = tree.get("children", ())
    if tree.get("type") == "subexpression":
        owner, inner = children[0], children[1]
        if owner.get("type") == "field" and inner.get("type") == "field":
            yield owner["value"], inner["value"]
    if tree.get("type") == "expref":
        return
    for child in children[:1] if tree.get("type") in LEFT_FIRST else children:
        yield from _fields_read(child)
