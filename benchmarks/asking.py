"""How long people wait for an answer: ``validate``, ``explain`` and ``diff`` inside a warm process.

Run ``python -m benchmarks.asking``: ``--items N`` for menus of another size, ``--menu FILE`` for another real one
(``us-dominos-4336.json`` has eight options a dish, most of them in several groups). Validation starts from a
mapping's text, explanation and comparison from a menu's bytes and compiled mappings, as in the process that serves
the dashboard. Runs are interleaved; the least and the middle one of several rounds are reported.
"""

from __future__ import annotations

import argparse
import gc
import json
import platform as machine
import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks.enlarged import enlarged
from pipeline.collector import collector_paused
from pipeline.comparing import Side, compare
from pipeline.explaining import Explainer
from pipeline.mapping.compiled import CompiledMapping, compile_file
from pipeline.mapping.validation import validate_file
from pipeline.mapping_files import mapping_files
from pipeline.menu import Menu
from pipeline.preview import preview
from pipeline.reading import read_menu
from tests.shared_files import shared_path

MENU = "uk-millers-cafe.json"
FIELDS = {
    "doordash": "menu.categories[].items[-1].price",
    "grubhub": "items[-1].price",
    "ubereats": "items[-1].price_info.price",
}
CHANGED_EVERY = 7


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=1_000)
    parser.add_argument("--menu", default=MENU, help="the menu that is enlarged, of those that are shared")
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args()
    print(f"Python {machine.python_version()} on {machine.machine()}, {given.items} dishes, {given.rounds} rounds")
    questions = {**validating(), **asking(enlarged(shared_path(f"menus/{given.menu}"), given.items))}
    for ask in questions.values():
        ask()
    times: dict[str, list[float]] = {name: [] for name in questions}
    for _ in range(given.rounds):
        for name, ask in questions.items():
            gc.collect()
            start = time.perf_counter()
            ask()
            times[name].append((time.perf_counter() - start) * 1_000)
    print(f"  {'milliseconds':32}{'least':>10}{'middle':>10}")
    for name, taken in times.items():
        print(f"  {name:32}{min(taken):10.1f}{statistics.median(taken):10.1f}")


def validating() -> dict[str, Callable[[], Any]]:
    """Give the validation of each shipped mapping and of all of them."""
    files = mapping_files()
    alone: dict[str, Callable[[], Any]] = {
        f"validate {name}": partial(validate_file, path) for name, path in files.items()
    }
    return {**alone, "validate all": lambda: [validate_file(path) for path in files.values()]}


def asking(data: bytes) -> dict[str, Callable[[], Any]]:
    """Give an explanation and a comparison for each mapping."""
    after = changed(data)
    questions: dict[str, Callable[[], Any]] = {}
    for name, path in mapping_files().items():
        mapping, findings = compile_file(path)
        assert mapping is not None, findings
        questions[f"explain {name}"] = partial(explained, mapping, data, FIELDS[name])
        questions[f"diff {name}"] = partial(compared, mapping, data, after)
    return questions


@collector_paused()  # as the API does
def explained(mapping: CompiledMapping, data: bytes, field: str) -> None:
    """Read, map and explain, as one request does."""
    menu = read(data)
    found = Explainer(mapping, menu, preview(mapping, menu, store={})).fields(field, limit=1)
    assert found.fields[0].present


@collector_paused()
def compared(mapping: CompiledMapping, before: bytes, after: bytes) -> None:
    """Read both menus and tell what changes."""
    difference = compare(Side(mapping, read(before)), Side(mapping, read(after)))
    assert difference.changes


def read(data: bytes) -> Menu:
    """Give a menu that is known to be good."""
    menu = read_menu(data).menu
    assert menu is not None
    return menu


def changed(data: bytes) -> bytes:
    """Give a menu in which every seventh dish has another price, name or category, or is gone."""
    menu: dict[str, Any] = json.loads(data)
    categories = [category["category_id"] for category in menu["categories"]]
    kept: list[dict[str, Any]] = []
    for number, dish in enumerate(menu["items"]):
        turn, other = divmod(number, CHANGED_EVERY)
        if other:
            kept.append(dish)
        elif turn % 4 == 0:
            kept.append({**dish, "price": f"{float(dish['price']) + 0.55:.2f}"})
        elif turn % 4 == 1:
            kept.append({**dish, "name": f"{dish['name']} (new)"})
        elif turn % 4 == 2:
            kept.append({**dish, "category": categories[turn % len(categories)]})
    return json.dumps({**menu, "items": kept}, ensure_ascii=False).encode()


if __name__ == "__main__":
    main()
