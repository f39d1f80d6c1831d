"""Every kind of finding that reading a menu can give, with its severity and what it means."""

from __future__ import annotations

from typing import NamedTuple

from pipeline.findings import Severity


class Kind(NamedTuple):
    """One kind of finding."""

    severity: Severity
    means: str


KINDS: dict[str, Kind] = {
    # the document
    "menu-file-missing": Kind("error", "There is no file at this path."),
    "menu-file-unreadable": Kind("error", "The path is a folder or a device, or may not be read."),
    "menu-too-large": Kind("error", "The document is larger than 25 MB."),
    "menu-encoding": Kind("error", "The document is not UTF-8 text."),
    "menu-json-empty": Kind("error", "The document has nothing in it."),
    "menu-json-invalid": Kind("error", "The document is not JSON; line, column and what was expected are told."),
    "menu-json-cut-off": Kind("error", "The JSON ends in the middle."),
    "menu-json-depth": Kind("error", "Lists and objects are nested too deeply."),
    "menu-key-twice": Kind("error", "An object holds the same key twice, and only one of them can be meant."),
    "menu-form": Kind("error", "The JSON is not a menu: a list, a text or an object of another form."),
    "menu-empty": Kind("hold", "The menu has no items; it is not published unless a person lets it go."),
    # fields
    "menu-field-missing": Kind("error", "A record lacks a field that it must have."),
    "menu-field-empty": Kind("error", "An id or a name is empty or blank."),
    "menu-field-type": Kind("error", "A field holds another type of value than it must."),
    "menu-field-value": Kind("error", "A field holds a word that is none of those it can hold."),
    "menu-field-range": Kind("error", "A whole number is too small or too large."),
    "menu-field-unknown": Kind("warning", "A field that is not known stands where none is kept; it was left out."),
    "menu-key": Kind("error", "A channel's name or a field's own name is too long."),
    "menu-text-too-long": Kind("error", "A text has more than 10,000 characters; the rest was cut off."),
    "menu-text-cleaned": Kind("warning", "Control or direction-changing characters were taken out of texts."),
    "menu-extra-value": Kind("error", "An unknown field holds what cannot be kept: no number, or nested too deeply."),
    # amounts
    "menu-price-not-a-number": Kind("error", "An amount is not a decimal number."),
    "menu-price-negative": Kind("error", "An amount is below zero."),
    "menu-price-too-large": Kind("error", "An amount is larger than any price can be."),
    "menu-price-too-precise": Kind("error", "An amount has more than four decimal places."),
    "menu-price-rounded": Kind("note", "Prices have more decimal places than the currency; they are rounded half up."),
    # the restaurant
    "menu-currency": Kind("error", "The currency is not an ISO 4217 code."),
    "menu-locale": Kind("error", "The locale is not a BCP 47 language tag."),
    "menu-timezone": Kind("error", "The time zone is not an IANA time zone."),
    "menu-language": Kind("error", "A translation's language is not a BCP 47 language tag."),
    "menu-other-restaurant": Kind("warning", "Records name another restaurant than the menu's."),
    # times
    "menu-hours-time": Kind("error", "A time of opening hours is not HH:MM."),
    "menu-hours-date": Kind("error", "A date of special hours is not YYYY-MM-DD, or stands there twice."),
    "menu-hours-unclear": Kind("error", "Special hours must say that it is closed, or when it is open, and not both."),
    "menu-sold-out-until": Kind("error", "The end of a sold-out is not a date and time."),
    "menu-sold-out-local": Kind(
        "note", "The end of a sold-out has no offset and was read in the restaurant's time zone."
    ),
    # ids and links
    "menu-duplicate-id": Kind("error", "Two records of one kind have the same id; the later one was left out."),
    "menu-category-unknown-parent": Kind("error", "A category names a parent that does not exist."),
    "menu-category-cycle": Kind("error", "Categories are each other's parents."),
    "menu-category-depth": Kind("error", "Categories are nested too deeply."),
    "menu-category-by-name": Kind("warning", "Items name their category by its name, not by its id."),
    "menu-category-made": Kind("warning", "Items name a category that did not exist; it was made."),
    "menu-category-none": Kind("warning", "Items name no category; they went to a last category Other."),
    "menu-group-unknown": Kind("error", "A modifier group is named that does not exist."),
    "menu-group-cycle": Kind("error", "Modifier groups contain each other."),
    "menu-group-depth": Kind("error", "Modifier groups are nested too deeply."),
    "menu-group-growth": Kind("error", "Nested modifier groups come to too many options for one dish."),
    "menu-group-min-over-max": Kind("error", "A modifier group wants more choices than it allows."),
    "menu-group-too-few-options": Kind("warning", "A modifier group wants more choices than it has options."),
    "menu-reference-twice": Kind("warning", "A record names one modifier group or category twice; once was kept."),
    "menu-bundle-unknown": Kind("error", "A bundle contains an item that does not exist."),
    "menu-image-address": Kind("warning", "A picture's address is not http or https; the picture was left out."),
}
