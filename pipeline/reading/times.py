"""Times of a menu: opening hours, dates, ends of sold-outs, and the zone they are meant in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from pipeline.findings import Record
from pipeline.menu import Category, Item, Menu, OpeningWindow, Option, Restaurant, SpecialDay, TimeRange
from pipeline.reading.columns import column, options_of
from pipeline.reading.problems import Problems, counted, record_of, shown

START = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)
END = re.compile(rf"{START.pattern}|24:00", re.ASCII)
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
INSTANT = re.compile(
    rf"{DATE.pattern}[Tt ][0-9]{{2}}:[0-9]{{2}}(?::[0-9]{{2}}(?:\.[0-9]{{1,9}})?)?(?:[Zz]|[+-][0-9]{{2}}:[0-9]{{2}})?"
)

Period = TypeVar("Period", OpeningWindow, TimeRange)


def zone_of(name: str) -> ZoneInfo | None:
    """Give an IANA time zone, or None for a name that is none."""
    try:
        return ZoneInfo(name) if name else None
    except (ValueError, OSError, KeyError):  # no key, a folder of zones, or no such zone
        return None


def check_times(menu: Menu, problems: Problems) -> None:
    """Check all times of a menu; hours that cannot be are taken out, ends of sold-outs get their offset."""
    _check_restaurant(menu.restaurant, problems)
    owners: list[Category | Item] = [*menu.categories, *menu.items]
    for record in owners:
        if record.hours:
            record.hours = _windows(record.hours, (record_of(record),), "hours", problems)
    zone = zone_of(menu.restaurant.timezone)
    local: list[Record] = []
    for item in menu.items:
        if item.sold_out_until is not None:
            _read_until(item, (record_of(item),), zone, local, problems)
    none_ends = {None}.issuperset(column(options_of(menu), "sold_out_until"))
    for group in () if none_ends else menu.modifier_groups:
        for option in group.options:
            if option.sold_out_until is not None:
                _read_until(option, (record_of(group), record_of(option)), zone, local, problems)
    if local:
        problems.collect(
            "menu-sold-out-local",
            f"{counted(len(local), 'end')} of sold-outs without an offset: read as time in {menu.restaurant.timezone}.",
            local,
            "sold_out_until",
        )


def _check_restaurant(restaurant: Restaurant, problems: Problems) -> None:
    trail = (record_of(restaurant),)
    if restaurant.hours:
        restaurant.hours = _windows(restaurant.hours, trail, "hours", problems)
    if restaurant.special_hours:
        days: dict[str, SpecialDay] = {}
        for position, day in enumerate(restaurant.special_hours):
            read = _special_day(day, trail, f"special_hours[{position}]", problems)
            if read is None:
                continue
            if read.date in days:
                message = f"special_hours has {read.date} twice; the later one was left out."
                problems.add("menu-hours-date", message, trail, f"special_hours[{position}].date", "Write one of them.")
            days.setdefault(read.date, read)
        restaurant.special_hours = list(days.values())


def _special_day(day: SpecialDay, trail: Sequence[Record], field: str, problems: Problems) -> SpecialDay | None:
    if not DATE.fullmatch(day.date) or not _is_date(day.date):
        message = f"{field}.date is {shown(day.date)}, which is no date."
        problems.add("menu-hours-date", message, trail, f"{field}.date", "Write it as 2026-12-24.")
        return None
    if day.closed == bool(day.windows):
        what = "is closed and has opening times" if day.closed else "is neither closed nor has opening times"
        hint = 'Write "closed": true, or windows with start and end.'
        problems.add("menu-hours-unclear", f"The special day {day.date} {what}.", trail, field, hint)
        return None
    windows = _windows(day.windows, trail, f"{field}.windows", problems)
    return SpecialDay(date=day.date, closed=day.closed, windows=windows) if windows or day.closed else None


def _windows(windows: list[Period], trail: Sequence[Record], field: str, problems: Problems) -> list[Period]:
    fine = []
    for position, window in enumerate(windows):
        faults = [
            (name, text)
            for name, text, form in (("start", window.start, START), ("end", window.end, END))
            if not form.fullmatch(text)
        ]
        for name, text in faults:
            path = f"{field}[{position}].{name}"
            hint = "Write hours and minutes with two digits each, such as 09:30; a day starts at 00:00, ends at 24:00."
            problems.add("menu-hours-time", f"{path} is {shown(text)}, which is no such time.", trail, path, hint)
        if not faults:
            fine.append(window)
    return fine


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _read_until(
    record: Item | Option, trail: Sequence[Record], zone: ZoneInfo | None, local: list[Record], problems: Problems
) -> None:
    text = record.sold_out_until or ""
    if not text.strip():
        record.sold_out_until = None
        return
    until = _instant(text) if INSTANT.fullmatch(text) else None
    if until is None:
        message = f"sold_out_until is {shown(text)}, which is no date and time."
        hint = "Write it as 2026-12-24T17:00:00+01:00; without an offset it is the restaurant's time."
        problems.add("menu-sold-out-until", message, trail, "sold_out_until", hint)
        record.sold_out_until = None
        return
    if until.tzinfo is None:
        local.append(trail[-1])
        until = until.replace(tzinfo=zone)
    record.sold_out_until = until.isoformat()


def _instant(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError:
        return None
