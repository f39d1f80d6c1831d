"""A connector against a real server in another process: faults, pauses, tokens, and what is kept of it all."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import time as real_time
import urllib.request
from datetime import datetime, timedelta
from typing import Any

import pytest

from connectors.connector import StepResult
from connectors.exchange import Answer, Fault
from connectors.limits import LocalLimits
from connectors.token_keeper import LocalTokens, TokenKeeper
from connectors.transport import HttpTransport
from tests.conversations import CREDENTIALS, FACTS, Time, connector, mapping, names
from tests.servers.faults import OAUTH, STEP, Platform, platform_server, publish, run  # noqa: F401


def test_a_step_is_sent_and_its_answer_is_saved(platform: Platform) -> None:
    platform.will(menu=[{"body": '{"id": "m-7"}'}])
    result = publish(platform)
    assert result.verdict.action == "done"
    assert result.saved == {"menu_id": "m-7"}
    [came] = platform.came()
    assert (came["method"], came["target"], came["body"]) == ("PUT", "/menu", '{"a":1}')
    assert came["headers"]["content-type"] == "application/json"
    assert came["headers"]["user-agent"] == "menu-sync"


def test_a_compressed_body_is_readable_in_its_record(platform: Platform) -> None:
    platform.will(menu=[{}])
    result = publish(platform, STEP.replace("body: = payload", "body: = payload\n    compress: gzip"))
    [came] = platform.came()
    assert came["headers"]["content-encoding"] == "gzip"
    assert gzip.decompress(came["body"].encode("latin-1")) == b'{"a":1}'
    assert result.exchange is not None
    assert result.exchange.sent[0].request.body == b'{"a":1}'


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({}, 3.0),
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "Tue, 07 Apr 2026 12:30:20 GMT"}, 5.0),
        ({"Retry-After": "Tue, 07 Apr 2020 12:30:20 GMT"}, 0.0),
        ({"Retry-After": "soon"}, 3.0),
    ],
)
def test_too_many_requests(platform: Platform, headers: dict[str, str], pause: float) -> None:
    platform.will(menu=[{"status": 429, "headers": headers}, {"body": '{"id": "later"}'}])
    time = Time()
    result = publish(platform, time=time)
    assert result.verdict.action == "done"
    assert result.saved == {"menu_id": "later"}
    assert time.slept == [pause]
    assert result.exchange is not None
    assert [sent.reply.status for sent in result.exchange.sent if isinstance(sent.reply, Answer)] == [429, 200]


def test_a_long_pause_is_given_back_instead_of_waited(platform: Platform) -> None:
    platform.will(menu=[{"status": 429, "headers": {"Retry-After": "60"}}])
    time = Time()
    result = publish(platform, time=time)
    assert (result.verdict.action, result.verdict.after) == ("wait", timedelta(seconds=60))
    assert time.slept == []
    assert len(platform.came()) == 1


def test_a_passing_problem_is_tried_once_more(platform: Platform) -> None:
    platform.will(menu=[{"status": 500, "body": "<html>oops</html>"}, {}])
    time = Time()
    assert publish(platform, time=time).verdict.action == "done"
    assert time.slept == [3.0]


def test_tries_come_to_an_end(platform: Platform) -> None:
    platform.will(menu=[{"status": 503, "body": '{"message": "down for lunch"}'}])
    result = publish(platform)
    assert result.verdict.action == "retry"
    assert result.verdict.detail == "down for lunch"
    assert "503" in result.verdict.message
    assert len(platform.came()) == 2


@pytest.mark.parametrize("status", [400, 404, 409, 410, 413, 422, 451])
def test_a_refusal_is_not_sent_again(platform: Platform, status: int) -> None:
    platform.will(menu=[{"status": status, "body": '{"errors": [{"message": "no such dish"}]}'}])
    text = STEP.replace("retry: {", "retry: {statuses: [4xx, 5xx], ")
    result = publish(platform, text)
    assert result.verdict.action == "give_up"
    assert result.verdict.detail == "no such dish"
    assert len(platform.came()) == 1


@pytest.mark.parametrize(
    ("behaviour", "kind", "says"),
    [
        ({"delay": 3}, "timeout", "within 0.5 seconds"),
        ({"body": "x" * 30, "drip": 0.1}, "timeout", "within 0.5 seconds"),
        ({"fault": "close"}, "reset", "broke off"),
        ({"fault": "reset", "body": '{"id":'}, "reset", "broke off"),
        ({"fault": "short", "body": '{"id": "m"}'}, "reset", "broke off"),
    ],
)
def test_no_whole_answer(platform: Platform, behaviour: dict[str, Any], kind: str, says: str) -> None:
    platform.will(menu=[behaviour])
    for method, action, count in (("PUT", "retry", 2), ("POST", "give_up", 1)):
        text = STEP.replace("PUT /menu", f"{method} /menu").replace("    body:", "    timeout: 500ms\n    body:")
        platform.will(menu=[behaviour])
        result = publish(platform, text)
        assert result.verdict.action == action
        assert says in result.verdict.message
        assert result.exchange is not None
        assert isinstance(result.exchange.reply, Fault)
        assert (result.exchange.reply.kind, result.exchange.reply.sent) == (kind, True)
        assert len(result.exchange.sent) == len(platform.came()) == count
        assert result.saved == {}


def test_a_post_that_does_no_harm_twice_is_sent_again(platform: Platform) -> None:
    platform.will(menu=[{"fault": "close"}, {"body": '{"id": "m-8"}'}])
    text = STEP.replace("PUT /menu", "POST /menu").replace("    body:", "    repeatable: true\n    body:")
    assert publish(platform, text).saved == {"menu_id": "m-8"}


def test_nobody_there(platform: Platform) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    result = publish(Platform(port), STEP.replace("PUT /menu", "POST /menu"))
    assert result.verdict.action == "retry", "it never left, so even a POST may be sent again"
    assert result.exchange is not None
    assert isinstance(result.exchange.reply, Fault)
    assert (result.exchange.reply.kind, result.exchange.reply.sent) == ("connect", False)
    assert len(result.exchange.sent) == 2


@pytest.mark.parametrize("fault", ["huge", "bomb"])
def test_a_huge_answer_is_cut(platform: Platform, fault: str) -> None:
    platform.will(menu=[{"fault": fault}])

    async def work(transport: HttpTransport) -> Any:
        from connectors.exchange import Request

        return await transport.send(Request("GET", f"{platform.url}/menu"), limit=1_000_000)

    start = real_time.monotonic()
    reply = run(work)
    assert isinstance(reply, Answer)
    assert (len(reply.content), reply.truncated) == (1_000_000, True)
    assert real_time.monotonic() - start < 30, "it must not read to an end that never comes"


def test_a_redirect_is_not_followed(platform: Platform) -> None:
    platform.will(menu=[{"status": 307, "headers": {"Location": f"{platform.url}/elsewhere"}}], elsewhere=[{}])
    result = publish(platform)
    assert result.verdict.action == "give_up"
    assert "redirect" in result.verdict.message
    assert platform.came("elsewhere") == []


def test_an_answer_that_is_no_json(platform: Platform) -> None:
    platform.will(menu=[{"body": "<html>fine</html>", "headers": {"Content-Type": "text/html"}}])
    result = publish(platform)
    assert result.verdict.action == "done"
    assert result.saved == {}
    outcome = STEP.replace("    save:", "    outcome: {of: answer.body.state, done: [ok]}\n    save:")
    result = publish(platform, outcome)
    assert result.verdict.action == "give_up"
    assert "does not say what became of it" in result.verdict.message


def test_an_old_token_is_renewed_once(platform: Platform) -> None:
    platform.will(menu=[{"status": 401}, {"body": '{"id": "m-9"}'}], token=[{"fault": "token"}])
    result = publish(platform, STEP + OAUTH)
    assert result.saved == {"menu_id": "m-9"}
    tokens = [entry["headers"]["authorization"] for entry in platform.came("menu")]
    assert tokens == ["Bearer token-number-1", "Bearer token-number-2"]
    bodies = [entry["body"] for entry in platform.came("token")]
    assert "refresh_token=first-refresh-0815" in bodies[0]
    assert "refresh_token=refresh-1" in bodies[1]


def test_a_token_that_is_refused_again_means_reconnect(platform: Platform) -> None:
    platform.will(menu=[{"status": 401}], token=[{"fault": "token"}])
    rule = "errors: [{when: {status: 401}, do: refresh_token, message: The key is not accepted.}]\n"
    result = publish(platform, STEP + OAUTH + rule)
    assert (result.verdict.action, result.verdict.message) == ("reconnect", "The key is not accepted.")
    assert (len(platform.came("menu")), len(platform.came("token"))) == (2, 2)


def test_static_credentials_that_are_refused_are_not_sent_twice(platform: Platform) -> None:
    platform.will(menu=[{"status": 401}])
    result = publish(platform, STEP + 'auth: {type: headers, headers: {X-Key: "{credentials.user}"}}')
    assert result.verdict.action == "reconnect"
    assert len(platform.came("menu")) == 1


def test_refused_credentials_mean_reconnect(platform: Platform) -> None:
    platform.will(menu=[{}], token=[{"status": 400, "body": '{"error": "invalid_grant"}'}])
    result = publish(platform, STEP + OAUTH)
    assert result.verdict.action == "reconnect"
    assert "invalid_grant" in result.verdict.message
    assert platform.came("menu") == []
    assert len(platform.came("token")) == 1


def test_a_token_endpoint_that_is_down_is_tried_again(platform: Platform) -> None:
    platform.will(menu=[{}], token=[{"status": 503}, {"fault": "token"}])
    assert publish(platform, STEP + OAUTH).verdict.action == "done"


def test_many_syncs_ask_for_one_token(platform: Platform) -> None:
    platform.will(menu=[{}], token=[{"fault": "token", "delay": 0.2}])
    compiled = mapping(STEP + OAUTH)

    async def work(transport: HttpTransport) -> list[StepResult]:
        tokens = TokenKeeper(LocalTokens())
        made = [
            connector(compiled, transport, base_url=platform.url, auth_url=platform.url, tokens=tokens)
            for _ in range(20)
        ]
        step = compiled.conversation.publish[0]
        return list(await asyncio.gather(*(each.send(step, names(compiled), FACTS) for each in made)))

    results = run(work)
    assert {result.verdict.action for result in results} == {"done"}
    assert len(platform.came("token")) == 1
    assert {entry["headers"]["authorization"] for entry in platform.came("menu")} == {"Bearer token-number-1"}


def test_a_burst_of_refusals_renews_one_token(platform: Platform) -> None:
    platform.will(menu=[{"delay": 0.1, "refuses": "Bearer token-number-1"}], token=[{"fault": "token", "delay": 0.1}])
    compiled = mapping(STEP + OAUTH)

    async def work(transport: HttpTransport) -> list[StepResult]:
        made = connector(compiled, transport, base_url=platform.url, auth_url=platform.url)
        step = compiled.conversation.publish[0]
        return list(await asyncio.gather(*(made.send(step, names(compiled), FACTS) for _ in range(10))))

    results = run(work)
    assert {result.verdict.action for result in results} == {"done"}
    assert len(platform.came("token")) == 2
    assert len(platform.came("menu")) == 20


def test_requests_are_paced(platform: Platform) -> None:
    platform.will(menu=[{}])
    text = STEP + "limits: [{requests: 2, per: 4s}]\n"
    compiled = mapping(text)
    time = Time()

    async def work(transport: HttpTransport) -> list[StepResult]:
        limits = LocalLimits()
        made = connector(compiled, transport, base_url=platform.url, time=time, limits=limits)
        step = compiled.conversation.publish[0]
        return [await made.send(step, names(compiled), FACTS) for _ in range(5)]

    results = run(work)
    assert {result.verdict.action for result in results} == {"done"}
    assert sum(time.slept) >= 8
    began = [result.exchange.sent[0].at for result in results if result.exchange is not None]
    assert all((later - earlier).total_seconds() >= 4 for earlier, later in zip(began, began[2:], strict=False))


class SharedLimits:
    """Stands for those that processes share, and keeps what was taken."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, int]] = []

    def take(self, bucket: str, capacity: int, per: timedelta, now: datetime, amount: int = 1) -> float:
        self.taken.append((bucket.rpartition(":")[2], amount))
        return 0


