"""Functions' processes on SQLite, and on DynamoDB behind a server that throttles when it is told to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.store.open import open_store
from tests.integration.functions.chain import Chain, WorkQueue, running
from tests.packages import lambda_client, package_folder, package_zip
from tests.servers.local_aws import dynamodb_address, ministack_address, new_store_address
from tests.servers.sandbox import SandboxServer, sandbox_process, sandbox_server
from tests.servers.throttling import Throttling, throttling

__all__ = ["lambda_client", "package_folder", "package_zip", "sandbox_process", "sandbox_server"]


@pytest.fixture
def chain(sandbox_server: SandboxServer, tmp_path: Path, package_folder: Path, lambda_client: Path) -> Iterator[Chain]:
    """Give functions that share a SQLite file."""
    database = tmp_path / "sync.db"
    environment = {"SYNC_STORE": "sqlite", "SYNC_DATABASE": str(database)}
    with running(
        sandbox_server, tmp_path, package_folder, lambda_client, lambda: open_store(str(database)), environment
    ) as made:
        yield made


@pytest.fixture
def queued(sandbox_server: SandboxServer, tmp_path: Path, package_folder: Path, lambda_client: Path) -> Iterator[Chain]:
    """Give functions that hand work to each other by a queue, as they do in AWS."""
    database, endpoint = tmp_path / "sync.db", ministack_address()
    queue = WorkQueue(endpoint)
    environment = {
        "SYNC_STORE": "sqlite", "SYNC_DATABASE": str(database), "WORK_QUEUE_URL": queue.url,
        "AWS_ENDPOINT_URL_SQS": endpoint,
    }  # fmt: skip
    try:
        with running(
            sandbox_server, tmp_path, package_folder, lambda_client, lambda: open_store(str(database)), environment
        ) as made:
            made.queue = queue
            yield made
    finally:
        queue.close()


@dataclass(frozen=True)
class Throttled:
    """Functions on DynamoDB, and what says how much of their requests is refused."""

    chain: Chain
    table: Throttling


@pytest.fixture
def throttled(
    sandbox_server: SandboxServer, tmp_path: Path, package_folder: Path, lambda_client: Path
) -> Iterator[Throttled]:
    """Give functions that share DynamoDB tables which can be made to refuse."""
    endpoint = dynamodb_address()
    address = new_store_address(endpoint)
    prefix = address.removeprefix("dynamodb:").partition("?")[0]
    with throttling(endpoint) as table:
        environment = {
            "SYNC_STORE": "dynamodb", "DYNAMODB_TABLE_PREFIX": prefix, "DYNAMODB_ENDPOINT": table.address,
        }  # fmt: skip
        with running(
            sandbox_server, tmp_path, package_folder, lambda_client, lambda: open_store(address), environment
        ) as made:
            yield Throttled(made, table)
