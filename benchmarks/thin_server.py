"""A server in a process of its own that reads requests whole and only says yes: what is measured is the client."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

TOKEN = b'{"access_token": "token-of-the-benchmark", "token_type": "Bearer", "expires_in": 86400}'
JOB = b'{"merchant_statuses": [{"status": "success", "details": []}]}'
STATE = b'{"menus": [{"latest_menu_update": {"status": "success", "created_at": "2031-01-02T00:00:00Z"}}]}'
TAKEN = b'{"valid": true, "job_id": "job-1", "menu_id": "menu-1"}'


def answer(method: bytes, path: bytes) -> tuple[int, bytes]:
    """Give the status and body that each platform's happy way has."""
    if b"/oauth" in path:
        return 200, TOKEN
    if method == b"GET":
        if b"/jobs/" in path:
            return 200, JOB
        return (200, STATE) if path.endswith(b"/menu_details") else (404, b"{}")
    return (204, b"") if method == b"PUT" else (200, TAKEN)


class Server(asyncio.Protocol):
    """Answers each request once its body is there."""

    counted = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.waiting = bytearray()

    def data_received(self, data: bytes) -> None:
        self.waiting += data
        while (end := self.waiting.find(b"\r\n\r\n")) >= 0:
            head = bytes(self.waiting[:end])
            lower = head.lower()
            at = lower.find(b"content-length:")
            size = int(lower[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self.waiting) < end + 4 + size:
                return
            del self.waiting[: end + 4 + size]
            method, path, _ = head.split(b" ", 2)
            if path == b"/count":
                status, body = 200, str(Server.counted).encode()
            else:
                Server.counted += 1
                status, body = answer(method, path)
            length = b"Content-Length: %d\r\n" % len(body) if status != 204 else b""
            self.transport.write(  # type: ignore[attr-defined]
                b"HTTP/1.1 %d OK\r\nContent-Type: application/json\r\n%s\r\n%s" % (status, length, body)
            )


def serve(pipe: Any) -> None:
    """Serve on a free port until killed, an hour at most."""

    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(Server, "127.0.0.1", 0)
        pipe.send(server.sockets[0].getsockname()[1])
        await asyncio.sleep(3600)

    asyncio.run(run())


@dataclass(frozen=True)
class Thin:
    """The running server."""

    url: str


@contextmanager
def serving() -> Iterator[Thin]:
    """Run the server while something is measured."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield Thin(f"http://127.0.0.1:{ours.recv()}")
    finally:
        process.terminate()
        process.join()
