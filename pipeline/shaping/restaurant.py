"""The restaurant as a view, and what stands for opening hours that the menu lacks."""

from __future__ import annotations

from pipeline.menu import OpeningWindow, Restaurant
from pipeline.shaping.hours import ALWAYS_OPEN, UNKNOWN_FORMS, Week
from pipeline.shaping.locale import language_of, translation_views
from pipeline.shaping.pictures import image_view
from pipeline.shaping.report import Report
from pipeline.shaping.settings import Shape
from pipeline.shaping.special_hours import split_at_midnight
from pipeline.shaping.views import RestaurantView


def restaurant_view(restaurant: Restaurant, shape: Shape, week: Week, report: Report) -> RestaurantView:
    """Give the restaurant's view; assumed hours are reported."""
    restaurant_id, name = restaurant.restaurant_id, restaurant.name
    windows = restaurant.hours if restaurant.hours is not None else _assumed_hours(restaurant, shape, report)
    forms = UNKNOWN_FORMS if windows is None else week.of(windows, "restaurant", restaurant_id, name).forms()
    _, hours, hours_split, hours_by_day, hours_by_time = forms
    special = None
    if restaurant.special_hours is not None:
        special = week.special(restaurant.special_hours, restaurant_id, name)
    return RestaurantView(
        restaurant_id=restaurant_id,
        name=name,
        description=restaurant.description,
        currency=restaurant.currency,
        locale=restaurant.locale,
        language=language_of(restaurant.locale),
        timezone=restaurant.timezone,
        phone=restaurant.phone,
        address=restaurant.address,
        image=None if restaurant.image_url is None else image_view(restaurant.image_url),
        hours=hours,
        hours_split=hours_split,
        hours_by_day=hours_by_day,
        hours_by_time=hours_by_time,
        special_hours=special,
        translations=translation_views(restaurant.translations, restaurant.locale),
        extra=restaurant.extra,
        special_hours_split=None
        if special is None
        else split_at_midnight(special, hours_split, week.last, touching=week.touching),
    )


def _assumed_hours(restaurant: Restaurant, shape: Shape, report: Report) -> list[OpeningWindow] | None:
    """Give the hours that the mapping assumes where the menu has none."""
    missing = shape.hours_when_missing
    if missing == "keep":
        return None
    windows: list[OpeningWindow] | None
    if missing == "error":
        code, windows = "hours-missing", None
    elif missing == "always_open":
        code, windows = "hours-assumed-open", list(ALWAYS_OPEN)
    else:
        code, windows = "hours-assumed", list(missing)
    report.add(code, "restaurant", restaurant.restaurant_id, restaurant.name)
    return windows
