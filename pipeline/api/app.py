"""The web application: what platforms call, the admin API, and whatever routers are added to it.

A router's routes get the opened parts by :data:`~pipeline.api.parts.RuntimeHere`
(:class:`~pipeline.sync.runtime.Runtime`), or from ``request.app.state.runtime``.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

from fastapi import APIRouter, FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.middleware.gzip import GZipMiddleware

from pipeline.api import dashboard, documentation, problems
from pipeline.api.admin import router as admin
from pipeline.api.boundary import Boundary
from pipeline.api.guard import HEADER
from pipeline.api.heads import Heads
from pipeline.api.parts import OpenedParts, Opener, runtime_of
from pipeline.api.public import router as public
from pipeline.api.pull import router as pull

__all__ = ["Opener", "create_app", "runtime_of"]

WORTH_PACKING = 1_000
"""Shorter answers are not compressed."""
PACKED = 5
"""As hard as answers are compressed: more costs much time for few bytes."""


def create_app(
    open_runtime: Opener, *, routers: Sequence[APIRouter] = (), work: bool = True, origins: Sequence[str] = ()
) -> FastAPI:
    """Make the application. ``open_runtime`` opens the parts when it starts; ``work``: it runs operations, too.

    Where no start is told (Lambda), the parts are opened with the first request, and nothing runs beside
    requests. ``origins`` are web pages elsewhere that may use the API (CORS); by default none.
    """

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

    app = FastAPI(
        title="Menu Sync", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False
    )
    app.state.runtime = app.state.worker = None
    for router in (public, pull, admin, documentation.router, dashboard.router, *routers):
        app.include_router(router)
    problems.install(app)
    documentation.install(app)
    app.add_middleware(OpenedParts, open_runtime=open_runtime)
    if origins:
        app.add_middleware(
            CORSMiddleware, allow_origins=list(origins), allow_methods=["GET", "POST", "PUT", "DELETE"],
            allow_headers=[HEADER, "Content-Type", "If-None-Match"], expose_headers=["ETag", "Retry-After", "Location"],
        )  # fmt: skip
    app.add_middleware(Boundary)
    # Outermost: marks of unchanged answers are of what is said, not of how it is packed.
    app.add_middleware(GZipMiddleware, minimum_size=WORTH_PACKING, compresslevel=PACKED)
    app.add_middleware(Heads)
    return app
