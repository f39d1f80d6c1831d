"""When a request is sent again, after what pause, and how limits pace requests."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from connectors.connector import PATIENCE
from connectors.exchange import Answer, Fault
from connectors.limits import Gate, LocalLimits, buckets
from connectors.retry import MAX_PAUSE, RetryPolicy, repeatable, retry_after
from pipeline.store.records import Bucket
from tests.conversations import NOW, Time, answer, mapping


@pytest.mark.parametrize(("attempt", "random", "seconds"), [(1, 0.0, 1.0), (1, 1.0, 2.0), (2, 1.0, 4.0), (3, 0.5, 6.0)])
def test_pauses_double_with_jitter(attempt: int, random: float, seconds: float) -> None:
    assert RetryPolicy().pause(attempt, answer(500), NOW, lambda: random) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0), ("30", 30), ("1.5", 1.5), ("-3", None), ("", None), ("later", None),
        ("9" * 400, MAX_PAUSE.total_seconds()),
        ("Tue, 07 Apr 2026 12:31:15 GMT", 60), ("Tuesday, 07-Apr-26 12:31:15 GMT", 60),
        ("Tue, 07 Apr 2026 14:31:15 +0200", 60), ("Tue, 07 Apr 1999 12:31:15 GMT", 0), ("٣", None),
    ],
)  # fmt: skip
def test_retry_after(value: str, seconds: float | None) -> None:
    expected = None if seconds is None else timedelta(seconds=seconds)
    assert retry_after(Answer(429, {"retry-after": value}, b""), NOW) == expected


@pytest.mark.parametrize("status", range(400, 500))
def test_refusals_never_pass(status: int) -> None:
    assert RetryPolicy(statuses=("4xx", "5xx")).passing(status) is (status in (408, 425, 429))


def test_a_setting_takes_the_place_of_the_mappings_first_pause() -> None:
    text = "retry: {statuses: [503], attempts: 4, backoff: 3s}"
    declared = mapping(text).conversation.retry
    assert declared is not None
    assert RetryPolicy.of(declared).backoff == timedelta(seconds=3)
    taken = RetryPolicy.of(declared, timedelta(seconds=8))
    assert taken == RetryPolicy((503,), 4, timedelta(seconds=8))
    assert RetryPolicy.of(None, timedelta(seconds=5)).backoff == timedelta(seconds=5)


@pytest.mark.parametrize(
    ("kind", "sent", "method", "declared", "again"),
    [
        ("timeout", True, "PUT", None, True),
        ("timeout", True, "PUT", False, False),
        ("timeout", True, "POST", None, False),
        ("timeout", True, "POST", True, True),
        ("timeout", False, "POST", False, True),
        ("connect", False, "POST", None, True),
        ("refused", False, "GET", True, False),
        ("auth", False, "GET", True, False),
        ("too_large", False, "GET", True, False),
        ("unavailable", False, "POST", None, True),
    ],
)
def test_what_may_be_sent_again(kind: Any, sent: bool, method: str, declared: bool | None, again: bool) -> None:
    assert repeatable(Fault(kind, "", sent), method, declared) is again


def test_limits_are_counted_by_account_store_and_step() -> None:
    compiled = mapping("limits: [{requests: 9, per: 1s}, {requests: 5, per: 1m, for: store}]")
    found = buckets(compiled.conversation.limits, "acc", "r-1")
    assert [bucket.name for bucket in found] == ["acc:r-1::5/60", "acc:::9/1"], "the strictest first"
    assert buckets(compiled.conversation.limits, "acc", "r-1", "menu")[1].name == "acc::menu:9/1"


def test_a_limit_that_is_written_twice_counts_a_request_once() -> None:
    compiled = mapping("limits: [{requests: 4, per: 1m}, {requests: 4, per: 60s}]")
    (bucket,) = buckets(compiled.conversation.limits, "acc", "r-1")
    assert bucket.name == "acc:::4/60"


def test_a_gate_waits_and_gives_up_when_the_wait_is_long() -> None:
    async def work() -> None:
        time = Time()
        gate = Gate(LocalLimits(), time, time.sleep, PATIENCE)
        short, long = Bucket("short", 1, timedelta(seconds=4)), Bucket("long", 1, timedelta(hours=1))
        assert await gate.enter([short]) is None
        assert await gate.enter([short]) is None
        assert 4 <= sum(time.slept) < 5
        assert await gate.enter([long]) is None
        fault = await gate.enter([long])
        assert fault is not None
        assert fault.kind == "limit"
        assert fault.retry_after is not None
        assert 3500 < fault.retry_after < 3700

    asyncio.run(work())
