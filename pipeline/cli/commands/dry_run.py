"""``dry-run``: what a publish would send, and everything to be told of it; nothing is sent."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli.described import DescribedCommand
from pipeline.cli.errors import WrongUse
from pipeline.cli.files import check_output, write_output
from pipeline.cli.findings_text import tell_findings
from pipeline.cli.menu_input import environment_values, fetched, read_menu_input
from pipeline.cli.options import (
    environment_option,
    exit_code,
    format_option,
    output_option,
    platform_argument,
    store_option,
    strict_option,
)
from pipeline.cli.preview_views import REQUEST_EXAMPLE, RUN_EXAMPLE, SUMMARY_EXAMPLE, VIEWS, as_document
from pipeline.findings import Finding
from pipeline.json_text import pretty
from pipeline.mapping.compiled import CompiledMapping, compile_file
from pipeline.preview import Preview, preview

MENU = "mappings/examples/menus/us-dominos-4336.json"


@click.command(
    cls=DescribedCommand,
    examples=[
        f"dry-run {{platform}} --menu {MENU}",
        f"dry-run {{platform}} --menu {MENU} --show summary --store store_id=s-1",
        f"dry-run {{platform}} --menu {MENU} --show requests",
        "dry-run {platform} --restaurant rest_001",
        "dry-run my-mapping.yaml --menu menu.json --output payload.json --strict",
    ],
    json_examples={
        "--format json": {**RUN_EXAMPLE, "payload": {"…": "as it would be sent"}, "findings": []},
        "--format json --show summary": {**RUN_EXAMPLE, "summary": SUMMARY_EXAMPLE, "findings": []},
        "--format json --show requests": {**RUN_EXAMPLE, "requests": [REQUEST_EXAMPLE], "findings": []},
    },
)
@platform_argument()
@click.option("--menu", metavar="FILE", help="The menu, as JSON; - is standard input.")
@click.option("--restaurant", metavar="ID", help="The restaurant's menu as its service gives it, with its settings.")
@store_option()
@environment_option()
@click.option(
    "--show",
    type=click.Choice(list(VIEWS)),
    default="payload",
    show_default=True,
    help="The payload as it would be sent, what it holds in short, or the requests with secrets masked.",
)
@format_option()
@output_option("Write it to a file instead of stdout.")
@strict_option()
def command(
    mapping_file: Path,
    menu: str | None,
    restaurant: str | None,
    store: dict[str, str],
    environment: str,
    show: str,
    form: str,
    output: str | None,
    strict: bool,
) -> int:
    """Print what a publish would send to PLATFORM; nothing is sent or stored.

    Everything that was assumed, changed or left out, and whatever is wrong, is told on stderr. With --format json it is
    all in one object.
    """
    if (menu is None) == (restaurant is None):
        raise WrongUse("Name a menu's FILE by --menu, or a restaurant by --restaurant.")
    check_output(output, [menu, mapping_file])
    mapping, findings = compile_file(mapping_file)
    if menu is not None:
        reading = read_menu_input(menu)
    else:
        assert restaurant is not None
        here = fetched(restaurant, mapping.platform if mapping is not None else "")
        reading, store = here.reading, {**here.settings, **store}
    made: Preview | None = None
    if mapping is not None and mapping.usable:
        values = environment_values(mapping, environment)
        findings += reading.findings
        if reading.menu is not None:
            made = preview(mapping, reading.menu, store=store, environment=values)
            findings += made.findings
    _write(mapping, made, findings, show=show, form=form, environment=environment, output=output)
    if form == "text":
        tell_findings(findings)
    return exit_code(findings, strict=strict)


def _write(
    mapping: CompiledMapping | None,
    made: Preview | None,
    findings: tuple[Finding, ...],
    *,
    show: str,
    form: str,
    environment: str,
    output: str | None,
) -> None:
    if form == "json":
        write_output(pretty(as_document(mapping, made, findings, show, environment)), output)
    elif mapping is not None and made is not None and made.payload is not None:
        write_output(VIEWS[show].text(mapping, made, findings), output)
