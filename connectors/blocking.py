"""For callers that are not asynchronous: one event loop in a thread of its own, shared by all of them.

So the pool of connections and the tokens stay one per process, whoever calls. A command or a handler makes
one :class:`EventLoop` and runs what it needs on it; a server that is asynchronous needs none of this.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, TypeVar

T = TypeVar("T")


class EventLoop:
    """An event loop in a thread; safe to use from several threads.

    >>> async def answer() -> int:
    ...     return 42
    >>> with EventLoop() as loop:
    ...     loop.run(answer())
    42
    """

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="connectors", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something to its end and give its result; what it raises is raised here."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def close(self) -> None:
        """Stop the loop; close transports on it before."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
            self._loop.close()

    def __enter__(self) -> EventLoop:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
