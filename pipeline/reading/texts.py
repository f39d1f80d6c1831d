"""Characters that no menu needs: controls, byte order marks, and what turns the direction of text.

Left-to-right and right-to-left marks (U+200E, U+200F, U+061C) stay: Hebrew and Arabic menus need
them, and unlike overrides and isolates they cannot show a text in another order than it has.
"""

from __future__ import annotations

import re

UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_RETURNS = re.compile("\r\n?")

_HALF_PAIR = re.compile(rb"\\u[dD][89a-fA-F]")

# The same in JSON's escapes and in UTF-8. Halves of surrogate pairs are not here: the decoder refuses them.
_ESCAPED = re.compile(rb"\\(?:[bfr]|u(?:00(?:[0189][0-9a-fA-F]|7[fF])|[fF][eE][fF][fF]|202[a-eA-E]|206[6-9]))")
_BYTES = {
    b"\xc2": re.compile(rb"\xc2[\x80-\x9f]"),
    b"\xef": re.compile(rb"\xef\xbb\xbf"),
    b"\xe2": re.compile(rb"\xe2(?:\x80[\xaa-\xae]|\x81[\xa6-\xa9])"),
}
"""By the byte that each begins with: looking for one byte alone is many times faster than for several."""


def suspicious(data: bytes) -> bool:
    r"""Tell whether JSON bytes may hold an unwanted character; false alarms are possible, misses are not.

    >>> suspicious(b'"caf\\u00e9"'), suspicious(b'"caf\\u0000"')
    (False, True)
    """
    if b"\x7f" in data or (b"\\" in data and _ESCAPED.search(data)):
        return True
    return not data.isascii() and any(first in data and pattern.search(data) for first, pattern in _BYTES.items())


def has_half_pairs(data: bytes) -> bool:
    """Tell whether JSON bytes may hold escaped halves of surrogate pairs."""
    return b"\\" in data and _HALF_PAIR.search(data) is not None


def clean(text: str) -> str:
    r"""Take unwanted characters out; a carriage return becomes a line feed.

    >>> clean("Soup\x00 of\r\nthe \u202eday")
    'Soup of\nthe day'
    """
    return UNWANTED.sub("", _RETURNS.sub("\n", text))
