"""Messages that a platform sends: whose they are, and what they say."""

from __future__ import annotations

import base64
import hmac
import json
from datetime import datetime
from typing import Any

import pytest

from connectors.errors import Judge
from connectors.retry import RetryPolicy
from connectors.webhooks import MAX_MESSAGE_BYTES, read, verify, view
from pipeline.mapping.compiled import CompiledMapping
from tests.conversations import FACTS, NOW, answer, mapping, names

KEY = b"hook-secret-99"
BODY = json.dumps({"event": {"status": "Success", "reference": "op-1"}, "store": "s-1", "menu": {"id": "m-1"}}).encode()


def hook(verification: str, rest: str = "") -> CompiledMapping:
    return mapping(f"webhooks:\n  status:\n    verify: {{{verification}}}\n    if: answer.body.event\n{rest}")


def check(compiled: CompiledMapping, content: bytes = BODY, now: datetime = NOW, **headers: str) -> str:
    message = answer(200, content, **headers)
    return verify(compiled.conversation.webhooks["status"], message, names(compiled), FACTS, now)


def digest(content: bytes = BODY, name: str = "sha256") -> bytes:
    return hmac.digest(KEY, content, name)


SIGNED = "hmac: sha256, secret: = credentials.webhook_secret, header: X-Signature"


@pytest.mark.parametrize(
    ("verification", "headers"),
    [
        (SIGNED, {"x_signature": digest().hex()}),
        (SIGNED, {"x_signature": digest().hex().upper()}),
        (SIGNED + ", prefix: 'sha256='", {"x_signature": f"sha256={digest().hex()}"}),
        (SIGNED + ", encoding: base64", {"x_signature": base64.b64encode(digest()).decode()}),
        (SIGNED + ", encoding: base64, prefix: 'signature='",
         {"x_signature": f"HMAC-SHA256 t=17,signature={base64.b64encode(digest()).decode()}"}),
        (SIGNED + ", prefix: 'v1='", {"x_signature": f"t=17,v1={'0' * 64},v1={digest().hex()}"}),
        (SIGNED.replace("sha256", "sha512"), {"x_signature": digest(name="sha512").hex()}),
        (SIGNED + ''', text: '{answer.headers."x-guid"} {answer.raw}' ''',
         {"x_guid": "g-5", "x_signature": digest(b"g-5 " + BODY).hex()}),
        ("token: = credentials.webhook_secret, header: Authorization", {"authorization": "hook-secret-99"}),
        ("token: = credentials.webhook_secret, header: Authorization, prefix: 'Bearer '",
         {"authorization": "Bearer hook-secret-99"}),
    ],
)  # fmt: skip
def test_messages_of_the_platform_are_taken(verification: str, headers: dict[str, str]) -> None:
    assert check(hook(verification), **headers) == ""


@pytest.mark.parametrize(
    ("verification", "content", "headers", "reason"),
    [
        (SIGNED, BODY, {}, "is missing"),
        (SIGNED, BODY + b" ", {"x_signature": digest().hex()}, "does not fit"),
        (SIGNED, BODY, {"x_signature": digest().hex()[:-2]}, "does not fit"),
        (SIGNED, BODY, {"x_signature": "nonsense"}, "does not fit"),
        (SIGNED, BODY, {"x_signature": "é"}, "does not fit"),
        (SIGNED + ", prefix: 'sha256='", BODY, {"x_signature": digest().hex()}, "start with"),
        (SIGNED + ''', text: '{answer.headers."x-guid"}' ''', BODY, {"x_signature": digest().hex()}, "part"),
        (SIGNED + ", text: '{answer.raw}'", b"\xff", {"x_signature": digest(b"\xef\xbf\xbd").hex()}, "UTF-8"),
        (SIGNED, b"x" * (MAX_MESSAGE_BYTES + 1), {"x_signature": "00"}, "too large"),
        ("token: = credentials.webhook_secret, header: A", BODY, {"a": "hook-secret-9"}, "another token"),
        ("token: = credentials.webhook_secret, header: A", BODY, {"a": "é"}, "another token"),
    ],
)  # fmt: skip
def test_messages_of_others_are_refused(
    verification: str, content: bytes, headers: dict[str, str], reason: str
) -> None:
    assert reason in check(hook(verification), content, **headers)


def test_without_a_secret_nothing_is_taken() -> None:
    compiled = hook(SIGNED)
    empty = compiled.conversation.credentials_class(
        *[None] * len(compiled.conversation.credentials_class.__struct_fields__)
    )
    message = answer(200, BODY, x_signature=hmac.digest(b"", BODY, "sha256").hex())
    known = names(compiled, credentials=empty)
    assert "is not set" in verify(compiled.conversation.webhooks["status"], message, known, FACTS, NOW)


@pytest.mark.parametrize(
    ("time", "reason"),
    [
        (str(int(NOW.timestamp()) - 299), ""), (str(int(NOW.timestamp() * 1000) - 299_000), ""), (NOW.isoformat(), ""),
        (str(int(NOW.timestamp()) - 301), "too old"), (str(int(NOW.timestamp()) + 61), "future"),
        ("2026-04-07T12:30:15", "does not say when"), ("yesterday", "does not say when"), ("9" * 13, "future"),
    ],
)  # fmt: skip
def test_old_messages_are_refused(time: str, reason: str) -> None:
    compiled = hook(SIGNED + """, max_age: 5m, time: answer.headers."x-time" """)
    found = check(compiled, x_signature=digest().hex(), x_time=time)
    assert reason in found
    assert bool(reason) == bool(found)


REST = """
    store: {store_id: = answer.body.store}
    operation: = answer.body.event.reference
    outcome: {of: answer.body.event.status, done: [success], failed: [failure]}
    save: {external_menu_id: = answer.body.menu.id}
    message: = answer.body.event.details
errors:
  - {when: {status: 200, says: already running}, do: wait_for_other_job}
  - {when: {says: hours}, do: give_up, message: Correct the hours.}
"""


def received(body: Any) -> Any:
    compiled = hook(SIGNED, REST)
    conversation = compiled.conversation
    judge = Judge("Example", conversation.errors, RetryPolicy())
    message = view(answer(200, json.dumps(body)))
    return read(conversation.webhooks["status"], message, names(compiled), FACTS, judge)


def test_a_message_is_read() -> None:
    found = received(json.loads(BODY))
    assert (found.wanted, found.store, found.operation) == (True, {"store_id": "s-1"}, "op-1")
    assert found.verdict.action == "done"
    assert found.saved == {"external_menu_id": "m-1"}


def test_a_failure_keeps_what_it_gives_and_is_told() -> None:
    event = {"status": "FAILURE", "reference": "op-1", "details": "Bad HOURS format"}
    found = received({"event": event, "menu": {"id": "m-2"}})
    assert found.saved == {"external_menu_id": "m-2"}
    verdict = found.verdict
    assert (verdict.action, verdict.message, verdict.detail) == ("give_up", "Correct the hours.", "Bad HOURS format")


@pytest.mark.parametrize("body", [{}, [], None, "text", 7])
def test_a_message_that_concerns_nobody(body: Any) -> None:
    assert not received(body).wanted
