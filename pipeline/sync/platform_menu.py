"""Asks a platform for the menu that stands there, as the mapping's ``read_menu`` says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.connector import Connector, StepResult
from pipeline.mapping.conversation.steps import CompiledReadMenu
from pipeline.mapping.transforms.registry import RunFacts

NOTHING_THERE = frozenset({404, 204, 410})


@dataclass(slots=True)
class PlatformMenu:
    """What was asked and answered. ``names`` are those that formulas see behind the last answer."""

    names: dict[str, Any]
    results: list[tuple[str, StepResult]] = field(default_factory=list)
    failed: StepResult | None = None

    @property
    def is_none(self) -> bool:
        """Tell whether the platform says that it has no menu."""
        failed = self.failed
        return failed is not None and failed.answer is not None and failed.answer.status in NOTHING_THERE


async def read_platform_menu(
    connector: Connector,
    reading: CompiledReadMenu,
    names: Mapping[str, Any],
    facts: RunFacts,
    saved: Mapping[str, Any],
) -> PlatformMenu:
    """Send the steps one after another; the first that is refused ends it."""
    found = PlatformMenu(dict(names))
    for step in reading.steps:
        result = await connector.send(step, found.names, facts)
        found.results.append((step.name, result))
        if result.answer is None or not result.verdict.good:
            found.failed = result
            return found
        found.names |= {"answer": result.answer, "saved": {**saved, **result.saved}}
    return found
