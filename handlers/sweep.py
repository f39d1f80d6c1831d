"""Every minute: what a crash left behind, deadlines, polls and retries that were missed, ends of sold-outs.

Work that is in line is asked for in time by messages of the work queue; this finds what no message
stands for, so that a lost one costs a minute and not the work.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import handlers.store  # noqa: F401 - opened while the process starts

if TYPE_CHECKING:
    from handlers.process import Process
    from pipeline.store.records import Operation

MOST = 500
GRACE = timedelta(seconds=20)
"""So long may a message be on its way."""
log = logging.getLogger("menu_sync.sweep")


def handler(document: Any = None, context: Any = None) -> dict[str, int]:
    """Do one round; gives how much of what was found."""
    from handlers.process import process

    parts = process()
    found = parts.run(_round(parts))
    log.info("swept", extra=found)
    return found


async def _round(parts: Process) -> dict[str, int]:
    worker, tools = parts.runtime.worker, parts.runtime.engine.tools
    if parts.work_queue is None:
        swept = await worker.sweep()
        return {"operations": len(swept.operations), "ended": swept.ended, "asserted": swept.asserted}
    ended = await asyncio.to_thread(worker.end_sold_outs)
    asserted = await asyncio.to_thread(worker.assert_after_resets)
    now = tools.now()
    due = await asyncio.to_thread(tools.store.due, now, MOST)
    late = [operation.operation_id for operation in due if not on_its_way(operation, now)]
    await asyncio.to_thread(parts.work_queue.send_operations, dict.fromkeys(late, 0))
    purged = await asyncio.to_thread(tools.store.purge, now)
    return {"operations": len(late), "ended": ended, "asserted": asserted, "purged": purged}


def on_its_way(operation: Operation, now: datetime) -> bool:
    """Tell whether an operation's time has only just come, so that its own message is not late yet."""
    return operation.not_before is not None and now - GRACE < operation.not_before <= now
