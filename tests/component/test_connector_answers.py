"""What a connector makes of answers: results, rows, rules, files; and how it is used without asyncio."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from connectors.blocking import EventLoop
from connectors.connector import Connector, StepResult
from connectors.transport import HttpTransport
from pipeline.mapping.compiled import CompiledMapping
from tests.conversations import FACTS, NOW, connector, mapping, names
from tests.servers.faults import OAUTH, STEP, Platform, platform_server, publish, run  # noqa: F401

FILE = """
publish:
  - step: picture
    request: "POST /pictures"
    file: {from: saved.url, field: picture, max_bytes: 20}
    form: {dish: Margherita}
"""


def test_a_file_is_sent_along(platform: Platform) -> None:
    platform.will(**{"p.png": [{"body": "0123456789", "headers": {"Content-Type": "image/png"}}], "pictures": [{}]})
    made = {"environment": "sandbox"}
    result = publish(platform, FILE, make=made, saved={"url": f"{platform.url}/p.png"})
    assert result.verdict.action == "done"
    [came] = platform.came("pictures")
    assert 'name="dish"\r\n\r\nMargherita\r\n' in came["body"]
    assert 'name="picture"; filename="p.png"\r\nContent-Type: image/png\r\n\r\n0123456789\r\n' in came["body"]


def test_a_file_that_is_too_large_is_left_out_and_told(platform: Platform) -> None:
    platform.will(**{"p.png": [{"body": "x" * 21}], "pictures": [{}]})
    result = publish(platform, FILE, make={"environment": "sandbox"}, saved={"url": f"{platform.url}/p.png"})
    assert result.verdict.action == "skipped"
    assert "20 bytes" in result.verdict.message
    assert platform.came("pictures") == []


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/p.png",
        "https://127.0.0.1:{port}/p.png",
        "https://[::1]/p.png",
        "https://169.254.169.254/latest",
        "file:///etc/passwd",
        "https://u:p@x.example/",
        "x",
    ],
)
def test_a_menu_reads_nothing_in_this_machines_network(platform: Platform, url: str) -> None:
    platform.will(**{"p.png": [{"body": "1"}], "pictures": [{}]})
    port = platform.url.rpartition(":")[2]
    result = publish(platform, FILE, saved={"url": url.replace("{port}", port)})
    assert result.verdict.action == "give_up"
    assert platform.came() == []


POLL = """
publish:
  - step: result
    wait: {timeout: 10m, poll: {request: "GET /jobs/{saved.job_id}", every: 5s}}
    outcome: {of: answer.body.status, working: [queued], done: [success], partial: [mostly], failed: [failed]}
    message: = answer.body.why
    save: {external_menu_id: = answer.body.menu}
errors:
  - {when: {says: broken hours}, do: give_up, message: The hours are broken., fields: answer.body.fields}
"""


@pytest.mark.parametrize(
    ("body", "action", "unlisted"),
    [
        ('{"status": "Queued"}', "working", ""),
        ('{"status": "cooking"}', "working", "cooking"),
        ("{}", "working", ""),
        ("<html>", "working", ""),
        ('{"status": "SUCCESS", "menu": "m-3"}', "done", ""),
        ('{"status": "mostly", "why": "no pictures"}', "partial", ""),
        ('{"status": "failed", "why": "who knows"}', "give_up", ""),
    ],
)
def test_polling(platform: Platform, body: str, action: str, unlisted: str) -> None:
    platform.call("PUT", "/_script", {"/jobs/j-1": [{"body": body}]})
    compiled = mapping(POLL)

    async def work(transport: HttpTransport) -> StepResult:
        made = connector(compiled, transport, base_url=platform.url)
        return await made.poll(compiled.conversation.publish[0], names(compiled, saved={"job_id": "j-1"}), FACTS)

    result = run(work)
    assert (result.verdict.action, result.verdict.unlisted) == (action, unlisted)
    assert result.saved == ({"external_menu_id": "m-3"} if action == "done" else {})


def test_a_failed_job_is_told_with_its_fields(platform: Platform) -> None:
    said = {"status": "failed", "why": "Broken Hours", "fields": [{"path": "/hours/0/start", "message": "25:00"}, 7]}
    platform.call("PUT", "/_script", {"/jobs/j-1": [{"body": json.dumps(said)}]})
    compiled = mapping(POLL)

    async def work(transport: HttpTransport) -> StepResult:
        made = connector(compiled, transport, base_url=platform.url)
        return await made.poll(compiled.conversation.publish[0], names(compiled, saved={"job_id": "j-1"}), FACTS)

    verdict = run(work).verdict
    assert (verdict.action, verdict.message, verdict.detail) == ("give_up", "The hours are broken.", "Broken Hours")
    assert [(each.path, each.message) for each in verdict.fields] == [("hours[0].start", "25:00")]
    assert verdict.rule is not None
    assert verdict.rule.line > 1


ROWS = """
publish:
  - step: items
    request: "PUT /menu"
    body: = payload
    success: [200, 400]
    outcome:
      for: row in answer.body
      id: row.id
      of: row.is
      done: [success]
      failed: [not found]
      retry: [server error]
