"""``diff``: what would change on a platform between two menus, two mappings, or both."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pipeline.cli.console import emit
from pipeline.cli.described import DescribedCommand
from pipeline.cli.diff_views import difference_text, raw_text
from pipeline.cli.errors import Failure, WrongUse
from pipeline.cli.findings_text import tell_findings
from pipeline.cli.menu_input import AtRestaurant, environment_values, fetched, read_menu_input
from pipeline.cli.options import environment_option, exit_code, format_option, platform_argument, store_option
from pipeline.collector import collector_paused
from pipeline.comparing import Difference, Side, compare
from pipeline.comparing.raw import raw_changes
from pipeline.findings import Finding, as_json
from pipeline.json_text import pretty
from pipeline.mapping.compiled import CompiledMapping, compile_file
from pipeline.mapping_files import UnknownPlatform, find_mapping
from pipeline.preview import preview
from pipeline.reading import Reading

MENU = "mappings/examples/menus/de-little-dragon.json"
CHANGE: dict[str, Any] = {
    "code": "price",
    "record": {"kind": "item", "id": "i-7", "name": "Margherita"},
    "within": ["Pizza"],
    "text": "price of Margherita 12.99 → 13.49 (+3.8 %)",
    "old": 12.99,
    "new": 13.49,
    "percent": 3.8,
    "fields": [
        {"field": "items[].price", "old_path": "items[3].price", "new_path": "items[2].price", "old": 1299, "new": 1349}
    ],
}
EXAMPLE: dict[str, Any] = {
    "platform": "pizza_post",
    "changed": True,
    "counts": {"price": 1},
    "menu": [CHANGE],
    "mapping": [],
    "movement": {
        "items_before": 19,
        "items_after": 19,
        "lost": 0,
        "lost_share": 0,
        "compared_prices": 19,
        "price_ratio": 1,
        "suspicious": False,
        "reasons": [],
    },
    "findings": [],
}
RAW: dict[str, Any] = {"raw": [{"old_path": "items[3].price", "new_path": "items[2].price", "old": 1299, "new": 1349}]}


@click.command(
    cls=DescribedCommand,
    examples=[
        "diff {platform} --menu old-menu.json --menu new-menu.json",
        f"diff {{platform}} --menu {MENU} --mapping old-mapping.yaml",
        "diff {platform} --menu old-menu.json --menu new-menu.json --raw",
        "diff {platform} --restaurant rest_001",
    ],
    json_examples={"--format json": EXAMPLE, "--format json --raw": RAW},
)
@platform_argument()
@click.option(
    "--menu",
    "menus",
    metavar="FILE",
    multiple=True,
    help="The old menu, then the new one; with --mapping one menu is enough. - is standard input.",
)
@click.option(
    "--restaurant", metavar="ID", help="What the platform took last, beside what the restaurant's menu service gives."
)
@click.option("--mapping", "old_mapping", metavar="FILE", help="The old mapping; PLATFORM is the new one.")
@click.option("--raw", is_flag=True, help="Show the payloads' difference place by place instead.")
@store_option()
@environment_option()
@format_option()
@collector_paused()
def command(
    mapping_file: Path,
    menus: tuple[str, ...],
    restaurant: str | None,
    old_mapping: str | None,
    raw: bool,
    store: dict[str, str],
    environment: str,
    form: str,
) -> int:
    """Tell what would change on PLATFORM, by dish and in words; nothing is sent.

    Compared are the menus of two files, or, with --restaurant, the menu that the platform took last and the newest one.
    With two menus and an old mapping, what the menu changes and what the mapping changes are told apart. Prices are
    told with percentages, and whether so much changes that a publish would be held back.
    """
    _check(menus, restaurant, old_mapping)
    findings: list[Finding] = []
    new_mapping = _mapping(mapping_file, findings)
    before = _mapping(_old_file(old_mapping), findings) if old_mapping is not None else new_mapping
    here = _of_files(menus) if restaurant is None else _at(restaurant, new_mapping)
    if new_mapping is None or before is None or here.published is None or here.reading.menu is None:
        tell_findings([*findings, *here.reading.findings])
        return 1
    old, new = (
        Side(
            mapping, menu, {**here.settings, **store}, environment_values(mapping, environment), here.saved,
            here.external_menu_id,
        )
        for mapping, menu in ((before, here.published), (new_mapping, here.reading.menu))
    )  # fmt: skip
    difference = compare(old, new)
    stopping = [*difference.findings, *_stopping(new)]
    _show(difference, stopping, new_mapping, raw=raw, form=form)
    if form == "text":
        tell_findings(stopping)
    return exit_code(stopping, strict=False)


def _show(difference: Difference, stopping: list[Finding], mapping: CompiledMapping, *, raw: bool, form: str) -> None:
    if raw:
        changes = [] if difference.findings else raw_changes(difference.old, difference.new)
        text = pretty({"raw": [change.data() for change in changes]}) if form == "json" else raw_text(changes)
        if text:
            emit(text)
    elif form == "json":
        emit(pretty({**difference.data(), "findings": [as_json(finding) for finding in stopping]}))
    elif not difference.findings:
        emit(difference_text(difference, mapping.document.title or mapping.platform))


def _old_file(name: str) -> Path:
    try:
        return find_mapping(name)
    except UnknownPlatform as error:
        raise WrongUse(str(error)) from None


def _mapping(file: Path, findings: list[Finding]) -> CompiledMapping | None:
    mapping, found = compile_file(file)
    if mapping is not None and mapping.usable:
        return mapping
    findings += found
    return None


def _check(menus: tuple[str, ...], restaurant: str | None, old_mapping: str | None) -> None:
    if restaurant is not None and menus:
        raise WrongUse("Give either menus (--menu), or a restaurant (--restaurant) whose menus are known.")
    if restaurant is None and (len(menus) not in (1, 2) or (len(menus) == 1 and old_mapping is None)):
        raise WrongUse(
            "Give two menus (--menu OLD --menu NEW), one menu and the old mapping (--mapping OLD.yaml), "
            "or a restaurant (--restaurant ID)."
        )
    if menus.count("-") > 1:
        raise WrongUse("Only one of the menus can come from standard input.")


def _of_files(names: tuple[str, ...]) -> AtRestaurant:
    read = {name: read_menu_input(name) for name in dict.fromkeys(names)}
    unread = tuple(finding for reading in read.values() if reading.menu is None for finding in reading.findings)
    return AtRestaurant(Reading(read[names[-1]].menu, unread), published=read[names[0]].menu)


def _at(restaurant: str, mapping: CompiledMapping | None) -> AtRestaurant:
    if mapping is None:
        return AtRestaurant(Reading(None, ()))
    here = fetched(restaurant, mapping.platform)
    if here.published is None:
        label = mapping.document.label
        raise Failure(f"Nothing of {restaurant} was published on {label} yet, so there is nothing to compare with.")
    return here


def _stopping(side: Side) -> list[Finding]:
    """Give what would keep the new side from being published."""
    made = preview(
        side.mapping, side.menu, store=side.store, environment=side.environment, saved=side.saved,
        external_menu_id=side.external_menu_id,
    )  # fmt: skip
    return [finding for finding in made.findings if finding.severity in ("error", "hold")]
