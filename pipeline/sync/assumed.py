"""What is taken for granted of a restaurant that the menu service gives as two lists, which do not say it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.findings import Finding, Record
from pipeline.settings import RESTAURANT_DEFAULTS

WORDS = {"currency": "currency", "timezone": "time zone", "locale": "language"}


def assumption(restaurant_id: str, defaults: Mapping[str, str], own: Mapping[str, Any]) -> Iterator[Finding]:
    """Give the note that tells it, where there is something that nobody set.

    ``defaults`` are the program's own, for what the settings leave open; ``own`` is what they say of the restaurant.
    """
    taken = {name: value for name, value in defaults.items() if name not in own}
    if not taken:
        return
    words = _listed([WORDS[name] for name in taken])
    were = "was" if len(taken) == 1 else "were"
    message = f"The menu service does not say the restaurant's {words}; {_listed(list(taken.values()))} {were} taken."
    settings = _listed([RESTAURANT_DEFAULTS[name].upper() for name in taken])
    hint = f"Set {settings}, or this restaurant's own in RESTAURANTS."
    yield Finding("restaurant-assumed", "note", message, hint, records=(Record("restaurant", restaurant_id),))


def _listed(words: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
