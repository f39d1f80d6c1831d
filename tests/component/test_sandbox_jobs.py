"""The sandbox's work after the answer: jobs, webhooks, downloads, and what stays of them."""

from __future__ import annotations

import copy
import gzip
import hashlib
import hmac
import uuid
from typing import Any

import pytest

from tests.component.sandbox_files import sample
from tests.component.sandbox_work import (
    EVER,
    SOON,
    START,
    STORE,
    idle,
    ingested,
    intervals,
    message,
    override,
    overrides,
    push,
)
from tests.servers.callers import DoorDash, Grubhub, UberEats, until
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


# ---- Grubhub ----


def test_a_download_that_fails_is_tried_ten_times(sandbox_server: SandboxServer, receiver: Receiver):
    caller, store = Grubhub(sandbox_server), sandbox_server.store("grubhub")
    url = receiver.serve("menu", sample("grubhub", "composed_full_featured"))
    receiver.failures = 9
    assert caller.outcome(caller.ingest(store, url).json()["job_id"])["status"] == "SUCCESS"
    assert receiver.downloads == 10
    receiver.downloads, receiver.failures = 0, 99
    outcome = caller.outcome(caller.ingest(store, url).json()["job_id"])
    assert (outcome["status"], outcome["details"]) == ("FAILED_MENU_DOWNLOAD", ["the address answered with status 503"])
    assert receiver.downloads == 10


@pytest.mark.parametrize(
    "document",
    [b"<html>", b"", b"\xff\xfe", gzip.compress(b"{}")[:-4], b"[" * 100_000, gzip.compress(b" " * (65 << 20))],
)
def test_a_download_that_is_no_menu_fails(sandbox_server: SandboxServer, receiver: Receiver, document: bytes):
    caller, store = Grubhub(sandbox_server), sandbox_server.store("grubhub")
    outcome = caller.outcome(caller.ingest(store, receiver.serve("menu", document)).json()["job_id"])
    assert outcome["status"] == "FAILED_VALIDATION"
    assert outcome["details"]


def test_one_ingestion_per_merchant(sandbox_server: SandboxServer, receiver: Receiver):
    rule = sandbox_server.fault("job", "grubhub", how="never_ends", match={"job": "ingestion"})
    caller, store = Grubhub(sandbox_server), sandbox_server.store("grubhub")
    url = receiver.serve("menu", sample("grubhub", "composed_full_featured"))
    job = caller.ingest(store, url).json()["job_id"]
    assert sandbox_server.fired(rule) == 1
    assert caller.ingest(store, url).status_code == 409
    statuses = caller.call("GET", f"/pos/v1/menu/ingestion/jobs/{job}").json()["merchant_statuses"]
    assert statuses == [{"merchant_id": store, "status": "REQUESTED"}]
    other = sandbox_server.store("grubhub", "rest_002")
    assert caller.ingest(other, url).status_code == 200


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"normalized_menu": False}, 422),
        ({"merchant_ids": []}, 422),
        ({"merchant_ids": ["1", "2"]}, 422),
        ({"menu_url": "ftp://x/menu"}, 422),
        ({"extra": 1}, 422),
        ({"merchant_ids": ["90000001"]}, 403),
        ({"merchant_ids": ["90000002"]}, 404),
    ],
    ids=str,
)
def test_wrong_ingestions_are_refused(sandbox_server: SandboxServer, change: dict[str, Any], status: int):
    body = {
        "merchant_ids": [sandbox_server.store("grubhub")],
        "menu_url": "http://127.0.0.1/m",
        "normalized_menu": True,
    }
    answer = Grubhub(sandbox_server).call("POST", "/pos/v1/menu/ingestion", body | change)
    assert answer.status_code == status


def test_an_upload_is_compared_by_external_id(sandbox_server: SandboxServer, receiver: Receiver):
    ingested(sandbox_server, receiver)
    document = sample("grubhub", "composed_full_featured")
    document["menu_sections"][1]["items"] = ["it-new"]
    document["items"][2] |= {"external_id": "it-new"}
    document["items"][1]["name"] = "Juice"
    caller, store = ingested(sandbox_server, receiver, document)
    changes = sandbox_server.get("grubhub/jobs")["jobs"][-1]["changes"]
    assert changes["items"] == {"created": ["it-new"], "changed": ["it-oj"], "deleted": ["it-lager"]}
    assert changes["modifiers"] == {"created": [], "changed": [], "deleted": []}
    assert caller.call("GET", f"/pos/v1/merchant/{store}/menu/normalized").json() == document


