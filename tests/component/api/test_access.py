"""Who may do what, for every route that there is: a new one is held to it by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from pipeline.api.app import create_app
from pipeline.api.guard import OWNERS, SHARED
from tests.api_world import KEYS, MINE, THEIRS, World, world
from tests.route_table import Route, about_restaurants, addresses, body_about, names_records, routes

TABLE = routes(create_app(lambda: None))  # type: ignore[arg-type, return-value]


def of(table: list[Route]) -> Any:
    return pytest.mark.parametrize("route", table, ids=str)


every_route = of(TABLE)
LOOKING = {
    "POST /admin/preview/{platform}",
    "POST /admin/diff/{platform}",
    "POST /admin/explain/{platform}",
    "POST /admin/mappings/{platform}/check",
}
"""The only routes that a reader may use though their method is POST."""


def ask(api: World, route: Route, key: str, about: str, address: str, **more: Any) -> Any:
    body = body_about(route, api, about)
    return api.call(route.method, address, key, json=body or None, **more)


def kept(api: World, restaurant: str) -> Any:
    """Give all that the store keeps of a restaurant, audit aside."""
    store = api.store
    return [
        store.statuses(restaurant),
        store.history(restaurant, limit=500).items,
        store.list_errors(restaurant_id=restaurant, limit=500).items,
        store.sold_out(restaurant),
        store.connections(restaurant).items,
    ]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Give one for all tests of this file: none of them may change what it keeps."""
    with world(tmp_path_factory.mktemp("api")) as running:
        yield running


def refusals(api: World) -> list[Any]:
    return [entry for entry in api.store.audit(limit=500).items if entry.action == "refused"]


def test_the_table_has_every_route_of_the_design():
    known = {str(route) for route in TABLE}
    assert {
        "GET /admin/sync-status/{restaurant_id}",
        "POST /admin/sync/{restaurant_id}/full-refresh",
        "POST /admin/sync/{restaurant_id}/platform/{platform}",
        "GET /admin/operations/{operation_id}",
        "GET /admin/errors",
        "GET /admin/errors/{error_id}",
        "POST /admin/errors/{error_id}/retry",
        "POST /admin/errors/{error_id}/resolve",
        "POST /admin/availability/{restaurant_id}",
        "GET /admin/availability/{restaurant_id}",
        "POST /admin/operations/{operation_id}/release",
        "GET /admin/audit",
        "GET /admin/history/{restaurant_id}",
        "GET /admin/restaurants/{restaurant_id}/platforms/{platform}",
        "PUT /admin/restaurants/{restaurant_id}/platforms/{platform}",
        "DELETE /admin/restaurants/{restaurant_id}/platforms/{platform}",
        "POST /admin/preview/{platform}",
        "GET /admin/restaurants",
        "POST /admin/explain/{platform}",
        "GET /admin/coverage",
        "GET /admin/summary",
        "POST /admin/errors/retry",
        "POST /admin/rollback/{restaurant_id}/{platform}",
    } <= known


@every_route
def test_nobody_without_a_key(api: World, route: Route):
    for address in addresses(route, api, MINE):
        answer = ask(api, route, "", MINE, address)
        api.problem(answer, 401, "key-unknown")
        assert "X-API-Key" in answer.headers["www-authenticate"]


@every_route
def test_nobody_with_a_wrong_key(api: World, route: Route):
    address = addresses(route, api, MINE)[0]
    for wrong in ("", "x", KEYS["operator"][:-1], f"{KEYS['operator']}0", "ana", "ä"):
        answer = api.client.request(route.method, address, headers={"X-API-Key": wrong.encode()})
        api.problem(answer, 401, "key-unknown")


@of([route for route in TABLE if names_records(route) or list(about_restaurants(route))])
def test_a_key_of_one_restaurant_cannot_touch_anothers_anything(api: World, route: Route):
    """Whatever the address, query or body names of another restaurant is refused, and none of it is shown."""
    before = kept(api, THEIRS)
    for address in addresses(route, api, THEIRS):
        more = {"params": {"restaurant_id": THEIRS}} if route.parameters.get("restaurant_id") == "query" else {}
        had = len(refusals(api))
        answer = ask(api, route, "mine", THEIRS, address, **more)
        problem = api.problem(answer, 403, "not-allowed-restaurant")
        assert "this restaurant" in problem["detail"]
        assert f"Chez {THEIRS}" not in answer.text
        assert len(refusals(api)) == had + 1
        entry = refusals(api)[0]
        assert (entry.who, entry.restaurant_id, entry.origin) == ("kim", THEIRS, "api")
        assert entry.note.startswith(f"{route.method} {address}:")
    assert kept(api, THEIRS) == before


