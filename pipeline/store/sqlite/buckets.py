"""Rate limits' buckets as rows, for the parts that take from them inside a transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from pipeline.store import rate
from pipeline.store.encoding import check_keys, micros
from pipeline.store.protocol import StoreError
from pipeline.store.records import Bucket


def get_slots(connection: sqlite3.Connection, bucket: str) -> rate.Slots:
    """Give what went through a bucket of this name."""
    check_keys(bucket=bucket)
    row = connection.execute("SELECT slots FROM buckets WHERE bucket = ?", (bucket,)).fetchone()
    try:
        return msgspec.json.decode(row[0], type=rate.Slots) if row else []
    except msgspec.MsgspecError as error:
        raise StoreError(f"The bucket {bucket} in the database is damaged: {error}.") from None


def put_slots(connection: sqlite3.Connection, bucket: str, slots: rate.Slots, per: timedelta, now: datetime) -> None:
    """Write what went through a bucket; it may go after two spans."""
    connection.execute(
        "INSERT OR REPLACE INTO buckets VALUES (?, ?, ?)", (bucket, msgspec.json.encode(slots), micros(now + 2 * per))
    )


def take_each(connection: sqlite3.Connection, through: Iterable[Bucket], now: datetime) -> bool:
    """Take one of each bucket; False, and none is taken, where there is no bucket or one makes wait."""
    after = rate.take_each({bucket: get_slots(connection, bucket.name) for bucket in through}, now)
    for bucket, slots in after.items():
        put_slots(connection, bucket.name, slots, bucket.per, now)
    return bool(after)
