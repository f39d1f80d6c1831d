"""``status``: what is live, what failed, what waits."""

from __future__ import annotations

import sys

import click

from pipeline import json_text
from pipeline.cli.console import emit, tell, width_of
from pipeline.cli.described import DescribedCommand
from pipeline.cli.options import format_option
from pipeline.cli.running import run
from pipeline.cli.tables import table_text
from pipeline.store.records import State, Status
from pipeline.sync.runtime import Runtime
from pipeline.sync.views import instant, status_view

PAGE = 500
EXAMPLE = {
    "restaurant_id": "rest_001",
    "platforms": {
        "pizza_post": {
            "status": "FAILED",
            "last_sync": "2026-03-01T10:15:32Z",
            "last_check": "2026-03-01T10:15:32Z",
            "item_count": 64,
            "external_menu_id": None,
            "error": "Pizza Post refused the menu: the price of Margherita is too high.",
            "error_id": "err_rest_001_pizza_post_20260302_001",
            "retry_count": 1,
            "desired_hash": "9a1e…",
            "accepted_hash": "4f0c…",
            "changed_since": True,
            "menu_version": None,
            "running": None,
            "waiting": None,
            "needs_reconnect": False,
            "down_until": None,
            "updated_at": "2026-03-02T08:00:00Z",
        }
    },
}


@click.command(
    cls=DescribedCommand,
    examples=["status", "status rest_001", "status --state FAILED --format json"],
    json_examples={"--format json": [EXAMPLE]},
)
@click.argument("restaurant", required=False, help="The restaurant's id; all, where none is named.")
@click.option("--platform", metavar="NAME", default="", help="Only this platform.")
@click.option("--state", type=click.Choice([state.value for state in State]), help="Only what is in this state.")
@format_option()
def command(restaurant: str | None, platform: str, state: str | None, form: str) -> int:
    """Show each restaurant's status on each platform. The exit code is 1 where something failed or is held."""

    async def work(runtime: Runtime) -> list[Status]:
        if restaurant:
            found = runtime.store.statuses(restaurant)
            return [each for each in found if platform in ("", each.platform) and state in (None, each.state.value)]
        found, cursor = [], ""
        while True:
            page = runtime.store.list_statuses(
                platform=platform, state=State(state) if state else None, limit=PAGE, cursor=cursor
            )
            found += page.items
            cursor = page.cursor
            if not cursor:
                return found

    statuses = run(work)
    if form == "json":
        restaurants = dict.fromkeys(each.restaurant_id for each in statuses)
        emit(json_text.pretty([
            status_view(name, [each for each in statuses if each.restaurant_id == name]) for name in restaurants
        ]))  # fmt: skip
    elif statuses:
        headings = ("restaurant", "platform", "status", "last sync", "dishes", "what is to be known")
        emit(table_text(headings, [_row(each) for each in statuses], width=width_of(sys.stdout)))
    else:
        tell("There is no such status." if restaurant or platform or state else "Nothing was synced yet.")
    return int(any(each.state in (State.FAILED, State.HELD) for each in statuses))


def _row(status: Status) -> tuple[str, ...]:
    words = status.error
    if status.needs_reconnect:
        words = f"needs to be connected again. {words}"
    elif not words and status.desired_hash and status.desired_hash != status.accepted_hash:
        words = "the newest menu is not published yet"
    last = instant(status.last_sync) or "never"
    return (status.restaurant_id, status.platform, status.state.value, last, str(status.item_count), words)
