"""The sync as it is served, against the sandbox: real store, real HTTP, webhooks and hosted documents."""

from __future__ import annotations

import asyncio
import copy
import json
import socket
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import uvicorn

from connectors.blocking import EventLoop
from connectors.menu_service import Fetched, SourceFailure, WholeMenu
from pipeline.api.app import create_app
from pipeline.menu import DAYS
from pipeline.settings import Settings, load_settings
from pipeline.store.protocol import SyncStore
from pipeline.store.records import ENDED, Operation, State, Status, SyncError
from pipeline.sync.asking.service import Refused, Requested, SoldOutAnswer
from pipeline.sync.runtime import Runtime, opened
from tests.servers.sandbox import SandboxServer

T = TypeVar("T")
RESTAURANT = "rest_001"
WAIT = 30.0
"""Seconds that a wait for others may take on a busy machine."""


def small_menu(restaurant: str = RESTAURANT) -> dict[str, Any]:
    """Give a small menu that every platform takes, with all values different."""
    return {
        "restaurant": {
            "restaurant_id": restaurant, "name": "Chez Nous", "currency": "USD", "locale": "en-US",
            "timezone": "America/New_York",
            "hours": [
                {"day": day, "start": f"1{place % 3}:0{place}", "end": f"2{place % 3}:1{place}"}
                for place, day in enumerate(DAYS)
            ],
        },
        "categories": [
            {"category_id": "c-1", "name": "Plates", "display_order": 1},
            {"category_id": "c-2", "name": "Drinks", "display_order": 2},
        ],
        "items": [
            {"item_id": "i-1", "name": "Soup", "price": "6.10", "category": "c-1", "availability": True},
            {"item_id": "i-2", "name": "Pasta", "price": "11.25", "category": "c-1", "availability": True,
             "modifier_groups": ["g-1"]},
            {"item_id": "i-3", "name": "Steak", "price": "23.40", "category": "c-1", "availability": True},
            {"item_id": "i-4", "name": "Water", "price": "2.30", "category": "c-2", "availability": True},
            {"item_id": "i-5", "name": "Juice", "price": "4.55", "category": "c-2", "availability": True},
            {"item_id": "i-6", "name": "Tea", "price": "3.05", "category": "c-2", "availability": True},
        ],
        "modifier_groups": [
            {"modifier_group_id": "g-1", "name": "Sauce", "min_select": 1, "max_select": 1, "options": [
                {"option_id": "o-1", "name": "Tomato", "price": "0"},
                {"option_id": "o-2", "name": "Pesto", "price": "1.15"},
            ]},
        ],
    }  # fmt: skip


class Source:
    """A menu service in memory: what it gives can be changed, and how often it was asked is counted."""

    def __init__(self) -> None:
        self.menus: dict[str, dict[str, Any]] = {}
        self.failure: SourceFailure | None = None
        self.fetched = 0

    async def fetch(self, restaurant_id: str) -> Fetched:
        """Give a menu, as the menu service would."""
        self.fetched += 1
        if self.failure is not None:
            return self.failure
        menu = self.menus.setdefault(restaurant_id, small_menu(restaurant_id))
        return WholeMenu(json.dumps(menu).encode())


class Clock:
    """The wall's clock, which a test can turn on, or stop where it counts what depends on how long things take."""

    def __init__(self) -> None:
        self.ahead = timedelta()
        self.stopped: datetime | None = None

    def __call__(self) -> datetime:
        """Give the instant."""
        return (self.stopped or datetime.now(UTC)) + self.ahead

    def stop(self) -> None:
        """Let time pass only where it is turned on."""
        self.stopped = datetime.now(UTC)


