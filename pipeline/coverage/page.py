"""The matrix as one self-contained page: no script, nothing loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from importlib.resources import files
from itertools import groupby
from string import Template

from pipeline.coverage.matrix import STATES, Cell, Matrix, Platform, Row, State
from pipeline.coverage.offered import Unfilled

NAMES: dict[State, str] = {"reaches": "yes", "sometimes": "sometimes", "apart": "own call", "lost": "no"}


def page(matrix: Matrix) -> str:
    """Give the page's HTML."""
    template = files("pipeline.coverage").joinpath("page.html").read_text(encoding="utf-8")
    return Template(template).substitute(body="\n".join(_body(matrix)))


def _body(matrix: Matrix) -> Iterator[str]:
    yield "<h1>What of the menu reaches which platform</h1>"
    yield (
        "<p>Computed from the mappings alone. Each answer opens to tell under which condition or why not, "
        "and where in the mapping the field is made.</p>"
    )
    yield '<p class="soft">'
    yield " · ".join(f'<span class="state {state}">{NAMES[state]}</span> {escape(STATES[state])}' for state in STATES)
    yield "</p>"
    yield '<div class="show"><label><input type="checkbox" id="gaps"> only fields with a gap somewhere</label></div>'
    yield "<table><thead><tr><th>field of the menu</th>"
    for platform in matrix.platforms:
        count = matrix.counts(platform.name)
        there = count["reaches"] + count["apart"]
        yield f'<th>{escape(platform.title)}<br><span class="soft">{there} of {len(matrix.rows)}</span></th>'
    yield "</tr></thead><tbody>"
    for record, rows in groupby(matrix.rows, key=lambda row: row.field.partition(".")[0]):
        yield f'<tr class="record"><th colspan="{len(matrix.platforms) + 1}">{escape(record)}</th></tr>'
        for row in rows:
            yield from _row(row, matrix)
    yield "</tbody></table>"
    for platform in matrix.platforms:
        yield from _unfilled(platform)


def _row(row: Row, matrix: Matrix) -> Iterator[str]:
    whole = all(cell.state in ("reaches", "apart") for cell in row.cells.values())
    yield f'<tr{" class=whole" if whole else ""}><th scope="row"><code>{escape(row.field)}</code></th>'
    for platform in matrix.platforms:
        yield f'<td data-platform="{escape(platform.title)}">{_cell(row.cells[platform.name])}</td>'
    yield "</tr>"


def _cell(cell: Cell) -> str:
    state = f'<span class="state {cell.state}">{NAMES[cell.state]}</span>'
    told = [escape(reason) for reason in cell.because]
    told += [f"<code>{escape(target.path)}</code>, line {target.line}" for target in cell.targets]
    if not told:
        return state
    return f"<details><summary>{state}</summary><ul>{''.join(f'<li>{one}</li>' for one in told)}</ul></details>"


def _unfilled(platform: Platform) -> Iterator[str]:
    yield f"<h2>What {escape(platform.title)} offers and nothing fills</h2>"
    if platform.unfilled is None:
        yield "<p>There is no payload schema for it, so this is not known.</p>"
    elif not platform.unfilled:
        yield "<p>Nothing: every field that its payload schema has is filled.</p>"
    else:
        yield f"<details><summary>{len(platform.unfilled)} fields</summary><ul>"
        yield from (_offer(field) for field in platform.unfilled)
        yield "</ul></details>"


def _offer(field: Unfilled) -> str:
    needed = " (required)" if field.required else ""
    reason = f": {escape(field.reason)}" if field.reason else ""
    return f"<li><code>{escape(field.path)}</code>{needed}{reason}</li>"
