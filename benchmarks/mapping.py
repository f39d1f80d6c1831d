"""How fast a mapping is: compiled, walked rule by rule, and against code written by hand.

Run ``python -m benchmarks.mapping`` (``--quick`` for small sizes). Every contestant makes the same
bytes, which is checked first. Times are the processor's, which other programs hardly change. Runs are
interleaved, so that a drift of the machine's speed hits all; the least of several rounds is reported,
and ratios are of these. What lines for errors cost is too little for that: there the two builds run in
pairs, in turns first, several builds of each, and the median of the pairs' ratios counts.
"""

from __future__ import annotations

import argparse
import copy
import gc
import platform as machine
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import orjson

from benchmarks import handwritten_flat, handwritten_nested
from benchmarks.enlarged import enlarged
from benchmarks.walked import Walker
from pipeline import json_text
from pipeline.collector import collector_paused
from pipeline.mapping.compiled import CompiledMapping, Facts, compile_file
from pipeline.mapping.expressions.scope import OperationView
from pipeline.preview import preview
from pipeline.reading import read_menu
from pipeline.shaping import shape_menu
from tests.shared_files import shared_path

NOW = datetime(2031, 1, 2, tzinfo=UTC)
OPERATION = OperationView("op-1", "reference-1")
MENUS = ("menus/uk-millers-cafe.json", "menus/us-dominos-4336.json")
SHAPES = {
    "nested": ("doordash", handwritten_nested.nested_tuned, handwritten_nested.nested_idiomatic),
    "flat": ("grubhub", handwritten_flat.flat_tuned, handwritten_flat.flat_idiomatic),
}
MAPPED, BYTES = "compiled: views to objects", "compiled: bytes to bytes"
TUNED, TUNED_BYTES = "tuned by hand: objects", "tuned by hand: bytes to bytes"
WALKED, SLOW_ROUNDS = "walked: views to objects", 2
PLACED, PLACED_ITSELF = "with lines for errors over without", "the same build over itself"
BUILDS, PAIRS, LEAST_MILLISECONDS = 10, 6, 5
"""So many builds are compared, each by so many pairs of at least so long runs."""
_decimals = msgspec.json.Encoder(decimal_format="number")


