"""Special hours cut at midnight, for platforms whose dates end there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from pipeline.menu import DAYS
from pipeline.shaping.hours import MIDNIGHT, Span, clock, joined
from pipeline.shaping.views import DateWindow, SpecialHours, Window


def split_at_midnight(
    days: Sequence[SpecialHours], weekly: Sequence[Window] | None, last: str = "24:00", *, touching: bool = False
) -> list[SpecialHours]:
    """Give special hours in which no period leaves its date; ``weekly`` is the week cut at midnight.

    What runs past midnight moves to the next date. Special hours stand in place of the weekly ones,
    so a next date that has no special hours of its own gets its weekly ones beside it.

    >>> night = SpecialHours("2026-12-31", False, [DateWindow("20:00", "01:30", 330, True)])
    >>> [(day.date, [(w.start, w.end) for w in day.windows]) for day in split_at_midnight([night], [])]
    [('2026-12-31', [('20:00', '24:00')]), ('2027-01-01', [('00:00', '01:30')])]
    """
    own: dict[str, list[Span]] = {}
    tails: dict[str, list[Span]] = {}
    for day in days:
        spans = [(_minutes(window.start), _minutes(window.start) + window.minutes) for window in day.windows]
        own[day.date] = [(start, min(end, MIDNIGHT)) for start, end in spans]
        late = [(0, end - MIDNIGHT) for _, end in spans if end > MIDNIGHT]
        if late and (following := _next(day.date)) is not None:
            tails.setdefault(following, []).extend(late)
    for following in tails.keys() - own.keys():
        weekday = DAYS[date.fromisoformat(following).weekday()]
        usual = [window for window in weekly or () if window.day == weekday]
        own[following] = [(_minutes(each.start), _minutes(each.start) + each.minutes) for each in usual]
    result = []
    for when in sorted(own):
        spans = joined([*tails.get(when, ()), *own[when]], touching=touching)
        windows = [DateWindow(clock(start), clock(end, last), end - start, False) for start, end in spans]
        result.append(SpecialHours(when, not windows, windows))
    return result


def _minutes(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])


def _next(day: str) -> str | None:
    try:
        return (date.fromisoformat(day) + timedelta(days=1)).isoformat()
    except OverflowError:
        return None
