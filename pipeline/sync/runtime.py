"""Everything that a process needs to sync, opened together and closed together."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime

from connectors.transport import HttpTransport
from pipeline.settings import Settings
from pipeline.store.protocol import SyncStore
from pipeline.sync.asking.service import Service
from pipeline.sync.engine import Engine
from pipeline.sync.gauges import Gauges
from pipeline.sync.tools import MenuSource, Shelf
from pipeline.sync.webhooks import Webhooks
from pipeline.sync.wiring import store_of, tools_of, utc_now
from pipeline.sync.worker import Worker
from pipeline.telemetry import telemetry


@dataclass(frozen=True, slots=True)
class Runtime:
    """The opened parts."""

    settings: Settings
    store: SyncStore
    engine: Engine
    service: Service
    webhooks: Webhooks
    worker: Worker


@contextlib.asynccontextmanager
async def opened(
    settings: Settings,
    *,
    environment: str = "",
    shelf: Shelf | None = None,
    origin: str = "command line",
    source: MenuSource | None = None,
    store: SyncStore | None = None,
    now: Callable[[], datetime] = utc_now,
) -> AsyncIterator[Runtime]:
    """Open store and HTTP client, and close them at the end; a store that is given stays open. Raises StoreError."""
    own = store is None
    used = store if store is not None else store_of(settings)
    try:
        async with HttpTransport() as transport:
            tools = tools_of(settings, used, transport, environment=environment, shelf=shelf, source=source, now=now)
            engine = Engine(tools)
            if telemetry.on:
                telemetry.watch(Gauges(used, engine.tools.shelf, now).measures)
            yield Runtime(settings, used, engine, Service(engine, origin), Webhooks(engine), Worker(engine))
    finally:
        if telemetry.on:  # gauges ask the store, which is open for a moment only
            await asyncio.to_thread(telemetry.flush)
            telemetry.watch({})
        if own:
            used.close()
