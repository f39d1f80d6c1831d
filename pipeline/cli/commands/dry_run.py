"""``dry-run``: what a publish would send, and everything to be told of it; nothing is sent."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli.described import DescribedCommand
from pipeline.cli.errors import WrongUse
from pipeline.cli.files import STANDARD, check_output, read_file, write_output
from pipeline.cli.findings_text import tell_findings
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
from pipeline.mapping.nearest import did_you_mean
from pipeline.preview import Preview, preview
from pipeline.reading import Reading, read_menu
from pipeline.reading import read_file as read_menu_file

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
    reading = _read(menu)
    mapping, findings = compile_file(mapping_file)
    made: Preview | None = None
    if mapping is not None and mapping.usable:
        values = _environment(mapping, environment)
        findings += reading.findings
        if reading.menu is not None:
            made = preview(mapping, reading.menu, store=store, environment=values)
            findings += made.findings
    _write(mapping, made, findings, show=show, form=form, environment=environment, output=output)
    if form == "text":
        tell_findings(findings)
    return exit_code(findings, strict=strict)


def _read(menu: str) -> Reading:
    """Read a menu; a name that means no file is wrong usage, a pipe is read as far as a menu can be long."""
    try:
        plain = menu != STANDARD and Path(menu).is_file()
    except (OSError, ValueError):
        plain = False
    return read_menu_file(menu) if plain else read_menu(read_file(menu, "the menu"))


def _environment(mapping: CompiledMapping, name: str) -> dict[str, str]:
    environments = mapping.document.environments
    if name in environments:
        return dict(environments[name])
    if not environments and name == "sandbox":  # the option's default; the mapping has none to choose from
        return {}
    known = f"It has {', '.join(environments)}." if environments else "It has none."
    hint = did_you_mean(name, environments)
    sentence = f"{mapping.document.title or mapping.platform} has no environment `{name[:80]}`."
    raise WrongUse(" ".join(part for part in (sentence, hint, known) if part))


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
