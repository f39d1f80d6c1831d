"""Rate limits: a bucket that never lets more than its capacity go in any span of its length.

A bucket that is merely refilled lets twice its capacity go in the span after a pause. This one counts
what went in each sixtieth of the span, and forgets a sixtieth only when all of it lies behind.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from pipeline.store.encoding import micros
from pipeline.store.records import Bucket

SLOTS = 60
_MICROSECOND = timedelta(microseconds=1)

Slots = list[tuple[int, int]]
"""Number of the sixtieth, and what went in it; ascending."""


def take(slots: Slots, capacity: int, per: timedelta, now: datetime, amount: int) -> tuple[Slots, float]:
    """Give the bucket after taking ``amount``, and 0; or the bucket as it is, and the seconds to wait.

    >>> from datetime import UTC
    >>> at = datetime(2026, 3, 1, tzinfo=UTC)
    >>> slots, wait = take([], 1, timedelta(minutes=1), at, 1)
    >>> wait, take(slots, 1, timedelta(minutes=1), at + timedelta(seconds=20), 1)[1]
    (0.0, 41.0)
    """
    if not 1 <= amount <= capacity or per <= timedelta():
        raise ValueError(f"{amount} of {capacity} in {per} can never be taken")
    span = per // _MICROSECOND
    at = micros(now)
    current = at * SLOTS // span
    kept = [slot for slot in slots if slot[0] >= current - SLOTS]
    if kept and kept[-1][0] > current:
        kept = _as_now(kept, current)
    missing = sum(count for _, count in kept) + amount - capacity
    for number, count in kept:
        if missing <= 0:
            break
        missing -= count
        if missing <= 0:
            forgotten = -((number + SLOTS + 1) * span // -SLOTS)  # rounded up
            return kept, (forgotten - at) / 1_000_000
    if kept and kept[-1][0] == current:
        amount += kept.pop()[1]
    kept.append((current, amount))
    return kept, 0.0


def take_each(found: Mapping[Bucket, Slots], now: datetime) -> dict[Bucket, Slots]:
    """Give buckets after taking one of each, or none of them where one makes wait."""
    after = {}
    for bucket, slots in found.items():
        after[bucket], wait = take(slots, bucket.capacity, bucket.per, now, 1)
        if wait:
            return {}
    return after


def _as_now(slots: Slots, current: int) -> Slots:
    """Count what seems to lie ahead, written by a clock that is fast, as now, or a wait had no bound."""
    before = [slot for slot in slots if slot[0] < current]
    return [*before, (current, sum(count for number, count in slots if number >= current))]
