"""``connect``: puts a restaurant on a platform."""

from __future__ import annotations

import click

from pipeline import json_text
from pipeline.cli.console import emit
from pipeline.cli.described import DescribedCommand
from pipeline.cli.errors import WrongUse
from pipeline.cli.options import format_option
from pipeline.cli.running import environment_choice, refuse, run, tell_refused, user
from pipeline.store.records import Connection
from pipeline.sync.asking.service import Refused
from pipeline.sync.runtime import Runtime
from pipeline.sync.views import connection_view

EXAMPLE = {
    "restaurant_id": "rest_001",
    "platform": "pizza_post",
    "settings": {"store_id": "s-1"},
    "environment": "sandbox",
    "enabled": True,
    "updated_at": "2026-03-01T10:00:00Z",
    "updated_by": "nino",
}


@click.command(
    cls=DescribedCommand,
    examples=["connect rest_001 {platform} --set store_id=s-1"],
    json_examples={"--format json": EXAMPLE},
)
@click.argument("restaurant", help="The restaurant's id.")
@click.argument("platform", help="The platform's name.")
@click.option(
    "--set", "pairs", metavar="KEY=VALUE", multiple=True, help="A store setting; can be given more than once."
)
@environment_choice()
@format_option()
def command(restaurant: str, platform: str, pairs: tuple[str, ...], environment: str, form: str) -> int:
    """Put RESTAURANT on PLATFORM with its store settings, or change them.

    Whatever waited because the platform refused the connection goes on. `platforms` lists the settings.
    """
    settings: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            raise WrongUse(f"--set takes KEY=VALUE, such as store_id=s-1, not `{pair[:80]}`.")
        settings[key.strip()] = value

    async def work(runtime: Runtime) -> tuple[Connection | tuple[Refused, ...], list[str]]:
        made = runtime.service.connect(restaurant, platform, settings, by=user(), environment=environment)
        mapping, _ = runtime.engine.tools.shelf.mapping(platform)
        forms = mapping.document.store_settings if mapping is not None else {}
        return made, [name for name, each in forms.items() if each.secret]

    made, secret = run(work, environment=environment)
    if isinstance(made, tuple):
        for problem in made[1:]:
            tell_refused(problem)
        raise refuse(made[0])
    if form == "json":
        emit(json_text.pretty(connection_view(made, secret)))
    else:
        emit(f"{made.restaurant_id} is on {made.platform}. Publish its menu: sync {made.restaurant_id}")
    return 0