class Live:
    """A served sync. Its methods are for plain test code; what it does runs in a thread of its own."""

    def __init__(self, loop: EventLoop, runtime: Runtime, source: Source, clock: Clock, sandbox: SandboxServer) -> None:
        self.loop = loop
        self.runtime = runtime
        self.source = source
        self.clock = clock
        self.sandbox = sandbox

    @property
    def store(self) -> SyncStore:
        """The store."""
        return self.runtime.store

    @property
    def menu(self) -> dict[str, Any]:
        """The restaurant's menu at its source, to be changed."""
        return self.source.menus.setdefault(RESTAURANT, small_menu())

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something on the loop of the sync."""
        return self.loop.run(work)

    def ask(self, *platforms: str, restaurant: str = RESTAURANT, **more: Any) -> list[Operation]:
        """Ask for a publish; every platform has to take it."""
        found = self.runtime.service.sync(restaurant, platforms, by="tester", **more)
        for each in found:
            assert isinstance(each, Requested), each
        return [each.operation for each in found if isinstance(each, Requested)]

    def run(self, operation: Operation) -> Operation:
        """Do what an operation has to do now."""
        done = self.call(self.runtime.engine.run(operation.operation_id))
        assert done is not None
        return done

    def settle(self, operation: Operation) -> Operation:
        """Work on an operation until it ends, as a worker would: whatever it waits for is waited for."""

        async def work() -> Operation:
            async with asyncio.timeout(WAIT):
                while True:
                    done = await self.runtime.engine.run(operation.operation_id)
                    assert done is not None
                    if done.state in ENDED:
                        return done
                    await asyncio.sleep(0.2)
                    ahead = (done.not_before or self.clock()) - self.clock()
                    if timedelta() < ahead < timedelta(seconds=70):
                        self.clock.ahead += ahead

        return self.call(work())

    def publish(self, *platforms: str, **more: Any) -> Operation:
        """Publish on one platform and give the operation that has ended."""
        return self.settle(self.ask(*platforms, **more)[0])

    def sweep(self) -> list[str]:
        """Do one round of what is due; gives the operations."""
        return self.call(self.runtime.worker.sweep()).operations

    def until_synced(self, platform: str) -> Status:
        """Do what is due, again and again, until the platform is up to date."""
        for _ in range(40):
            self.sweep()
            status = self.status(platform)
            if status.state == State.SYNCED and not status.waiting and not status.running:
                return status
            time.sleep(0.2)
            self.turn(seconds=6)
        raise AssertionError(self.status(platform))

    def sold_out(self, *wanted: str, platforms: tuple[str, ...], **more: Any) -> SoldOutAnswer:
        """Say that dishes are sold out."""
        return self.call(self.runtime.service.sold_out(RESTAURANT, wanted, by="tester", platforms=platforms, **more))

    def back(self, *wanted: str, platforms: tuple[str, ...]) -> SoldOutAnswer:
        """Say that dishes are back."""
        return self.call(self.runtime.service.back(RESTAURANT, wanted, by="tester", platforms=platforms))

    def status(self, platform: str, restaurant: str = RESTAURANT) -> Status:
        """Give the status on a platform."""
        status = self.store.status(restaurant, platform)
        assert status is not None
        return status

    def error(self, operation: Operation) -> SyncError:
        """Give an operation's error."""
        error = self.store.error(operation.error_id)
        assert error is not None, operation
        return error

    def turn(self, **ahead: float) -> None:
        """Turn the clock on."""
        self.clock.ahead += timedelta(**ahead)

    def turn_to_noon_tomorrow(self) -> None:
        """Turn the clock on to a time from which hours pass before the next day begins, whenever the test runs."""
        now = self.clock()
        self.clock.ahead += now.replace(hour=12, minute=0, second=0) + timedelta(days=1) - now


def until(good: Callable[[], bool]) -> None:
    """Wait for what others do meanwhile: a worker, a platform."""
    end = time.monotonic() + WAIT
    while not good():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.1)


def live_settings(sandbox: SandboxServer, folder: Path, address: str, **more: str) -> Settings:
    """Give the settings that fit the sandbox."""
    environment = {
        "PLATFORM_CONFIGS": json.dumps(copy.deepcopy(sandbox.configs)),
        "SYNC_DATABASE": str(folder / "sync.db"),
        "SIGNING_KEY": "a key for signing in tests",
        "PUBLIC_BASE_URL": address,
        **more,
    }
    settings, findings = load_settings(environment, env_file=None)
    assert settings is not None, [str(finding) for finding in findings]
    return settings


@contextmanager
def served(
    sandbox: SandboxServer, folder: Path, *, work: bool = False, webhooks: bool = True,
    store: SyncStore | None = None, **more: str,
) -> Iterator[Live]:  # fmt: skip
    """Serve a sync on a free port, the sandbox's webhooks pointed at it; ``work``: its worker runs, too.

    ``store``: another one than a file's in the folder; ``more``: further settings.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    source, clock = Source(), Clock()
    settings = live_settings(sandbox, folder, address, **more)
    if webhooks:
        sandbox.post("callback", {"url": address})
    with EventLoop() as loop:
        stack = AsyncExitStack()

        async def start() -> tuple[Runtime, uvicorn.Server, asyncio.Task[None]]:
            runtime = await stack.enter_async_context(
                opened(settings, source=source, store=store, now=clock, origin="test")
            )
            app = create_app(lambda: nullcontext(runtime), work=work)
            server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=2))
            task = asyncio.create_task(server.serve(sockets=[listener]))
            while not server.started:  # noqa: ASYNC110 - the server has no event for it
                await asyncio.sleep(0.01)
            return runtime, server, task

        runtime, server, task = loop.run(start())

        async def stop() -> None:
            server.should_exit = True
            await task
            await stack.aclose()

        try:
            yield Live(loop, runtime, source, clock, sandbox)
        finally:
            loop.run(stop())


__all__ = ["Live", "Refused", "Source", "State", "served", "small_menu"]
