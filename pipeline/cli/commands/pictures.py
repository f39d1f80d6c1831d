"""``pictures``: which platforms refuse which of a menu's pictures, and why."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from pipeline.cli.console import emit, tell, visible, width_of
from pipeline.cli.described import DescribedCommand
from pipeline.cli.errors import WrongUse
from pipeline.cli.findings_text import tell_findings
from pipeline.cli.menu_input import fetched, read_menu_input
from pipeline.cli.options import exit_code, format_option, platforms_option
from pipeline.cli.tables import table_text
from pipeline.findings import Finding, as_json
from pipeline.json_text import pretty
from pipeline.mapping.compiled import compile_file
from pipeline.mapping.form.document import Mapping
from pipeline.pictures.judging import EVERY, Judged, judge, wanted_by
from pipeline.pictures.limits import Look
from pipeline.pictures.owned import Owned, owned_pictures

NAMED = 3
MENU = "mappings/examples/menus/everything.json"
FINDING = Finding("picture-ratio", "error", "Pizza Post takes pictures of 16:9, and this one is 4:3 (1600 × 1200).")
EXAMPLE = {
    "pictures": [
        {
            "url": "https://pictures.example/soup.jpg",
            "type": "jpg",
            "width": 1600,
            "height": 1200,
            "bytes": 482113,
            "records": [{"kind": "item", "id": "i-7", "name": "Soup"}],
            "refused": [{"platform": "pizza_post", **as_json(FINDING)}],
        }
    ],
    "platforms": [{"name": "pizza_post", "title": "Pizza Post", "declared": True, "looked_at": 14, "refused": 1}],
}


@click.command(
    cls=DescribedCommand,
    examples=[f"pictures --menu {MENU}", "pictures --restaurant rest_001 --platform {platform} --format json"],
    json_examples={"--format json": EXAMPLE},
)
@click.option("--menu", metavar="FILE", help="The menu, as JSON; - is standard input.")
@click.option("--restaurant", metavar="ID", help="The restaurant's menu as its service gives it.")
@platforms_option()
@click.option(
    "--allow-private", "private", is_flag=True, help="Fetch from the own network, too; only for menus that one trusts."
)
@format_option()
def command(menu: str | None, restaurant: str | None, mappings: tuple[Path, ...], private: bool, form: str) -> int:
    """Fetch a menu's pictures and list those that platforms refuse, with the reason.

    Each picture is fetched once and held against `pictures` of each platform's mapping: type, bytes, pixels, shape,
    address. The exit code is 1 where one is refused or cannot be fetched.
    """
    if (menu is None) == (restaurant is None):
        raise WrongUse("Name a menu's FILE by --menu, or a restaurant by --restaurant.")
    platforms, findings = _documents(mappings)
    reading = read_menu_input(menu) if menu is not None else fetched(str(restaurant), "").reading
    if reading.menu is None:
        tell_findings([*findings, *reading.findings])
        return exit_code([*findings, *reading.findings], strict=False)
    pictures = [each for each in owned_pictures(reading.menu) if wanted_by(each, platforms)]
    found = asyncio.run(_looked_at([each.url for each in pictures], _limit(platforms), private=private))
    judged = [judge(each, look, platforms) for each, look in zip(pictures, found, strict=True)]
    if form == "json":
        emit(pretty(_view(judged, platforms)))
    else:
        _tell(judged, platforms)
    tell_findings(findings)
    return exit_code([*findings, *(finding for each in judged for _, finding in each.refused)], strict=False)


def _documents(paths: Sequence[Path]) -> tuple[list[Mapping], list[Finding]]:
    """Give the mappings that can be read, and what is wrong with the others."""
    usable, findings = [], []
    for path in paths:
        mapping, told = compile_file(path)
        findings += [finding for finding in told if finding.severity == "error"]
        if mapping is not None and mapping.usable:
            usable.append(mapping.document)
    return usable, findings


def _limit(platforms: Sequence[Mapping]) -> int:
    """Give how many bytes of a picture have to be read until it is refused by all that say how many they take."""
    from connectors.pictures import HEAD_BYTES

    said = (each.pictures.max_bytes for each in platforms if each.pictures is not None)
    return max(HEAD_BYTES, *(most for most in said if most is not None), 0)


async def _looked_at(urls: list[str], limit: int, *, private: bool) -> list[Look | str]:
    """Fetch pictures; gives what each is, or why it could not be fetched."""
    from connectors.exchange import Fault
    from connectors.pictures import PictureFetcher
    from pipeline.pictures.header import read_header

    advance, close = _progress(len(urls))
    async with PictureFetcher(limit=limit, private=private) as fetcher:

        async def one(url: str) -> Look | str:
            got = await fetcher.fetch(url)
            advance()
            if isinstance(got, Fault):
                return got.message
            return Look(url, got.length, read_header(got.head), got.whole)

        try:
            return await asyncio.gather(*(one(url) for url in urls))
        finally:
            close()


def _progress(total: int) -> tuple[Callable[[], None], Callable[[], None]]:
    if total < 2 or not sys.stderr.isatty():
        return (lambda: None), (lambda: None)
    bar = click.progressbar(length=total, label="Looking at pictures", file=sys.stderr, show_pos=True)
    bar.__enter__()
    return (lambda: bar.update(1)), (lambda: bar.__exit__(None, None, None))


def _tell(judged: Sequence[Judged], platforms: Sequence[Mapping]) -> None:
    labels = {each.platform: each.label for each in platforms} | {EVERY: EVERY}
    rows = [
        (_names(each.owned), each.owned.url, labels[platform], f"{finding.message} {finding.hint}".strip())
        for each in judged
        for platform, finding in each.refused
    ]
    if rows:
        emit(table_text(("dish", "picture", "platform", "why it is refused"), rows, width=width_of(sys.stdout)))
    for row in _counts(judged, platforms):
        if not row["declared"]:
            tell(f"{row['title']}: its mapping says nothing of pictures, so none is refused")
        else:
            tell(f"{row['title']}: {row['looked_at']} pictures looked at, {row['refused']} refused")


def _names(owned: Owned) -> str:
    names = list(dict.fromkeys(record.name or record.record_id for _, record in owned.owners))
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return visible(", ".join(names[:NAMED]) + more)


def _counts(judged: Sequence[Judged], platforms: Sequence[Mapping]) -> list[dict[str, Any]]:
    return [
        {
            "name": mapping.platform,
            "title": mapping.label,
            "declared": mapping.pictures is not None,
            "looked_at": len(shown := [each for each in judged if wanted_by(each.owned, [mapping])]),
            "refused": sum(any(name in (mapping.platform, EVERY) for name, _ in each.refused) for each in shown),
        }
        for mapping in platforms
    ]


def _view(judged: Sequence[Judged], platforms: Sequence[Mapping]) -> dict[str, Any]:
    return {"pictures": [_picture(each) for each in judged], "platforms": _counts(judged, platforms)}


def _picture(judged: Judged) -> dict[str, Any]:
    look, header = judged.look, judged.look.header if judged.look is not None else None
    return {
        "url": judged.owned.url,
        "type": header.type if header is not None else None,
        "width": header.width if header is not None else None,
        "height": header.height if header is not None else None,
        "bytes": look.length if look is not None and look.whole else None,
        "records": [{"kind": each.kind, "id": each.record_id, "name": each.name} for _, each in judged.owned.owners],
        "refused": [{"platform": platform, **as_json(finding)} for platform, finding in judged.refused],
    }
