"""``event``: processes events of the menu service from a file, as the queue would bring them."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import click

from pipeline import json_text
from pipeline.cli.console import emit, tell, visible, width_of
from pipeline.cli.described import DescribedCommand
from pipeline.cli.errors import Failure, WrongUse
from pipeline.cli.options import format_option
from pipeline.cli.running import environment_choice, run, settings_or_fail
from pipeline.cli.tables import table_text
from pipeline.events import Accepted, Event, Received, received
from pipeline.store.records import ENDED, Operation, State
from pipeline.sync.from_events import EventHandler, Taken
from pipeline.sync.runtime import Runtime
from pipeline.sync.views import operation_view

MOST_BYTES = 8 * 1024 * 1024
LOOK_AGAIN = 0.25
EXAMPLE = {
    "messages": [
        {"event_id": "e-17", "restaurant_id": "rest_001", "type": "menu_updated", "outcome": "taken", "reason": ""}
    ],
    "operations": [{"operation_id": "op_20260301T101530_k3v8m2qx7rwt", "platform": "pizza_post", "status": "SYNCED"}],
}


@click.command(
    cls=DescribedCommand,
    examples=["event event.json", "event - < event.json"],
    json_examples={"--format json": EXAMPLE},
)
@click.argument("file", type=click.File("rb"), help="A file with one event, a list of them or a batch; - is stdin.")
@click.option(
    "--wait",
    metavar="SECONDS",
    type=click.FloatRange(0, 86_400),
    default=60,
    show_default=True,
    help="How long to wait for platforms that work on a menu; 0 leaves all work to `serve` or `sweep`.",
)
@environment_choice()
@format_option()
def command(file: Any, wait: float, environment: str, form: str) -> int:
    """Process the events in FILE: what each asks for is put in line, then done.

    FILE holds an event in any shape that is known, bare, in EventBridge's envelope, or as a batch of a queue.
    """
    messages = _read(file)

    async def work(runtime: Runtime) -> tuple[list[Taken], list[Operation]]:
        handler = EventHandler(runtime.service, timedelta())
        taken = await handler.take_all(messages)
        asked = [operation for each in taken for operation in each.operations]
        return taken, await _to_the_end(runtime, asked, wait)

    taken, operations = run(work, environment=environment)
    if form == "json":
        told = [_view(message, each) for message, each in zip(messages, taken, strict=True)]
        emit(json_text.pretty({"messages": told, "operations": [operation_view(each) for each in operations]}))
    else:
        _tell(messages, taken, operations)
    bad = [each for each in operations if each.state in (State.FAILED, State.HELD)]
    return int(bool(bad) or not all(each.dealt_with for each in taken))


def _read(file: Any) -> list[Received]:
    data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise Failure(f"The file is larger than {MOST_BYTES >> 20} MB.")
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        line = f" (line {error.lineno}, column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        raise WrongUse(f"The file holds no JSON{line}.") from None
    settings = settings_or_fail()
    return list(received(document, Accepted(settings.event_sources, settings.event_detail_types)))


async def _to_the_end(runtime: Runtime, asked: Iterable[Operation], wait: float) -> list[Operation]:
    """Do what was asked for, and what came of it, as long as is allowed."""
    ids = list(dict.fromkeys(operation.operation_id for operation in asked))
    end = asyncio.get_running_loop().time() + wait
    while wait:
        done = await asyncio.gather(*(runtime.engine.run(operation_id) for operation_id in ids))
        if all(each is None or each.state in ENDED for each in done):
            break
        if asyncio.get_running_loop().time() >= end:
            break
        await asyncio.sleep(LOOK_AGAIN)
    found = [runtime.store.operation(operation_id) for operation_id in ids]
    return [operation for operation in found if operation is not None]


def _view(message: Received, taken: Taken) -> dict[str, Any]:
    event = message.event if isinstance(message.event, Event) else None
    return {
        "event_id": taken.event_id,
        "restaurant_id": event.restaurant_id if event else None,
        "type": event.type if event else None,
        "outcome": taken.outcome,
        "reason": taken.reason,
    }


def _tell(messages: list[Received], taken: list[Taken], operations: list[Operation]) -> None:
    views = [_view(message, each) for message, each in zip(messages, taken, strict=True)]
    rows = [
        (visible(view["event_id"] or "", 60), visible(view["restaurant_id"] or "", 60), view["type"] or "",
         view["outcome"], visible(view["reason"], 200))
        for view in views
    ]  # fmt: skip
    if rows:
        emit(table_text(("event", "restaurant", "type", "outcome", "reason"), rows, width=width_of(sys.stdout)))
    for operation in operations:
        note = operation.error or (operation.changes[-1].note if operation.changes else "")
        tell(
            f"{operation.restaurant_id} on {operation.platform}: {operation.state.value} {visible(note, 300)}".rstrip()
        )
