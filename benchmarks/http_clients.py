"""HTTP clients at several concurrencies against a small local server in another process.

``python -m benchmarks.http_clients [REQUESTS]`` prints requests per second and the 99th percentile.
``httpx-aiohttp`` is measured where it is installed; docs/decisions/http-client.md holds the figures.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import multiprocessing
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 200\r\n\r\n" + b"1" * 200
BODY = b'{"item":"' + b"x" * 1000 + b'"}'
CONCURRENCIES = (1, 10, 50, 100)
ROUNDS = 3
Post = Callable[[], Awaitable[None]]


class Server(asyncio.Protocol):
    """Answers each POST of the fixed body."""

    def __init__(self) -> None:
        self.waiting = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.waiting += data
        while True:
            _, end, rest = self.waiting.partition(b"\r\n\r\n")
            if not end or len(rest) < len(BODY):
                return
            self.waiting = rest[len(BODY) :]
            self.transport.write(ANSWER)  # type: ignore[attr-defined]


def serve(pipe: Any) -> None:
    """Serve on a free port until killed."""

    async def run() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(Server, "127.0.0.1", 0)
        pipe.send(server.sockets[0].getsockname()[1])
        await asyncio.sleep(300)

    asyncio.run(run())


@asynccontextmanager
async def httpx_client(url: str, concurrency: int) -> AsyncIterator[Post]:
    """The pool of httpx 0.28."""
    import httpx

    limits = httpx.Limits(max_connections=concurrency, max_keepalive_connections=concurrency)
    async with httpx.AsyncClient(limits=limits, timeout=60) as client:

        async def post() -> None:
            (await client.post(url, content=BODY)).raise_for_status()

        yield post


@asynccontextmanager
async def httpx2_client(url: str, concurrency: int) -> AsyncIterator[Post]:
    """The same interface, kept on as httpx2."""
    import httpx2

    limits = httpx2.Limits(max_connections=concurrency, max_keepalive_connections=concurrency)
    async with httpx2.AsyncClient(limits=limits, timeout=60) as client:

        async def post() -> None:
            (await client.post(url, content=BODY)).raise_for_status()

        yield post


@asynccontextmanager
async def httpx_on_aiohttp(url: str, concurrency: int) -> AsyncIterator[Post]:
    """The interface of httpx 0.28 on the pool of aiohttp."""
    import httpx
    import httpx_aiohttp

    limits = httpx.Limits(max_connections=concurrency, max_keepalive_connections=concurrency)
    async with httpx.AsyncClient(transport=httpx_aiohttp.AiohttpTransport(limits=limits), timeout=60) as client:

        async def post() -> None:
            (await client.post(url, content=BODY)).raise_for_status()

        yield post


CLIENTS = {"httpx": httpx_client, "httpx2": httpx2_client, "httpx on aiohttp": httpx_on_aiohttp}


async def measure(client: Any, url: str, concurrency: int, requests: int) -> tuple[float, float]:
    """Give requests per second and the 99th percentile in milliseconds."""
    times: list[float] = []
    async with client(url, concurrency) as post:
        await post()
        left = iter(range(requests))

        async def worker() -> None:
            for _ in left:
                start = time.perf_counter()
                await post()
                times.append(time.perf_counter() - start)

        start = time.perf_counter()
        await asyncio.gather(*(worker() for _ in range(concurrency)))
        seconds = time.perf_counter() - start
    return requests / seconds, sorted(times)[int(len(times) * 0.99) - 1] * 1000


def main() -> None:
    """Measure all clients in turns, so that a busy machine is unfair to none."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("requests", type=int, nargs="?", default=600, help="so many a round; 600, if not said")
    requests = parser.parse_args().requests
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(theirs,), daemon=True)
    server.start()
    url = f"http://127.0.0.1:{ours.recv()}/"
    clients = dict(CLIENTS)
    if importlib.util.find_spec("httpx_aiohttp") is None:
        del clients["httpx on aiohttp"]
    for concurrency in CONCURRENCIES:
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in clients}
        for _ in range(ROUNDS):
            for name, client in clients.items():
                found[name].append(asyncio.run(measure(client, url, concurrency, requests)))
        for name, rows in found.items():
            rate, tail = (statistics.median(column) for column in zip(*rows, strict=True))
            print(f"{concurrency:4} concurrent  {name:18} {rate:7.0f}/s  p99 {tail:7.1f} ms")
    server.terminate()


if __name__ == "__main__":
    main()
