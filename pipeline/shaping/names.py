"""Dishes of the same name, where a platform knows dishes by their names."""

from __future__ import annotations

from collections import Counter
from typing import Literal

from pipeline.shaping.report import Report
from pipeline.shaping.views import ItemView


def tell_same_names_apart(items: list[ItemView], rule: Literal["number", "error"], report: Report) -> None:
    """Give every further dish of a name a number, ``Burgers (2)``, or report all of them as an error."""
    counts = Counter(item.name for item in items)
    if len(counts) == len(items):
        return
    if rule == "error":
        for item in items:
            if counts[item.name] > 1:
                report.add("same-name", "item", item.item_id, item.name)
        return
    numbers: dict[str, int] = {}
    for item in items:
        name = item.name
        if name not in numbers:
            numbers[name] = 1
            continue
        numbers[name] += 1
        while (numbered := f"{name} ({numbers[name]})") in counts:
            numbers[name] += 1
        counts[numbered] += 1
        numbers[numbered] = 1
        item.name = numbered
        report.add("name-numbered", "item", item.item_id, numbered)
