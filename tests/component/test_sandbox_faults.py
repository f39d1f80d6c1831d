"""Every kind of fault fires as it is asked for, as often as it is asked for, and nowhere else."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from tests.component.sandbox_files import sample
from tests.component.sandbox_work import STORE, idle, ingested, intervals, message, override, overrides, push
from tests.servers.callers import DoorDash, Grubhub, UberEats, until
from tests.servers.receiver import Receiver, receiver
from tests.servers.sandbox import SandboxServer, sandbox_process, sandbox_server

__all__ = ["receiver", "sandbox_process", "sandbox_server"]

MENUS = "/api/v1/menus"


@pytest.fixture
def caller(sandbox_server: SandboxServer) -> DoorDash:
    return DoorDash(sandbox_server)


# ---- which requests ----


def test_a_rule_fires_as_often_as_it_says(sandbox_server: SandboxServer, caller: DoorDash):
    rule = sandbox_server.fault("status", "doordash", status=503, times=2, after=1, body={"message": "busy"})
    path = f"/api/v1/stores/{STORE}/menu_details"
    assert [caller.call("GET", path).status_code for _ in range(5)] == [200, 503, 503, 200, 200]
    assert sandbox_server.fired(rule) == 2
    (kept,) = sandbox_server.get("faults")["rules"]
    assert (kept["id"], kept["fired"], kept["left"], kept["kind"]) == (rule, 2, 0, "status")


@pytest.mark.parametrize(
    ("match", "fits"),
    [
        ({}, True),
        ({"method": "post"}, True),
        ({"method": "GET"}, False),
        ({"path": "/api/*/menus"}, True),
        ({"path": "^/api/v[12]/menus$"}, True),
        ({"path": "/api/*/stores"}, False),
        ({"store": STORE}, True),
        ({"store": "dd-rest_002"}, False),
        ({"method": "POST", "path": "/api/v1/menus", "store": STORE}, True),
    ],
    ids=str,
)
def test_a_rule_is_for_what_it_matches(
    sandbox_server: SandboxServer, caller: DoorDash, match: dict[str, str], fits: bool
):
    rule = sandbox_server.fault("status", "doordash", status=500, match=match)
    assert caller.call("POST", MENUS, push()).status_code == (500 if fits else 200)
    assert sandbox_server.fired(rule) == int(fits)


def test_a_rule_is_for_its_platform(sandbox_server: SandboxServer, caller: DoorDash):
    sandbox_server.fault("status", "ubereats", status=500, times=None)
    assert caller.call("POST", MENUS, push()).status_code == 200
    assert [UberEats(sandbox_server).ask_token().status_code for _ in range(3)] == [500, 500, 500]


def test_rules_are_taken_away(sandbox_server: SandboxServer, caller: DoorDash):
    sandbox_server.fault("status", status=500, times=None)
    assert caller.call("POST", MENUS, push()).status_code == 500
    assert sandbox_server.http.delete("/_sandbox/faults").status_code == 204
    assert caller.call("POST", MENUS, push()).status_code == 200
    assert sandbox_server.get("faults/fired") == {"rules": {}, "log": []}


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"kind": "surprise"},
        {"kind": "status"},
        {"kind": "status", "status": "many"},
        {"kind": "status", "status": 99},
        {"kind": "status", "status": 500, "typo": 1},
        {"kind": "status", "status": 500, "platform": "nowhere"},
        {"kind": "status", "status": 500, "match": {"path": "^("}},
        {"kind": "webhook", "how": "sideways"},
        [{"kind": "delay", "seconds": 1}, {"kind": "job"}],
    ],
    ids=str,
)
def test_a_wrong_rule_is_refused_whole(sandbox_server: SandboxServer, rule: Any):
    answer = sandbox_server.http.post("/_sandbox/faults", json=rule)
    assert (answer.status_code, bool(answer.json()["message"])) == (422, True)
    assert sandbox_server.get("faults") == {"rules": []}


# ---- what is answered ----


def test_status_with_retry_after(sandbox_server: SandboxServer, caller: DoorDash):
    sandbox_server.fault("status", status=429, retry_after={"seconds": 7}, headers={"X-Why": "busy"})
    sandbox_server.fault("status", status=429, retry_after={"date_in": 90})
    first, second = (caller.call("POST", MENUS, push()) for _ in range(2))
    assert (first.headers["retry-after"], first.headers["x-why"], first.content) == ("7", "busy", b"")
    date = parsedate_to_datetime(second.headers["retry-after"])
    assert 60 < (date - datetime.now(UTC)).total_seconds() <= 90


def test_a_200_that_means_failure(sandbox_server: SandboxServer, caller: DoorDash):
    body = {"message": "INVALID_ARGUMENT::INVALID_ARGUMENT: Already have a job IN_PROGRESS"}
    sandbox_server.fault("status", status=200, body=body)
    answer = caller.call("POST", MENUS, push())
    assert (answer.status_code, answer.json()) == (200, body)
    assert sandbox_server.get("doordash/jobs") == {"jobs": []}


def test_a_204_has_no_body(sandbox_server: SandboxServer, caller: DoorDash):
    sandbox_server.fault("status", status=204, body={"a": 1})
    answer = caller.call("POST", MENUS, push())
    assert (answer.status_code, answer.content, "content-length" in answer.headers) == (204, b"", False)


@pytest.mark.parametrize("processed", [False, True])
def test_an_error_before_or_after_the_work(sandbox_server: SandboxServer, caller: DoorDash, processed: bool):
    sandbox_server.fault("status", status=500, processed=processed)
    assert caller.call("POST", MENUS, push()).status_code == 500
    assert len(sandbox_server.get("doordash/jobs")["jobs"]) == int(processed)


@pytest.mark.parametrize("when", ["before", "after"])
def test_the_connection_is_reset(sandbox_server: SandboxServer, caller: DoorDash, when: str):
    rule = sandbox_server.fault("reset", when=when)
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        caller.call("POST", MENUS, push())
    assert sandbox_server.fired(rule) == 1
    assert len(sandbox_server.get("doordash/jobs")["jobs"]) == int(when == "after")


def test_the_body_is_cut_off(sandbox_server: SandboxServer, caller: DoorDash):
    sandbox_server.fault("truncated")
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        caller.call("POST", MENUS, push())
    assert len(sandbox_server.get("doordash/jobs")["jobs"]) == 1
    assert caller.call("GET", f"/api/v1/stores/{STORE}/menu_details").status_code == 200


@pytest.mark.parametrize(("status", "processed"), [(200, True), (502, False)])
def test_the_body_is_a_page(sandbox_server: SandboxServer, caller: DoorDash, status: int, processed: bool):
    sandbox_server.fault("not_json", status=status, processed=processed)
    answer = caller.call("POST", MENUS, push())
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html")
    with pytest.raises(json.JSONDecodeError):
        answer.json()
    assert len(sandbox_server.get("doordash/jobs")["jobs"]) == int(processed)


def test_the_answer_comes_late(sandbox_server: SandboxServer, caller: DoorDash):
    rule = sandbox_server.fault("delay", seconds=5.0)
    with pytest.raises(httpx.ReadTimeout):
        sandbox_server.http.post(f"/doordash{MENUS}", json=push(), headers=caller.headers(), timeout=1.0)
    assert sandbox_server.fired(rule) == 1


def test_some_entities_fail_and_the_others_take_effect(sandbox_server: SandboxServer, caller: DoorDash):
    body = push()
    body["menu"]["categories"][0]["items"].append({"name": "Stew", "price": 800, "merchant_supplied_id": "stew"})
    caller.call("POST", MENUS, body)
    idle(sandbox_server)
    sandbox_server.fault("entities", "doordash", ids=["soup"], result="Server Error")
    path = f"/api/v1/stores/{STORE}/items/status"
    change = [{"merchant_supplied_id": one, "is_active": False} for one in ("soup", "stew")]
    answer = caller.call("PUT", path, change)
    assert (answer.status_code, [row["response"] for row in answer.json()]) == (400, ["Server Error", "Success"])
    assert sandbox_server.get(f"doordash/availability?store={STORE}") == {"items": {"stew": False}}
    assert caller.call("PUT", path, change).status_code == 200


def test_an_entity_of_a_job_fails(sandbox_server: SandboxServer, receiver: Receiver):
    signer, store = ingested(sandbox_server, receiver)
    sandbox_server.fault("entities", "grubhub", ids=["it-oj"], result="Locked.")
    start, end = "2131-01-01T10:00:00Z", "2131-01-01T12:00:00Z"
    done = overrides(signer, store, [override(["it-oj", "it-lager"], "ADD", start, end)], "true")
    assert [row["details"] for row in done["entity_override_results"]] == ["Locked.", "Entity override successful."]
    assert intervals(signer, store) == {"it-lager": [(start, end)]}


# ---- webhooks ----


def webhook(server: SandboxServer, receiver: Receiver, how: str, **more: Any) -> str:
    server.post("callback", {"url": receiver.address})
    return server.fault("webhook", "doordash", how=how, match={"webhook": "menu_status"}, **more)


def test_a_webhook_is_lost(sandbox_server: SandboxServer, receiver: Receiver, caller: DoorDash):
    rule = webhook(sandbox_server, receiver, "lost")
    caller.call("POST", MENUS, push("lost"))
    idle(sandbox_server)
    caller.call("POST", MENUS, push("kept"))
    assert message(receiver)["event"]["reference"] == "kept"
    assert sandbox_server.fired(rule) == 1
    sent = sandbox_server.get("doordash/webhooks")["webhooks"]
    assert (sent[0]["fault"], sent[0]["deliveries"]) == ("lost", [])
    details = caller.call("GET", f"/api/v1/stores/{STORE}/menu_details").json()["menus"][0]
    assert details["latest_menu_update"]["status"] == "SUCCESS"


def test_a_webhook_comes_late(sandbox_server: SandboxServer, receiver: Receiver, caller: DoorDash):
    webhook(sandbox_server, receiver, "late", seconds=2.0)
    caller.call("POST", MENUS, push("late"))
    idle(sandbox_server)
    caller.call("POST", MENUS, push("prompt"))
    message(receiver, 2)
    assert [one.body["event"]["reference"] for one in receiver.messages] == ["prompt", "late"]


def test_a_webhook_comes_twice(sandbox_server: SandboxServer, receiver: Receiver, caller: DoorDash):
    webhook(sandbox_server, receiver, "twice")
    caller.call("POST", MENUS, push("twice"))
    message(receiver, 2)
    assert len({one.raw for one in receiver.messages}) == 1


def test_a_webhook_comes_before_the_answer(sandbox_server: SandboxServer, receiver: Receiver, caller: DoorDash):
    rule = webhook(sandbox_server, receiver, "before_answer")
    assert caller.call("POST", MENUS, push("early")).json()["reference"] == "early"
    assert [one.body["event"]["reference"] for one in receiver.messages] == ["early"]
    assert sandbox_server.fired(rule) == 1


def test_a_webhook_has_a_wrong_proof(sandbox_server: SandboxServer, receiver: Receiver, caller: DoorDash):
    webhook(sandbox_server, receiver, "bad_signature")
    caller.call("POST", MENUS, push())
    message(receiver)
    token = sandbox_server.configs["doordash"]["webhook_token"]
    assert receiver.messages[0].headers["authorization"] not in ("", token)
    sandbox_server.fault("webhook", "ubereats", how="bad_signature")
    store = sandbox_server.store("ubereats")
    for _ in range(2):
        sandbox_server.post("ubereats/webhooks/menu_refresh", {"store": store})
    message(receiver, 3)
    spoiled, genuine = (one.headers["x-uber-signature"] for one in receiver.messages[1:3])
    assert len(spoiled) == len(genuine) == 64


# ---- jobs ----


def test_a_job_fails(sandbox_server: SandboxServer, receiver: Receiver, caller: DoorDash):
    sandbox_server.post("callback", {"url": receiver.address})
    sandbox_server.fault("job", "doordash", how="fails")
    caller.call("POST", MENUS, push())
    told = message(receiver)
    assert told["event"]["status"] == "FAILURE"
    assert told["event"]["details"] == "Menu upsert failure, please try again"
    assert "id" not in told["menu"]
    assert caller.call("GET", f"/api/v1/stores/{STORE}/menu_details").json()["menus"] == []


def test_an_update_that_fails_keeps_the_menu(sandbox_server: SandboxServer, caller: DoorDash):
    caller.call("POST", MENUS, push())
    menu_id = idle(sandbox_server)[0]["menu_id"]
    sandbox_server.fault("job", "doordash", how="fails")
    caller.call("PATCH", f"{MENUS}/{menu_id}", push("r2", menu={"name": "Other", "merchant_supplied_id": "lunch"}))
    idle(sandbox_server)
    (menu,) = caller.call("GET", f"/api/v1/stores/{STORE}/menu_details").json()["menus"]
    assert (menu["name"], menu["latest_menu_update"]["status"]) == ("Lunch", "FAILED")


def test_a_job_succeeds_in_part(sandbox_server: SandboxServer, receiver: Receiver, caller: DoorDash):
    sandbox_server.post("callback", {"url": receiver.address})
    sandbox_server.fault("job", how="partly", times=2)
    caller.call("POST", MENUS, push())
    told = message(receiver)
    assert (told["event"]["status"], bool(told["menu"]["id"])) == ("FAILURE", True)
    signer, store = Grubhub(sandbox_server), sandbox_server.store("grubhub")
    job = signer.ingest(store, receiver.serve("menu", sample("grubhub", "composed_full_featured"))).json()["job_id"]
    outcome = signer.outcome(job)
    assert outcome["status"] == "PARTIAL_SUCCESS"
    assert outcome["media_validation_error_list"]
    assert signer.call("GET", f"/pos/v1/merchant/{store}/menu/normalized").status_code == 200


@pytest.mark.parametrize("how", ["never_ends", "fails"])
def test_a_job_that_is_polled(sandbox_server: SandboxServer, receiver: Receiver, how: str):
    sandbox_server.fault("job", "grubhub", how=how, match={"store": sandbox_server.store("grubhub")})
    signer, store = Grubhub(sandbox_server), sandbox_server.store("grubhub")
    job = signer.ingest(store, receiver.serve("menu", sample("grubhub", "composed_full_featured"))).json()["job_id"]
    if how == "fails":
        assert signer.outcome(job)["status"] == "FAILED"
    held = sandbox_server.get(f"grubhub/jobs?store={store}")["jobs"][0]
    assert (held["running"], "menu" in sandbox_server.get(f"grubhub/stores/{store}")) == (how == "never_ends", False)


# ---- the sandbox's own interface ----


def test_a_reset_forgets_all(sandbox_server: SandboxServer, receiver: Receiver, caller: DoorDash):
    sandbox_server.post("callback", {"url": receiver.address})
    sandbox_server.post("doordash/stores", [{"id": "more", "onboarding": True}])
    sandbox_server.fault("status", "ubereats", status=500)
    caller.call("POST", MENUS, push())
    idle(sandbox_server)
    sandbox_server.reset()
    stores = [store["id"] for store in sandbox_server.get("doordash/stores")["stores"]]
    assert stores == ["dd-rest_001", "dd-rest_002", "dd-rest_003", "dd-foreign", "dd-onboarding"]
    assert sandbox_server.get("doordash/jobs") == {"jobs": []}
    assert sandbox_server.get("doordash/requests") == {"count": 0, "chosen": 0, "requests": []}
    assert sandbox_server.get("faults") == {"rules": []}
    assert sandbox_server.get(f"doordash/menus?store={STORE}") == []


def test_what_came_in_can_be_read(sandbox_server: SandboxServer, caller: DoorDash):
    caller.call("POST", MENUS, push())
    caller.call("GET", "/api/v1/nothing")
    caller.call("DELETE", MENUS)
    said = sandbox_server.get("doordash/requests")
    assert said["count"] == 3
    first = said["requests"][0]
    assert (first["method"], first["path"], first["status"]) == ("POST", MENUS, 200)
    assert said["requests"][0]["body"] == push()
    assert sandbox_server.count("doordash", store=STORE) == 1


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "", None, 200),
        ("GET", "/configs", None, 200),
        ("GET", "/nowhere/stores", None, 404),
        ("GET", "/doordash/nowhere", None, 404),
        ("GET", "/doordash/stores/nowhere", None, 404),
        ("GET", "/doordash/menus?store=nowhere", None, 404),
        ("GET", "/doordash/requests?path=(", None, 422),
        ("POST", "/doordash/stores", {"id": "a"}, 422),
        ("POST", "/doordash/stores", [{"name": "a"}], 422),
        ("POST", "/doordash/webhooks/nothing", {"store": STORE}, 404),
        ("POST", "/doordash/webhooks/menu_status", {}, 422),
        ("POST", "/clock", {"advance": "much"}, 422),
        ("POST", "/limits", {"on": False}, 204),
        ("PUT", "/reset", None, 404),
    ],
)
def test_its_own_calls(sandbox_server: SandboxServer, method: str, path: str, body: Any, status: int):
    answer = sandbox_server.http.request(method, f"/_sandbox{path}", json=body)
    assert answer.status_code == status
    assert status < 400 or answer.json()["message"]


def test_limits_can_be_switched_off(sandbox_server: SandboxServer):
    uber = UberEats(sandbox_server)
    sandbox_server.post("limits", {"on": False})
    assert {uber.ask_token().status_code for _ in range(101)} == {200}


def test_hostile_requests_get_an_answer(sandbox_server: SandboxServer, caller: DoorDash):
    deep = b"[" * 200_000
    for content in (
        deep,
        b'{"a": NaN}',
        b"\xff",
        b'{"store": {"merchant_supplied_id": {}}}',
        b'"text"',
        b"[]",
        b"null",
    ):
        answer = sandbox_server.http.post(
            f"/doordash{MENUS}", content=content, headers={**caller.headers(), "Content-Type": "application/json"}
        )
        assert (answer.status_code, "message" in answer.json()) == (400, True)
    assert sandbox_server.http.get("/nowhere/at/all").status_code == 404
    assert until(lambda: sandbox_server.get(""), lambda said: said["ready"])["platforms"].keys() == {
        "doordash",
        "grubhub",
        "ubereats",
    }
