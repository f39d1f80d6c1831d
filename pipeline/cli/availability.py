"""What ``sold-out`` and ``back`` share: say it, tell the platforms, show what came of it."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from datetime import datetime, time, timedelta
from typing import Any

import click

from pipeline import json_text
from pipeline.cli.console import emit, tell, visible, width_of
from pipeline.cli.errors import WrongUse
from pipeline.cli.running import run, tell_refused
from pipeline.cli.tables import table_text
from pipeline.store.records import Operation, State
from pipeline.sync.asking.service import SoldOutAnswer
from pipeline.sync.runtime import Runtime
from pipeline.sync.views import operation_view, sold_out_view

EXAMPLE = {
    "entries": [
        {
            "restaurant_id": "rest_001", "platform": "pizza_post", "kind": "item", "id": "i-7", "name": "Margherita",
            "since": "2026-03-01T18:00:00Z", "until": "2026-03-02T04:00:00Z", "told": True,
            "told_at": "2026-03-01T18:00:01Z", "ended": False, "by": "nino",
        }
    ],
    "operations": [{"operation_id": "op_20260301T180000_k3v8m2qx7rwt", "status": "SYNCED", "…": "…"}],
    "unchanged": ["Marinara"],
    "refused": [{"code": "dish-unknown", "message": "Pizza Post: there is no dish or option `Margarita`.",
                 "hint": "Did you mean `Margherita`?"}],
}  # fmt: skip


def until_option() -> Callable[[Any], Any]:
    """``--until TIME``: with an offset, or in this machine's zone."""

    def read(context: click.Context, parameter: click.Parameter, value: str | None) -> datetime | None:
        if value is None:
            return None
        moment = _next(value, datetime.now()) if len(value) <= len("17:00") else None  # noqa: DTZ005 - local on purpose
        try:
            moment = moment or datetime.fromisoformat(value)
        except ValueError:
            raise WrongUse(f"--until takes a time such as 17:00 or 2026-03-01T17:00, not `{value[:80]}`.") from None
        return moment if moment.tzinfo is not None else moment.astimezone()

    help_text = (
        "When it is there again: 17:00 for the next time that it is five, or 2026-03-01T17:00; "
        "this machine's time unless it has an offset."
    )
    return click.option("--until", metavar="TIME", callback=read, help=help_text)


def _next(clock: str, now: datetime) -> datetime | None:
    """Give when the clock shows a time next; None for what is no time of day.

    >>> _next("17:00", datetime(2026, 3, 1, 18, 30)), _next("tomorrow", datetime(2026, 3, 1))
    (datetime.datetime(2026, 3, 2, 17, 0), None)
    """
    try:
        at = datetime.combine(now.date(), time.fromisoformat(clock.zfill(len("17:00"))))
    except ValueError:
        return None
    return at if at > now else at + timedelta(days=1)


def change(restaurant: str, ask: Callable[[Runtime], Awaitable[SoldOutAnswer]], *, environment: str, form: str) -> int:
    """Ask for a change, tell the platforms now, and show what came of it; gives the exit code."""

    async def work(runtime: Runtime) -> tuple[SoldOutAnswer, list[Operation], list[dict[str, Any]]]:
        answer = await ask(runtime)
        run_now = runtime.engine.run
        done = [await run_now(operation.operation_id) or operation for operation in answer.operations]
        touched = {(entry.platform, entry.kind, entry.id) for entry in answer.entries}
        kept = [
            sold_out_view(entry)
            for entry in runtime.store.sold_out(restaurant)
            if (entry.platform, entry.kind, entry.id) in touched
        ]
        return answer, done, kept

    answer, done, entries = run(work, environment=environment)
    if form == "json":
        refused = [{"code": each.code, "message": each.message, "hint": each.hint} for each in answer.refused]
        operations = [operation_view(each) for each in done]
        emit(
            json_text.pretty({
                "entries": entries, "operations": operations, "unchanged": list(answer.unchanged), "refused": refused,
            })
        )  # fmt: skip
    else:
        rows = [
            (each.platform, each.state.value, each.error or (each.changes[-1].note if each.changes else ""))
            for each in done
        ]
        if rows:
            emit(table_text(("platform", "status", "what happened"), rows, width=width_of(sys.stdout)))
        if answer.unchanged:
            tell(f"Was so already, nothing is sent: {visible(', '.join(answer.unchanged), 500)}")
        for problem in answer.refused:
            tell_refused(problem)
    return int(bool(answer.refused) or any(each.state == State.FAILED for each in done))
