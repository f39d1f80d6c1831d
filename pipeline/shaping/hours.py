"""Weekly and special hours, in every form that platforms ask for.

Periods that overlap are joined within the day they start on, never across midnight, and periods
that only touch stay apart unless a mapping wants them joined: joined on, a restaurant that never
closes would have one period of 168 hours. No period is longer than 24 hours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import Literal

from pipeline.menu import DAYS, OpeningWindow, SpecialDay
from pipeline.shaping.report import Report
from pipeline.shaping.views import (
    CategoryView,
    DateWindow,
    DayWindows,
    ItemView,
    ScheduleView,
    SpecialHours,
    TimeWindows,
    Window,
)

EndOfDay = Literal["midnight", "last_minute"]
Span = tuple[int, int]
"""Start and end in minutes from the midnight that begins the day; an end over 1,440 is the next day's."""

MIDNIGHT = 24 * 60
ALWAYS_OPEN = tuple(OpeningWindow(day=day, start="00:00", end="24:00") for day in DAYS)

_TIME = re.compile(r"([01]\d|2[0-4]):([0-5]\d)(?::00)?")
_DAY_NUMBERS = {day: number for number, day in enumerate(DAYS)}


Forms = tuple[str | None, list[Window] | None, list[Window] | None, list[DayWindows] | None, list[TimeWindows] | None]
UNKNOWN_FORMS: Forms = (None, None, None, None, None)
"""The hours of what has none of its own."""


@dataclass(frozen=True, slots=True)
class WeekHours:
    """One set of weekly hours in its four forms; ``schedule_id`` is made of the hours, so that it is stable."""

    schedule_id: str
    hours: list[Window]
    hours_split: list[Window]
    hours_by_day: list[DayWindows]
    hours_by_time: list[TimeWindows]

    def forms(self) -> Forms:
        """Give all that a view holds of its hours, in the order of its fields."""
        return self.schedule_id, self.hours, self.hours_split, self.hours_by_day, self.hours_by_time


class Week:
    """Makes the forms of weekly hours; equal hours give one object. ``touching``: what touches is joined, too."""

    def __init__(self, end_of_day: EndOfDay, report: Report, *, touching: bool = False) -> None:
        self.last = "23:59" if end_of_day == "last_minute" else "24:00"
        self.touching = touching
        self._report = report
        self._made: dict[tuple[OpeningWindow, ...], WeekHours] = {}
        self.distinct: dict[str, WeekHours] = {}
        """All hours made so far, by their id."""

    def of(self, windows: list[OpeningWindow], kind: str, record_id: str, name: str) -> WeekHours:
        """Give the hours of one record; what is strange in them is reported by its name."""
        tell = partial(self._report.add, kind=kind, record_id=record_id, name=name)
        if not windows:
            tell("hours-never-open")
        for window in windows:
            span = span_of(window.start, window.end)
            if span is None:
                tell("hours-unreadable", reason=f"{window.day} {window.start}–{window.end}")
            elif window.start == window.end:
                tell("hours-all-day", reason=f"{window.day} {window.start}–{window.end}")
        key = tuple(windows)
        if (made := self._made.get(key)) is None:
            made = self._make(key)
            made = self._made[key] = self.distinct.setdefault(made.schedule_id, made)
        return made

    def special(self, days: Iterable[SpecialDay], restaurant_id: str, name: str) -> list[SpecialHours]:
        """Give the hours of calendar dates, by date; one without periods is closed."""
        result = []
        for day in sorted(days, key=lambda day: day.date):
            spans = []
            for window in day.windows if not day.closed else ():
                text = f"{day.date} {window.start}–{window.end}"
                span = span_of(window.start, window.end)
                if span is None:
                    self._report.add("hours-unreadable", "restaurant", restaurant_id, name, text)
                    continue
                if window.start == window.end:
                    self._report.add("hours-all-day", "restaurant", restaurant_id, name, text)
                spans.append(span)
            windows = [
                DateWindow(clock(start), clock(end, self.last), end - start, end > MIDNIGHT)
                for start, end in joined(spans, MIDNIGHT, touching=self.touching)
            ]
            result.append(SpecialHours(day.date, not windows, windows))
        return result

    def _make(self, windows: tuple[OpeningWindow, ...]) -> WeekHours:
        week: list[list[Span]] = [[] for _ in DAYS]
        for given in windows:
            span = span_of(given.start, given.end)
            if span is None:
                continue
            start, end = span
            late = start // MIDNIGHT  # 24:00 is the next day's 00:00
            week[(_DAY_NUMBERS[given.day] + late) % 7].append((start - late * MIDNIGHT, end - late * MIDNIGHT))
        week = without_overlaps(week)
        if self.touching:
            week = over_midnight([joined(spans, MIDNIGHT, touching=True) for spans in week])
        whole = self._windows(week)
        by_time: dict[str, TimeWindows] = {}
        for window in whole:
            name = f"{window.start}-{window.end}".replace(":", "")
            by_time.setdefault(name, TimeWindows(window.start, window.end, [], name)).days.append(window.day)
        digest = sha256("".join(f"{w.day}{w.start}{w.minutes};" for w in whole).encode()).hexdigest()
        by_day = [DayWindows(day, [window for window in whole if window.day == day]) for day in DAYS]
        split = self._windows(cut(week, touching=self.touching))
        return WeekHours(f"hours-{digest[:10]}", whole, split, by_day, list(by_time.values()))

    def _windows(self, week: Sequence[list[Span]]) -> list[Window]:
        return [
            Window(
                day=DAYS[number],
                start=clock(start),
                end=clock(end, self.last),
                end_day=DAYS[(number + (end > MIDNIGHT)) % 7],
                minutes=end - start,
                past_midnight=end > MIDNIGHT,
            )
            for number, spans in enumerate(week)
            for start, end in spans
        ]


