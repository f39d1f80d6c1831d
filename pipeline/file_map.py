"""``docs/files.md``: every package and module with the sentence that it says of itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
PLACES = ("pipeline", "connectors", "handlers", "sandbox", "benchmarks", "demo")
START = """# What lies where, file by file

Made of the files' own first sentences by `make generated`; [architecture.md](architecture.md) tells how they go
together.
"""


def text() -> str:
    """Give the page."""
    return START + "".join(_section(folder) for place in PLACES for folder in _packages(REPOSITORY / place))


def sentence_of(path: Path) -> str:
    """Give the first sentence or line of a module's docstring, as Markdown; nothing where it has none.

    >>> sentence_of(Path(__file__))
    '`docs/files.md`: every package and module with the sentence that it says of itself.'
    """
    said = ast.get_docstring(ast.parse(path.read_bytes())) or ""
    return " ".join(said.split("\n\n")[0].split()).replace("``", "`").replace("|", "\\|")


def _packages(folder: Path) -> Iterator[Path]:
    if not any(folder.glob("*.py")):
        return
    yield folder
    for inner in sorted(folder.iterdir()):
        if inner.is_dir():
            yield from _packages(inner)


def _section(folder: Path) -> str:
    package = folder / "__init__.py"
    about = sentence_of(package) if package.is_file() else ""
    rows = "".join(f"| `{path.name}` | {sentence_of(path)} |\n" for path in _modules(folder))
    head = f"\n## `{folder.relative_to(REPOSITORY).as_posix()}/`\n" + (f"\n{about}\n" if about else "")
    return head + (f"\n| file | concept |\n| --- | --- |\n{rows}" if rows else "")


def _modules(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.py") if path.name != "__init__.py")
