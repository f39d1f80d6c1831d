"""Events against a served sync and the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live import Live, served
from tests.servers.sandbox import SandboxServer, sandbox_process, sandbox_server

__all__ = ["sandbox_process", "sandbox_server"]


@pytest.fixture
def live(sandbox_server: SandboxServer, tmp_path: Path) -> Iterator[Live]:
    """Give a served sync without a worker: the test says when something is done."""
    with served(sandbox_server, tmp_path) as running:
        yield running
