"""Blobs that are too large for DynamoDB and go into a bucket."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.store.dynamodb import DynamoStore
from pipeline.store.dynamodb.bulk import LOOKED_AFTER
from pipeline.store.records import State
from tests.integration.dynamodb_store.trying import of_kind, opened, refusal
from tests.integration.store_contract.making import claimed, ended, operation
from tests.servers.local_aws import ministack_address, new_store_address

BUCKET = "menu-snapshots"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def place() -> str:
    address = ministack_address()
    return new_store_address(address, bucket=BUCKET, bucket_endpoint=address)


@pytest.fixture
def store(place: str) -> Iterator[DynamoStore]:
    made = opened(place)
    made._client.raw("s3").create_bucket(Bucket=BUCKET)
    yield made
    made.close()


def noise(count: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(count)


def objects(store: DynamoStore) -> list[str]:
    prefix = store.table_names["data"].removesuffix("data")
    found = store._client.raw("s3").list_objects_v2(Bucket=BUCKET, Prefix=prefix)
    return [entry["Key"] for entry in found.get("Contents", [])]


def test_only_what_is_too_large_goes_into_the_bucket(store: DynamoStore):
    store.put_blob("small", b"menu" * 500_000)
    assert objects(store) == []
    large = noise(1_300_000)
    store.put_blob("large", large)
    (key,) = objects(store)
    assert key.startswith(store.table_names["data"].removesuffix("data") + "blobs/")
    assert of_kind(store, "piece") == []
    assert store.blob("large") == large
    assert store.blob("small") == b"menu" * 500_000


def test_a_publish_with_a_large_snapshot(store: DynamoStore):
    store.enqueue(operation("op_1"))
    taken = claimed(store, "op_1")
    taken.snapshot_id = "menu"
    snapshot = noise(600_000)
    before = store.requests
    assert store.checkpoint(taken, {"menu": snapshot, "payload": b"{}"})
    made = store.requests - before
    assert made == {"put_item": 1, "put_object": 1, "transact_write_items": 1}
    assert ended(store, taken, State.SYNCED)
    assert store.blob("menu") == snapshot


def test_objects_go_with_their_blobs_and_old_versions(store: DynamoStore):
    store.put_blob("menu", noise(500_000, 1), ttl=MINUTE)
    store.put_blob("menu", noise(500_000, 2), ttl=MINUTE)
    assert len(objects(store)) == 2
    assert store.blob("menu") == noise(500_000, 2)
    assert store.purge(datetime.now(UTC) + 2 * MINUTE) == 1
    assert store.blob("menu") is None
    assert len(objects(store)) == 1, "an old version waits until nobody can be reading it"
    assert store.purge(datetime.now(UTC) + LOOKED_AFTER + MINUTE) == 2
    assert objects(store) == []


def test_a_bucket_that_is_not_there(place: str):
    store = opened(place.replace(BUCKET, "nobody-made-it"))
    error = refusal(lambda: store.put_blob("large", noise(500_000)))
    assert str(error) == "S3 has no bucket of that name: check SNAPSHOT_BUCKET (NoSuchBucket)."
    assert store.blob("large") is None
    store.close()


def test_a_bucket_that_is_named_no_more(store: DynamoStore, place: str):
    store.put_blob("large", noise(500_000))
    without = opened(place.replace(f"bucket={BUCKET}", "bucket="))
    assert "SNAPSHOT_BUCKET does not name one" in str(refusal(lambda: without.blob("large")))
    without.close()


def test_an_object_that_is_gone(store: DynamoStore):
    store.put_blob("large", noise(500_000))
    (key,) = objects(store)
    store._client.raw("s3").delete_object(Bucket=BUCKET, Key=key)
    assert "S3" in str(refusal(lambda: store.blob("large")))
