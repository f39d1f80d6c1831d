"""``coverage``: which field of the internal menu reaches which platform, and what a platform offers beside."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pipeline.cli.console import width_of
from pipeline.cli.described import DescribedCommand
from pipeline.cli.files import check_output, write_output
from pipeline.cli.findings_text import tell_findings
from pipeline.cli.options import exit_code, mappings_argument, output_option
from pipeline.cli.tables import table_text
from pipeline.coverage.matrix import STATES, Matrix, coverage
from pipeline.coverage.page import page
from pipeline.coverage.text import headings, reasons, table_rows
from pipeline.findings import Finding
from pipeline.json_text import pretty
from pipeline.mapping.compiled import CompiledMapping, compile_file

EXAMPLE = {
    "states": dict(STATES),
    "platforms": [
        {
            "name": "pizza_post",
            "title": "Pizza Post",
            "file": "mappings/pizza_post.yaml",
            "unfilled": [
                {"path": "dishes[].spiciness", "required": False, "reason": "not in the internal menu", "about": ""}
            ],
            "counts": {"reaches": 40, "sometimes": 20, "apart": 1, "lost": 17},
        }
    ],
    "fields": [
        {
            "field": "item.price",
            "platforms": {
                "pizza_post": {
                    "state": "reaches",
                    "because": [],
                    "targets": [{"path": "dishes[].price", "file": "mappings/pizza_post.yaml", "line": 21}],
                }
            },
        }
    ],
}


@click.command(
    cls=DescribedCommand,
    examples=["coverage", "coverage {platform}", "coverage --format html --output coverage.html"],
    json_examples={"--format json": EXAMPLE},
)
@mappings_argument()
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "html"]),
    default="table",
    show_default=True,
    help="A table with reasons, JSON for machines, or one page that needs nothing else.",
)
@output_option("Write it to a file instead of stdout.")
def command(mappings: tuple[Path, ...], form: str, output: str | None) -> int:
    """Show which field of the internal menu reaches which platform.

    Computed from the mappings, without any menu: what arrives whenever the menu has it, only under a condition, by a
    call of its own, or not at all and why; and what each platform offers that no rule fills.
    """
    check_output(output, mappings)
    usable: list[CompiledMapping] = []
    findings: list[Finding] = []
    for path in mappings:
        mapping, told = compile_file(path)
        findings += (finding for finding in told if finding.severity == "error")
        if mapping is not None and mapping.usable:
            usable.append(mapping)
    if usable:
        write_output(_written(coverage(usable), form), output)
    tell_findings(findings)
    return exit_code(findings, strict=False)


def _written(matrix: Matrix, form: str) -> str:
    if form == "json":
        return pretty(matrix.as_json())
    if form == "html":
        return page(matrix)
    table = table_text(headings(matrix), table_rows(matrix), width=width_of(sys.stdout))
    return "\n".join([table, *reasons(matrix)])
