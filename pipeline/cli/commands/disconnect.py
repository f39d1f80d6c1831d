"""``disconnect``: takes a restaurant off a platform."""

from __future__ import annotations

import click

from pipeline.cli.console import emit
from pipeline.cli.described import DescribedCommand
from pipeline.cli.running import refuse, run, user
from pipeline.store.records import Connection
from pipeline.sync.asking.service import Refused
from pipeline.sync.runtime import Runtime


@click.command(cls=DescribedCommand, examples=["disconnect rest_001 {platform}"])
@click.argument("restaurant", help="The restaurant's id.")
@click.argument("platform", help="The platform's name.")
def command(restaurant: str, platform: str) -> int:
    """Take RESTAURANT off PLATFORM: nothing more is sent there; the menu that stands there stays."""

    async def work(runtime: Runtime) -> Connection | Refused:
        return runtime.service.disconnect(restaurant, platform, by=user())

    done = run(work)
    if isinstance(done, Refused):
        raise refuse(done)
    emit(f"{done.restaurant_id} is no longer on {done.platform}; what stands there stays.")
    return 0
