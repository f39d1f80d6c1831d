"""The sandbox's work after the answer: jobs, webhooks, downloads, and what stays of them."""

from __future__ import annotations

import copy
import hashlib
import hmac
import uuid
from typing import Any

import pytest

from tests.component.sandbox_files import sample
from tests.component.sandbox_work import (
    STORE,
    idle,
    message,
    push,
)
from tests.servers.callers import DoorDash, UberEats, until
from tests.servers.receiver import Receiver, receiver
from tests.servers.sandbox import SandboxServer, sandbox_process, sandbox_server

__all__ = ["receiver", "sandbox_process", "sandbox_server"]

# ---- DoorDash ----


def test_a_menu_is_created_then_updated_by_the_id_of_the_webhook(sandbox_server: SandboxServer, receiver: Receiver):
    sandbox_server.post("callback", {"url": receiver.address})
    caller = DoorDash(sandbox_server)
    answer = caller.call("POST", "/api/v1/menus", push())
    assert (answer.status_code, answer.json()) == (200, {"reference": "ref-1", "status": "received"})
    created = message(receiver)
    assert created["event"] == {"type": "MenuCreate", "status": "SUCCESS", "reference": "ref-1"}
    assert created["store"] == {"merchant_supplied_id": STORE}
    menu_id = str(uuid.UUID(created["menu"]["id"]))
    sent = receiver.messages[0]
    assert sent.path == "/webhooks/doordash/menu_status"
    assert sent.headers["authorization"] == sandbox_server.configs["doordash"]["webhook_token"]

    changed = push("ref-2")
    changed["menu"]["categories"][0]["items"][0]["price"] = 700
    assert caller.call("PATCH", f"/api/v1/menus/{menu_id}", changed).status_code == 200
    updated = message(receiver, 2)
    assert updated["event"] == {"type": "MenuUpdate", "status": "SUCCESS", "reference": "ref-2"}
    assert updated["menu"]["id"] == menu_id
    details = caller.call("GET", f"/api/v1/stores/{STORE}/menu_details").json()
    assert [menu["menu_id"] for menu in details["menus"]] == [menu_id]
    assert details["menus"][0]["latest_menu_update"]["status"] == "SUCCESS"
    read = caller.call("GET", f"/api/v1/stores/{STORE}/store_menu").json()["menus"][0]
    assert (read["id"], read["menu"]["categories"][0]["items"][0]["price"]) == (menu_id, 700)
    assert [menu["menu_id"] for menu in sandbox_server.get(f"doordash/menus?store={STORE}")] == [menu_id]


def test_a_second_create_overwrites_the_menu_under_a_new_id(sandbox_server: SandboxServer, receiver: Receiver):
    sandbox_server.post("callback", {"url": receiver.address})
    caller = DoorDash(sandbox_server)
    for number, body in enumerate([push("a"), push("b"), push("c", menu={"name": "No id"}), push("d")], 1):
        assert caller.call("POST", "/api/v1/menus", body).json()["status"] == "received"
        message(receiver, number)
        idle(sandbox_server)
    ids = [one.body["menu"]["id"] for one in receiver.messages]
    assert len(set(ids)) == 4
    menus = caller.call("GET", f"/api/v1/stores/{STORE}/menu_details").json()["menus"]
    assert {menu["menu_id"] for menu in menus} == {ids[2], ids[3]}
    for old in (ids[0], ids[1], ids[3]):
        assert caller.call("PATCH", f"/api/v1/menus/{old}", push(old)).json()["status"] == "received"
        idle(sandbox_server)


