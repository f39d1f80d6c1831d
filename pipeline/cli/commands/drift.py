"""``drift``: whether what was published still stands on the platforms."""

from __future__ import annotations

import sys
from dataclasses import asdict

import click

from pipeline import json_text
from pipeline.cli.console import emit, tell, width_of
from pipeline.cli.described import DescribedCommand
from pipeline.cli.options import format_option
from pipeline.cli.running import environment_choice, run, tell_refused, user
from pipeline.cli.tables import table_text
from pipeline.findings import as_json
from pipeline.sync.asking.drift import Drift
from pipeline.sync.asking.service import Refused
from pipeline.sync.drift import Difference
from pipeline.sync.runtime import Runtime

DIFFERENCE = Difference("i-7", "Margherita", "price", "1299", "1349", pinned=True)
EXAMPLE = {
    "restaurant_id": "rest_001",
    "platform": "pizza_post",
    "dishes": 64,
    "differences": [asdict(DIFFERENCE)],
    "findings": [as_json(DIFFERENCE.finding("Pizza Post"))],
}


@click.command(
    cls=DescribedCommand,
    examples=["drift rest_001", "drift rest_001 --platform {platform} --format json"],
    json_examples={"--format json": {"compared": [EXAMPLE], "refused": []}},
)
@click.argument("restaurant", help="The restaurant's id.")
@click.option(
    "--platform", "platforms", metavar="NAME", multiple=True, help="Only this platform; can be given more than once."
)
@environment_choice()
@format_option()
def command(restaurant: str, platforms: tuple[str, ...], environment: str, form: str) -> int:
    """Compare what stands on RESTAURANT's platforms with what was published there: dishes, names, prices.

    Prices are in the platform's own form. `pinned` is what stayed so over a publish of the whole menu: it was entered
    at the platform, which keeps it. The exit code is 1 where something differs or could not be read.
    """

    async def work(runtime: Runtime) -> list[Drift | Refused]:
        return await runtime.service.drift(restaurant, platforms, by=user())

    answers = run(work, environment=environment)
    compared = [each for each in answers if isinstance(each, Drift)]
    refused = [each for each in answers if isinstance(each, Refused)]
    if form == "json":
        emit(json_text.pretty({
            "compared": [_view(each) for each in compared],
            "refused": [asdict(each) for each in refused],
        }))  # fmt: skip
    else:
        rows = [
            (
                drift.platform, f"{each.item} ({each.item_id})", each.what, each.ours or "", each.theirs or "",
                "pinned by the platform" if each.pinned else "",
            )
            for drift in compared for each in drift.differences
        ]  # fmt: skip
        if rows:
            emit(table_text(("platform", "dish", "what", "ours", "theirs", ""), rows, width=width_of(sys.stdout)))
        for drift in compared:
            tell(f"{drift.label}: {drift.dishes} dishes compared, {len(drift.differences)} differences")
        for each in refused:
            tell_refused(each)
    return int(bool(refused or any(drift.differences for drift in compared)))


def _view(drift: Drift) -> dict[str, object]:
    return {
        "restaurant_id": drift.restaurant_id,
        "platform": drift.platform,
        "dishes": drift.dishes,
        "differences": [asdict(each) for each in drift.differences],
        "findings": [as_json(each.finding(drift.label)) for each in drift.differences],
    }
