"""The program ``menu-sync``: finds the command, runs it, and turns whatever happens into an exit code.

Exit codes: 0 done, 1 the job failed or found problems, 2 wrong usage, 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from pipeline.cli.console import prepare_streams, tell, visible

COMMANDS: dict[str, str] = {
    "audit": "pipeline.cli.commands.audit",
    "back": "pipeline.cli.commands.back",
    "connect": "pipeline.cli.commands.connect",
    "coverage": "pipeline.cli.commands.coverage",
    "diff": "pipeline.cli.commands.diff",
    "disconnect": "pipeline.cli.commands.disconnect",
    "drift": "pipeline.cli.commands.drift",
    "dry-run": "pipeline.cli.commands.dry_run",
    "errors": "pipeline.cli.commands.errors",
    "event": "pipeline.cli.commands.event",
    "explain": "pipeline.cli.commands.explain",
    "history": "pipeline.cli.commands.history",
    "new": "pipeline.cli.commands.new",
    "pictures": "pipeline.cli.commands.pictures",
    "platforms": "pipeline.cli.commands.platforms",
    "release": "pipeline.cli.commands.release",
    "rollback": "pipeline.cli.commands.rollback",
    "sandbox": "pipeline.cli.commands.sandbox",
    "schema": "pipeline.cli.commands.schema",
    "serve": "pipeline.cli.commands.serve",
    "sold-out": "pipeline.cli.commands.sold_out",
    "status": "pipeline.cli.commands.status",
    "sweep": "pipeline.cli.commands.sweep",
    "sync": "pipeline.cli.commands.sync",
    "test": "pipeline.cli.commands.test",
    "validate": "pipeline.cli.commands.validate",
}
"""Each command's module, imported only when it is asked for, so that a start stays quick."""

CODE = Path(__file__).resolve().parent.parent.parent


class CommandTable(click.Group):
    """A group whose commands are the modules of :data:`COMMANDS`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the commands' names in the table's order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command, or give None where there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        command = import_module(COMMANDS[cmd_name]).command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; an unknown one is told with the names that are near."""
        try:
            return super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand as error:
            raise click.exceptions.NoSuchCommand(args[0], possibilities=list(COMMANDS), ctx=ctx) from error


@click.command(
    cls=CommandTable,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Every command has its own help with an example: menu-sync dry-run --help",
)
@click.version_option(package_name="menu-sync", prog_name="menu-sync")
def program() -> None:
    """Publish a restaurant's menu to delivery platforms, each described by one YAML mapping."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and give the exit code; never raises, never shows a traceback.

    With ``MENU_SYNC_DEBUG=1`` in the environment a bug's traceback is shown.
    """
    prepare_streams()
    try:
        result: Any = program.main(args=arguments, prog_name=_program_name(), standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):  # click has ended the terminal's line
        return 130
    except Exception as error:  # noqa: BLE001 - the last guard: a bug is told, too
        return _tell_bug(error)
    return result if isinstance(result, int) else 0


def _program_name() -> str:
    script = Path(sys.argv[0]).name
    return f"python {script}" if script.endswith(".py") else "menu-sync"


def _tell_bug(error: Exception) -> int:
    if os.environ.get("MENU_SYNC_DEBUG") == "1":
        tell("".join(traceback.format_exception(error)))
    if isinstance(error, OSError) and error.strerror:
        file = f" ({visible(str(error.filename))})" if error.filename else ""
        tell(f"Error: The system refused: {error.strerror}{file}.")
        return 1
    # An error's own words may hold data, even secrets: its kind and place are enough to report it.
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(CODE) and ".venv" not in frame.filename]
    place = f" at {Path(ours[-1].filename).relative_to(CODE)}:{ours[-1].lineno}" if ours else ""
    tell(
        f"Error: Something went wrong inside menu-sync ({type(error).__name__}{place}); "
        "this is a bug, please report it. MENU_SYNC_DEBUG=1 shows the details."
    )
    return 1
