"""Collects findings while a menu is read, few enough to be read by a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from msgspec import Struct

from pipeline.findings import SEVERITY_ORDER, Finding, Place, Record
from pipeline.menu import Category, Item, Menu, ModifierGroup, Option, Restaurant, Size
from pipeline.reading.codes import KINDS
from pipeline.reading.limits import NAMED, SAME_FINDINGS

RECORDS: dict[type[Struct], tuple[str, str]] = {
    Restaurant: ("restaurant", "restaurant_id"),
    Category: ("category", "category_id"),
    Item: ("item", "item_id"),
    Size: ("size", "size_id"),
    ModifierGroup: ("group", "modifier_group_id"),
    Option: ("option", "option_id"),
    Menu: ("menu", ""),
}
"""The records that people know by name: what they are called, and the field that holds their id."""

MAX_ID = 1_000

PLURALS = {"category": "categories", "dish": "dishes"}


def counted(count: int, noun: str) -> str:
    """Write a number with its noun.

    >>> counted(1, "category"), counted(3, "category")
    ('1 category', '3 categories')
    """
    return f"{count:,} {noun if count == 1 else PLURALS.get(noun, noun + 's')}"


def shown(value: object, most: int = 40) -> str:
    """Write a value as people may see it: at most as long, on one line, whatever it is."""
    if isinstance(value, str):
        text = value if len(value) <= most else value[: most - 3] + "..."
        return '"' + "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text) + '"'
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, dict):
        return "an object"
    try:
        text = str(value)
    except ValueError:  # Python does not write integers of more than 4,300 digits
        return "a number with thousands of digits"
    return text if len(text) <= most else text[: most - 3] + "..."


def record_of(record: Struct) -> Record:
    """Give the name by which findings speak of a menu's record."""
    kind, id_field = RECORDS[type(record)]
    return Record(kind, shown(getattr(record, id_field, ""), MAX_ID)[1:-1], short_name(getattr(record, "name", "")))


def short_name(name: str) -> str:
    """Write a record's name on one line, bounded."""
    return shown(" ".join(name[:400].split()), 100)[1:-1]


class Problems:
    """The findings of one reading; severities come from the table of kinds, ``subject`` is what is being read.

    ``left_out`` are kind and id of records that could not be read: that others name them is no further problem.
    """

    def __init__(self, file: str = "") -> None:
        self.file = file
        self.subject = "The menu"
        self.left_out: set[tuple[str, str]] = set()
        self._findings: list[Finding] = []
        self._seen: Counter[str] = Counter()

    def add(
        self,
        code: str,
        message: str,
        trail: Sequence[Record] = (),
        field: str = "",
        hint: str = "",
        position: tuple[int, int] | None = None,
    ) -> None:
        """Tell one thing; ``position`` is a line and column of the file."""
        self._seen[code] += 1
        if self._seen[code] <= SAME_FINDINGS:
            place = Place(self.file, *position) if position and self.file else None
            self._findings.append(Finding(code, KINDS[code].severity, message, hint, place, tuple(trail), field))

    def collect(self, code: str, message: str, records: Sequence[Record], field: str = "", hint: str = "") -> None:
        """Tell one thing of many records at once: all are counted, the first are named."""
        if len(records) > NAMED:
            message += f" The first {NAMED} are named."
        self._findings.append(
            Finding(code, KINDS[code].severity, message, hint, None, tuple(records[:NAMED]), field, len(records))
        )

    def findings(self) -> tuple[Finding, ...]:
        """Give all findings, the worst first; what was too many of one kind is one finding more."""
        rest = [
            Finding(
                code,
                KINDS[code].severity,
                f"{counted(count - SAME_FINDINGS, 'more problem')} of the same kind: {KINDS[code].means}",
                "Repair those that are named, then read the menu again.",
                count=count - SAME_FINDINGS,
            )
            for code, count in self._seen.items()
            if count > SAME_FINDINGS
        ]
        return in_order([*self._findings, *rest])


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Sort findings by severity; those of one severity keep their order."""
    return tuple(sorted(findings, key=lambda finding: SEVERITY_ORDER[finding.severity]))
