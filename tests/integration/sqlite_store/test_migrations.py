"""Migrations go forward only, and whole."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from pipeline.store.sqlite import SqliteStore
from pipeline.store.sqlite.schema import MIGRATIONS, migrate
from tests.integration.sqlite_store.trying import refusal
from tests.integration.store_contract.making import operation


def bare(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None)


def versions(connection: sqlite3.Connection) -> list[int]:
    return [version for (version,) in connection.execute("SELECT version FROM schema_version ORDER BY version")]


def test_migrations_go_forward_and_keep_what_is_there(path: Path):
    store = SqliteStore(path)
    store.enqueue(operation("op_1"))
    store.close()
    connection = bare(path)
    more = (*MIGRATIONS, ("ALTER TABLE audit ADD COLUMN origin TEXT",), ("CREATE TABLE extra (x)", "DROP TABLE seen"))
    migrate(connection, "x.db", more)
    assert versions(connection) == [1, 2, 3]
    migrate(connection, "x.db", more)
    assert versions(connection) == [1, 2, 3]
    assert connection.execute("SELECT operation_id FROM operations").fetchall() == [("op_1",)]
    connection.close()


def test_an_older_program_refuses_a_newer_database(path: Path):
    SqliteStore(path).close()
    connection = bare(path)
    migrate(connection, "x.db", (*MIGRATIONS, ("CREATE TABLE extra (x)",)))
    connection.close()
    before = path.read_bytes()
    error = str(refusal(lambda: SqliteStore(path)))
    assert error == (
        f"The database {path} was written by a newer version of this program "
        "(its tables are at step 2, this one knows 1): update the program."
    )
    assert path.read_bytes() == before


def test_a_migration_that_fails_leaves_the_step_before(path: Path):
    SqliteStore(path).close()
    connection = bare(path)
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, "x.db", (*MIGRATIONS, ("CREATE TABLE extra (x)", "CREATE TABLE extra (y)")))
    assert versions(connection) == [1]
    assert connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'extra'").fetchone() == (0,)
    connection.close()
    SqliteStore(path).close()
