"""Hours, minute by minute: no form of them loses or adds opening time."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pipeline.menu import DAYS, Menu, OpeningWindow, Restaurant
from pipeline.shaping import Shape, shape_menu
from pipeline.shaping.hours import MIDNIGHT, Week, span_of
from pipeline.shaping.report import Report
from pipeline.shaping.views import TimeWindows, Window

WEEK = 7 * MIDNIGHT
times = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.sampled_from([0, 1, 15, 30, 59]))
windows = st.builds(OpeningWindow, day=st.sampled_from(DAYS), start=times, end=times | st.just("24:00"))
weeks = st.lists(windows, min_size=1, max_size=14)


def open_minutes(given_windows: list[OpeningWindow]) -> set[int]:
    """The minutes of the week that are open, computed from what was written alone."""
    minutes: set[int] = set()
    for window in given_windows:
        start, end = (int(text[:2]) * 60 + int(text[3:]) for text in (window.start, window.end))
        length = end - start if end > start else end + MIDNIGHT - start
        first = DAYS.index(window.day) * MIDNIGHT + start
        minutes.update(minute % WEEK for minute in range(first, first + length))
    return minutes


def covered(views: list[Window]) -> set[int]:
    minutes: set[int] = set()
    for view in views:
        first = DAYS.index(view.day) * MIDNIGHT + int(view.start[:2]) * 60 + int(view.start[3:])
        minutes.update(minute % WEEK for minute in range(first, first + view.minutes))
    return minutes


def as_windows(groups: list[TimeWindows]) -> list[OpeningWindow]:
    return [OpeningWindow(day=day, start=group.start, end=group.end) for group in groups for day in group.days]


@given(weeks)
def test_every_form_is_open_at_the_same_minutes(given_windows: list[OpeningWindow]) -> None:
    made = Week("midnight", Report()).of(given_windows, "restaurant", "r", "R")
    expected = open_minutes(given_windows)
    assert covered(made.hours) == expected
    assert covered(made.hours_split) == expected
    assert covered([window for day in made.hours_by_day for window in day.windows]) == expected
    assert open_minutes(as_windows(made.hours_by_time)) == expected


@given(weeks)
def test_joining_what_touches_changes_no_minute(given_windows: list[OpeningWindow]) -> None:
    made = Week("midnight", Report(), touching=True).of(given_windows, "restaurant", "r", "R")
    expected = open_minutes(given_windows)
    assert covered(made.hours) == covered(made.hours_split) == expected
    assert all(0 < view.minutes <= MIDNIGHT for view in made.hours)
    for day in DAYS:
        ends = {view.end for view in made.hours_split if view.day == day}
        assert not ends & {view.start for view in made.hours_split if view.day == day}


@given(weeks)
def test_windows_are_in_order_within_a_day_and_never_longer(given_windows: list[OpeningWindow]) -> None:
    made = Week("midnight", Report()).of(given_windows, "restaurant", "r", "R")
    for views in (made.hours, made.hours_split):
        order = [(DAYS.index(view.day), view.start) for view in views]
        assert order == sorted(order)
        assert all(0 < view.minutes <= MIDNIGHT for view in views)
        for one, following in pairwise(views):
            if one.day == following.day:
                assert span_of(one.start, one.end)[0] + one.minutes <= span_of(following.start, following.end)[0]
    assert not any(view.past_midnight or view.end_day != view.day for view in made.hours_split)


@given(weeks)
def test_last_minute_changes_only_how_the_days_end_is_written(given_windows: list[OpeningWindow]) -> None:
    plain = Week("midnight", Report()).of(given_windows, "restaurant", "r", "R")
    last = Week("last_minute", Report()).of(given_windows, "restaurant", "r", "R")
    for one, other in zip(plain.hours_split, last.hours_split, strict=True):
        assert (one.day, one.start, one.minutes) == (other.day, other.start, other.minutes)
        assert other.end == ("23:59" if one.end == "24:00" else one.end)


@given(weeks, st.randoms(use_true_random=False))
def test_schedule_ids_depend_on_the_hours_alone(given_windows: list[OpeningWindow], random: object) -> None:
    shuffled = list(given_windows)
    random.shuffle(shuffled)
    one = Week("midnight", Report()).of(given_windows, "item", "a", "A")
    other = Week("midnight", Report()).of(shuffled, "item", "b", "B")
    assert one.schedule_id == other.schedule_id


def test_hours_of_settings_that_are_no_times_are_told() -> None:
    menu = Menu(
        restaurant=Restaurant(restaurant_id="r", name="R", currency="EUR", locale="de", timezone="Europe/Berlin"),
        categories=[],
        items=[],
    )
    assumed = (
        OpeningWindow(day="monday", start="9", end="17:00"),
        OpeningWindow(day="friday", start="08:00", end="12:30"),
    )
    shaped = shape_menu(menu, Shape(hours_when_missing=assumed), datetime(2026, 11, 22, tzinfo=UTC))
    assert [(window.day, window.start) for window in shaped.restaurant.hours] == [("friday", "08:00")]
    assert sorted(finding.code for finding in shaped.findings) == ["hours-assumed", "hours-unreadable"]
