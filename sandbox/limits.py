"""How many requests may come in a time: a window that slides."""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import Literal

import msgspec

from sandbox.durations import Duration

MAX_WINDOWS = 10_000


class Limit(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"counts": "for"}):
    """``requests`` in ``per``, for the whole account or for each store; on an endpoint, of that endpoint alone."""

    requests: int
    per: Duration
    counts: Literal["account", "store"] = "account"


class Windows:
    """When which requests came, per limit and for whom."""

    def __init__(self) -> None:
        self.on = True
        self._seen: OrderedDict[tuple[str, Limit, str], deque[float]] = OrderedDict()

    def clear(self) -> None:
        """Forget all requests."""
        self._seen.clear()

    def allows(self, place: str, limit: Limit, store: str, now: float) -> bool:
        """Count a request and tell whether it is within the limit; one that is not, does not count."""
        if not self.on:
            return True
        key = (place, limit, store if limit.counts == "store" else "")
        times = self._seen.setdefault(key, deque(maxlen=limit.requests))
        self._seen.move_to_end(key)
        while len(self._seen) > MAX_WINDOWS:
            self._seen.popitem(last=False)
        while times and times[0] <= now - limit.per:
            times.popleft()
        if len(times) >= limit.requests:
            return False
        times.append(now)
        return True
