from __future__ import annotations

from collections.abc import Iterator

import pytest

from pipeline.store.dynamodb import DynamoStore
from tests.integration.dynamodb_store.trying import opened
from tests.servers.aws_proxy import Proxy, proxy_to
from tests.servers.local_aws import dynamodb_address, new_store_address


@pytest.fixture(scope="module")
def running_proxy() -> Iterator[Proxy]:
    with proxy_to(dynamodb_address()) as proxy:
        yield proxy


@pytest.fixture
def proxy(running_proxy: Proxy) -> Iterator[Proxy]:
    """Give a proxy that lets everything through until told otherwise."""
    running_proxy.fault = lambda _operation, _body: None
    running_proxy.calls.clear()
    yield running_proxy
    running_proxy.fault = lambda _operation, _body: None


@pytest.fixture
def place(proxy: Proxy) -> str:
    """Give the address of a store behind the proxy."""
    address = new_store_address(dynamodb_address()).partition("?")[0]
    return f"{address}?endpoint={proxy.address}"


@pytest.fixture
def store(place: str) -> Iterator[DynamoStore]:
    made = opened(place)
    yield made
    made.close()
