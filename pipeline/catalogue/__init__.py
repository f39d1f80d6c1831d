"""Every finding that can be told, in one table: its code, severity, title, explanation and examples.

What concerns mappings stands in the YAML files of this folder, what concerns menus beside the code
that tells it. ``docs/findings.md`` is made of it, and its examples run as tests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal, cast

import yaml

from pipeline.findings import SEVERITY_ORDER, Severity
from pipeline.mapping.mistakes import CODES
from pipeline.reading.codes import KINDS
from pipeline.shaping.codes import CODES as SHAPING

FOLDER = Path(__file__).parent
AREAS: Mapping[str, str] = MappingProxyType(
    {
        "files": "Mapping files that cannot be read",
        "formulas": "Formulas, texts and loops",
        "form": "Keys and what they take",
        "meaning": "Names, types, transforms and templates",
        "platform": "The platform, steps, secrets, and what is never used",
        "running": "Told when a mapping runs",
        "publishing": "Told of accounts, connections and syncs",
        "pictures": "Told when a menu's pictures are looked at",
        "reading": "Told when a menu is read",
        "shaping": "Told when a menu is shaped",
    }
)
"""The areas in the order of the page, each with its heading; those of mappings and syncs are files here."""

Where = Literal["dish", "sections", "file"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One code. ``where`` says what its examples are: fields of a dish, top-level keys, or a whole file."""

    code: str
    area: str
    severity: Severity
    title: str
    about: str
    wrong: str = ""
    right: str = ""
    where: Where = "dish"


@cache
def catalogue() -> Mapping[str, Entry]:
    """Give all codes, by area and in it as written down."""
    entries: dict[str, Entry] = {}
    for entry in _entries():
        if entry.code in entries:
            raise ValueError(f"{entry.code} stands twice in the catalogue")
        entries[entry.code] = entry
    return MappingProxyType(entries)


def _entries() -> Iterator[Entry]:
    for area in AREAS:
        path = FOLDER / f"{area}.yaml"
        if path.is_file():
            yield from (_entry(code, area, row) for code, row in yaml.safe_load(path.read_text("utf-8")).items())
    for code, kind in KINDS.items():
        yield Entry(code=code, area="reading", severity=kind.severity, title=_title(kind.means), about=kind.means)
    for code, shaping in SHAPING.items():
        about = " ".join(part for part in (shaping.about, shaping.hint) if part)
        yield Entry(code=code, area="shaping", severity=shaping.severity, title=_title(shaping.about), about=about)


def _entry(code: str, area: str, row: Mapping[str, str]) -> Entry:
    severity = row.get("severity", "error")
    if severity not in SEVERITY_ORDER:
        raise ValueError(f"{code} has no severity {severity}")
    title = CODES[code] if code in CODES else row["title"]
    where = cast("Where", row.get("in", "dish"))
    return Entry(
        code=code, area=area, severity=severity, title=title, about=row["about"],
        wrong=row.get("wrong", ""), right=row.get("right", ""), where=where,
    )  # fmt: skip


def _title(sentence: str) -> str:
    """Give a sentence's words as a title.

    >>> _title("A dish is left out.")
    'a dish is left out'
    """
    words = sentence.partition(". ")[0].rstrip(".")
    return words[:1].lower() + words[1:]