@pytest.mark.parametrize(
    ("late", "answers", "taken"),
    [
        (None, [{}], ["1/1", "9/3600"]),
        (timedelta(), [{}], []),
        (timedelta(seconds=1), [{}], ["1/1"]),
        (timedelta(), [{"status": 503}, {}], ["1/1", "9/3600"]),
        (timedelta(), [{"status": 401}, {}], ["1/1", "9/3600"]),
    ],
    ids=["as usual", "admitted", "admitted too long ago for one", "a retry", "a new token"],
)
def test_a_request_that_shared_limits_let_go_before_does_not_ask_them_again(
    platform: Platform, late: timedelta | None, answers: list[dict[str, Any]], taken: list[str]
) -> None:
    platform.will(menu=answers, token=[{"fault": "token"}])
    compiled = mapping(STEP + OAUTH + "limits: [{requests: 9, per: 1h, for: store}, {requests: 1, per: 1s}]\n")
    time, limits = Time(), SharedLimits()
    admitted = None if late is None else time() - late

    async def work(transport: HttpTransport) -> StepResult:
        made = connector(compiled, transport, base_url=platform.url, auth_url=platform.url, time=time, limits=limits)
        step, known = compiled.conversation.publish[0], names(compiled)
        assert [(bucket.capacity, bucket.per) for bucket in made.shared_buckets(step, known)] == [
            (9, timedelta(hours=1)), (1, timedelta(seconds=1)),
        ]  # fmt: skip
        return await made.send(step, known, FACTS, admitted=admitted)

    assert run(work).verdict.action == "done"
    assert sorted(limits.taken) == [(each, 1) for each in taken]


