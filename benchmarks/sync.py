"""What a sync costs: the connector beside bare requests, all parts of a sync, memory over many restaurants.

``python -m benchmarks.sync`` (``--quick`` for a look; ``--restaurants N``). Platforms are a thin server in another
process. Contestants take turns, so that a busy machine is unfair to none; medians are reported.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import defaultdict
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from benchmarks.sync_world import ITEMS, PLATFORMS, Clock, menu_of, sync, syncing
from benchmarks.thin_server import serving
from connectors.exchange import Answer, Request
from connectors.transport import HttpTransport
from pipeline.mapping.expressions.scope import OperationView
from pipeline.reading import read_menu
from pipeline.sync import engine, menus, prepared, recording, run, steps
from pipeline.sync.places import Place, place_of
from pipeline.sync.prepared import make
from pipeline.sync.runtime import Runtime

CONCURRENCY = 16
Send = Callable[[], Awaitable[None]]


async def rate(send: Send, requests: int) -> float:
    """Give requests per second."""
    await send()
    left = iter(range(requests))

    async def worker() -> None:
        for _ in left:
            await send()

    start = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(CONCURRENCY)))
    return requests / (time.perf_counter() - start)


async def contestants(
    runtime: Runtime, clock: Clock, platform: str, bare: HttpTransport
) -> tuple[dict[str, Send], Request]:
    """Give what sends a platform's menu: the connector, its transport alone, aiohttp alone; all the same bytes."""
    tools = runtime.engine.tools
    place = place_of(runtime.store, tools.shelf, "rest_0001", platform)
    assert isinstance(place, Place), place
    menu = read_menu(menu_of(1)).menu
    assert menu is not None
    made, findings = make(
        place, menu, entries=(), operation=OperationView("op-1", "reference-1"), saved={}, now=clock()
    )
    assert made is not None, findings
    connector = tools.connectors.of(place.mapping, place.account)
    step = place.mapping.conversation.publish[0]
    names, facts = made.names({}), made.run_facts
    known = msgspec.structs.replace(names["restaurant"])
    assert known.restaurant_id == "rest_0001"
    sent: list[Request] = []
    send_really = bare.send

    class Spy:
        async def send(self, request: Request, **limits: Any) -> Any:
            sent.append(request)
            return await send_really(request, **limits)

    kept, connector._transport = connector._transport, Spy()
    await connector.send(step, names, facts)
    connector._transport = kept
    request = sent[-1]

    async def whole() -> None:
        result = await connector.send(step, names, facts, written=made.written)
        assert result.verdict.good, result

    async def alone() -> None:
        reply = await bare.send(request)
        assert isinstance(reply, Answer), reply

    return {"connector": whole, "bare": alone}, request


async def rates(url: str, requests: int, rounds: int) -> None:
    """Measure requests per second."""
    print(f"\nRequests per second, {CONCURRENCY} at once, payloads of {ITEMS} dishes")
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        async with (
            syncing(url, Path(folder), clock) as runtime,
            HttpTransport() as bare,
            aiohttp.ClientSession() as session,
        ):
            for platform in PLATFORMS:
                sends, request = await contestants(runtime, clock, platform, bare)

                async def other(request: Request = request) -> None:
                    headers = dict(request.headers)
                    async with session.request(request.method, request.url, headers=headers, data=request.body) as got:
                        await got.read()

                sends["aiohttp"] = other
                found: dict[str, list[float]] = defaultdict(list)
                for _ in range(rounds):
                    for name, send in sends.items():
                        found[name].append(await rate(send, requests))
                middle = {name: statistics.median(values) for name, values in found.items()}
                print(
                    f"  {platform:9} {len(request.body):7,} bytes  connector {middle['connector']:6.0f}  "
                    f"same client alone {middle['bare']:6.0f} ({middle['connector'] / middle['bare']:.0%})  "
                    f"aiohttp alone {middle['aiohttp']:6.0f} ({middle['connector'] / middle['aiohttp']:.0%})"
                )