def test_sold_out_and_back(sandbox_server: SandboxServer, receiver: Receiver):
    caller, store = ingested(sandbox_server, receiver)
    done = overrides(caller, store, [override(["it-oj", "md-ham"], "ADD", START, EVER)])
    assert (done["status"], done["merchant_id"]) == ("SUCCESSFUL", store)
    assert [row["status"] for row in done["entity_override_results"]] == ["SUCCESSFUL", "SUCCESSFUL"]
    assert intervals(caller, store) == {"it-oj": [(START, EVER)], "md-ham": [(START, EVER)]}
    same_instant = "9999-12-31T23:59:00+00:00"
    done = overrides(caller, store, [override(["it-oj"], "UPDATE", START, SOON, same_instant)])
    assert done["status"] == "SUCCESSFUL"
    assert intervals(caller, store) == {"it-oj": [(START, SOON)], "md-ham": [(START, EVER)]}
    assert intervals(caller, store, before="2031-01-02T00:00:00Z") == {"it-oj": [(START, SOON)]}
    failed = overrides(caller, store, [override(["it-oj"], "UPDATE", START, SOON, EVER)])
    assert (failed["status"], failed["entity_override_results"][0]["details"]) == (
        "FAILED",
        "No override ends at cur_end_date.",
    )


def test_one_unknown_entity_aborts_all_unless_some_may_fail(sandbox_server: SandboxServer, receiver: Receiver):
    caller, store = ingested(sandbox_server, receiver)
    body = [override(["it-oj", "nobody"], "ADD", START, EVER)]
    refused = overrides(caller, store, body)
    assert (refused["status"], refused["entity_ids"]) == ("INVALID", ["nobody"])
    assert intervals(caller, store) == {}
    done = overrides(caller, store, body, "true")
    assert (done["status"], [row["status"] for row in done["entity_override_results"]]) == (
        "SUCCESSFUL",
        ["SUCCESSFUL", "FAILED"],
    )
    assert intervals(caller, store) == {"it-oj": [(START, EVER)]}


def test_overrides_by_the_platforms_own_ids(sandbox_server: SandboxServer, receiver: Receiver):
    caller, store = ingested(sandbox_server, receiver)
    own = sandbox_server.get(f"grubhub/availability?store={store}")["it-oj"]["entity_id"]
    assert overrides(caller, store, [override([own], "ADD", START, EVER)], kind="")["status"] == "SUCCESSFUL"
    assert intervals(caller, store) == {"it-oj": [(START, EVER)]}
    assert overrides(caller, store, [override(["it-oj"], "ADD", START, EVER)], kind="")["status"] == "INVALID"


@pytest.mark.parametrize(
    ("query", "body", "status"),
    [
        ("", [override(["it-oj"], "ADD", START, EVER)], 422),
        ("?allow_partial_success=maybe", [override(["it-oj"], "ADD", START, EVER)], 422),
        ("?allow_partial_success=true", [override(["it-oj"], "UPDATE", START, EVER)], 422),
        ("?allow_partial_success=true", [override(["it-oj"], "ADD", "soon", EVER)], 422),
        ("?allow_partial_success=true", [], 422),
    ],
)
def test_wrong_overrides_are_refused(sandbox_server: SandboxServer, query: str, body: Any, status: int):
    path = f"/pos/v1/merchant/{sandbox_server.store('grubhub')}/menu/schedules/overrides/external{query}"
    assert Grubhub(sandbox_server).call("PATCH", path, body).status_code == status


@pytest.mark.parametrize(("keep", "left"), [(True, {"it-oj": [(START, EVER)]}), (False, {}), (None, {})])
def test_overrides_live_through_an_upload_if_asked_to(
    sandbox_server: SandboxServer, receiver: Receiver, keep: bool | None, left: dict[str, Any]
):
    caller, store = ingested(sandbox_server, receiver)
    overrides(caller, store, [override(["it-oj"], "ADD", START, EVER)])
    ingested(sandbox_server, receiver, **({} if keep is None else {"apply_existing_schedule_overrides": keep}))
    assert intervals(caller, store) == left


def test_alcohol_is_tagged(sandbox_server: SandboxServer, receiver: Receiver):
    caller, store = ingested(sandbox_server, receiver)
    base = f"/pos/v1/merchant/{store}/menu/entities/tags"
    answer = caller.call("PATCH", f"{base}/alcohol", {"external_ids": ["it-oj", "it-pizza"]})
    assert (answer.status_code, answer.json()["status"]) == (202, "QUEUED")
    until(
        lambda: caller.call("GET", f"{base}/{answer.json()['job_id']}/status").json(),
        lambda job: job["status"] == "SUCCESSFUL",
    )
    menu = caller.call("GET", f"/pos/v1/merchant/{store}/menu/normalized").json()
    tags = {item["external_id"]: [tag["name"] for tag in item["tags"]] for item in menu["items"]}
    assert tags["it-oj"] == ["ALCOHOL"]
    assert tags["it-pizza"] == ["VEGETARIAN", "SPICY", "ALCOHOL"]
    assert caller.call("PATCH", f"{base}/alcohol", {"external_ids": ["nobody"]}).status_code == 422
    assert caller.call("PATCH", f"{base}/alcohol", {"external_ids": []}).status_code == 422
