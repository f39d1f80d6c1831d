"""Tries a mapping on every stress menu, and tells what breaks first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any, Literal

from pipeline import json_text
from pipeline.findings import SEVERITY_ORDER, Finding
from pipeline.mapping.compiled import CompiledMapping
from pipeline.mapping.expressions.scope import OperationView
from pipeline.preview import preview
from pipeline.reading import read_menu
from pipeline.stress import amounts_menus, hours_menus, random_menus
from pipeline.stress import menus as made_menus
from pipeline.stress.registry import MENUS, StressMenu

NOW = datetime(2031, 5, 1, 12, 0, tzinfo=UTC)
OPERATION = OperationView("op-stress", "stress")
BROKEN = frozenset({"payload-schema", "value-failed", "payload-missing"})
"""What no menu may lead to: the platform would refuse what is sent, or a rule failed."""
IGNORED = frozenset({"setting-example", "payload-schema-missing"})

REGISTERED = (made_menus, amounts_menus, hours_menus, random_menus)
"""The modules whose menus are tried."""
LONGEST = 300

State = Literal["pass", "warnings", "refused", "broken"]


@dataclass(frozen=True, slots=True)
class Report:
    """What became of one menu.

    ``pass``: nothing to tell. ``warnings``: a valid payload, and something that people should know.
    ``refused``: not publishable, for a reason that is told in the menu's own terms. ``broken``: the
    platform would refuse what the mapping sends, or a rule failed, and nothing says why in the
    menu's own terms. ``first`` is the gravest finding.
    """

    menu: str
    about: str
    state: State
    first: Finding | None
    findings: tuple[Finding, ...]

    def told(self) -> str:
        """Give the first finding in one line."""
        if self.first is None:
            return ""
        more = f" (and {len(self.findings) - 1} more)" if len(self.findings) > 1 else ""
        text = " ".join(str(self.first).split())
        return f"{text if len(text) <= LONGEST else text[: LONGEST - 1] + '…'}{more}"

    def as_json(self) -> dict[str, Any]:
        """Give its JSON form."""
        first = self.first
        return {
            "menu": self.menu,
            "about": self.about,
            "state": self.state,
            "first": None
            if first is None
            else {
                "code": first.code,
                "message": first.message,
                "dish": first.records[-1].name if first.records else "",
                "mapping": str(first.place) if first.place else "",
            },
            "findings": len(self.findings),
        }


def stress(mapping: CompiledMapping, *, seed: int, menus: Iterable[StressMenu] | None = None) -> list[Report]:
    """Try a mapping on the menus; equal seeds give equal reports."""
    return [_report(mapping, menu, seed) for menu in (MENUS.values() if menus is None else menus)]


def _report(mapping: CompiledMapping, menu: StressMenu, seed: int) -> Report:
    findings = tuple(sorted(_findings(mapping, menu, seed), key=_gravity))
    first = findings[0] if findings else None
    return Report(menu.name, menu.about, _state(first), first, findings)


def _findings(mapping: CompiledMapping, menu: StressMenu, seed: int) -> Iterator[Finding]:
    """Read, shape, map and check; notes are no news here."""
    document = menu.make(Random(f"{seed} {menu.name}"))  # noqa: S311 - repeatable, and nothing is kept secret by it
    reading = read_menu(json_text.encode(document))
    found = [*reading.findings]
    if reading.menu is not None:
        try:
            found += preview(mapping, reading.menu, store={}, now=NOW, operation=OPERATION).findings
        except Exception as error:  # noqa: BLE001 - whatever it is: it is what this looks for
            found.append(Finding("value-failed", "error", f"The program itself failed: {type(error).__name__}."))
    return (finding for finding in found if finding.severity != "note" and finding.code not in IGNORED)


def _gravity(finding: Finding) -> tuple[int, bool]:
    """Order findings: of equal gravity those in the menu's own terms come first."""
    return SEVERITY_ORDER[finding.severity], finding.code in BROKEN


def _state(first: Finding | None) -> State:
    if first is None:
        return "pass"
    if first.code in BROKEN:
        return "broken"
    return "refused" if first.severity in ("error", "hold") else "warnings"
