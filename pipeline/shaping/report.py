"""Collects what shaping tells: one finding per code and reason, with all records it concerns."""

from __future__ import annotations

from collections.abc import Container, Iterable

from pipeline.findings import SEVERITY_ORDER, Finding, Record
from pipeline.shaping.codes import CODES

NAMED = 5
"""How many records a finding's sentence names; all stand in ``records``."""

LONGEST = 120
"""How many characters of a name or reason a sentence shows."""

_KINDS = {
    "item": ("Dish", "Dishes"),
    "category": ("Category", "Categories"),
    "modifier_group": ("Modifier group", "Modifier groups"),
    "option": ("Option", "Options"),
    "size": ("Size", "Sizes"),
    "restaurant": ("Restaurant", "Restaurants"),
}


class Report:
    """What was left out, changed or assumed, by record."""

    __slots__ = ("_collected",)

    def __init__(self) -> None:
        # Code, reason, kind -> record -> None: a dictionary keeps each record once, in order.
        self._collected: dict[tuple[str, str, str], dict[Record, None]] = {}

    def add(self, code: str, kind: str, record_id: str, name: str, reason: str = "") -> None:
        """Collect one record under a code of :data:`CODES`; equal entries count once."""
        self._collected.setdefault((code, reason, kind), {})[Record(kind, record_id, name)] = None

    def findings(self, remaining_items: Container[str]) -> tuple[Finding, ...]:
        """Give all findings, the gravest first, without what concerns dishes that were left out."""
        found = []
        for (code, reason, kind), entries in self._collected.items():
            about = CODES[code]
            records: Iterable[Record] = entries
            if about.remaining_only and kind == "item":
                records = [record for record in entries if record.record_id in remaining_items]
            records = tuple(records)
            if not records:
                continue
            words = {"Kind": _KINDS[kind][len(records) != 1], "names": listed(records), "reason": shortened(reason)}
            found.append(
                Finding(
                    code=code,
                    severity=about.severity,
                    message=about.message.format_map(words),
                    hint=about.hint.format_map(words),
                    records=records,
                    field=about.field,
                    count=len(records),
                )
            )
        return tuple(sorted(found, key=lambda finding: SEVERITY_ORDER[finding.severity]))


def listed(records: tuple[Record, ...]) -> str:
    """Name the first records, and count the others.

    >>> listed((Record("item", "1", "Cola"), Record("item", "2", "Tea")))
    'Cola, Tea'
    """
    names = ", ".join(shortened(record.name or record.record_id) for record in records[:NAMED])
    more = len(records) - NAMED
    return f"{names} and {more} more" if more > 0 else names


def shortened(text: str) -> str:
    """Cut a long text, so that a sentence stays one."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
