"""``release``: lets a held menu go."""

from __future__ import annotations

import click

from pipeline.cli.commands.rollback import told
from pipeline.cli.commands.sync import EXAMPLE
from pipeline.cli.described import DescribedCommand
from pipeline.cli.options import format_option
from pipeline.cli.running import environment_choice, run, to_the_end, user, wait_option
from pipeline.store.records import Operation
from pipeline.sync.asking.service import Refused
from pipeline.sync.runtime import Runtime


@click.command(
    cls=DescribedCommand,
    examples=["release op_20260301T101530_k3v8m2qx7rwt"],
    json_examples={"--format json": EXAMPLE},
)
@click.argument("operation", help="The operation that is HELD.")
@wait_option()
@environment_choice()
@format_option()
def command(operation: str, wait: float, environment: str, form: str) -> int:
    """Publish the menu that OPERATION held back, as it was then."""

    async def work(runtime: Runtime) -> Operation | Refused:
        asked = runtime.service.release(operation, by=user())
        if isinstance(asked, Refused):
            return asked
        return await to_the_end(runtime, asked.operation, wait)

    return told(run(work, environment=environment), form)