errors:
  - {when: {status: 400}, do: give_up, message: All was refused.}
"""


@pytest.mark.parametrize(
    ("status", "words", "action", "message"),
    [
        (200, ["success", "Success"], "done", ""),
        (400, ["success", "not found"], "partial", "Example refused 1 of 2."),
        (400, ["not found", "not found"], "give_up", "All was refused."),
        (400, [], "give_up", "All was refused."),
    ],
)
def test_results_by_dish(platform: Platform, status: int, words: list[str], action: str, message: str) -> None:
    rows = [{"id": f"i-{number}", "is": word} for number, word in enumerate(words)]
    platform.will(menu=[{"status": status, "body": json.dumps(rows)}])
    result = publish(platform, ROWS)
    assert (result.verdict.action, result.verdict.message) == (action, message)
    assert [(row.id, row.word) for row in result.rows] == [(row["id"], row["is"].casefold()) for row in rows]


def test_rows_to_send_again_are_sent_again(platform: Platform) -> None:
    rows = '[{"id": "i-1", "is": "server error"}]'
    platform.will(menu=[{"status": 400, "body": rows}, {"body": '[{"id": "i-1", "is": "success"}]'}])
    assert publish(platform, ROWS).verdict.action == "done"
    assert len(platform.came()) == 2


def test_a_success_that_says_wait(platform: Platform) -> None:
    platform.will(menu=[{"body": '{"message": "You Already have a JOB in_progress"}'}])
    rules = """
errors:
  - {when: {says: job}, do: give_up}
  - {when: {status: 200, says: already have a job}, do: wait_for_other_job, message: Still working.}
"""
    result = publish(platform, STEP + rules)
    assert (result.verdict.action, result.verdict.message) == ("wait_for_other_job", "Still working.")


@pytest.mark.parametrize(
    ("do", "action", "argument", "after"),
    [
        ("wait 90s", "wait", "", timedelta(seconds=90)),
        ("forget menu_id", "forget", "menu_id", None),
        ("run menu", "run", "menu", None),
        ("reconnect", "reconnect", "", None),
        ("full_refresh", "full_refresh", "", None),
    ],
)
def test_actions(platform: Platform, do: str, action: str, argument: str, after: timedelta | None) -> None:
    platform.will(menu=[{"status": 403, "body": '{"message": "no"}'}])
    rule = f'errors: [{{when: {{status: 403}}, do: {do}, message: "It says {{answer.body.message}}."}}]\n'
    verdict = publish(platform, STEP + rule).verdict
    assert (verdict.action, verdict.argument, verdict.after) == (action, argument, after)
    assert verdict.message == "It says no."


def test_a_sketch_sends_nothing_and_shows_no_secret(platform: Platform) -> None:
    compiled: CompiledMapping = mapping(STEP + OAUTH)

    async def work(transport: HttpTransport) -> Any:
        made: Connector = connector(compiled, transport, base_url=platform.url, auth_url=platform.url)
        return made.sketch(compiled.conversation.publish[0], names(compiled), FACTS)

    platform.will(menu=[{}])
    request = run(work)
    assert request.headers["Authorization"] == "***"
    assert request.body == b'{"a":1}'
    assert platform.came() == []


def test_callers_that_are_not_asynchronous(platform: Platform) -> None:
    platform.will(menu=[{}])
    compiled = mapping(STEP)
    with EventLoop() as loop:

        async def make() -> HttpTransport:
            return HttpTransport()

        transport = loop.run(make())
        made = connector(compiled, transport, base_url=platform.url)
        result = loop.run(made.send(compiled.conversation.publish[0], names(compiled), FACTS))
        loop.run(transport.close())
    assert result.verdict.action == "done"
    assert result.exchange is not None
    assert result.exchange.sent[0].at == NOW
