"""Where a formula really ends that stands unquoted in YAML.

YAML ends plain text at ``, [ ] { }`` inside ``{ }`` or ``[ ]``, and at `` #`` anywhere; a formula
goes on until its own brackets and quotes are closed.
"""

from __future__ import annotations

import re

from pipeline.mapping.formulas.delimiters import CLOSING, OPENING, after_quoted, find_outside, unbalanced
from pipeline.mapping.yaml.scalars import LINE_BREAK

EXPRESSION_KEYS = frozenset(
    (
        *("$from", "$if", "$unless", "$for", "$sort", "$unique", "if", "unless", "for", "only_changed", "of", "id"),
        *("where", "value", "at_least", "at_most", "assert", "unique", "references", "to", "from"),
    )
)
"""Keys under which a formula stands without ``=``."""

LOOP_KEYS = frozenset(("$for", "for"))

MAX_LENGTH = 300
"""Inside ``{ }`` nobody writes a longer formula; and a hostile file costs no more."""

_LOOP_HEAD = re.compile(r"=?\s*[A-Za-z_]\w*\s*,\s*[A-Za-z_]\w*\s+in\s+")
_COMMENT = re.compile(r"[ \t]+#")


def holds_formula(text: str, key: str) -> bool:
    """Tell whether plain text under ``key`` is a formula."""
    return text.startswith("=") or (key in EXPRESSION_KEYS and bool(text))


def formula_end(text: str, start: int, key: str = "") -> int | None:
    """Give where the formula that starts at ``start``, inside ``{ }`` or ``[ ]``, ends; None if nobody can tell.

    >>> line = "{markup: = not_null(store.a, store.b), b: 1}"
    >>> line[9 : formula_end(line, 9)]
    '= not_null(store.a, store.b)'
    """
    position = start
    if key in LOOP_KEYS and (head := _LOOP_HEAD.match(text, start)):
        position = head.end()
    opened: list[str] = []
    last = min(len(text), start + MAX_LENGTH)
    while position < last:
        character = text[position]
        if character in "'\"`":
            behind = after_quoted(text, position, last)
            if behind is None or "\n" in text[position:behind]:
                return None
            position = behind
            continue
        if character in OPENING:
            opened.append(character)
        elif character in CLOSING:
            if not opened:
                break
            if opened.pop() != CLOSING[character]:
                return None
        elif character in "\r\n" or (not opened and (character == "," or text.startswith((": ", " #"), position))):
            break
        position += 1
    if opened or position == start + MAX_LENGTH:
        return None
    return start + len(text[start:position].rstrip())


def comment_cut(text: str, start: int, end: int) -> int | None:
    """Give where a formula really ends that YAML cuts at a ` #`; None where that is a comment.

    >>> line = "= contains(x, ' #') # why"
    >>> line[: comment_cut(line, 0, 15)]
    "= contains(x, ' #')"
    """
    if not _COMMENT.match(text, end):
        return None
    line_end = LINE_BREAK.search(text, end)
    written = text[start : line_end.start() if line_end else len(text)]
    comment = find_outside(written, _COMMENT)
    whole = (written[: comment.start()] if comment else written).rstrip()
    return start + len(whole) if len(whole) > end - start and unbalanced(whole) is None else None
