"""Threads, processes, transactions that are broken off, locks."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipeline.store.protocol import StoreBusy
from pipeline.store.sqlite import SqliteStore
from pipeline.store.sqlite.schema import MIGRATIONS
from tests.integration.sqlite_store.trying import SHORT, refusal, run
from tests.integration.store_contract.making import claimed, ended, operation
from tests.shared_files import REPOSITORY


def test_threads_share_a_store(path: Path):
    store = SqliteStore(path)
    connections = set()
    start = threading.Barrier(8)

    def work(thread: int) -> list[int]:
        start.wait()
        with store._database.read() as connection:
            connections.add(id(connection))
        numbers = []
        for number in range(25):
            numbers.append(store.next_error_number("rest_001", "doordash", "20261122"))
            store.enqueue(operation(f"op_{thread}_{number}"))
        start.wait()
        return numbers

    before = store.write_requests
    with ThreadPoolExecutor(8) as pool:
        numbers = [number for some in pool.map(work, range(8)) for number in some]
    assert sorted(numbers) == list(range(1, 201))
    assert len(connections) == 8
    assert store.write_requests - before == 400
    (found,) = store.history("rest_001").items
    assert found.joined == 199
    store.close()
    assert [file.name for file in path.parent.iterdir()] == ["store.db"], "the last connection merged the WAL"


INSIDE = """
import os, sys, time
from pipeline.store.sqlite import SqliteStore, rows
from tests.integration.store_contract.making import operation, status
store = SqliteStore(sys.argv[1])
store.put_status(status("rest_before"), expected_fencing=0)
with store._database.write() as connection:
    for number in range(500):
        rows.put_status(connection, status(f"rest_{number}", saved={"x": "y" * 2000}))
    print("inside", flush=True)
    time.sleep(60)
"""


def test_a_process_killed_inside_a_transaction(path: Path):
    with subprocess.Popen(
        [sys.executable, "-c", INSIDE, str(path)], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "inside\n"
        store = SqliteStore(path, busy_timeout=SHORT)
        assert isinstance(refusal(lambda: store.enqueue(operation("op_1"))), StoreBusy)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert [entry.restaurant_id for entry in store.list_statuses().items] == ["rest_before"]
    assert store.enqueue(operation("op_1"))[1]
    with store._database.read() as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    store.close()


FORK = """
import os, sys
from pipeline.store.sqlite import SqliteStore
from tests.integration.store_contract.making import status
store = SqliteStore(sys.argv[1])
store.put_status(status("parent"), expected_fencing=0)
inherited = store._database._connection()
child = os.fork()
if child == 0:
    assert store._database._connection() is not inherited
    store.put_status(status("child"), expected_fencing=0)
    store.close()
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
store.put_status(status("parent again"), expected_fencing=0)
print([entry.restaurant_id for entry in store.list_statuses().items])
store.close()
"""


def test_a_forked_process_opens_a_connection_of_its_own(path: Path):
    result = run(FORK, path)
    assert (result.stdout, result.stderr) == ("['child', 'parent', 'parent again']\n", "")


def test_an_exception_inside_a_transaction_undoes_it(store: SqliteStore):
    def fail() -> None:
        with store._database.write() as connection:
            connection.execute("DELETE FROM schema_version")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with store._database.read() as connection:
        assert not connection.in_transaction
        assert connection.execute("SELECT max(version) FROM schema_version").fetchone() == (len(MIGRATIONS),)


def test_ended_work_leaves_no_lock(store: SqliteStore, outsider: sqlite3.Connection):
    store.enqueue(operation("op_1"))
    taken = claimed(store, "op_1")
    ended(store, taken)
    store.next_error_number("rest_001", "doordash", "20261122")
    store.list_statuses(limit=1)
    outsider.execute("BEGIN IMMEDIATE")
    outsider.execute("ROLLBACK")
    assert outsider.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0, "no reader is left open"
    assert Path(f"{store._database.path}-wal").stat().st_size == 0
