"""A menu from a file: whatever is wrong with the file is one sentence."""

from __future__ import annotations

import stat
from pathlib import Path

from pipeline.reading.limits import MAX_BYTES
from pipeline.reading.problems import Problems
from pipeline.reading.reader import Reading, read_document
from pipeline.reading.strict_json import size_is_fine


def read_file(path: str | Path, *, keep_extra: bool = True) -> Reading:
    """Read a whole menu from a JSON file; never raises for what the file is or holds."""
    path = Path(path)
    problems = Problems(file=str(path))
    data = _bytes(path, problems)
    if data is None:
        return Reading(None, problems.findings())
    return read_document(data, problems, keep_extra=keep_extra)


def _bytes(path: Path, problems: Problems) -> bytes | None:
    try:
        about = path.stat()
        if stat.S_ISDIR(about.st_mode):
            problems.add("menu-file-unreadable", f"{path} is a folder.", hint="Name a menu's JSON file inside it.")
            return None
        if not stat.S_ISREG(about.st_mode):  # a pipe or a device may never end
            hint = "Write the menu into a file first."
            problems.add("menu-file-unreadable", f"{path} is not a file, but a pipe or a device.", hint=hint)
            return None
        if not size_is_fine(about.st_size, problems):
            return None
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)  # it may have grown meanwhile
    except (FileNotFoundError, NotADirectoryError):
        problems.add("menu-file-missing", f"There is no file {path}.", hint="Check the path.")
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        problems.add("menu-file-unreadable", f"{path} cannot be read: {reason}.", hint="Check the file's permissions.")
    return None
