"""Menus whose opening hours and dates bite."""

from __future__ import annotations

from random import Random

from pipeline.menu import DAYS
from pipeline.stress.registry import Json, dish, menu, restaurant, stress_menu, window


@stress_menu
def hours_past_midnight(random: Random) -> Json:
    """Every night until the next morning, one dish from night to night, a week without a break."""
    nights = [window(day, "20:00", "04:30") for day in DAYS]
    whole = [window(day, "00:00", "24:00") for day in DAYS]
    categories = [
        {"category_id": "cat-1", "name": "Nights", "hours": nights},
        {"category_id": "cat-2", "name": "Always"},
    ]
    items = [dish(1, hours=[window("sunday", "23:00", "01:00")]), dish(2, category="cat-2", hours=whole)]
    return menu(*items, restaurant=restaurant(hours=nights), categories=categories)


@stress_menu
def open_around_the_clock(random: Random) -> Json:
    """A whole week without a break."""
    return menu(dish(1), restaurant=restaurant(hours=[window(day, "00:00", "24:00") for day in DAYS]))


@stress_menu
def hours_that_overlap(random: Random) -> Json:
    """Periods inside others, that touch, and twice the same."""
    hours = [
        window("monday", "10:00", "15:00"),
        window("monday", "12:00", "13:00"),
        window("monday", "15:00", "18:00"),
        window("tuesday", "10:00", "12:00"),
        window("tuesday", "10:00", "12:00"),
        window("friday", "20:00", "03:00"),
        window("saturday", "02:00", "12:00"),
    ]
    return menu(dish(1, hours=hours), restaurant=restaurant(hours=hours))


@stress_menu
def short_hours(random: Random) -> Json:
    """Periods of twenty minutes, and one minute before midnight."""
    return menu(
        dish(1), restaurant=restaurant(hours=[window("monday", "12:00", "12:20"), window("tuesday", "23:59", "24:00")])
    )


@stress_menu
def closed_all_week(random: Random) -> Json:
    """Hours that are known and empty."""
    return menu(dish(1), restaurant=restaurant(hours=[]))


@stress_menu
def many_special_dates(random: Random) -> Json:
    """A year of special dates: closed, split, past midnight, and some in the past."""
    days = [
        {"date": f"20{31 + month // 12}-{month % 12 + 1:02}-{day:02}", "closed": True}
        for month in range(12)
        for day in (1, 15)
    ]
    days += [
        {"date": "2031-02-14", "windows": [{"start": "18:00", "end": "02:00"}, {"start": "11:00", "end": "14:00"}]},
        {"date": "2031-12-31", "windows": [{"start": "20:00", "end": "05:00"}]},
        {"date": "2020-01-01", "closed": True},
    ]
    return menu(dish(1), restaurant=restaurant(special_hours=days))
