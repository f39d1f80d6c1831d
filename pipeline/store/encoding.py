"""Records as JSON within the limits that every store keeps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, TypeVar

import msgspec

from pipeline.store.protocol import (
    MAX_KEY_BYTES,
    MAX_PAGE,
    MAX_RECORD_BYTES,
    MAX_TRANSACTION_RECORDS,
    LimitExceeded,
    StoreError,
)

Record = TypeVar("Record", bound=msgspec.Struct)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def encode(record: msgspec.Struct, name: str) -> bytes:
    """Give a record as JSON; ``name`` says in messages what it is.

    Raises :class:`LimitExceeded` for more than ``MAX_RECORD_BYTES``, StoreError for what JSON cannot carry.
    """
    try:
        data = msgspec.json.encode(record)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise StoreError(f"The {name} cannot be kept, because JSON cannot carry it: {error}.") from None
    if len(data) > MAX_RECORD_BYTES:
        raise LimitExceeded(
            f"The {name} has {len(data):,} bytes and no store keeps more than {MAX_RECORD_BYTES:,}: "
            f"its large parts belong into blobs."
        )
    return data


def decode(data: bytes, kind: type[Record], name: str) -> Record:
    """Read a record back; StoreError where it is not what was written."""
    try:
        record: Record = _decoder(kind).decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise StoreError(f"The {name} in the database is damaged: {error}.") from None
    return record


@cache
def _decoder(kind: type[Any]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)


def check_keys(**keys: str) -> None:
    """Refuse ids that are empty or too long for any store's index; raises :class:`LimitExceeded`.

    >>> check_keys(restaurant_id="rest_001")
    """
    for name, value in keys.items():
        if not value:
            raise LimitExceeded(f"The {name} is empty, and nothing can be kept under it.")
        size = len(value.encode("utf-8", "replace"))
        if size > MAX_KEY_BYTES:
            raise LimitExceeded(f"The {name} {value[:20]!r}… has {size:,} bytes; at most {MAX_KEY_BYTES} can be kept.")
        if size != len(value.encode("utf-8", "ignore")):
            raise LimitExceeded(f"The {name} {value[:20]!r} holds half of a character, which cannot be kept.")


def check_count(records: int) -> None:
    """Refuse a transaction of too many records; raises :class:`LimitExceeded`."""
    if records > MAX_TRANSACTION_RECORDS:
        raise LimitExceeded(
            f"{records} records are to be written at once, and at most {MAX_TRANSACTION_RECORDS} can be: "
            f"write them in parts."
        )


def page_limit(limit: int) -> int:
    """Give a page's size within bounds; ValueError for none.

    >>> page_limit(20), page_limit(1_000_000)
    (20, 500)
    """
    if limit < 1:
        raise ValueError(f"A page of {limit} entries cannot be given; ask for 1 to {MAX_PAGE}")
    return min(limit, MAX_PAGE)


def micros(time: datetime) -> int:
    """Give an instant as whole microseconds since 1970; ValueError without a zone.

    >>> micros(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000
    """
    if time.tzinfo is None:
        raise ValueError(f"The time {time.isoformat()} has no zone; times in the store carry one")
    return (time - _EPOCH) // _MICROSECOND
