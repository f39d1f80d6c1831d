"""All platforms' stand-ins in one server on 127.0.0.1, each under its own first part of the path."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox import control
from sandbox.clock import Clock
from sandbox.definition import FOLDER, Definition, read_definitions
from sandbox.exchange import Answer, Request
from sandbox.faults import Faults
from sandbox.platform import Platform
from sandbox.server import Server

RESTAURANTS = ("rest_001", "rest_002", "rest_003")


@dataclass(frozen=True, slots=True)
class Options:
    """How a sandbox is started; port 0 is any free one.

    ``restaurants`` get a store on every platform. ``time_scale``: so many times faster do jobs go.
    ``webhook_url`` is where the product is found: webhooks go to ``/webhooks/{platform}/{webhook}`` there.
    """

    port: int = 9000
    restaurants: tuple[str, ...] = RESTAURANTS
    webhook_url: str | None = None
    time_scale: float = 1.0
    limits: bool = True
    folder: Path = FOLDER


class Sandbox:
    """The stand-ins, their clock and their faults."""

    def __init__(self, options: Options, definitions: dict[str, Definition], port: int) -> None:
        self.options = options
        self.faults = Faults()
        self.clock = Clock(options.time_scale)
        self.address = f"http://127.0.0.1:{port}"
        self.platforms = {
            name: Platform(definition, f"{self.address}/{name}", self.clock, self.faults)
            for name, definition in definitions.items()
        }
        self.reset()

    def reset(self) -> None:
        """Begin anew, as after the start."""
        self.faults.clear()
        self.clock.advanced = 0.0
        for platform in self.platforms.values():
            platform.reset(list(self.options.restaurants))
        self.set_callback(self.options.webhook_url)
        self.switch_limits(on=self.options.limits)

    def set_callback(self, url: str | None) -> None:
        """Say where all webhooks go."""
        for platform in self.platforms.values():
            platform.callback = url

    def switch_limits(self, *, on: bool) -> None:
        """Switch the limits on requests on or off, and count anew."""
        for platform in self.platforms.values():
            platform.state.windows.on = on
            platform.state.windows.clear()

    def configurations(self) -> dict[str, Any]:
        """Give a PLATFORM_CONFIGS that fits."""
        return {
            name: platform.configuration(list(self.options.restaurants)) for name, platform in self.platforms.items()
        }

    async def handle(self, request: Request) -> Answer:
        """Answer one request: of a platform, or of the sandbox's own interface."""
        if request.path == control.PREFIX or request.path.startswith(f"{control.PREFIX}/"):
            return await control.handle(self, request)
        name, slash, path = request.path.removeprefix("/").partition("/")
        platform = self.platforms.get(name)
        if platform is None:
            return Answer(404, {"message": f"There is no such platform; there are: {', '.join(self.platforms)}."})
        return await platform.handle(request, slash + path)


async def run(options: Options, ready: Callable[[Sandbox], None]) -> None:
    """Serve until the process is told to end; ``ready`` is called once requests are taken.

    Raises :class:`sandbox.reading.DefinitionError` for a wrong data file, OSError for a port that is taken.
    """
    definitions = read_definitions(options.folder)
    sandbox: Sandbox | None = None

    async def handle(request: Request) -> Answer:
        assert sandbox is not None
        return await sandbox.handle(request)

    server = Server(handle)
    sandbox = Sandbox(options, definitions, await server.start(options.port))
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, ended.set)
    ready(sandbox)
    try:
        await ended.wait()
    finally:
        for platform in sandbox.platforms.values():
            platform.reset([])
        await server.stop()