def test_limits_of_this_process_alone_are_taken_from_by_its_requests(platform: Platform) -> None:
    compiled = mapping(STEP + "limits: [{requests: 9, per: 1h}]\n")

    async def work(transport: HttpTransport) -> Any:
        return connector(compiled, transport).shared_buckets(compiled.conversation.publish[0], names(compiled))

    assert run(work) == ()


def test_a_limit_that_asks_for_too_long_is_given_back(platform: Platform) -> None:
    platform.will(menu=[{}])
    compiled = mapping(STEP.replace("    body:", "    limits: [{requests: 1, per: 1h, for: store}]\n    body:"))

    async def work(transport: HttpTransport) -> list[StepResult]:
        made = connector(compiled, transport, base_url=platform.url)
        step = compiled.conversation.publish[0]
        return [await made.send(step, names(compiled), FACTS, store=store) for store in ("r-1", "r-2", "r-1")]

    first, other, second = run(work)
    assert (first.verdict.action, other.verdict.action) == ("done", "done")
    assert second.verdict.action == "wait"
    assert timedelta(minutes=59) < second.verdict.after < timedelta(minutes=62)
    assert len(platform.came()) == 2


ECHO = json.dumps(
    {
        "you": f"{CREDENTIALS['client_secret']} and token-number-1",
        "access_token": "never-heard-of-4",
        "message": f"bad password {CREDENTIALS['password']}",
        "id": "m-1",
    },
    ensure_ascii=False,
)


