"""The sandbox's two clocks: one that callers can turn on, and one by which jobs wait."""

from __future__ import annotations

import asyncio
import time


class Clock:
    """``now`` is the time by which tokens run out and limits count; jobs' waits are divided by ``scale``."""

    def __init__(self, scale: float = 1.0) -> None:
        self.scale = scale
        self.advanced = 0.0

    def now(self) -> float:
        """Give seconds that only ever grow."""
        return time.monotonic() + self.advanced

    def advance(self, seconds: float) -> None:
        """Turn :meth:`now` on, as if that long had passed."""
        self.advanced += seconds

    async def wait(self, seconds: float) -> None:
        """Wait as long as the scale makes of it."""
        await asyncio.sleep(seconds / self.scale)
