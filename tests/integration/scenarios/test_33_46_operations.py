"""Scenarios 33 to 37 and 43 to 46: order and bursts, forged messages, many at once, the record of it all."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.cli.application import main
from pipeline.events import received
from pipeline.store.records import Operation, State
from pipeline.sync.asking.service import Refused, Requested
from pipeline.sync.from_events import EventHandler
from tests.live import RESTAURANT, Live, served, small_menu, until
from tests.platforms import PLATFORMS
from tests.servers.sandbox import SandboxServer


def test_33_an_older_version_never_overwrites_a_newer_one(live: Live) -> None:
    live.menu["version"] = "v7"
    assert live.publish("ubereats").state == State.SYNCED
    live.menu["version"] = "v6"
    live.menu["items"][0]["name"] = "Yesterday's soup"
    requests = live.sandbox.count("ubereats")
    for force in (False, True):
        late = live.publish("ubereats", force=force)
        assert late.state == State.SUPERSEDED
        assert "older than v7" in late.changes[-1].note
    assert live.sandbox.count("ubereats") == requests
    assert live.status("ubereats").state == State.SYNCED
    live.menu["version"] = "v10"
    assert live.publish("ubereats").changes[-1].note.startswith("published")


def test_33_a_source_that_lags_behind_the_event_is_asked_again(live: Live) -> None:
    live.menu["version"] = "v1"
    live.publish("ubereats")
    asked = live.ask("ubereats", menu_version="v2")[0]
    assert live.run(asked).state == State.PENDING
    live.menu["version"] = "v2"
    live.menu["items"][0]["name"] = "New soup"
    done = live.settle(asked)
    assert (done.state, live.status("ubereats").menu_version) == (State.SYNCED, "v2")


def test_34_a_burst_ends_in_one_publish_running_and_one_waiting(live: Live) -> None:
    live.publish("doordash")
    live.menu["items"][0]["name"] = "Broth"
    running = live.ask("doordash")[0]
    assert live.run(running).state == State.PROCESSING
    asked = {live.ask("doordash")[0].operation_id for _ in range(200)}
    assert len(asked) == 1
    waiting = live.store.operation(asked.pop())
    assert waiting is not None
    assert waiting.joined == 199
    live.menu["items"][0]["name"] = "Last broth"
    assert live.run(waiting).state == State.PENDING  # it stands behind the running one
    live.settle(running)
    live.until_synced("doordash")
    jobs = live.sandbox.get(f"doordash/jobs?store={live.sandbox.store('doordash')}")["jobs"]
    assert len(jobs) == 3
    assert "Last broth" in str(live.sandbox.get(f"doordash/menus?store={live.sandbox.store('doordash')}"))


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ({"eventType": "menu_updated", "eventId": "e-1"}, "The event names no restaurant."),
        ({"eventType": "order_placed", "restaurantId": RESTAURANT}, "An event of type 'order_placed' is not known."),
    ],
)
def test_35_what_is_no_event_is_rejected_with_the_reason(live: Live, event: dict[str, str], reason: str) -> None:
    (message,) = received(event)
    handler = EventHandler(live.runtime.service, timedelta())
    (taken,) = live.call(handler.take_all([message]))
    assert (taken.outcome, taken.reason, taken.operations) == ("rejected", reason, ())
    assert not taken.dealt_with  # a queue moves it to its dead letters
    assert live.store.statuses(RESTAURANT) == []
    assert live.sweep() == []


@pytest.mark.parametrize("token", ["wrong", ""])
def test_36_a_forged_message_is_refused_and_changes_nothing(live: Live, token: str) -> None:
    live.sandbox.fault("webhook", "doordash", how="lost", times=None)
    publishing = live.run(live.ask("doordash")[0])
    answer = live.sandbox.http.post(
        f"{live.runtime.settings.public_base_url}/webhooks/doordash/menu_status",
        headers={"Authorization": token},
        json={"event": {"status": "SUCCESS", "reference": publishing.reference}, "menu": {"id": "stolen"}},
    )
    assert answer.status_code == 401
    assert live.store.messages(publishing.operation_id) == []
    assert live.status("doordash").state == State.PROCESSING
    assert (
        live.sandbox.http.post(
            f"{live.runtime.settings.public_base_url}/webhooks/doordash/nonsense", json={}
        ).status_code
        == 404
    )


def test_36_a_message_about_an_operation_of_long_ago_changes_nothing_newer(live: Live) -> None:
    def told(operation: Operation, menu_id: str) -> int:
        return live.sandbox.http.post(
            f"{live.runtime.settings.public_base_url}/webhooks/doordash/menu_status",
            headers={"Authorization": live.sandbox.configs["doordash"]["webhook_token"]},
            json={
                "event": {"type": "MenuCreate", "status": "SUCCESS", "reference": operation.reference},
                "store": {"merchant_supplied_id": live.sandbox.store("doordash")},
                "menu": {"id": menu_id},
            },
        ).status_code

    live.sandbox.fault("webhook", "doordash", how="lost", times=None)
    first = live.ask("doordash")[0]
    assert live.run(first).state == State.PROCESSING
    until(lambda: bool(live.sandbox.get(f"doordash/menus?store={live.sandbox.store('doordash')}")))
    live.turn(hours=2, minutes=1)
    assert live.run(first).state == State.SYNCED  # asked once more, the platform has it
    live.sandbox.http.delete("/_sandbox/faults")
    live.menu["items"][0]["name"] = "Broth"
    second = live.publish("doordash")
    before = live.status("doordash")
    assert (second.state, before.accepted_operation) == (State.SYNCED, second.operation_id)
    assert before.external_menu_id
    live.turn(days=40)
    assert told(first, "11111111-8e67-4a4c-bbd5-0c1e2e0f6b3a") == 200
    assert live.status("doordash") == before


def test_36_the_same_message_twice_is_dealt_with_once(live: Live) -> None:
    live.sandbox.fault("webhook", "doordash", how="twice")
    done = live.publish("doordash")
    assert done.state == State.SYNCED
    assert len([change for change in done.changes if change.state == State.SYNCED]) == 1


def test_36_a_message_that_comes_before_the_answer_is_not_lost(live: Live) -> None:
    live.sandbox.fault("webhook", "doordash", how="before_answer")
    asked = live.ask("doordash")[0]
    assert live.settle(asked).state == State.SYNCED
    assert live.status("doordash").external_menu_id


def test_37_many_at_once_of_which_some_fail(live: Live) -> None:
    restaurants = [f"bulk_{number:03}" for number in range(30)]
    live.sandbox.post(
        "ubereats/stores", [{"id": f"2b6c1a52-9b1c-4d3e-8f00-0000000{number:05}"} for number in range(30)]
    )
    bad = {restaurants[3], restaurants[11], restaurants[29]}
    for number, restaurant in enumerate(restaurants):
        store = (
            "00000000-0000-4000-8000-000000000000"
            if restaurant in bad
            else f"2b6c1a52-9b1c-4d3e-8f00-0000000{number:05}"
        )
        made = live.runtime.service.connect(
            restaurant, "ubereats", {"store_id": store, "hours": "monday-sunday 10:00-22:00"}, by="tester"
        )
        assert not isinstance(made, tuple)
        live.ask("ubereats", restaurant=restaurant)
    live.sweep()
    states = {restaurant: live.status("ubereats", restaurant).state for restaurant in restaurants}
    assert {restaurant for restaurant, state in states.items() if state == State.FAILED} == bad
    assert list(states.values()).count(State.SYNCED) == 27
    failed = live.store.list_errors(platform="ubereats", status="open").items
    assert {error.restaurant_id for error in failed} == bad
    live.sandbox.post("ubereats/stores", [{"id": "00000000-0000-4000-8000-000000000000"}])
    for error in failed:
        assert isinstance(live.runtime.service.retry(error.error_id, by="tester"), Requested)
    live.sweep()
    assert live.store.error_depth().get("ubereats", 0) == 0


def test_42_a_key_of_one_restaurant_neither_reads_nor_syncs_another(
    sandbox_server: SandboxServer, tmp_path: Path
) -> None:
    key = "a-key-of-the-first-restaurant-alone"
    with served(sandbox_server, tmp_path, API_KEYS=f"ana:operator:rest_001:{key}") as live:
        live.settle(live.ask("ubereats", restaurant="rest_002")[0])
        requests = live.sandbox.count("ubereats")
        asked = [("GET", "sync-status/rest_002"), ("GET", "history/rest_002"), ("POST", "sync/rest_002/full-refresh")]
        for method, path in asked:
            address = f"{live.runtime.settings.public_base_url}/admin/{path}"
            answer = live.sandbox.http.request(method, address, headers={"X-API-Key": key}, json={})
            assert answer.status_code == 403, answer.text
            entry = live.store.audit(restaurant_id="rest_002").items[0]
            assert (entry.action, entry.who) == ("refused", "ana")
            assert f"{method} /admin/{path}" in entry.note
        assert live.sandbox.count("ubereats") == requests
        assert len(live.store.history("rest_002").items) == 1


def test_42_without_a_key_nothing_is_served(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SYNC_DATABASE", str(tmp_path / "sync.db"))
    monkeypatch.delenv("API_KEYS", raising=False)
    monkeypatch.chdir(tmp_path)  # no .env lies there
    assert main(["serve", "--port", "0"]) == 1
    assert "API_KEYS is not set" in capsys.readouterr().err


def test_43_who_did_what_stands_in_the_audit_log(live: Live) -> None:
    first = live.publish("ubereats")
    live.settle(live.sold_out("i-3", platforms=("ubereats",)).operations[0])
    live.settle(live.back("i-3", platforms=("ubereats",)).operations[0])
    live.menu["items"][0]["name"] = "Broth"
    second = live.publish("ubereats")
    back = live.runtime.service.rollback(RESTAURANT, "ubereats", by="chef")
    assert isinstance(back, Requested)
    live.settle(back.operation)
    live.runtime.service.disconnect(RESTAURANT, "ubereats", by="owner")
    entries = live.store.audit(restaurant_id=RESTAURANT).items
    assert [entry.action for entry in entries] == [
        "disconnect", "rollback synced", "publish synced", "availability synced", "back", "availability synced",
        "sold-out", "publish synced",
    ]  # fmt: skip
    assert [(entry.who, entry.origin) for entry in entries[:2]] == [("owner", "test"), ("chef", "test")]
    published = entries[2]
    assert (published.before, published.after) == (first.payload_hash, second.payload_hash)
    assert published.operation_id == second.operation_id
    refused = live.runtime.service.sync(RESTAURANT, ["ubereats"], by="tester")
    assert isinstance(refused[0], Refused)


def test_44_the_error_queue_filters_pages_retries_and_resolves(live: Live) -> None:
    live.sandbox.fault("status", "ubereats", match={"path": "*/menus", "method": "PUT"}, status=400, times=2)
    live.sandbox.fault("status", "doordash", match={"path": "*/menus", "method": "POST"}, status=400, times=1)
    failed = {platform: live.publish(platform) for platform in ("ubereats", "doordash")}
    assert {each.state for each in failed.values()} == {State.FAILED}
    assert live.store.error_depth() == {"doordash": 1, "ubereats": 1}
    one = live.store.list_errors(restaurant_id=RESTAURANT, limit=1)
    two = live.store.list_errors(restaurant_id=RESTAURANT, limit=1, cursor=one.cursor)
    assert {one.items[0].platform, two.items[0].platform} == {"ubereats", "doordash"}
    assert [each.platform for each in live.store.list_errors(platform="doordash").items] == ["doordash"]
    error_id = failed["ubereats"].error_id
    again = live.runtime.service.retry(error_id, by="tester")
    assert isinstance(again, Requested)
    assert live.settle(again.operation).state == State.FAILED
    error = live.store.error(error_id)
    assert error is not None
    assert error.status == "open"
    assert len([attempt for attempt in error.attempts if attempt.status == 400]) == 2
    retried = live.runtime.service.retry(error_id, by="tester")
    assert isinstance(retried, Requested)
    assert live.settle(retried.operation).state == State.SYNCED
    solved = live.runtime.service.resolve(failed["doordash"].error_id, "corrected at the source", by="tester")
    assert not isinstance(solved, Refused)
    assert (solved.status, solved.note, solved.resolved_by) == ("resolved", "corrected at the source", "tester")
    assert live.store.error_depth() == {}
    assert isinstance(live.runtime.service.resolve(solved.error_id, "again", by="tester"), Refused)
    assert isinstance(live.runtime.service.retry("err_nobody_nowhere_20260101_001", by="tester"), Refused)


NEW_PLATFORM = """\
platform: hungry_hare
title: Hungry Hare
format: 1
environments: {sandbox: {base_url: "https://sandbox.example"}}
store_settings: {store_id: {description: The store, example: hh-1}}
payload:
  shop: = store.store_id
  sections:
    - $for: category in menu.categories
      title: = category.name
      dishes:
        - $for: item in category.items
          sku: = item.item_id
          label: = item.name
          cents: {$from: item.price, $transform: [minor_units]}
