"""What telemetry costs a sync: off, as it is shipped, beside a program from which it is taken out; and on.

``python -m benchmarks.telemetry [ROUNDS]``. One process each, which take turns by turns of a few syncs. The program
without telemetry is made while it is imported: calls of it are taken out of the source.
"""

from __future__ import annotations

import argparse
import ast
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import Any

ROUNDS, SYNCS = 20, 10
OURS = ("pipeline", "connectors", "handlers")


class TakenOut(ast.NodeTransformer):
    """Takes ``telemetry.…`` out of a module: spans leave their bodies, other calls nothing, `on` is false."""

    def __init__(self) -> None:
        self.count = 0

    def _ours(self, node: ast.AST) -> bool:
        call = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        return call and isinstance(node.func.value, ast.Name) and node.func.value.id == "telemetry"  # type: ignore[attr-defined]

    def visit_With(self, node: ast.With) -> Any:
        self.generic_visit(node)
        if not all(self._ours(item.context_expr) for item in node.items):
            return node
        self.count += 1
        return node.body

    def visit_Expr(self, node: ast.Expr) -> Any:
        if self._ours(node.value):
            self.count += 1
            return ast.Pass()
        return self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> Any:
        if isinstance(node.value, ast.Name) and node.value.id == "telemetry" and node.attr == "on":
            self.count += 1
            return ast.copy_location(ast.Constant(False), node)
        return self.generic_visit(node)


class Loader(SourceFileLoader):
    """Compiles sources without their telemetry; never from or to a cache."""

    taken = 0

    def get_code(self, fullname: str) -> CodeType:
        """Give the module's code."""
        taker = TakenOut()
        tree = ast.fix_missing_locations(taker.visit(ast.parse(self.get_data(self.path))))
        Loader.taken += taker.count
        return compile(tree, self.path, "exec")


class Finder(MetaPathFinder):
    """Finds our own modules for :class:`Loader`."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: Any = None) -> ModuleSpec | None:
        """Give a module's spec."""
        if name.partition(".")[0] not in OURS or name == "pipeline.telemetry":
            return None
        spec = PathFinder.find_spec(name, path)
        if spec is not None and spec.origin and spec.origin.endswith(".py"):
            spec.loader = Loader(name, spec.origin)
        return spec


def work(url: str) -> None:
    """Sync whenever a line comes, and answer with the CPU seconds of one sync."""
    import time

    from benchmarks.sync_world import Clock, sync, syncing
    from pipeline.sync.gauges import Gauges
    from pipeline.telemetry import telemetry

    on = telemetry.start(os.environ)

    async def run() -> None:
        clock, number = Clock(), 0
        with tempfile.TemporaryDirectory() as folder:
            async with syncing(url, Path(folder), clock) as runtime:
                if on:
                    telemetry.watch(Gauges(runtime.store, runtime.engine.tools.shelf, clock).measures)
                for _ in range(5):
                    number += 1
                    await sync(runtime, clock, f"rest_{number:04}", "ubereats")
                print(f"ready {Loader.taken}", flush=True)
                for _ in sys.stdin:
                    start = time.process_time()
                    for _ in range(SYNCS):
                        number += 1
                        done = await sync(runtime, clock, f"rest_{number:04}", "ubereats")
                        assert done.state == "SYNCED", done
                    if on:
                        telemetry.flush()
                    print((time.process_time() - start) / SYNCS, flush=True)
                telemetry.watch({})
        telemetry.stop()

    asyncio.run(run())


def main() -> None:
    """Measure, in turns."""
    if len(sys.argv) > 2 and sys.argv[1] == "--work":
        if sys.argv[2] == "without":
            sys.meta_path.insert(0, Finder())
        work(sys.argv[3])
        return
    from benchmarks.thin_server import serving

    parser = argparse.ArgumentParser(prog="python -m benchmarks.telemetry", description="What telemetry costs a sync.")
    parser.add_argument("rounds", nargs="?", type=int, default=ROUNDS)
    rounds = parser.parse_args().rounds
    with serving() as platform, serving() as collector:
        workers: dict[str, subprocess.Popen[str]] = {}
        for name in ("without", "off", "on"):
            environment = {key: value for key, value in os.environ.items() if not key.startswith("OTEL_")}
            if name == "on":
                environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.url
            arguments = [sys.executable, "-m", "benchmarks.telemetry", "--work", name, platform.url]
            workers[name] = subprocess.Popen(
                arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
            )
            _, taken = answer(workers[name]).split()
            assert (int(taken) > 0) == (name == "without"), (name, taken)
        found: dict[str, list[float]] = {name: [] for name in workers}
        for number in range(rounds):
            turn = list(workers) if number % 2 else list(reversed(workers))
            for name in turn:
                ask(workers[name])
                found[name].append(float(answer(workers[name])))
        for worker in workers.values():
            assert worker.stdin is not None
            worker.stdin.close()
            worker.wait(30)
    least = statistics.median(found["without"])
    for name, values in found.items():
        middle = statistics.median(values)
        against = statistics.median([mine / theirs - 1 for mine, theirs in zip(values, found["without"], strict=True)])
        print(f"{name:8} {middle * 1e3:6.2f} ms CPU a sync ({middle / least - 1:+.1%}; median of pairs {against:+.1%})")


def ask(worker: subprocess.Popen[str]) -> None:
    """Let a process work one turn."""
    assert worker.stdin is not None
    worker.stdin.write("\n")
    worker.stdin.flush()


def answer(worker: subprocess.Popen[str]) -> str:
    """Read what a process has found."""
    assert worker.stdout is not None
    line = worker.stdout.readline()
    assert line, "the process ended"
    return line


if __name__ == "__main__":
    main()
