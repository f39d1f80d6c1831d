"""What a whole sync asks of DynamoDB, counted while the engine really publishes to the stand-ins."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.store.dynamodb import DynamoStore
from pipeline.store.open import open_store
from pipeline.store.records import State
from tests.integration.dynamodb_store.trying import of_kind
from tests.live import Live, served
from tests.servers.local_aws import dynamodb_address, new_store_address
from tests.servers.sandbox import SandboxServer, sandbox_process, sandbox_server

__all__ = ["sandbox_process", "sandbox_server"]
WRITES = ("transact_write_items", "put_item", "update_item", "delete_item", "batch_write_item")


@dataclass(frozen=True)
class Counting:
    """A served sync over DynamoDB."""

    live: Live
    store: DynamoStore

    def writes(self, platform: str, state: State, *, force: bool = False) -> Counter[str]:
        """Ask for a publish, run it until it ends or waits for the platform, and count its write requests."""
        before = Counter(self.store.requests)
        (asked,) = self.live.ask(platform, force=force)
        assert self.live.run(asked).state == state
        made = self.store.requests - before
        return Counter({name: made[name] for name in WRITES if made[name]})


@pytest.fixture
def counting(sandbox_server: SandboxServer, tmp_path: Path) -> Iterator[Counting]:
    store = open_store(new_store_address(dynamodb_address()))
    assert isinstance(store, DynamoStore)
    with served(sandbox_server, tmp_path, store=store, webhooks=False, SYNC_STORE="dynamodb") as live:
        yield Counting(live, store)
    store.close()


def test_a_platform_that_answers_at_once(counting: Counting) -> None:
    counting.live.publish("ubereats")
    (before,) = of_kind(counting.store, "bucket")
    writes = counting.writes("ubereats", State.SYNCED, force=True)
    assert writes == Counter(transact_write_items=4), "in line, taken up, a mark before sending, ended"
    (after,) = of_kind(counting.store, "bucket")
    assert int(after["rev"]) == int(before["rev"]) + 1, "the mark also counts in the bucket that all processes share"


def test_a_platform_that_answers_later(counting: Counting) -> None:
    writes = counting.writes("doordash", State.PROCESSING)
    assert writes == Counter(transact_write_items=4), "it has no limit for menus, so there is no bucket"


def test_a_menu_that_has_not_changed(counting: Counting) -> None:
    counting.live.publish("ubereats")
    assert counting.writes("ubereats", State.SYNCED) == Counter(transact_write_items=3), "nothing was sent"
