"""What plain YAML text means by the 1.2 core rules, and where each character of a value stands."""

from __future__ import annotations

import re
from bisect import bisect_right
from decimal import Decimal
from typing import Protocol

from pipeline.mapping.nodes import Plain

_WORDS: dict[str, Plain] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip

_NUMBER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)|0o[0-7]+|0x[0-9a-fA-F]+")
# A leading zero makes a code (a postcode, an article number), as design has it, and not a number.
_DECIMAL = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
LINE_BREAK = re.compile("\r\n|\r|\n")
_MAX_DIGITS = 60


class NumberTooLong(Exception):
    """A number that no platform takes, and that would be slow to write out."""


class Mark(Protocol):
    """Where something starts, counted from 0."""

    index: int
    line: int
    column: int


def plain_value(text: str) -> Plain:
    """Give the value of text without quotes: null, a truth value, an exact number, or the text itself.

    >>> plain_value("1.10"), plain_value("0x1F"), plain_value("12:30"), plain_value("no")
    (Decimal('1.10'), 31, '12:30', 'no')
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "0123456789+-.":
        return text
    if _NUMBER.fullmatch(text):
        if len(text) > _MAX_DIGITS:
            raise NumberTooLong(text)
        return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))
    if _DECIMAL.fullmatch(text):
        exponent = re.search(r"[eE][-+]?0*([0-9]+)$", text)
        if len(text) > _MAX_DIGITS or (exponent and int(exponent[1]) > _MAX_DIGITS):
            raise NumberTooLong(text)
        return Decimal(text)
    return text


def runs_of(text: str, value: str, mark: Mark, end: int, style: str = "") -> list[tuple[int, int, int]]:
    """Tell where the characters of a value stand: ``(offset, line, column)`` of each start of a run.

    ``mark`` and ``end`` are where the written value starts and ends, with its quotes or block header.
    Plain and quoted text without escapes and line breaks has no runs but the first, which only block
    texts give. Every character but white space at a line's ends is exact.
    """
    start = mark.index
    block = style in ("|", ">")
    at = start + (1 if style in ("'", '"') else 0)
    if block:
        header = LINE_BREAK.search(text, start, end)
        at = header.end() if header else end
    elif end - start == len(value) + (2 if style else 0):
        return []  # nothing is folded or escaped
    offsets = _aligned(text, value, at, end, style)
    line_starts = [0] + [match.end() - start for match in LINE_BREAK.finditer(text, start, end)]
    found: list[tuple[int, int, int]] = []
    previous = at - 1 if not block else -1
    previous_line = 0
    for number, offset in enumerate(offsets):
        line = bisect_right(line_starts, offset - start) - 1
        if offset != previous + 1 or line != previous_line:
            column = offset - start - line_starts[line] + (mark.column if line == 0 else 0)
            found.append((number, mark.line + line + 1, column + 1))
        previous, previous_line = offset, line
    if block and not found:
        found.append((0, mark.line + 2, 1))
    return found


def _aligned(text: str, value: str, at: int, end: int, style: str) -> list[int]:
    """Give the offset in ``text`` of each character of ``value``, going through both together."""
    offsets: list[int] = []
    for character in value:
        if style == '"':
            while text.startswith(("\\\n", "\\\r"), at):  # an escaped line break is nothing
                at += 2
                while at < end and text[at] in " \t\n":
                    at += 1
        if character not in " \t\n" or (style == '"' and text.startswith("\\", at)):
            while at < end and text[at] in " \t\r\n" and text[at] != character:
                at += 1
        elif not text.startswith(character, at):
            offsets.append(min(at, end))  # a folded line break
            continue
        offsets.append(min(at, end))
        at += _written_length(text, at, style)
    return offsets


def _written_length(text: str, at: int, style: str) -> int:
    """Give how many characters of the file one character of the value takes."""
    if style == "'" and text.startswith("''", at):
        return 2
    if style == '"' and text.startswith("\\", at):
        return {"x": 4, "u": 6, "U": 10}.get(text[at + 1 : at + 2], 2)
    return 1
