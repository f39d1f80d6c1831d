"""Platforms that fetch menus themselves: the key, the same payload as a push, the record, and what is given instead."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from connectors.menu_service import SourceFailure
from pipeline.store.records import State
from tests.api_world import MINE, NOW, PLATFORM, SETTINGS, World, settings_of, world

KEY = "the-key-with-which-menus-are-fetched"
PATH = f"/menus/{PLATFORM}/s-{MINE}"


@pytest.fixture
def api(tmp_path: Path) -> Iterator[World]:
    configs = settings_of(tmp_path).platform_configs
    configs[PLATFORM]["pull_key"] = KEY
    ticks = count()
    with world(
        tmp_path, clock=lambda: NOW + timedelta(hours=1, milliseconds=next(ticks)), PLATFORM_CONFIGS=json.dumps(configs)
    ) as running:
        yield running


def pull(api: World, path: str = PATH, key: str = f"{KEY}", **more: Any) -> Any:
    return api.client.get(path, headers={"Authorization": key}, **more)


def test_the_platform_gets_what_a_push_would_send(api: World):
    answer = pull(api, params={"ids": "a,b"})
    assert answer.status_code == 200, answer.text
    given = answer.json()
    preview = api.post(f"/admin/preview/{PLATFORM}", {"restaurant_id": MINE}).json()["payload"]
    assert set(given) == {"store", "menus"}
    assert given["store"] == preview["store"]
    (menu,) = given["menus"]
    assert menu["id"] == f"menu-{MINE}"
    for name in ("open_hours", "special_hours", "menu"):
        assert menu[name] == preview[name]
    operation = api.store.operation(answer.headers["x-operation-id"])
    assert operation is not None
    assert menu["reference"] == operation.reference


def test_it_counts_as_a_sync(api: World):
    operation_id = pull(api).headers["x-operation-id"]
    operation = api.get(f"/admin/operations/{operation_id}").json()
    assert (operation["kind"], operation["state"], operation["requested_by"]) == ("pull", "SYNCED", PLATFORM)
    assert api.get(f"/admin/history/{MINE}").json()["items"][0]["operation_id"] == operation_id
    status = api.store.status(MINE, PLATFORM)
    assert status is not None
    assert (status.state, status.accepted_operation, status.item_count) == (State.SYNCED, operation_id, 6)
    assert status.accepted_hash == status.desired_hash == operation["payload_hash"]
    assert status.external_menu_id == f"menu-{MINE}"
    entry = api.get(f"/admin/audit?restaurant_id={MINE}").json()["items"][0]
    assert (entry["who"], entry["action"], entry["operation_id"]) == (PLATFORM, "pull", operation_id)
    assert (entry["before"], entry["after"]) == ("hash-good", operation["payload_hash"])


def test_an_unchanged_menu_is_given_again_and_audited(api: World):
    first, second = pull(api), pull(api)
    assert first.content == second.content
    assert first.headers["x-operation-id"] == second.headers["x-operation-id"]
    notes = [each["note"] for each in api.get(f"/admin/audit?restaurant_id={MINE}").json()["items"][:2]]
    assert notes == ["fetched by the platform, which was given the menu it has", "fetched by the platform"]


@pytest.mark.parametrize("key", ["", "x", KEY[:-1], f"{KEY}0", f"Bearer {KEY}", "ä"])
def test_without_its_key_nothing_is_given(api: World, key: str):
    answer = api.client.get(PATH, headers={"Authorization": key.encode()})
    api.problem(answer, 401, "key-unknown")
    assert api.client.get(PATH, headers={"X-API-Key": KEY}).status_code == 401


def test_an_unknown_store_or_a_platform_that_fetches_nothing(api: World):
    for path in (f"/menus/{PLATFORM}/s-other", "/menus/ubereats/s-1", "/menus/nothing/s-1"):
        api.problem(pull(api, path), 404, "store-unknown")


@pytest.mark.parametrize("what", ["source", "held", "busy"])
def test_where_no_new_menu_can_be_given_it_gets_the_one_it_has(api: World, what: str):
    before = pull(api)
    menu = json.loads(api.store.blob(api.store.operation(before.headers["x-operation-id"]).snapshot_id))
    if what == "source":
        api.source.failure = SourceFailure("The menu service is down.", passing=True)
    elif what == "held":
        api.source.menus[MINE] = {**menu, "items": menu["items"][:1]}
    else:
        api.source.menus[MINE] = {**menu, "restaurant": {**menu["restaurant"], "name": "Renamed"}}
        assert api.post(f"/admin/sync/{MINE}/platform/{PLATFORM}").status_code == 202
    after = pull(api)
    assert after.status_code == 200
    assert after.content == before.content
    status = api.store.status(MINE, PLATFORM)
    assert status is not None
    assert status.accepted_operation == before.headers["x-operation-id"]
    assert status.state == {"source": State.FAILED, "held": State.HELD, "busy": State.PENDING}[what]


def test_where_there_never_was_one_it_is_told_to_come_again(api: World):
    body = {"settings": {"store_id": "s-new", **SETTINGS}}
    assert api.call("PUT", f"/admin/restaurants/rest_009/platforms/{PLATFORM}", json=body).status_code == 200
    api.source.failure = SourceFailure("The menu service is down.", passing=True)
    answer = pull(api, f"/menus/{PLATFORM}/s-new")
    assert "menu service is down" in api.problem(answer, 503, "menu-missing")["detail"]
    assert answer.headers["retry-after"] == "60"
    api.source.failure = None
    assert pull(api, f"/menus/{PLATFORM}/s-new").json()["store"]["merchant_supplied_id"] == "s-new"


def test_it_is_not_fetched_too_often(api: World):
    assert {pull(api).status_code for _ in range(30)} == {200}
    answer = pull(api)
    api.problem(answer, 429, "too-often")
    assert int(answer.headers["retry-after"]) > 0


def test_the_key_is_shown_nowhere(api: World):
    for path in ("/admin/platforms", f"/admin/platforms/{PLATFORM}", f"/admin/restaurants/{MINE}/platforms/{PLATFORM}"):
        assert KEY not in api.get(path).text
    assert KEY not in pull(api).text
