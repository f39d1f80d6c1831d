"""Every finding that shaping can make: its code, how grave it is, its sentence and what to do next.

One table serves the findings, the documentation and the tests. In a sentence ``{names}`` lists the
records concerned, ``{reason}`` says why; a code's records all belong to the kinds of its sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pipeline.findings import Severity


@dataclass(frozen=True, slots=True)
class ShapingCode:
    """One kind of finding; ``about`` is its line in the documentation.

    ``remaining_only`` findings say nothing about dishes that were left out anyway.
    """

    code: str
    severity: Severity
    about: str
    message: str
    hint: str = ""
    field: str = ""
    remaining_only: bool = False


_CODES = (
    # What is left out.
    ShapingCode(
        "hidden-left-out", "note", "A record that the menu hides is left out.",
        "{Kind} hidden in the menu and so left out: {names}.", field="hidden",
    ),
    ShapingCode(
        "unavailable-left-out", "note", "A sold-out dish is left out, as the mapping asks.",
        "{Kind} sold out and so left out: {names}.", field="availability",
    ),
    ShapingCode(
        "left-out-by-mapping", "warning", "The mapping's `leave_out` leaves a record out.",
        "{Kind} left out: {names}. Reason: {reason}.",
        "If they belong on this platform, change `leave_out` in the mapping.",
    ),
    ShapingCode(
        "category-left-out", "warning", "A dish is left out because all its categories are.",
        "{Kind} left out, because the category is left out: {names}. Category: {reason}.",
        "Put them into another category as well to keep them.", field="category",
    ),
    ShapingCode(
        "subcategory-left-out", "note", "A category is left out because the one it stands in is.",
        "{Kind} left out together with the category above: {names}. Category: {reason}.", field="parent_category",
    ),
    ShapingCode(
        "empty-category-left-out", "note", "A category without dishes is left out, as the mapping asks.",
        "{Kind} without dishes left out: {names}.",
    ),
    # Categories.
    ShapingCode(
        "categories-flattened", "note", "A category is moved up because the platform has fewer levels.",
        "{Kind} moved up because the platform has only {reason} of categories: {names}.", field="parent_category",
    ),
    ShapingCode(
        "category-text-lost", "note", "A heading that only holds other categories loses its text or picture.",
        "{Kind} whose name goes into the categories below, but whose {reason} cannot be shown: {names}.",
    ),
    ShapingCode(
        "category-missing", "warning", "A dish stands in no category and so appears in no section.",
        "{Kind} in no category, so that platforms with sections cannot show them: {names}.",
        "Give them a category in the menu.", field="category", remaining_only=True,
    ),
    # Modifiers.
    ShapingCode(
        "modifiers-too-deep", "error", "A dish's choices are nested deeper than the platform allows.",
        "{Kind} whose choices are nested deeper than the platform allows ({reason}): {names}.",
        "Make the nested choices plain ones in the menu, or set `modifier_nesting` in the mapping to flatten or drop.",
        field="modifier_groups", remaining_only=True,
    ),
    ShapingCode(
        "modifiers-dropped", "warning", "Nested choices are left out because the platform has fewer levels.",
        "{Kind} without choices that are nested too deep for the platform: {names}. Left out: {reason}.",
        "Orders will come without these choices.", field="modifier_groups", remaining_only=True,
    ),
    ShapingCode(
        "modifiers-multiplied", "note", "A choice and the required choice below it became one list.",
        "{Kind} whose nested choices became one list: {names}. Choices: {reason}.",
        field="modifier_groups", remaining_only=True,
    ),
    ShapingCode(
        "modifiers-lifted", "warning", "An optional nested choice is now offered for the whole dish.",
        "{Kind} now offering a nested choice whatever is chosen above it: {names}. Choices: {reason}.",
        "Check that the choice fits every variant.", field="modifier_groups", remaining_only=True,
    ),
    ShapingCode(
        "modifier-group-copied", "note", "A modifier group got a second form with an id of its own.",
        "{Kind} with a second form, because of use at different depths: {names}. Its id: {reason}.",
        field="modifier_group_id",
    ),
    ShapingCode(
        "modifier-group-empty", "warning", "A modifier group without options is left out.",
        "{Kind} without any option left, and so left out: {names}.",
        "Give the group options, or take it off the dishes.", field="options",
    ),
    ShapingCode(
        "modifier-group-short", "warning", "A modifier group asks for more choices than are left in it.",
        "{Kind} asking for more choices than are left: {names}. {reason}.",
        "Customers could not order these dishes: lower the number of required choices.", field="min_select",
    ),
    # Hours.
    ShapingCode(
        "hours-assumed-open", "warning", "The restaurant has no hours; it is published as always open.",
        "No opening hours in the menu: the restaurant is published as open all day, every day.",
        "Enter the opening hours of {names}.", field="hours",
    ),
    ShapingCode(
        "hours-assumed", "warning", "The restaurant has no hours; those of the platform's settings are used.",
        "No opening hours in the menu: those of the platform's settings are published.",
        "Enter the opening hours of {names}.", field="hours",
    ),
    ShapingCode(
        "hours-missing", "error", "The restaurant has no hours, which the platform needs.",
        "No opening hours in the menu of {names}, and the platform needs them.",
        "Enter the opening hours, or give hours in the restaurant's settings for this platform.", field="hours",
    ),
    ShapingCode(
        "hours-never-open", "warning", "The list of hours is empty, which means never open.",
        "{Kind} with an empty list of hours, which means never open: {names}.",
        "Enter hours, or leave them out altogether where they do not matter.", field="hours", remaining_only=True,
    ),
    ShapingCode(
        "hours-all-day", "warning", "A period that starts and ends at the same time is read as 24 hours.",
        "{Kind} with a period whose start and end are the same ({reason}), read as 24 hours: {names}.",
        "Write 00:00 to 24:00 for all day, or take the period out where it is closed.",
        field="hours", remaining_only=True,
    ),
    ShapingCode(
        "hours-unreadable", "warning", "A period that is no time of day is left out.",
        "{Kind} with a period that is no time of day ({reason}) and so left out: {names}.",
        "Write times as HH:MM.", field="hours", remaining_only=True,
    ),
    # Sold out.
    ShapingCode(
        "sold-out-overdue", "warning", "A record is unavailable although its sold-out time is over.",
        "{Kind} still marked unavailable although the sold-out time is over, published as sold out: {names}.",
        "Make them available again in the menu if they are back.", field="sold_out_until", remaining_only=True,
    ),
    ShapingCode(
        "sold-out-until-unreadable", "warning", "A sold-out time is no point in time.",
        "{Kind} sold out until something that is no time ({reason}), published as sold out without an end: {names}.",
        "Write it as 2026-01-31T17:00:00+01:00.", field="sold_out_until", remaining_only=True,
    ),
    # Prices and sizes.
    ShapingCode(
        "size-price", "note", "A dish's own price is not its cheapest size's, which is published.",
        "{Kind} published at the cheapest size's price instead of the stated one: {names}.",
        field="price", remaining_only=True,
    ),
    ShapingCode(
        "sizes-sold-out", "note", "All sizes of a dish are sold out, and so is the dish.",
        "{Kind} sold out, because every size is: {names}.", field="sizes", remaining_only=True,
    ),
    ShapingCode(
        "prices-marked-up", "note", "All prices are changed by the store's markup.",
        "All prices are changed by {reason}.", field="price",
    ),
    ShapingCode(
        "markup-unusable", "error", "A discount of over 100 percent would make prices negative; it is not applied.",
        "A markup of {reason} percent would make prices negative, so prices stay as they are.",
        "Correct the markup in the restaurant's settings for this platform.", field="price",
    ),
    ShapingCode(
        "rounding-unusable", "error", "Prices with a markup cannot be rounded as the settings say.",
        "Prices cannot be rounded to {reason}: a step has to be above 0, and what it lacks smaller than it.",
        "Correct it in the restaurant's settings for this platform: 0.10 less 0.01 gives prices such as 12.39.",
        field="price",
    ),
    ShapingCode(
        "rounding-too-fine", "warning", "Prices with a markup cannot be rounded to parts that the currency has not.",
        "Prices are not rounded to {reason}; they are rounded to that unit instead.",
        "Give whole units in the restaurant's settings for this platform, or take the rounding out.", field="price",
    ),
    # Claims.
    ShapingCode(
        "allergens-unknown", "warning", "An allergen's text is not understood.",
        "{Kind} with an allergen that is not understood ({reason}): {names}.",
        "Use one of the allergens' usual names; nothing is ever published as free from it.",
        field="allergens", remaining_only=True,
    ),
    ShapingCode(
        "dietary-unknown", "warning", "A dietary claim is not understood.",
        "{Kind} with a dietary claim that is not understood ({reason}): {names}.",
        "Use vegetarian, vegan, halal, kosher, gluten_free, lactose_free or organic.",
        field="dietary", remaining_only=True,
    ),
    # Texts, names, ids.
    ShapingCode(
        "locale-missing", "warning", "A text does not exist in the language that the mapping asks for.",
        "{Kind} without a name in {reason}, published in the menu's own language: {names}.",
        "Add the translation to the menu.", field="translations", remaining_only=True,
    ),
    ShapingCode(
        "name-numbered", "note", "Dishes of the same name got a number.",
        "{Kind} numbered, because another one has the same name: {names}.", field="name",
    ),
    ShapingCode(
        "same-name", "error", "Dishes share a name where the platform needs different ones.",
        "{Kind} with the same name as another, which the platform does not allow: {names}.",
        "Rename them in the menu, or set `same_names: number` in the mapping.", field="name",
    ),
    ShapingCode(
        "ids-replaced", "note", "Ids were changed to the characters that the platform allows.",
        "{Kind} with {reason} in the id: {names}.",
    ),
    ShapingCode(
        "id-collision", "error", "Two ids became the same after replacing characters.",
        "{Kind} with ids that became the same, {reason}: {names}.",
        "Replace by something else in `ids.replace`, or change one of the ids in the menu.",
    ),
    ShapingCode(
        "key-made-unique", "note", "An option's key was taken already and got an ending.",
        "{Kind} with a longer key, because another record has the short one: {names}.", field="key",
    ),
    # Bundles.
    ShapingCode(
        "bundle-incomplete", "warning", "A bundle contains a dish that is not published.",
        "{Kind} containing another dish that is left out: {names}. Missing: {reason}.",
        "Leave the bundle out as well, or publish the dish.", field="bundle", remaining_only=True,
    ),
)  # fmt: skip

CODES: Mapping[str, ShapingCode] = MappingProxyType({code.code: code for code in _CODES})
"""All findings of shaping by their code."""
