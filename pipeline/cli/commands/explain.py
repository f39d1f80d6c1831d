"""``explain``: which mapping line made a payload field, step by step; what a line made; where a dish is."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from pipeline.cli.console import emit, tell, width_of
from pipeline.cli.described import DescribedCommand
from pipeline.cli.errors import Failure, WrongUse
from pipeline.cli.explain_views import explained_text, line_text, presences_text
from pipeline.cli.findings_text import tell_findings
from pipeline.cli.menu_input import environment_values, read_menu_input
from pipeline.cli.options import environment_option, format_option, platform_argument, store_option
from pipeline.collector import collector_paused
from pipeline.explaining import Explainer, WrongField
from pipeline.explaining.explain import LIMIT
from pipeline.json_text import pretty
from pipeline.mapping.compiled import compile_file
from pipeline.preview import preview

MENU = "mappings/examples/menus/de-little-dragon.json"
PLACE = {"file": "mappings/pizza_post.yaml", "line": 41, "column": 13}
RECORD = {"kind": "item", "id": "i-7", "name": "Margherita"}
FIELD_EXAMPLE: dict[str, Any] = {
    "total": 1,
    "fields": [
        {
            "field": "dishes[3].price",
            "present": True,
            "value": 1299,
            "mapping": {**PLACE, "text": "price: = item.price -> cents"},
            "templates": [],
            "loops": [
                {"loop": "item in menu.items", "name": "item", **PLACE, "record": RECORD, "value": None},
            ],
            "steps": [
                {
                    "kind": "source",
                    "text": "item.price",
                    "has_value": True,
                    "value": 12.99,
                    **PLACE,
                    "reads": [],
                    "note": "",
                    "level": 0,
                },
            ],
            "inside": "",
            "reason": None,
            "findings": [],
        }
    ],
    "dishes": [],
    "hint": "",
}
LINE_EXAMPLE: dict[str, Any] = {
    "file": "mappings/pizza_post.yaml",
    "line": 41,
    "text": "price: = item.price -> cents",
    "section": "payload",
    "made": [
        {
            "field": "dishes[].price",
            **PLACE,
            "count": 19,
            "examples": [{"field": "dishes[0].price", "value": 1299, "records": [RECORD]}],
        }
    ],
    "absent": [{"field": "price", **PLACE, "count": 2}],
}
DISH_EXAMPLE: dict[str, Any] = {
    "dishes": [
        {
            "record": RECORD,
            "present": False,
            "places": [],
            "reasons": [
                {
                    "code": "condition",
                    "message": "`$if: item.availability` is false, because item.availability is false.",
                    "hint": "",
                    **PLACE,
                    "because": [],
                }
            ],
            "findings": [],
        }
    ]
}


@click.command(
    cls=DescribedCommand,
    examples=[
        f"explain {{platform}} --menu {MENU} --field 'menu.categories[0].items[3].price'",
        f'explain {{platform}} --menu {MENU} --field "menu.categories[].items[?price > `1500`].name" --limit 3',
        f"explain {{platform}} --menu {MENU} --line 107",
        f"explain {{platform}} --menu {MENU} --dish Pekingsuppe",
    ],
    json_examples={
        "--field … --format json": FIELD_EXAMPLE,
        "--line … --format json": LINE_EXAMPLE,
        "--dish … --format json": DISH_EXAMPLE,
    },
)
@platform_argument()
@click.option("--menu", metavar="FILE", required=True, help="The menu, as JSON; - is standard input.")
@click.option(
    "--field",
    metavar="PATH",
    help="A payload field, there or not. [] is every entry, * every key, [?…] a JMESPath filter.",
)
@click.option("--line", metavar="LINE", help="A mapping line, as 41 or FILE:41: what did it make?")
@click.option(
    "--dish", metavar="NAME", help="A dish's name or id (or another record's): where is it, or why is it not?"
)
@click.option(
    "--limit",
    type=click.IntRange(1, 10_000),
    default=LIMIT,
    show_default=True,
    help="So many fields at most are explained.",
)
@store_option()
@environment_option()
@format_option()
@collector_paused()
def command(
    mapping_file: Path,
    menu: str,
    field: str | None,
    line: str | None,
    dish: str | None,
    limit: int,
    store: dict[str, str],
    environment: str,
    form: str,
) -> int:
    """Tell why a payload field has its value, or is not there.

    Names the mapping's line, the loops it stands in with the record of each, the value in the menu and each
    transform's result. Backwards: every field that a mapping line made, and where a dish is.
    """
    if sum(option is not None for option in (field, line, dish)) != 1:
        raise WrongUse("Ask for one of --field, --line and --dish.")
    number, file = _line(line) if line is not None else (0, None)
    explainer = _explainer(mapping_file, menu, store, environment)
    if explainer is None:
        return 1
    width = width_of(sys.stdout)
    if line is not None:
        used = explainer.line(number, _file(explainer, file))
        emit(pretty(used.data()) if form == "json" else line_text(used, width=width))
        return 0
    if dish is not None:
        found, hint = explainer.dish(dish)
        if form == "json":
            emit(pretty({"dishes": [presence.data() for presence in found]}))
        elif found:
            emit(presences_text(found, width=width))
        if not found:
            tell(f"The menu has no dish `{dish[:80]}`. {hint}".strip())
        return int(not found)
    assert field is not None
    try:
        explained = explainer.fields(field, limit=limit)
    except WrongField as error:
        raise WrongUse(str(error)) from None
    if form == "json":
        emit(pretty(explained.data()))
    elif explained.fields or explained.dishes:
        emit(explained_text(explained, width=width))
    if explained.total == 0:
        tell(f"Nothing in the payload fits `{field[:200]}`. {explained.hint}".rstrip())
    return int(explained.total == 0)


def _explainer(mapping_file: Path, menu: str, store: dict[str, str], environment: str) -> Explainer | None:
    """Make a preview and its explainer; where none can be made, tell why."""
    reading = read_menu_input(menu)
    mapping, findings = compile_file(mapping_file)
    if mapping is None or not mapping.usable:
        tell_findings(findings)
        return None
    values = environment_values(mapping, environment)
    if reading.menu is None:
        tell_findings(reading.findings)
        return None
    made = preview(mapping, reading.menu, store=store, environment=values)
    if made.payload is None:
        tell_findings((*reading.findings, *made.findings))
        return None
    return Explainer(mapping, reading.menu, made, (*reading.findings, *made.findings))


def _line(text: str) -> tuple[int, str | None]:
    file, _, number = text.rpartition(":")
    if not number.isascii() or not number.isdigit() or not 0 < len(number) < 8:
        raise WrongUse(f"--line takes a line's number, such as 41 or FILE:41, not `{text[:80]}`.")
    return int(number), file or None


def _file(explainer: Explainer, wanted: str | None) -> str | None:
    """Give the mapping file that is meant, as the mapping itself knows it."""
    if wanted is None:
        return None
    files = explainer.files
    found = next((file for file in files if file == wanted or Path(file).name == Path(wanted).name), None)
    if found is None:
        raise Failure(f"{wanted[:200]} is no part of this mapping, which is made of {', '.join(files)}.")
    return found
