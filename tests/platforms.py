"""The three platforms under test, and what a menu becomes on each; made once per test run."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from pipeline.findings import Finding
from pipeline.mapping.compiled import CompiledMapping, compile_file
from pipeline.mapping.expressions.scope import OperationView
from pipeline.preview import Preview, preview
from pipeline.reading import read_menu
from tests.payload_readers import doordash, grubhub, ubereats
from tests.shared_files import EXAMPLE_MENUS, REPOSITORY, real_menus

PLATFORMS = ("doordash", "grubhub", "ubereats")
READERS: dict[str, ModuleType] = {"doordash": doordash, "grubhub": grubhub, "ubereats": ubereats}
SMALL = REPOSITORY / "tests" / "data" / "small"
NOW = datetime(2031, 1, 2, 3, 4, 5, tzinfo=UTC)
MINOR_UNITS = {"JPY": 0, "KRW": 0, "BHD": 3}
"""Places of the currencies in the tests' menus, by ISO 4217; all others have two."""
HOURS = [{"day": "monday", "start": "08:15", "end": "20:45"}, {"day": "sunday", "start": "19:30", "end": "01:50"}]
SETTINGS: dict[str, dict[str, Any]] = {
    "doordash": {
        "store_id": "dd-store-7",
        "provider_type": "small_place_sandbox",
        "user_agent": "SmallPlaceSandbox/1.0",
        "hours": HOURS,
    },
    "ubereats": {"store_id": "5d6c1a52-9b1c-4d3e-8f00-1234567890ab", "hours": HOURS},
    "grubhub": {"store_id": "12035446"},
}


@dataclass(frozen=True)
class Published:
    """What one menu becomes on one platform."""

    menu: dict[str, Any]
    preview: Preview
    reading: tuple[Finding, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All that was told, of reading, too."""
        return (*self.reading, *self.preview.findings)

    def payload(self, *, exact: bool) -> Any:
        """Give the payload as the platform reads it; ``exact``: numbers keep their digits."""
        return json.loads(self.preview.data(), parse_float=Decimal if exact else float)


def menu_files() -> list[Path]:
    """Give every whole menu there is: real ones, the one with everything, the small one."""
    return [*real_menus(), EXAMPLE_MENUS / "everything.json", SMALL / "menu.json"]


def menu_name(path: Path) -> str:
    """Give a menu's name, for test ids."""
    return "small" if path.parent == SMALL else path.stem


@cache
def compiled(platform: str) -> CompiledMapping:
    """Compile a shipped mapping."""
    mapping, findings = compile_file(REPOSITORY / "mappings" / f"{platform}.yaml")
    assert mapping is not None, [str(finding) for finding in findings]
    return mapping


@cache
def published(platform: str, path: Path) -> Published:
    """Map a menu for a platform, with the tests' settings."""
    data = path.read_bytes()
    reading = read_menu(data)
    assert reading.menu is not None, [str(finding) for finding in reading.findings]
    operation = OperationView("op-1", "small-1")
    made = preview(compiled(platform), reading.menu, store=SETTINGS[platform], now=NOW, operation=operation)
    return Published(json.loads(data), made, tuple(reading.findings))
