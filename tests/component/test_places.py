"""Which restaurants are on a platform: as `connect` and `stores` say, all of them where nobody is named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.store.records import Connection, State
from pipeline.sync.asking.service import Refused, Requested
from pipeline.sync.places import platforms_of, restaurants_with
from tests.acme import Acme

PUT = "publish: [{step: menu, request: PUT /menu, body: = payload}]\n"


@pytest.fixture
def acme(tmp_path: Path) -> Iterator[Acme]:
    made = Acme(tmp_path, PUT)
    yield made
    made.store.close()


@pytest.fixture
def taken(acme: Acme) -> Callable[[str], bool]:
    """Tell whether a restaurant's publish is taken, named or not."""

    def taken(restaurant: str) -> bool:
        answers = [
            isinstance(acme.service.sync(restaurant, platforms, by="tester")[0], Requested)
            for platforms in ((), ("acme",))
        ]
        assert answers[0] == answers[1]
        return answers[0]

    return taken


def test_taking_one_restaurant_off_leaves_the_others(acme: Acme, taken: Callable[[str], bool]) -> None:
    assert taken("rest_001")
    assert not isinstance(acme.service.disconnect("rest_002", "acme", by="tester"), Refused)
    assert (taken("rest_001"), taken("rest_002"), taken("rest_003")) == (True, False, True)


def test_who_is_named_is_there_alone(acme: Acme, taken: Callable[[str], bool]) -> None:
    acme.service.disconnect("rest_001", "acme", by="tester")
    assert isinstance(acme.service.connect("rest_002", "acme", {}, by="tester"), Connection)
    assert (taken("rest_001"), taken("rest_002"), taken("rest_003")) == (False, True, False)
    assert platforms_of(acme.store, acme.tools.shelf, "rest_002") == ["acme"]


def test_a_message_does_not_concern_who_was_taken_off(acme: Acme) -> None:
    account = acme.tools.shelf.account("acme")
    for restaurant in ("rest_001", "rest_002"):
        acme.service.connect(restaurant, "acme", {"store_id": "s-7"}, by="tester")
    assert restaurants_with(acme.store, account, {"store_id": "s-7"}) == ["rest_001", "rest_002"]
    acme.service.disconnect("rest_001", "acme", by="tester")
    assert restaurants_with(acme.store, account, {"store_id": "s-7"}) == ["rest_002"]


def test_what_a_connection_leaves_open_the_configuration_says(acme: Acme) -> None:
    """A restaurant of PLATFORM_CONFIGS whose hours were changed is still found by its store id there."""
    account = replace(acme.tools.shelf.account("acme"), stores={"rest_001": {"store_id": "s-7"}})
    acme.service.connect("rest_001", "acme", {}, by="tester")
    assert restaurants_with(acme.store, account, {"store_id": "s-7"}) == ["rest_001"]
    assert restaurants_with(acme.store, account, {"store_id": "rest_001"}) == []


def test_what_was_in_line_is_no_error_once_the_restaurant_was_taken_off(acme: Acme) -> None:
    asked = acme.ask()
    acme.service.disconnect("rest_001", "acme", by="tester")
    done = acme.run(asked)
    assert done.state == State.SUPERSEDED
    assert done.changes[-1].note == "rest_001 is disconnected from Acme."
    assert acme.store.list_errors().items == []
    assert acme.script.requests == []
