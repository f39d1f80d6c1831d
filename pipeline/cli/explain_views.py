"""Explanations for people: the value, the mapping's line, the records it stands at, and each step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from pipeline.cli.console import render, visible
from pipeline.explaining import Explained, Explanation, LineUse, Presence
from pipeline.explaining.absent import shown
from pipeline.explaining.explanation import Reason, TraceStep
from pipeline.findings import Record
from pipeline.mapping.compiler.runtime import MISSING

if TYPE_CHECKING:
    from rich.table import Table

VALUE_LIMIT = 400
TEXT_LIMIT = 160
STEP_LIMIT = 90
WORDS = {"if": "$if:", "unless": "$unless:", "let": "$let", "with": "with", "template": "template", "text": "text:"}
Row = tuple[str, Any]


def explained_text(explained: Explained, *, width: int) -> str:
    """Lay out what was asked for, and how much more there is."""
    parts = [explanation_text(each, width=width) for each in explained.fields]
    more = explained.total - len(explained.fields)
    if more:
        parts.append(f"… and {more} more; --limit shows more of them.")
    if explained.dishes:
        parts.append(presences_text(explained.dishes, width=width))
    return "\n\n".join(parts)


def explanation_text(explanation: Explanation, *, width: int) -> str:
    """Lay out one field."""
    value = f"= {shown(explanation.value, VALUE_LIMIT)}" if explanation.present else "is not there"
    rows: list[Row] = []
    if explanation.reason is not None:
        rows += [("why", line) for line in reason_lines(explanation.reason)]
    if explanation.inside:
        rows.append(("inside", f"{explanation.inside} of the value that the mapping gives here"))
    if explanation.place:
        rows.append(("mapping", f"{explanation.place}  {explanation.line}"))
    rows += [("template", f"{name}, {place}") for name, place in explanation.templates]
    if explanation.loops:
        lines = [
            (turn.text, str(turn.record or shown(turn.value)), f"line {turn.place.line}") for turn in explanation.loops
        ]
        rows.append(("for", _columns(lines)))
    if explanation.steps:
        rows.append(("steps", _columns([_step(step) for step in explanation.steps])))
    rows += [("told", finding.message) for finding in explanation.findings]
    return f"{visible(explanation.field, VALUE_LIMIT)} {visible(value)}\n{_layout(rows, width)}"


def reason_lines(reason: Reason, depth: int = 0) -> list[str]:
    """Say a reason, and below it why an object's own fields have no value."""
    text = " ".join(part for part in (reason.message, reason.hint) if part)
    lines = [text]
    for key, inner in reason.because:
        first, *rest = reason_lines(inner, depth + 1)
        lines += [f"{'  ' * (depth + 1)}{key}: {first}", *rest]
    return lines


def line_text(use: LineUse, *, width: int) -> str:
    """Lay out what a mapping line made."""
    head = f"{use.file}:{use.line}  {use.text}"
    if not use.made and not use.absent:
        return f"{visible(head)}\n{visible(nothing_made(use))}"
    rows: list[Row] = []
    for made in use.made:
        rows.append(("made", f"{made.path} × {made.count}  (line {made.place.line})"))
        examples = [(f"  {path}", shown(value), _last(records)) for path, value, records in made.examples]
        rows.append(("", _columns(examples)))
    rows += [
        ("left out", f"{key} × {count}, where it has no value  (line {where.line})") for key, where, count in use.absent
    ]
    return f"{visible(head)}\n{_layout(rows, width)}"


def nothing_made(use: LineUse) -> str:
    """Say why a line made no payload field."""
    if not use.text:
        return "This line is empty."
    if not use.section or use.text.startswith("#"):
        return "This line is a comment, or stands in no section: it makes nothing."
    if use.section in ("payload", "templates", "tables", "transforms", "let"):
        return "It made nothing of this menu: no record came to it, or nothing uses it."
    return f"It belongs to `{use.section}`, which makes no payload field."


def presences_text(presences: Iterable[Presence], *, width: int) -> str:
    """Lay out where records are, or why they are not there."""
    parts = []
    for presence in presences:
        there = f"is there {len(presence.places)} times" if len(presence.places) > 1 else "is there"
        rows: list[Row] = [("at", path) for path in presence.places]
        rows += [("why", line) for reason in presence.reasons for line in _placed(reason)]
        rows += [("told", finding.message) for finding in presence.findings if finding.message not in _said(presence)]
        parts.append(
            f"{visible(str(presence.record))} {there if presence.places else 'is not there'}\n{_layout(rows, width)}"
        )
    return "\n\n".join(parts)


def _placed(reason: Reason) -> list[str]:
    lines = reason_lines(reason)
    return [*lines, f"({reason.place})"] if reason.place else lines


def _said(presence: Presence) -> set[str]:
    return {reason.message for reason in presence.reasons}


def _step(step: TraceStep) -> tuple[str, str, str]:
    indent = "  " * step.level
    word = WORDS.get(step.kind, "->" if step.kind == "transform" else "")
    what = f"{indent}{word} {step.text}" if word else f"{indent}{step.text}"
    notes = [
        f"{read.path}{f' ({read.source})' if read.source else ''} = {shown(read.value, 60)}" for read in step.reads
    ]
    notes += [step.note] if step.note else []
    value = "" if step.value is MISSING and step.kind == "default" and step.note else shown(step.value, TEXT_LIMIT)
    return visible(what, STEP_LIMIT), value, "; ".join(notes)


def _last(records: Sequence[Record]) -> str:
    return str(records[-1]) if records else ""


def _columns(rows: Sequence[tuple[str, ...]]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2, 0, 0), pad_edge=True)  # else the table around it measures it too narrow
    for _ in rows[0] if rows else ():
        table.add_column(overflow="fold")
    for row in rows:
        table.add_row(*(Text(visible(cell, VALUE_LIMIT)) for cell in row))
    return table


def _layout(rows: Sequence[Row], width: int) -> str:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    before = ""
    for label, content in rows:
        cell = Text(visible(content, 1_000)) if isinstance(content, str) else content
        table.add_row("" if label == before else f"  {label}", cell)
        before = label or before
    return render([table], width=width)
