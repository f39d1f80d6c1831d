"""The store's file, and all that can be wrong with it."""

from __future__ import annotations

import sqlite3
import stat
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipeline.store.open import open_store
from pipeline.store.protocol import StoreBusy, StoreError
from pipeline.store.sqlite import SqliteStore
from tests.integration.sqlite_store.trying import SHORT, refusal, run
from tests.integration.store_contract.making import LEASE, NOON, at, operation, status


def test_the_file_is_set_up_for_many_readers_and_one_writer(store: SqliteStore, path: Path):
    with store._database.read() as connection:
        asked = {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")}
        assert connection.isolation_level is None
        assert connection.execute("PRAGMA busy_timeout").fetchone()[0] == 50
    assert asked == {"journal_mode": "wal", "synchronous": 1}
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, "it holds tokens of platforms"


def test_a_store_in_memory_leaves_nothing_behind():
    store = SqliteStore(":memory:")
    file = Path(store._database.path)
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(lambda number: store.put_status(status(f"r{number}"), expected_fencing=0), [1, 2]))
    assert len(store.list_statuses().items) == 2
    assert file.exists()
    store.close()
    assert not file.parent.exists()


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda folder: folder, "is a folder"),
        (lambda folder: folder / "none" / "store.db", "there is no folder"),
        (lambda folder: "", "No database file is named"),
        (lambda folder: "a\0b", "No database file is named"),
        (lambda folder: folder / ("x" * 300), "cannot be made"),
    ],
)
def test_places_where_no_database_can_be(tmp_path: Path, make: Callable[[Path], str | Path], says: str):
    assert says in str(refusal(lambda: SqliteStore(make(tmp_path))))


def test_a_file_that_is_no_database(path: Path):
    path.write_text("restaurant,platform\nrest_001,doordash\n" * 100)
    before = path.read_bytes()
    assert "is no SQLite database" in str(refusal(lambda: SqliteStore(path)))
    assert path.read_bytes() == before


def test_another_programs_database(path: Path):
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE orders (id)")
    connection.close()
    assert "belongs to another program" in str(refusal(lambda: SqliteStore(path)))


def test_a_damaged_database(path: Path):
    store = SqliteStore(path)
    for number in range(300):
        store.put_status(status(f"rest_{number}", saved={"x": "y" * 500}), expected_fencing=0)
    store.close()
    data = bytearray(path.read_bytes())
    data[8192:-4096] = b"\xa5" * (len(data) - 12288)
    path.write_bytes(bytes(data))

    def use() -> None:
        store = SqliteStore(path)
        try:
            for number in range(300):
                store.status(f"rest_{number}", "doordash")
            store.put_status(status("rest_new"), expected_fencing=0)
        finally:
            store.close()

    assert "is damaged" in str(refusal(use))


@pytest.mark.parametrize("record", [b"", b"{", b"[]", b'{"restaurant_id": 5}', b"\xff\xfe", b"null"])
def test_a_damaged_record(store: SqliteStore, outsider: sqlite3.Connection, record: bytes):
    store.enqueue(operation("op_1"))
    outsider.execute("UPDATE operations SET record = ?", (record,))
    for do in (
        lambda: store.operation("op_1"),
        lambda: store.due(at(5)),
        lambda: store.history("rest_001"),
        lambda: store.claim("op_1", "a", LEASE, NOON),
    ):
        assert "is damaged" in str(refusal(do))


@pytest.mark.parametrize("damage", ["data", "x''", "substr(data, 1, 20)", "zeroblob(50)"])
def test_a_damaged_blob(store: SqliteStore, outsider: sqlite3.Connection, damage: str):
    store.put_blob("menu", b"[1, 2, 3]" * 1000)
    outsider.execute(f"UPDATE blobs SET data = {damage}")
    if damage == "data":
        assert store.blob("menu") == b"[1, 2, 3]" * 1000
    else:
        assert "is damaged" in str(refusal(lambda: store.blob("menu")))


READ_ONLY = """
import os, sys
from pipeline.store.protocol import StoreError
from pipeline.store.sqlite import SqliteStore
from tests.integration.store_contract.making import status
if os.geteuid() == 0:
    os.setuid(65534)
try:
    store = SqliteStore(sys.argv[1])
    store.put_status(status(), expected_fencing=0)
except StoreError as error:
    print(error)
"""


@pytest.mark.parametrize("folder_mode", [0o555, 0o755])
def test_a_file_that_may_not_be_written(folder_mode: int):
    with tempfile.TemporaryDirectory() as name:
        folder, path = Path(name), Path(name) / "store.db"
        SqliteStore(path).close()
        path.chmod(0o444)
        folder.chmod(folder_mode)
        result = run(READ_ONLY, path)
        folder.chmod(0o755)
    assert result.stderr == ""
    assert "check the rights of the file and of its folder" in result.stdout
    assert result.stdout.endswith(").\n")


def test_a_file_that_may_not_be_written_while_it_is_open(store: SqliteStore):
    with store._database.read() as connection:
        connection.execute("PRAGMA query_only = ON")
    assert "cannot be written" in str(refusal(lambda: store.put_status(status(), expected_fencing=0)))


def test_a_locked_database(store: SqliteStore, outsider: sqlite3.Connection):
    store.put_status(status(), expected_fencing=0)
    outsider.execute("BEGIN IMMEDIATE")
    error = refusal(lambda: store.enqueue(operation("op_1")))
    assert isinstance(error, StoreBusy)
    assert "held by another program" in str(error)
    assert store.status("rest_001", "doordash") == status(), "readers are not kept waiting"
    outsider.execute("ROLLBACK")
    assert store.enqueue(operation("op_1"))[1]


def test_opening_a_locked_database(path: Path):
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    connection.execute("CREATE TABLE t (x)")
    assert isinstance(refusal(lambda: SqliteStore(path, busy_timeout=SHORT)), StoreBusy)
    connection.close()


def test_a_full_disk_loses_nothing_that_was_kept(path: Path):
    store = SqliteStore(path, max_pages=120)
    kept = []
    errors = []
    for number in range(200):
        name = f"rest_{number:03d}"
        try:
            store.enqueue(operation(f"op_{number}", name, details={"x": "y" * 4000}))
            kept.append(name)
        except StoreError as error:
            errors.append(str(error))
    assert errors
    assert all("is full" in error for error in errors)
    assert len(kept) > 10
    assert [entry.restaurant_id for entry in store.list_statuses(limit=500).items] == kept
    assert len(store.due(at(1), limit=500)) == len(kept)
    store.close()
    store = SqliteStore(path)
    assert store.enqueue(operation("op_after", "rest_after"))[1]
    with store._database.read() as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    store.close()


def test_open_store_by_name(path: Path):
    for address in (path, str(path), f"sqlite:{path}", f"sqlite://{path}", f"SQLite:{path}"):
        opened = open_store(address)
        assert isinstance(opened, SqliteStore)
        assert opened._database.path == str(path)
        opened.close()
    assert "'dynamo'; there is: sqlite" in str(refusal(lambda: open_store("dynamo:table")))
