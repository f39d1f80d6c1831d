"""What a whole sync asks of DynamoDB, counted while the engine really publishes to the stand-ins."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.store.dynamodb import DynamoStore
from pipeline.store.open import open_store
from pipeline.store.records import ENDED, State
from tests.integration.dynamodb_store.trying import of_kind
from tests.live import RESTAURANT, Live, served
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
        with self.counted() as writes:
            (asked,) = self.live.ask(platform, force=force)
            assert self.live.run(asked).state == state
        return writes

    @contextmanager
    def counted(self) -> Iterator[Counter[str]]:
        """Count the write requests that are made meanwhile."""
        writes: Counter[str] = Counter()
        before = Counter(self.store.requests)
        yield writes
        made = self.store.requests - before
        writes.update({name: made[name] for name in WRITES if made[name]})


@pytest.fixture
def counting(sandbox_server: SandboxServer, tmp_path: Path) -> Iterator[Counting]:
    store = open_store(new_store_address(dynamodb_address()))
    assert isinstance(store, DynamoStore)
    with served(sandbox_server, tmp_path, store=store, webhooks=False, SYNC_STORE="dynamodb") as live:
        live.clock.stop()  # what a mark took from a bucket is taken once more where long passes before the sending
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


def test_a_menu_that_the_platform_downloads(counting: Counting) -> None:
    counting.live.publish("grubhub")
    writes = counting.writes("grubhub", State.PROCESSING, force=True)
    assert writes == Counter(transact_write_items=5), "two requests, each with its mark; the second one's also hosts"
    assert len(of_kind(counting.store, "hosted")) == 2
    kept = {each["pk"].split("\x00\x00")[1].partition("-")[0] for each in of_kind(counting.store, "blob")}
    assert "payload" in kept
    assert "hosted" not in kept, "what is downloaded is the payload that the operation keeps anyway"


def test_a_result_that_is_asked_for(counting: Counting) -> None:
    (asked,) = counting.live.ask("grubhub")
    done = counting.live.run(asked)
    while done.state not in ENDED:
        assert done.not_before is not None
        counting.live.clock.ahead += done.not_before - counting.live.clock()
        with counting.counted() as writes:
            done = counting.live.run(asked)
        assert writes == Counter(transact_write_items=2, put_item=1), "taken up, its bucket, ended or parked again"
    assert done.state == State.SYNCED


def test_a_result_that_a_message_brings(counting: Counting) -> None:
    (asked,) = counting.live.ask("doordash")
    assert counting.live.run(asked).state == State.PROCESSING
    event = {"type": "MENU_CREATE", "status": "success", "reference": asked.reference}
    content = json.dumps({"event": event, "store": {"merchant_supplied_id": RESTAURANT}}).encode()
    headers = {"authorization": counting.live.sandbox.configs["doordash"]["webhook_token"]}
    with counting.counted() as writes:
        reception = counting.live.runtime.webhooks.receive("doordash", "menu_status", headers, content)
        assert reception.operations == (asked.operation_id,), reception
        assert counting.live.run(asked).state == State.SYNCED
    assert writes == Counter(transact_write_items=3, put_item=1), "noted as handled, kept, taken up, ended"
