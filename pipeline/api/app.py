"""The web application: what platforms call, and whatever routers are added to it.

A router's routes get the opened parts from ``request.app.state.runtime``
(:class:`~pipeline.sync.runtime.Runtime`), or as a dependency by :func:`runtime_of`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager

from fastapi import APIRouter, FastAPI, Request

from pipeline.api.public import router as public
from pipeline.sync.runtime import Runtime

Opener = Callable[[], AbstractAsyncContextManager[Runtime]]


def create_app(open_runtime: Opener, *, routers: Sequence[APIRouter] = (), work: bool = True) -> FastAPI:
    """Make the application. ``open_runtime`` opens the parts when it starts; ``work``: it runs operations, too."""

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_runtime() as runtime:
            app.state.runtime = runtime
            stop = asyncio.Event()
            task = asyncio.create_task(runtime.worker.run(stop)) if work else None
            app.state.worker = task
            try:
                yield
            finally:
                stop.set()
                if task is not None:
                    await task

    app = FastAPI(title="Menu Sync", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    for router in (public, *routers):
        app.include_router(router)
    return app


def runtime_of(request: Request) -> Runtime:
    """Give the opened parts, as a dependency of routes."""
    runtime: Runtime = request.app.state.runtime
    return runtime
