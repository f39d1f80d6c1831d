"""``schema``: the JSON Schema by which editors complete and check mapping files."""

from __future__ import annotations

import click

from pipeline.cli.described import DescribedCommand
from pipeline.cli.files import check_output, write_output
from pipeline.cli.options import output_option
from pipeline.generated import text_of

FILE = "mappings.schema.json"


@click.command(cls=DescribedCommand, examples=["schema", "schema --output -"])
@output_option(f"The file to write, {FILE} where none is given; - is stdout.")
def command(output: str | None) -> None:
    """Write the JSON Schema of the mapping language.

    Editors that know it complete mapping files and underline mistakes while they are typed.
    """
    target = output or FILE
    check_output(target, [])
    write_output(text_of(FILE), target)
