"""Rate limits' buckets as items: taken from one by one, or all at once by a transaction that writes more."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

import msgspec

from pipeline.store import rate
from pipeline.store.dynamodb.items import Values, expiry
from pipeline.store.dynamodb.requests import Condition, Tables, Write, equals, item_of
from pipeline.store.dynamodb.values import Item, from_micros, joined, key, number
from pipeline.store.encoding import check_keys
from pipeline.store.protocol import StoreError
from pipeline.store.records import Bucket

BUCKET = "bucket"


def bucket_key(name: str) -> Item:
    """Give the key of a bucket."""
    check_keys(bucket=name)
    return key(joined(BUCKET, name), BUCKET)


def slots_of(item: Item | None, name: str) -> rate.Slots:
    """Read back what went through a bucket."""
    try:
        return msgspec.json.decode(item.get("slots", {}).get("B", b""), type=rate.Slots) if item else []
    except msgspec.MsgspecError as error:
        raise StoreError(f"The bucket {name} in the database is damaged: {error}.") from None


def bucket_values(item: Item | None, slots: rate.Slots, per: timedelta, now: datetime) -> Values:
    """Give a bucket after something went through; ``rev`` counts how often it was written."""
    return {
        "slots": msgspec.json.encode(slots),
        "rev": (number(item, "rev") if item else 0) + 1,
        **expiry(BUCKET, _expires_at(item, per, now)),
    }


def unchanged(item: Item | None) -> Condition:
    """Nothing went through a bucket since it was read."""
    return equals("rev", number(item, "rev") if item else None)


def bucket_writes(tables: Tables, through: Collection[Bucket], now: datetime) -> list[Write]:
    """Read buckets and give the writes that take one of each; no writes where one of them makes wait."""
    keys = {bucket: bucket_key(bucket.name) for bucket in through}
    items = dict(zip(keys, tables.get_all([("data", each) for each in keys.values()], before_write=True), strict=True))
    after = rate.take_each({bucket: slots_of(item, bucket.name) for bucket, item in items.items()}, now)
    writes = []
    for bucket, slots in after.items():
        values = bucket_values(items[bucket], slots, bucket.per, now)
        writes.append(tables.put("data", {**keys[bucket], **item_of(values)}, unchanged(items[bucket])))
    return writes


def _expires_at(item: Item | None, per: timedelta, now: datetime) -> datetime:
    """Give when a bucket may go: after two spans; written anew, which costs more, only where that comes near."""
    if item is not None and "ttl" in item:
        known = from_micros(number(item, "ttl") * 1_000_000)
        if now + per * 1.25 <= known <= now + per * 2:
            return known
    return now + 2 * per