class Parts:
    """CPU seconds by part of a sync, of one that runs alone; what is inside another part is not counted twice."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._stack: list[list[Any]] = []

    def _enter(self, name: str) -> None:
        self._stack.append([name, time.process_time(), 0.0])

    def _leave(self) -> None:
        name, start, inside = self._stack.pop()
        spent = time.process_time() - start
        self.seconds[name] += spent - inside
        if self._stack:
            self._stack[-1][2] += spent

    def of(self, owner: Any, attribute: str, name: str) -> None:
        """Count a function or method."""
        function = getattr(owner, attribute)
        if asyncio.iscoroutinefunction(function):

            async def counted_later(*arguments: Any, **more: Any) -> Any:
                self._enter(name)
                try:
                    return await function(*arguments, **more)
                finally:
                    self._leave()

            setattr(owner, attribute, counted_later)
            return

        def counted(*arguments: Any, **more: Any) -> Any:
            self._enter(name)
            try:
                return function(*arguments, **more)
            finally:
                self._leave()

        setattr(owner, attribute, counted)


def divided() -> Parts:
    """Count the parts of all syncs from now on."""
    import pipeline.preview
    from connectors.connector import Connector
    from pipeline.json_text import Written
    from pipeline.mapping.compiled import CompiledMapping
    from pipeline.store.sqlite.store import SqliteStore

    parts = Parts()
    parts.of(menus.Menus, "_read", "read")
    parts.of(prepared, "preview", "map")
    parts.of(CompiledMapping, "check", "check")
    parts.of(pipeline.preview, "schema_findings", "check")
    parts.of(Written, "of", "hash: payload as JSON")
    parts.of(prepared, "payload_hash", "hash")
    parts.of(Connector, "_try", "publish: client, auth, limits")
    parts.of(Connector, "_ask", "publish: judge, mask, keep")
    parts.of(steps.Steps, "go", "publish: steps")
    for name in ("enqueue", "claim", "checkpoint", "finish", "status", "operation", "blob", "sold_out", "put_hosted"):
        parts.of(SqliteStore, name, "record: database")
    parts.of(run.Run, "checkpoint", "record: rest")
    parts.of(engine, "record", "record: rest")
    assert recording.record is not engine.record
    return parts


async def whole(url: str, restaurants: int) -> None:
    """Measure CPU per sync, by part, and that an unchanged menu is not sent."""
    print(
        f"\nCPU of whole syncs, one after another, SQLite store, {restaurants} restaurants × {len(PLATFORMS)} platforms"
    )
    parts, clock = divided(), Clock()
    with tempfile.TemporaryDirectory() as folder:
        async with syncing(url, Path(folder), clock) as runtime, HttpTransport() as bare:
            ids = [f"rest_{number:04}" for number in range(restaurants)]
            for platform in PLATFORMS:
                for warm in ("rest_9001", "rest_9002"):
                    await sync(runtime, clock, warm, platform)
                sends, _ = await contestants(runtime, clock, platform, bare)
                await sends["bare"]()
                start = time.process_time()
                for _ in range(200):
                    await sends["bare"]()
                bare_cost = (time.process_time() - start) / 200
                parts.seconds.clear()
                before, start, wall = asked(url), time.process_time(), time.perf_counter()
                for restaurant in ids:
                    done = await sync(runtime, clock, restaurant, platform)
                    assert done.state == "SYNCED", done
                    assert done.item_count == ITEMS
                spent, wall = time.process_time() - start, time.perf_counter() - wall
                requests = (asked(url) - before) / restaurants
                each = spent / restaurants
                print(
                    f"  {platform:9} {each * 1e3:6.1f} ms a sync ({wall / restaurants * 1e3:.1f} ms of time), "
                    f"{requests:.1f} requests; a bare request {bare_cost * 1e3:.2f} ms: {each / bare_cost:.1f} times"
                )
                named = sum(parts.seconds.values())
                for name, seconds in [
                    *sorted(parts.seconds.items(), key=lambda pair: -pair[1]),
                    ("rest", spent - named),
                ]:
                    print(f"      {name:30} {seconds / restaurants * 1e3:6.2f} ms  {seconds / spent:4.0%}")
                before, start = asked(url), time.process_time()
                for restaurant in ids:
                    again = await sync(runtime, clock, restaurant, platform)
                    assert "unchanged" in again.changes[-1].note, again
                sent = asked(url) - before
                spent = (time.process_time() - start) / restaurants
                print(f"      unchanged: {spent * 1e3:.1f} ms a sync, {sent} requests")


def asked(url: str) -> int:
    """Give how many requests the thin server has had."""
    with urllib.request.urlopen(f"{url}/count") as answer:
        return int(answer.read())


def resident() -> float:
    """Give this process's memory in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


async def memory(url: str, restaurants: int) -> None:
    """Publish many restaurants side by side, and tell the memory on the way."""
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        async with syncing(url, Path(folder), clock) as runtime:
            for platform in PLATFORMS:
                await sync(runtime, clock, "rest_9999", platform)
            marks, start = {0: resident()}, time.perf_counter()
            gate = asyncio.Semaphore(CONCURRENCY)

            async def one(number: int) -> None:
                async with gate:
                    for platform in PLATFORMS:
                        done = await sync(runtime, clock, f"rest_{number:04}", platform)
                        assert done.state == "SYNCED", done
                done_so_far.append(number)
                if len(done_so_far) in (100, restaurants // 2, restaurants):
                    marks[len(done_so_far)] = resident()

            done_so_far: list[int] = []
            await asyncio.gather(*(one(number) for number in range(restaurants)))
            seconds = time.perf_counter() - start
    told = ", ".join(f"{count}: {mb:.0f} MB" for count, mb in sorted(marks.items()))
    print(f"  by restaurants done: {told}; {restaurants * len(PLATFORMS) / seconds:.0f} syncs a second")


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="small sizes")
    parser.add_argument("--restaurants", type=int, default=1000)
    parser.add_argument("--memory", metavar="URL", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.memory:
        asyncio.run(memory(chosen.memory, chosen.restaurants))
        return
    quick, restaurants = chosen.quick, min(chosen.restaurants, 100) if chosen.quick else chosen.restaurants
    with serving() as server:
        asyncio.run(rates(server.url, 100 if quick else 500, 3 if quick else 5))
        print(f"\nMemory, {CONCURRENCY} restaurants side by side, a process of its own", flush=True)
        arguments = ["--memory", server.url, "--restaurants", str(restaurants)]
        subprocess.run([sys.executable, "-m", "benchmarks.sync", *arguments], check=True)
        asyncio.run(whole(server.url, 30 if quick else 200))


if __name__ == "__main__":
    main()