class Contest:
    """One payload shape over one enlarged menu."""

    def __init__(self, shape: str, data: bytes) -> None:
        name, self.tuned, self.idiomatic = SHAPES[shape]
        mapping, findings = compile_file(Path(__file__).parent.parent / "mappings" / f"{name}.yaml")
        assert mapping is not None, findings
        self.mapping: CompiledMapping = mapping
        self.data = data
        menu = read_menu(data).menu
        assert menu is not None
        self.menu = menu
        self.settings, _ = mapping.store({}, menu.restaurant, examples=True)
        self.shape_settings, _ = mapping.shape(menu.restaurant, self.settings)
        self.shaped = shape_menu(menu, self.shape_settings, NOW)
        self.facts = Facts(self.settings, OPERATION, NOW)
        hours = getattr(self.settings, "hours", None) or []
        self.store = {
            "store_id": self.settings.store_id,
            "provider_type": getattr(self.settings, "provider_type", None),
            "hours": [{"day": window.day, "start": window.start, "end": window.end} for window in hours],
        }
        self.document = orjson.loads(data)

    @collector_paused()  # as a preview and a sync do; for all contestants alike
    def mapped(self) -> Any:
        """Views → payload objects, reports on."""
        return self.mapping.map(self.shaped.restaurant, self.shaped.menu, self.facts).value

    @collector_paused()  # as a preview and a sync do
    def checked(self) -> Any:
        """Read menu → shaped → mapped → checked."""
        shaped = shape_menu(self.menu, self.shape_settings, NOW)
        made = self.mapping.map(shaped.restaurant, shaped.menu, self.facts)
        self.mapping.check(shaped.restaurant, shaped.menu, self.facts, made.value)
        return made.value

    @collector_paused()  # as a preview and a sync do
    def bytes_to_bytes(self) -> bytes:
        """Menu bytes, validated → payload bytes: all that a sync does but its schema check."""
        menu = read_menu(self.data, keep_extra=False).menu
        assert menu is not None
        shaped = shape_menu(menu, self.shape_settings, NOW)
        made = self.mapping.map(shaped.restaurant, shaped.menu, self.facts)
        self.mapping.check(shaped.restaurant, shaped.menu, self.facts, made.value)
        return json_text.encode(made.value, plain=self.mapping.payload.made.plain)

    @collector_paused()
    def whole_preview(self) -> bytes:
        """Menu bytes → everything, the payload schema, too."""
        menu = read_menu(self.data).menu
        assert menu is not None
        return preview(self.mapping, menu, store={}, now=NOW, operation=OPERATION).data()

    @collector_paused()
    def by_hand(self) -> Any:
        """Plain document → payload objects, tuned."""
        return self.tuned(self.document, self.store, OPERATION.reference)

    @collector_paused()
    def by_hand_idiomatic(self) -> Any:
        """Plain document → payload objects, idiomatic."""
        return self.idiomatic(self.document, self.store, OPERATION.reference)

    @collector_paused()
    def by_hand_bytes(self) -> bytes:
        """Menu bytes → payload bytes, tuned, by orjson; where prices are decimals, by msgspec."""
        made = self.tuned(orjson.loads(self.data), self.store, OPERATION.reference)
        try:
            return orjson.dumps(made)
        except TypeError:  # orjson knows no decimals
            return _decimals.encode(made)

    @collector_paused()
    def walked(self) -> Any:
        """Views → payload objects, rule by rule with ``jmespath.search``."""
        return Walker(self.mapping, self.shaped.restaurant, self.shaped.menu, self.facts).payload()

    def built(self, *, places: bool) -> Callable[[], Any]:
        """Compile the same generated code anew, with its mapping lines or without: what places and provenance cost."""
        program = copy.copy(self.mapping.payload)
        build = program._fast = copy.copy(program._fast)
        code = build.generator.code
        namespace = dict(code.globals)
        # Both run our own generated code.
        exec(code.compile(build.filename) if places else compile(code.source(), "<unplaced>", "exec"), namespace)
        build.function = namespace["compiled"]
        mapping = copy.copy(self.mapping)
        object.__setattr__(mapping, "payload", program)
        paused: Callable[[], Any] = collector_paused()(
            lambda: mapping.map(self.shaped.restaurant, self.shaped.menu, self.facts).value
        )
        return paused

    def agree(self) -> None:
        """Make sure that all contestants make the same bytes."""
        expected = json_text.encode(self.mapped())
        for other in (self.by_hand, self.by_hand_idiomatic, self.walked, self.checked):
            assert json_text.encode(other()) == expected, f"{other.__name__} makes other bytes"
        assert self.bytes_to_bytes() == expected
        assert self.by_hand_bytes() == expected


def best(
    contestants: dict[str, Callable[[], Any]], rounds: int, slow: dict[str, Callable[[], Any]] | None = None
) -> dict[str, float]:
    """Give each contestant's least milliseconds over interleaved rounds; the slow ones run in the first two alone."""
    least: dict[str, float] = {}
    for number in range(rounds):
        for name, run in {**contestants, **((slow or {}) if number < SLOW_ROUNDS else {})}.items():
            least[name] = min(least.get(name, float("inf")), milliseconds(run))
    return least


def milliseconds(run: Callable[[], Any], times: int = 1) -> float:
    """Give the processor's time for some calls, after the collector has cleared what was before."""
    gc.collect()
    start = time.process_time_ns()
    for _ in range(times):
        run()
    return (time.process_time_ns() - start) / 1_000_000


def paired(one: Callable[[], Callable[[], Any]], other: Callable[[], Callable[[], Any]], builds: int) -> float:
    """Give the median ratio of two functions' times, each pair measured one right after the other, in turns first.

    Where Python lays a function out in memory matters by a percent or two, so each is built several times.
    """
    found = []
    for _ in range(builds):
        first, second = one(), other()
        times = max(1, round(LEAST_MILLISECONDS / max(0.01, min(milliseconds(first), milliseconds(second)))))
        for number in range(PAIRS):
            if number % 2:
                took = milliseconds(first, times)
                found.append(took / milliseconds(second, times))
            else:
                took = milliseconds(second, times)
                found.append(milliseconds(first, times) / took)
    return statistics.median(found)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="only 100 and 1,000 items")
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    sizes = (100, 1_000) if options.quick else (100, 1_000, 10_000)
    print(f"{machine.python_implementation()} {machine.python_version()} on {machine.machine()}, milliseconds")
    measured: list[tuple[str, Ratio]] = []
    for shape in SHAPES:
        for menu in MENUS:
            before: dict[str, float] = {}
            for size in sizes:
                if "dominos" in menu and size > 1_000:
                    continue  # its groups nest so widely that a nested payload of 10,000 dishes would have 50 MB
                figures = report(shape, menu, size, options.rounds)
                where = f"{shape}, {Path(menu).stem}, {size:,} items"
                measured += [(where, ratio) for ratio in ratios(figures, before)]
                before = figures
    measured += [(name, Ratio("loading", took)) for name, took in loading(options.rounds)]
    summary(measured)


