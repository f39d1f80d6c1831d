"""Texts in plain Latin letters (ASCII): accents fall away, letters without one are spelled out."""

from __future__ import annotations

import re
import unicodedata

# Letters that Unicode does not take apart, as they are spelled where a keyboard lacks them.
_SPELLED = str.maketrans({
    "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L",
    "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ħ": "h", "Ħ": "H", "ı": "i", "ĸ": "k",
    "ŋ": "ng", "Ŋ": "Ng", "ŧ": "t", "Ŧ": "T", "ə": "e", "Ə": "E", "ƒ": "f",
    "‘": "'", "’": "'", "‚": "'", "‛": "'", "“": '"', "”": '"', "„": '"', "‟": '"', "«": '"', "»": '"',
    "‹": "'", "›": "'",
    "–": "-", "—": "-", "―": "-", "‐": "-", "‑": "-", "‒": "-", "−": "-", "·": "-", "•": "-", "×": "x", "÷": "/",
    "⁄": "/", "∕": "/", "€": "EUR", "£": "GBP", "¥": "JPY", "©": "(c)", "®": "(R)", "¡": "!", "¿": "?", "°": " deg ",
    "\u00ad": "", "\u200b": "", "\u200c": "", "\u200d": "", "\ufe0f": "", "\ufeff": "",
})  # fmt: skip

_BETWEEN_WORDS = re.compile(r"[^a-z0-9]+")
_INSIDE_WORDS = re.compile(r"(?<=[a-z])'(?=[a-z])")


def to_ascii(value: str, otherwise: str) -> str:
    """Write a text in ASCII; ``otherwise`` stands for what has no such form.

    >>> to_ascii("Smørrebrød 寿", "?")
    'Smorrebrod ?'
    """
    if value.isascii():
        return value
    letters = []
    for character in unicodedata.normalize("NFKD", value.translate(_SPELLED)).translate(_SPELLED):
        if character.isascii():
            letters.append(character)
        elif not unicodedata.combining(character):
            letters.append(otherwise)
    return "".join(letters)


def to_slug(value: str, separator: str) -> str:
    """Write a text as words of small letters and digits; empty where it has none.

    >>> to_slug("Chef's Café", "-")
    'chefs-cafe'
    """
    words = _INSIDE_WORDS.sub("", to_ascii(value, " ").lower())
    return separator.join(word for word in _BETWEEN_WORDS.split(words) if word)
