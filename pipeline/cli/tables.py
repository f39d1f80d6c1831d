"""Tables for people; the same rows go out as JSON with ``--format json``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipeline.cli.console import UNWRAPPED, render, visible


def table_text(headings: Sequence[str], rows: Iterable[Sequence[str]], *, width: int = UNWRAPPED) -> str:
    """Lay out rows below their headings, columns aligned by what they take on a screen.

    Without a ``width`` every row is on one line, so that ``grep`` sees whole rows.

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
    return render([table], width=width)
