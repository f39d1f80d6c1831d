"""Rate limits: a bucket that never lets more than its capacity go in any span of its length.

A bucket that is merely refilled lets twice its capacity go in the span after a pause. This one counts
what went in each sixtieth of the span, and forgets a sixtieth only when all of it lies behind.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from pipeline.store.encoding import micros

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
    # What seems to lie ahead was written by a clock that is fast: it counts as now, or a wait had no bound.
    counted: dict[int, int] = {}
    for number, count in slots:
        if number >= current - SLOTS:
            counted[min(number, current)] = counted.get(min(number, current), 0) + count
    kept = sorted(counted.items())
    missing = sum(counted.values()) + amount - capacity
    for number, count in kept:
        if missing <= 0:
            break
        missing -= count
        if missing <= 0:
            forgotten = -((number + SLOTS + 1) * span // -SLOTS)  # rounded up
            return kept, (forgotten - at) / 1_000_000
    counted[current] = counted.get(current, 0) + amount
    return sorted(counted.items()), 0.0
