"""HTTP/1.1 on asyncio streams: whole requests in, answers out, and connections broken on purpose."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import http.client
import logging
import os
import socket
import struct
from collections.abc import Awaitable, Callable

import h11

from sandbox.exchange import Answer, Request

LOG = logging.getLogger(__name__)
DEBUG = os.environ.get("MENU_SYNC_DEBUG") == "1"
MAX_REQUEST = 40 * 1024 * 1024
IDLE_SECONDS = 75.0
COMPRESSED_FROM = 1024
BODILESS = (204, 304)

Handler = Callable[[Request], Awaitable[Answer]]


class TooLarge(Exception):
    """A body beyond what is read at all."""


class Server:
    """Listens on 127.0.0.1, with its connections as tasks of its own, so that all of them end with it."""

    def __init__(self, handle: Handler) -> None:
        self._handle = handle
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self, port: int) -> int:
        """Begin to listen, and give the port; 0 is any free one."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", port, backlog=512)
        chosen: int = self._server.sockets[0].getsockname()[1]
        return chosen

    async def stop(self) -> None:
        """Listen no more and break all connections off."""
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(set(self._tasks))

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _Connection(reader, writer, self._handle).run()
        except (ConnectionError, TimeoutError, asyncio.CancelledError):
            pass
        except Exception as error:  # one connection's bug must not end the others
            LOG.error("A connection ended in an error of the sandbox itself: %r", error, exc_info=DEBUG)
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()


class _Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, handle: Handler) -> None:
        self._reader = reader
        self._writer = writer
        self._handle = handle
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=64 * 1024)

    async def run(self) -> None:
        while True:
            try:
                request = await self._read()
            except TooLarge:
                await self._write(Answer(413, {"message": "The sandbox reads no larger bodies."}), packed=False)
                return
            except h11.RemoteProtocolError as error:
                if self._http.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
                    await self._write(Answer(error.error_status_hint, {"message": str(error)}), packed=False)
                return
            if request is None:
                return
            answer = await self._handle(request)
            if answer.broken == "reset":
                self._reset()
                return
            await self._write(answer, packed="gzip" in request.headers.get("accept-encoding", ""))
            if answer.broken or self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
                return
            self._http.start_next_cycle()

    async def _read(self) -> Request | None:
        head: h11.Request | None = None
        parts: list[bytes] = []
        size = 0
        while True:
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                if self._http.they_are_waiting_for_100_continue:
                    await self._send(h11.InformationalResponse(status_code=100, headers=[]))
                self._http.receive_data(await asyncio.wait_for(self._reader.read(256 * 1024), IDLE_SECONDS))
            elif isinstance(event, h11.Request):
                head = event
            elif isinstance(event, h11.Data):
                size += len(event.data)
                if size > MAX_REQUEST:
                    raise TooLarge
                parts.append(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage) and head is not None:
                headers = {name.decode("ascii"): value.decode("latin-1") for name, value in head.headers}
                return Request(head.method.decode("ascii"), head.target.decode("ascii"), headers, b"".join(parts))
            else:
                return None

    async def _write(self, answer: Answer, *, packed: bool) -> None:
        content = b"" if answer.status in BODILESS else answer.content()
        headers = {"Content-Type": "application/json", **answer.headers} if content else dict(answer.headers)
        if packed and len(content) >= COMPRESSED_FROM:
            content = gzip.compress(content, 1)
            headers["Content-Encoding"] = "gzip"
        if answer.status not in BODILESS:
            headers["Content-Length"] = str(len(content))
        reason = http.client.responses.get(answer.status, "")
        head = h11.Response(status_code=answer.status, headers=list(headers.items()), reason=reason.encode())
        parts = [self._http.send(head)]
        if answer.broken == "truncated":
            parts.append(self._http.send(h11.Data(data=content[: len(content) // 2])))
        else:
            parts += [self._http.send(h11.Data(data=content)) if content else b"", self._http.send(h11.EndOfMessage())]
        self._writer.write(b"".join(part for part in parts if part))
        await self._writer.drain()

    async def _send(self, event: h11.InformationalResponse) -> None:
        data = self._http.send(event)
        self._writer.write(data or b"")
        await self._writer.drain()

    def _reset(self) -> None:
        """Break off with a TCP reset, not with an orderly end."""
        sock: socket.socket | None = self._writer.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()