checks:
  - for: item in menu.items
    assert: length(item.name) <= `4`
    severity: warning
    say: "{item.name}: Hungry Hare shows four letters of a name."
"""


def test_45_a_platform_that_is_a_yaml_file_alone_is_tried(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "hungry_hare.yaml").write_text(NEW_PLATFORM)
    (tmp_path / "menu.json").write_text(json.dumps(small_menu()))
    command = ["dry-run", str(tmp_path / "hungry_hare.yaml"), "--menu", str(tmp_path / "menu.json")]
    assert main(command) == 0
    printed = capsys.readouterr()
    payload = json.loads(printed.out)
    assert payload["shop"] == "hh-1"
    assert [section["title"] for section in payload["sections"]] == ["Plates", "Drinks"]
    assert payload["sections"][1]["dishes"][1] == {"sku": "i-5", "label": "Juice", "cents": 455}
    assert "Juice: Hungry Hare shows four letters of a name." in printed.err
    assert "also  Pasta, Steak, Water" in printed.err


def test_46_no_secret_stands_in_the_store_or_the_log_of_a_failing_publish(
    live: Live, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        for platform in PLATFORMS:
            live.sandbox.fault("status", platform, match={"method": "POST"}, status=400, times=2, after=1)
            live.publish(platform, force=True)
            live.publish(platform, force=True)
    database = Path(live.runtime.settings.sync_database)
    kept = b"".join(path.read_bytes() for path in database.parent.glob(f"{database.name}*"))
    secrets = {
        value
        for config in live.sandbox.configs.values()
        for name, value in config.items()
        if isinstance(value, str) and any(word in name for word in ("secret", "token", "partner_key"))
    }
    assert len(secrets) >= 4
    for secret in secrets:
        assert secret.encode() not in kept
        assert secret not in caplog.text
    for error in live.store.list_errors().items:
        for attempt in error.attempts:
            header = {name.lower(): value for name, value in attempt.request_headers.items()}
            assert header.get("authorization", "***") == "***"
