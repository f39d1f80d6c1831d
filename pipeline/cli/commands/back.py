"""``back``: tells platforms that dishes or options are there again."""

from __future__ import annotations

import click

from pipeline.cli.availability import EXAMPLE, change
from pipeline.cli.described import DescribedCommand
from pipeline.cli.options import format_option
from pipeline.cli.running import environment_choice, user


@click.command(cls=DescribedCommand, examples=["back rest_001 i-7"], json_examples={"--format json": EXAMPLE})
@click.argument("restaurant", help="The restaurant's id.")
@click.argument("items", nargs=-1, required=True, help="Dishes or options: their ids or exact names.")
@click.option("--platform", "platforms", metavar="NAME", multiple=True, help="Only this platform.")
@environment_choice()
@format_option()
def command(restaurant: str, items: tuple[str, ...], platforms: tuple[str, ...], environment: str, form: str) -> int:
    """Say that ITEMS of RESTAURANT are there again."""
    return change(
        restaurant,
        lambda runtime: runtime.service.back(restaurant, items, by=user(), platforms=platforms),
        environment=environment,
        form=form,
    )
