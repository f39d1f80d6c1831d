"""The server of faults, as tests use it: started once per module, scripted before each request."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.connector import StepResult
from connectors.transport import HttpTransport
from tests.conversations import FACTS, Time, connector, mapping, names

SERVER = Path(__file__).resolve().parent.parent / "servers" / "fault_server.py"


class Platform:
    """The server, as a test tells it what to do."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def call(self, method: str, path: str, body: Any = None) -> Any:
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.url + path, data, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read())

    def will(self, **behaviours: list[dict[str, Any]]) -> None:
        """Script the answers: ``menu=[…]`` is for ``/menu``."""
        self.call("PUT", "/_script", {f"/{path}": replies for path, replies in behaviours.items()})

    def came(self, path: str = "") -> list[dict[str, Any]]:
        """Give the requests that came."""
        return [entry for entry in self.call("GET", "/_log") if entry["target"].split("?")[0].endswith(path)]


@pytest.fixture(scope="module", name="platform")
def platform_server() -> Iterator[Platform]:
    process = subprocess.Popen([sys.executable, str(SERVER), "120"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    yield Platform(int(process.stdout.readline()))
    process.terminate()
    process.wait(10)
    process.stdout.close()


STEP = """
publish:
  - step: menu
    request: "PUT /menu"
    body: = payload
    save: {menu_id: = answer.body.id}
retry: {attempts: 2, backoff: 3s}
"""


def run(work: Callable[[HttpTransport], Awaitable[Any]]) -> Any:
    async def whole() -> Any:
        async with HttpTransport() as transport:
            return await work(transport)

    return asyncio.run(whole())


def publish(
    platform: Platform, text: str = STEP, *, time: Time | None = None, make: dict[str, Any] | None = None, **more: Any
) -> StepResult:
    compiled = mapping(text)

    async def work(transport: HttpTransport) -> StepResult:
        made = connector(compiled, transport, time=time, base_url=platform.url, auth_url=platform.url, **(make or {}))
        return await made.send(compiled.conversation.publish[0], names(compiled, **more), FACTS)

    result: StepResult = run(work)
    return result


OAUTH = """
auth:
  type: oauth2
  grant: refresh_token
  token_url: "{environment.auth_url}/token"
  refresh_token: = credentials.refresh_token
"""
