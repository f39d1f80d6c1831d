"""Scenarios 23 to 32: what fails is tried again where that helps, told in plain words, and never sent twice."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from typing import Any

import pytest

from connectors.connector import Connector
from connectors.menu_service import SourceFailure
from pipeline.store.records import Connection, State
from tests.live import RESTAURANT, Live
from tests.platforms import PLATFORMS

MENU = {"ubereats": ("PUT", "*/menus"), "doordash": ("POST", "*/menus"), "grubhub": ("POST", "*/ingestion")}


def break_menu(live: Live, platform: str, kind: str = "status", **fault: Any) -> str:
    method, path = MENU[platform]
    return live.sandbox.fault(kind, platform, match={"method": method, "path": path}, **fault)


def count_menu(live: Live, platform: str) -> int:
    method, path = MENU[platform]
    return live.sandbox.count(platform, method=method, path=path.replace("*", "") + "$")


def test_23_a_pause_that_one_platform_asks_for_holds_up_no_other(live: Live) -> None:
    break_menu(live, "ubereats", status=429, retry_after={"seconds": 60}, body={"code": "rate_limited"})
    operations = {operation.platform: operation for operation in live.ask("ubereats", "grubhub")}
    paused = live.run(operations["ubereats"])
    assert paused.state == State.PENDING
    assert paused.not_before is not None
    assert timedelta(seconds=50) < paused.not_before - live.clock() <= timedelta(seconds=60)
    assert live.settle(operations["grubhub"]).state == State.SYNCED
    assert live.run(operations["ubereats"]).state == State.PENDING
    assert count_menu(live, "ubereats") == 1
    live.turn(seconds=61)
    assert live.run(operations["ubereats"]).state == State.SYNCED
    assert count_menu(live, "ubereats") == 2


@pytest.mark.parametrize("platform", PLATFORMS)
def test_24_one_passing_error_is_survived_by_one_retry(live: Live, platform: str) -> None:
    status = 503 if platform == "ubereats" else 500
    break_menu(live, platform, status=status)
    done = live.publish(platform)
    assert done.state == State.SYNCED, done.error
    assert count_menu(live, platform) == 2
    assert live.store.list_errors(restaurant_id=RESTAURANT).items == []


@pytest.mark.parametrize("platform", PLATFORMS)
def test_24_two_passing_errors_stand_in_the_queue_with_both_attempts(live: Live, platform: str) -> None:
    status = 503 if platform == "ubereats" else 500
    break_menu(live, platform, status=status, times=2)
    done = live.publish(platform)
    assert done.state == State.FAILED
    error = live.error(done)
    assert error.error_id.startswith(f"err_rest_001_{platform}_")
    answers = [attempt.status for attempt in error.attempts if attempt.step in ("menu", "upload")]
    assert answers == [status, status]
    assert (error.code, error.status, error.payload_hash) == ("platform-unavailable", "open", done.payload_hash)
    assert live.store.blob(error.payload_id)
    assert live.store.blob(error.snapshot_id)
    # It catches up by itself, and then the error is over.
    live.turn(minutes=2)
    live.until_synced(platform)
    over = live.store.error(error.error_id)
    assert over is not None
    assert over.status == "resolved"


def test_25_a_refusal_is_not_retried_and_names_the_dish(live: Live) -> None:
    words = "Invalid menu payload: [StoreMenu.menu.MenuCategory[Plates]: find duplicate merchant id:i-3, name:Steak.]"
    break_menu(live, "doordash", status=400, body={"message": words}, times=None)
    done = live.publish("doordash")
    assert done.state == State.FAILED
    assert count_menu(live, "doordash") == 1
    error = live.error(done)
    assert words in error.message
    assert [(field["item"], field["name"]) for field in error.fields] == [("i-3", "Steak")]
    assert error.payload_hash == done.payload_hash
    assert error.attempts[-1].status == 400
    assert words in error.attempts[-1].answer_body
    assert live.store.due(live.clock() + timedelta(days=2)) == []


@pytest.mark.parametrize(("platform", "status"), [("ubereats", 403), ("doordash", 403), ("grubhub", 401)])
def test_26_refused_credentials_hold_the_queue_with_one_alert(
    live: Live, platform: str, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    method, path = ("POST", "*/validate*") if platform == "grubhub" else MENU[platform]
    rule = live.sandbox.fault("status", platform, match={"method": method, "path": path}, status=status, times=None)
    with caplog.at_level(logging.WARNING, "menu_sync.alerts"):
        first = live.publish(platform)
        assert first.state == State.FAILED
        assert live.error(first).code == "not-authorized"
        tried = live.sandbox.fired(rule)
        held = live.run(live.ask(platform)[0])
        assert held.state == State.PENDING
        assert "connected again" in held.changes[-1].note
        for edit in range(3):
            live.menu["items"][0]["name"] = f"Soup {edit}"
            live.ask(platform)
            live.sweep()
    assert len([line for line in caplog.records if "connected again" in line.getMessage()]) == 1
    assert live.status(platform).needs_reconnect
    assert live.sandbox.fired(rule) == tried
    live.sandbox.http.delete("/_sandbox/faults")
    live.sweep()
    assert not live.status(platform).accepted_hash
    store = {"store_id": live.sandbox.store(platform)}
    assert isinstance(live.runtime.service.connect(RESTAURANT, platform, store, by="tester"), Connection)
    assert not live.until_synced(platform).needs_reconnect
    assert "Soup 2" in json.dumps(live.sandbox.get(f"{platform}/menus?store={live.sandbox.store(platform)}"))


def test_27_a_failure_that_is_called_back_is_told_and_its_id_kept(live: Live) -> None:
    live.sandbox.fault("job", "doordash", how="fails", times=2)
    done = live.publish("doordash")
    assert done.state == State.FAILED
    status = live.status("doordash")
    assert status.state == State.FAILED
    assert status.error == done.error != ""
    held = live.sandbox.get(f"doordash/menus?store={live.sandbox.store('doordash')}")
    if held:
        assert status.external_menu_id is not None
    assert live.error(done).message


def test_27_hours_that_the_platform_refuses_leave_the_menus_id(live: Live) -> None:
    words = "overlapping hours: MON 11:00-22:00 and MON 12:00-13:00"
    publishing = live.ask("doordash")[0]
    live.sandbox.fault("webhook", "doordash", how="lost", times=None)
    assert live.run(publishing).state == State.PROCESSING
    operation = live.store.operation(publishing.operation_id)
    assert operation is not None
    answer = live.sandbox.http.post(
        f"{live.runtime.settings.public_base_url}/webhooks/doordash/menu_status",
        headers={"Authorization": live.sandbox.configs["doordash"]["webhook_token"]},
        json={
            "event": {"type": "MenuCreate", "status": "FAILURE", "reference": operation.reference, "details": words},
            "store": {"merchant_supplied_id": live.sandbox.store("doordash")},
            "menu": {"id": "0b5cbc0f-8e67-4a4c-bbd5-0c1e2e0f6b3a"},
        },
    )
    assert answer.status_code == 200
    done = live.run(publishing)
    assert done.state == State.FAILED
    assert "hours that overlap" in done.error
    assert live.status("doordash").external_menu_id == "0b5cbc0f-8e67-4a4c-bbd5-0c1e2e0f6b3a"


def test_28_without_an_answer_the_platform_is_asked_once_more_and_then_it_failed(live: Live) -> None:
    live.sandbox.fault("job", "doordash", how="never_ends", times=None)
    publishing = live.ask("doordash")[0]
    assert live.run(publishing).state == State.PROCESSING
    live.menu["items"][0]["name"] = "Broth"
    waiting = live.ask("doordash")[0]
    for _ in range(8):
        live.turn(minutes=14, seconds=59)
        live.sweep()
    stored = live.store.operation(publishing.operation_id)
    assert stored is not None
    assert stored.state == State.PROCESSING
    assert count_menu(live, "doordash") == 1  # no second job meanwhile
    asked = live.sandbox.count("doordash", path="menu_details")
    live.turn(minutes=1)
    done = live.run(publishing)
    assert live.sandbox.count("doordash", path="menu_details") == asked + 1
    assert done.state == State.FAILED
    assert live.error(done).code == "no-result"
    assert live.status("doordash").error == done.error
    live.run(waiting)
    assert count_menu(live, "doordash") == 2


@pytest.mark.parametrize("platform", ["ubereats", "doordash"])
def test_29_a_platform_that_was_down_gets_the_newest_menu_once(live: Live, platform: str) -> None:
    live.publish(platform)
    rule = live.sandbox.fault("status", platform, status=503, times=None)
    for edit in range(50):
        live.menu["items"][0]["name"] = f"Soup {edit}"
        live.run(live.ask(platform)[0])
        live.turn(seconds=72)
    tried = live.sandbox.fired(rule)
    assert tried < 60  # of 50 edits that would be 100 tries
    live.sandbox.http.delete("/_sandbox/faults")
    before = live.sandbox.count(platform)
    live.turn(minutes=25)
    live.until_synced(platform)
    assert "Soup 49" in json.dumps(live.sandbox.get(f"{platform}/menus?store={live.sandbox.store(platform)}"))
    sent = live.sandbox.get(f"{platform}/requests")["requests"][-(live.sandbox.count(platform) - before) :]
    assert len([one for one in sent if one["method"] in ("PUT", "POST", "PATCH") and "token" not in one["path"]]) == 1
    assert [error.status for error in live.store.list_errors(platform=platform).items] == ["resolved"]


def test_30_a_bug_in_one_platforms_sync_is_that_platforms_error(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    send = Connector.send

    async def broken(self: Connector, *arguments: Any, **more: Any) -> Any:
        if self.conversation.platform == "grubhub":
            raise ZeroDivisionError("a bug with sk_live_0123456789 in it")
        return await send(self, *arguments, **more)

    monkeypatch.setattr(Connector, "send", broken)
    operations = {operation.platform: operation for operation in live.ask(*PLATFORMS)}
    live.sweep()
    ended = {platform: live.settle(operation) for platform, operation in operations.items()}
    assert {platform: operation.state for platform, operation in ended.items()} == {
        "doordash": State.SYNCED,
        "grubhub": State.FAILED,
        "ubereats": State.SYNCED,
    }
    error = live.error(ended["grubhub"])
    assert error.code == "bug"
    assert "sk_live" not in error.message
    assert [each.platform for each in live.store.list_errors().items] == ["grubhub"]


@pytest.mark.parametrize("passing", [True, False])
def test_31_a_source_that_fails_publishes_nothing_and_is_told(live: Live, passing: bool) -> None:
    live.publish("ubereats")
    requests = live.sandbox.count("ubereats")
    live.source.failure = SourceFailure("The menu service answered with a web page instead of a menu.", passing)
    done = live.publish("ubereats")
    assert done.state == State.FAILED
    status = live.status("ubereats")
    assert "source failed" in status.error
    assert "web page" in status.error
    assert live.sandbox.count("ubereats") == requests
    live.source.failure = None
    assert live.publish("ubereats").state == State.SYNCED
    assert live.status("ubereats").error == ""
