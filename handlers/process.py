"""What a Lambda process keeps from one invocation to the next: event loop, settings, store, HTTP client."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

from handlers.queues import Queue, delay
from handlers.secret import NAME, SecretUnusable, environment
from handlers.store import STORE
from handlers.upkeep import Nudges, next_up
from pipeline.logs import known_secrets, start_logs
from pipeline.settings import Settings, load_settings
from pipeline.store.records import Operation
from pipeline.sync.runtime import Runtime, opened
from pipeline.telemetry import telemetry

T = TypeVar("T")
AT_ONCE = 50
"""So many operations are looked for when something may be due."""
MOST_ROUNDS = 20
READ_AGAIN = 300.0
"""After so many seconds it is looked whether the secret has changed; Lambda keeps processes for hours."""
log = logging.getLogger("menu_sync.process")


class NotConfigured(Exception):
    """The settings cannot be meant; the text says which."""


@dataclass(frozen=True, slots=True)
class Process:
    """The opened parts. The last ones are never closed: Lambda freezes a process, and ends it without a word."""

    settings: Settings
    runtime: Runtime
    loop: asyncio.AbstractEventLoop
    nudges: Nudges
    work_queue: Queue | None
    dead_letters: Queue | None

    def run(self, work: Awaitable[T]) -> T:
        """Do something on the process's event loop, and send what telemetry has gathered."""
        try:
            return self.loop.run_until_complete(_awaited(work))
        finally:
            telemetry.flush()

    def hand_over(self, operations: Iterable[Operation]) -> None:
        """Let operations be done: by the work queue, or here where there is none. What gets lost, the sweep finds."""
        operations = list(operations)
        if self.work_queue is not None:
            now = self.runtime.engine.tools.now()
            waits = {operation.operation_id: delay(operation, now) for operation in operations}
            self.work_queue.send_operations({each: seconds for each, seconds in waits.items() if seconds is not None})
        else:
            self.run(self._do([operation.operation_id for operation in operations]))

    def hand_over_due(self) -> None:
        """Let be done what is due, where something woke the worker."""
        if not self.nudges.taken():
            return
        tools = self.runtime.engine.tools
        due = tools.store.due(tools.now(), AT_ONCE)
        if self.work_queue is not None:
            self.work_queue.send_operations(dict.fromkeys((operation.operation_id for operation in due), 0))
        else:
            self.run(self._do([operation.operation_id for operation in due]))

    async def _do(self, ids: list[str]) -> None:
        for _ in range(MOST_ROUNDS):
            if not ids:
                return
            following = await asyncio.gather(*(next_up(self.runtime, each) for each in dict.fromkeys(ids)))
            now = self.runtime.engine.tools.now()
            ids = [
                operation.operation_id
                for each in following
                for operation in each
                if operation.not_before is None or operation.not_before <= now
            ]


async def _awaited(work: Awaitable[T]) -> T:
    return await work


@dataclass(slots=True)
class _Held:
    """The parts in use, what closes them, the variables that they were made of and when those were read."""

    parts: Process
    stack: contextlib.AsyncExitStack
    variables: dict[str, str]
    read_at: float

    def close(self) -> None:
        self.parts.loop.run_until_complete(self.stack.aclose())
        self.parts.loop.close()


_held: list[_Held] = []


def process() -> Process:
    """Give the parts: opened with the first invocation, and once more where the secret has changed since.

    Raises NotConfigured, SecretUnusable and StoreError, with the first invocation only: later a secret that cannot be
    meant is logged, and the settings from before stay.
    """
    if not _held:
        _held.append(_opened(environment()))
    elif os.environ.get(NAME) and time.time() - _held[0].read_at > READ_AGAIN:
        _read_again(_held[0])
    return _held[0].parts


def _read_again(held: _Held) -> None:
    held.read_at = time.time()
    try:
        variables = environment()
        if variables != held.variables:
            _held[0] = _opened(variables)
            held.close()
            log.info("the secret has changed, and is used from here on")
    except (NotConfigured, SecretUnusable) as error:
        log.error("the settings from before stay in use: %s", error)


def _opened(variables: dict[str, str]) -> _Held:
    settings, findings = load_settings(variables, env_file=None)
    if settings is None:
        raise NotConfigured(" ".join(f"{finding.message} {finding.hint}".strip() for finding in findings))
    start_logs(settings.log_level, known_secrets(settings))
    for finding in findings:
        log.warning("%s %s", finding.message, finding.hint)
    telemetry.start(variables)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    stack = contextlib.AsyncExitStack()
    runtime: Runtime = loop.run_until_complete(
        stack.enter_async_context(opened(settings, origin="lambda", store=STORE))
    )
    telemetry.watch({})  # what is counted in the database, the sweep counts for all
    nudges = Nudges(runtime.engine)
    parts = Process(
        settings,
        replace(runtime, worker=nudges),
        loop,
        nudges,
        _queue(settings.work_queue_url),
        _queue(settings.dead_letter_queue_url),
    )
    return _Held(parts, stack, variables, time.time())


def _queue(url: str) -> Queue | None:
    return Queue(url) if url else None
