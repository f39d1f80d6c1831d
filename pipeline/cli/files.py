"""Files that commands read and write: read within a size, written whole or not at all."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from pipeline.cli.console import emit, tell
from pipeline.cli.errors import Failure, WrongUse

MAX_BYTES = 64 * 1024 * 1024
"""More than any menu or mapping; keeps an endless file from filling the memory."""

STANDARD = "-"
"""As a file's name: standard input or output."""


def read_file(name: str, what: str) -> bytes:
    """Give a file's bytes, or standard input's for ``-``; ``what`` it is (a menu) is for the message.

    Raises :class:`WrongUse` where there is no such file, :class:`Failure` where it cannot be read
    or is larger than :data:`MAX_BYTES`.
    """
    try:
        if name == STANDARD:
            data = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            if not stat.S_ISREG(mode := Path(name).stat().st_mode) and not stat.S_ISDIR(mode):
                way = f"Write {what} into a file first, or send it to the command's input and name `{STANDARD}`."
                raise WrongUse(f"{name} is a pipe or a device, which may never end. {way}")
            with Path(name).open("rb") as file:
                data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise WrongUse(f"There is no file {name} (asked for as {what}).") from None
    except IsADirectoryError:
        raise WrongUse(f"{name} is a folder; {what} is one file.") from None
    except ValueError:  # a NUL in the name
        raise WrongUse(f"{name!r} is no file name.") from None
    except OSError as error:
        raise Failure(f"{name} cannot be read: {error.strerror or error}.") from None
    if len(data) > MAX_BYTES:
        raise Failure(f"{name} is larger than {MAX_BYTES // 1024 // 1024} MB, which no {what.split()[-1]} is.")
    return data


def check_output(name: str | None, inputs: Iterable[str | Path | None]) -> None:
    """Refuse, before any work, an output that is a folder, has none, or is one of the inputs."""
    if name is None or name == STANDARD:
        return
    if "\0" in name:
        raise WrongUse(f"{name[:80]!r} is no file name.")
    path = Path(name)
    try:
        if path.is_dir() or name.endswith("/"):
            raise WrongUse(f"{name} is a folder; --output takes a file.")
        if not path.parent.is_dir():
            raise WrongUse(f"There is no folder {path.parent} to write {path.name} into.")
    except OSError:  # too long
        raise WrongUse(f"{name[:80]!r} is no file name.") from None
    for source in inputs:
        if source is not None and str(source) != STANDARD and _same(path, Path(source)):
            raise WrongUse(f"--output {name} would overwrite its own input; choose another name.")


def write_output(text: str, name: str | None) -> None:
    """Write text to a file, as a whole or not at all, or to stdout where no name or ``-`` is given.

    Raises :class:`Failure` where the file cannot be written; what stood in it is then still there.
    """
    if name is None or name == STANDARD:
        emit(text)
        return
    path = Path(name)
    data = (text if text.endswith("\n") else text + "\n").encode("utf-8", errors="backslashreplace")
    try:
        if path.exists() and not path.is_file():  # a device or a named pipe cannot be replaced
            path.write_bytes(data)
        else:
            replace_whole(path.resolve(), data)
    except OSError as error:
        raise Failure(f"{name} cannot be written: {error.strerror or error}.") from None
    tell(f"Wrote {name}.")


def _same(left: Path, right: Path) -> bool:
    try:
        return left.samefile(right)
    except OSError:
        return False


def replace_whole(path: Path, data: bytes) -> None:
    """Put bytes in a file's place at once, with its permissions; raises OSError, and the old file is still there."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(_mode(path))
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _mode(path: Path) -> int:
    """Give the permissions that the file has, or that a new one gets."""
    if path.exists():
        return stat.S_IMODE(path.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
