"""Ten thousand restaurants on three platforms: found, filtered and paged by the server; how long it takes is noted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from pipeline.store.open import open_store
from pipeline.store.records import State, Status
from tests.e2e.dashboard.browsing import ARTIFACTS, visiting
from tests.e2e.dashboard.desk import OPERATOR, Desk, serve

COUNT = 10_000
PLATFORMS = ("doordash", "grubhub", "ubereats")
FAILED_EVERY = 97
FIRST_ROW = "performance.now()"


@pytest.fixture(scope="module")
def crowd(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a store with the statuses of many restaurants; gives its address."""
    folder: Path = tmp_path_factory.mktemp("crowd")
    start = datetime(2026, 3, 1, 8, tzinfo=UTC)
    store = open_store(str(folder / "sync.db"))
    for number in range(COUNT):
        for place, platform in enumerate(PLATFORMS):
            failed = platform == "ubereats" and number % FAILED_EVERY == 5
            at = start + timedelta(seconds=number * 3 + place)
            status = Status(
                restaurant_id=f"r-{number:05}", platform=platform, restaurant_name=f"Kitchen {number}",
                state=State.FAILED if failed else State.SYNCED, updated_at=at, last_sync=at, item_count=number % 90 + 1,
                desired_hash=f"h{number}", accepted_hash=f"h{number}", error="Uber does not answer." if failed else "",
            )  # fmt: skip
            assert store.put_status(status, expected_fencing=0)
    store.close()
    accounts = {name: {key: value for key, value in config.items() if key != "stores"}
                for name, config in desk.sandbox.configs.items()}  # fmt: skip
    with serve(folder, accounts) as address:
        yield address


def test_the_front_page_shows_many_restaurants_and_finds_any_of_them(browser: Browser, crowd: str) -> None:
    took: dict[str, float] = {}
    with visiting(browser, crowd) as visitor:
        page, rows = visitor.page, visitor.page.locator("tbody tr")
        visitor.enter(OPERATOR)
        for visit in ("first visit", "second visit"):
            page.reload()
            rows.first.wait_for()
            took[visit] = page.evaluate(FIRST_ROW)
        expect(rows).to_have_count(50)
        page.get_by_role("button", name="Show more").click()
        expect(rows).to_have_count(100)
        expect(rows.last).to_contain_text("Kitchen 99")

        begun = page.evaluate(FIRST_ROW)
        page.get_by_label("Find a restaurant").fill("kitchen 9876")
        expect(rows).to_have_count(1)
        took["search"] = page.evaluate(FIRST_ROW) - begun
        expect(rows).to_contain_text("r-09876")

        page.get_by_label("Find a restaurant").fill("")
        begun = page.evaluate(FIRST_ROW)
        page.get_by_label("State").select_option(label="Failed")
        expect(rows.first).to_contain_text("r-00005")
        took["filter"] = page.evaluate(FIRST_ROW) - begun
        expect(rows.nth(1)).to_contain_text("r-00102")
        page.get_by_label("Platform").select_option(label="DoorDash Marketplace")
        expect(page.get_by_role("heading", name="No restaurant fits")).to_be_visible()
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    lines = [f"{name}: {milliseconds:.0f} ms" for name, milliseconds in took.items()]
    (ARTIFACTS / "many-restaurants.txt").write_text("\n".join([f"{COUNT} restaurants", *lines, ""]))
    print(*lines, sep="\n")
