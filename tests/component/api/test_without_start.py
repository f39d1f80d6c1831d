"""The same API where no start is ever told, as under Lambda: nothing of the process matters."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import pytest

from pipeline.api.app import create_app
from pipeline.sync.runtime import Runtime
from tests.api_world import KEYS, MINE, PLATFORM, World, world
from tests.route_table import addresses, body_about, routes


@pytest.fixture
def api(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path, lifespan=False) as running:
        yield running


def test_every_route_answers(api: World):
    for route in routes(api.app):
        for address in addresses(route, api, MINE):
            answer = api.call(route.method, address, json=body_about(route, api, MINE) or None)
            assert answer.status_code < 500, f"{route}: {answer.text}"
    for path in ("/health", "/ready", "/docs", "/openapi.json"):
        assert api.get(path, "").status_code == 200


def test_what_is_put_in_line_is_in_the_store_alone(api: World):
    """Another process finds it there, and the parts can be thrown away between any two requests."""
    queued = api.post(f"/admin/sync/{MINE}/platform/{PLATFORM}").json()["operations"][0]["operation_id"]
    api.app.state.runtime = None
    assert api.get(f"/admin/operations/{queued}").json()["state"] == "PENDING"


def test_the_parts_are_opened_once_per_event_loop(tmp_path: Path):
    opened: list[int] = []
    with world(tmp_path) as running:
        runtime: Runtime = running.app.state.runtime

        @contextlib.asynccontextmanager
        async def opener() -> AsyncIterator[Runtime]:
            opened.append(1)
            await asyncio.sleep(0)
            yield runtime

        app = create_app(opener, work=False)

        async def several() -> None:
            transport = httpx2.ASGITransport(app=app)
            async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
                headers = {"X-API-Key": KEYS["operator"]}
                answers = await asyncio.gather(*(client.get("/admin/me", headers=headers) for _ in range(5)))
                assert {answer.status_code for answer in answers} == {200}

        asyncio.run(several())
        assert len(opened) == 1
        asyncio.run(several())
        assert len(opened) == 2
