"""Sold out, and until when."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pipeline.menu import Item, Option
from pipeline.shaping.report import Report

_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


def zone_of(name: str) -> tzinfo:
    """Give an IANA time zone, or UTC for a name that is none (which reading reports)."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


class Availability:
    """Tells of records with a sold-out time whether it still counts at the instant ``now``.

    A time that is over does not count; a record that is unavailable all the same stays sold out,
    because selling what is not there is the worse mistake, and is reported.
    """

    def __init__(self, now: datetime, timezone: str, report: Report) -> None:
        self._now = now if now.tzinfo else now.replace(tzinfo=UTC)
        self._timezone = timezone
        self._report = report

    def of(self, record: Item | Option, kind: str, record_id: str, name: str) -> tuple[bool, str | None]:
        """Give (sold out, until when): an RFC 3339 instant with offset, or null for no known end."""
        text = record.sold_out_until
        if not text:
            return not record.availability, None
        try:
            until = datetime.fromisoformat(text)
            if until.tzinfo is None:
                until = until.replace(tzinfo=zone_of(self._timezone))
            over = until <= self._now
        except (ValueError, OverflowError):
            self._report.add("sold-out-until-unreadable", kind, record_id, name, text)
            return True, None
        if not over:
            return True, text if _RFC_3339.fullmatch(text) else until.isoformat()
        if not record.availability:
            self._report.add("sold-out-overdue", kind, record_id, name)
            return True, None
        return False, None