@of(
    [
        route
        for route in TABLE
        if names_records(route) and any(name in route.properties for name in about_restaurants(route))
    ]
)
def test_a_body_cannot_name_anothers_record_at_an_own_address(api: World, route: Route):
    before = kept(api, THEIRS)
    for address in addresses(route, api, MINE):
        answer = ask(api, route, "mine", THEIRS, address)
        assert answer.status_code in (403, 404)
        assert f"Chez {THEIRS}" not in answer.text
    assert kept(api, THEIRS) == before


@every_route
def test_what_a_key_of_one_restaurant_gets_tells_nothing_of_another(fresh: World, route: Route):
    for address in addresses(route, fresh, MINE):
        for key in ("mine_reader", "mine"):
            answer = ask(fresh, route, key, MINE, address)
            assert answer.status_code < 500, answer.text
            assert THEIRS not in answer.text


@of([route for route in TABLE if route.changes])
def test_a_reader_cannot_write(api: World, route: Route):
    before = kept(api, MINE)
    for key, name in (("reader", "ben"), ("mine_reader", "lea")):
        for address in addresses(route, api, MINE):
            had = len(refusals(api))
            api.problem(ask(api, route, key, MINE, address), 403, "not-allowed-role")
            assert len(refusals(api)) == had + 1
            assert refusals(api)[0].who == name
    assert kept(api, MINE) == before


@of([route for route in TABLE if not route.changes])
def test_what_only_looks_writes_nothing(api: World, route: Route):
    for address in addresses(route, api, MINE):
        writes = api.store.write_requests
        answer = ask(api, route, "reader", MINE, address)
        assert answer.status_code < 500, answer.text
        assert answer.status_code != 403
        assert api.store.write_requests == writes


def test_who_looks_by_post_is_known():
    assert {str(route) for route in TABLE if route.method != "GET" and not route.changes} == LOOKING


def test_every_path_parameter_has_an_owner_or_is_shared():
    names = {name for route in TABLE for name, place in route.parameters.items() if place == "path"}
    assert names <= {*OWNERS, *SHARED}
    assert names & SHARED == {"platform"}


def test_lists_of_a_key_of_one_restaurant_hold_only_its_own(fresh: World):
    for path in ("/admin/errors", "/admin/audit", "/admin/restaurants", "/admin/events?since=2026-01-01T00:00:00Z"):
        assert {item["restaurant_id"] for item in fresh.get(path, "mine").json()["items"]} == {MINE}
        assert {item["restaurant_id"] for item in fresh.get(path).json()["items"]} >= {MINE, THEIRS}
    mine, all_of_them = (fresh.get("/admin/summary?days=90", key).json() for key in ("mine", "operator"))
    assert sum(outcome["count"] for outcome in mine["outcomes"]) == 3
    assert sum(outcome["count"] for outcome in all_of_them["outcomes"]) == 6
    assert (mine["open_errors"], all_of_them["open_errors"]) == ({"doordash": 1}, {"doordash": 2})


def test_a_key_of_two_restaurants_sees_both_and_no_third(api: World):
    assert {item["restaurant_id"] for item in api.get("/admin/errors", "both").json()["items"]} == {MINE, THEIRS}
    assert api.get(f"/admin/sync-status/{THEIRS}", "both").status_code == 200
    api.problem(api.get("/admin/sync-status/rest_003", "both"), 403, "not-allowed-restaurant")


def test_a_restaurant_that_there_is_not_is_refused_like_one_that_there_is(api: World):
    answer = api.get("/admin/sync-status/rest_no", "mine")
    api.problem(answer, 403, "not-allowed-restaurant")


def test_only_operators_may_try_another_mapping(api: World):
    text = api.get("/admin/mappings/doordash").json()["text"].replace("title: DoorDash", "title: Doordash")
    body = {"restaurant_id": MINE, "mapping": text}
    api.problem(api.post("/admin/preview/doordash", body, "mine_reader"), 403, "not-allowed-role")
    assert api.post("/admin/preview/doordash", body, "mine").status_code == 200
