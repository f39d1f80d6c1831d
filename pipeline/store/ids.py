"""Names that the product gives: readable ones for people, unguessable ones for platforms."""

from __future__ import annotations

import hashlib
import re
import secrets
import uuid
from datetime import UTC, datetime

from pipeline.store.protocol import SyncStore

_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"  # none that are mistaken for another when read aloud
_UNREADABLE = re.compile(r"[^A-Za-z0-9_.-]+")
_LONGEST = 64


def new_operation_id(now: datetime) -> str:
    """Give an operation's id: sorts by time (UTC), with 59 bits that nobody guesses.

    >>> new_operation_id(datetime(2026, 11, 22, 10, 15, 30, tzinfo=UTC))[:19]
    'op_20261122T101530_'
    """
    return f"op_{now.astimezone(UTC):%Y%m%dT%H%M%S}_{''.join(secrets.choice(_LETTERS) for _ in range(12))}"


def new_reference() -> str:
    """Give what a platform is asked to give back in its messages: a random UUID, which all of them take."""
    return str(uuid.uuid4())


def error_id(restaurant_id: str, platform: str, day: str, number: int) -> str:
    """Give a readable error id that stands in URLs as it is. ``day`` is YYYYMMDD.

    What cannot stand there is replaced, and a short hash keeps such ids apart.

    >>> error_id("rest_001", "acme", "20250115", 1)
    'err_rest_001_acme_20250115_001'
    >>> error_id("Rue 4/Café", "acme", "20250115", 12)
    'err_Rue-4-Caf-_7ff089_acme_20250115_012'
    """
    return f"err_{_readable(restaurant_id)}_{_readable(platform)}_{day}_{number:03d}"


def next_error_id(store: SyncStore, restaurant_id: str, platform: str, now: datetime) -> str:
    """Give the next error id of a restaurant on a platform today (UTC); one write to the store."""
    day = f"{now.astimezone(UTC):%Y%m%d}"
    return error_id(restaurant_id, platform, day, store.next_error_number(restaurant_id, platform, day))


def _readable(name: str) -> str:
    text = _UNREADABLE.sub("-", name)[:_LONGEST]
    if text == name:
        return text
    return f"{text}_{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:6]}"
