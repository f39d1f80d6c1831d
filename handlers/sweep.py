"""Every minute: what a crash left behind, deadlines, polls and retries that were missed, ends of sold-outs.

Work that is in line is asked for in time by messages of the work queue; this finds what no message
stands for, so that a lost one costs a minute and not the work. What is long is asked for as a chore, and
what an on-call person wants to see is counted here, once for all processes.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import handlers.store  # noqa: F401 - opened while the process starts
from handlers.secret import NAME

if TYPE_CHECKING:
    from handlers.process import Process
    from pipeline.store.records import Operation

MOST = 500
GRACE = timedelta(seconds=20)
"""So long may a message be on its way."""
COUNTED_EVERY = timedelta(minutes=5)
log = logging.getLogger("menu_sync.sweep")


def handler(document: Any = None, context: Any = None) -> dict[str, int]:
    """Do one round; gives how much of what was found."""
    from handlers.process import process

    parts = process()
    _tell_what_is_missing(parts)
    found = parts.run(_round(parts))
    log.info("swept", extra=found)
    return found


_told: list[Process] = []
"""The parts whose settings were looked through."""


def _tell_what_is_missing(parts: Process) -> None:
    """Log, once for each opening, what the settings lack and where it was looked for."""
    if any(parts is each for each in _told):
        return
    from pipeline.sync.starting import start_findings

    _told[:] = [parts]
    secret = f" The secret that {NAME} names was looked through, too." if parts.settings.variables.get(NAME) else ""
    for finding in start_findings(parts.settings, parts.runtime.engine.tools.shelf):
        log.warning("%s %s%s", finding.message, finding.hint, secret if "Looked for" in finding.hint else "")


async def _round(parts: Process) -> dict[str, int]:
    from handlers.chores import EVERY
    from pipeline.sync.gauges import Gauges

    tools, worker = parts.runtime.engine.tools, parts.runtime.worker
    if parts.work_queue is None:
        swept = await worker.sweep()
        found = {"operations": len(swept.operations), "ended": swept.ended, "asserted": swept.asserted}
    else:
        ended = await asyncio.to_thread(worker.end_sold_outs)
        now = tools.now()
        due = await asyncio.to_thread(tools.store.due, now, MOST)
        late = [operation.operation_id for operation in due if not on_its_way(operation, now)]
        await asyncio.to_thread(parts.work_queue.send_operations, dict.fromkeys(late, 0))
        found = {"operations": len(late), "ended": ended}
    chores = [name for name, every in EVERY.items() if await _is_time(parts, name, every)]
    for name in chores:
        await _ask_for(parts, name)
    if await _is_time(parts, "gauges", COUNTED_EVERY):
        await asyncio.to_thread(Gauges(tools.store, tools.shelf, tools.now).tell)
    return {**found, "chores": len(chores)}


async def _ask_for(parts: Process, chore: str) -> None:
    """Put a chore into the work queue, or do it here where there is none."""
    from handlers.chores import CHORES

    if parts.work_queue is not None:
        await asyncio.to_thread(parts.work_queue.send_chore, chore)
        return
    cursor = await CHORES[chore](parts.runtime, "")
    while cursor:
        cursor = await CHORES[chore](parts.runtime, cursor)


async def _is_time(parts: Process, what: str, period: timedelta) -> bool:
    from pipeline.sync.periods import first_in_period

    tools = parts.runtime.engine.tools
    return await asyncio.to_thread(first_in_period, tools.store, what, tools.now(), period)


def on_its_way(operation: Operation, now: datetime) -> bool:
    """Tell whether an operation's time has only just come, so that its own message is not late yet."""
    return operation.not_before is not None and now - GRACE < operation.not_before <= now
