"""Rules on opening hours: weekly windows and dated ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from sandbox.formulas import Formula, Template

DAY = 24 * 60
WEEK = 7 * DAY
Window = tuple[float, float, str]
"""Start and end in minutes from the first day's midnight, and the words for it."""


class Hours(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"places": "in"}):
    """Weekly hours of each place: in order, long enough, without overlap, also from the last day to the first.

    ``windows`` gives ``[{days: […], periods: [{start, end}]}]``. ``last_minute``: the end's minute
    is open, too. ``past_midnight``: an end before the start lies on the next day, else it is wrong.
    ``closed``: a window of no length at midnight says that the day is closed. ``joined``: windows
    that meet at midnight count as one when their length is looked at.
    """

    places: Formula
    windows: Formula
    days: list[str]
    past_midnight: bool = False
    last_minute: bool = False
    closed: bool = False
    joined: bool = False
    shortest: int = 0
    say_order: Template | None = None
    say_short: Template | None = None
    say_overlap: Template | None = None

    def problems(self, document: Any, names: dict[str, Any]) -> Iterator[str]:
        for place in self.places.value(document) or []:
            windows: list[Window] = []
            for entry in self.windows.value(place) or []:
                for day in entry["days"] or []:
                    for period in entry["periods"] or []:
                        start, end = _minutes(period["start"]), _minutes(period["end"])
                        words = f"{day} {period['start']}-{period['end']}"
                        if start == end == 0 and self.closed:
                            continue
                        if end < start and self.past_midnight:
                            end += DAY
                        if end <= start and not (self.last_minute and end == start):
                            yield _said(self.say_order, place, words)
                            continue
                        offset = self.days.index(day) * DAY
                        windows.append((offset + start, offset + end + self.last_minute, words))
            yield from self._week_problems(place, sorted(windows))

    def _week_problems(self, place: Any, windows: list[Window]) -> Iterator[str]:
        if self.say_overlap is not None:
            for first, second in overlaps(windows, WEEK):
                yield _said(self.say_overlap, place, first, second)
        if self.say_short is not None:
            for window in _joined(windows) if self.joined else windows:
                if window[1] - window[0] < self.shortest:
                    yield _said(self.say_short, place, window[2])


class Spans(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"places": "in"}):
    """Dated sets of weekly hours of each place, of which no two may be on at once.

    ``sets`` gives ``[{from, to, windows: [{days, periods}]}]``; a date that is not there is open.
    """

    places: Formula
    sets: Formula
    days: list[str]
    say_overlap: Template

    def problems(self, document: Any, names: dict[str, Any]) -> Iterator[str]:
        for place in self.places.value(document) or []:
            sets = [
                (one["from"] or "", one["to"] or "9999-99-99", list(self._windows(one["windows"])))
                for one in self.sets.value(place) or []
            ]
            for number, (start, end, windows) in enumerate(sets):
                for first, second in overlaps(sorted(windows), None):
                    yield _said(self.say_overlap, place, first, second)
                for other_start, other_end, others in sets[number + 1 :]:
                    if start <= other_end and other_start <= end:
                        yield from self._both(place, windows, others)

    def _both(self, place: Any, windows: list[Window], others: list[Window]) -> Iterator[str]:
        for window in windows:
            for other in others:
                if window[0] < other[1] and other[0] < window[1]:
                    yield _said(self.say_overlap, place, window[2], other[2])

    def _windows(self, entries: Any) -> Iterator[Window]:
        for entry in entries or []:
            for day in entry["days"] or []:
                offset = self.days.index(day) * DAY
                for period in entry["periods"] or []:
                    words = f"{period['start']} - {period['end']}"
                    yield offset + _minutes(period["start"]), offset + _minutes(period["end"]) + 1, words


def overlaps(windows: list[Window], around: int | None) -> Iterator[tuple[str, str]]:
    """Give the words of windows, sorted by start, that overlap; ``around`` is where the week begins anew.

    >>> list(overlaps([(0, 90, "a"), (60, 120, "b"), (10000, 10090, "c")], 10080))
    [('a', 'b'), ('c', 'a')]
    """
    furthest: Window | None = None
    for window in windows:
        if furthest is not None and window[0] < furthest[1]:
            yield furthest[2], window[2]
        if furthest is None or window[1] > furthest[1]:
            furthest = window
    if around is not None and furthest is not None and furthest[1] - around > windows[0][0]:
        yield furthest[2], windows[0][2]


def _joined(windows: list[Window]) -> list[Window]:
    """Join windows that meet at a midnight, the one between the last day and the first, too."""
    joined: list[Window] = []
    for window in windows:
        if joined and joined[-1][1] == window[0] and window[0] % DAY == 0:
            joined[-1] = (joined[-1][0], window[1], joined[-1][2])
        else:
            joined.append(window)
    if len(joined) > 1 and joined[-1][1] == WEEK and joined[0][0] == 0:
        last = joined.pop()
        joined[0] = (last[0] - WEEK, joined[0][1], last[2])
    return joined


def _minutes(text: str) -> float:
    hours, minutes, *seconds = text.split(":")
    return int(hours) * 60 + int(minutes) + (float(seconds[0]) / 60 if seconds else 0)


def _said(say: Template | None, place: Any, first: str, second: str = "") -> str:
    return say.make({"place": place, "first": first, "second": second}) if say else f"{first}: wrong order"
