"""What ends a command early, told in one sentence: wrong usage (exit 2) or a job that failed (exit 1)."""

from __future__ import annotations

from typing import IO, Any

import click

from pipeline.cli.console import tell, visible


class Stop(click.ClickException):
    """Ends the command with a sentence for the user; :class:`WrongUse` or :class:`Failure`."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the sentence on stderr."""
        tell(f"Error: {visible(self.format_message())}")


class WrongUse(Stop):
    """What was asked for cannot be meant, such as a platform that does not exist."""

    exit_code = 2


class Failure(Stop):
    """The job could not be done."""

    exit_code = 1
