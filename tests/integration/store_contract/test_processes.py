"""Several processes at once, and processes that are killed."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from pipeline.store.open import open_store
from pipeline.store.protocol import SyncStore
from pipeline.store.records import ENDED, State
from tests.integration.store_contract.making import LEASE, NOON, claimed, ended, operation
from tests.shared_files import REPOSITORY


@contextmanager
def worker(place: str, task: str, name: str, count: int) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.integration.store_contract.worker", place, task, name, str(count)]
    with subprocess.Popen(
        command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def all_at_once(place: str, task: str, processes: int, count: int) -> list[list[Any]]:
    """Run a task in several processes that start together; gives what each printed."""
    running = [worker(place, task, f"worker-{number}", count) for number in range(processes)]
    opened = [context.__enter__() for context in running]
    try:
        assert [process.stdout and process.stdout.readline() for process in opened] == ["ready\n"] * processes
        for process in opened:
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
        results = []
        for process in opened:
            out, err = process.communicate(timeout=120)
            assert (process.returncode, err) == (0, "")
            results.append([json.loads(line) for line in out.splitlines()])
        return results
    finally:
        for context in running:
            context.__exit__(None, None, None)


@pytest.mark.parametrize("processes", [2, 4])
def test_one_of_several_claims_wins(place: str, store: SyncStore, processes: int):
    count = 60
    for number in range(count):
        store.enqueue(operation(f"op_{number}", f"rest_{number}"))
    results = all_at_once(place, "claim", processes, count)
    won = [tuple(claim) for result in results for claim in result]
    assert sorted(won) == sorted((f"op_{number}", 1) for number in range(count))
    for number in range(count):
        found = store.status(f"rest_{number}", "doordash")
        assert found is not None
        owner = int(found.lease_owner.removeprefix("worker-"))
        assert [f"op_{number}", 1] in results[owner]


@pytest.mark.parametrize("processes", [2, 4])
def test_a_burst_from_several_processes_is_one_operation(place: str, processes: int):
    """They make the store, too."""
    results = all_at_once(place, "enqueue", processes, 25)
    assert sum(is_new for result in results for is_new in result) == 1
    store = open_store(place)
    (found,) = store.history("rest_001").items
    assert found.joined == processes * 25 - 1
    store.close()


def test_numbers_buckets_notes_and_tokens_are_shared(place: str, store: SyncStore):
    numbers = all_at_once(place, "error_numbers", 3, 30)
    assert sorted(number for result in numbers for number in result) == list(range(1, 91))
    assert sum(went for result in all_at_once(place, "take", 3, 25) for went in result) == 30
    unseen = all_at_once(place, "seen", 3, 40)
    assert sorted(number for result in unseen for number in result) == list(range(40))
    versions = sorted(version for result in all_at_once(place, "token", 3, 20) for version in result)
    last = store.token("acme")
    assert last is not None
    assert versions == list(range(1, last.version + 1))


@pytest.mark.parametrize("delay", [0.0, 0.013, 0.05, 0.11])
def test_a_killed_process_leaves_a_consistent_store(place: str, store: SyncStore, delay: float):
    with worker(place, "publish", "w", 0) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("\n")
        process.stdin.flush()
        told = [process.stdout.readline() for _ in range(3)]
        time.sleep(delay)
        process.kill()
        told += process.stdout.readlines()
    finished = [json.loads(line) for line in told[1:] if line.endswith("\n")]
    assert len(finished) >= 2
    for name in finished:
        kept = store.operation(name)
        assert kept is not None
        assert kept.state == State.SYNCED
        assert store.blob(kept.payload_id) == b"payload" * 5_000
    recover(store)


def recover(store: SyncStore) -> None:
    """Check that operations and lanes agree, and take up what the dead process had begun."""
    found = store.status("rest_001", "doordash")
    assert found is not None
    history = store.history("rest_001", limit=500).items
    open_ones = [kept for kept in history if kept.state not in ENDED]
    assert [kept.operation_id for kept in open_ones] == [name for name in (found.running, found.waiting) if name]
    assert bool(found.lease_owner) == bool(found.running) == (found.state == State.IN_PROGRESS)
    if open_ones:
        assert store.due(NOON + LEASE) == open_ones
        assert ended(store, claimed(store, open_ones[0].operation_id, "worker-b", 30), seconds=31)
    assert store.due(NOON + 100 * LEASE) == []
    store.enqueue(operation("op_after"))
    assert claimed(store, "op_after", seconds=40).fencing == found.fencing + (2 if open_ones else 1)
