"""Data flows one way: what each package may import, held to the code's own imports."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.shared_files import REPOSITORY

MAPPING = (
    "expressions", "transforms", "formulas", "yaml", "form", "rules", "arrivals", "compiler", "conversation",
    "validation",
)  # fmt: skip
"""The folders of ``pipeline.mapping``, each knowing those before it."""

NETWORK = ("httpx", "httpx2", "h11", "boto3", "botocore", "uvicorn", "fastapi", "starlette", "socket")
FORBIDDEN = {
    "pipeline/mapping": (
        "connectors", "pipeline.coverage", "pipeline.preview", "pipeline.store", "pipeline.sync", "pipeline.api",
        "sqlite3", *NETWORK,
    ),
    "pipeline/reading": ("pipeline.mapping", "pipeline.shaping", "connectors", "pipeline.store", *NETWORK),
    "pipeline/shaping": ("pipeline.mapping", "connectors", "pipeline.store", *NETWORK),
    "pipeline/explaining": ("connectors", "pipeline.store", "pipeline.sync", *NETWORK),
    "pipeline/comparing": ("connectors", "pipeline.store", "pipeline.sync", *NETWORK),
    "pipeline/pictures": ("connectors", "pipeline.store", "pipeline.sync", *NETWORK),
    "pipeline/store": ("pipeline.mapping", "pipeline.sync", "pipeline.menu", "connectors", "httpx2", "httpx"),
    "pipeline/sync": ("pipeline.api", "pipeline.cli", "handlers", "sqlite3", "fastapi"),
    "connectors": (
        "pipeline.menu", "pipeline.reading", "pipeline.shaping", "pipeline.sync", "pipeline.api", "pipeline.cli",
    ),
    "sandbox": ("pipeline", "connectors", "handlers"),
}  # fmt: skip


def imports_of(path: Path) -> set[str]:
    """Give every module that a file imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def crossings(folder: str, forbidden: tuple[str, ...]) -> list[str]:
    return [
        f"{path.relative_to(REPOSITORY)} imports {name}"
        for path in sorted((REPOSITORY / folder).rglob("*.py"))
        for name in sorted(imports_of(path))
        if any(name == other or name.startswith(f"{other}.") for other in forbidden)
    ]


@pytest.mark.parametrize("folder", FORBIDDEN)
def test_a_package_knows_nothing_that_stands_right_of_it(folder: str) -> None:
    assert crossings(folder, FORBIDDEN[folder]) == []


def test_the_mapping_folders_are_all_of_them() -> None:
    found = {path.parent.name for path in (REPOSITORY / "pipeline/mapping").glob("*/__init__.py")}
    assert found == set(MAPPING)


@pytest.mark.parametrize("folder", MAPPING)
def test_a_folder_of_the_language_knows_only_those_before_it(folder: str) -> None:
    later = MAPPING[MAPPING.index(folder) + 1 :]
    whole = () if folder == "validation" else ("compiled", "image")
    forbidden = tuple(f"pipeline.mapping.{other}" for other in (*later, *whole))
    assert crossings(f"pipeline/mapping/{folder}", forbidden) == []


def test_a_crossing_is_found() -> None:
    assert crossings("pipeline/api", ("fastapi",))