def test_no_record_holds_a_secret(platform: Platform) -> None:
    platform.will(
        menu=[{"status": 500, "body": ECHO, "headers": {"Set-Cookie": "a=crumbs-77", "X-Api-Key": "other-key-5"}}],
        token=[{"fault": "token"}],
    )
    text = STEP.replace("    body: = payload", "    query: {api_key: = credentials.client_id}\n    body: = payload")
    result = publish(platform, text + OAUTH, payload={"note": CREDENTIALS["signing_key"], "name": "Margherita"})
    shown = repr((result.exchange, result.verdict))
    for secret in (
        *CREDENTIALS.values(),
        "token-number-1",
        "refresh-1",
        "never-heard-of-4",
        "crumbs-77",
        "other-key-5",
    ):
        for form in (secret, json.dumps(secret)[1:-1], repr(secret)[1:-1], urllib.request.quote(secret, safe="")):
            assert form not in shown, form
    assert "Margherita" in shown
    assert "bad password ***" in result.verdict.detail
    [token, first, _] = platform.came()
    assert CREDENTIALS["signing_key"] in first["body"], "what was sent is whole"
    assert "first-refresh-0815" in token["body"]


@pytest.mark.parametrize(
    ("behaviour", "says"),
    [
        ({"status": 204}, "Example answered with status 204, which does not stand for success here."),
        (
            {"status": 200, "body": "<html>Welcome</html>", "headers": {"Content-Type": "text/html; charset=utf-8"}},
            "Example answered with a web page (status 200) instead of data. Check that `base_url` leads there.",
        ),
    ],
)
def test_a_success_that_is_none_is_told_as_such(platform: Platform, behaviour: dict[str, Any], says: str) -> None:
    platform.will(menu=[behaviour])
    result = publish(platform, STEP.replace("body: = payload", "body: = payload\n    success: [201]"))
    assert (result.verdict.action, result.verdict.message) == ("give_up", says)


