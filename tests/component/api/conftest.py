"""An admin API over a seeded store, started as a server starts it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api_world import World, world


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[World]:
    """Give a new one, without a worker, so that what is put in line stays there."""
    with world(tmp_path) as running:
        yield running
