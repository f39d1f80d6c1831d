"""The contract once more, on another server than the one that is asked every time."""

# ruff: noqa: F403 - the tests themselves are taken over
from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.store.open import open_store
from pipeline.store.protocol import SyncStore
from tests.integration.dynamodb_store.trying import of_kind, opened
from tests.integration.store_contract.test_availability import *
from tests.integration.store_contract.test_blobs import *
from tests.integration.store_contract.test_errors import *
from tests.integration.store_contract.test_lanes import *
from tests.integration.store_contract.test_limits import *
from tests.integration.store_contract.test_lists import *
from tests.integration.store_contract.test_messages import *
from tests.integration.store_contract.test_processes import *
from tests.servers.local_aws import ministack_address, new_store_address

pytestmark = pytest.mark.extra
REAPED_WITHIN = 150.0  # seconds; the server looks for expired items once a minute


@pytest.fixture
def new_place() -> Callable[[], str]:
    endpoint = ministack_address()
    return lambda: new_store_address(endpoint)


@pytest.fixture
def place(new_place: Callable[[], str]) -> str:
    return new_place()


@pytest.fixture
def store(place: str) -> Iterator[SyncStore]:
    made = open_store(place)
    yield made
    made.close()


def test_the_server_removes_what_has_expired():
    """Time to live is switched on, and stands on the right items."""
    made = opened(new_store_address(ministack_address(), time_to_live=True))
    past = datetime.now(UTC) - timedelta(hours=1)
    made.seen("event", past, timedelta(minutes=1))
    made.seen("fresh", datetime.now(UTC), timedelta(hours=1))
    made.put_blob("blob", b"kept until a purge looks at who names it", ttl=timedelta(seconds=0))
    until = time.monotonic() + REAPED_WITHIN
    while len(of_kind(made, "seen")) > 1 and time.monotonic() < until:
        time.sleep(1)
    assert [item["pk"].split("\x00\x00")[1] for item in of_kind(made, "seen")] == ["fresh"]
    assert len(of_kind(made, "blob")) == 1
    made.close()
