"""Functions that hand work to each other by a queue: kills in mid-batch, chores, and what CloudWatch counts of it."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

import pytest
from msgspec.structs import replace

from handlers.chores import CHORES
from pipeline.cloudwatch import LOG_METRICS
from tests.integration.functions.chain import HIDDEN, Chain, batch, message
from tests.platforms import PLATFORMS
from tests.servers.lambda_runtime import FunctionDied, LambdaFunction
from tests.servers.sandbox import RESTAURANTS

PRICES = dict(zip(RESTAURANTS, ("8.31", "8.42", "8.53"), strict=True))


def change(chain: Chain) -> None:
    """Change all menus and let the events function take the events."""
    for restaurant, price in PRICES.items():
        chain.price(restaurant, price)
    answer = chain.events.invoke(batch(*(message(place, each) for place, each in enumerate(RESTAURANTS))))
    assert answer == {"batchItemFailures": []}


def lines(function: LambdaFunction) -> list[dict[str, Any]]:
    """Give a function's log lines that are JSON."""
    return [json.loads(line) for line in function.text().splitlines() if line.startswith("{")]


def chores(chain: Chain) -> list[str]:
    """Take everything off the queue, and give the chores among it, in the order of their names."""
    assert chain.queue is not None
    found = []
    while records := chain.queue.take():
        found += [json.loads(record["body"]) for record in records]
    return sorted(each["chore"] for each in found if "chore" in each)


def test_what_events_ask_for_is_done_by_another_function(queued: Chain) -> None:
    change(queued)
    assert queued.sandbox.count(PLATFORMS[2], method="PUT") == 0
    queued.settle()
    queued.expect(PRICES)


def test_a_worker_is_killed_in_the_middle_of_a_batch(queued: Chain) -> None:
    change(queued)
    assert queued.queue is not None
    queued.sandbox.fault("delay", seconds=1.0, match={"path": "*"}, times=4)
    records = queued.queue.take()
    assert len(records) > 1
    invocation = queued.work.begin({"Records": records})
    end = time.monotonic() + 60
    while not any(queued.sandbox.count(platform) for platform in PLATFORMS):
        assert time.monotonic() < end, queued.work.text()[-1_000:]
        time.sleep(0.01)
    queued.work.kill()
    with pytest.raises(FunctionDied):
        queued.work.finish(invocation)
    time.sleep(HIDDEN)  # nothing was acknowledged, so the queue gives it all again
    queued.settle()
    queued.expect(PRICES)


def test_what_is_no_message_of_ours_is_forgotten_and_holds_up_no_other(queued: Chain) -> None:
    assert queued.queue is not None
    bodies = ["{", "[]", '"op_1"', '{"operation_id": 7}', '{"chore": "no-such"}', '{"operation_id": "op_none"}', ""]
    records = [{"messageId": f"m-{place}", "body": body} for place, body in enumerate(bodies)]
    broken = {"messageId": "m-cursor", "body": '{"chore": "compare", "cursor": "no cursor"}'}
    answer = queued.work.invoke(batch(*records, broken))
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m-cursor"}]}
    assert "names no operation and no chore" in queued.work.text()


def test_the_sweep_asks_for_each_chore_once_in_its_time(queued: Chain) -> None:
    counts = [queued.sweep.invoke({})["chores"] for _ in range(6)]
    assert counts[0] == len(CHORES)
    assert sum(counts) <= 2 * len(CHORES), "the clock may have gone into the next period once, and no more"
    asked = chores(queued)
    assert set(asked) == set(CHORES)
    assert len(asked) == sum(counts)


def test_what_somebody_changed_at_a_platform_is_told(queued: Chain) -> None:
    change(queued)
    queued.settle()
    status = queued.status("rest_001", "ubereats")
    assert status is not None
    long_ago = replace(status, last_sync=datetime.now(UTC) - timedelta(hours=2))
    assert queued.store.put_status(long_ago, expected_fencing=status.fencing)
    queued.sandbox.raise_price("i-3", 2555)
    answer = queued.work.invoke(batch({"messageId": "m-1", "body": '{"chore": "compare", "cursor": ""}'}))
    assert answer == {"batchItemFailures": []}
    told = [line for line in lines(queued.work) if line["logger"] == "menu_sync.alerts"]
    assert [line["message"] for line in told if "ours 2340, theirs 2555" in line["message"]] != []
    assert chores(queued) == ["compare"]  # there are more menus than one part of the chore looks at


def matches(pattern: str, line: dict[str, Any]) -> bool:
    """Tell whether CloudWatch's pattern takes a line; ours only ask for equality, ``*`` being anything."""
    terms = pattern.split(" && ")
    asked = [re.fullmatch(r'\$\.(\w+) = "([^"]*)"', term) for term in terms]
    assert all(asked), pattern
    return all(fnmatchcase(str(line.get(term[1])), term[2]) for term in asked if term is not None)


def test_every_metric_that_alarms_look_at_is_in_the_log_lines(queued: Chain) -> None:
    queued.sandbox.fault("status", "doordash", status=400, match={"method": "POST", "path": "*/menus"}, times=3)
    queued.events.invoke(batch(message("poisoned", "")))
    change(queued)
    queued.settle()
    functions = {"Events": queued.events, "Work": queued.work, "Sweep": queued.sweep, "Api": queued.api}
    seen: dict[str, list[dict[str, Any]]] = {}
    for name, metric in LOG_METRICS.items():
        seen[name] = [line for line in lines(functions[metric.function]) if matches(metric.lines, line)]
        if metric.value.startswith("$."):
            assert all(isinstance(line[metric.value[2:]], int) for line in seen[name]), name
        if metric.by_platform:
            assert {line["platform"] for line in seen[name]} <= set(PLATFORMS)
    assert {name for name, found in seen.items() if not found} <= {
        "AlertTold",
        *(n for n in seen if n.endswith("Error")),
    }
    assert {line["platform"] for line in seen["SyncFailed"]} == {"doordash"}
    assert {line["platform"] for line in seen["ErrorQueueDepthCounted"]} == set(PLATFORMS)
