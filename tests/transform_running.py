"""Transforms applied as a mapping applies them, with tables and a place."""

from __future__ import annotations

from typing import Any

from pipeline.mapping.transforms.registry import (
    TRANSFORMS,
    RunFacts,
)

TABLES: dict[str, dict[str, Any]] = {
    "day_codes": {"monday": "MON", "tuesday": "TUE"},
    "allergen_codes": {"nuts": ["PEANUT", "TREE_NUT"], "milk": ["DAIRY"]},
    "mixed": {"a": "A", "b": 7, "c": None},
}
RUN = RunFacts(currency="USD", timezone="Europe/Berlin", locale="en-US", language="en", tables=TABLES)


def apply(name: str, value: Any, argument: Any = None, run: RunFacts = RUN) -> Any:
    return TRANSFORMS[name].bind(argument, run)(value)
