"""What two lists do not say of a restaurant is taken from the settings, and told where nobody set it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.menu_service import Fetched, MenuLists, WholeMenu
from pipeline.findings import Finding
from pipeline.settings import load_settings
from pipeline.sync.menus import Menus, Snapshot

NOW = datetime(2026, 3, 1, 11, 30, tzinfo=UTC)
LISTS = MenuLists(
    b'[{"item_id": "i1", "name": "Soup", "price": "4.20", "category": "c1"}]',
    b'[{"category_id": "c1", "name": "Starters"}]',
)
WHOLE = WholeMenu(
    b'{"restaurant": {"restaurant_id": "r1", "name": "R", "currency": "EUR", "locale": "it-IT", '
    b'"timezone": "Europe/Rome"}, "categories": [{"category_id": "c1", "name": "Starters"}], '
    b'"items": [{"item_id": "i1", "name": "Soup", "price": "4.20", "category": "c1"}]}'
)


class Source:
    """A menu service that gives one answer."""

    def __init__(self, answer: Fetched) -> None:
        self.answer = answer

    async def fetch(self, restaurant_id: str) -> Fetched:
        return self.answer


def told(environment: dict[str, str], answer: Fetched = LISTS) -> list[Finding]:
    settings, problems = load_settings(environment, env_file=None)
    assert settings is not None, problems
    menus = Menus(
        Source(answer), settings.restaurants, settings.restaurant_defaults, lambda: NOW, settings.unset_defaults
    )
    snapshot: Any = asyncio.run(menus.get("r1", NOW))
    assert isinstance(snapshot, Snapshot)
    assert snapshot.menu is not None
    return [finding for finding in snapshot.findings if finding.code == "restaurant-assumed"]


@pytest.mark.parametrize(
    ("environment", "says", "hint"),
    [
        ({}, "restaurant's currency, time zone and language; USD, UTC and en-US were taken",
         "Set RESTAURANT_CURRENCY, RESTAURANT_TIMEZONE and RESTAURANT_LOCALE, or"),
        ({"RESTAURANT_CURRENCY": "EUR"}, "restaurant's time zone and language; UTC and en-US were taken",
         "Set RESTAURANT_TIMEZONE and RESTAURANT_LOCALE, or"),
        ({"RESTAURANTS": '{"r1": {"timezone": "Asia/Tokyo", "locale": "ja-JP"}}'},
         "restaurant's currency; USD was taken", "Set RESTAURANT_CURRENCY, or"),
    ],
)  # fmt: skip
def test_what_nobody_set_is_told_once(environment: dict[str, str], says: str, hint: str) -> None:
    (finding,) = told(environment)
    assert finding.severity == "note"
    assert says in finding.message
    assert hint in finding.hint
    assert [str(record) for record in finding.records] == ["restaurant r1"]


@pytest.mark.parametrize(
    "environment",
    [
        {"RESTAURANT_CURRENCY": "USD", "RESTAURANT_TIMEZONE": "UTC", "RESTAURANT_LOCALE": "en-US"},
        {"RESTAURANTS": '{"r1": {"currency": "USD", "timezone": "Asia/Tokyo", "locale": "ja-JP"}}'},
    ],
)
def test_what_is_set_is_not_told_even_where_it_is_the_default(environment: dict[str, str]) -> None:
    assert told(environment) == []


def test_a_whole_menu_says_it_itself() -> None:
    assert told({}, WHOLE) == []
