"""Ids of options where options of all groups stand in one list: an ``option_id`` is unique inside its group only."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.findings import Finding
from pipeline.mapping.compiled import CompiledMapping
from pipeline.mapping.formulas.formula import Formula
from pipeline.mapping.rules.reader import place
from pipeline.mapping.rules.walk import formulas_in, path_of, rules_in

_ALL = "menu.options"
_PROJECTED = re.compile(r"(?<![\w.])menu\.options\[[^\]]*\]\.(option_id)(?!\w)")


def identity_findings(mapping: CompiledMapping) -> Iterator[Finding]:
    """Give the formulas that take an option's id for one of its own over the whole menu."""
    rules = mapping.rules
    told: set[tuple[int, int]] = set()
    for root in (rules.payload, *(bound for _, bound in rules.let), *(one.rule for one in rules.templates.values())):
        for part in rules_in(root):
            records = [loop.record for loop in part.loops if path_of(loop.source.tree) == _ALL]
            patterns = [re.compile(rf"(?<![\w.]){re.escape(name)}\.(option_id)(?!\w)") for name in records]
            for formula in formulas_in(part):
                yield from _told(formula, (*patterns, _PROJECTED), told)


def _told(formula: Formula, patterns: tuple[re.Pattern[str], ...], told: set[tuple[int, int]]) -> Iterator[Finding]:
    for match in (match for pattern in patterns for match in pattern.finditer(formula.text)):
        where = formula.at(match.start(1))
        if (where.line, where.column) not in told:
            told.add((where.line, where.column))
            message = "Two groups may have an option with the same `option_id`, and here stand those of all groups."
            hint = "Write `key`: it is made of group and option, and unique over the whole menu."
            yield Finding("option-id", "warning", message, hint, place(where))
