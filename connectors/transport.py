"""The one HTTP client of a process: pooled, with limits on time and size; it follows no redirect.

Why httpx2: docs/decisions/http-client.md.
"""

from __future__ import annotations

import asyncio
import time
import zlib
from collections.abc import AsyncIterator
from datetime import timedelta
from types import TracebackType
from typing import Protocol

import httpx2

from connectors.exchange import Answer, Fault, Reply, Request

MAX_ANSWER_BYTES = 32 * 1024 * 1024
MAX_REQUEST_BYTES = 64 * 1024 * 1024
TIMEOUT = timedelta(seconds=60)
"""How long one exchange may take as a whole, where the step says nothing."""
CONNECT_SECONDS, WRITE_SECONDS, POOL_SECONDS = 10.0, 30.0, 30.0
CONNECTIONS = 50
_GZIP = 31  # zlib's word for: with gzip's header


class Transport(Protocol):
    """What sends one request; it never raises for what happens on the way."""

    async def send(self, request: Request, *, limit: int = MAX_ANSWER_BYTES) -> Reply:
        """Send a request and read at most ``limit`` bytes of its answer."""
        ...


class HttpTransport:
    """Sends over one pool of connections. Make one per process and close it at the end."""

    def __init__(self, connections: int = CONNECTIONS) -> None:
        self._client = httpx2.AsyncClient(
            limits=httpx2.Limits(max_connections=connections, max_keepalive_connections=connections),
            timeout=None,  # each request brings its own
            follow_redirects=False,
            trust_env=False,
            cookies=None,
            headers={},
        )

    async def send(self, request: Request, *, limit: int = MAX_ANSWER_BYTES) -> Reply:
        """Send a request and read at most ``limit`` bytes of its answer."""
        if len(request.body) > MAX_REQUEST_BYTES:
            size = f"{len(request.body):,} bytes"
            return Fault("too_large", f"The request has {size}; more than {MAX_REQUEST_BYTES:,} are not sent.")
        seconds = (request.timeout or TIMEOUT).total_seconds()
        start = time.monotonic()
        try:
            async with asyncio.timeout(seconds):
                reply = await self._exchange(request, seconds, limit)
        except TimeoutError:
            reply = Fault("timeout", f"No whole answer within {seconds:g} seconds.", sent=True)
        except httpx2.HTTPError as error:
            reply = _fault(error)
        except (httpx2.InvalidURL, ValueError):
            reply = Fault("refused", "The request's address or a header of it cannot be sent.")
        except OSError:
            reply = Fault("reset", "The connection broke off.", sent=True)
        return _timed(reply, time.monotonic() - start)

    async def _exchange(self, request: Request, seconds: float, limit: int) -> Reply:
        headers = {"accept-encoding": "gzip, deflate"} | {
            name.lower(): value for name, value in request.headers.items()
        }
        message = self._client.build_request(
            request.method,
            request.url,
            headers=[(name.encode("ascii"), value.encode()) for name, value in headers.items()],
            content=request.body or None,
            timeout=httpx2.Timeout(
                connect=min(CONNECT_SECONDS, seconds),
                read=seconds,
                write=min(WRITE_SECONDS, seconds),
                pool=min(POOL_SECONDS, seconds),
            ),
        )
        self._client.cookies.clear()  # a platform's cookies mean nothing to the next restaurant's request
        answer = await self._client.send(message, stream=True)
        try:
            found = {name.lower(): value for name, value in answer.headers.items()}
            content, truncated = await _read(answer.aiter_raw(), found.get("content-encoding", ""), limit)
        finally:
            await answer.aclose()
        return Answer(answer.status_code, found, content, truncated=truncated)

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def __aenter__(self) -> HttpTransport:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


async def _read(chunks: AsyncIterator[bytes], encoding: str, limit: int) -> tuple[bytes, bool]:
    """Read up to ``limit`` bytes, unpacked; a small answer that unpacks to a huge one is cut, too."""
    unpack = zlib.decompressobj(_GZIP) if encoding.strip().lower() in ("gzip", "x-gzip") else None
    content = bytearray()
    async for chunk in chunks:
        room = limit - len(content) + 1
        if unpack is None:
            content += chunk[:room]
        else:
            try:
                content += unpack.decompress(chunk, room)
            except zlib.error as error:
                raise httpx2.DecodingError("The answer's compression cannot be read.") from error
        if len(content) > limit:
            return bytes(content[:limit]), True
    if unpack is not None and not unpack.eof and content:
        raise httpx2.RemoteProtocolError("The compressed answer broke off.")
    return bytes(content), False


_FAULTS: tuple[tuple[type[httpx2.HTTPError], Fault], ...] = (
    (httpx2.ConnectTimeout, Fault("timeout", "The platform's server did not take the connection in time.")),
    (httpx2.PoolTimeout, Fault("timeout", "No connection became free in time.")),
    (httpx2.TimeoutException, Fault("timeout", "The platform did not answer in time.", sent=True)),
    (httpx2.ConnectError, Fault("connect", "The platform's server cannot be reached.")),
    (httpx2.UnsupportedProtocol, Fault("refused", "The request's address is no web address.")),
    (httpx2.LocalProtocolError, Fault("refused", "The request's address or a header of it cannot be sent.")),
    (httpx2.DecodingError, Fault("reset", "The answer's compression cannot be read.", sent=True)),
    (httpx2.HTTPError, Fault("reset", "The connection broke off before the whole answer was there.", sent=True)),
)


def _fault(error: httpx2.HTTPError) -> Fault:
    """Say what went wrong in words that carry nothing of the request."""
    return next(fault for kind, fault in _FAULTS if isinstance(error, kind))


def _timed(reply: Reply, seconds: float) -> Reply:
    if isinstance(reply, Answer):
        return Answer(reply.status, reply.headers, reply.content, seconds, reply.truncated)
    return Fault(reply.kind, reply.message, reply.sent, seconds, reply.retry_after)
