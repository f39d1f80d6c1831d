"""``audit``: who did what, when."""

from __future__ import annotations

import sys

import click

from pipeline import json_text
from pipeline.cli.console import emit, tell, width_of
from pipeline.cli.described import DescribedCommand
from pipeline.cli.options import format_option
from pipeline.cli.running import run
from pipeline.cli.tables import table_text
from pipeline.store.records import Page
from pipeline.sync.runtime import Runtime
from pipeline.sync.views import audit_view, instant

EXAMPLE = {
    "at": "2026-03-01T10:15:32Z",
    "who": "nino",
    "action": "publish synced",
    "restaurant_id": "rest_001",
    "platform": "pizza_post",
    "operation_id": "op_20260301T101530_k3v8m2qx7rwt",
    "origin": "command line",
    "before": "4f0c…",
    "after": "9a1e…",
    "note": "published",
}


@click.command(
    cls=DescribedCommand,
    examples=["audit", "audit --restaurant rest_001 --limit 10"],
    json_examples={"--format json": {"entries": [EXAMPLE], "cursor": ""}},
)
@click.option("--restaurant", metavar="ID", default="", help="Only this restaurant.")
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True, help="So many at most.")
@click.option("--cursor", default="", help="Go on behind an earlier list, by the cursor that it gave.")
@format_option()
def command(restaurant: str, limit: int, cursor: str, form: str) -> int:
    """Show who did what, newest first; before and after are payload hashes."""

    async def work(runtime: Runtime) -> Page:
        return runtime.store.audit(restaurant_id=restaurant, limit=limit, cursor=cursor)

    page = run(work)
    if form == "json":
        emit(json_text.pretty({"entries": [audit_view(each) for each in page.items], "cursor": page.cursor}))
        return 0
    rows = [
        (instant(each.at) or "", each.who, each.action, each.restaurant_id, each.platform, each.note)
        for each in page.items
    ]
    if rows:
        headings = ("when", "who", "did", "restaurant", "platform", "note")
        emit(table_text(headings, rows, width=width_of(sys.stdout)))
    else:
        tell(f"Nothing was done for {restaurant[:200]} yet." if restaurant else "Nothing was done yet.")
    if page.cursor:
        tell(f"There are more: --cursor {page.cursor}")
    return 0
