"""``new``: drafts a mapping from a platform's sample payload."""

from __future__ import annotations

import os
import re
from pathlib import Path

import click

from pipeline.cli.console import tell
from pipeline.cli.described import DescribedCommand
from pipeline.cli.errors import Failure, WrongUse
from pipeline.cli.files import check_output, read_file, write_output
from pipeline.cli.findings_text import tell_findings
from pipeline.cli.options import exit_code, output_option
from pipeline.drafting import draft
from pipeline.drafting.draft import read_sample
from pipeline.mapping.form.kind import NAME_PATTERN

SCHEMA = Path("mappings.schema.json")


@click.command(
    cls=DescribedCommand,
    examples=[
        "new pizza_post --sample sample.json",
        "new pizza_post --sample sample.json --output mappings/pizza_post.yaml",
    ],
)
@click.argument("platform", metavar="PLATFORM", help="The new platform's name: small letters, digits and _.")
@click.option(
    "--sample", metavar="FILE", required=True, help="A payload of the platform, as JSON; - is standard input."
)
@output_option("Write it to a file instead of stdout; mappings/PLATFORM.yaml is its place.")
def command(platform: str, sample: str, output: str | None) -> int:
    """Draft a mapping from a sample of the platform's payload.

    Lists become loops over the menu, fields become formulas where their names and values tell what they are. What does
    not is kept as in the sample and marked with a remark. docs/new-platform.md says how to go on.
    """
    if not re.fullmatch(NAME_PATTERN, platform) or platform != platform.lower():
        raise WrongUse(f"{platform[:80]!r} cannot be a platform's name: use small letters, digits and _.")
    if (
        output is not None
        and Path(output).exists()
        and Path(output).is_file()
        and Path(output).suffix in (".yaml", ".yml")
    ):
        raise WrongUse(f"{output} is there already; a draft does not write over a mapping. Choose another name.")
    check_output(output, [sample])
    drafted = draft(platform, _sample(sample), schema=_schema(output))
    write_output(drafted.text, output)
    tell(f"Fields with a formula: {drafted.guessed}; kept as in the sample: {drafted.kept}, see the remarks.")
    folder = Path(output).parent if output not in (None, "-") else Path("mappings")
    tell(
        f"What it makes is not checked against the platform's rules until its payload schema lies in "
        f"{folder / 'payloads' / platform}.json. docs/new-platform.md goes on from here."
    )
    tell_findings(drafted.findings)
    return exit_code(drafted.findings, strict=False)


def _sample(name: str) -> object:
    data = read_file(name, "the sample payload")
    try:
        value = read_sample(data)
    except (ValueError, RecursionError):
        raise Failure(f"{name} is no JSON that could be a sample payload.") from None
    if not isinstance(value, dict) and not (isinstance(value, list) and value and isinstance(value[0], dict)):
        raise Failure(f"{name} holds no object: a sample payload is what a platform takes, whole.")
    return value


def _schema(output: str | None) -> str:
    """Give the editors' schema as seen from where the draft will lie."""
    if output in (None, "-"):
        return f"../{SCHEMA}"
    return Path(os.path.relpath(SCHEMA, Path(output or ".").parent)).as_posix()
