"""What follows when an operation was worked on, and how routes say that something is due."""

from __future__ import annotations

import asyncio

from pipeline.store.records import ENDED, Operation, State
from pipeline.sync.runtime import Runtime
from pipeline.sync.worker import Worker


class Nudges(Worker):
    """Stands where a server has its worker: notes that something is due, and works on nothing itself."""

    _noted = False

    def wake(self) -> None:
        """Note that something is due."""
        self._noted = True

    def taken(self) -> bool:
        """Tell whether something was noted, and forget it."""
        noted, self._noted = self._noted, False
        return noted


async def next_up(runtime: Runtime, operation_id: str) -> list[Operation]:
    """Do what an operation has to do now, and give what is to be taken up after it, each at its ``not_before``.

    Raises StoreError.
    """
    done = await runtime.engine.run(operation_id)
    if done is None:
        return []
    status = await asyncio.to_thread(runtime.store.status, done.restaurant_id, done.platform)
    following = [] if done.state in ENDED or done.state == State.IN_PROGRESS else [done]
    lanes = (
        [(status.running, status.waiting), (status.availability.running, status.availability.waiting)] if status else []
    )
    for running, waiting in lanes:
        operation = await asyncio.to_thread(runtime.store.operation, waiting) if waiting and not running else None
        if operation is not None and operation.operation_id != operation_id:
            following.append(operation)
    return following
