"""Transforms of texts: white space, length, case, replacement, plain Latin letters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import replace as with_changes
from typing import Any

from pipeline.mapping.transforms.latin import to_ascii, to_slug
from pipeline.mapping.transforms.parameters import (
    ArgumentError,
    Parameter,
    TransformError,
    replacements,
    shown,
    text,
    whole,
)
from pipeline.mapping.transforms.registry import RunFacts, Tables, transform
from pipeline.mapping.types import TEXT, Type, list_of

Change = Callable[[str], str]


def _no_longer(value: Type, options: Mapping[str, Any] | None, tables: Tables) -> Type:
    """The static type of texts that are never longer than what came in."""
    return Type("text", max_length=value.max_length)


def _longer(by: str) -> Callable[[Type, Mapping[str, Any] | None, Tables], Type]:
    """The static type of texts that grow by what a parameter says."""

    def gives(value: Type, options: Mapping[str, Any] | None, tables: Tables) -> Type:
        if options is None or value.max_length is None:
            return TEXT
        return Type("text", max_length=value.max_length + len(options[by]))

    return gives


@transform(takes="text", gives=_no_longer, examples=(("  Pizza \n", None, "Pizza"), ("Pizza", None, "Pizza")))
def strip(run: RunFacts) -> Change:
    """Takes away spaces and line breaks at both ends."""
    return str.strip


@transform(
    takes="text", gives=_no_longer, examples=((" Pizza \n  Napoli\t", None, "Pizza Napoli"), ("Tea", None, "Tea"))
)
def collapse_spaces(run: RunFacts) -> Change:
    """Makes one space of every run of spaces and line breaks, and none at the ends."""
    return lambda value: " ".join(value.split())


def _cut(value: Type, options: Mapping[str, Any] | None, tables: Tables) -> Type:
    if options is None:
        return with_changes(TEXT, max_length=value.max_length)
    length: int = options["length"]
    if value.max_length is not None and value.max_length <= length:
        return value
    return Type("text", max_length=length)


@transform(
    takes="text",
    gives=_cut,
    parameters=(
        Parameter("length", whole(1, 1_000_000), "the most characters that are left (Unicode code points)"),
        Parameter("ellipsis", text(maximum=20), "what stands at the end of a text that was cut; it counts, too", ""),
    ),
    examples=(
        ("Grilled chicken with rice", 20, "Grilled chicken with"),
        ("Grilled chicken with rice", 18, "Grilled chicken"),
        ("Grilled chicken with rice", {"length": 18, "ellipsis": "…"}, "Grilled chicken…"),
        ("Donaudampfschifffahrt", 10, "Donaudampf"),
        ("Tea", 3, "Tea"),
    ),
)
def truncate(run: RunFacts, length: int, ellipsis: str) -> Change:
    """Cuts a text that is too long, between words where a space is near (within the last third)."""
    room = length - len(ellipsis)
    if room < 1:
        raise ArgumentError("`truncate` needs a `length` that is longer than its `ellipsis`.")

    def cut(value: str) -> str:
        if len(value) <= length:
            return value
        end = _character_end(value, room)
        if not value[end].isspace():
            space = next((at for at in range(end - 1, room - room // 3 - 1, -1) if value[at].isspace()), end)
            end = space or end
        return value[:end].rstrip() + ellipsis

    return cut


def _character_end(value: str, end: int) -> int:
    """Move a cut to where no character made of several code points (an accent, an emoji family) falls apart."""
    for at in range(end, max(end - 12, 0), -1):
        joined = (
            unicodedata.combining(value[at]) or value[at] in "\u200d\ufe0f" or "\U0001f3fb" <= value[at] <= "\U0001f3ff"
        )
        if not joined and value[at - 1] != "\u200d":
            return at
    return end


def _cased(run: RunFacts, value: str, change: Change) -> str:
    """Change case by the menu's language: Turkish and Azerbaijani know two letters I."""
    if run.language in ("tr", "az"):
        value = value.replace("i", "İ") if change is str.upper else value.replace("I", "ı").replace("İ", "i")
    return change(value)


@transform(takes="text", gives=TEXT, examples=(("Pizza Bíanca", None, "PIZZA BÍANCA"), ("Weißbier", None, "WEISSBIER")))
def upper(run: RunFacts) -> Change:
    """Writes all letters as capitals."""
    return lambda value: _cased(run, value, str.upper)


