"""What processes share so that platforms are not overrun: rate limits, tokens, notes of what was handled.

These are single conditional writes. Each carries a mark of its own: where an answer got lost and the
same write is sent again, the mark tells that what stands there is that very write.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from msgspec.structs import replace

from pipeline.store import rate
from pipeline.store.dynamodb.buckets import bucket_key, bucket_values, slots_of, unchanged
from pipeline.store.dynamodb.failures import Refused
from pipeline.store.dynamodb.items import Values, expiry
from pipeline.store.dynamodb.part import Part
from pipeline.store.dynamodb.requests import Condition, equals, item_of
from pipeline.store.dynamodb.values import Item, can_be_key, instant, joined, key, packed, text, unpacked
from pipeline.store.encoding import check_keys
from pipeline.store.records import Token

SEEN, TOKEN = "seen", "token"


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
        values: Values = {"version": token.version, "record": packed(token, "token")}
        return self._put_marked(_key(TOKEN, token.key), values, equals("version", expected_version)) is None

    def take(self, bucket: str, capacity: int, per: timedelta, now: datetime, amount: int = 1) -> float:
        place = bucket_key(bucket)
        found: list[Item | None] = [self._tables.get("data", place, before_write=True)]

        def attempt() -> float:
            item = found[0]
            slots, wait = rate.take(slots_of(item, bucket), capacity, per, now, amount)
            if wait:
                return wait
            other = self._put_marked(place, bucket_values(item, slots, per, now), unchanged(item))
            if other is not None:
                found[0] = other or None
                raise Refused({})
            return wait

        return self._tables.client.settle(attempt)

    def seen(self, key: str, now: datetime, ttl: timedelta) -> bool:
        check_keys(key=key)
        free = Condition("attribute_not_exists(#pk) OR #expires <= :now", {"now": instant(now)})
        return self._put_marked(_key(SEEN, key), expiry(SEEN, now + ttl), free) is not None

    def forget_seen(self, key: str) -> None:
        if can_be_key(key):
            self._tables.single(self._tables.delete("data", _key(SEEN, key)))

    def _put_marked(self, key: Item, values: Values, condition: Condition) -> Item | None:
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
