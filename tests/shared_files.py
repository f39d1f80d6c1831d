"""Menus and platform facts that are not part of this repository.

They lie where ``MENU_SYNC_SHARED`` says. Tests that need them are skipped where they are missing,
and fail where ``CI`` is set, so that a green run there has really read them.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("MENU_SYNC_SHARED") or REPOSITORY.parent / "shared")
EXAMPLE_MENUS = REPOSITORY / "mappings" / "examples" / "menus"

COMMITTABLE = ("de-little-dragon", "jp-saizeriya", "ru-angel8", "us-dominos-4336")
"""Real menus with an open licence (MIT); no other may become part of the repository."""


def shared_path(name: str) -> Path:
    """Give the path of a shared file or folder, such as ``menus/us-gotts.json``; skip the test without it."""
    path = SHARED / name
    if not path.exists():
        reason = f"{name} is not in {SHARED}: set MENU_SYNC_SHARED to the folder that holds it"
        if os.environ.get("CI"):
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason, allow_module_level=True)
    return path


def real_menus() -> list[Path]:
    """Give the files of all real menus, sorted; empty where they are missing (for parametrize)."""
    return sorted(path for path in (SHARED / "menus").glob("*.json") if path.name != "menu.schema.json")


def bad_menus() -> list[Path]:
    """Give the files of the menus with one fault each, sorted; empty where they are missing."""
    return sorted((SHARED / "menus" / "bad").glob("*.json"))
