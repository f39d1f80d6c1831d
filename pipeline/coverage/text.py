"""The matrix for a terminal: a table of words, then the reasons."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.coverage.matrix import Matrix, Platform, State

WORDS: dict[State, str] = {"reaches": "yes", "sometimes": "sometimes", "apart": "own call", "lost": "–"}


def headings(matrix: Matrix) -> tuple[str, ...]:
    """Give the table's headings."""
    return ("field of the menu", *(platform.name for platform in matrix.platforms))


def table_rows(matrix: Matrix) -> list[tuple[str, ...]]:
    """Give the table's rows, the counts last."""
    body = [(row.field, *(WORDS[cell.state] for cell in row.cells.values())) for row in matrix.rows]
    counts = [matrix.counts(platform.name) for platform in matrix.platforms]
    total = [f"{count['reaches'] + count['apart']} of {len(matrix.rows)}" for count in counts]
    return [*body, ("wholly there", *total)]


def reasons(matrix: Matrix) -> Iterator[str]:
    """Give, platform by platform, why fields are not wholly there, and what the platform offers beside."""
    for platform in matrix.platforms:
        yield ""
        yield f"{platform.title}: sometimes"
        yield from _why(matrix, platform, "sometimes")
        yield f"{platform.title}: not at all"
        yield from _why(matrix, platform, "lost")
        yield from _unfilled(platform)


def _why(matrix: Matrix, platform: Platform, state: State) -> Iterator[str]:
    found = False
    for row in matrix.rows:
        cell = row.cells[platform.name]
        if cell.state == state:
            found = True
            yield f"  {row.field}: {'; '.join(cell.because) or 'the mapping gives no reason'}"
    if not found:
        yield "  nothing"


def _unfilled(platform: Platform) -> Iterator[str]:
    if platform.unfilled is None:
        yield f"{platform.title}: there is no payload schema, so what it offers beside is not known"
        return
    yield f"{platform.title}: offered by the platform and not filled"
    for field in platform.unfilled:
        needed = " (required)" if field.required else ""
        yield f"  {field.path}{needed}{': ' + field.reason if field.reason else ''}"
