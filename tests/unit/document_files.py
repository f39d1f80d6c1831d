"""The example documents of the form's tests, and what each says is expected of it.

A line that is wrong ends in ``# <- CODE@COLUMN``, so that a new case is a new line of YAML.
"""

from __future__ import annotations

import re
from pathlib import Path

from pipeline.findings import Finding

FOLDER = Path(__file__).parent.parent / "data" / "documents"
_MARK = re.compile(r"# <- (.*)$")
_EXPECTED = re.compile(r"([a-z-]+)@(\d+)")


def documents(folder: str) -> list[Path]:
    return sorted((FOLDER / folder).glob("*.yaml"))


def expected(path: Path) -> list[tuple[str, str, int, int]]:
    found = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        mark = _MARK.search(line)
        for code, column in _EXPECTED.findall(mark[1]) if mark else ():
            found.append((path.name, number, int(column), code))
    return sorted((code, name, line, column) for name, line, column, code in found)


def told(findings: list[Finding]) -> list[tuple[str, str, int, int]]:
    places = [(finding.code, finding.place) for finding in findings]
    return sorted((code, Path(place.file).name, place.line, place.column) for code, place in places if place)
