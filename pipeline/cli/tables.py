"""Tables for people; the same rows go out as JSON with ``--format json``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TextIO

from pipeline.cli.console import render, visible, width_of

UNWRAPPED = 10_000


def table_text(headings: Sequence[str], rows: Iterable[Sequence[str]], *, width: int | None = None) -> str:
    """Lay out rows below their headings, columns aligned by what they take on a screen.

    ``width`` null (a pipe): every row on one line, so that ``grep`` and ``cut`` see whole rows.

    >>> print(table_text(["id", "name"], [["i-7", "Margherita"], ["i-12", "餃子"]]))
    id    name
    i-7   Margherita
    i-12  餃子
    """
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for heading in headings:
        table.add_column(Text(heading), overflow="fold")
    for row in rows:
        table.add_row(*(Text(visible(cell)) for cell in row))
    return render([table], width=width or UNWRAPPED)


def table_width(stream: TextIO) -> int | None:
    """Give the width for a table on this stream: the terminal's, or null for a pipe or file."""
    return width_of(stream) if stream.isatty() else None
