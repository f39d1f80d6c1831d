"""Reading events: ``tests/data/events.yaml``, batches, and whatever else may come."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pipeline.events import KINDS, Accepted, Event, Received, Rejected, read_event, read_text, received

CASES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent.parent / "data" / "events.yaml").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_case(case: dict[str, Any]) -> None:
    event = read_event(case["message"])
    if "refused" in case:
        assert isinstance(event, Rejected)
        assert event.reason == case["refused"]
        return
    assert isinstance(event, Event), event
    for name, value in case["gives"].items():
        found = getattr(event, name)
        shown = list(found) if isinstance(found, tuple) else str(found) if name == "time" else found
        assert shown == value, name


def test_every_word_is_known_in_every_spelling() -> None:
    for kind, words in KINDS.items():
        for word in words:
            camel = "".join(part.capitalize() for part in word.split("_"))
            for spelling in (word, word.upper(), word.replace("_", "."), word.replace("_", " ").title(), camel):
                event = read_event({"eventType": spelling, "restaurantId": "r"})
                assert isinstance(event, Event), spelling
                assert event.kind == kind


def test_a_batch_gives_each_message_by_itself() -> None:
    good = json.dumps({"detail": {"eventType": "menu_updated", "restaurantId": "r-1"}, "id": "e-1"})
    batch = {"Records": [{"messageId": "m-1", "body": good}, {"messageId": "m-2", "body": "{not json"}, "nonsense"]}
    first, second, third = received(batch)
    assert first.message_id == "m-1"
    assert isinstance(first.event, Event)
    assert second == Received("m-2", Rejected("The message is no JSON.", "m-2"))
    assert isinstance(third.event, Rejected)


def test_events_of_others_are_refused() -> None:
    envelope = {"source": "shop", "detail-type": "Sale", "detail": {"eventType": "menu_updated", "restaurantId": "r"}}
    assert isinstance(read_event(envelope, Accepted(sources=["menu.service"])), Rejected)
    assert isinstance(read_event(envelope, Accepted(detail_types=["Menu"])), Rejected)
    assert isinstance(read_event(envelope, Accepted(sources=["shop"], detail_types=["Sale"])), Event)


@pytest.mark.parametrize("when", [{"timestamp": "2026-03-01T12:00:00Z"}, {"menuVersion": 7}])
def test_an_event_without_an_id_is_named_by_what_it_says_and_when(when: dict[str, Any]) -> None:
    one = read_event({"eventType": "menu_updated", "restaurantId": "r-1", **when})
    same = read_event({**when, "restaurantId": "r-1", "eventType": "menu_updated"})
    other = read_event({"eventType": "menu_updated", "restaurantId": "r-2", **when})
    assert isinstance(one, Event)
    assert isinstance(other, Event)
    assert one == same
    assert one.event_id != other.event_id


def test_an_event_that_does_not_say_when_is_never_taken_for_an_earlier_one() -> None:
    events = [read_event({"eventType": "item_updated", "restaurantId": "r-1"}) for _ in range(2)]
    assert len({event.event_id for event in events if isinstance(event, Event)}) == 2


def test_a_notification_is_known_by_its_own_id() -> None:
    message = json.dumps({"eventType": "item_updated", "restaurantId": "r-1"})
    (taken,) = received({"Records": [{"EventSource": "aws:sns", "Sns": {"MessageId": "sns-7", "Message": message}}]})
    assert isinstance(taken.event, Event)
    assert (taken.message_id, taken.event.event_id) == ("", "sns-7")


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["detail", "Records", "body", "Message", "eventType", "restaurantId", "items", "id", "time", "x"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(document=_json)
def test_anything_is_an_event_or_a_reason(document: Any) -> None:
    for message in received(document):
        assert isinstance(message.event, (Event, Rejected))
    assert isinstance(read_text(json.dumps(document)), (Event, Rejected))
