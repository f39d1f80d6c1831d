"""One browser and one set of servers for the tests of the dashboard; each test has a restaurant of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.e2e.dashboard.browsing import Visitor, chromium, visiting
from tests.e2e.dashboard.desk import OPERATOR, RESTAURANTS, Desk, open_desk

HIGHEST = "50"
"""What Uber takes from every store at most, by the settings that the tests start with."""


def _limit_prices(configs: dict[str, Any]) -> None:
    for restaurant in RESTAURANTS:
        configs["ubereats"]["stores"][restaurant]["highest_price"] = HIGHEST


@pytest.fixture(scope="package")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Give the browser."""
    with chromium(tmp_path_factory.mktemp("chromium")) as running:
        yield running


@pytest.fixture(scope="package")
def desk(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Give the running product; after the browser, so that nothing starts where there is none."""
    with open_desk(tmp_path_factory.mktemp("desk"), _limit_prices) as running:
        yield running


@pytest.fixture
def ana(browser: Browser, desk: Desk) -> Iterator[Visitor]:
    """Give an operator who has entered her key."""
    with visiting(browser, desk.address) as visitor:
        visitor.enter(OPERATOR)
        yield visitor
