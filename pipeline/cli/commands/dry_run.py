"""``dry-run``: what a publish would send, and everything to be told of it; nothing is sent."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli.described import DescribedCommand
from pipeline.cli.files import check_output, write_output
from pipeline.cli.findings_text import tell_findings
from pipeline.cli.menu_input import environment_values, read_menu_input
from pipeline.cli.options import (
    environment_option,
    exit_code,
    format_option,
    output_option,
    platform_argument,
    store_option,
    strict_option,
)
from pipeline.cli.preview_views import RUN_EXAMPLE, SUMMARY_EXAMPLE, VIEWS, as_document
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
        "dry-run my-mapping.yaml --menu menu.json --output payload.json --strict",
    ],
    json_examples={
        "--format json": {**RUN_EXAMPLE, "payload": {"…": "as it would be sent"}, "findings": []},
        "--format json --show summary": {**RUN_EXAMPLE, "summary": SUMMARY_EXAMPLE, "findings": []},
    },
)
@platform_argument()
@click.option("--menu", metavar="FILE", required=True, help="The menu, as JSON; - is standard input.")
@store_option()
@environment_option()
@click.option(
    "--show",
    type=click.Choice(list(VIEWS)),
    default="payload",
    show_default=True,
    help="The payload as it would be sent, or what it holds in short.",
)
@format_option()
@output_option("Write it to a file instead of stdout.")
@strict_option()
def command(
    mapping_file: Path,
    menu: str,
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
    check_output(output, [menu, mapping_file])
    reading = read_menu_input(menu)
    mapping, findings = compile_file(mapping_file)
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
