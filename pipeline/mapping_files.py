"""Where mapping files lie, and which platform's mapping a user means."""

from __future__ import annotations

from pathlib import Path

from pipeline.mapping.nearest import did_you_mean

FOLDER = Path(__file__).resolve().parent.parent / "mappings"
ENDINGS = (".yaml", ".yml")


class UnknownPlatform(LookupError):
    """No mapping is meant by what was asked for; the message is one sentence for the user."""


def mapping_files(folder: Path = FOLDER) -> dict[str, Path]:
    """Give every platform's name with its mapping file, by name."""
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def find_mapping(platform: str, folder: Path = FOLDER) -> Path:
    """Give the mapping file of a platform's name, or the file itself where a path is given.

    Raises :class:`UnknownPlatform`, which names what is near.
    """
    files = mapping_files(folder)
    if platform in files:
        return readable(files[platform])
    if platform.endswith(ENDINGS) or "/" in platform or "\\" in platform:
        path = Path(platform)
        if _is_file(path):
            return path
        if _is_folder(path):
            raise UnknownPlatform(f"{platform[:200]} is a folder; a mapping is one file.")
        raise UnknownPlatform(f"There is no mapping file {platform[:200]}.")
    known = f"Known are {', '.join(files)}." if files else f"There are no mappings in {readable(folder)}."
    hint = did_you_mean(platform, files)
    raise UnknownPlatform(" ".join(part for part in (f"There is no platform `{platform[:80]}`.", hint, known) if part))


def readable(path: Path) -> Path:
    """Give the path as a user would write it: from the current folder, where it lies below that."""
    try:
        return path.relative_to(Path.cwd())
    except ValueError:
        return path


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name that the system does not take: too long, or with a NUL
        return False
