"""The page ``docs/cli.md``, made of the commands themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from inspect import cleandoc

import click

from pipeline.cli.application import COMMANDS, program
from pipeline.cli.described import DescribedCommand
from pipeline.findings import Finding, Place, Record, as_json

PROGRAM = "python cli.py"

HEAD = """\
# Command line

Made by `make generated` from the commands; not edited by hand. `menu-sync` is the same program where the package is
installed.

- Data goes to stdout, everything else to stderr.
- Exit codes: 0 done, 1 the job failed or found problems, 2 wrong usage, 130 stopped by Ctrl-C. Warnings leave 0,
  `--strict` makes them 1; a finding of severity `error` or `hold` makes 1, and what could be made is still printed.
- Colours are shown on a terminal only, and never where `NO_COLOR` is set.
- `--output FILE` is written as a whole or not at all.
- A fault of the program itself is told in one sentence; with `MENU_SYNC_DEBUG=1` its traceback is shown, too.

## Findings

Wherever JSON holds findings, each has these keys. `file`, `line` and `column` are null where the finding is not about a
line of a file; `records` goes from the outermost record in; `count` is how many records one finding stands for.
`severity` is `error`, `hold`, `warning` or `note`.
"""

EXAMPLE_FINDING = Finding(
    "negative-price",
    "error",
    "The price of Margherita is -2.69.",
    "Write a price of 0 or more.",
    Place("menu.json", 12, 16),
    (Record("category", "c-1", "Pizza"), Record("item", "i-7", "Margherita")),
    "price",
)


def reference() -> str:
    """Give the page's text."""
    context = click.Context(program, info_name=PROGRAM, **program.context_settings)
    parts = [HEAD, *_json(as_json(EXAMPLE_FINDING)), "", "## Commands", ""]
    commands = {name: program.get_command(context, name) for name in COMMANDS}
    parts += [
        f"- [`{name}`](#{name}): {command.get_short_help_str(200)}" for name, command in commands.items() if command
    ]
    for name, command in commands.items():
        if command is not None:
            parts += ["", *_section(click.Context(command, info_name=name, parent=context), command)]
    return "\n".join(parts) + "\n"


def _section(context: click.Context, command: click.Command, level: int = 3) -> Iterator[str]:
    yield f"{'#' * level} {context.info_name}"
    yield ""
    yield cleandoc(command.help or "").replace("\b\n", "").strip()
    yield ""
    yield "```console"
    if isinstance(command, DescribedCommand):
        yield from (f"$ {example}" for example in command.examples_for(PROGRAM))
    else:
        yield f"$ {context.command_path} {' '.join(command.collect_usage_pieces(context))}"
    yield "```"
    yield ""
    yield f"Usage: `{context.command_path} {' '.join(command.collect_usage_pieces(context))}`"
    options = [record for parameter in command.get_params(context) if (record := parameter.get_help_record(context))]
    if options:
        yield ""
        yield "| option | meaning |"
        yield "| --- | --- |"
        yield from (f"| `{_cell(option)}` | {_cell(meaning)} |" for option, meaning in options)
    if isinstance(command, DescribedCommand):
        for options_given, example in command.json_examples.items():
            yield ""
            yield f"With `{options_given}`:"
            yield ""
            yield from _json(example)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None:
                yield ""
                yield from _section(click.Context(inner, info_name=name, parent=context), inner, level + 1)


def _json(value: object) -> list[str]:
    return ["```json", json.dumps(value, indent=2, ensure_ascii=False), "```"]


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
