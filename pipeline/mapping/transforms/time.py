"""Transforms of times, dates and instants, by patterns such as ``HH:mm:ss`` (Unicode's letters)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from pipeline.mapping.transforms.parameters import ArgumentError, Parameter, TransformError, one_of, shown, text
from pipeline.mapping.transforms.registry import RunFacts, transform
from pipeline.mapping.types import INTEGER, TEXT, Type

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

_CLOCK = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])(?::([0-5][0-9]))?", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})",
    re.ASCII,
)
_TOKEN = re.compile(r"'([^']*)'|([A-Za-z])\2*|[^A-Za-z']+")

Clock = tuple[int, int, int]
Written = Callable[[Clock, date], str]

_CLOCK_TOKENS: dict[str, Written] = {
    "HH": lambda clock, day: f"{clock[0]:02}",
    "H": lambda clock, day: str(clock[0]),
    "hh": lambda clock, day: f"{(clock[0] - 1) % 12 + 1:02}",
    "h": lambda clock, day: str((clock[0] - 1) % 12 + 1),
    "mm": lambda clock, day: f"{clock[1]:02}",
    "ss": lambda clock, day: f"{clock[2]:02}",
    "a": lambda clock, day: "pm" if 12 <= clock[0] < 24 else "am",
    "A": lambda clock, day: "PM" if 12 <= clock[0] < 24 else "AM",
}
_DATE_TOKENS: dict[str, Written] = {
    "yyyy": lambda clock, day: f"{day.year:04}",
    "YYYY": lambda clock, day: f"{day.year:04}",
    "yy": lambda clock, day: f"{day.year % 100:02}",
    "MMMM": lambda clock, day: _MONTHS[day.month - 1],
    "MMM": lambda clock, day: _MONTHS[day.month - 1][:3],
    "MM": lambda clock, day: f"{day.month:02}",
    "M": lambda clock, day: str(day.month),
    "dd": lambda clock, day: f"{day.day:02}",
    "DD": lambda clock, day: f"{day.day:02}",
    "d": lambda clock, day: str(day.day),
    "EEEE": lambda clock, day: _DAYS[day.weekday()],
    "EEE": lambda clock, day: _DAYS[day.weekday()][:3],
}


def _writer(name: str, pattern: str, tokens: dict[str, Written]) -> Callable[[Clock, date], str]:
    """Read a pattern once; letters are tokens, other text in single quotes stays."""
    parts: list[Written] = []
    position = 0
    for match in _TOKEN.finditer(pattern):
        if match.start() != position:
            break
        position, token = match.end(), match[0]
        if match[2]:
            if token not in tokens:
                known = ", ".join(tokens)
                raise ArgumentError(
                    f"`{name}` does not know {token} in a pattern; it knows {known}, and text in 'quotes'."
                )
            parts.append(tokens[token])
        else:
            parts.append(_literal(token if match[1] is None else match[1]))
    if position != len(pattern):
        raise ArgumentError(f"`{name}` has a quote in its pattern {shown(pattern)} that is not closed.")
    return lambda clock, day: "".join([part(clock, day) for part in parts])


def _literal(characters: str) -> Written:
    return lambda clock, day: characters


def _clock(name: str, value: str) -> Clock:
    match = _CLOCK.fullmatch(value)
    clock = (int(match[1]), int(match[2]), int(match[3] or 0)) if match else (99, 0, 0)
    if clock > (24, 0, 0):
        raise TransformError(f"`{name}` takes a time such as 09:30 or 24:00, and got {shown(value)}.")
    return clock


def instant(name: str, value: str) -> datetime:
    """Read an RFC 3339 instant; raises :class:`TransformError`."""
    match = _INSTANT.fullmatch(value)
    try:
        if match:
            offset = "+00:00" if match[4] in "Zz" else match[4]
            return datetime.fromisoformat(f"{match[1]}T{match[2]}{(match[3] or '')[:7]}{offset}")
    except ValueError:
        pass
    raise TransformError(f"`{name}` takes an instant such as 2026-03-01T18:00:00+01:00, and got {shown(value)}.")


_DAY_ENDS: dict[str, Clock] = {"24:00": (24, 0, 0), "00:00": (0, 0, 0), "23:59": (23, 59, 0), "23:59:59": (23, 59, 59)}
_ANY_DAY = date(2000, 1, 1)


@transform(
    takes="text",
    gives=TEXT,
    parameters=(
        Parameter(
            "pattern", text(1, 100), "`HH` `H` (24 hours), `hh` `h` (12 hours), `mm`, `ss`, `a` (am, pm), `A` (AM, PM)"
        ),
        Parameter("day_end", one_of(*_DAY_ENDS), "how the day's end, 24:00, is written", "24:00"),
    ),
    examples=(
        ("09:05", "HH:mm:ss", "09:05:00"),
        ("17:30", "h:mm a", "5:30 pm"),
        ("24:00", "HH:mm:ss", "24:00:00"),
        ("24:00", "hh:mm A", "12:00 AM"),
        ("24:00", {"pattern": "HH:mm:ss", "day_end": "23:59:59"}, "23:59:59"),
        ("08:00", "'at' H'h'mm", "at 8h00"),
    ),
)
def time_format(run: RunFacts, pattern: str, day_end: str) -> Callable[[str], str]:
    """Writes a time of day (HH:MM) another way."""
    write, end = _writer("time_format", pattern, _CLOCK_TOKENS), _DAY_ENDS[day_end]

    def format_time(value: str) -> str:
        clock = _clock("time_format", value)
        return write(end if clock[0] == 24 else clock, _ANY_DAY)

    return format_time


@transform(
    takes="text",
    gives=TEXT,
    parameters=(
        Parameter(
            "pattern",
            text(1, 100),
            "`yyyy` `yy`, `MMMM` (March) `MMM` `MM` `M`, `dd` `d`, `EEEE` (Monday) `EEE`, and those of `time_format`",
        ),
    ),
    examples=(
        ("2026-03-01", "dd.MM.yyyy", "01.03.2026"),
        ("2026-03-01", "EEEE, d MMMM", "Sunday, 1 March"),
        ("2026-03-01T18:05:00+01:00", "yyyyMMdd'T'HHmm", "20260301T1805"),
    ),
)
def date_format(run: RunFacts, pattern: str) -> Callable[[str], str]:
    """Writes a date (YYYY-MM-DD), or an instant as it stands in its own zone, another way; names are English."""
    write = _writer("date_format", pattern, _DATE_TOKENS | _CLOCK_TOKENS)

    def format_date(value: str) -> str:
        if _DATE.fullmatch(value):
            try:
                return write((0, 0, 0), date.fromisoformat(value))
            except ValueError:
                raise TransformError(f"`date_format` got {shown(value)}, a day that no calendar has.") from None
        if not _INSTANT.fullmatch(value):
            raise TransformError(
                f"`date_format` takes a date such as 2026-03-01 or an instant, and got {shown(value)}."
            )
        moment = instant("date_format", value)
        return write((moment.hour, moment.minute, moment.second), moment.date())

    return format_date


def zone(name: str) -> ZoneInfo:
    """Find a time zone by its IANA name; raises :class:`ArgumentError`."""
    try:
        return ZoneInfo(name)
    except (LookupError, OSError, ValueError):
        raise ArgumentError(
            f"`to_timezone` takes a time zone such as Europe/Berlin or UTC, and got {shown(name)}."
        ) from None


@transform(
    takes="text",
    gives=Type("text", max_length=32),
    parameters=(Parameter("zone", text(1, 100), "an IANA name; without it, the restaurant's zone", ""),),
    examples=(
        ("2026-03-01T18:00:00+01:00", "UTC", "2026-03-01T17:00:00Z"),
        ("2026-07-01T12:00:00Z", "America/New_York", "2026-07-01T08:00:00-04:00"),
        ("2026-07-01T12:00:00.250Z", {"zone": "Asia/Tokyo"}, "2026-07-01T21:00:00.250+09:00"),
    ),
)
def to_timezone(run: RunFacts, zone: str) -> Callable[[str], str]:
    """Writes an instant as the clock of another time zone shows it; it stays the same moment."""
    target = _zone(zone or run.timezone)

    def convert(value: str) -> str:
        try:
            moment = instant("to_timezone", value).astimezone(target)
            offset = moment.utcoffset()
            if offset is None or offset.seconds % 60:  # a city's own time of the 19th century
                raise OverflowError
        except OverflowError:
            raise TransformError(
                f"`to_timezone` got {shown(value)}, which is beyond what can be written in that zone."
            ) from None
        unit = (
            "seconds"
            if not moment.microsecond
            else "milliseconds"
            if moment.microsecond % 1000 == 0
            else "microseconds"
        )
        written = moment.isoformat(timespec=unit)
        return written.removesuffix("+00:00") + "Z" if target.key in ("UTC", "Etc/UTC") else written

    return convert


_zone = zone


@transform(
    takes="text",
    gives=INTEGER,
    examples=(("1970-01-02T00:00:00Z", None, 86400), ("2026-03-01T18:00:00.900+01:00", None, 1772384400)),
)
def unix_seconds(run: RunFacts) -> Callable[[str], int]:
    """Gives an instant as whole seconds since 1970 (UTC), parts of a second cut off."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)

    def convert(value: str) -> int:
        passed = instant("unix_seconds", value) - epoch
        return passed.days * 86400 + passed.seconds

    return convert


@transform(
    takes="text",
    gives=Type("integer", non_negative=True),
    examples=(("09:30", None, 570), ("00:00", None, 0), ("24:00", None, 1440)),
)
def minutes(run: RunFacts) -> Callable[[str], int]:
    """Gives a time of day (HH:MM) as minutes since midnight; 24:00 is 1440."""

    def convert(value: str) -> int:
        hour, minute, _ = _clock("minutes", value)
        return hour * 60 + minute

    return convert
