"""``rollback``: publishes the last good menu again."""

from __future__ import annotations

import click

from pipeline import json_text
from pipeline.cli.commands.sync import EXAMPLE
from pipeline.cli.console import emit, visible
from pipeline.cli.described import DescribedCommand
from pipeline.cli.options import format_option
from pipeline.cli.running import environment_choice, refuse, run, to_the_end, user, wait_option
from pipeline.store.records import Operation, State
from pipeline.sync.asking.service import Refused
from pipeline.sync.runtime import Runtime
from pipeline.sync.views import operation_view


@click.command(
    cls=DescribedCommand,
    examples=["rollback rest_001 {platform}", "rollback rest_001 {platform} --to op_20260301T101530_k3v8m2qx7rwt"],
    json_examples={"--format json": {**EXAMPLE, "kind": "rollback"}},
)
@click.argument("restaurant", help="The restaurant's id.")
@click.argument("platform", help="The platform's name.")
@click.option(
    "--to", metavar="OPERATION", default="", help="The operation whose menu is wanted; else the last good one."
)
@wait_option()
@environment_choice()
@format_option()
def command(restaurant: str, platform: str, to: str, wait: float, environment: str, form: str) -> int:
    """Map the last good menu of RESTAURANT on PLATFORM again, with today's availability, and publish it.

    The menu that was taken back is not published again by itself until it changes.
    """

    async def work(runtime: Runtime) -> Operation | Refused:
        asked = runtime.service.rollback(restaurant, platform, by=user(), to=to)
        if isinstance(asked, Refused):
            return asked
        return await to_the_end(runtime, asked.operation, wait)

    done = run(work, environment=environment)
    return told(done, form)


def told(done: Operation | Refused, form: str) -> int:
    """Show one operation, or why there is none; gives the exit code."""
    if isinstance(done, Refused):
        raise refuse(done)
    note = done.error or (done.changes[-1].note if done.changes else "")
    text = f"{done.restaurant_id} on {done.platform}: {done.state.value}, {visible(note)} ({done.operation_id})"
    emit(json_text.pretty(operation_view(done)) if form == "json" else text)
    return int(done.state in (State.FAILED, State.HELD))
