"""The two ways to read a menu, and what is checked on both.

The document is decoded to plain values. Fast: they are converted to a menu in one step, which refuses
what does not fit, then comes one look at what types do not tell. When either refuses: converted at once
if they only have unknown fields, else read record by record, so that one run tells every problem.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from pipeline.collector import collector_paused
from pipeline.findings import Finding
from pipeline.menu import Category, Item, Menu, Restaurant
from pipeline.reading.amounts import tell_rounding
from pipeline.reading.bulk import menu_with_unknown_fields
from pipeline.reading.categories import check_tree, place_items
from pipeline.reading.groups import check_groups
from pipeline.reading.links import check_ids, check_images, check_references
from pipeline.reading.problems import Problems, record_of
from pipeline.reading.records import RecordReader
from pipeline.reading.repeated import tell_repeated_keys
from pipeline.reading.restaurant import check_languages, check_owner, usable
from pipeline.reading.shapes import converts, words_of
from pipeline.reading.soundness import all_sound
from pipeline.reading.strict_json import UNREADABLE, Decoded, as_bytes, plain_values
from pipeline.reading.texts import has_half_pairs, suspicious
from pipeline.reading.times import check_times


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read: the menu, null where nothing usable was, and everything there is to tell about it.

    Whatever a finding of severity ``error`` speaks of is left out of the menu, or put right in it,
    so that the rest can be looked at; such a menu must not be published.
    """

    menu: Menu | None
    findings: tuple[Finding, ...]


def read_menu(data: bytes | str, *, keep_extra: bool = True) -> Reading:
    """Read a whole menu from JSON; unknown fields go into ``extra`` unless ``keep_extra`` is false.

    >>> reading = read_menu(b'{"restaurant": {}}')
    >>> reading.menu is None, reading.findings[0].code, reading.findings[0].message
    (True, 'menu-field-missing', 'restaurant_id is missing.')
    """
    return read_document(data, Problems(), keep_extra=keep_extra)


@collector_paused()
def read_document(data: bytes | str, problems: Problems, *, keep_extra: bool) -> Reading:
    """Read a whole menu as :func:`read_menu` does, with findings that may know the file's name."""
    data = as_bytes(data)
    decoded = plain_values(data, problems)
    document = decoded.values
    if document is UNREADABLE or not _is_menu(document, problems):
        return Reading(None, problems.findings())
    tell_repeated_keys(data, document, Menu, problems)
    return _of_plain_values(document, problems, keep_extra=keep_extra, cleaning=_needs_cleaning(data, decoded))


@collector_paused()
def read_lists(
    items: bytes | str,
    categories: bytes | str,
    restaurant: Restaurant | Mapping[str, Any],
    *,
    keep_extra: bool = True,
) -> Reading:
    """Read the menu service's two lists; the restaurant's name, currency, locale and zone are told beside them.

    A restaurant that the service does not know has two empty lists; the finding is ``menu-empty``.
    """
    problems = Problems()
    items, categories, about = as_bytes(items), as_bytes(categories), _restaurant_bytes(restaurant)
    problems.subject = "The restaurant"
    decoded = {
        "restaurant": plain_values(about, problems),
        "categories": _plain_list(categories, "The list of categories", problems),
        "items": _plain_list(items, "The list of items", problems),
    }
    document = {part: read.values for part, read in decoded.items()}
    if UNREADABLE in document.values():
        return Reading(None, problems.findings())
    tell_repeated_keys(categories, document["categories"], Category, problems)
    tell_repeated_keys(items, document["items"], Item, problems)
    cleaning = any(map(_needs_cleaning, (about, categories, items), decoded.values()))
    return _of_plain_values(document, problems, keep_extra=keep_extra, cleaning=cleaning)


def _restaurant_bytes(restaurant: Restaurant | Mapping[str, Any]) -> bytes:
    """Write what a caller says of the restaurant as JSON, so that it is read as carefully as the rest."""
    values = msgspec.to_builtins(restaurant) if isinstance(restaurant, Restaurant) else dict(restaurant)
    return json.dumps(values, default=str).encode()


def _needs_cleaning(data: bytes, decoded: Decoded) -> bool:
    return suspicious(data) or (not decoded.strictly and has_half_pairs(data))


def _plain_list(data: bytes, subject: str, problems: Problems) -> Decoded:
    problems.subject = subject
    decoded = plain_values(data, problems)
    if decoded.values is not UNREADABLE and not isinstance(decoded.values, list):
        problems.add("menu-form", f"{subject} is {words_of(decoded.values)} instead of a list.", hint=_FORM_HINT)
        return Decoded(UNREADABLE, strictly=False)
    return decoded


_FORM_HINT = "Check that the address is the menu service's and that it answered without an error."


def _is_menu(document: Any, problems: Problems) -> bool:
    """Tell whether a document has a menu's form at all; else its fields are not worth looking at."""
    parts = ("restaurant", "categories", "items")
    if isinstance(document, dict) and not document.keys().isdisjoint(parts):
        return True
    what = f"{words_of(document)}"
    if isinstance(document, dict):
        what = "an object without restaurant, categories and items"
    hint = "A menu is an object with restaurant, categories, items and, where there are any, modifier_groups."
    problems.add("menu-form", f"This JSON is not a menu: it is {what}.", hint=hint)
    return False


def _of_plain_values(document: dict[str, Any], problems: Problems, *, keep_extra: bool, cleaning: bool) -> Reading:
    menu = None if cleaning else converts(document, Menu)
    if menu is not None and all_sound(document):
        return _checked(menu, problems)
    reader = RecordReader(problems, keep_extra=keep_extra, cleaning=cleaning)
    menu = None if cleaning else menu_with_unknown_fields(document, reader)
    if menu is None:
        menu = reader.record(document, Menu)
    reader.tell_collected()
    if menu is UNREADABLE:
        return Reading(None, problems.findings())
    return _checked(menu, problems, had_items=bool(document["items"]))


def _checked(menu: Menu, problems: Problems, *, had_items: bool = False) -> Reading:
    """Check what records say of each other; what cannot be is told and taken out."""
    fit = usable(menu.restaurant, problems)
    check_ids(menu, problems)
    check_tree(menu, problems)
    place_items(menu, problems)
    check_references(menu, problems)
    check_groups(menu, problems)
    check_times(menu, problems)
    check_languages(menu, problems)
    check_owner(menu, problems)
    check_images(menu, problems)
    tell_rounding(menu, problems)
    if not menu.items and not had_items:
        problems.add(
            "menu-empty",
            "The menu has no items.",
            (record_of(menu.restaurant),),
            "items",
            "If the restaurant really has none, release it; else check the restaurant's id and the menu's source.",
        )
    return Reading(menu if fit else None, problems.findings())
