"""Pages: every entry once and in order, whatever the limit, the key, and what is added meanwhile."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.api.lists import MOST_PAGES, merged, over
from pipeline.store.protocol import BadCursor
from pipeline.store.records import Connection, Operation, Page, SyncError
from tests.api_world import KEYS, MINE, NOW, PLATFORM, SETTINGS, THEIRS, World, settings_of, world


def pages(api: World, path: str, limit: int, key: str = "operator") -> Iterator[list[dict[str, Any]]]:
    cursor = ""
    for _ in range(100):
        mark = "&" if "?" in path else "?"
        page = api.get(f"{path}{mark}limit={limit}&cursor={cursor}", key).json()
        assert len(page["items"]) <= limit
        yield page["items"]
        cursor = page["next_cursor"]
        if not cursor:
            return
    pytest.fail("it has no end")


def everything(api: World, path: str, limit: int, key: str = "operator") -> list[dict[str, Any]]:
    return [item for page in pages(api, path, limit, key) for item in page]


@pytest.fixture
def full(fresh: World) -> World:
    """Add errors, restaurants and operations."""
    store = fresh.store
    for number in range(7):
        restaurant = (MINE, THEIRS, "rest_003")[number % 3]
        at = NOW + timedelta(minutes=30 + number)
        operation = Operation(
            operation_id=f"op_more_{number}", restaurant_id=restaurant, platform=PLATFORM, created_at=at, updated_at=at
        )
        store.enqueue(operation)
        claimed = store.claim(operation.operation_id, "test", timedelta(minutes=1), at)
        assert claimed is not None
        claimed.state = type(claimed.state).FAILED
        status = store.status(restaurant, PLATFORM)
        assert status is not None
        error = SyncError(
            error_id=f"err_more_{number}", restaurant_id=restaurant, platform=PLATFORM,
            operation_id=operation.operation_id, created_at=at, message=f"m{number}",
        )  # fmt: skip
        assert store.finish(claimed, status, error=error)
    for number in range(12):
        store.put_connection(Connection(restaurant_id=f"rest_{number:03}", platform="ubereats", updated_at=NOW))
    return fresh


@pytest.mark.parametrize("limit", [1, 2, 3, 200])
@pytest.mark.parametrize("path", ["/admin/errors", f"/admin/history/{MINE}", "/admin/audit"])
def test_every_entry_is_given_once_newest_first(full: World, path: str, limit: int):
    found = everything(full, path, limit)
    assert found == everything(full, path, 100)
    times = [item.get("created_at") or item["at"] for item in found]
    assert times == sorted(times, reverse=True)
    ids = [item.get("error_id") or item.get("operation_id") or item["id"] for item in found]
    if path != "/admin/audit":
        assert len(ids) == len(set(ids)) >= 5


@pytest.mark.parametrize("limit", [1, 2, 5, 200])
def test_a_key_of_two_restaurants_has_one_list_after_the_other(full: World, limit: int):
    found = everything(full, "/admin/errors", limit, "both")
    assert [item["restaurant_id"] for item in found] == [MINE] * 4 + [THEIRS] * 3
    assert found == everything(full, "/admin/errors", 200, "both")
    mine = everything(full, "/admin/errors", limit, "mine")
    assert mine == found[:4]


@pytest.mark.parametrize("limit", [1, 2, 5, 11, 200])
def test_restaurants_of_statuses_connections_and_settings_are_merged(full: World, limit: int):
    ids = [item["restaurant_id"] for item in everything(full, "/admin/restaurants", limit)]
    assert ids == [f"rest_{number:03}" for number in range(12)]
    some = [item["restaurant_id"] for item in everything(full, "/admin/restaurants?search=_00", limit)]
    assert some == ids[:10]
    assert [item["restaurant_id"] for item in everything(full, "/admin/restaurants", limit, "both")] == [MINE, THEIRS]


def test_a_cursor_of_another_list_or_key_is_refused(full: World):
    cursor = full.get("/admin/errors?limit=1").json()["next_cursor"]
    for path in ("/admin/audit", "/admin/restaurants", f"/admin/history/{MINE}"):
        full.problem(full.get(f"{path}?cursor={cursor}"), 422, "request-wrong")
    full.problem(full.get(f"/admin/errors?cursor={cursor}", "both"), 422, "request-wrong")
    own = full.get("/admin/errors?limit=1", "both").json()["next_cursor"]
    full.problem(full.get(f"/admin/errors?cursor={own}"), 422, "request-wrong")


def test_a_cursor_of_two_restaurants_opens_no_third(full: World):
    """A cursor names places in the key's own list of restaurants, and never a restaurant."""
    cursor = full.get("/admin/errors?limit=5", "both").json()["next_cursor"]
    found = full.get(f"/admin/errors?cursor={cursor}", "mine").json()
    assert found == {"items": [], "next_cursor": None}
    assert set(KEYS) >= {"both", "mine"}


