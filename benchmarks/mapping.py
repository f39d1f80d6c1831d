"""How fast a mapping is: compiled, walked rule by rule, and against code written by hand.

Run ``python -m benchmarks.mapping`` (``--quick`` for small sizes). Every contestant makes the same
bytes, which is checked first. Runs are interleaved, so that a drift of the machine's speed hits all;
the least of several rounds is reported, and ratios are of these.
"""

from __future__ import annotations

import argparse
import gc
import platform as machine
import time
from collections.abc import Callable
from datetime import UTC, datetime
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
from pipeline.mapping.scope import OperationView
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

    @collector_paused()  # as a preview and a sync do
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

    def whole_preview(self) -> bytes:
        """Menu bytes → everything, the payload schema, too."""
        menu = read_menu(self.data).menu
        assert menu is not None
        return preview(self.mapping, menu, store={}, now=NOW, operation=OPERATION).data()

    def by_hand(self) -> Any:
        """Plain document → payload objects, tuned."""
        return self.tuned(self.document, self.store, OPERATION.reference)

    def by_hand_idiomatic(self) -> Any:
        """Plain document → payload objects, idiomatic."""
        return self.idiomatic(self.document, self.store, OPERATION.reference)

    def by_hand_bytes(self) -> bytes:
        """Menu bytes → payload bytes, tuned, by orjson; where prices are decimals, by msgspec."""
        made = self.tuned(orjson.loads(self.data), self.store, OPERATION.reference)
        try:
            return orjson.dumps(made)
        except TypeError:  # orjson knows no decimals
            return _decimals.encode(made)

    def walked(self) -> Any:
        """Views → payload objects, rule by rule with ``jmespath.search``."""
        return Walker(self.mapping, self.shaped.restaurant, self.shaped.menu, self.facts).payload()

    def unplaced(self) -> Callable[[], Any]:
        """Give the same generated code compiled without mapping lines: what error places and provenance cost."""
        program = self.mapping.payload
        namespace = dict(program.globals)
        exec(compile(program.source(), "<unplaced>", "exec"), namespace)  # our own generated code
        function = namespace["compiled"]
        names = self.mapping.values(self.shaped.restaurant, self.shaped.menu, self.facts)
        facts = self.mapping.run_facts(self.shaped.restaurant)
        return lambda: function(names, program.new_run(facts))

    def agree(self) -> None:
        """Make sure that all contestants make the same bytes."""
        expected = json_text.encode(self.mapped())
        for other in (self.by_hand, self.by_hand_idiomatic, self.walked, self.checked):
            assert json_text.encode(other()) == expected, f"{other.__name__} makes other bytes"
        assert self.bytes_to_bytes() == expected
        assert self.by_hand_bytes() == expected


def best(contestants: dict[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """Give each contestant's least milliseconds over interleaved rounds."""
    least = dict.fromkeys(contestants, float("inf"))
    for _ in range(rounds):
        for name, run in contestants.items():
            gc.collect()
            start = time.perf_counter()
            run()
            least[name] = min(least[name], (time.perf_counter() - start) * 1_000)
    return least


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="only 100 and 1,000 items")
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    sizes = (100, 1_000) if options.quick else (100, 1_000, 10_000)
    print(f"{machine.python_implementation()} {machine.python_version()} on {machine.machine()}, milliseconds")
    for shape in SHAPES:
        for menu in MENUS:
            for size in sizes:
                report(shape, menu, size, options.rounds)
    loading(options.rounds)


def report(shape: str, menu: str, size: int, rounds: int) -> None:
    """Measure one shape over one menu at one size."""
    if "dominos" in menu and size > 1_000:
        return  # its groups nest so widely that a nested payload of 10,000 dishes would have 50 MB
    contest = Contest(shape, enlarged(shared_path(menu), size))
    contest.agree()
    fast = {
        "compiled: views to objects": contest.mapped,
        "compiled: menu to objects, shaped and checked": contest.checked,
        "compiled: bytes to bytes": contest.bytes_to_bytes,
        "whole preview with schema": contest.whole_preview,
        "the same without lines for errors": contest.unplaced(),
        "tuned by hand: objects": contest.by_hand,
        "idiomatic by hand: objects": contest.by_hand_idiomatic,
        "tuned by hand: bytes to bytes": contest.by_hand_bytes,
    }
    figures = best(fast, rounds)
    figures |= best({"walked: views to objects": contest.walked}, 1 if size > 1_000 else 2)
    hand, idiomatic = figures["tuned by hand: objects"], figures["idiomatic by hand: objects"]
    mapped = figures["compiled: views to objects"]
    print(f"\n{shape} ({contest.mapping.platform}), {Path(menu).stem} enlarged to {size:,} items")
    for name, value in figures.items():
        print(f"  {name:48}{value:10.2f}")
    print(f"  compiled / tuned {mapped / hand:.2f}   compiled / idiomatic {mapped / idiomatic:.2f}", end="")
    print(f"   walked / compiled {figures['walked: views to objects'] / mapped:.0f}", end="")
    unplaced = figures["the same without lines for errors"]
    print(f"   lines and provenance {100 * (mapped / unplaced - 1):+.1f} %", end="")
    print(f"   shaped+checked / tuned {figures['compiled: menu to objects, shaped and checked'] / hand:.2f}", end="")
    whole = figures["compiled: bytes to bytes"] / figures["tuned by hand: bytes to bytes"]
    print(f"   bytes to bytes / tuned {whole:.2f}")


def loading(rounds: int) -> None:
    """Measure how long mappings take from their file to a function that has run."""
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


if __name__ == "__main__":
    main()
