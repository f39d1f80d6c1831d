"""What tests of the DynamoDB store share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pipeline.store.dynamodb import DynamoStore
from pipeline.store.dynamodb.tables import TABLES, TableName
from pipeline.store.open import open_store
from pipeline.store.protocol import StoreError


def opened(place: str, **options: Any) -> DynamoStore:
    store = open_store(place, **options)
    assert isinstance(store, DynamoStore)
    return store


def refusal(do: Callable[[], object]) -> StoreError:
    """Give the StoreError that a call raises: one sentence, with nothing of the library's own behind it."""
    with pytest.raises(StoreError) as caught:
        do()
    text = str(caught.value)
    assert text.endswith(".")
    assert "\n" not in text
    assert "Traceback" not in text
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return caught.value


def everything(store: DynamoStore, table: TableName) -> list[dict[str, Any]]:
    """Give all items of a table, as plain values: what the product itself never asks for."""
    pages = store._client.raw().get_paginator("scan").paginate(TableName=store.table_names[table], ConsistentRead=True)
    items = [item for page in pages for item in page["Items"]]
    return [{name: next(iter(value.values())) for name, value in item.items()} for item in items]


def of_kind(store: DynamoStore, kind: str) -> list[dict[str, Any]]:
    """Give the items of the data table whose key starts with a word."""
    return [item for item in everything(store, "data") if item["pk"].split("\x00\x00")[0] == kind]


ALL_TABLES = tuple(TABLES)
