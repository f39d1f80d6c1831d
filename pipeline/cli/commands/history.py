"""``history``: a restaurant's operations."""

from __future__ import annotations

import sys

import click

from pipeline import json_text
from pipeline.cli.commands.sync import EXAMPLE
from pipeline.cli.console import emit, tell, width_of
from pipeline.cli.described import DescribedCommand
from pipeline.cli.options import format_option
from pipeline.cli.running import run
from pipeline.cli.tables import table_text
from pipeline.store.records import Page
from pipeline.sync.runtime import Runtime
from pipeline.sync.views import instant, operation_view

WHOLE = {
    **EXAMPLE,
    "changes": [{"at": "2026-03-01T10:15:30Z", "status": "PENDING", "note": "asked for"}],
    "findings": [],
    "results": [{"id": "i-7", "outcome": "done", "word": "success", "message": ""}],
}


@click.command(
    cls=DescribedCommand,
    examples=["history rest_001", "history rest_001 --platform {platform} --format json"],
    json_examples={"--format json": {"operations": [WHOLE], "cursor": ""}},
)
@click.argument("restaurant", help="The restaurant's id.")
@click.option("--platform", metavar="NAME", default="", help="Only this platform.")
@click.option("--limit", type=click.IntRange(1, 500), default=30, show_default=True, help="So many at most.")
@click.option("--cursor", default="", help="Go on behind an earlier list, by the cursor that it gave.")
@format_option()
def command(restaurant: str, platform: str, limit: int, cursor: str, form: str) -> int:
    """Show what was done for RESTAURANT, newest first."""

    async def work(runtime: Runtime) -> Page:
        return runtime.store.history(restaurant, platform, limit=limit, cursor=cursor)

    page = run(work)
    if form == "json":
        operations = [operation_view(each, whole=True) for each in page.items]
        emit(json_text.pretty({"operations": operations, "cursor": page.cursor}))
        return 0
    rows = [
        (
            instant(each.created_at) or "",
            each.platform,
            each.kind,
            each.state.value,
            each.error or (each.changes[-1].note if each.changes else ""),
            each.operation_id,
        )
        for each in page.items
    ]
    if rows:
        headings = ("when", "platform", "kind", "status", "what happened", "operation")
        emit(table_text(headings, rows, width=width_of(sys.stdout)))
    else:
        tell(f"Nothing was done for {restaurant[:200]}{f' on {platform[:200]}' if platform else ''} yet.")
    if page.cursor:
        tell(f"There are more: --cursor {page.cursor}")
    return 0
