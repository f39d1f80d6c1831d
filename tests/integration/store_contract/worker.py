"""A process that uses a store: ``worker.py ADDRESS TASK NAME [COUNT]``.

It says ``ready``, waits for a line, opens the store, does its task, and prints what it got as JSON,
a line each.
"""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta

from pipeline.store.open import open_store
from pipeline.store.protocol import SyncStore
from pipeline.store.records import State, Token
from tests.integration.store_contract.making import LEASE, NOON, operation, status

Task = Callable[[SyncStore, str, int], Iterator[object]]


def claim(store: SyncStore, name: str, count: int) -> Iterator[object]:
    """Try to claim operations 0 to COUNT; give those that were won, with their fencing tokens."""
    for number in range(count):
        taken = store.claim(f"op_{number}", name, LEASE, NOON)
        if taken is not None:
            yield [taken.operation_id, taken.fencing]


def enqueue(store: SyncStore, name: str, count: int) -> Iterator[object]:
    """Put operations in line for one restaurant; give whether each was new."""
    for number in range(count):
        yield store.enqueue(operation(f"op_{name}_{number}"))[1]


def error_numbers(store: SyncStore, _name: str, count: int) -> Iterator[object]:
    """Ask for numbers of errors."""
    for _ in range(count):
        yield store.next_error_number("rest_001", "doordash", "20261122")


def take(store: SyncStore, _name: str, count: int) -> Iterator[object]:
    """Ask a bucket of 30; give whether the request might go."""
    for _ in range(count):
        yield store.take("bucket", 30, timedelta(minutes=1), NOON) == 0


def seen(store: SyncStore, _name: str, count: int) -> Iterator[object]:
    """Ask whether events were seen; give those that were not."""
    for number in range(count):
        if not store.seen(f"event_{number}", NOON, timedelta(minutes=1)):
            yield number


def token(store: SyncStore, name: str, count: int) -> Iterator[object]:
    """Refresh a token; give the versions that were written."""
    for _ in range(count):
        known = store.token("acme")
        version = known.version if known else 0
        if store.put_token(Token(key="acme", value=name), expected_version=version):
            yield version + 1


def publish(store: SyncStore, name: str, _count: int) -> Iterator[object]:
    """Publish again and again until killed; give each operation once it has ended."""
    for number in itertools.count():
        store.enqueue(operation(f"op_{name}_{number}"))
        taken = store.claim(f"op_{name}_{number}", name, LEASE, NOON)
        assert taken is not None
        taken.payload_id = f"blob_{name}_{number}"
        taken.sending = True
        assert store.checkpoint(taken, {taken.payload_id: b"payload" * 5_000})
        taken.state = State.SYNCED
        assert store.finish(taken, status(state=State.SYNCED, accepted_operation=taken.operation_id))
        yield taken.operation_id


TASKS: dict[str, Task] = {task.__name__: task for task in (claim, enqueue, error_numbers, take, seen, token, publish)}


def main() -> None:
    address, task, name, count = sys.argv[1:]
    print("ready", flush=True)
    sys.stdin.readline()
    store = open_store(address)
    for result in TASKS[task](store, name, int(count)):
        print(json.dumps(result), flush=True)
    store.close()


if __name__ == "__main__":
    main()
