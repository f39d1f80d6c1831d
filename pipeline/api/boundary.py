"""What every request and answer passes: the last guard, sizes, headers, and answers that have not changed."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.api.problems import ProblemError, bug, of_store
from pipeline.store.protocol import StoreError

HEADERS: dict[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: https:; style-src 'self' 'unsafe-inline'; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
}
"""On every answer that does not say otherwise. Styles may be inline because editors write them; scripts never."""
MOST_BYTES = 1024 * 1024
MENU_BYTES = 32 * 1024 * 1024
LARGER: dict[str, int] = {
    "/admin/preview/": MENU_BYTES,
    "/admin/diff/": MENU_BYTES,
    "/admin/explain/": MENU_BYTES,
    "/webhooks/": MENU_BYTES,  # they have a limit of their own
}
"""Addresses below which a request may be larger than :data:`MOST_BYTES`."""
PRIVATE = "/admin"


class Boundary:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; whatever goes wrong inside is answered as problem details."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        path: str = scope["path"]
        private = path == PRIVATE or path.startswith(f"{PRIVATE}/")
        answer = _Answer(
            send, private, headers.get("if-none-match", "") if scope["method"] == "GET" and private else None
        )
        most = next((size for start, size in LARGER.items() if path.startswith(start)), MOST_BYTES)
        length = headers.get("content-length", "0")
        if length.isdigit() and int(length) > most:
            await _too_large(most).response()(scope, receive, answer)
            return
        try:
            await self._app(scope, _limited(receive, most), answer)
        except Exception as error:
            if answer.started:
                raise
            told = of_store(error) if isinstance(error, StoreError) else bug(error)
            await told.response()(scope, receive, answer)


class _Answer:
    """Sends an answer with the headers of all; one to ``GET`` is held until it is known whether it changed."""

    def __init__(self, send: Send, private: bool, known: str | None) -> None:
        self._send = send
        self._private = private
        self._known = known
        self._held: Message | None = None
        self._body = bytearray()
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._dress(message)
            if self._known is None or message["status"] != 200:
                self.started = True
                await self._send(message)
            else:
                self._held = message
        elif self._held is None:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._finish(self._held)

    def _dress(self, message: Message) -> None:
        headers = MutableHeaders(scope=message)
        for name, value in HEADERS.items():
            headers.setdefault(name, value)
        if self._private:
            headers.setdefault("Cache-Control", "private, no-cache" if self._known is not None else "no-store")

    async def _finish(self, start: Message) -> None:
        body = bytes(self._body)
        tag = f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers = MutableHeaders(scope=start)
        headers["ETag"] = tag
        known = {part.strip().removeprefix("W/") for part in (self._known or "").split(",")}
        self._held, self.started = None, True
        if tag.removeprefix("W/") in known:
            start["status"] = 304
            for name in ("content-length", "content-type"):
                if name in headers:
                    del headers[name]
            body = b""
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})


def _limited(receive: Receive, most: int) -> Callable[[], Awaitable[Any]]:
    """Count what comes in, since a length can be left out or be a lie."""
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most:
            raise HTTPException(413)
        return message

    return counted


def _too_large(most: int) -> ProblemError:
    detail = f"The request is larger than {most // 1024:,} KB."
    return ProblemError(413, detail, code="too-large", headers={"Connection": "close"})
