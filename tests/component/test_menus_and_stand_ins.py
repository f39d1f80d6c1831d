"""What a mapping calls publishable, the platform's stand-in takes: two readings of one platform's rules agree."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from pipeline.preview import preview
from pipeline.reading import read_menu
from sandbox.definition import Definition, read_definitions
from tests.menus import menus
from tests.platforms import NOW, PLATFORMS, SETTINGS, compiled, menu_files

RULES = ("menu", "hours")


@cache
def definitions() -> dict[str, Definition]:
    return read_definitions()


def problems(platform: str, document: bytes) -> list[str] | None:
    """What the stand-in finds in the payload, or None where nothing would be sent."""
    menu = read_menu(document).menu
    assert menu is not None
    made = preview(compiled(platform), menu, store=SETTINGS[platform], now=NOW)
    if not made.publishable:
        return None
    rules = definitions()[platform].rules
    payload = json.loads(made.data())
    return [str(each) for name in RULES if name in rules for each in rules[name].broken(payload, {})[0]]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_real_menus_are_taken(platform: str) -> None:
    for path in menu_files():
        assert problems(platform, path.read_bytes()) == [], path.name


@pytest.mark.parametrize("platform", PLATFORMS)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(document=menus())
def test_random_menus_are_refused_before_or_taken(platform: str, document: dict[str, Any]) -> None:
    assert not problems(platform, json.dumps(document).encode())
