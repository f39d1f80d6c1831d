from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.store.sqlite import SqliteStore
from tests.integration.sqlite_store.trying import SHORT


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore(path, busy_timeout=SHORT)
    yield opened
    opened.close()


@pytest.fixture
def outsider(store: SqliteStore, path: Path) -> Iterator[sqlite3.Connection]:
    """Give another program's connection to the store's file."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=0)
    yield connection
    connection.close()
