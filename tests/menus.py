"""Random menus as JSON documents: valid by the internal menu's rules, odd in every way that these allow."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from pipeline.mapping.transforms.html import html_to_text

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
CURRENCIES = ("USD", "JPY", "BHD", "EUR", "HUF")
LOCALES = ("en-US", "de-DE", "ar-BH", "zh-Hant-TW", "he-IL")

# Letters of several scripts, signs that YAML, JSON, HTML and JMESPath take for their own, emoji.
_characters = st.sampled_from(list("abcXYZ019 äßé中文日עبж'\"`\\{}[]<>&#:;|/~-_=%@🍕👩‍🍳\n"))
# A name of nothing but tags or blanks is none, and no platform takes it.
names = st.text(_characters, min_size=1, max_size=12).filter(lambda text: bool(html_to_text(text).strip()))
texts = st.text(_characters, max_size=30)
prices = st.decimals(0, 900, places=2).map(str)
# A few, so that hours touch and overlap.
_round_times = st.sampled_from(["00:00", "09:00", "11:00", "15:00", "22:00", "24:00"])
times = _round_times | st.builds(lambda hour, minute: f"{hour:02}:{minute:02}", st.integers(0, 23), st.integers(0, 59))
urls = st.sampled_from(["https://a.example/x.jpg", "https://a.example/y.png?w=1", "http://b.example/z"])


def _optional(fields: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


_texts_of = _optional({"name": names, "description": texts}).filter(bool)
translations = st.dictionaries(st.sampled_from(["en", "de", "fr", "zh-Hant"]), _texts_of, max_size=2)
hours = st.lists(st.fixed_dictionaries({"day": st.sampled_from(DAYS), "start": times, "end": times}), max_size=4)
_windows = st.lists(st.fixed_dictionaries({"start": times, "end": times}), max_size=2)
_special_day = st.fixed_dictionaries({"date": st.dates().map(str), "closed": st.booleans(), "windows": _windows})
special_hours = st.lists(_special_day, max_size=2, unique_by=lambda day: day["date"])
channel_prices = st.dictionaries(st.sampled_from(["delivery", "pickup", "doordash"]), prices, max_size=2)


_RESTAURANT = {"hours": hours, "special_hours": special_hours, "translations": translations, "description": texts}
_OPTION = {
    "description": texts,
    "is_default": st.booleans(),
    "default_quantity": st.integers(0, 3),
    "max_quantity": st.integers(3, 5),
    "prices": channel_prices,
    "translations": translations,
    "image_url": urls,
    "calories": st.integers(0, 900),
    "deposit": prices,
}


@st.composite
def menus(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a menu: unique ids, known references, no circles."""
    category_ids = draw(st.lists(names, min_size=1, max_size=4, unique=True))
    categories = [
        {
            "category_id": category_id,
            "name": draw(names),
            "display_order": draw(st.integers(0, 3)),
            "parent_category": draw(st.none() | st.sampled_from(category_ids[:place])) if place else None,
            **draw(_optional({"description": texts, "hours": hours, "translations": translations})),
        }
        for place, category_id in enumerate(category_ids)
    ]
    group_ids = draw(st.lists(names, max_size=4, unique=True))
    groups = [draw(_group(group_id, group_ids[place + 1 :])) for place, group_id in enumerate(group_ids)]
    items = [
        draw(_item(item_id, category_ids, group_ids)) for item_id in draw(st.lists(names, max_size=5, unique=True))
    ]
    restaurant = {
        "restaurant_id": draw(names),
        "name": draw(names),
        "currency": draw(st.sampled_from(CURRENCIES)),
        "locale": draw(st.sampled_from(LOCALES)),
        "timezone": draw(st.sampled_from(["Europe/Berlin", "America/New_York", "UTC", "Asia/Tokyo"])),
        **draw(
            _optional(
                {"hours": hours, "special_hours": special_hours, "translations": translations, "description": texts}
            )
        ),
    }
    return {"restaurant": restaurant, "categories": categories, "items": items, "modifier_groups": groups}


@st.composite
def _group(draw: st.DrawFn, group_id: str, further: list[str]) -> dict[str, Any]:
    option_ids = draw(st.lists(names, min_size=1, max_size=4, unique=True))
    options = [
        {
            "option_id": option_id,
            "name": draw(names),
            "price": draw(prices),
            "availability": draw(st.booleans()),
            # Only groups further on, so that there is no circle.
            "modifier_groups": draw(st.lists(st.sampled_from(further), max_size=2, unique=True)) if further else [],
            **draw(_optional(_OPTION)),
        }
        for option_id in option_ids
    ]
    least = draw(st.integers(0, len(options)))
    most = draw(st.none() | st.integers(max(least, 1), 5))
    limits = {"min_select": least, **({"max_select": most} if most is not None else {})}
    return {"modifier_group_id": group_id, "name": draw(names), **limits, "options": options}


@st.composite
def _item(draw: st.DrawFn, item_id: str, category_ids: list[str], group_ids: list[str]) -> dict[str, Any]:
    groups = draw(st.lists(st.sampled_from(group_ids), max_size=3, unique=True)) if group_ids else []
    optional = {
        "description": st.none() | texts,
        "availability": st.booleans(),
        "hidden": st.booleans(),
        "allergens": st.lists(st.sampled_from(["milk", "Eier", "nuts", "Sternenstaub"]), max_size=2, unique=True),
        "dietary": st.lists(st.sampled_from(["vegan", "vegetarisch", "halal", "tasty"]), max_size=2, unique=True),
        "prices": channel_prices,
        "image_url": urls,
        "hours": hours,
        "calories": st.integers(0, 2_000),
        "is_alcohol": st.booleans(),
        "tax_rate": st.sampled_from(["0", "7", "19", "8.625"]),
        "deposit": prices,
        "translations": translations,
        "sold_out_until": st.sampled_from(["2031-05-01T10:00:00+02:00", "2020-01-01T00:00:00Z"]),
    }
    return {
        "item_id": item_id,
        "name": draw(names),
        "price": draw(prices),
        "category": draw(st.none() | st.sampled_from(category_ids)),
        "modifier_groups": groups,
        **draw(_optional(optional)),
    }
