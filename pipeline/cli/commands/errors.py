"""``errors``: the error queue."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import click

from pipeline import json_text
from pipeline.cli.console import emit, tell, visible, width_of
from pipeline.cli.described import DescribedCommand, DescribedGroup
from pipeline.cli.errors import WrongUse
from pipeline.cli.options import format_option
from pipeline.cli.running import environment_choice, refuse, run, tell_refused, to_the_end, user, wait_option
from pipeline.cli.tables import table_text
from pipeline.store.records import Operation, Page, State, SyncError
from pipeline.sync.asking.service import Refused
from pipeline.sync.runtime import Runtime
from pipeline.sync.views import error_view, instant, operation_view

ERROR = {
    "error_id": "err_rest_001_pizza_post_20260302_001",
    "restaurant_id": "rest_001",
    "platform": "pizza_post",
    "operation_id": "op_20260302T080000_k3v8m2qx7rwt",
    "status": "open",
    "code": "platform-refused",
    "message": "Pizza Post refused the menu: the price of Margherita is too high.",
    "hint": "",
    "created_at": "2026-03-02T08:00:00Z",
    "resolved_at": None,
    "resolved_by": None,
    "note": "",
    "fields": [
        {
            "path": "dishes[3].price", "message": "too high", "item": "i-7", "name": "Margherita",
            "file": "mappings/pizza_post.yaml", "line": 21, "column": 9,
        }
    ],
}  # fmt: skip
ATTEMPT = {
    "at": "2026-03-02T08:00:00Z",
    "step": "menu",
    "method": "PUT",
    "url": "https://api.example.com/menus/s-1",
    "request_headers": {"Authorization": "***"},
    "request_body": "…",
    "status": 400,
    "answer_headers": {"content-type": "application/json"},
    "answer_body": '{"message": "…"}',
    "fault": "",
    "seconds": 0.2,
}


@click.group(cls=DescribedGroup, name="errors", examples=["errors list"])
def command() -> None:
    """Show, retry and resolve what failed."""


@command.command(
    "list",
    cls=DescribedCommand,
    examples=["errors list", "errors list --platform {platform} --status open --format json"],
    json_examples={"--format json": {"errors": [ERROR], "cursor": ""}},
)
@click.option("--restaurant", metavar="ID", default="", help="Only this restaurant.")
@click.option("--platform", metavar="NAME", default="", help="Only this platform.")
@click.option("--status", type=click.Choice(["open", "retrying", "resolved"]), help="Only what is in this state.")
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True, help="So many at most.")
@click.option("--cursor", default="", help="Go on behind an earlier list, by the cursor that it gave.")
@format_option()
def list_errors(restaurant: str, platform: str, status: str | None, limit: int, cursor: str, form: str) -> int:
    """List errors, newest first."""

    async def work(runtime: Runtime) -> Page:
        return runtime.store.list_errors(
            restaurant_id=restaurant, platform=platform, status=status or "", limit=limit, cursor=cursor
        )

    page = run(work)
    if form == "json":
        emit(json_text.pretty({"errors": [error_view(each) for each in page.items], "cursor": page.cursor}))
        return 0
    rows = [
        (each.error_id, each.restaurant_id, each.platform, each.status, instant(each.created_at) or "", each.message)
        for each in page.items
    ]
    if rows:
        headings = ("error", "restaurant", "platform", "status", "since", "what happened")
        emit(table_text(headings, rows, width=width_of(sys.stdout)))
    else:
        tell("There are no such errors.")
    if page.cursor:
        tell(f"There are more: --cursor {page.cursor}")
    return 0


@command.command(
    "show",
    cls=DescribedCommand,
    examples=["errors show err_rest_001_{platform}_20260302_001"],
    json_examples={
        "--format json": {**ERROR, "payload_hash": "9a1e…", "snapshot_id": "menu-…", "payload_id": "payload-…",
                          "attempts": [ATTEMPT]}
    },
)  # fmt: skip
@click.argument("error_id")
@format_option()
def show(error_id: str, form: str) -> int:
    """Show one error with every attempt."""

    async def work(runtime: Runtime) -> SyncError | None:
        return runtime.store.error(error_id)

    error = run(work)
    if error is None:
        raise WrongUse(f"There is no error {error_id[:200]}.")
    emit(json_text.pretty(error_view(error, whole=True)) if form == "json" else _text(error))
    return 0


@command.command(
    "retry",
    cls=DescribedCommand,
    examples=["errors retry err_rest_001_{platform}_20260302_001"],
    json_examples={
        "--format json": [{"operation_id": "op_20260302T081000_k3v8m2qx7rwt", "status": "SYNCED", "…": "…"}]
    },
)
@click.argument("error_ids", nargs=-1, required=True)
@wait_option()
@environment_choice()
@format_option()
def retry(error_ids: tuple[str, ...], wait: float, environment: str, form: str) -> int:
    """Try again what failed, with the newest menu."""

    async def work(runtime: Runtime) -> tuple[list[Operation], list[Refused]]:
        asked_for: list[Operation] = []
        refused: list[Refused] = []
        for error_id in error_ids:
            asked = runtime.service.retry(error_id, by=user())
            if isinstance(asked, Refused):
                refused.append(asked)
                continue
            asked_for.append(asked.operation)
        done = await asyncio.gather(*(to_the_end(runtime, operation, wait) for operation in asked_for))
        return list(done), refused

    done, refused = run(work, environment=environment)
    if form == "json":
        emit(json_text.pretty([operation_view(each) for each in done]))
    else:
        for each in done:
            emit(f"{each.restaurant_id} on {each.platform}: {each.state.value} {visible(each.error)}".rstrip())
    for problem in refused:
        tell_refused(problem)
    return int(bool(refused) or any(each.state == State.FAILED for each in done))


@command.command(
    "resolve",
    cls=DescribedCommand,
    examples=['errors resolve err_rest_001_{platform}_20260302_001 --note "The price was corrected."'],
    json_examples={"--format json": {**ERROR, "status": "resolved", "note": "The price was corrected."}},
)
@click.argument("error_id")
@click.option("--note", required=True, help="What was done about it.")
@format_option()
def resolve(error_id: str, note: str, form: str) -> int:
    """Close an error with a note."""

    async def work(runtime: Runtime) -> SyncError | Refused:
        return runtime.service.resolve(error_id, note, by=user())

    solved = run(work)
    if isinstance(solved, Refused):
        raise refuse(solved)
    emit(json_text.pretty(error_view(solved)) if form == "json" else f"{solved.error_id} is resolved.")
    return 0


def _text(error: SyncError) -> str:
    lines = [
        f"{error.error_id}: {error.status}",
        f"{error.restaurant_id} on {error.platform}, operation {error.operation_id}, since {instant(error.created_at)}",
        f"{error.message}  [{error.code}]",
    ]
    lines += [error.hint] if error.hint else []
    lines += (
        [f"resolved {instant(error.resolved_at)} by {error.resolved_by}: {error.note}"] if error.resolved_at else []
    )
    lines += [f"- {_field(each)}" for each in error.fields]
    for attempt in error.attempts:
        answer = attempt.fault or f"{attempt.status} {attempt.answer_body}".rstrip()
        lines.append(f"{instant(attempt.at)} {attempt.step}: {attempt.method} {attempt.url} → {answer}")
    return "\n".join(visible(line, 2_000) for line in lines)


def _field(field: dict[str, Any]) -> str:
    place = f" ({field['file']}:{field['line']})" if field.get("file") else ""
    owner = f"{field['name'] or field['item']}: " if field.get("item") else ""
    path = f" [{field['path']}]" if field.get("path") else ""
    return f"{owner}{field['message']}{path}{place}"