def used_schedules(owners: Iterable[CategoryView | ItemView]) -> list[ScheduleView]:
    """Give the distinct hours of categories and dishes, each once, in the order of their first use."""
    schedules: dict[str, ScheduleView] = {}
    for owner in owners:
        schedule_id = owner.schedule_id
        if schedule_id is not None and schedule_id not in schedules:
            schedules[schedule_id] = ScheduleView(
                schedule_id,
                owner.hours or [],
                owner.hours_split or [],
                owner.hours_by_day or [],
                owner.hours_by_time or [],
            )
    return list(schedules.values())


def span_of(start: str, end: str) -> Span | None:
    """Read a period of store-local times; null where it is none.

    An end at or before the start is the next day's, so an end equal to the start makes 24 hours.

    >>> span_of("18:00", "02:00"), span_of("18:00", "00:00"), span_of("09:00", "09:00"), span_of("9", "10:00")
    ((1080, 1560), (1080, 1440), (540, 1980), None)
    """
    first, last = _minutes(start), _minutes(end)
    if first is None or last is None:
        return None
    return first, last if last > first else last + MIDNIGHT


def clock(minutes: int, last: str = "24:00") -> str:
    """Write a time of day; ``last`` is how the day's end is written.

    >>> clock(545), clock(1440), clock(1440, "23:59"), clock(1560)
    ('09:05', '24:00', '23:59', '02:00')
    """
    if minutes == MIDNIGHT:
        return last
    hours, rest = divmod(minutes % MIDNIGHT, 60)
    return f"{hours:02}:{rest:02}"


def joined(spans: Iterable[Span], longest: int = 2 * MIDNIGHT, *, touching: bool = False) -> list[Span]:
    """Join what overlaps, up to ``longest`` minutes; what only touches stays apart unless it is asked for.

    >>> joined([(600, 720), (540, 660), (720, 800)]), joined([(720, 800), (540, 720)], touching=True)
    ([(540, 720), (720, 800)], [(540, 800)])
    """
    result: list[Span] = []
    for start, end in sorted(spans):
        if result and start < result[-1][1] + touching and max(end, result[-1][1]) - result[-1][0] <= longest:
            result[-1] = result[-1][0], max(end, result[-1][1])
        else:
            result.append((start, end))
    return result


def without_overlaps(week: Sequence[Iterable[Span]]) -> list[list[Span]]:
    """Join overlaps day by day; what would be longer than 24 hours goes on as the next day's."""
    days = [joined(spans) for spans in week]
    for number in list(range(7)) * 3:  # what Sunday hands on can go through the whole week once more
        for position, (start, end) in enumerate(days[number]):
            if end - start > MIDNIGHT:
                days[number][position] = start, MIDNIGHT
                following = (number + 1) % 7
                days[following] = joined([*days[following], (0, end - MIDNIGHT)])
    return days


def over_midnight(week: Sequence[Sequence[Span]]) -> list[list[Span]]:
    """Join what one day ends with and the next begins with, where it touches and stays under 24 hours.

    >>> over_midnight([[(1080, 1440)], [(0, 120), (600, 700)], [(0, 1440)], [(0, 1440)], [], [], []])[:3]
    [[(1080, 1560)], [(600, 700)], [(0, 1440)]]
    """
    days = [list(spans) for spans in week]
    for number, spans in enumerate(days):
        following = days[(number + 1) % 7]
        if not spans or not following:
            continue
        (start, end), (first, last) = spans[-1], following[0]
        if end == first + MIDNIGHT and last < start:
            spans[-1] = start, last + MIDNIGHT
            del following[0]
    return days


def cut(week: Sequence[Iterable[Span]], *, touching: bool = False) -> list[list[Span]]:
    """Cut every period at midnight; overlaps that appear so are joined within the day.

    >>> cut([[(1080, 1560)], [(60, 300)], [], [], [], [], []])[:2]
    [[(1080, 1440)], [(0, 300)]]
    """
    days: list[list[Span]] = [[] for _ in week]
    for number, spans in enumerate(week):
        for start, end in spans:
            days[number].append((start, min(end, MIDNIGHT)))
            if end > MIDNIGHT:
                days[(number + 1) % 7].append((0, end - MIDNIGHT))
    return [joined(spans, touching=touching) for spans in days]


def _minutes(text: str) -> int | None:
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    minutes = int(found[1]) * 60 + int(found[2])
    return minutes if minutes <= MIDNIGHT else None
