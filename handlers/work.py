"""Operations that are due: each is done until it ends or waits, and is then asked for again when its wait is over.

While an operation waits for a platform no process does: a message of the queue comes back in time. Chores
(:mod:`handlers.chores`) come by the same queue.
"""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING, Any

import handlers.store  # noqa: F401 - opened while the process starts

if TYPE_CHECKING:
    from handlers.process import Process
    from pipeline.store.records import Operation

log = logging.getLogger("menu_sync.work")


def handler(document: Any, context: Any = None) -> dict[str, Any]:
    """Do the operations and chores of a batch side by side; gives SQS's partial batch response."""
    from handlers.process import process
    from pipeline.store.protocol import StoreError

    parts = process()
    records = [record for record in document.get("Records", []) if isinstance(record, dict)]

    async def one(record: dict[str, Any]) -> list[Operation] | None:
        message = _message(record.get("body"))
        try:
            return await _done(parts, message)
        except StoreError as error:
            log.warning("%s is tried again: %s", message, error)
        except Exception:
            log.exception("%s ended in a bug, and is tried again", message)
        return None

    async def work() -> list[list[Operation] | None]:
        return await asyncio.gather(*(one(record) for record in records))

    results = parts.run(work())
    parts.hand_over(operation for following in results for operation in following or ())
    failures = [record for record, following in zip(records, results, strict=True) if following is None]
    return {"batchItemFailures": [{"itemIdentifier": str(record.get("messageId", ""))} for record in failures]}


async def _done(parts: Process, message: dict[str, Any]) -> list[Operation]:
    """Do what a message asks for; gives the operations that are to be taken up after it. Raises StoreError."""
    from handlers.chores import CHORES
    from handlers.upkeep import next_up

    name, cursor, operation_id = (message.get(key) for key in ("chore", "cursor", "operation_id"))
    if isinstance(operation_id, str) and operation_id:
        return await next_up(parts.runtime, operation_id)
    if isinstance(name, str) and name in CHORES:
        following = await CHORES[name](parts.runtime, cursor if isinstance(cursor, str) else "")
        if following and parts.work_queue is not None:
            await asyncio.to_thread(parts.work_queue.send_chore, name, following)
        return []
    log.warning("a message of the work queue names no operation and no chore")
    return []


def _message(body: Any) -> dict[str, Any]:
    try:
        found = json.loads(body) if isinstance(body, str) else None
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
