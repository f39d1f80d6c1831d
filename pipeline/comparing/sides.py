"""One side of a comparison: a menu on a platform, and its payload with where each field came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pipeline.findings import Finding
from pipeline.mapping.compiled import CompiledMapping, Facts
from pipeline.mapping.compiler.origins import Recording
from pipeline.mapping.compiler.runtime import MISSING
from pipeline.mapping.expressions.scope import OperationView
from pipeline.menu import Menu
from pipeline.shaping import Shaped, shape_menu

COMPARED = OperationView("op-compared", "compared")
"""Stands in for the run on both sides, so that runs do not count as changes."""


@dataclass(frozen=True, slots=True)
class Side:
    """A menu and what maps it; ``store`` holds the restaurant's settings as written."""

    mapping: CompiledMapping
    menu: Menu
    store: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    saved: Mapping[str, Any] = field(default_factory=dict)
    external_menu_id: str | None = None

    def mapped_by(self, other: Side) -> Side:
        """Give this menu under another side's mapping and settings."""
        return Side(other.mapping, self.menu, other.store, other.environment, other.saved, other.external_menu_id)

    def same_mapping(self, other: Side) -> bool:
        """Tell whether nothing but the menu can differ."""
        mine = (self.store, self.environment, self.saved, self.external_menu_id)
        return self.mapping is other.mapping and mine == (
            other.store, other.environment, other.saved, other.external_menu_id,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Made:
    """A side's payload, recorded; :data:`~pipeline.mapping.compiler.runtime.MISSING` where none was made."""

    side: Side
    shaped: Shaped
    payload: Any
    recording: Recording
    findings: tuple[Finding, ...]

    @property
    def made(self) -> bool:
        """Tell whether there is a payload."""
        return self.payload is not MISSING


def make(side: Side, now: datetime) -> Made:
    """Map a side and record where each field came from; nothing is checked against the platform."""
    findings: list[Finding] = []
    settings, told = side.mapping.store(side.store, side.menu.restaurant, examples=True)
    findings += told
    shape, told = side.mapping.shape(side.menu.restaurant, settings)
    findings += told
    shaped = shape_menu(side.menu, shape, now)
    findings += shaped.findings
    facts = Facts(settings, COMPARED, now, side.environment, side.saved, side.external_menu_id)
    payload, recording = side.mapping.record(shaped.restaurant, shaped.menu, facts)
    return Made(side, shaped, payload, recording, tuple(findings))
