"""Findings for people: grouped by severity, one dish's together, many of one kind folded into one.

What is folded is still named; all of it, one by one, is in the JSON form.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from pipeline.cli.console import colours_on, render, tell, visible, width_of
from pipeline.findings import SEVERITY_ORDER, Finding, Record, Severity

if TYPE_CHECKING:
    from rich.table import Table

FOLD_FROM = 4
"""So many findings of one code, from one place in a mapping, are told as one."""

NAMED = 12
"""So many records of a fold are named."""

TEXT_LIMIT = 600
NAME_LIMIT = 80

WORDS: dict[Severity, tuple[str, str]] = {
    "error": ("error", "errors"),
    "hold": ("hold", "holds"),
    "warning": ("warning", "warnings"),
    "note": ("note", "notes"),
}
STYLES: dict[Severity, str] = {"error": "bold red", "hold": "bold magenta", "warning": "yellow", "note": "cyan"}


def counts(findings: Iterable[Finding]) -> str:
    """Say how many findings there are of each severity.

    >>> counts([Finding("a", "note", "x"), Finding("b", "error", "y"), Finding("c", "note", "z")])
    '1 error, 2 notes'
    >>> counts([])
    'no findings'
    """
    number: dict[Severity, int] = defaultdict(int)
    for finding in findings:
        number[finding.severity] += 1
    parts = [f"{number[severity]} {WORDS[severity][number[severity] > 1]}" for severity in WORDS if number[severity]]
    return ", ".join(parts) or "no findings"


def findings_text(findings: Iterable[Finding], *, width: int = 100, colours: bool = False) -> str:
    """Lay out findings, the gravest first, with the counts at the end; empty where there are none."""
    from rich.padding import Padding
    from rich.text import Text

    findings = list(findings)
    if not findings:
        return ""
    parts = [Padding(_block(group), (0, 0, 0, 0)) for group in grouped(findings)]
    return render([*parts, Text(counts(findings), style="bold")], width=width, colours=colours)


def tell_findings(findings: Iterable[Finding]) -> None:
    """Write findings to stderr, as wide and as coloured as it takes them."""
    text = findings_text(findings, width=width_of(sys.stderr), colours=colours_on(sys.stderr))
    if text:
        tell(text)


def grouped(findings: Iterable[Finding]) -> list[list[Finding]]:
    """Put findings in the order they are told, those that are folded into one in one list.

    By severity; in each, single findings dish by dish, then the folds.
    """
    alike: dict[tuple[int, str, str], list[Finding]] = defaultdict(list)
    for finding in sorted(findings, key=_by_dish):
        alike[SEVERITY_ORDER[finding.severity], finding.code, str(finding.place or "")].append(finding)
    singles = [[finding] for group in alike.values() if len(group) < FOLD_FROM for finding in group]
    folds = [group for group in alike.values() if len(group) >= FOLD_FROM]
    ordered = sorted(singles, key=lambda group: _by_dish(group[0])) + folds
    return sorted(ordered, key=lambda group: SEVERITY_ORDER[group[0].severity])


def where(finding: Finding) -> str:
    """Say where a finding is: the mapping's line, the records from the outermost in, the field.

    >>> where(Finding("a", "note", "x", records=(Record("category", "c-1", "Pizza"), Record("item", "i-7", "Funghi")),
    ...     field="price"))
    'Pizza › Funghi (item i-7), field price'
    """
    parts = [str(finding.place)] if finding.place else []
    if finding.count > 1:
        parts += [_list([_name(record) for record in finding.records])]  # collected: no trail, but one beside another
    elif finding.records:
        *outer, last = finding.records
        parts += [" › ".join([*map(_name, outer), str(last)])]
    parts += [f"field {finding.field}"] if finding.field else []
    return ", ".join(parts)


def _by_dish(finding: Finding) -> tuple[str, int, int, tuple[str, ...], str, str]:
    place = finding.place
    return (
        place.file if place else "",
        place.line if place else 0,
        place.column if place else 0,
        tuple(record.name or record.record_id for record in finding.records),
        finding.code,
        finding.message,
    )


def _name(record: Record) -> str:
    return record.name or f"{record.kind} {record.record_id}"


def _block(group: Sequence[Finding]) -> Table:
    from rich.table import Table
    from rich.text import Text

    first = group[0]
    head = Text(visible(first.message, TEXT_LIMIT))
    head.append(f"  [{visible(first.code, NAME_LIMIT)}]", style="dim")
    number = sum(finding.count for finding in group)
    if number > 1:
        head.append(f" × {number}", style="dim")

    details = Table.grid(padding=(0, 1, 0, 0))
    details.add_column(style="dim", no_wrap=True)
    details.add_column(overflow="fold")
    if place := where(first):
        details.add_row("where", Text(visible(place, TEXT_LIMIT)))
    if len(group) > 1 and (others := _others(group)):
        details.add_row("also", Text(others))
    if first.hint:
        details.add_row("do", Text(visible(first.hint, TEXT_LIMIT)))

    block = Table.grid(padding=(0, 1, 0, 0))
    block.add_column(no_wrap=True, min_width=max(len(word) for word, _ in WORDS.values()))
    block.add_column(overflow="fold")
    block.add_row(Text(first.severity, style=STYLES[first.severity]), head)
    if details.row_count:
        block.add_row("", details)
    return block


def _others(group: Sequence[Finding]) -> str:
    """Name the records of all but the first finding; findings without records are told in their own words."""
    first, *others = group
    if not all(finding.records for finding in group):
        return "\n".join(dict.fromkeys(visible(finding.message, TEXT_LIMIT) for finding in others[:NAMED]))
    names = dict.fromkeys(_name(finding.records[-1]) for finding in others)
    names.pop(_name(first.records[-1]), None)
    return _list(list(names))


def _list(names: Sequence[str]) -> str:
    shown = ", ".join(visible(name, NAME_LIMIT) for name in names[:NAMED])
    return f"{shown} and {len(names) - NAMED} more" if len(names) > NAMED else shown
