"""How routes get the opened parts, also where no startup event ever ran."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Annotated

import anyio.from_thread
from fastapi import Depends, Request
from starlette.types import ASGIApp, Receive, Scope, Send

from connectors.limits import LocalLimits, RateLimits
from pipeline.sync.runtime import Runtime

Opener = Callable[[], AbstractAsyncContextManager[Runtime]]


class OpenedParts:
    """ASGI middleware that opens the parts with the first request where the server sends no startup event.

    A Lambda function is such a place: it is frozen between requests and thrown away without a word, so
    the parts stay open for the next request and are never closed. A request on another event loop gets
    parts of its own, since connections live on one loop.
    """

    def __init__(self, app: ASGIApp, open_runtime: Opener) -> None:
        self._app = app
        self._open = open_runtime
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock: asyncio.Lock | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] == "http":
            await self._opened(scope["app"].state)
        await self._app(scope, receive, send)

    async def _opened(self, state: object) -> None:
        loop = asyncio.get_running_loop()
        runtime = getattr(state, "runtime", None)
        if runtime is not None and self._loop in (None, loop):
            return
        if self._loop is not loop:
            self._loop, self._lock = loop, asyncio.Lock()
            state.runtime = None  # type: ignore[attr-defined]
        assert self._lock is not None
        async with self._lock:
            if getattr(state, "runtime", None) is None:
                stack = contextlib.AsyncExitStack()
                state.runtime = await stack.enter_async_context(self._open())  # type: ignore[attr-defined]
                state.stack = stack  # type: ignore[attr-defined]


def runtime_of(request: Request) -> Runtime:
    """Give the opened parts, as a dependency of routes."""
    runtime: Runtime = request.app.state.runtime
    return runtime


RuntimeHere = Annotated[Runtime, Depends(runtime_of)]


def limits_of(request: Request, runtime: Runtime) -> RateLimits:
    """Give what counts requests: this process, where it alone has the store, else the store itself."""
    if runtime.settings.sync_store != "sqlite":
        return runtime.store
    state = request.app.state
    if not hasattr(state, "limits"):
        state.limits = LocalLimits()
    limits: RateLimits = state.limits
    return limits


def woken(runtime: Runtime) -> None:
    """Let the worker look at once for what was put in line; called by routes that run in a thread."""
    anyio.from_thread.run_sync(runtime.worker.wake)