def ids_of(*groups: list[str]) -> Any:
    """Give a source of ids, a group a page."""

    def page(cursor: str) -> tuple[list[str], str]:
        place = int(cursor or 0)
        return (groups[place] if groups else []), str(place + 1) if place + 1 < len(groups) else ""

    return page


@pytest.mark.parametrize("limit", [1, 2, 3, 50])
def test_merged_lists_have_each_id_once(limit: int):
    sources = [ids_of(["a", "c"], ["c", "d"], ["x"]), ids_of([], ["b", "c"], ["y"]), ids_of(["a", "z"])]
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        ids, cursor = merged("t", sources, limit, cursor)
        found += ids
    assert found == ["a", "b", "c", "d", "x", "y", "z"]


def test_a_long_search_goes_on_with_the_next_request():
    nothing = [[] for _ in range(3 * MOST_PAGES)]
    sources = [ids_of(*nothing, ["m"]), ids_of(["a", "n"])]
    requests, found, cursor = 0, [], ""
    while cursor is not None:
        ids, cursor = merged("t", sources, 10, cursor)
        found += ids
        requests += 1
        assert requests < 10
    assert found == ["a", "m", "n"]
    assert requests > 1


def test_an_empty_page_in_between_is_no_end():
    parts = {"r1": [Page(items=[]), Page(items=[1])], "r2": [Page(items=[2])]}

    def fetch(restaurant: str, limit: int, cursor: str) -> Page:
        page = parts[restaurant][int(cursor or 0)]
        more = str(int(cursor or 0) + 1) if int(cursor or 0) + 1 < len(parts[restaurant]) else ""
        return Page(items=page.items, cursor=more)

    assert over(("r1", "r2"), fetch, 10, "") == ([1, 2], None)
    with pytest.raises(BadCursor):
        over(("r1",), fetch, 10, "WyJtaW5lIiwtMSwiIl0")


@pytest.mark.parametrize("limit", [1, 200])
@pytest.mark.parametrize("key", ["operator", "both"])
def test_restaurants_that_were_never_published_are_found_as_pending(full: World, limit: int, key: str):
    """Their rows say PENDING, so who looks for that must find them; those of all kinds of sources."""
    named = everything(full, "/admin/restaurants?status=PENDING", limit, key)
    assert {"PENDING"} <= {place["status"] for row in named for place in row["platforms"].values()}
    every = everything(full, "/admin/restaurants", 200, key)
    wanted = [
        row["restaurant_id"] for row in every
        if any(place["status"] == "PENDING" and place["connected"] for place in row["platforms"].values())
    ]  # fmt: skip
    assert len(wanted) == (12 if key == "operator" else 2)
    assert [row["restaurant_id"] for row in named] == wanted
    on_doordash = everything(full, f"/admin/restaurants?status=PENDING&platform={PLATFORM}", limit, key)
    assert [row["restaurant_id"] for row in on_doordash] == []
    on_uber = everything(full, "/admin/restaurants?status=PENDING&platform=ubereats", limit, key)
    assert [row["restaurant_id"] for row in on_uber] == wanted


def test_many_configured_restaurants_are_given_page_by_page(tmp_path: Path):
    stores = {f"r-{number:04}": {"store_id": f"s-{number}", **SETTINGS} for number in range(250)}
    configs = settings_of(tmp_path).platform_configs
    configs[PLATFORM]["stores"] = stores
    with world(tmp_path, PLATFORM_CONFIGS=json.dumps(configs)) as api:
        for path in ("/admin/restaurants?search=r-", "/admin/restaurants?search=r-&status=PENDING"):
            found = [row["restaurant_id"] for row in everything(api, path, 60)]
            assert found == sorted(stores), path
