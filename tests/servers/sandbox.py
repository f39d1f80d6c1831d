"""The sandbox in a process of its own, for tests: started once per test run, emptied before each test."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO, Any

import httpx
import pytest

from tests.shared_files import REPOSITORY

TIME_SCALE = 200
RESTAURANTS = ("rest_001", "rest_002", "rest_003")


@dataclass(frozen=True)
class SandboxServer:
    """A running sandbox. ``configs`` is the PLATFORM_CONFIGS that fits it; ``http`` knows its address."""

    address: str
    configs: dict[str, Any]
    http: httpx.Client

    def get(self, path: str) -> Any:
        """Read from its own interface: ``get("doordash/menus?store=dd-rest_001")``."""
        return self._checked(self.http.get(f"/_sandbox/{path}"))

    def post(self, path: str, body: Any = None) -> Any:
        """Call its own interface: ``post("clock", {"advance": 3600})``."""
        return self._checked(self.http.post(f"/_sandbox/{path}", json=body))

    def reset(self) -> None:
        """Forget everything, as after the start."""
        self.post("reset")

    def fault(self, kind: str, platform: str | None = None, **rule: Any) -> str:
        """Ask for a fault and give its rule's id: ``fault("status", "doordash", status=503, match={"path": "*"})``."""
        return str(self.post("faults", {"kind": kind, "platform": platform, **rule})["ids"][0])

    def fired(self, rule: str) -> int:
        """Give how often a fault's rule fired."""
        return int(self.get("faults/fired")["rules"][rule])

    def store(self, platform: str, restaurant: str = "rest_001") -> str:
        """Give a restaurant's store id on a platform."""
        return str(self.configs[platform]["stores"][restaurant]["store_id"])

    def count(self, platform: str, **chosen: str) -> int:
        """Count the requests that a platform got: ``count("doordash", method="POST", path="menus$")``."""
        return int(self.http.get(f"/_sandbox/{platform}/requests", params=chosen).raise_for_status().json()["chosen"])

    def raise_price(self, item_id: str, price: int) -> None:
        """Change a price at Uber Eats, behind everybody's back."""
        config = self.configs["ubereats"]
        granted = self.http.post(
            "/ubereats/oauth/v2/token",
            data={
                "client_id": config["client_id"], "client_secret": config["client_secret"],
                "grant_type": "client_credentials", "scope": "eats.store",
            },
        )  # fmt: skip
        done = self.http.post(
            f"/ubereats/v2/eats/stores/{self.store('ubereats')}/menus/items/{item_id}",
            headers={"Authorization": f"Bearer {granted.json()['access_token']}"},
            json={"price_info": {"price": price}},
        )
        assert done.is_success, done.text

    def _checked(self, answer: httpx.Response) -> Any:
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None


def start_sandbox(*arguments: str, log: IO[str] | None = None) -> tuple[subprocess.Popen[str], dict[str, Any]]:
    """Start the command on a free port and wait until it is ready; gives the process and its PLATFORM_CONFIGS.

    What it says on stderr goes to ``log``.
    """
    process = subprocess.Popen(
        [sys.executable, "cli.py", "sandbox", "--port", "0", *arguments],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        pytest.fail(f"the sandbox did not start: exit code {stop_sandbox(process)}")
    return process, json.loads(line)


def stop_sandbox(process: subprocess.Popen[str]) -> int:
    """End the process and give its exit code."""
    process.terminate()
    try:
        code = process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        code = process.wait(10)
    assert process.stdout is not None
    process.stdout.close()
    return code


@pytest.fixture(scope="session")
def sandbox_process() -> Iterator[SandboxServer]:
    """Run one sandbox for the whole test run; a bug of its own that it logs fails the run at the end."""
    seeds = [part for restaurant in RESTAURANTS for part in ("--seed", restaurant)]
    with TemporaryFile("w+") as log:
        process, configs = start_sandbox("--time-scale", str(TIME_SCALE), *seeds, log=log)
        address = next(iter(configs.values()))["base_url"].rpartition("/")[0]
        try:
            with httpx.Client(base_url=address, timeout=30) as client:
                yield SandboxServer(address, configs, client)
        finally:
            stop_sandbox(process)
        log.seek(0)
        assert [line for line in log if "error of the sandbox" in line or "could not" in line] == []


@pytest.fixture
def sandbox_server(sandbox_process: SandboxServer) -> SandboxServer:
    """Give the sandbox as it is after its start."""
    sandbox_process.reset()
    return sandbox_process
