"""Operations that are due: each is done until it ends or waits, and is then asked for again when its wait is over.

While an operation waits for a platform no process does: a message of the queue comes back in time.
"""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING, Any

import handlers.store  # noqa: F401 - opened while the process starts

if TYPE_CHECKING:
    from pipeline.store.records import Operation

log = logging.getLogger("menu_sync.work")


def handler(document: Any, context: Any = None) -> dict[str, Any]:
    """Do the operations of a batch side by side; gives SQS's partial batch response."""
    from handlers.process import process
    from handlers.upkeep import next_up
    from pipeline.store.protocol import StoreError

    parts = process()
    records = [record for record in document.get("Records", []) if isinstance(record, dict)]

    async def one(record: dict[str, Any]) -> list[Operation] | None:
        operation_id = _operation(record.get("body"))
        if operation_id is None:
            log.warning("a message of the work queue names no operation")
            return []
        try:
            return await next_up(parts.runtime, operation_id)
        except StoreError as error:
            log.warning("operation %s is tried again: %s", operation_id, error)
            return None

    async def work() -> list[list[Operation] | None]:
        return await asyncio.gather(*(one(record) for record in records))

    results = parts.run(work())
    parts.hand_over(operation for following in results for operation in following or ())
    failures = [record for record, following in zip(records, results, strict=True) if following is None]
    return {"batchItemFailures": [{"itemIdentifier": str(record.get("messageId", ""))} for record in failures]}


def _operation(body: Any) -> str | None:
    try:
        found = json.loads(body).get("operation_id") if isinstance(body, str) else None
    except (ValueError, AttributeError, RecursionError):
        return None
    return found if isinstance(found, str) and found else None
