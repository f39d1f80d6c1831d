"""What is wrong in text files, as compilers tell it: place, sentence, the line with a caret, what to write instead."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

from pipeline.cli.console import visible
from pipeline.findings import Finding, Place, Severity

MOST_SHOWN = 60
"""So many findings are shown as text; the rest is counted."""

LINE_WIDTH = 140
TEXT_LIMIT = 1_000
MARGIN = 6
SECRET_CODES = frozenset({"literal-secret"})
"""Lines that these stand on are not shown: they hold what must not reach any output."""
_STYLES: dict[Severity, str] = {"error": "1;31", "hold": "1;35", "warning": "33", "note": "36"}


class Sources:
    """The lines of the files that findings speak of, each file read once."""

    def __init__(self) -> None:
        self._lines: dict[str, Sequence[str]] = {}

    def line(self, place: Place) -> str | None:
        """Give a line's text, None where it is not there."""
        if place.file not in self._lines:
            self._lines[place.file] = _read(place.file)
        lines = self._lines[place.file]
        return lines[place.line - 1] if 0 < place.line <= len(lines) else None


def diagnostics_text(findings: Sequence[Finding], sources: Sources, *, colours: bool = False) -> str:
    """Lay out findings one below the other, at most :data:`MOST_SHOWN`; empty where there are none."""
    secret = {(found.place.file, found.place.line) for found in findings if found.code in SECRET_CODES and found.place}
    blocks = ["\n".join(_block(finding, sources, secret, colours)) for finding in findings[:MOST_SHOWN]]
    if len(findings) > MOST_SHOWN:
        blocks.append(f"… and {len(findings) - MOST_SHOWN} more; --format json lists all.")
    return "\n\n".join(blocks)


def _block(finding: Finding, sources: Sources, secret: set[tuple[str, int]], colours: bool) -> Iterable[str]:
    def styled(text: str, style: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if colours else text

    where = f"{visible(str(finding.place))}: " if finding.place else ""
    label = styled(f"{finding.severity}[{finding.code}]", _STYLES[finding.severity])
    yield f"{where}{label}: {visible(finding.message, TEXT_LIMIT)}"
    line = sources.line(finding.place) if finding.place else None
    if finding.place and line is not None and line.strip():
        if (finding.place.file, finding.place.line) in secret:
            line = f"{line[: len(line) - len(line.lstrip())]}{line.strip().partition(': ')[0]}: ***"
        shown, column = _window(line, min(finding.place.column - 1, len(line)))
        yield f"{styled(f'{finding.place.line:>{MARGIN}} |', '2')} {shown}"
        yield f"{styled(' ' * MARGIN + ' |', '2')} {' ' * column}{styled('^', _STYLES[finding.severity])}"
    if finding.hint:
        yield f"{' ' * MARGIN} = {visible(finding.hint, TEXT_LIMIT)}"


def _window(line: str, index: int) -> tuple[str, int]:
    """Give the part of a line around a character, and how many columns stand before that character.

    >>> _window("price: = item.price", 9)
    ('price: = item.price', 9)
    >>> _window("name: 寿司 = x", 9)
    ('name: 寿司 = x', 11)
    """
    start = 0
    if len(line) > LINE_WIDTH:
        start = max(min(index - LINE_WIDTH // 2, len(line) - LINE_WIDTH), 0)
    before, behind = visible(line[start:index]), visible(line[index : start + LINE_WIDTH])
    cut = "…" if start else ""
    more = "…" if start + LINE_WIDTH < len(line) else ""
    return f"{cut}{before}{behind}{more}", len(cut) + sum(map(_width, before))


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _read(file: str) -> Sequence[str]:
    try:
        with Path(file).open("rb") as opened:
            return opened.read(2_000_000).decode("utf-8-sig", errors="replace").splitlines()
    except OSError:
        return ()
