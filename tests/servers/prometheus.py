"""Debian's Prometheus, where it is installed: scrapes one address, answers PromQL."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

PATIENCE = 60.0


def program(name: str) -> str:
    """Give the path of ``prometheus`` or ``promtool``; skip the test without it, fail it where CI is set."""
    path = shutil.which(name)
    if path is not None:
        return path
    reason = f"{name} is not installed: apt-get install prometheus"
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@dataclass(frozen=True)
class Prometheus:
    """A running Prometheus."""

    http: httpx.Client

    def ask(self, expression: str) -> list[dict[str, Any]]:
        """Evaluate PromQL now: ``[{"metric": {…}, "value": [time, text]}]``."""
        answer = self.http.get("/api/v1/query", params={"query": expression})
        assert answer.status_code == 200, (expression, answer.text)
        return list(answer.json()["data"]["result"])

    def await_data(self, expression: str) -> list[dict[str, Any]]:
        """Evaluate until there is something."""
        end = time.monotonic() + PATIENCE
        while not (found := self.ask(expression)) and time.monotonic() < end:
            time.sleep(0.2)
        return found


@contextmanager
def scraping(target: str, folder: Path) -> Iterator[Prometheus]:
    """Run it; ``target`` (host:port) is scraped every second."""
    path = program("prometheus")
    config = folder / "prometheus.yml"
    config.write_text(
        "global: {scrape_interval: 1s}\n"
        f"scrape_configs: [{{job_name: menu-sync, static_configs: [{{targets: ['{target}']}}]}}]\n"
    )
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    arguments = [
        f"--config.file={config}", f"--storage.tsdb.path={folder / 'data'}", f"--web.listen-address={address}",
        "--log.level=error",
    ]  # fmt: skip
    process = subprocess.Popen([path, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with httpx.Client(base_url=f"http://{address}", timeout=10) as client:
            end = time.monotonic() + PATIENCE
            while not _ready(client):
                assert process.poll() is None, "prometheus ended"
                assert time.monotonic() < end, "prometheus is not ready"
                time.sleep(0.1)
            yield Prometheus(client)
    finally:
        process.terminate()
        process.wait(10)


def _ready(client: httpx.Client) -> bool:
    try:
        return client.get("/-/ready").status_code == 200
    except httpx.TransportError:
        return False
