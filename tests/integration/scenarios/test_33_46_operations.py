"""Scenarios 33, 34, 36, 37, 43, 44, 46: order and bursts, forged messages, many at once, the record of it all."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from pipeline.store.records import State
from pipeline.sync.service import Refused, Requested
from tests.live import RESTAURANT, Live
from tests.platforms import PLATFORMS


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
