"""After whatever happens to a handler, every restaurant's last menu is on every platform, once."""

from __future__ import annotations

import time

import pytest

from tests.integration.functions.chain import Chain, batch, message
from tests.integration.functions.conftest import Throttled
from tests.platforms import PLATFORMS
from tests.servers.lambda_runtime import FunctionDied
from tests.servers.sandbox import RESTAURANTS

PRICES = dict(zip(RESTAURANTS, ("7.31", "7.42", "7.53"), strict=True))


def change(chain: Chain, prices: dict[str, str]) -> None:
    for restaurant, price in prices.items():
        chain.price(restaurant, price)


def test_a_batch_is_published(chain: Chain) -> None:
    change(chain, PRICES)
    answer = chain.events.invoke(batch(*(message(place, each) for place, each in enumerate(RESTAURANTS))))
    assert answer == {"batchItemFailures": []}
    chain.settle()
    chain.expect(PRICES)


@pytest.mark.parametrize("after", ["the first request", "the first answer"])
def test_a_handler_is_killed_in_the_middle_of_a_batch(chain: Chain, after: str) -> None:
    change(chain, PRICES)
    deliveries = batch(*(message(place, each) for place, each in enumerate(RESTAURANTS)))
    # The kill then falls between sending and the answer, or behind one platform's answer while others are asked.
    slow = PLATFORMS[2] if "request" in after else PLATFORMS[0]
    chain.sandbox.fault("delay", slow, seconds=2.5, times=3)
    invocation = chain.events.begin(deliveries)
    end = time.monotonic() + 60
    while not chain.sandbox.count(PLATFORMS[2], method="PUT"):
        assert time.monotonic() < end, chain.events.text()[-1_000:]
        time.sleep(0.01)
    chain.events.kill()
    with pytest.raises(FunctionDied):
        chain.events.finish(invocation)
    assert chain.events.invoke(deliveries) == {"batchItemFailures": []}  # as the queue does: nothing was acknowledged
    chain.settle()
    chain.expect(PRICES)


def test_a_table_refuses_every_third_request(throttled: Throttled) -> None:
    chain = throttled.chain
    change(chain, PRICES)
    throttled.table.every = 3
    deliveries = batch(*(message(place, each) for place, each in enumerate(RESTAURANTS)))
    for _ in range(5):  # a queue gives failed messages again
        answer = chain.events.invoke(deliveries)
        failed = {each["itemIdentifier"] for each in answer["batchItemFailures"]}
        deliveries = batch(*(record for record in deliveries["Records"] if record["messageId"] in failed))
        if not failed:
            break
    chain.settle()
    chain.expect(PRICES)
    assert sum(throttled.table.refused.values()) > 20
    assert throttled.table.passed > 40


def test_a_table_refuses_everything_for_a_while(throttled: Throttled) -> None:
    chain = throttled.chain
    change(chain, PRICES)
    deliveries = batch(*(message(place, each) for place, each in enumerate(RESTAURANTS)))
    throttled.table.every = 1
    answer = chain.events.invoke(deliveries, timeout=120)
    assert {each["itemIdentifier"] for each in answer["batchItemFailures"]} == {"m-0", "m-1", "m-2"}
    assert "an event was not taken" in chain.events.text()
    throttled.table.every = 0
    assert chain.events.invoke(deliveries) == {"batchItemFailures": []}
    chain.settle()
    chain.expect(PRICES)


def test_a_message_is_delivered_again_and_again(chain: Chain) -> None:
    change(chain, PRICES)
    deliveries = batch(*(message(place, each) for place, each in enumerate(RESTAURANTS)))
    for _ in range(3):
        assert chain.events.invoke(deliveries) == {"batchItemFailures": []}
    chain.settle()
    chain.events.kill()
    assert chain.events.invoke(deliveries) == {"batchItemFailures": []}
    chain.settle()
    chain.expect(PRICES)


def test_what_a_batch_has_no_time_for_is_given_once_more(chain: Chain) -> None:
    change(chain, PRICES)
    deliveries = batch(*(message(place, each) for place, each in enumerate(RESTAURANTS)))
    answer = chain.events.invoke(deliveries, timeout=0.001)
    assert {each["itemIdentifier"] for each in answer["batchItemFailures"]} == {"m-0", "m-1", "m-2"}
    assert chain.events.invoke(deliveries) == {"batchItemFailures": []}
    chain.settle()
    chain.expect(PRICES)


def test_a_poisoned_event_holds_up_no_other(chain: Chain) -> None:
    change(chain, PRICES)
    poisoned = [
        message("no-restaurant", ""),
        message("unknown-type", RESTAURANTS[0], "order_placed"),
        {"messageId": "m-no-json", "body": "\x00{"},
        {"messageId": "m-deep", "body": "[" * 50_000},
    ]
    good = [message(place, each) for place, each in enumerate(RESTAURANTS)]
    answer = chain.events.invoke(batch(poisoned[0], good[0], *poisoned[1:3], good[1], poisoned[3], good[2]))
    failed = {each["itemIdentifier"] for each in answer["batchItemFailures"]}
    assert failed == {each["messageId"] for each in poisoned}
    for reason in ("names no restaurant", "of type 'order_placed' is not known", "is no JSON"):
        assert reason in chain.events.text()
    chain.settle()
    chain.expect(PRICES)


def test_events_come_in_the_wrong_order(chain: Chain) -> None:
    for restaurant in RESTAURANTS:
        chain.version(restaurant, "3")
    change(chain, PRICES)
    for version in (3, 1, 2):
        records = [message(f"{each}-{version}", each, menuVersion=version) for each in RESTAURANTS]
        assert chain.events.invoke(batch(*records)) == {"batchItemFailures": []}
    chain.settle()
    chain.expect(PRICES)
    for restaurant in RESTAURANTS:
        for platform in PLATFORMS:
            status = chain.status(restaurant, platform)
            assert status is not None
            assert status.menu_version == "3"
