"""Allergens and dietary claims: the restaurant's words → codes, never guessing that something is free from them.

The words are data (``data/claims.json``), in the languages of menus. Claims are three-valued: null is
unknown, an empty list is known to be none. A text that is not understood is kept apart and reported;
where nothing at all was understood the codes are null, because an empty list would say "none".
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib.resources import files
from typing import Literal, cast, get_args

import msgspec
from msgspec import Struct

from pipeline.shaping.report import Report
from pipeline.shaping.views import Allergen, Dietary

ClaimKind = Literal["allergens", "dietary"]
Words = dict[str, dict[str, list[str]]]
"""Code → language → its words."""


class _Several(Struct):
    """A text that stands for several allergens, and why."""

    text: str
    codes: list[str]
    why: str


class _Data(Struct):
    """The file of words."""

    allergens: Words
    dietary: Words
    introductions: list[str]
    conjunctions: list[str]
    several: list[_Several]


def simplified(text: str) -> str:
    """Bring a text into the form in which words are compared: case, width and marks aside.

    >>> simplified("  Gluten-Free. "), simplified("Nußerzeugnisse"), simplified("lactose_free")
    ('gluten free', 'nusserzeugnisse', 'lactose free')
    """
    text = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(re.sub(r"[\s_\-‐-―*.:!]+", " ", text).split())


class Vocabulary:
    """The words of one kind of claim; looks texts up, each once."""

    def __init__(self, kind: ClaimKind) -> None:
        data = _data()
        self._codes: dict[str, tuple[str, ...]] = {}
        for code, languages in (data.allergens if kind == "allergens" else data.dietary).items():
            self._codes[simplified(code)] = (code,)
            for words in languages.values():
                self._codes.update((simplified(word), (code,)) for word in words)
        if kind == "allergens":
            self._codes.update((simplified(entry.text), tuple(entry.codes)) for entry in data.several)
        introductions = "|".join(map(re.escape, data.introductions)) if kind == "allergens" else "(?!)"
        self._introduction = re.compile(rf"(?:{introductions})\s+")
        conjunctions = "|".join(map(re.escape, data.conjunctions))
        self._between = re.compile(rf"\s*[,;/&+|،、，·・]\s*|\s+(?:{conjunctions})\s+")

    def codes(self, text: str) -> tuple[str, ...]:
        """Give the codes a text stands for, none where any part of it is not understood."""
        plain = simplified(text)
        if (found := self._codes.get(plain)) is not None:
            return found
        plain = self._introduction.sub("", plain, count=1)
        parts = [self._codes.get(part, ()) for part in self._between.split(plain) if part]
        return tuple(dict.fromkeys(code for part in parts for code in part)) if all(parts) else ()


@cache
def vocabulary(kind: ClaimKind) -> Vocabulary:
    """Give the words of one kind, read when first needed."""
    return Vocabulary(kind)


@cache
def _data() -> _Data:
    text = files("pipeline.shaping").joinpath("data", "claims.json").read_bytes()
    data = msgspec.json.decode(text, type=_Data)
    assert data.allergens.keys() == set(get_args(Allergen))
    assert data.dietary.keys() == set(get_args(Dietary))
    return data


class Claims:
    """Reads the claims of one menu's dishes; equal lists are read once."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._allergens: dict[tuple[str, ...], tuple[list[Allergen] | None, list[str]]] = {}
        self._dietary: dict[tuple[str, ...], tuple[list[Dietary] | None, list[str]]] = {}

    def allergens(self, texts: list[str], item_id: str, name: str) -> tuple[list[Allergen] | None, list[str]]:
        """Give (codes or null, texts that are not understood)."""
        read = self._allergens.get(key := tuple(texts))
        if read is None:
            codes, unknown = _read("allergens", texts)
            read = self._allergens[key] = cast("list[Allergen] | None", codes), unknown
        if read[1]:
            self._tell("allergens-unknown", read[1], item_id, name)
        return read

    def dietary(self, texts: list[str], item_id: str, name: str) -> tuple[list[Dietary] | None, list[str]]:
        """Give (codes or null, texts that are not understood)."""
        read = self._dietary.get(key := tuple(texts))
        if read is None:
            codes, unknown = _read("dietary", texts)
            read = self._dietary[key] = cast("list[Dietary] | None", codes), unknown
        if read[1]:
            self._tell("dietary-unknown", read[1], item_id, name)
        return read

    def _tell(self, code: str, unknown: list[str], item_id: str, name: str) -> None:
        for text in unknown:
            self._report.add(code, "item", item_id, name, text)


def _read(kind: ClaimKind, texts: list[str]) -> tuple[list[str] | None, list[str]]:
    words = vocabulary(kind)
    codes: dict[str, None] = {}
    unknown: dict[str, None] = {}
    for text in texts:
        found = words.codes(text)
        codes.update(dict.fromkeys(found))
        if not found and text.strip():
            unknown[text] = None
    return None if texts and not codes else list(codes), list(unknown)
