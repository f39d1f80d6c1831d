"""Every form of a step, and every action of an error rule, on a made-up platform with scripted answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.exchange import Request
from pipeline.store.records import State
from pipeline.sync.breaker import FAILURES
from pipeline.sync.engine import Engine
from tests.acme import Acme, broken, json_answer

Make = Callable[[str], Acme]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[Acme] = []

    def one(steps: str) -> Acme:
        made.append(Acme(tmp_path, steps))
        return made[-1]

    yield one
    for acme in made:
        acme.store.close()


PUT = "publish: [{step: menu, request: PUT /menu, body: = payload}]\n"


def test_steps_are_done_in_order_with_what_earlier_ones_saved(make: Make) -> None:
    acme = make(
        "publish:\n"
        "  - {step: begin, request: POST /jobs, save: {job: = answer.body.id}}\n"
        "  - {step: never, if: saved.nothing, request: POST /never}\n"
        '  - {step: menu, request: "PUT /jobs/{saved.job}/menu", body: = payload}\n'
    )
    acme.script.reply("POST /jobs", json_answer(200, {"id": "j-9"}))
    assert acme.publish().state == State.SYNCED
    assert acme.script.lines == ["POST /jobs", "PUT /jobs/j-9/menu"]
    assert acme.status().saved == {"job": "j-9"}


def test_a_menu_that_was_read_before_the_clock_was_put_back_is_not_taken_for_the_newest(make: Make) -> None:
    acme = make(PUT)

    async def both() -> None:  # in one loop, as a worker does
        await acme.engine.run(acme.ask().operation_id)
        acme.turn(hours=-2)
        acme.menu["items"][0]["price"] = "8.15"
        await acme.engine.run(acme.ask().operation_id)

    acme.call(both())
    assert [body["dishes"][0]["price"] for body in acme.script.bodies("PUT /menu")] == [6.10, 8.15]


def test_a_loop_sends_once_per_element_and_goes_on_where_it_stopped(make: Make) -> None:
    acme = make(
        "publish:\n"
        '  - {step: dishes, for: item in menu.items, request: "PUT /dishes/{item.item_id}", body: {n: = item.name}}\n'
    )
    acme.script.reply("PUT /dishes/i-3", json_answer(429, {}, **{"retry-after": "90"}))
    paused = acme.publish()
    assert paused.state == State.PENDING
    assert acme.script.lines == ["PUT /dishes/i-1", "PUT /dishes/i-2", "PUT /dishes/i-3"]
    acme.turn(seconds=91)
    assert acme.run(paused).state == State.SYNCED
    assert acme.script.lines[3:] == [f"PUT /dishes/i-{n}" for n in (3, 4, 5, 6)]


def test_steps_inside_a_loop_see_its_element(make: Make) -> None:
    acme = make(
        "publish:\n"
        "  - step: each\n"
        "    for: item in menu.items\n"
        "    steps:\n"
        '      - {step: make, request: "POST /d/{item.item_id}", save: {token: = answer.body.t}}\n'
        '      - {step: fill, request: "PUT /d/{item.item_id}/{saved.token}"}\n'
    )
    for number in range(1, 7):
        acme.script.reply(f"POST /d/i-{number}", json_answer(200, {"t": f"t{number}"}))
    assert acme.publish().state == State.SYNCED
    assert acme.script.lines[:4] == ["POST /d/i-1", "PUT /d/i-1/t1", "POST /d/i-2", "PUT /d/i-2/t2"]
    assert len(acme.script.lines) == 12


def test_batches_of_a_loop_and_of_a_body(make: Make) -> None:
    acme = make(
        "publish:\n"
        '  - {step: ids, for: item in menu.items, batch: 4, request: PUT /ids, body: "= batch[].item_id"}\n'
        "  - {step: list, batch: 5, request: PUT /list, body: = payload.dishes}\n"
    )
    assert acme.publish().state == State.SYNCED
    assert [len(body) for body in acme.script.bodies("PUT /ids")] == [4, 2]
    assert [len(body) for body in acme.script.bodies("PUT /list")] == [5, 1]


def test_only_what_changed_is_sent_again(make: Make) -> None:
    acme = make(
        "publish:\n"
        "  - {step: hours, only_changed: restaurant.hours, request: PUT /hours, body: = restaurant.hours}\n"
        '  - {step: dish, for: item in menu.items, only_changed: item.price, request: "PUT /d/{item.item_id}",'
        " body: {p: = item.price}}\n" + PUT.removeprefix("publish: [").join(["  - ", ""]).replace("]\n", "\n")
    )
    acme.publish()
    first = len(acme.script.lines)
    acme.menu["items"][2]["price"] = "24.00"
    assert acme.publish().state == State.SYNCED
    assert acme.script.lines[first:] == ["PUT /d/i-3", "PUT /menu"]


def test_an_optional_step_may_fail(make: Make) -> None:
    acme = make(
        "publish:\n  - {step: extra, optional: true, request: PUT /extra}\n  - {step: menu, request: PUT /menu}\n"
    )
    acme.script.reply("PUT /extra", json_answer(400, {"message": "no"}))
    done = acme.publish()
    assert done.state == State.SYNCED
    assert acme.script.lines == ["PUT /extra", "PUT /menu"]
    assert any("`extra` failed" in finding["message"] for finding in done.findings)


def test_forget_starts_again_once(make: Make) -> None:
    acme = make(
        "publish:\n"
        "  - step: menu\n"
        '    request: {$if: external_menu_id, $text: "PATCH /menus/{external_menu_id}", $else: POST /menus}\n'
        "    body: = payload\n"
        "    save: {external_menu_id: = answer.body.id}\n"
        "errors: [{when: {status: 404}, do: forget external_menu_id}]\n"
    )
    acme.script.reply("POST /menus", json_answer(200, {"id": "m-1"}), json_answer(200, {"id": "m-2"}))
    acme.publish()
    assert acme.status().external_menu_id == "m-1"
    acme.script.reply("PATCH /menus/m-1", json_answer(404, {}))
    assert acme.publish(force=True).state == State.SYNCED
    assert acme.script.lines == ["POST /menus", "PATCH /menus/m-1", "POST /menus"]
    assert acme.status().external_menu_id == "m-2"
    acme.script.reply("PATCH /menus/m-2", json_answer(404, {}))
    acme.script.reply("POST /menus", json_answer(404, {}))
    assert acme.publish(force=True).state == State.FAILED
    assert len(acme.script.lines) == 5


def test_run_does_another_step_first_and_once(make: Make) -> None:
    acme = make(
        "publish:\n"
        "  - {step: open, unless: saved.open, request: POST /open, save: {open: yes}}\n"
        "  - {step: menu, request: PUT /menu, body: = payload}\n"
        "errors: [{when: {status: 409}, do: run open}]\n"
    )
    acme.script.reply("PUT /menu", json_answer(409, {}))
    assert acme.publish().state == State.SYNCED
    assert acme.script.lines == ["POST /open", "PUT /menu", "POST /open", "PUT /menu"]


def test_another_job_is_waited_for(make: Make) -> None:
    acme = make(PUT + "errors: [{when: {status: 409}, do: wait_for_other_job, message: Acme is busy.}]\n")
    acme.script.reply("PUT /menu", json_answer(409, {}), json_answer(409, {}))
    operation = acme.publish()
    assert (operation.state, acme.script.lines) == (State.PENDING, ["PUT /menu"])
    assert acme.run(operation).state == State.PENDING  # not before its time
    assert acme.script.lines == ["PUT /menu"]
    acme.turn(seconds=61)
    acme.run(operation)
    acme.turn(seconds=61)
    assert acme.run(operation).state == State.SYNCED
    assert len(acme.script.lines) == 3


def test_another_job_is_not_waited_for_without_end(make: Make) -> None:
    acme = make(PUT + "errors: [{when: {status: 409}, do: wait_for_other_job}]\n")
    acme.script.reply("PUT /menu", *[json_answer(409, {})] * 200)
    operation = acme.publish()
    for _ in range(130):
        acme.turn(minutes=1, seconds=1)
        operation = acme.run(operation)
        if operation.state == State.FAILED:
            break
    assert operation.state == State.FAILED
    assert "busy" in operation.error


WAITING = (
    "publish:\n"
    "  - {step: menu, request: POST /menu, body: = payload, save: {job: = answer.body.job}}\n"
    "  - step: result\n"
    '    wait: {timeout: 10m, poll: {request: "GET /jobs/{saved.job}", every: 30s}}\n'
    "    outcome:\n"
    "      {of: answer.body.state, working: [busy], done: [good], partial: [partly], failed: [bad], retry: [again]}\n"
    "    message: = answer.body.why\n"
)


def waiting(make: Make, *states: dict[str, Any]) -> Acme:
    acme = make(WAITING)
    acme.script.reply("POST /menu", json_answer(200, {"job": "j1"}), json_answer(200, {"job": "j1"}))
    acme.script.reply("GET /jobs/j1", *[json_answer(200, state) for state in states])
    return acme


def test_a_poll_goes_on_until_a_word_says_how_it_ended(make: Make) -> None:
    acme = waiting(make, {"state": "busy"}, {"state": "humming"}, {"state": "GOOD"})
    operation = acme.publish()
    for _ in range(3):
        assert operation.state == State.PROCESSING
        acme.turn(seconds=31)
        operation = acme.run(operation)
    assert operation.state == State.SYNCED
    assert acme.script.lines == ["POST /menu", *["GET /jobs/j1"] * 3]


def test_a_word_that_is_not_listed_is_told(make: Make) -> None:
    acme = waiting(make, {"state": "humming"})
    operation = acme.publish()
    acme.turn(seconds=31)
    assert any("`humming`" in finding["message"] for finding in acme.run(operation).findings)


def test_published_in_part_is_live_and_told(make: Make) -> None:
    acme = waiting(make, {"state": "partly", "why": "Tea was left out"})
    operation = acme.publish()
    acme.turn(seconds=31)
    done = acme.run(operation)
    assert done.state == State.SYNCED
    error = acme.store.error(done.error_id)
    assert error is not None
    assert "Tea was left out" in error.message
    assert acme.status().accepted_hash == done.payload_hash


def test_what_keeps_a_menu_off_is_one_error_though_the_reason_changes_and_ends_with_the_publish(make: Make) -> None:
    acme = make(PUT)
    acme.script.reply(
        "PUT /menu", json_answer(503, {}), json_answer(503, {}), json_answer(400, {"message": "No such store."})
    )
    first = acme.publish()
    acme.turn(minutes=40)
    second = acme.publish(force=True)
    assert (first.state, second.state) == (State.FAILED, State.FAILED)
    (error,) = acme.store.list_errors().items
    assert second.error_id == first.error_id == error.error_id
    assert "refused the request" in error.message
    assert [attempt.status for attempt in error.attempts] == [503, 503, 400]
    acme.turn(minutes=1)
    assert acme.publish(force=True).state == State.SYNCED
    assert acme.store.error_depth() == {}


def test_a_result_that_says_again_is_sent_once_more_with_another_reference(make: Make) -> None:
    acme = waiting(make, *[{"state": "again"}] * 4)  # each time it is asked twice
    operation = acme.publish()
    reference = operation.reference
    acme.turn(seconds=31)
    assert acme.run(operation).state == State.PENDING
    acme.turn(seconds=31)
    again = acme.run(operation)
    assert (again.state, again.reference != reference) == (State.PROCESSING, True)
    acme.turn(seconds=31)
    assert acme.run(operation).state == State.FAILED
    assert acme.script.lines.count("POST /menu") == 2


def test_a_poll_that_fails_is_no_result(make: Make) -> None:
    acme = waiting(make)
    acme.script.reply("GET /jobs/j1", *[json_answer(503, {})] * 2, json_answer(200, {"state": "good"}))
    operation = acme.publish()
    acme.turn(seconds=31)
    assert acme.run(operation).state == State.PROCESSING
    acme.turn(seconds=31)
    assert acme.run(operation).state == State.SYNCED


def test_after_the_deadline_it_is_asked_once_more(make: Make) -> None:
    acme = waiting(make, {"state": "busy"})
    operation = acme.publish()
    acme.turn(minutes=10)
    done = acme.run(operation)
    assert (done.state, acme.script.lines.count("GET /jobs/j1")) == (State.FAILED, 1)
    assert "did not say within 10 minutes" in done.error


def test_a_request_without_an_answer_is_sent_again_only_where_that_does_no_harm(make: Make) -> None:
    acme = make("publish: [{step: menu, request: POST /menu, body: = payload}]\n")
    acme.script.reply("POST /menu", broken())
    done = acme.publish()
    assert (done.state, acme.script.lines) == (State.FAILED, ["POST /menu"])
    assert "may have arrived" in done.error


def test_what_a_crash_left_is_not_sent_twice_where_nobody_can_be_asked(make: Make) -> None:
    acme = make("publish: [{step: menu, request: POST /menu, body: = payload}]\n")

    def die(request: Request) -> None:
        raise KeyboardInterrupt

    acme.script.hook = die
    operation = acme.ask()
    with pytest.raises(KeyboardInterrupt):
        acme.run(operation)
    acme.script.hook = lambda request: None
    acme.turn(seconds=95)
    done = acme.run(operation)
    assert (done.state, acme.script.lines) == (State.FAILED, ["POST /menu"])
    error = acme.store.error(done.error_id)
    assert error is not None
    assert error.code == "outcome-unknown"
    assert "not known whether Acme has received it" in error.message


@pytest.mark.parametrize("taken_over", [True, False])
def test_who_slept_over_its_lease_sends_only_what_is_still_its_own(make: Make, taken_over: bool) -> None:
    acme = make(PUT)
    acme.script.reply("PUT /menu", json_answer(200, {}), json_answer(503, {}))
    slept: list[float] = []

    async def asleep(seconds: float) -> None:  # as a laptop that was shut, or a function that was frozen
        slept.append(seconds)
        acme.turn(seconds=seconds)
        if len(slept) == 1:
            acme.turn(minutes=10)
            if taken_over:
                await Engine(replace(acme.tools, owner="another")).run(asked.operation_id)
                acme.menu["items"][0]["price"] = "9.35"
                await Engine(replace(acme.tools, owner="another")).run(acme.ask().operation_id)

    acme._sleep = asleep  # type: ignore[method-assign]
    acme.publish()
    acme.menu["items"][0]["price"] = "8.15"
    asked = acme.ask()
    done = acme.run(asked)
    assert done.state == State.SYNCED
    sent = [body["dishes"][0]["price"] for body in acme.script.bodies("PUT /menu")]
    assert sent == [6.10, 8.15, 8.15, *([9.35] if taken_over else [])]
    assert acme.status().accepted_operation != asked.operation_id or not taken_over


def test_the_breaker_lets_one_probe_through(make: Make) -> None:
    acme = make(PUT)
    acme.script.reply("PUT /menu", *[json_answer(503, {})] * 100)
    acme.publish()
    for edit in range(FAILURES + 3):
        acme.menu["items"][0]["name"] = f"Soup {edit}"
        acme.ask()
        acme.call(acme.worker.sweep())
    sent = len(acme.script.lines)
    assert acme.status().state in (State.FAILED, State.PENDING)
    until = acme.status().breaker_until
    assert until is not None
    assert sent == 2 * FAILURES
    acme.ask()
    acme.call(acme.worker.sweep())
    assert len(acme.script.lines) == sent
    acme.now = until + timedelta(seconds=30)
    acme.call(acme.worker.sweep())
    assert len(acme.script.lines) == sent + 2  # one probe, tried twice
    acme.script.replies.clear()
    acme.turn(minutes=20)
    acme.call(acme.worker.sweep())
    assert (acme.status().state, len(acme.script.lines)) == (State.SYNCED, sent + 3)


AVAILABILITY = (
    PUT + "availability_update:\n"
    '  resets: "04:00"\n'
    "  steps: [{step: tell, request: PUT /sold-out, body: [{$for: change in changes.all, id: = change.id,"
    " on: = change.available}]}]\n"
)


def test_19_what_a_platform_resets_at_dawn_is_told_again(make: Make) -> None:
    acme = make(AVAILABILITY)
    acme.publish()
    answer = acme.call(acme.service.sold_out("rest_001", ["i-3"], by="tester"))
    acme.run(answer.operations[0])
    assert acme.script.bodies("PUT /sold-out") == [[{"id": "i-3", "on": False}]]
    acme.call(acme.worker.sweep())
    assert len(acme.script.bodies("PUT /sold-out")) == 1
    acme.now = acme.now.replace(hour=8, minute=59)  # 03:59 in New York, on the same day
    acme.call(acme.worker.sweep())
    assert len(acme.script.bodies("PUT /sold-out")) == 1
    acme.turn(minutes=2)
    acme.call(acme.worker.sweep())
    acme.call(acme.worker.sweep())
    assert acme.script.bodies("PUT /sold-out")[1:] == [[{"id": "i-3", "on": False}]]


def test_a_platform_that_cannot_be_told_says_so(make: Make) -> None:
    acme = make(PUT)
    acme.publish()
    answer = acme.call(acme.service.sold_out("rest_001", ["i-3"], by="tester"))
    assert [refused.code for refused in answer.refused] == ["no-availability"]
    assert acme.store.sold_out("rest_001") == []


def test_a_hosted_document_is_served_under_its_signed_address(make: Make) -> None:
    acme = make(
        "publish: [{step: menu, host: {body: = payload, valid: 1h}, request: POST /fetch, body: {at: = hosted.url}}]\n"
    )
    assert acme.publish().state == State.SYNCED
    (body,) = acme.script.bodies("POST /fetch")
    token = body["at"].removeprefix("https://here.example/hosted/")
    found = acme.store.hosted(token, acme.now)
    assert found is not None
    assert b'"i-3"' in found[1]
    assert acme.store.hosted(token, acme.now + timedelta(hours=2)) is None
