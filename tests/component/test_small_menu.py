"""A small menu whose values all differ, against payloads that were written by hand from the platforms' facts."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from tests.platforms import PLATFORMS, SMALL, published


@pytest.mark.parametrize("platform", PLATFORMS)
def test_payload_is_the_one_written_by_hand(platform: str) -> None:
    expected = json.loads((SMALL / f"{platform}.json").read_text(), parse_float=Decimal)
    made = published(platform, SMALL / "menu.json")
    assert made.payload(exact=True) == expected


@pytest.mark.parametrize("platform", PLATFORMS)
def test_nothing_has_to_be_told(platform: str) -> None:
    assert [str(finding) for finding in published(platform, SMALL / "menu.json").findings] == []
