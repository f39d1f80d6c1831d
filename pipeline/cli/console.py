"""What is written to a terminal or a pipe: data on stdout, everything else on stderr.

Nothing that a menu holds can steer the terminal (:func:`visible`), and a reader that has seen
enough (``| head``) ends nothing but the writing.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import RenderableType

MAX_WIDTH = 120
UNWRAPPED = 10_000

# Control characters (C0, DEL, C1), directions, line separators, the byte order mark, halves of characters.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def prepare_streams() -> None:
    """Make both streams take any text, whatever the terminal's character set."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="backslashreplace")


def visible(text: str, limit: int | None = None) -> str:
    r"""Make a text safe to show: blanks for line breaks and tabs, escapes for what steers a terminal.

    ``limit`` is the most characters that are shown.

    >>> visible("two\nlines, \x1b[31mred")
    'two lines, \\u001b[31mred'
    >>> visible("Margherita", limit=6)
    'Margh…'
    """
    if limit is not None and len(text) > limit:
        text = text[: limit - 1] + "…"
    return _UNPRINTABLE.sub(lambda found: " " if found[0] in "\t\n\r" else f"\\u{ord(found[0]):04x}", text)


def emit(text: str) -> None:
    """Write data to stdout, with a line end; a closed pipe is no failure."""
    _write(sys.stdout, text)


def tell(text: str) -> None:
    """Write to stderr what a person should know beside the data."""
    _write(sys.stderr, text)


def _write(stream: TextIO, text: str) -> None:
    try:
        stream.write(text if text.endswith("\n") else text + "\n")
        stream.flush()
    except BrokenPipeError:
        # The reader has left. What is still buffered, and what follows, goes nowhere.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def width_of(stream: TextIO) -> int:
    """Give the columns to wrap texts to: the terminal's, at most 120; in a pipe or file lines stay whole for grep."""
    return min(shutil.get_terminal_size((MAX_WIDTH, 24)).columns, MAX_WIDTH) if stream.isatty() else UNWRAPPED


def colours_on(stream: TextIO) -> bool:
    """Tell whether colours are shown: on a terminal, unless ``NO_COLOR`` is set or it is a dumb one."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def render(parts: Iterable[RenderableType], *, width: int, colours: bool = False) -> str:
    """Lay out texts and tables; lines end without blanks."""
    from rich.console import Console  # a third of a short command's start, where nothing is laid out

    console = Console(
        file=io.StringIO(),
        width=width,
        force_terminal=colours,
        color_system="standard" if colours else None,
        legacy_windows=False,
        highlight=False,
        markup=False,
        emoji=False,
    )
    with console.capture() as captured:
        for part in parts:
            console.print(part)
    return "\n".join(line.rstrip() for line in captured.get().splitlines())
