"""Payloads as JSON text: every price with its own digits, the same bytes for the same payload.

Written by msgspec. What JSON has no form for (NaN, infinity, a lone surrogate) and what some
readers of JSON refuse (1E+2, -0.00) are rare: the written bytes are searched for them, and only
then is the payload walked, so that the usual payload costs one pass in C.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec

MAX_DIGITS = 400
"""A decimal longer than this when written out is refused; the longest double has 309 digits before its point."""

_compact = msgspec.json.Encoder(decimal_format="number")
_sorted = msgspec.json.Encoder(decimal_format="number", order="sorted")
_sorted_quoted = msgspec.json.Encoder(decimal_format="string", order="sorted")

# What a value that needs care leaves in the bytes: no number at all (msgspec writes a float's NaN as null) or
# minus zero, behind a colon, comma or bracket; a decimal's exponent, behind a digit. Found by chance, it costs a walk.
_SIGNS: dict[bytes, tuple[bytes, ...]] = {
    b"-0": (b"",), b"null": (b"",), b"NaN": (b"", b"s", b"-", b"-s"), b"Infinity": (b"", b"-"),
}  # fmt: skip
_MARKS = {
    mark: tuple(before + sign + mark for before in (b":", b",", b"[") for sign in signs)
    for mark, signs in _SIGNS.items()
}
_EXPONENTS = (b"E+", b"E-")
_ZEROS = re.compile(rb'("[^"\\]*(?:\\.[^"\\]*)*")|(?:\.0+|(\.[0-9]*[1-9])0+)(?=[,\]}]|\Z)')
"""Texts, which stay, and the zeros that a number does not need."""


class NotJson(ValueError):
    """A value that JSON cannot carry; the message is a sentence."""


def encode(payload: Any, *, plain: bool = False) -> bytes:
    """Write compact JSON, keys in their order, decimals as numbers with their own digits.

    ``plain``: it is known to hold no decimals and no binary floats, so that nothing has to be looked for.
    An exponent is written out (``Decimal("1E+2")`` is ``100``) and minus zero loses its sign.
    Raises :class:`NotJson` for NaN, infinity, lone surrogates and values of other kinds.

    >>> encode({"price": Decimal("12.50"), "size": Decimal("1E+2")})
    b'{"price":12.50,"size":100}'
    """
    return Written.of(payload, plain=plain).data


@dataclass(frozen=True, slots=True)
class Written:
    """A value and its compact JSON, written once for all who need it.

    ``plain``: every number stands there as it was written at first, so that none has to be looked for again.
    """

    value: Any
    data: bytes
    plain: bool

    @classmethod
    def of(cls, value: Any, *, plain: bool = False) -> Written:
        """Write a value; ``plain`` as for :func:`encode`, and raises as that."""
        data = _write(_compact, value)
        if plain or not _needs_care(data):
            return cls(value, data, plain=True)
        return cls(value, _write(_compact, _copy(value, _plain_number)), plain=False)


def pretty(payload: Any) -> str:
    """Write indented JSON with the digits of :func:`encode`, for people; other scripts stay readable."""
    return msgspec.json.format(encode(payload), indent=2).decode()


def canonical_hash(payload: Any, without: Iterable[str | tuple[str, ...]] = (), *, plain: bool = False) -> str:
    """Give the SHA-256 (hex) of a payload's meaning: key order and ways to write one number do not count.

    1, 1.0 and 1.00 are one number and give one hash (binary floats, which no price is, count as they
    are written). ``without`` names fields outside the hash, as
    ``menu.items[].stamp`` or, where keys hold dots, as ``("menu", "items", "[]", "stamp")``: ``[]``
    is every element of a list, ``*`` every key of an object. ``plain`` is what :class:`Written` tells of the
    payload. Raises as :func:`encode`.

    >>> canonical_hash({"a": 1, "run": "x"}, ["run"]) == canonical_hash({"run": "y", "a": Decimal("1.00")}, ["run"])
    True
    """
    for path in without:
        payload = _drop(payload, path if isinstance(path, tuple) else tuple(path.replace("[]", ".[]").split(".")))
    data = _write(_sorted, payload)
    if not plain and _needs_care(data):
        data = _write(_sorted, _copy(payload, _shortest_number))
    elif len(data) != len(_write(_sorted_quoted, payload)):  # each decimal adds two quotes
        data = _ZEROS.sub(rb"\1\2", data)
    return hashlib.sha256(data).hexdigest()


def _write(encoder: msgspec.json.Encoder, payload: Any) -> bytes:
    try:
        return encoder.encode(payload)
    except UnicodeEncodeError:
        raise NotJson("A text holds half of a character (a lone surrogate), which cannot be sent") from None
    except RecursionError:
        raise NotJson("The payload is nested too deeply to be written as JSON") from None
    except (TypeError, OverflowError, msgspec.MsgspecError) as error:
        raise NotJson(f"The payload holds a value that JSON has no form for: {error}") from None


def _needs_care(data: bytes) -> bool:
    if data[:1] in (b"-", b"N", b"I", b"n", b"s"):
        return True
    if any(mark in data and any(whole in data for whole in wholes) for mark, wholes in _MARKS.items()):
        return True
    return any(_behind_digit(data, mark) for mark in _EXPONENTS)


def _behind_digit(data: bytes, mark: bytes) -> bool:
    place = data.find(mark, 1)
    while place > 0:
        if data[place - 1] in b"0123456789.":
            return True
        place = data.find(mark, place + 1)
    return False


def _copy(value: Any, number: Callable[[Decimal], msgspec.Raw]) -> Any:
    """Copy what a payload is made of with each Decimal written by ``number``; NaN and infinity are refused."""
    kind = type(value)
    if kind is str or kind is int or kind is bool or value is None:
        return value
    if kind is Decimal:
        return number(value)
    if kind is float:
        if not math.isfinite(value):
            raise NotJson(f"{value} is no number that JSON can carry")
        return value or 0.0
    if isinstance(value, dict):
        return {key: _copy(entry, number) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_copy(entry, number) for entry in value]
    if isinstance(value, msgspec.Struct):
        return _copy(msgspec.structs.asdict(value), number)
    return value


def _plain_number(value: Decimal) -> msgspec.Raw:
    return msgspec.Raw(_digits(value))


def _shortest_number(value: Decimal) -> msgspec.Raw:
    digits = _digits(value)
    return msgspec.Raw(digits.rstrip("0").rstrip(".") if "." in digits else digits)


def _digits(value: Decimal) -> str:
    """Write a decimal without exponent."""
    if not value.is_finite():
        raise NotJson(f"{value} is no number that JSON can carry")
    if not value:
        value = value.copy_abs()
    digits = str(value)  # faster than format, which is only needed where there is an exponent
    if "E" in digits:
        _, coefficient, exponent = value.as_tuple()
        assert isinstance(exponent, int)
        fits = max(len(coefficient) + max(exponent, 0), -exponent) <= MAX_DIGITS
        digits = format(value, "f") if fits else digits
    else:
        fits = len(digits) <= MAX_DIGITS
    if not fits:
        raise NotJson(f"{digits[:40]} has more than {MAX_DIGITS} digits when it is written out")
    return digits


def _drop(value: Any, path: tuple[str, ...]) -> Any:
    """Give ``value`` without what ``path`` names; only the containers on the way are copied."""
    part, rest = path[0], path[1:]
    if part == "[]":
        if not isinstance(value, list):
            return value
        return [_drop(entry, rest) for entry in value] if rest else []
    if not isinstance(value, dict) or (part != "*" and part not in value):
        return value
    keys = list(value) if part == "*" else [part]
    if not rest:
        return {key: entry for key, entry in value.items() if key not in keys}
    return {key: _drop(entry, rest) if key in keys else entry for key, entry in value.items()}
