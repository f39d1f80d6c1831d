"""Quotes and brackets of formula text: where they open, close and are left open.

JMESPath quotes with ``'``, ``"`` and a backtick, in all of which a backslash escapes the next
character. Nothing here parses a formula; it only tells what stands inside of what.
"""

from __future__ import annotations

import re

OPENING = {"(": ")", "[": "]", "{": "}"}
CLOSING = {closing: opening for opening, closing in OPENING.items()}

_INTERESTING = re.compile(r"[\[\](){}'\"`]")
_QUOTED = {quote: re.compile(rf"{quote}(?:[^{quote}\\]|\\.)*+{quote}", re.DOTALL) for quote in "'\"`"}


def after_quoted(text: str, start: int, end: int | None = None) -> int | None:
    r"""Give the offset behind the quoted text that opens at ``start``, or None where it is open at ``end``.

    >>> after_quoted(r"'it\'s' x", 0)
    7
    """
    match = _QUOTED[text[start]].match(text, start, len(text) if end is None else end)
    return match.end() if match else None


def unbalanced(text: str) -> int | None:
    """Give the offset of the first quote or bracket without a partner, or None.

    A closing bracket of the wrong kind counts as without a partner.

    >>> unbalanced("not_null(store.a"), unbalanced("f(')')")
    (8, None)
    """
    opened: list[int] = []
    position = 0
    while match := _INTERESTING.search(text, position):
        at = match.start()
        character = text[at]
        position = at + 1
        if character in OPENING:
            opened.append(at)
        elif character in CLOSING:
            if not opened or text[opened[-1]] != CLOSING[character]:
                return at
            opened.pop()
        else:
            behind = after_quoted(text, at)
            if behind is None:
                return at
            position = behind
    return opened[0] if opened else None


def find_outside(
    text: str, wanted: re.Pattern[str], start: int = 0, *, in_brackets: bool = False
) -> re.Match[str] | None:
    """Give the first match of ``wanted`` from ``start`` that stands outside quotes.

    Brackets that open behind ``start`` hide what they hold, too, unless ``in_brackets``. A quote
    left open hides the rest.

    >>> find_outside("f('->') -> upper", re.compile("->")).start()
    8
    """
    depth = 0
    position = start
    while position < len(text):
        character = text[position]
        if (depth == 0 or in_brackets) and (match := wanted.match(text, position)):
            return match
        if character in _QUOTED:
            behind = after_quoted(text, position)
            if behind is None:
                return None
            position = behind
            continue
        if character in OPENING:
            depth += 1
        elif character in CLOSING:
            depth = max(depth - 1, 0)
        position += 1
    return None


def yaml_quoted(text: str) -> str:
    """Put text into YAML quotes, of the kind that needs no escapes where there is one.

    >>> print(yaml_quoted("= join(', ', path)"))
    "= join(', ', path)"
    """
    if '"' in text or "\\" in text:
        return "'" + text.replace("'", "''") + "'"
    return f'"{text}"'