def test_one_job_per_store(sandbox_server: SandboxServer):
    sandbox_server.fault("job", "doordash", how="never_ends")
    caller = DoorDash(sandbox_server)
    assert caller.call("POST", "/api/v1/menus", push()).json()["status"] == "received"
    second = caller.call("POST", "/api/v1/menus", push("ref-2"))
    assert second.status_code == 200
    assert "Already have a job IN_PROGRESS" in second.json()["message"]
    assert "status" not in second.json()
    other = caller.call("POST", "/api/v1/menus", push("ref-3", "dd-rest_002"))
    assert other.json()["status"] == "received"


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        ([("MON", "10:00", "14:00"), ("MON", "13:59", "15:00")], "overlapping hours: MON 10:00-14:00 and MON 13:59"),
        ([("SUN", "22:00", "02:00"), ("MON", "01:00", "05:00")], "overlapping hours: SUN 22:00-02:00 and MON 01:00"),
        ([("MON", "10:00", "10:30")], "menu must be open for more than half hour"),
        ([("MON", "10:00:00", "10:00:00")], "Invalid hours format"),
    ],
)
def test_hours_fail_in_the_job_and_leave_a_menu(
    sandbox_server: SandboxServer, receiver: Receiver, hours: list[tuple[str, str, str]], said: str
):
    sandbox_server.post("callback", {"url": receiver.address})
    windows = [{"day_index": day, "start_time": start, "end_time": end} for day, start, end in hours]
    caller = DoorDash(sandbox_server)
    assert caller.call("POST", "/api/v1/menus", push(open_hours=windows)).json()["status"] == "received"
    told = message(receiver)
    assert told["event"]["status"] == "FAILURE"
    assert said in told["event"]["details"]
    idle(sandbox_server)
    assert caller.call("PATCH", f"/api/v1/menus/{told['menu']['id']}", push("r2")).json()["status"] == "received"
    assert message(receiver, 2)["event"]["status"] == "SUCCESS"


@pytest.mark.parametrize(
    "hours",
    [
        [("SUN", "22:00", "02:00"), ("MON", "02:00", "05:00")],
        [("MON", "10:00", "10:31")],
        [("TUE", "00:00", "00:00"), ("MON", "10:00", "12:00")],
        [("MON", "00:00", "23:59:59"), ("TUE", "00:00", "23:59:59")],
    ],
)
def test_hours_that_are_just_right(sandbox_server: SandboxServer, hours: list[tuple[str, str, str]]):
    windows = [{"day_index": day, "start_time": start, "end_time": end} for day, start, end in hours]
    assert DoorDash(sandbox_server).call("POST", "/api/v1/menus", push(open_hours=windows)).status_code == 200
    assert [job["status"] for job in idle(sandbox_server)] == ["SUCCESS"]


def test_menu_ids_belong_to_stores(sandbox_server: SandboxServer):
    caller = DoorDash(sandbox_server)
    caller.call("POST", "/api/v1/menus", push())
    menu_id = idle(sandbox_server)[0]["menu_id"]
    wrong = caller.call("PATCH", f"/api/v1/menus/{menu_id}", push(store="dd-rest_002"))
    assert (wrong.status_code, "Mismatch menu id and store id" in wrong.json()["message"]) == (403, True)
    assert caller.call("PATCH", f"/api/v1/menus/{uuid.uuid4()}", push()).status_code == 404
    unknown = caller.call("POST", "/api/v1/menus", push(store="nowhere"))
    assert (unknown.status_code, "Store does not exist" in unknown.json()["message"]) == (400, True)
    assert caller.call("POST", "/api/v1/menus", push(store="dd-foreign")).status_code == 403
    waiting = caller.call("POST", "/api/v1/menus", push(store="dd-onboarding"))
    assert (waiting.status_code, "under active onboarding" in waiting.json()["message"]) == (400, True)


def test_what_is_taken_but_not_sold_is_noted(sandbox_server: SandboxServer):
    body = push()
    body["menu"]["categories"][0]["items"][0]["active"] = False
    body["menu"]["categories"][0]["items"][0]["extras"][0] |= {"min_num_options": 2, "max_num_options": 2}
    DoorDash(sandbox_server).call("POST", "/api/v1/menus", body)
    (job,) = idle(sandbox_server)
    assert len(job["notes"]) == 2
    assert any("item is deactivated" in note for note in job["notes"])
    assert any("menu is deactivated" in note for note in job["notes"])


