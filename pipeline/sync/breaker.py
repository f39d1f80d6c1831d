"""A platform that is down is left alone, probed by one sync at a time, and used again when it answers.

Kept for all processes in one small record per platform; a refused account is noted there, too, so
that wrong credentials are tried once and not once per restaurant.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from pipeline.store.protocol import SyncStore
from pipeline.store.records import Token

FAILURES = 3
"""So many syncs in a row without an answer, or with 5xx answers, open the breaker."""
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=10)
PROBE = timedelta(seconds=60)
"""How long others stay out while one sync probes."""
REFUSED_FOR = timedelta(hours=24)
"""After this time refused credentials are tried once more."""


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a platform's health. ``refused`` is the mark of credentials that it did not accept."""

    failures: int = 0
    pause: float = 0.0
    until: datetime | None = None
    refused: str = ""
    refused_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Breaker:
    """One platform's breaker, as it was when a sync began."""

    store: SyncStore
    key: str
    health: Health = field(default_factory=Health)
    version: int = 0

    @classmethod
    def of(cls, store: SyncStore, platform: str, environment: str) -> Breaker:
        """Read a platform's breaker."""
        key = f"health:{platform}:{environment}"
        record = store.token(key)
        if record is None:
            return cls(store, key)
        return cls(store, key, msgspec.json.decode(record.value, type=Health), record.version)

    @property
    def is_open(self) -> bool:
        """Tell whether the platform did not answer when it was asked last."""
        return self.health.failures >= FAILURES

    def open_until(self, now: datetime) -> datetime | None:
        """Give until when the platform is left alone; None where a sync may go. Taking up a probe keeps others out."""
        health = self.health
        if not self.is_open or health.until is None:
            return None
        if health.until > now:
            return health.until
        probing = msgspec.structs.replace(health, until=now + PROBE)
        return None if self._write(probing) else now + PROBE

    def refuses(self, fingerprint: str, now: datetime) -> datetime | None:
        """Give until when these credentials are not tried again."""
        health = self.health
        if health.refused != fingerprint or health.refused_at is None or health.refused_at + REFUSED_FOR <= now:
            return None
        return health.refused_at + REFUSED_FOR

    def down(self, now: datetime) -> Health:
        """Note that the platform gave no answer."""
        health = self._newest()
        failures = health.failures + 1
        pause, until = health.pause, health.until
        if failures >= FAILURES:
            pause = min(max(2 * pause, FIRST_PAUSE.total_seconds()), LONGEST_PAUSE.total_seconds())
            until = now + timedelta(seconds=pause)
        health = msgspec.structs.replace(health, failures=failures, pause=pause, until=until)
        self._write(health, read=True)
        return health

    def up(self) -> None:
        """Note that the platform answered."""
        if self.health != Health():
            self._write(Health(), read=True)

    def refused(self, fingerprint: str, now: datetime) -> bool:
        """Note that credentials are not accepted; False where that was known."""
        health = self._newest()
        known = health.refused == fingerprint and self.refuses(fingerprint, now) is not None
        self._write(msgspec.structs.replace(health, refused=fingerprint, refused_at=now), read=True)
        return not known

    def forgive(self) -> None:
        """Let refused credentials be tried again, after people have looked at them."""
        health = self._newest()
        if health.refused:
            self._write(msgspec.structs.replace(health, refused="", refused_at=None), read=True)

    def _newest(self) -> Health:
        record = self.store.token(self.key)
        return Health() if record is None else msgspec.json.decode(record.value, type=Health)

    def _write(self, health: Health, *, read: bool = False) -> bool:
        """Write, unless another process was faster; with ``read`` what is there now is overwritten."""
        version = self.version
        if read:
            record = self.store.token(self.key)
            version = 0 if record is None else record.version
        token = Token(key=self.key, value=msgspec.json.encode(health).decode())
        return self.store.put_token(token, expected_version=version)
