"""JSON bytes → plain values, exactly: numbers keep their digits, and whatever is wrong has a sentence.

Strict, with one allowance: a byte order mark at the start. ``NaN`` and its like are read as
:class:`NotANumber`, so that the record that holds one can be named.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple

import msgspec

from pipeline.reading.limits import MAX_BYTES, MAX_DIGITS
from pipeline.reading.problems import Problems

BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class NotANumber:
    """What stands in the place of a number but is none."""

    text: str

    def __str__(self) -> str:
        return self.text


class Unreadable:
    """No value could be read; a finding says why."""


UNREADABLE: Final = Unreadable()


class Decoded(NamedTuple):
    """What a document was decoded to; ``strictly``: no text in it holds half of a surrogate pair."""

    values: Any
    strictly: bool


_decoder = msgspec.json.Decoder(float_hook=Decimal)

EXPECTED: dict[str, str] = {
    "Expecting value": "a value is expected here",
    "Expecting ',' delimiter": "a comma or the closing bracket is expected here",
    "Expecting ':' delimiter": "a colon is expected here, between a field's name and its value",
    "Expecting property name enclosed in double quotes": "a field's name in double quotes is expected here",
    "Illegal trailing comma before end of object": "there is a comma too many before the closing bracket",
    "Illegal trailing comma before end of array": "there is a comma too many before the closing bracket",
    "Unterminated string starting at": "the text that starts here has no closing quote",
    "Invalid control character at": "a line break, tab or other control character stands inside a text",
    "Invalid \\escape": "a backslash is followed by a letter that JSON does not know",
    "Invalid \\uXXXX escape": "\\u must be followed by four hexadecimal digits",
    "Extra data": "the JSON document is complete, yet more text follows",
}
"""What Python's reader says, in words for people."""


def as_bytes(data: bytes | str) -> bytes:
    """Give UTF-8 without a byte order mark; halves of surrogate pairs in a text are written as escapes."""
    if isinstance(data, str):
        data = data.encode("utf-8", "backslashreplace")
    return data.removeprefix(BOM)


def plain_values(data: bytes, problems: Problems) -> Decoded:
    """Decode JSON to plain values, or tell what is wrong and give :data:`UNREADABLE`."""
    if not size_is_fine(len(data), problems):
        return Decoded(UNREADABLE, strictly=False)
    try:
        return Decoded(_decoder.decode(data), strictly=True)
    except (msgspec.MsgspecError, ValueError, ArithmeticError, RecursionError):
        return Decoded(_explained(data, problems), strictly=False)


def size_is_fine(size: int, problems: Problems) -> bool:
    """Refuse documents over the limit."""
    if size > MAX_BYTES:
        problems.add(
            "menu-too-large",
            f"{problems.subject} has {size / 1024 / 1024:,.0f} MB; at most {MAX_BYTES // 1024 // 1024} MB are read.",
            hint="Check that it is really one restaurant's menu.",
        )
    return size <= MAX_BYTES


def _explained(data: bytes, problems: Problems) -> Any:
    """Read again with Python's own reader, which knows line and column and takes halves of surrogate pairs."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        problems.add("menu-encoding", f"{problems.subject} is UTF-16 text, not UTF-8.", hint="Save it as UTF-8.")
        return UNREADABLE
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line, column = _position(data.decode("latin-1"), error.start)
        problems.add(
            "menu-encoding",
            f"{problems.subject} is not UTF-8 text: at line {line}, column {column} is a byte that is none.",
            hint="Save it as UTF-8.",
            position=(line, column),
        )
        return UNREADABLE
    if not text.strip():
        problems.add("menu-json-empty", f"{problems.subject} is empty: there is no JSON in it.")
        return UNREADABLE
    try:
        return json.loads(text, parse_float=_decimal, parse_int=_whole, parse_constant=NotANumber)
    except RecursionError:
        problems.add("menu-json-depth", f"{problems.subject} is nested too deeply: a menu needs about ten levels.")
    except json.JSONDecodeError as error:
        _tell(error, text, problems)
    return UNREADABLE


def _tell(error: json.JSONDecodeError, text: str, problems: Problems) -> None:
    expected = next((words for start, words in EXPECTED.items() if error.msg.startswith(start)), error.msg)
    position = (error.lineno, error.colno)
    where = f"line {error.lineno}, column {error.colno}"
    if error.msg.startswith("Unterminated string") or error.pos >= len(text.rstrip()):
        message = f"{problems.subject} ends too early: at {where}, {expected}."
        problems.add("menu-json-cut-off", message, hint="It was probably cut off: fetch it again.", position=position)
        return
    hint = "Correct it there, or export the menu again."
    if text.lstrip().startswith("<"):
        hint = "It looks like a web page: perhaps the address answered with an error page or a login."
    problems.add(
        "menu-json-invalid", f"{problems.subject} is not JSON: at {where}, {expected}.", hint=hint, position=position
    )


def _position(text: str, offset: int) -> tuple[int, int]:
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def _decimal(digits: str) -> Decimal | NotANumber:
    try:
        return Decimal(digits)
    except InvalidOperation:  # an exponent of more than 18 digits
        return NotANumber(digits[:40])


def _whole(digits: str) -> int | NotANumber:
    return int(digits) if len(digits) <= MAX_DIGITS else NotANumber(digits[:40])
