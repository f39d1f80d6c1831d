"""What processes share so that platforms are not overrun: rate limits, tokens, notes of what was handled.

These are single conditional writes. Each carries a mark of its own: where an answer got lost and the
same write is sent again, the mark tells that what stands there is that very write.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from pipeline.store import rate
from pipeline.store.dynamodb.failures import Refused
from pipeline.store.dynamodb.part import Part
from pipeline.store.dynamodb.requests import Condition, equals, item_of
from pipeline.store.dynamodb.values import (
    Item,
    Value,
    can_be_key,
    from_micros,
    instant,
    joined,
    key,
    number,
    packed,
    seconds,
    text,
    unpacked,
)
from pipeline.store.encoding import check_keys, micros
from pipeline.store.protocol import StoreError
from pipeline.store.records import Token

BUCKET, SEEN, TOKEN = "bucket", "seen", "token"


class Limits(Part):
    """Buckets, tokens and notes of a store; the methods are told of by ``SyncStore``."""

    def token(self, key: str) -> Token | None:
        if not can_be_key(key):
            return None
        item = self._tables.get("data", _key(TOKEN, key))
        return unpacked(item, Token, "token") if item else None

    def put_token(self, token: Token, *, expected_version: int) -> bool:
        check_keys(key=token.key)
        token = replace(token, version=expected_version + 1)
        values: dict[str, Value | None] = {"version": token.version, "record": packed(token, "token")}
        return self._put_marked(_key(TOKEN, token.key), values, equals("version", expected_version)) is None

    def take(self, bucket: str, capacity: int, per: timedelta, now: datetime, amount: int = 1) -> float:
        check_keys(bucket=bucket)
        found: list[Item | None] = [self._tables.get("data", _key(BUCKET, bucket), before_write=True)]

        def attempt() -> float:
            item = found[0]
            slots, wait = rate.take(_slots(item, bucket) if item else [], capacity, per, now, amount)
            if wait:
                return wait
            expires_at = _bucket_expiry(item, per, now)
            values: dict[str, Value | None] = {
                "slots": msgspec.json.encode(slots),
                "rev": (number(item, "rev") if item else 0) + 1,
                **_expiry(BUCKET, expires_at),
            }
            unchanged = equals("rev", number(item, "rev") if item else None)
            other = self._put_marked(_key(BUCKET, bucket), values, unchanged)
            if other is not None:
                found[0] = other or None
                raise Refused({})
            return wait

        return self._tables.client.settle(attempt)

    def seen(self, key: str, now: datetime, ttl: timedelta) -> bool:
        check_keys(key=key)
        free = Condition("attribute_not_exists(#pk) OR #expires <= :now", {"now": instant(now)})
        return self._put_marked(_key(SEEN, key), _expiry(SEEN, now + ttl), free) is not None

    def forget_seen(self, key: str) -> None:
        if can_be_key(key):
            self._tables.single(self._tables.delete("data", _key(SEEN, key)))

    def _put_marked(self, key: Item, values: dict[str, Value | None], condition: Condition) -> Item | None:
        """Put an item where a condition holds; gives what stands there instead, or None where it was written."""
        mark = secrets.token_hex(8)
        item = {**key, **item_of({**values, "mark": mark})}
        try:
            self._tables.single(self._tables.put("data", item, condition))
        except Refused as refused:
            other = refused.items.get(0, {})
            return None if text(other, "mark") == mark else other
        return None


def _key(kind: str, name: str) -> Item:
    return key(joined(kind, name), kind)


def _expiry(line: str, at: datetime) -> dict[str, Value | None]:
    return {"expiry_line": line, "expires": instant(at), "ttl": seconds(micros(at))}


def _bucket_expiry(item: Item | None, per: timedelta, now: datetime) -> datetime:
    """Give when a bucket may go: after two spans; written anew, which costs more, only where that comes near."""
    if item is not None and "ttl" in item:
        known = from_micros(number(item, "ttl") * 1_000_000)
        if now + per * 1.25 <= known <= now + per * 2:
            return known
    return now + 2 * per


def _slots(item: Item, bucket: str) -> rate.Slots:
    try:
        return msgspec.json.decode(item.get("slots", {}).get("B", b""), type=rate.Slots)
    except msgspec.MsgspecError as error:
        raise StoreError(f"The bucket {bucket} in the database is damaged: {error}.") from None
