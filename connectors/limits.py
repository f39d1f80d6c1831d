"""Rate limits: a request goes when each of its buckets lets it, or is given back with the time to wait."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta
from typing import Protocol

from connectors.exchange import Fault
from pipeline.mapping.form.requests import Limit
from pipeline.store.rate import Slots, take
from pipeline.store.records import Bucket

Clock = Callable[[], datetime]
Sleep = Callable[[float], Awaitable[None]]
LATE = 4
"""A bucket that let a request go is asked again when a quarter of its span has gone by since."""


class RateLimits(Protocol):
    """Counts requests, shared by all that count in the same buckets."""

    def take(self, bucket: str, capacity: int, per: timedelta, now: datetime, amount: int = 1) -> float:
        """Take from a bucket; gives the seconds to wait, 0 where the request may go now."""
        ...


class LocalLimits:
    """Buckets of this process alone."""

    def __init__(self) -> None:
        self._buckets: dict[str, Slots] = {}

    def take(self, bucket: str, capacity: int, per: timedelta, now: datetime, amount: int = 1) -> float:
        """Take from a bucket; gives the seconds to wait, 0 where the request may go now."""
        self._buckets[bucket], wait = take(self._buckets.get(bucket, []), capacity, per, now, amount)
        return wait


def buckets(limits: Iterable[Limit], account: str, store: str, what: str = "") -> tuple[Bucket, ...]:
    """Give the buckets of a mapping's limits, the strictest first, so that little is taken in vain.

    ``account`` and ``store`` say whose requests are counted together; ``what``: the step, if it is its own limit.
    """
    found = (
        Bucket(
            ":".join((
                account,
                store if limit.for_ == "store" else "",
                what,
                f"{limit.requests}/{limit.per.total_seconds():g}",
            )),
            limit.requests,
            limit.per,
        )
        for limit in limits
    )  # fmt: skip
    # A limit that is written twice is one limit.
    return tuple(sorted(dict.fromkeys(found), key=lambda bucket: bucket.capacity / bucket.per.total_seconds()))


class Gate:
    """Lets requests through at the pace of their limits."""

    def __init__(self, limits: RateLimits, clock: Clock, sleep: Sleep, patience: timedelta) -> None:
        self._limits = limits
        self._clock = clock
        self._sleep = sleep
        self._patience = patience

    @property
    def is_shared(self) -> bool:
        """Whether other processes count in the same buckets."""
        return not isinstance(self._limits, LocalLimits)

    async def enter(self, through: Iterable[Bucket], admitted: datetime | None = None) -> Fault | None:
        """Wait until all buckets let one request go; a longer wait than ``patience`` is given back instead.

        At ``admitted`` they have let it go already, and are asked again only where that was long ago for them.
        """
        waited = 0.0
        for bucket in through:
            if admitted is not None and self._clock() - admitted <= bucket.per / LATE:
                continue
            while True:
                wait = await self._take(bucket)
                if wait <= 0:
                    break
                waited += wait
                if waited > self._patience.total_seconds():
                    pace = f"{bucket.capacity} requests in {bucket.per.total_seconds():g} seconds"
                    message = f"The platform allows {pace}, and they are used up for now."
                    return Fault("limit", message, retry_after=wait)
                await self._sleep(wait)
        return None

    async def _take(self, bucket: Bucket) -> float:
        taken = bucket.name, bucket.capacity, bucket.per, self._clock()
        if self.is_shared:
            return await asyncio.to_thread(self._limits.take, *taken)
        return self._limits.take(*taken)  # memory alone: a thread would cost far more than it
