"""What another process does between the requests of one call; each moment is made to happen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pipeline.store.dynamodb import DynamoStore
from pipeline.store.protocol import Noted
from pipeline.store.records import Bucket, Message, State
from tests.integration.dynamodb_store.trying import opened
from tests.integration.store_contract.making import LEASE, NOON, at, claimed, ended, operation, sold_out, status
from tests.servers.aws_proxy import Proxy
from tests.servers.local_aws import dynamodb_address


@pytest.fixture
def other(store: DynamoStore, place: str) -> DynamoStore:
    """Give the store of another process, which no proxy stands before."""
    return opened(f"{place.partition('?')[0]}?endpoint={dynamodb_address()}")


def meanwhile(proxy: Proxy, operation_name: str, number: int, do: Callable[[], object]) -> list[int]:
    """Do something just before the ``number``-th request of a kind reaches the server; gives how often it was done."""
    count, done = [0], [0]

    def fault(name: str, _body: dict[str, Any]) -> None:
        if name == operation_name:
            count[0] += 1
            if count[0] == number:
                done[0] += 1
                do()

    proxy.fault = fault
    return done


def test_nothing_joins_what_was_taken_up_between_two_reads(store: DynamoStore, other: DynamoStore, proxy: Proxy):
    store.enqueue(operation("op_1"))
    done = meanwhile(proxy, "GetItem", 1, lambda: claimed(other, "op_1"))
    stands, is_new = store.enqueue(operation("op_2"))
    assert done == [1]
    assert (stands.operation_id, is_new) == ("op_2", True)
    found = store.status("rest_001", "doordash")
    assert found is not None
    assert (found.running, found.waiting) == ("op_1", "op_2")


def test_what_was_taken_up_between_two_reads_is_not_woken(store: DynamoStore, other: DynamoStore, proxy: Proxy):
    store.enqueue(operation("op_1", not_before=at(5)))
    done = meanwhile(proxy, "BatchGetItem", 1, lambda: claimed(other, "op_1", seconds=5))
    assert store.wake("rest_001", "doordash", at(6)) == []
    assert done == [1]
    assert store.due(at(7)) == []


@pytest.mark.parametrize("request_number", [1, 2])
def test_one_of_two_claims_wins_whenever_the_other_comes(
    store: DynamoStore, other: DynamoStore, proxy: Proxy, request_number: int
):
    store.enqueue(operation("op_1"))
    done = meanwhile(proxy, "GetItem", request_number, lambda: claimed(other, "op_1", "worker-b"))
    assert store.claim("op_1", "worker-a", LEASE, NOON) is None
    assert done == [1]


def test_a_claim_that_comes_last_loses(store: DynamoStore, other: DynamoStore, proxy: Proxy):
    store.enqueue(operation("op_1"))
    done = meanwhile(proxy, "TransactWriteItems", 1, lambda: claimed(other, "op_1", "worker-b"))
    assert store.claim("op_1", "worker-a", LEASE, NOON) is None
    assert done == [1]


def test_a_message_that_comes_while_it_is_parked_makes_it_due(store: DynamoStore, other: DynamoStore, proxy: Proxy):
    store.enqueue(operation("op_1"))
    taken = claimed(store, "op_1")
    taken.not_before = at(600)
    message = Message(operation_id="op_1", at=at(1))
    done = meanwhile(proxy, "TransactWriteItems", 1, lambda: other.add_message(message))
    assert ended(store, taken, State.PROCESSING)
    assert done == [1]
    assert [found.operation_id for found in store.due(at(2))] == ["op_1"]


def test_what_is_put_in_line_while_another_ends_becomes_due(store: DynamoStore, other: DynamoStore, proxy: Proxy):
    store.enqueue(operation("op_1"))
    taken = claimed(store, "op_1")
    taken.state = State.SYNCED
    done = meanwhile(proxy, "TransactWriteItems", 1, lambda: other.enqueue(operation("op_2")))
    assert store.finish(taken, status(state=State.SYNCED))
    assert done == [1]
    assert [found.operation_id for found in store.due(at(2))] == ["op_2"]


def test_a_lease_that_is_lost_on_the_way_writes_nothing(store: DynamoStore, other: DynamoStore, proxy: Proxy):
    store.enqueue(operation("op_1"))
    taken = claimed(store, "op_1")
    calls: list[Callable[[], bool]] = [
        lambda: store.checkpoint(taken, {"blob": b"late"}),
        lambda: store.extend(taken, LEASE, at(31)),
        lambda: ended(store, taken, sold_out=[sold_out("i1")]),
    ]
    for number, call in enumerate(calls):
        taken.state = State.IN_PROGRESS
        taken.fencing = number + 1
        seconds = 40 * (number + 1)
        done = meanwhile(proxy, "TransactWriteItems", 1, lambda late=seconds: claimed(other, "op_1", "b", late))  # type: ignore[misc]
        assert not call()
        assert done == [1]
    assert store.blob("blob") is None
    assert store.sold_out("rest_001") == []


@pytest.mark.parametrize("used", [0, 2])
def test_a_bucket_that_another_takes_from_on_the_way_is_asked_by_the_sender(
    store: DynamoStore, other: DynamoStore, proxy: Proxy, used: int
):
    """Whether the bucket was there or not."""
    store.enqueue(operation("op_1"))
    taken = claimed(store, "op_1")
    for _ in range(used):
        assert store.take("shared", 4, LEASE, NOON) == 0
    through = [Bucket("own", 4, LEASE), Bucket("shared", 4, LEASE)]
    done = meanwhile(proxy, "TransactWriteItems", 1, lambda: other.take("shared", 4, LEASE, NOON))
    assert store.checkpoint(taken, {"payload": b"1"}, through) is Noted.PROGRESS
    assert done == [1]
    assert store.blob("payload") == b"1"
    assert store.take("own", 4, LEASE, NOON, amount=4) == 0, "nothing was taken"
    assert store.take("shared", 4, LEASE, NOON, amount=3 - used) == 0, "but by the other one"
    assert store.take("shared", 4, LEASE, NOON) > 0


def test_a_ledger_entry_that_changes_on_the_way_stays(store: DynamoStore, other: DynamoStore, proxy: Proxy):
    store.enqueue(operation("av_1", kind="availability"))
    taken = claimed(store, "av_1")
    store.put_sold_out([sold_out("i1"), sold_out("i2")])
    read = store.sold_out("rest_001")
    for entry in read:
        entry.told = True
    change = [sold_out("i1", until=at(60))]
    done = meanwhile(proxy, "TransactWriteItems", 1, lambda: other.put_sold_out(change))
    assert ended(store, taken, sold_out=read)
    assert done == [1]
    assert [(entry.told, entry.until, entry.version) for entry in store.sold_out("rest_001")] == [
        (False, at(60), 2),
        (True, None, 2),
    ]