@transform(takes="text", gives=TEXT, examples=(("PIZZA Bíanca", None, "pizza bíanca"), ("en-US", None, "en-us")))
def lower(run: RunFacts) -> Change:
    """Writes all letters small."""
    return lambda value: _cased(run, value, str.lower)


_WORD_START = re.compile(r"(?:(?<=\s)|(?<=[-/(\"“„«&])|^)[^\W\d_]")


@transform(
    takes="text",
    gives=TEXT,
    examples=(("chef's BBQ burger", None, "Chef's BBQ Burger"), ("coq-au-vin (hot)", None, "Coq-Au-Vin (Hot)")),
)
def title(run: RunFacts) -> Change:
    """Begins every word with a capital and leaves the other letters as they are."""
    return lambda value: _WORD_START.sub(lambda match: _cased(run, match[0], str.upper), value)


@transform(
    takes="text",
    gives=TEXT,
    parameters=(Parameter("texts", replacements(), "each text with what stands in its place, which may be empty"),),
    examples=(
        ("en-US", {"-": "_"}, "en_US"),
        ("Fish & Chips", {"&": "and", "Chips": "Fries"}, "Fish and Fries"),
        ("ab", {"a": "b", "b": "a"}, "ba"),
    ),
)
def replace(run: RunFacts, texts: dict[str, str]) -> Change:
    """Replaces texts inside a text, all at once, the longest first; capitals count."""
    pattern = re.compile("|".join(re.escape(old) for old in sorted(texts, key=len, reverse=True)))
    return lambda value: pattern.sub(lambda match: texts[match[0]], value)


@transform(
    takes="text",
    gives=_longer("before"),
    parameters=(Parameter("before", text(), "what stands before the text"),),
    examples=(("burger", "item-", "item-burger"),),
)
def prefix(run: RunFacts, before: str) -> Change:
    """Puts a text in front."""
    return lambda value: before + value


@transform(
    takes="text",
    gives=_longer("after"),
    parameters=(Parameter("after", text(), "what stands behind the text"),),
    examples=(("10:30", ":00", "10:30:00"),),
)
def suffix(run: RunFacts, after: str) -> Change:
    """Puts a text at the end."""
    return lambda value: value + after


@transform(
    takes="text",
    gives=list_of(TEXT),
    parameters=(Parameter("separator", text(1), "what stands between the parts"),),
    examples=(("milk, eggs,  nuts,", ",", ["milk", "eggs", "nuts"]), ("Tea", "/", ["Tea"]), ("", ",", [])),
)
def split(run: RunFacts, separator: str) -> Callable[[str], list[str]]:
    """Cuts a text into a list at a separator; spaces around the parts and empty parts fall away."""
    return lambda value: [part for piece in value.split(separator) if (part := piece.strip())]


@transform(
    name="ascii",
    takes="text",
    gives=TEXT,
    parameters=(Parameter("otherwise", text(maximum=5), "what stands for a character that has no such form", "?"),),
    examples=(
        ("Crème brûlée", None, "Creme brulee"),
        ("Weißwürste · Smørrebrød", None, "Weisswurste - Smorrebrod"),
        ("寿司 Set", {"otherwise": ""}, " Set"),
        ("½ Żurek “hot”", None, '1/2 Zurek "hot"'),
    ),
)
def plain_letters(run: RunFacts, otherwise: str) -> Change:
    """Writes a text with unaccented Latin letters only."""
    if not otherwise.isascii():
        raise ArgumentError(f"`ascii` takes only plain letters and signs as `otherwise`, and got {shown(otherwise)}.")
    return lambda value: to_ascii(value, otherwise)


@transform(
    takes="text",
    gives=TEXT,
    parameters=(Parameter("separator", text(maximum=3), "what stands between the words", "-"),),
    examples=(
        ("Crème brûlée & Café", None, "creme-brulee-cafe"),
        ("Chef's Söße 2.0", "_", "chefs_sosse_2_0"),
    ),
)
def slug(run: RunFacts, separator: str) -> Change:
    """Makes a name for web addresses and ids: small plain letters and digits, joined by a separator."""

    def make(value: str) -> str:
        made = to_slug(value, separator)
        if not made:
            raise TransformError(
                f"`slug` finds no Latin letter or digit in {shown(value)}; `short_hash` makes an id of any text."
            )
        return made

    return make