def test_sold_out_is_told_entity_by_entity(sandbox_server: SandboxServer):
    caller = DoorDash(sandbox_server)
    caller.call("POST", "/api/v1/menus", push())
    idle(sandbox_server)
    path = f"/api/v1/stores/{STORE}/items/status"
    answer = caller.call("PUT", path, [{"merchant_supplied_id": "soup", "is_active": False}])
    assert (answer.status_code, answer.json()) == (200, [{"merchant_supplied_id": "soup", "response": "Success"}])
    mixed = [{"merchant_supplied_id": one, "is_active": True} for one in ("taco", "soup", "bread")]
    answer = caller.call("PUT", path, mixed)
    assert answer.status_code == 400
    assert [row["response"] for row in answer.json()] == ["Not Found", "Success", "Not Found"]
    options = f"/api/v1/stores/{STORE}/item_options/status"
    assert caller.call("PUT", options, [{"merchant_supplied_id": "bread", "is_active": False}]).status_code == 200
    kept = {"items": {"soup": True}, "options": {"bread": False}}
    assert sandbox_server.get(f"doordash/availability?store={STORE}") == kept
    many = [{"merchant_supplied_id": f"i-{number}", "is_active": True} for number in range(41)]
    assert caller.call("PUT", path, many).status_code == 413
    assert caller.call("PUT", path, many[:40]).status_code == 400
    assert caller.call("PUT", path, [{"merchant_supplied_id": "soup", "is_active": "no"}]).status_code == 400
    assert caller.call("PUT", path, []).status_code == 400


def test_480_status_calls_a_minute(sandbox_server: SandboxServer):
    caller = DoorDash(sandbox_server)
    url, headers = f"/doordash/api/v1/stores/{STORE}/items/status", caller.headers()
    statuses = [
        sandbox_server.http.put(
            url, json=[{"merchant_supplied_id": "a", "is_active": True}], headers=headers
        ).status_code
        for _ in range(481)
    ]
    assert (set(statuses[:480]), statuses[480]) == ({400}, 429)
    other = f"/api/v1/stores/{STORE}/item_options/status"
    assert caller.call("PUT", other, [{"merchant_supplied_id": "a", "is_active": True}]).status_code == 400
    sandbox_server.post("clock", {"advance": 61})
    assert sandbox_server.http.put(url, json=[], headers=headers).status_code == 400


def test_a_menu_may_have_25_megabytes(sandbox_server: SandboxServer):
    caller = DoorDash(sandbox_server)
    headers = {**caller.headers(), "Content-Type": "application/json"}
    answer = sandbox_server.http.post("/doordash/api/v1/menus", content=b" " * 26_214_401, headers=headers)
    assert answer.status_code == 422
    whole = sandbox_server.http.post("/doordash/api/v1/menus", content=b" " * 26_214_400, headers=headers)
    assert whole.status_code == 400


def test_a_store_is_paused_with_a_reason(sandbox_server: SandboxServer):
    caller, path = DoorDash(sandbox_server), f"/api/v1/stores/{STORE}/status"
    assert caller.call("PUT", path, {"is_active": False}).status_code == 400
    assert caller.call("PUT", path, {"is_active": False, "reason": "lunch"}).status_code == 400
    assert caller.call("PUT", path, {"is_active": False, "reason": "operational_issues"}).status_code == 200


# ---- Uber Eats ----


def uber(server: SandboxServer) -> tuple[UberEats, str]:
    caller, store = UberEats(server), server.store("ubereats")
    document = sample("ubereats", "composed_full_featured")
    assert caller.call("PUT", f"/v2/eats/stores/{store}/menus", document).status_code == 204
    return caller, f"/v2/eats/stores/{store}/menus"


def test_an_item_is_changed_in_part(sandbox_server: SandboxServer):
    caller, path = uber(sandbox_server)
    before = caller.call("GET", path).json()
    change = {"price_info": {"price": 777}, "suspension_info": {"suspension": {"suspend_until": 8640000000}}}
    answer = caller.call("POST", f"{path}/items/burger", change)
    assert (answer.status_code, answer.content) == (204, b"")
    expected = copy.deepcopy(before)
    burger = next(item for item in expected["items"] if item["id"] == "burger")
    burger["price_info"]["price"] = 777
    burger["suspension_info"] = {**burger.get("suspension_info", {}), **change["suspension_info"]}
    assert caller.call("GET", path).json() == expected
    assert caller.call("POST", f"{path}/items/burger", {"suspension_info": {"suspension": None}}).status_code == 204
    burger["suspension_info"]["suspension"] = None
    assert caller.call("GET", path).json() == expected


