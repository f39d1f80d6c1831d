"""``sweep``: does once what ``serve`` does all the time."""

from __future__ import annotations

import sys

import click

from pipeline import json_text
from pipeline.cli.commands.sync import EXAMPLE
from pipeline.cli.console import emit, width_of
from pipeline.cli.described import DescribedCommand
from pipeline.cli.options import format_option
from pipeline.cli.running import environment_choice, run
from pipeline.cli.tables import table_text
from pipeline.store.records import Operation, State
from pipeline.sync.runtime import Runtime
from pipeline.sync.views import operation_view
from pipeline.sync.worker import Swept


@click.command(
    cls=DescribedCommand,
    examples=["sweep", "sweep --format json"],
    json_examples={"--format json": {"operations": [EXAMPLE], "ended": 1, "asserted": 0, "purged": 12}},
)
@environment_choice()
@format_option()
def command(environment: str, form: str) -> int:
    """Take up what is due: what a crash left, retries, polls, deadlines, ends of sold-outs, catch-up.

    `ended` counts sold-outs whose time is over, `asserted` those that a platform had reset, `purged` records whose time
    to live has passed.
    """

    async def work(runtime: Runtime) -> tuple[Swept, list[Operation]]:
        swept = await runtime.worker.sweep()
        found = [runtime.store.operation(each) for each in swept.operations]
        return swept, [each for each in found if each is not None]

    swept, done = run(work, environment=environment)
    if form == "json":
        counts = {"ended": swept.ended, "asserted": swept.asserted, "purged": swept.purged}
        emit(json_text.pretty({"operations": [operation_view(each) for each in done], **counts}))
    else:
        rows = [
            (each.restaurant_id, each.platform, each.kind, each.state.value, each.error or each.changes[-1].note)
            for each in done
        ]
        if rows:
            headings = ("restaurant", "platform", "kind", "status", "what happened")
            emit(table_text(headings, rows, width=width_of(sys.stdout)))
        emit(f"{len(done)} taken up, {swept.ended} ended, {swept.asserted} told again, {swept.purged} cleared away")
    return int(any(each.state in (State.FAILED, State.HELD) for each in done))
