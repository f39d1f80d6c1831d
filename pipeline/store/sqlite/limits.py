"""What processes share so that platforms are not overrun: rate limits, tokens, notes of what was handled."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec.structs import replace

from pipeline.store import rate
from pipeline.store.encoding import check_keys, decode, encode, micros
from pipeline.store.records import Token
from pipeline.store.sqlite.buckets import get_slots, put_slots
from pipeline.store.sqlite.part import Part


class Limits(Part):
    """Buckets, tokens and notes of a store; the methods are told of by ``SyncStore``."""

    def token(self, key: str) -> Token | None:
        with self._database.read() as connection:
            row = connection.execute("SELECT record FROM tokens WHERE key = ?", (key,)).fetchone()
            return decode(row[0], Token, "token") if row else None

    def put_token(self, token: Token, *, expected_version: int) -> bool:
        check_keys(key=token.key)
        token = replace(token, version=expected_version + 1)
        record = encode(token, "token")
        with self._database.write() as connection:
            row = connection.execute("SELECT version FROM tokens WHERE key = ?", (token.key,)).fetchone()
            if expected_version != (row[0] if row else 0):
                return False
            connection.execute("INSERT OR REPLACE INTO tokens VALUES (?, ?, ?)", (token.key, token.version, record))
            return True

    def take(self, bucket: str, capacity: int, per: timedelta, now: datetime, amount: int = 1) -> float:
        with self._database.write() as connection:
            slots, wait = rate.take(get_slots(connection, bucket), capacity, per, now, amount)
            if not wait:
                put_slots(connection, bucket, slots, per, now)
            return wait

    def seen(self, key: str, now: datetime, ttl: timedelta) -> bool:
        check_keys(key=key)
        with self._database.write() as connection:
            row = connection.execute("SELECT expires_at FROM seen WHERE key = ?", (key,)).fetchone()
            if row and row[0] > micros(now):
                return True
            connection.execute("INSERT OR REPLACE INTO seen VALUES (?, ?)", (key, micros(now + ttl)))
            return False

    def forget_seen(self, key: str) -> None:
        with self._database.write() as connection:
            connection.execute("DELETE FROM seen WHERE key = ?", (key,))
