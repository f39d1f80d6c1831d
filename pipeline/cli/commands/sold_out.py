"""``sold-out``: tells platforms that dishes or options are sold out."""

from __future__ import annotations

from datetime import datetime

import click

from pipeline.cli.availability import EXAMPLE, change, until_option
from pipeline.cli.described import DescribedCommand
from pipeline.cli.options import format_option
from pipeline.cli.running import environment_choice, user


@click.command(
    cls=DescribedCommand,
    examples=["sold-out rest_001 i-7 --until 2030-03-01T17:00", 'sold-out rest_001 "Margherita" --platform {platform}'],
    json_examples={"--format json": EXAMPLE},
)
@click.argument("restaurant", help="The restaurant's id.")
@click.argument("items", nargs=-1, required=True, help="Dishes or options: their ids or exact names.")
@until_option()
@click.option("--platform", "platforms", metavar="NAME", multiple=True, help="Only this platform.")
@environment_choice()
@format_option()
def command(
    restaurant: str,
    items: tuple[str, ...],
    until: datetime | None,
    platforms: tuple[str, ...],
    environment: str,
    form: str,
) -> int:
    """Say that ITEMS of RESTAURANT are sold out, at once and until they are back.

    It survives later publishes, and ends by itself with --until. While a menu is being published it is told after it.
    """
    return change(
        restaurant,
        lambda runtime: runtime.service.sold_out(restaurant, items, by=user(), until=until, platforms=platforms),
        environment=environment,
        form=form,
    )
