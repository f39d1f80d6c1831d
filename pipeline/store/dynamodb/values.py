"""Python values as DynamoDB's attribute values, and keys whose order as text is the order that is meant."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import msgspec

from pipeline.store.encoding import decode, encode, micros
from pipeline.store.protocol import MAX_RECORD_BYTES, LimitExceeded, StoreError

Attribute = dict[str, Any]
"""``{"S": text}``, ``{"N": digits}`` or ``{"B": bytes}``."""
Item = dict[str, Attribute]
Value = str | int | float | bytes
Record = TypeVar("Record", bound=msgspec.Struct)

MAX_PARTITION_KEY = 2048
MAX_SORT_KEY = 1024
WORTH_COMPRESSING = 2_000
"""Smaller records than this (bytes) do not get cheaper by it."""

_OFFSET = 2**63  # makes every instant's number positive
_SEPARATOR, _ESCAPED = "\x00\x00", "\x00\x01"


def attribute(value: Value) -> Attribute:
    """Give a value as DynamoDB takes it.

    >>> attribute("a"), attribute(5), attribute(b"x")
    ({'S': 'a'}, {'N': '5'}, {'B': b'x'})
    """
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, bytes):
        return {"B": value}
    return {"N": repr(value)}


def text(item: Item, name: str) -> str:
    """Give a text of an item, empty where there is none."""
    return str(item.get(name, {}).get("S", ""))


def number(item: Item, name: str) -> int:
    """Give a whole number of an item, 0 where there is none."""
    return int(item.get(name, {}).get("N", "0"))


def instant(time: datetime) -> str:
    """Give an instant as text that sorts by time; ValueError without a zone."""
    return instant_of(micros(time))


def instant_of(microseconds: int) -> str:
    """Give microseconds since 1970 as text that sorts by time.

    >>> instant_of(-1) < instant_of(0) < instant_of(10**18), len(instant_of(0))
    (True, 16)
    """
    return f"{microseconds + _OFFSET:016x}"


def microseconds_of(key: str) -> int:
    """Read :func:`instant_of` back."""
    return int(key, 16) - _OFFSET


def from_micros(microseconds: int) -> datetime:
    """Give the instant so many microseconds after 1970."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)


def joined(*parts: str) -> str:
    """Give names as one key: different for different names, and in the order of the first, the second, and so on.

    >>> sorted([joined("b", "a"), joined("a", "z"), joined("a" + chr(0), "b"), joined("a b", "")]) == [
    ...     joined("a", "z"), joined("a" + chr(0), "b"), joined("a b", ""), joined("b", "a")]
    True
    """
    return _SEPARATOR.join(part.replace("\x00", _ESCAPED) for part in parts)


def split(key: str) -> list[str]:
    """Read :func:`joined` back.

    >>> split(joined("a", chr(0), "")) == ["a", chr(0), ""]
    True
    """
    return [part.replace(_ESCAPED, "\x00") for part in key.split(_SEPARATOR)]


def key(partition: str, sort: str) -> Item:
    """Give the key of an item of the data table; raises :class:`LimitExceeded` where DynamoDB takes none so long."""
    if len(partition.encode()) > MAX_PARTITION_KEY or len(sort.encode()) > MAX_SORT_KEY:
        raise LimitExceeded(f"The names in {partition[:40]!r}… are together too long to be kept.")
    return {"pk": {"S": partition}, "sk": {"S": sort}}


def can_be_key(*names: str) -> bool:
    """Tell whether anything may be kept under these names; raises :class:`LimitExceeded` for half a character."""
    try:
        return all(0 < len(name.encode()) <= MAX_SORT_KEY for name in names)
    except UnicodeEncodeError:
        raise LimitExceeded("A name holds half of a character (a lone surrogate), and cannot be looked up.") from None


def seconds(microseconds: int) -> int:
    """Give whole seconds since 1970, rounded up, as DynamoDB's time to live takes them."""
    return -(microseconds // -1_000_000)


def packed(record: msgspec.Struct, name: str) -> bytes:
    """Give a record as JSON, compressed where that saves something. Raises as :func:`~pipeline.store.encoding.encode`.

    JSON starts with a brace and compressed data never does.
    """
    data = encode(record, name)
    if len(data) < WORTH_COMPRESSING:
        return data
    return min(data, zlib.compress(data, 6), key=len)


def unpacked(item: Item, kind: type[Record], name: str) -> Record:
    """Read an item's record back; StoreError where it is not what was written."""
    return decode(plain(item, name), kind, name)


def plain(item: Item, name: str) -> bytes:
    """Give an item's record as JSON."""
    data: bytes = item.get("record", {}).get("B", b"")
    if data[:1] in (b"{", b""):
        return data
    try:
        return zlib.decompressobj().decompress(data, 2 * MAX_RECORD_BYTES)
    except zlib.error as error:
        raise StoreError(f"The {name} in the database is damaged: {error}.") from None