@pytest.mark.parametrize(
    ("item", "change", "said"),
    [
        ("nobody", {"price_info": {"price": 1}}, "nil item nobody"),
        ("burger", {}, "Invalid request"),
        ("burger", {"title": {"translations": {"en_us": "x"}}}, "Invalid request"),
        ("burger", {"price_info": {"price": 9.5}}, "price"),
        (
            "burger",
            {"price_info": {"price": 1, "overrides": [{"context_type": "MENU", "context_value": "gone", "price": 2}]}},
            "gone is not in",
        ),
    ],
    ids=["unknown item", "nothing", "a field of the menu", "a fraction", "an unknown context"],
)
def test_a_wrong_change_changes_nothing(sandbox_server: SandboxServer, item: str, change: Any, said: str):
    caller, path = uber(sandbox_server)
    before = caller.call("GET", path).json()
    answer = caller.call("POST", f"{path}/items/{item}", change)
    assert (answer.status_code, said in answer.json()["message"]) == (400, True), answer.text
    assert caller.call("GET", path).json() == before


def test_an_item_is_changed_only_after_an_upload(sandbox_server: SandboxServer):
    store = sandbox_server.store("ubereats")
    path = f"/v2/eats/stores/{store}/menus/items/burger"
    answer = UberEats(sandbox_server).call("POST", path, {"price_info": {"price": 1}})
    assert (answer.status_code, answer.json()["code"]) == (404, "resource_not_found")


def test_holiday_hours_replace_all_dates(sandbox_server: SandboxServer):
    caller, store = UberEats(sandbox_server), sandbox_server.store("ubereats")
    path = f"/v1/eats/stores/{store}/holiday-hours"
    official = sample("ubereats", "holiday_hours_request_official")
    answer = caller.call("POST", path, official)
    assert (answer.status_code, answer.content) == (200, b"")
    assert sandbox_server.get(f"ubereats/holiday_hours?store={store}") == official["holiday_hours"]
    one = {"2031-12-24": {"open_time_periods": [{"start_time": "10:00", "end_time": "14:00"}]}}
    assert caller.call("POST", path, {"holiday_hours": one}).status_code == 200
    assert sandbox_server.get(f"ubereats/holiday_hours?store={store}") == one
    for wrong in (
        {"24.12.2031": one["2031-12-24"]},
        {"2031-12-24": {"open_time_periods": [{"start_time": "14:00", "end_time": "10:00"}]}},
        {"2031-12-24": {"open_time_periods": [{"start_time": "14:00"}]}},
    ):
        assert caller.call("POST", path, {"holiday_hours": wrong}).status_code == 400


def test_pausing_needs_a_scope_of_its_own(sandbox_server: SandboxServer):
    store = sandbox_server.store("ubereats")
    caller = UberEats(sandbox_server)
    assert caller.call("POST", f"/v1/eats/store/{store}/status", {"status": "PAUSED"}).status_code == 204
    narrow = caller.ask_token(scope="eats.store").json()["access_token"]
    refused = sandbox_server.http.post(
        f"/ubereats/v1/eats/store/{store}/status",
        json={"status": "PAUSED"},
        headers={"Authorization": f"Bearer {narrow}"},
    )
    assert refused.status_code == 401


def test_a_refresh_is_asked_for_up_to_seven_times(sandbox_server: SandboxServer, receiver: Receiver):
    sandbox_server.post("callback", {"url": receiver.address})
    receiver.status = 500
    store = sandbox_server.store("ubereats")
    sandbox_server.post("ubereats/webhooks/menu_refresh", {"store": store})
    until(lambda: len(receiver.messages), lambda count: count == 3)
    receiver.status = 200
    until(
        lambda: sandbox_server.get("ubereats/webhooks")["webhooks"][0]["deliveries"],
        lambda sent: sent[-1:] and sent[-1]["status"] == 200,
    )
    sent = receiver.messages[0]
    assert (sent.path, sent.body["store_id"]) == ("/webhooks/ubereats/menu_refresh", store)
    assert sent.body["event_type"] == "store.menu_refresh_request"
    secret = sandbox_server.configs["ubereats"]["client_secret"].encode()
    assert sent.headers["x-uber-signature"] == hmac.new(secret, sent.raw, hashlib.sha256).hexdigest()
    assert len({one.raw for one in receiver.messages}) == 1
