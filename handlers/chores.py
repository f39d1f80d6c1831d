"""What is done for all restaurants now and then: the sweep asks for it, by messages of the work queue.

A chore that takes longer than an invocation may take does a part, and gives the message for the next part.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeAlias

from pipeline.sync.asking.drift import DriftRequests
from pipeline.sync.runtime import Runtime

Chore: TypeAlias = Callable[[Runtime, str], Awaitable[str]]
"""Does a part of a chore from a cursor on, and gives the next part's cursor; empty where it is done."""


async def tidy(runtime: Runtime, cursor: str) -> str:
    """Tell again what platforms made available by themselves, tell what was forgotten, and remove what is over."""
    await asyncio.to_thread(runtime.worker.tidy)
    return ""


async def compare(runtime: Runtime, cursor: str) -> str:
    """See whether what was published still stands on the platforms."""
    _, following = await DriftRequests(runtime.engine, "lambda").drift_page(cursor, by="sync")
    return following


CHORES: dict[str, Chore] = {"tidy": tidy, "compare": compare}
EVERY: dict[str, timedelta] = {"tidy": timedelta(minutes=10), "compare": timedelta(days=1)}
"""How often each is asked for."""
