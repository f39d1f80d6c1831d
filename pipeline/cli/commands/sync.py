"""``sync``: publishes a restaurant's menu, or all restaurants' menus."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import click

from pipeline import json_text
from pipeline.cli.console import emit, tell, visible, width_of
from pipeline.cli.described import DescribedCommand
from pipeline.cli.errors import Failure, WrongUse
from pipeline.cli.options import format_option
from pipeline.cli.running import environment_choice, is_wrong_use, run, to_the_end, user, wait_option
from pipeline.cli.tables import table_text
from pipeline.store.records import Operation, State
from pipeline.sync.asking.service import Refused, Requested
from pipeline.sync.places import known_restaurants
from pipeline.sync.runtime import Runtime
from pipeline.sync.views import operation_view

SIDE_BY_SIDE = 16
NAMED = 5
GOOD = (State.SYNCED, State.PROCESSING, State.SUPERSEDED)

EXAMPLE = {
    "operation_id": "op_20260301T101530_k3v8m2qx7rwt",
    "restaurant_id": "rest_001",
    "platform": "pizza_post",
    "kind": "publish",
    "status": "SYNCED",
    "note": "published",
    "requested_by": "nino",
    "reason": "asked for",
    "created_at": "2026-03-01T10:15:30Z",
    "updated_at": "2026-03-01T10:15:32Z",
    "not_before": None,
    "deadline": None,
    "item_count": 64,
    "payload_hash": "4f0c…",
    "menu_version": None,
    "error": None,
    "error_id": None,
}


@dataclass
class Tally:
    """What came of all that was asked for."""

    operations: list[Operation] = field(default_factory=list)
    refused: list[tuple[str, Refused]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    """Restaurants that are on none of the platforms, where all restaurants were asked for."""


@click.command(
    cls=DescribedCommand,
    examples=["sync rest_001", "sync rest_001 --platform {platform} --force", "sync --all"],
    json_examples={"--format json": {"operations": [EXAMPLE], "refused": [
        {"restaurant_id": "rest_002", "code": "not-connected", "message": "rest_002 is on no platform.", "hint": "…"},
    ], "left_out": ["rest_003"]}},
)  # fmt: skip
@click.argument("restaurant", required=False, help="The restaurant's id.")
@click.option("--all", "everyone", is_flag=True, help="Every restaurant that is known.")
@click.option(
    "--platform", "platforms", metavar="NAME", multiple=True, help="Only this platform; can be given more than once."
)
@click.option("--force", is_flag=True, help="Publish although nothing changed or the menu would be held.")
@wait_option()
@environment_choice()
@format_option()
def command(
    restaurant: str | None,
    everyone: bool,
    platforms: tuple[str, ...],
    force: bool,
    wait: float,
    environment: str,
    form: str,
) -> int:
    """Publish RESTAURANT's menu on its platforms.

    An unchanged menu is not sent again. What platforms still work on when the wait is over is PROCESSING; `serve` or
    `sweep` takes it up.
    """
    if bool(restaurant) == everyone:
        raise WrongUse("Name one RESTAURANT, or give --all.")

    async def work(runtime: Runtime) -> Tally:
        restaurants = [restaurant] if restaurant else known_restaurants(runtime.store, runtime.engine.tools.shelf)
        if not restaurants:
            raise Failure("No restaurant is known. Connect one: connect RESTAURANT PLATFORM --set KEY=VALUE.")
        return await _publish(runtime, restaurants, platforms, everyone=everyone, force=force, wait=wait)

    tally = run(work, environment=environment)
    if form == "json":
        refused = [
            {"restaurant_id": who, "code": r.code, "message": r.message, "hint": r.hint} for who, r in tally.refused
        ]
        operations = [operation_view(each) for each in tally.operations]
        emit(json_text.pretty({"operations": operations, "refused": refused, "left_out": tally.left_out}))
    else:
        _tell(tally)
    if not tally.operations and any(is_wrong_use(refused) for _, refused in tally.refused):
        return 2
    bad = [each for each in tally.operations if each.state not in GOOD]
    return int(bool(bad or tally.refused))


async def _publish(
    runtime: Runtime, restaurants: list[str], platforms: tuple[str, ...], *, everyone: bool, force: bool, wait: float
) -> Tally:
    tally, gate = Tally(), asyncio.Semaphore(SIDE_BY_SIDE)
    jobs: list[Operation] = []
    for restaurant in restaurants:
        answers = runtime.service.sync(restaurant, platforms, by=user(), force=force)
        asked = [answer.operation for answer in answers if isinstance(answer, Requested)]
        refused = [answer for answer in answers if isinstance(answer, Refused)]
        if everyone:
            refused = [answer for answer in refused if answer.code != "not-connected"]
            if not asked and not refused:
                tally.left_out.append(restaurant)
        jobs += asked
        tally.refused += [(restaurant, answer) for answer in refused]
    advance, close = _progress(len(jobs))

    async def one(operation: Operation) -> None:
        tally.operations.append(await to_the_end(runtime, operation, wait, gate))
        advance(operation)

    try:
        await asyncio.gather(*(one(job) for job in jobs))
    finally:
        close()
    tally.operations.sort(key=lambda each: (each.restaurant_id, each.platform))
    return tally


def _progress(total: int) -> tuple[Callable[[Operation], None], Callable[[], None]]:
    """Show a bar on long work in a terminal."""
    if total < 2 or not sys.stderr.isatty():
        return (lambda _: None), (lambda: None)
    bar = click.progressbar(length=total, label="Publishing", file=sys.stderr, show_pos=True)
    bar.__enter__()
    return (lambda _: bar.update(1)), (lambda: bar.__exit__(None, None, None))


def _tell(tally: Tally) -> None:
    rows = [
        (each.restaurant_id, each.platform, each.state.value, _words(each), each.error_id or each.operation_id)
        for each in tally.operations
    ]
    if rows:
        headings = ("restaurant", "platform", "status", "what happened", "id")
        emit(table_text(headings, rows, width=width_of(sys.stdout)))
    for operation in tally.operations:
        owner = f"{visible(operation.restaurant_id)} on {operation.platform}"
        for finding in operation.findings if operation.state in (State.FAILED, State.HELD) else ():
            if finding["severity"] in ("error", "hold"):
                tell(f"{owner}: {finding['severity']}: {visible(finding['message'], 500)}")
    for who, refused in tally.refused:
        owner = "" if refused.message.startswith(who) else f"{visible(who)}: "
        tell(f"Error: {owner}{visible(refused.message)} {visible(refused.hint)}".rstrip())
    if tally.left_out:
        named = ", ".join(visible(restaurant) for restaurant in tally.left_out[:NAMED])
        more = f" and {len(tally.left_out) - NAMED} more" if len(tally.left_out) > NAMED else ""
        tell(f"Left out, being on none of these platforms: {named}{more}")


def _words(operation: Operation) -> str:
    note: Any = operation.changes[-1].note if operation.changes else ""
    words = operation.error or note
    if operation.state != State.PENDING:
        return str(words)
    if operation.not_before is None:
        return "waits for what is under way there to end"
    return f"{words} (goes on at {operation.not_before:%H:%M:%S} UTC)"
