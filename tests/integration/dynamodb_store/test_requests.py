"""Which requests the store makes, and how many."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from pipeline.store.dynamodb import DynamoStore, create_tables, table_definitions
from pipeline.store.protocol import Noted, SyncStore
from pipeline.store.records import AuditEntry, Bucket, Connection, Hosted, Message, State, Token
from tests.integration.dynamodb_store.trying import ALL_TABLES
from tests.integration.store_contract.making import (
    LEASE,
    NOON,
    at,
    claimed,
    ended,
    operation,
    sold_out,
    status,
    sync_error,
)
from tests.servers.aws_proxy import Proxy
from tests.shared_files import REPOSITORY

MINUTE = timedelta(minutes=1)


def every_method(store: DynamoStore) -> dict[str, Callable[[], Any]]:
    """Give a call of each method of the protocol, in an order in which each finds something to do."""
    taken: list[Any] = []
    entry = AuditEntry(at=NOON, who="anna", action="x", restaurant_id="rest_001")
    connection = Connection(restaurant_id="rest_001", platform="doordash", updated_at=NOON)
    hosted = Hosted(token="t", blob_id="doc", media_type="text/plain", expires_at=at(60))
    resolved = sync_error("err_1", status="resolved", resolved_at=at(3))
    return {
        "enqueue": lambda: store.enqueue(operation("op_1", reference="ref", not_before=at(1))),
        "wake": lambda: store.wake("rest_001", "doordash", NOON),
        "due": lambda: store.due(NOON),
        "claim": lambda: [taken.append(claimed(store, "op_1"))],
        "extend": lambda: store.extend(taken[0], LEASE, NOON),
        "add_message": lambda: store.add_message(Message(operation_id="op_1", at=NOON)),
        "messages": lambda: store.messages("op_1"),
        "checkpoint": lambda: store.checkpoint(taken[0], {"payload": b"1"}),
        "put_sold_out": lambda: [store.put_sold_out([sold_out("i1", until=at(1))])],
        "finish": lambda: ended(
            store, taken[0], State.FAILED, error=sync_error("err_1"), audit=[entry], sold_out=store.sold_out("rest_001")
        ),
        "operation": lambda: store.operation("op_1"),
        "operation_by_reference": lambda: store.operation_by_reference("doordash", "ref"),
        "history": lambda: store.history("rest_001", "doordash"),
        "status": lambda: store.status("rest_001", "doordash"),
        "statuses": lambda: store.statuses("rest_001"),
        "put_status": lambda: store.put_status(status("rest_002"), expected_fencing=0),
        "list_statuses": lambda: store.list_statuses(platform="doordash", search="rest"),
        "error": lambda: store.error("err_1"),
        "list_errors": lambda: [
            *store.list_errors().items,
            *store.list_errors(restaurant_id="rest_001", status="open").items,
        ],
        "update_error": lambda: store.update_error(resolved, expected_status="open", audit=entry),
        "error_depth": lambda: [store.error_depth()],
        "next_error_number": lambda: store.next_error_number("rest_001", "doordash", "20261122"),
        "put_connection": lambda: [store.put_connection(connection, entry)],
        "connections": lambda: [
            store.connections(*names).items.pop() for names in (("rest_001",), ("", "doordash"), ())
        ],
        "connection": lambda: store.connection("rest_001", "doordash"),
        "delete_connection": lambda: store.delete_connection("rest_001", "doordash", entry),
        "sold_out": lambda: store.sold_out("rest_001"),
        "ending": lambda: store.ending(at(5)),
        "list_sold_out": lambda: store.list_sold_out("doordash", before=at(9)).items,
        "put_blob": lambda: [store.put_blob("blob", b"1")],
        "blob": lambda: store.blob("blob"),
        "put_hosted": lambda: [store.put_hosted(hosted, b"menu")],
        "hosted": lambda: store.hosted("t", NOON),
        "put_token": lambda: store.put_token(Token(key="k", value="v"), expected_version=0),
        "token": lambda: store.token("k"),
        "take": lambda: [store.take("bucket", 1, MINUTE, NOON)],
        "seen": lambda: [store.seen("event", NOON, MINUTE)],
        "forget_seen": lambda: [store.forget_seen("event")],
        "audit": lambda: [*store.audit(since=NOON).items, *store.audit(restaurant_id="rest_001").items],
        "add_audit": lambda: [store.add_audit(entry)],
        "outcomes": lambda: store.outcomes(NOON),
        "purge": lambda: store.purge(NOON + timedelta(days=500)),
    }


def test_nothing_is_scanned_and_everything_is_read_by_key_or_index(store: DynamoStore, proxy: Proxy):
    calls = every_method(store)
    methods = {name for name, value in vars(SyncStore).items() if callable(value) and not name.startswith("_")}
    assert set(calls) == methods - {"close"}, "a method without a call here"
    for name, call in calls.items():
        proxy.calls.clear()
        assert call(), name
        assert proxy.calls, name
        for operation_name, body in proxy.calls:
            assert operation_name in {
                "GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems",
            }, (name, operation_name)  # fmt: skip
            if operation_name == "Query":
                assert "= :partition" in body["KeyConditionExpression"]
                assert ("IndexName" in body) != body.get("ConsistentRead", False), "as it is now, where that can be"
            if operation_name == "GetItem":
                assert body["ConsistentRead"], name
            if operation_name == "BatchGetItem":
                assert all(part["ConsistentRead"] for part in body["RequestItems"].values()), name
            if operation_name == "TransactWriteItems":
                assert len(body["ClientRequestToken"]) == 36


def test_what_a_publish_costs(store: DynamoStore):
    before = store.requests
    store.enqueue(operation("op_1", reference="ref"))
    taken = claimed(store, "op_1")
    taken.sending, taken.snapshot_id, taken.payload_id = True, "menu", "payload"
    assert store.checkpoint(taken, {"menu": b"{}" * 9_000, "payload": b"[]" * 9_000})
    assert ended(store, taken)
    made = store.requests - before
    assert made == Counter(transact_write_items=4, get_item=2 + 1, batch_get_item=2)
    assert store.write_requests == 4
    assert store.read_requests == 1, "the status that the test asked for"


def test_what_an_availability_change_costs(store: DynamoStore):
    before = store.requests
    store.put_sold_out([sold_out("i1")])
    store.enqueue(operation("av_1", kind="availability"))
    taken = claimed(store, "av_1")
    read = store.sold_out("rest_001")
    assert ended(store, taken, sold_out=read)
    assert store.requests - before == Counter(transact_write_items=4, get_item=2 + 1, batch_get_item=3, query=1)


@pytest.mark.parametrize("count", [1, 40])
def test_a_page_costs_a_query_and_a_read(store: DynamoStore, count: int):
    for number in range(count):
        store.put_status(status(f"rest_{number:02d}"), expected_fencing=0)
    before = store.requests
    assert len(store.list_statuses(limit=50).items) == count
    assert store.requests - before == Counter(query=1, batch_get_item=1)


def test_who_waits_for_a_limit_writes_nothing(store: DynamoStore):
    assert store.take("bucket", 1, MINUTE, NOON) == 0
    before = store.requests
    assert store.take("bucket", 1, MINUTE, NOON) > 0
    assert store.requests - before == Counter(get_item=1)


def test_a_checkpoint_that_takes_from_buckets_is_one_write(store: DynamoStore):
    store.enqueue(operation("op_1"))
    taken = claimed(store, "op_1")
    before = store.requests
    for noted in (Noted.ADMITTED, Noted.PROGRESS):
        assert store.checkpoint(taken, through=[Bucket("wide", 9, MINUTE), Bucket("narrow", 1, MINUTE)]) is noted
    assert store.requests - before == Counter(batch_get_item=2, transact_write_items=2)


def test_the_tables_are_those_that_are_defined(store: DynamoStore):
    client = store._client.raw()
    definitions = {made["TableName"]: made for made in table_definitions("menu-sync-")}
    assert len(definitions) == len(ALL_TABLES) == 5
    for name, full_name in store.table_names.items():
        made = client.describe_table(TableName=full_name)["Table"]
        wanted = definitions[f"menu-sync-{name.replace('_', '-')}"]
        assert made["KeySchema"] == wanted["KeySchema"]
        assert sorted(part["AttributeName"] for part in made["AttributeDefinitions"]) == [
            part["AttributeName"] for part in wanted["AttributeDefinitions"]
        ]
        indexes = {index["IndexName"]: index for index in made.get("GlobalSecondaryIndexes", [])}
        assert set(indexes) == {index["IndexName"] for index in wanted["GlobalSecondaryIndexes"]}
        for index in wanted["GlobalSecondaryIndexes"]:
            assert indexes[index["IndexName"]]["KeySchema"] == index["KeySchema"]
            assert indexes[index["IndexName"]]["Projection"] == index["Projection"]
        assert wanted["TimeToLiveSpecification"] == {"AttributeName": "ttl", "Enabled": True}
    json.dumps(table_definitions())


def test_status_and_errors_are_found_by_the_keys_that_are_promised():
    definitions = {made["TableName"]: made for made in table_definitions("x-", {"sync_errors": "MenuSyncErrors"})}
    assert set(definitions) == {"x-sync-status", "MenuSyncErrors", "x-operations", "x-connections", "x-data"}
    keys = {name: [key["AttributeName"] for key in made["KeySchema"]] for name, made in definitions.items()}
    assert keys["x-sync-status"] == ["restaurant_id", "platform"]
    assert keys["MenuSyncErrors"] == ["error_id"]
    by = [index["KeySchema"][0]["AttributeName"] for index in definitions["MenuSyncErrors"]["GlobalSecondaryIndexes"]]
    assert by[:2] == ["restaurant_id", "status"]


def test_making_tables_twice_changes_nothing(store: DynamoStore):
    store.put_status(status(), expected_fencing=0)
    assert store.create_tables() == []
    assert create_tables(store._client.raw(), store.table_names) == []
    assert store.status("rest_001", "doordash") == status()


IMPORTS = """
import json, sys
before = set(sys.modules)
from pipeline.store.open import open_store
store = open_store("dynamodb:x-?endpoint=http://127.0.0.1:1")
opened = {name.partition(".")[0] for name in set(sys.modules) - before}
store._client.raw()
used = {name.partition(".")[0] for name in set(sys.modules) - before}
print(json.dumps([sorted(opened - sys.stdlib_module_names), sorted(used - sys.stdlib_module_names)]))
"""


def test_only_what_is_needed_is_imported():
    result = subprocess.run(
        [sys.executable, "-c", IMPORTS], cwd=REPOSITORY, capture_output=True, text=True, check=True, timeout=60
    )
    opened, used = json.loads(result.stdout)
    assert set(opened) <= {"msgspec", "pipeline", "typing_extensions"}
    assert set(used) - set(opened) <= {"botocore", "certifi", "dateutil", "jmespath", "six", "urllib3"}
