"""Throttling, conflicts, broken connections, lost answers: what a network does to a store."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from pipeline.store.dynamodb import DynamoStore
from pipeline.store.dynamodb.store import DEFAULT_REGION
from pipeline.store.protocol import LimitExceeded, Noted, StoreBusy, StoreError
from pipeline.store.records import Bucket, State, Token
from tests.integration.dynamodb_store.trying import opened, refusal
from tests.integration.store_contract.making import LEASE, NOON, at, claimed, ended, operation, status
from tests.servers.aws_proxy import Answer, Cut, Fault, Proxy, cancelled
from tests.servers.aws_proxy import refusal as refused
from tests.servers.local_aws import free_port

SHORT = timedelta(milliseconds=300)
MINUTE = timedelta(minutes=1)
PASSING = [
    refused("ProvisionedThroughputExceededException"),
    refused("ThrottlingException"),
    refused("RequestLimitExceeded"),
    refused("TransactionConflictException"),
    refused("TransactionInProgressException"),
    refused("InternalServerError", status=500),
    Answer(503, {}),
    Cut(after=False),
    Cut(after=True),
]


def name_of(fault: Fault) -> str:
    if isinstance(fault, Answer):
        reasons = [reason["Code"] for reason in fault.body.get("CancellationReasons", [])]
        return "+".join([fault.body.get("__type", str(fault.status)).rpartition("#")[2], *reasons])
    return f"cut after {fault.after}" if fault else "none"


@pytest.mark.parametrize("fault", PASSING, ids=name_of)
def test_what_passes_is_tried_again(store: DynamoStore, proxy: Proxy, fault: Fault):
    for times in (1, 3):
        name, restaurant = f"op_{times}", f"rest_{times}"
        proxy.fail(times, fault)
        assert store.enqueue(operation(name, restaurant))[1]
        proxy.fail(times, fault)
        taken = claimed(store, name)
        assert taken.fencing == 1
        proxy.fail(times, fault)
        assert store.checkpoint(taken, {f"payload {times}": b"1"})
        proxy.fail(times, fault)
        assert ended(store, taken)
        proxy.fail(times, fault)
        found = store.status(restaurant, "doordash")
        assert found is not None
        assert (found.state, found.fencing, found.running) == (State.SYNCED, 1, "")
        proxy.fail(times, fault)
        assert [kept.operation_id for kept in store.history(restaurant).items] == [name]


@pytest.mark.parametrize(
    "codes",
    [
        ("TransactionConflict", "None"),
        ("None", "ThrottlingError"),
        ("ProvisionedThroughputExceeded", "TransactionConflict"),
    ],
    ids=str,
)
def test_a_cancelled_transaction_is_tried_again(store: DynamoStore, proxy: Proxy, codes: tuple[str, ...]):
    proxy.fail(4, cancelled(*codes), "TransactWriteItems")
    before = store.write_requests
    assert store.enqueue(operation("op_1"))[1]
    assert store.write_requests - before == 5
    tokens = {body["ClientRequestToken"] for name, body in proxy.calls if name == "TransactWriteItems"}
    assert len(tokens) == 1, "one and the same request, which is done at most once"


def test_a_lost_answer_does_not_write_twice(store: DynamoStore, proxy: Proxy):
    """The server has done it, and the store does not know."""
    lost = Cut(after=True)
    proxy.fail(1, lost, "PutItem")
    assert not store.seen("event-1", NOON, MINUTE), "or the event would be taken for a duplicate, and be lost"
    assert store.seen("event-1", NOON, MINUTE)
    proxy.fail(1, lost, "PutItem")
    assert store.put_token(Token(key="acme", value="v"), expected_version=0)
    proxy.fail(1, lost, "PutItem")
    assert not store.put_token(Token(key="acme", value="late"), expected_version=0)
    assert [store.take("bucket", 2, MINUTE, NOON) for _ in range(1)] == [0]
    proxy.fail(1, lost, "PutItem")
    assert store.take("bucket", 2, MINUTE, NOON) == 0, "taken once"
    assert store.take("bucket", 2, MINUTE, NOON) > 0
    proxy.fail(1, lost, "TransactWriteItems")
    store.enqueue(operation("op_1"))
    proxy.fail(1, lost, "TransactWriteItems")
    joined, is_new = store.enqueue(operation("op_2"))
    assert (joined.operation_id, joined.joined, is_new) == ("op_1", 1, False)
    taken, bucket = claimed(store, "op_1"), Bucket("other", 2, MINUTE)
    proxy.fail(1, lost, "TransactWriteItems")
    assert store.checkpoint(taken, {"payload": b"1"}, [bucket]) is Noted.ADMITTED
    assert store.checkpoint(taken, through=[bucket]) is Noted.ADMITTED, "taken once before"
    assert store.checkpoint(taken, through=[bucket]) is Noted.PROGRESS
    proxy.fail(1, lost, "UpdateItem")
    numbers = [store.next_error_number("rest_001", "doordash", "20261122") for _ in range(3)]
    assert sorted(set(numbers)) == numbers, "one may be left out, and none is given twice"


def test_a_table_that_stays_throttled(place: str, proxy: Proxy):
    store = opened(place, patience=SHORT)
    store.enqueue(operation("op_1"))
    proxy.fail(10**6, refused("ProvisionedThroughputExceededException"))
    proxy.calls.clear()
    calls = [
        lambda: store.status("rest_001", "doordash"),
        lambda: store.claim("op_1", "a", LEASE, NOON),
        lambda: store.enqueue(operation("op_2")),
        lambda: store.list_statuses(),
        lambda: store.take("bucket", 1, MINUTE, NOON),
        lambda: store.put_blob("blob", b"1"),
    ]
    for call in calls:
        error = refusal(call)
        assert isinstance(error, StoreBusy)
        assert str(error) == (
            "DynamoDB takes no more requests for now: raise the tables' capacity, or look at what else uses them "
            "(ProvisionedThroughputExceededException)."
        )
    assert len(calls) < len(proxy.calls) < 40 * len(calls), "tried again, and not without end"
    store.close()


def test_conflicts_that_never_end(place: str, proxy: Proxy):
    store = opened(place, patience=SHORT)
    proxy.fail(10**6, cancelled("TransactionConflict", "None"), "TransactWriteItems")
    error = refusal(lambda: store.enqueue(operation("op_1")))
    assert isinstance(error, StoreBusy)
    assert "too many processes at once (TransactionConflict)" in str(error)
    proxy.fail(10**6, cancelled("ConditionalCheckFailed", "None"), "TransactWriteItems")
    error = refusal(lambda: store.enqueue(operation("op_1")))
    assert isinstance(error, StoreBusy)
    assert "changed by others" in str(error)
    store.close()


@pytest.mark.parametrize("share", [0.2, 0.5])
def test_a_storm_of_conflicts_and_throttling_leaves_everything_right(store: DynamoStore, proxy: Proxy, share: float):
    """Six threads on one lane while a part of all requests fails in one way or another."""
    rules = random.Random(11)
    lock = threading.Lock()

    def fault(operation_name: str, body: dict[str, Any]) -> Fault:
        with lock:
            if rules.random() >= share:
                return None
            if operation_name == "TransactWriteItems":
                codes = ["TransactionConflict"] + ["None"] * (len(body["TransactItems"]) - 1)
                return rules.choice([cancelled(*codes), Cut(after=True), refused("ThrottlingException")])
            return rules.choice([refused("ProvisionedThroughputExceededException"), Cut(after=False)])

    proxy.fault = fault
    won: list[str] = []

    def work(thread: int) -> None:
        for number in range(5):
            stands, _ = store.enqueue(operation(f"op_{thread}_{number}"))
            taken = store.claim(stands.operation_id, f"worker-{thread}", LEASE, NOON)
            if taken is not None:
                won.append(taken.operation_id)
                assert store.checkpoint(taken)
                taken.state = State.SYNCED
                assert store.finish(taken, status(state=State.SYNCED))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    proxy.fault = lambda _operation, _body: None
    assert len(won) == len(set(won)) > 0
    found = store.status("rest_001", "doordash")
    assert found is not None
    assert (found.running, found.lease_owner, found.fencing) == ("", "", len(won))
    history = store.history("rest_001", limit=500).items
    assert {kept.operation_id for kept in history} - {found.waiting} == set(won)
    assert sum(1 + kept.joined for kept in history) == 30, "each request stands for one, or joined one"


def test_parts_of_a_batch_are_asked_for_again(store: DynamoStore, proxy: Proxy):
    for number in range(3):
        store.put_status(status(f"rest_{number}"), expected_fencing=0)
    left = [2]

    def fault(operation_name: str, body: dict[str, Any]) -> Fault:
        if operation_name == "BatchGetItem" and left[0]:
            left[0] -= 1
            return Answer(200, {"Responses": {}, "UnprocessedKeys": body["RequestItems"]})
        return None

    proxy.fault = fault
    assert len(store.list_statuses().items) == 3
    left[0] = 2
    proxy.fault = lambda name, body: (
        Answer(200, {"UnprocessedItems": body["RequestItems"]})
        if name == "BatchWriteItem" and left and left.pop() is not None
        else None
    )
    noise = random.Random(3).randbytes(900_000)
    store.put_blob("large", noise)
    assert store.blob("large") == noise
    assert [name for name, _ in proxy.calls].count("BatchWriteItem") == 2


def test_parts_of_a_batch_that_never_come(place: str, proxy: Proxy):
    store = opened(place, patience=SHORT)
    store.put_status(status(), expected_fencing=0)
    proxy.fault = lambda name, body: (
        Answer(200, {"Responses": {}, "UnprocessedKeys": body["RequestItems"]}) if name == "BatchGetItem" else None
    )
    assert isinstance(refusal(store.list_statuses), StoreBusy)
    store.close()


@pytest.mark.parametrize(
    ("code", "says", "kind"),
    [
        ("AccessDeniedException", "check them, their rights and AWS_REGION", StoreError),
        ("UnrecognizedClientException", "check them, their rights and AWS_REGION", StoreError),
        ("ExpiredTokenException", "have expired: renew them", StoreError),
        ("ResourceNotFoundException", "check DYNAMODB_TABLE_PREFIX", StoreError),
        ("ItemCollectionSizeLimitExceeded", "keeps no more under one key", LimitExceeded),
        ("SomethingNew", "did not do its work: SomethingNew injected (SomethingNew)", StoreError),
    ],
)
def test_what_does_not_pass_is_said_at_once(
    store: DynamoStore, proxy: Proxy, code: str, says: str, kind: type[StoreError]
):
    proxy.fail(10**6, refused(code))
    proxy.calls.clear()
    error = refusal(lambda: store.status("rest_001", "doordash"))
    assert says in str(error)
    assert type(error) is kind
    assert len(proxy.calls) == 1
    proxy.fail(10**6, cancelled("None", "ValidationError"), "TransactWriteItems")
    assert "ValidationError" in str(refusal(lambda: store.enqueue(operation("op_1"))))


def test_tables_that_are_not_there(proxy: Proxy):
    store = DynamoStore(f"nobody-made-it-?endpoint={proxy.address}")
    for call in (lambda: store.status("r", "p"), lambda: store.enqueue(operation("op_1")), store.list_statuses):
        assert "make the tables as deploy/template.yaml says" in str(refusal(call))
    store.close()


def test_a_server_that_is_not_there():
    store = DynamoStore(f"x-?endpoint=http://127.0.0.1:{free_port()}", patience=SHORT)
    error = refusal(lambda: store.status("r", "p"))
    assert isinstance(error, StoreBusy)
    assert "gives no answer: check the network, AWS_REGION and DYNAMODB_ENDPOINT" in str(error)
    assert "cannot" not in str(error)
    assert isinstance(refusal(store.create_tables), StoreBusy)
    store.close()


@pytest.mark.parametrize("endpoint", ["nonsense", "http://[", "ftp://"])
def test_an_endpoint_that_cannot_be(endpoint: str):
    store = DynamoStore("x-", endpoint=endpoint, patience=SHORT)
    refusal(lambda: store.status("r", "p"))
    store.close()


def test_no_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    store = DynamoStore("x-", region=DEFAULT_REGION)
    assert "without AWS credentials: set them, or DYNAMODB_ENDPOINT" in str(refusal(lambda: store.status("r", "p")))
    store.close()


def test_options_that_there_are_not():
    assert "no option 'regoin'" in str(refusal(lambda: DynamoStore("x-?regoin=eu-west-1")))


def test_no_secret_in_what_is_said(store: DynamoStore, proxy: Proxy):
    proxy.fail(10**6, refused("AccessDeniedException"))
    error = refusal(lambda: store.put_token(Token(key="acme", value="s3cret", expires_at=at(1)), expected_version=0))
    assert "s3cret" not in str(error)