@pytest.mark.parametrize(
    "store_id",
    [
        "..",
        ".",
        "a/../../b",
        "//evil.example/",
        "@evil.example",
        "x\r\nHost: evil.example",
        "a?b=c#d",
        "",
        "\x00",
        "é/ü",
    ],
)
def test_no_value_leads_a_request_elsewhere(platform: Platform, store_id: str) -> None:
    platform.call("PUT", "/_script", {})
    text = STEP.replace('"PUT /menu"', '"PUT /stores/{store.store_id}/menu"')
    result = publish(platform, text, store_id=store_id)
    for came in platform.came():
        path = came["target"]
        assert path.startswith("/stores/")
        assert path.endswith("/menu")
        assert path.count("/") == 3
        assert came["headers"]["host"] == platform.url.removeprefix("http://")
    assert result.verdict.action == "give_up"


@pytest.mark.parametrize(
    "where", ["https://evil.example/x", "http://127.0.0.1:1/x", "//evil.example", "file:///etc/passwd"]
)
def test_an_answer_leads_no_request_to_another_host(platform: Platform, where: str) -> None:
    platform.call("PUT", "/_script", {})
    text = STEP.replace('"PUT /menu"', '"PUT {saved.where}"')
    result = publish(platform, text, saved={"where": where})
    assert result.verdict.action == "give_up"
    assert result.exchange is not None
    assert result.exchange.sent == ()
    assert platform.came() == []


def test_an_address_of_the_platform_itself_may_come_from_an_answer(platform: Platform) -> None:
    platform.will(menu=[{}])
    text = STEP.replace('"PUT /menu"', '"PUT {saved.where}"')
    assert publish(platform, text, saved={"where": f"{platform.url}/menu"}).verdict.action == "done"


def test_plain_http_is_for_this_machine_and_the_sandbox(platform: Platform) -> None:
    compiled = mapping(STEP)

    async def work(transport: HttpTransport) -> StepResult:
        made = connector(compiled, transport, base_url="http://platform.example")
        return await made.send(compiled.conversation.publish[0], names(compiled), FACTS)

    refused = run(work)
    assert refused.verdict.action == "give_up"
    assert "unencrypted" in refused.verdict.message
