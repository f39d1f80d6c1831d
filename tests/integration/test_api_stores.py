"""The admin API over each kind of store: every route, the rule of restaurants, pages, limits that processes share."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.store.records import Connection
from tests.api_world import MINE, NOW, PLATFORM, THEIRS, World, world
from tests.route_table import addresses, body_about, names_records, routes
from tests.servers.local_aws import dynamodb_address, new_store_address


@pytest.fixture(params=["dynamodb", "sqlite"])
def api(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """Give the API as Lambda has it, and as one process with its own file has it."""
    if request.param == "sqlite":
        with world(tmp_path) as running:
            yield running
        return
    place = new_store_address(dynamodb_address())
    with world(tmp_path, lifespan=False, store_at=place, SYNC_STORE="dynamodb") as running:
        yield running


def test_every_route_answers_and_keeps_restaurants_apart(api: World):
    for route in routes(api.app):
        if names_records(route):
            for address in addresses(route, api, THEIRS):
                answer = api.call(route.method, address, "mine", json=body_about(route, api, THEIRS) or None)
                api.problem(answer, 403)
        for address in addresses(route, api, MINE):
            for key in ("mine", "operator"):
                answer = api.call(route.method, address, key, json=body_about(route, api, MINE) or None)
                assert answer.status_code < 500, f"{route}: {answer.text}"
                assert key == "operator" or THEIRS not in answer.text
    assert api.get("/ready", "").status_code == 200


@pytest.mark.parametrize("limit", [1, 3, 200])
def test_pages(api: World, limit: int):
    for number in range(10):
        api.store.put_connection(Connection(restaurant_id=f"rest_{number:03}", platform="ubereats", updated_at=NOW))
    for path, name, most in (
        ("/admin/restaurants", "restaurant_id", 10), ("/admin/errors", "error_id", 2), ("/admin/audit", "id", 6),
        (f"/admin/history/{MINE}", "operation_id", 3), ("/admin/restaurants?search=chez", "restaurant_id", 2),
    ):  # fmt: skip
        for key in ("operator", "both"):
            found: list[str] = []
            cursor = ""
            while True:
                mark = "&" if "?" in path else "?"
                page = api.get(f"{path}{mark}limit={limit}&cursor={cursor}", key).json()
                found += [item[name] for item in page["items"]]
                cursor = page["next_cursor"]
                if not cursor:
                    break
            assert len(found) == len(set(found)) == (2 if key == "both" and most == 10 else most), path


def test_what_is_put_in_line_is_found_and_followed(api: World):
    queued = api.post(f"/admin/sync/{MINE}/full-refresh", {"platforms": [PLATFORM]}).json()["operations"][0]
    assert api.get(queued["href"]).json()["state"] == "PENDING"
    assert api.get(f"/admin/restaurants/{MINE}").json()["platforms"][PLATFORM]["waiting"] == queued["operation_id"]
    assert [each.operation_id for each in api.store.due(NOW + timedelta(hours=2))] == [queued["operation_id"]]


def test_requests_are_counted(api: World):
    answers = {api.get("/admin/me").status_code for _ in range(5)}
    assert answers == {200}
    if api.settings.sync_store == "dynamodb":
        writes = api.store.write_requests
        api.get("/admin/me")
        assert api.store.write_requests == writes + 1
