"""What each route gives, and what it puts in line."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.menu_service import SourceFailure
from pipeline.mapping_files import mapping_files
from pipeline.store.records import State
from tests.api_world import MINE, NOW, PLATFORM, SECRETS, SETTINGS, THEIRS, World
from tests.live import small_menu


@pytest.fixture
def api(fresh: World) -> World:
    return fresh


def waiting(api: World, restaurant: str = MINE) -> Any:
    """Give the publish that waits."""
    status = api.store.status(restaurant, PLATFORM)
    assert status is not None
    operation = api.store.operation(status.waiting)
    assert operation is not None
    return operation


# -- where things stand ------------------------------------------------------------------------------


def test_sync_status_has_the_form_of_the_design(api: World):
    assert api.get(f"/admin/sync-status/{MINE}").json() == {
        "restaurant_id": MINE,
        "platforms": {
            PLATFORM: {
                "status": "HELD", "last_sync": "2026-03-01T11:30:00Z", "error": f"half of {MINE} is gone",
                "retry_count": 2, "error_id": api.ids[MINE]["error"],
            }
        },
    }  # fmt: skip
    status = api.store.status(MINE, PLATFORM)
    assert status is not None
    status.state = State.SYNCED
    assert api.store.put_status(status, expected_fencing=status.fencing)
    assert api.get(f"/admin/sync-status/{MINE}").json()["platforms"][PLATFORM] == {
        "status": "SYNCED", "last_sync": "2026-03-01T11:30:00Z", "item_count": 6, "external_menu_id": f"menu-{MINE}",
    }  # fmt: skip


def test_a_restaurant_on_no_platform_is_unknown(api: World):
    for path in ("/admin/sync-status/rest_no", "/admin/restaurants/rest_no"):
        api.problem(api.get(path), 404, "restaurant-unknown")


def test_a_restaurant_that_was_never_published_is_pending(api: World):
    body = {"settings": {"store_id": "s-9", **SETTINGS}}
    assert api.call("PUT", f"/admin/restaurants/rest_009/platforms/{PLATFORM}", json=body).status_code == 200
    given = api.get("/admin/sync-status/rest_009").json()["platforms"][PLATFORM]
    assert given == {"status": "PENDING", "last_sync": None, "item_count": 0, "external_menu_id": None}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [MINE, THEIRS]), ("search=CHEZ", [MINE, THEIRS]), ("search=_002", [THEIRS]), ("search=no", []),
        (f"platform={PLATFORM}", [MINE, THEIRS]), ("platform=ubereats", []), ("status=HELD", [MINE, THEIRS]),
        ("status=SYNCED", []), ("status=HELD&search=_001", [MINE]),
    ],
)  # fmt: skip
def test_restaurants_are_found_by_text_platform_and_state(api: World, query: str, found: list[str]):
    items = api.get(f"/admin/restaurants?{query}").json()["items"]
    assert [item["restaurant_id"] for item in items] == found
    mine = api.get(f"/admin/restaurants?{query}", "mine").json()["items"]
    assert [item["restaurant_id"] for item in mine] == [each for each in found if each == MINE]
    for item in items:
        assert item["name"] == f"Chez {item['restaurant_id']}"
        assert item["platforms"][PLATFORM]["external_menu_id"] == f"menu-{item['restaurant_id']}"
        assert item == api.get(f"/admin/restaurants/{item['restaurant_id']}").json()


def test_platforms_tell_what_they_need_and_no_secret(api: World):
    items = {item["platform"]: item for item in api.get("/admin/platforms").json()["items"]}
    assert set(items) == set(mapping_files())
    doordash = items[PLATFORM]
    assert doordash == api.get(f"/admin/platforms/{PLATFORM}").json()
    assert (doordash["title"], doordash["usable"], doordash["configured"]) == ("DoorDash Marketplace", True, True)
    assert (doordash["availability"], doordash["answers_later"]) == ("own", True)
    assert {each["name"]: each["present"] for each in doordash["credentials"]} == {
        "developer_id": True, "key_id": True, "signing_secret": True, "webhook_token": True,
    }  # fmt: skip
    settings = {each["name"]: each for each in doordash["settings"]}
    assert settings["store_id"]["description"]
    assert settings["hours"]["type"] == "hours"
    assert items["ubereats"]["configured"] is False
    assert not [secret for secret in SECRETS if secret in json.dumps(items)]
    api.problem(api.get("/admin/platforms/dordash"), 404, "platform-unknown")
    assert "`doordash`" in api.get("/admin/platforms/dordash").json()["hint"]


def test_me(api: World):
    assert api.get("/admin/me", "mine_reader").json() == {
        "name": "lea", "role": "reader", "restaurants": [MINE], "requests_per_minute": 600,
    }  # fmt: skip
    assert api.get("/admin/me").json()["restaurants"] is None


# -- connections ---------------------------------------------------------------------------------------


def test_connect_change_and_disconnect(api: World):
    path = f"/admin/restaurants/rest_009/platforms/{PLATFORM}"
    before = api.get(path).json()
    assert (before["connected"], before["source"]) == (False, "none")
    wrong = api.problem(api.call("PUT", path, json={"settings": {"store": "x"}}), 422, "setting-unknown")
    assert wrong["errors"][0]["field"] == "body.settings"
    connected = api.call("PUT", path, json={"settings": {"store_id": "s-9", **SETTINGS}})
    assert connected.status_code == 200
    assert connected.json()["settings"]["store_id"] == "s-9"
    changed = api.call("PUT", path, json={"settings": {"store_id": "s-10"}}).json()
    assert changed["settings"] == {"store_id": "s-10", **SETTINGS}
    assert (changed["connected"], changed["source"], changed["updated_by"]) == (True, "connection", "ana")
    assert api.get(path).json() == changed
    assert api.call("DELETE", path).json()["connected"] is False
    api.problem(api.call("DELETE", path), 409, "not-connected")
    api.problem(api.post(f"/admin/sync/rest_009/platform/{PLATFORM}"), 409, "not-connected")
    actions = [entry["action"] for entry in api.get("/admin/audit?restaurant_id=rest_009").json()["items"]]
    assert actions == ["disconnect", "connect", "connect"]
    api.problem(api.get("/admin/restaurants/rest_009/platforms/none"), 404, "platform-unknown")


def test_settings_of_the_configuration_stay_where_nothing_else_is_said(api: World):
    path = f"/admin/restaurants/{MINE}/platforms/{PLATFORM}"
    configured = {"store_id": f"s-{MINE}", **SETTINGS}
    assert api.get(path).json()["settings"] == configured
    changed = api.call("PUT", path, json={"settings": {"markup_percent": 7}}).json()
    assert (changed["source"], changed["settings"]) == ("connection", {**configured, "markup_percent": 7})
    assert api.call("DELETE", path).json()["settings"] == {**configured, "markup_percent": 7}
    assert api.call("PUT", path, json={"settings": {}}).json()["settings"] == {**configured, "markup_percent": 7}


def test_null_takes_a_setting_away(api: World):
    path = f"/admin/restaurants/{MINE}/platforms/{PLATFORM}"
    configured = {"store_id": f"s-{MINE}", **SETTINGS}
    api.call("PUT", path, json={"settings": {"markup_percent": 7, "user_agent": "Another/2.0"}})
    given = api.call("PUT", path, json={"settings": {"markup_percent": None, "user_agent": None, "locale": None}})
    assert given.json()["settings"] == configured
    note = api.get(f"/admin/audit?restaurant_id={MINE}").json()["items"][0]["note"]
    assert note == "markup_percent taken away, user_agent taken away, locale taken away"
    new = f"/admin/restaurants/rest_009/platforms/{PLATFORM}"
    needed = {"store_id": "s-9", **SETTINGS, "provider_type": None}
    api.problem(api.call("PUT", new, json={"settings": needed}), 422, "setting-missing")


# -- publishing ----------------------------------------------------------------------------------------


def test_full_refresh_puts_one_operation_per_platform_in_line(api: World):
    answer = api.post(f"/admin/sync/{MINE}/full-refresh", {"platforms": [PLATFORM], "force": True})
    assert answer.status_code == 202
    (queued,) = answer.json()["operations"]
    assert (queued["platform"], queued["state"], queued["new"]) == (PLATFORM, "PENDING", True)
    operation = waiting(api)
    assert (operation.operation_id, operation.force, operation.requested_by) == (queued["operation_id"], True, "ana")
    assert api.get(queued["href"]).json()["state"] == "PENDING"
    again = api.post(f"/admin/sync/{MINE}/full-refresh").json()["operations"][0]
    assert (again["operation_id"], again["new"]) == (queued["operation_id"], False)


def test_full_refresh_of_what_cannot_be(api: World):
    api.problem(api.post(f"/admin/sync/{MINE}/full-refresh", {"platforms": ["dordash"]}), 422, "platform-unknown")
    assert api.call("DELETE", f"/admin/restaurants/{MINE}/platforms/ubereats").status_code == 200
    api.problem(api.post(f"/admin/sync/{MINE}/full-refresh", {"platforms": ["ubereats"]}), 409, "not-connected")
    api.problem(api.post("/admin/sync/rest_no/full-refresh"), 409, "not-connected")
    some = api.post(f"/admin/sync/{MINE}/full-refresh", {"platforms": [PLATFORM, "ubereats"]})
    assert some.status_code == 202
    assert [each["platform"] for each in some.json()["operations"]] == [PLATFORM]
    assert [each["platform"] for each in some.json()["refused"]] == ["ubereats"]


def test_sync_of_one_platform(api: World):
    answer = api.post(f"/admin/sync/{MINE}/platform/{PLATFORM}")
    assert answer.status_code == 202
    assert waiting(api).operation_id == answer.json()["operations"][0]["operation_id"]
    assert waiting(api).force is False
    assert api.post(f"/admin/sync/{MINE}/platform/{PLATFORM}", {"force": True}).status_code == 202
    assert waiting(api).force is True
    api.problem(api.post(f"/admin/sync/{MINE}/platform/none"), 404, "platform-unknown")


def test_rollback(api: World):
    api.problem(api.post(f"/admin/rollback/{MINE}/{PLATFORM}"), 409, "nothing-to-roll-back-to")
    api.problem(api.post(f"/admin/rollback/{MINE}/{PLATFORM}", {"to": "op_none"}), 404, "operation-unknown")
    good = api.ids[MINE]["operation"]
    answer = api.post(f"/admin/rollback/{MINE}/{PLATFORM}", {"to": good})
    assert answer.status_code == 202
    assert answer.headers["location"] == answer.json()["href"]
    assert waiting(api).details["rollback_to"] == good


def test_release_of_a_held_menu(api: World):
    held, good = api.ids[MINE]["held"], api.ids[MINE]["operation"]
    api.problem(api.post(f"/admin/operations/{good}/release"), 409, "not-held")
    api.problem(api.post("/admin/operations/op_none/release"), 404, "operation-unknown")
    assert api.post(f"/admin/operations/{held}/release").status_code == 202
    assert waiting(api).details["released"] == held


# -- operations and errors -----------------------------------------------------------------------------


def test_an_operation_with_its_changes_attempts_payload_and_menu(api: World):
    failed = api.ids[MINE]["failed"]
    operation = api.get(f"/admin/operations/{failed}").json()
    assert (operation["state"], operation["error_id"]) == ("FAILED", api.ids[MINE]["error"])
    assert [change["note"] for change in operation["changes"]] == ["failed by the seed"]
    assert [attempt["status"] for attempt in operation["attempts"]] == [400]
    assert api.get(f"/admin/operations/{failed}/payload").json() == {"menu": {"name": f"payload of {MINE}"}}
    assert api.get(f"/admin/operations/{failed}/menu").json()["items"][1]["price"] == 10.75
    for path in ("op_none", "op_none/payload", "op_none/menu"):
        api.problem(api.get(f"/admin/operations/{path}"), 404, "operation-unknown")
    queued = api.post(f"/admin/sync/{MINE}/platform/{PLATFORM}").json()["operations"][0]["operation_id"]
    api.problem(api.get(f"/admin/operations/{queued}/payload"), 404, "payload-missing")


def test_errors_are_filtered(api: World):
    def ids(query: str) -> list[str]:
        return [item["error_id"] for item in api.get(f"/admin/errors?{query}").json()["items"]]

    assert ids(f"restaurant_id={MINE}") == [api.ids[MINE]["error"]]
    assert ids("status=open") == ids(f"platform={PLATFORM}") == ids("")
    assert len(ids("")) == 2
    assert ids("status=resolved") == ids("platform=ubereats") == ids("restaurant_id=rest_no") == []


def test_an_error_is_shown_tried_again_and_closed(api: World):
    error_id = api.ids[MINE]["error"]
    error = api.get(f"/admin/errors/{error_id}").json()
    assert (error["code"], error["fields"][0]["name"], error["attempts"][0]["answer_body"]) == (
        "platform-refused", "Soup", "no",
    )  # fmt: skip
    retried = api.post(f"/admin/errors/{error_id}/retry")
    assert retried.status_code == 202
    assert retried.json()["error_id"] == error_id
    assert waiting(api).details["error_id"] == error_id
    resolved = api.post(f"/admin/errors/{error_id}/resolve", {"note": "seen to"}).json()
    assert (resolved["status"], resolved["note"], resolved["resolved_by"]) == ("resolved", "seen to", "ana")
    for action in ("retry", "resolve"):
        api.problem(api.post(f"/admin/errors/{error_id}/{action}"), 409, "already-resolved")
        api.problem(api.post(f"/admin/errors/err_none/{action}"), 404, "error-unknown")
    assert api.get("/admin/summary").json()["open_errors"] == {PLATFORM: 1}


def test_errors_are_tried_again_as_a_set(api: World):
    mine, theirs = api.ids[MINE]["error"], api.ids[THEIRS]["error"]
    answer = api.post("/admin/errors/retry", {"error_ids": [mine, "err_none", theirs, mine]})
    assert answer.status_code == 202
    assert [each["error_id"] for each in answer.json()["operations"]] == [mine, theirs]
    assert [(each["error_id"], each["code"]) for each in answer.json()["refused"]] == [("err_none", "error-unknown")]
    api.problem(api.post("/admin/errors/retry", {"error_ids": ["err_none"]}), 404, "error-unknown")
    before = waiting(api, THEIRS)
    api.problem(api.post("/admin/errors/retry", {"error_ids": [mine, theirs]}, "mine"), 403)
    assert waiting(api, THEIRS) == before


# -- availability --------------------------------------------------------------------------------------


def test_sold_out_and_back(api: World):
    path = f"/admin/availability/{MINE}"
    until = "2027-01-02T10:00:00+01:00"
    answer = api.post(path, {"items": ["i-1", "Tea", "Nothing"], "until": until, "platforms": [PLATFORM]})
    assert answer.status_code == 202
    told = answer.json()
    assert [(entry["id"], entry["name"], entry["until"]) for entry in told["entries"]] == [
        ("i-1", "Soup", "2027-01-02T09:00:00Z"), ("i-6", "Tea", "2027-01-02T09:00:00Z"),
    ]  # fmt: skip
    assert [each["platform"] for each in told["operations"]] == [PLATFORM]
    assert [each["code"] for each in told["refused"]] == ["dish-unknown"]
    assert {entry["id"] for entry in api.get(path).json()["items"]} == {"i-1", "i-3", "i-6"}
    assert api.post(path, {"items": ["Soup"], "until": until}).json()["unchanged"] == ["Soup"]
    back = api.post(path, {"items": ["i-1"], "available": True}).json()
    assert [entry["ended"] for entry in back["entries"]] == [True]


def test_spaces_around_a_name_are_not_seen(api: World):
    menu = small_menu("rest_009")
    menu["items"][5]["name"] = " Mint Tea "
    api.source.menus["rest_009"] = menu
    api.call("PUT", f"/admin/restaurants/rest_009/platforms/{PLATFORM}", json={"settings": SETTINGS})
    told = api.post("/admin/availability/rest_009", {"items": ["mint  tea"], "platforms": [PLATFORM]})
    assert [entry["id"] for entry in told.json()["entries"]] == ["i-6"], told.text
    body = {"restaurant_id": "rest_009", "dish": "mint tea"}
    found = api.post(f"/admin/explain/{PLATFORM}", body).json()["dishes"]
    assert [each["record"]["id"] for each in found] == ["i-6"]


def test_what_cannot_be_sold_out(api: World):
    path = f"/admin/availability/{MINE}"
    api.problem(api.post(path, {"items": ["Nothing"]}), 422, "dish-unknown")
    api.problem(api.post(path, {"items": ["Soup"], "until": "2020-01-01T00:00:00Z"}), 422, "time-is-past")
    api.problem(api.post(path, {"items": ["Soup"], "platforms": ["none"]}), 422, "platform-unknown")
    api.problem(api.post("/admin/availability/rest_no", {"items": ["Soup"]}), 409, "not-connected")


# -- looking -------------------------------------------------------------------------------------------


def test_preview_of_a_restaurant_shows_payload_and_what_would_change(api: World):
    given = api.post(f"/admin/preview/{PLATFORM}", {"restaurant_id": MINE}).json()
    assert given["publishable"] is True
    assert given["item_count"] == 6
    assert given["payload"]["store"]["merchant_supplied_id"] == f"s-{MINE}"
    assert [change["text"] for change in given["diff"]["menu"]] == ["price of Pasta 10.75 → 11.25 (+4.7 %)"]


def test_preview_of_a_menu_keeps_its_digits(api: World):
    menu = json.dumps(small_menu()).replace('"6.10"', "1.005")
    content = f'{{"menu": {menu}, "store": {json.dumps({"store_id": "s-x", **SETTINGS})}}}'
    answer = api.call("POST", f"/admin/preview/{PLATFORM}", content=content)
    assert answer.status_code == 200
    given = answer.json()
    assert given["restaurant_id"] is None
    assert given["diff"] is None
    prices = [item["price"] for item in given["payload"]["menu"]["categories"][0]["items"]]
    assert prices == [101, 1125, 2340]  # a float of 1.005 would be 100


@pytest.mark.parametrize("path", ["preview", "diff", "explain"])
def test_what_cannot_be_looked_at(api: World, path: str):
    more = {"field": "menu.name"} if path == "explain" else {}
    address = f"/admin/{path}/{PLATFORM}"
    api.problem(api.post(address, more), 422, "request-wrong")
    api.problem(api.post(address, {**more, "menus": 1}), 422, "request-wrong")
    api.problem(api.post(address, {**more, "restaurant_id": 7}), 422, "request-wrong")
    problem = api.problem(api.post(address, {**more, "menu": {"items": []}}), 422, "menu-unreadable")
    assert problem["findings"][0]["message"]
    problem = api.problem(
        api.post(address, {**more, "restaurant_id": MINE, "mapping": "platform: x"}), 422, "mapping-wrong"
    )
    assert problem["findings"][0]["line"] == 1
    api.problem(api.post(f"/admin/{path}/none", {**more, "restaurant_id": MINE}), 404, "platform-unknown")
    api.source.failure = SourceFailure("It is down.", passing=True)
    api.problem(api.post(address, {**more, "restaurant_id": MINE}), 502, "source-failed")


def test_diff_of_two_menus_of_operations_and_of_a_mapping(api: World):
    address, menu = f"/admin/diff/{PLATFORM}", small_menu()
    dearer = json.loads(json.dumps(menu).replace('"6.10"', '"7.10"'))
    given = api.post(address, {"menu": dearer, "old_menu": menu}).json()
    assert given["counts"] == {"price": 1}
    same = api.post(
        address, {"old_operation_id": api.ids[MINE]["operation"], "new_operation_id": api.ids[MINE]["held"]}
    )
    assert same.json()["changed"] is False
    api.problem(api.post(address, {"menu": menu}), 422, "nothing-to-compare")
    api.problem(api.post(address, {"menu": menu, "old_operation_id": "op_none"}), 404, "operation-unknown")


def test_explain_a_field_a_line_and_a_dish(api: World):
    address = f"/admin/explain/{PLATFORM}"
    field = api.post(address, {"restaurant_id": MINE, "field": "menu.categories[0].items[1].price"}).json()
    assert field["fields"][0]["value"] == 1125
    line = api.post(address, {"restaurant_id": MINE, "line": field["fields"][0]["mapping"]["line"]})
    assert line.status_code == 200
    assert api.post(address, {"restaurant_id": MINE, "dish": "Pasta"}).json()["dishes"]
    api.problem(api.post(address, {"restaurant_id": MINE, "field": "menu["}), 422, "request-wrong")
    api.problem(api.post(address, {"restaurant_id": MINE}), 422, "request-wrong")
    api.problem(api.post(address, {"restaurant_id": MINE, "field": "x", "line": 3}), 422, "request-wrong")
    api.problem(api.post(address, {"restaurant_id": MINE, "line": 0}), 422, "request-wrong")


def test_a_mapping_is_read_and_checked(api: World):
    text = api.get(f"/admin/mappings/{PLATFORM}").json()["text"]
    assert f"platform: {PLATFORM}" in text
    good = api.post(f"/admin/mappings/{PLATFORM}/check", {"text": text}).json()
    assert good == {"usable": True, "findings": []}
    wrong = api.post(
        f"/admin/mappings/{PLATFORM}/check", {"text": text.replace("item.price ->", "item.prise ->")}
    ).json()
    assert wrong["usable"] is False
    assert "`price`" in wrong["findings"][0]["hint"]
    api.problem(api.get("/admin/mappings/none"), 404, "platform-unknown")


# -- insight -------------------------------------------------------------------------------------------


def test_events_since_an_instant_and_then_nothing_new(api: World):
    first = api.get("/admin/events?since=2026-03-01T11:35:00Z")
    page = first.json()
    assert {item["action"] for item in page["items"]} == {"publish failed", "publish held"}
    assert (page["since"], page["more"]) == ("2026-03-01T11:40:00Z", False)
    path = f"/admin/events?since={page['since']}"
    second = api.get(path)
    assert api.get(path, headers={"If-None-Match": second.headers["etag"]}).status_code == 304
    api.post(f"/admin/errors/{api.ids[MINE]['error']}/resolve", {"note": "x"})
    third = api.get(path, headers={"If-None-Match": second.headers["etag"]})
    assert third.json()["items"][-1]["action"] == "resolve"
    assert third.json()["open_errors"] == {PLATFORM: 1}


def test_summary_and_coverage(api: World):
    outcomes = api.get("/admin/summary?days=2").json()["outcomes"]
    assert {(each["state"], each["count"], each["seconds"]) for each in outcomes} == {
        ("SYNCED", 2, 7.0), ("FAILED", 2, 7.0), ("HELD", 2, 7.0),
    }  # fmt: skip
    coverage = api.get("/admin/coverage").json()
    assert {each["name"] for each in coverage["platforms"]} == set(mapping_files())
    assert api.get("/admin/audit?since=2026-03-01T11:40:00Z").json()["items"][0]["at"] == f"{NOW:%Y-%m-%dT%H}:40:00Z"


# -- without a key -------------------------------------------------------------------------------------


def test_health_readiness_webhooks_and_hosted_documents_need_no_key(api: World):
    assert api.get("/health", "").json() == {"status": "ok"}
    assert api.get("/ready", "").json() == {"status": "ready"}
    api.problem(api.post("/webhooks/doordash/nothing", {}, ""), 404)
    api.problem(api.post("/webhooks/doordash/menu_status", {}, ""), 401)
    api.problem(api.get("/hosted/x", ""), 404)
