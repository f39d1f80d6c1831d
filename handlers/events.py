"""Events of the menu service: batches of a queue, or single ones straight from EventBridge."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import handlers.store  # noqa: F401 - opened while the process starts

if TYPE_CHECKING:
    from handlers.process import Process
    from pipeline.sync.from_events import Taken


TO_END_WITH = timedelta(seconds=25)
"""An event that has been begun may take so long: for its menu, and for a database that is throttled."""


class EventNotTaken(Exception):
    """A single event could not be taken; Lambda gives it again, and in the end puts it aside."""


def handler(document: Any, context: Any = None) -> dict[str, Any]:
    """Take events; each by itself, so that one that is refused or fails holds up no other.

    Gives SQS's partial batch response. Raises EventNotTaken for a single event that could not be taken.
    """
    from handlers.process import process
    from pipeline.events import Accepted, received
    from pipeline.sync.from_events import EventHandler

    parts = process()
    settings = parts.settings
    messages = list(received(document, Accepted(settings.event_sources, settings.event_detail_types)))
    events = EventHandler(parts.runtime.service, timedelta(seconds=settings.event_pause))
    taken = parts.run(events.take_all(messages, _time_for_it(context)))
    parts.hand_over(operation for each in taken for operation in each.operations)
    records = document.get("Records") if isinstance(document, Mapping) else None
    bodies = [_body(record) for record in records] if isinstance(records, list) else [json.dumps(document, default=str)]
    bodies += bodies[-1:] * (len(taken) - len(bodies))  # several events in one document share its text
    failures = [each for each, body in zip(taken, bodies, strict=True) if not _settled(parts, each, body)]
    if failures and not isinstance(records, list):
        raise EventNotTaken(" ".join(each.reason for each in failures))
    return {"batchItemFailures": [{"itemIdentifier": each.message_id} for each in failures]}


def _time_for_it(context: Any) -> timedelta | None:
    """Give the time in which events may be begun, so that what is taken can be told before Lambda ends the process."""
    if context is None:
        return None
    left = timedelta(milliseconds=context.get_remaining_time_in_millis())
    return max(left - TO_END_WITH, left / 2)


def _settled(parts: Process, taken: Taken, body: str) -> bool:
    """Tell whether a message may be forgotten; one that is no event may, once it is put aside with the reason."""
    if taken.outcome != "rejected" or parts.dead_letters is None:
        return taken.dealt_with
    return parts.dead_letters.send_rejected(body, taken.reason, taken.event_id)


def _body(record: Any) -> str:
    body = record.get("body") if isinstance(record, Mapping) else None
    return body if isinstance(body, str) else json.dumps(record, default=str)