@dataclass(frozen=True, slots=True)
class Ratio:
    """One figure that has a goal, by the goal's name."""

    goal: str
    value: float


GOALS: dict[str, tuple[str, float]] = {
    "tuned": ("compiled over tuned by hand", 1.15),
    "walked": ("compiled over walked rule by rule (1/20)", 0.05),
    "bytes": ("bytes to bytes over orjson with code tuned by hand", 0.7),
    "growth": ("bytes to bytes per item, over that of a tenth of the items", 1.35),
    "lines": ("with lines for errors and provenance over without", 1.03),
    "noise": ("the build without over itself: how exact that is", 1.03),
    "loading": ("milliseconds to load and compile 300 lines", 40),
}
"""Each figure's words and the most that it should be."""


def report(shape: str, menu: str, size: int, rounds: int) -> dict[str, float]:
    """Measure one shape over one menu at one size."""
    contest = Contest(shape, enlarged(shared_path(menu), size))
    contest.agree()
    fast = {
        MAPPED: contest.mapped,
        "compiled: menu to objects, shaped and checked": contest.checked,
        BYTES: contest.bytes_to_bytes,
        "whole preview with schema": contest.whole_preview,
        TUNED: contest.by_hand,
        "idiomatic by hand: objects": contest.by_hand_idiomatic,
        TUNED_BYTES: contest.by_hand_bytes,
    }
    figures = best(fast, rounds, {WALKED: contest.walked})
    print(f"\n{shape} ({contest.mapping.platform}), {Path(menu).stem} enlarged to {size:,} items")
    for name, value in figures.items():
        print(f"  {name:48}{value:10.2f}   {value / figures[TUNED]:8.2f} of tuned by hand")
    placed, bare = partial(contest.built, places=True), partial(contest.built, places=False)
    builds = min(BUILDS, rounds)
    shares = {PLACED: paired(placed, bare, builds), PLACED_ITSELF: paired(bare, bare, builds)}
    for name, value in shares.items():
        print(f"  {name:48}{value:10.3f}")
    return {**figures, **shares}


def ratios(figures: dict[str, float], before: dict[str, float]) -> Iterator[Ratio]:
    """Give what has a goal; ``before`` are the figures of a tenth of the items, where there are any."""
    yield Ratio("tuned", figures[MAPPED] / figures[TUNED])
    yield Ratio("walked", figures[MAPPED] / figures[WALKED])
    yield Ratio("bytes", figures[BYTES] / figures[TUNED_BYTES])
    yield Ratio("lines", figures[PLACED])
    yield Ratio("noise", figures[PLACED_ITSELF])
    if before:
        yield Ratio("growth", figures[BYTES] / before[BYTES] / 10)


def loading(rounds: int) -> Iterator[tuple[str, float]]:
    """Measure how long mappings take from their file to a function that has run, per 300 lines."""
    print("\nloading: file to compiled functions")
    folder = Path(__file__).parent.parent / "mappings"
    for path in sorted(folder.glob("*.yaml")):

        def load(path: Path = path) -> None:
            mapping, _ = compile_file(path)
            assert mapping is not None
            assert mapping.payload.ready()
            assert mapping.checks.ready()

        lines = len(path.read_text("utf-8").splitlines())
        took = best({path.stem: load}, rounds)[path.stem]
        print(f"  {path.stem:20}{lines:5} lines {took:8.1f} ms   per 300 lines {took / lines * 300:6.1f} ms")
        yield path.stem, took / lines * 300


def summary(measured: list[tuple[str, Ratio]]) -> None:
    """Print each goal with the best and the worst figure."""
    print("\ngoals")
    for name, (words, most) in GOALS.items():
        found = sorted((ratio.value, where) for where, ratio in measured if ratio.goal == name)
        worst, where = found[-1]
        verdict = "reached" if worst <= most else "not reached"
        print(f"  {words:60} {found[0][0]:7.3f} to {worst:7.3f} ({where}); at most {most:g}: {verdict}")


if __name__ == "__main__":
    main()
