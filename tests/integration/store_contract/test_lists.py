"""Lists: each entry once, in order, filtered, page by page; and cursors that strangers made."""

from __future__ import annotations

import base64
import random
from typing import Any

import pytest

from pipeline.store.protocol import BadCursor, SyncStore
from pipeline.store.records import AuditEntry, Connection, State
from tests.integration.store_contract.making import NOON, at, every_page, operation, sold_out, status, sync_error

PLATFORMS = ("doordash", "grubhub", "ubereats")


@pytest.fixture
def filled(store: SyncStore) -> SyncStore:
    """Give a store in which every list has 30 entries or more, several of them at one time."""
    order = list(range(12))
    random.Random(4).shuffle(order)
    for number in order:
        for index, platform in enumerate(PLATFORMS):
            restaurant = f"rest_{number:03d}"
            state = State.FAILED if number % 4 == index else State.SYNCED
            made = status(restaurant, platform, state=state, restaurant_name=f"Café Nº {number % 5}")
            store.put_status(made, expected_fencing=0)
            store.put_connection(Connection(restaurant_id=restaurant, platform=platform, updated_at=NOON))
            store.put_sold_out([sold_out(f"item_{number}", restaurant, platform, since=at(number // 2))])
            store.add_audit(
                AuditEntry(at=at(number // 3), who=f"who {number} {platform}", action="x", restaurant_id=restaurant)
            )
            failed = sync_error(f"err_{number}_{platform}", restaurant, platform, created_at=at(number // 3))
            made_operation = operation(f"op_{number}_{platform}", "rest_000", f"p{number}_{index}")
            made_operation.created_at = at(number // 2)
            store.enqueue(made_operation)
            claim = store.claim(made_operation.operation_id, "worker", at(60) - NOON, at(60))
            assert claim is not None
            claim.state = State.FAILED
            assert store.finish(claim, status("rest_000", f"p{number}_{index}", state=State.FAILED), error=failed)
    return store


LISTS: list[tuple[str, dict[str, Any], Any, int]] = [
    ("list_statuses", {}, lambda e: (e.restaurant_id, e.platform), 72),
    ("list_statuses", {"platform": "grubhub"}, lambda e: (e.restaurant_id, e.platform), 12),
    ("list_statuses", {"state": State.FAILED}, lambda e: (e.restaurant_id, e.platform), 45),
    ("list_statuses", {"search": "CAFÉ nº 3"}, lambda e: (e.restaurant_id, e.platform), 6),
    ("list_statuses", {"search": "T_01"}, lambda e: (e.restaurant_id, e.platform), 6),
    ("list_errors", {}, lambda e: (-(e.created_at - NOON).seconds, e.error_id), 36),
    ("list_errors", {"platform": "ubereats"}, lambda e: (-(e.created_at - NOON).seconds, e.error_id), 12),
    ("list_errors", {"restaurant_id": "rest_007"}, lambda e: (-(e.created_at - NOON).seconds, e.error_id), 3),
    ("list_errors", {"status": "open"}, lambda e: (-(e.created_at - NOON).seconds, e.error_id), 36),
    ("list_errors", {"status": "resolved"}, lambda e: (e.error_id,), 0),
    ("connections", {}, lambda e: (e.restaurant_id, e.platform), 36),
    ("connections", {"platform": "doordash"}, lambda e: (e.restaurant_id, e.platform), 12),
    ("connections", {"restaurant_id": "rest_003"}, lambda e: (e.restaurant_id, e.platform), 3),
    ("audit", {}, lambda e: (-(e.at - NOON).seconds, e.who), 36),
    ("audit", {"restaurant_id": "rest_002"}, lambda e: (-(e.at - NOON).seconds, e.who), 3),
    ("audit", {"since": at(2)}, lambda e: (-(e.at - NOON).seconds, e.who), 18),
    ("history", {"restaurant_id": "rest_000"}, lambda e: (-(e.created_at - NOON).seconds, e.operation_id), 36),
    ("history", {"restaurant_id": "rest_000", "platform": "p4_1"}, lambda e: (e.operation_id,), 1),
    ("list_sold_out", {"platform": "grubhub"}, lambda e: (e.since, e.restaurant_id, e.id), 12),
    ("list_sold_out", {"platform": "grubhub", "before": at(3)}, lambda e: (e.since, e.restaurant_id, e.id), 6),
]


def test_every_list_gives_each_entry_once_in_order(filled: SyncStore):
    for name, filters, key, count in LISTS:
        give = getattr(filled, name)
        whole, pages = every_page(give, 500, **filters)
        assert (name, filters, len(whole), pages) == (name, filters, count, 1)
        for limit in (1, 5, 7, count or 1):
            parts, pages = every_page(give, limit, **filters)
            assert parts == whole, (name, filters, limit)
            assert pages == max(1, -(-count // limit)), "no empty page at the end"
        # Within one instant any order will do, as long as it is always the same.
        assert [key(entry)[0] for entry in whole] == sorted(key(entry)[0] for entry in whole)
        assert len({repr(entry) for entry in whole}) == count


def test_filters_give_what_they_say(filled: SyncStore):
    def ask(**filters: Any) -> list[Any]:
        return filled.list_statuses(limit=500, **filters).items

    failed = ask(state=State.FAILED, platform="doordash")
    assert {(entry.platform, entry.state) for entry in failed} == {("doordash", State.FAILED)}
    assert [entry.restaurant_id for entry in failed] == ["rest_000", "rest_004", "rest_008"]
    assert {entry.restaurant_name for entry in ask(search="café nº 3")} == {"Café Nº 3"}
    for nothing in ("%", "_0_", "*", "café nº 9", "' OR 1=1 --", "\x00"):
        assert ask(search=nothing) == [], nothing
    both = filled.list_errors(platform="grubhub", restaurant_id="rest_005", status="open").items
    assert [entry.error_id for entry in both] == ["err_5_grubhub"]


def test_what_is_added_meanwhile_neither_repeats_nor_hides_entries(filled: SyncStore):
    first = filled.list_statuses(limit=10)
    filled.put_status(status("rest_000a", "doordash"), expected_fencing=0)
    filled.put_status(status("zzz", "doordash"), expected_fencing=0)
    rest, _ = every_page(filled.list_statuses, 10)
    seen = [(entry.restaurant_id, entry.platform) for entry in first.items]
    cursor = first.cursor
    while cursor:
        page = filled.list_statuses(limit=10, cursor=cursor)
        seen += [(entry.restaurant_id, entry.platform) for entry in page.items]
        cursor = page.cursor
    assert len(seen) == len(set(seen)) == len(rest) - ("rest_000a" not in {name for name, _ in seen})


CALLS: list[tuple[str, dict[str, Any]]] = [
    ("list_statuses", {}),
    ("list_errors", {}),
    ("connections", {}),
    ("audit", {}),
    ("history", {"restaurant_id": "rest_000"}),
    ("list_sold_out", {"platform": "doordash"}),
]


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


GARBAGE = [
    "x", "=", "!!!!", "ä", "\x00", "🍕", "AAAA", "null", "a" * 100_000,
    *map(encoded, [
        "null", "[]", "{}", "1", '["statuses"]', '["statuses",1,2]', '["statuses","a"]', '["statuses","a","b","c"]',
        '["errors","a","b"]', '["errors",true,"b"]', '["errors",1.5,"b"]', '["errors",99999999999999999999,"b"]',
        '["history",1,"\\ud800"]', '["statuses", "a", "b"]', "[" * 3000, '["audit",1]', '["other","a","b"]',
        '["errors",NaN,"b"]', '["audit",1,1e5]',
    ]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "filters"), CALLS, ids=lambda value: value if isinstance(value, str) else "")
def test_cursors_that_no_list_gave_are_refused(filled: SyncStore, name: str, filters: dict[str, Any]):
    for cursor in GARBAGE:
        with pytest.raises(BadCursor, match=r"^This is not a cursor that this list gave"):
            getattr(filled, name)(cursor=cursor, **filters)
    given = {other: getattr(filled, other)(limit=2, **some).cursor for other, some in CALLS}
    assert all(given.values())
    for other, cursor in given.items():
        if other != name:
            with pytest.raises(BadCursor):
                getattr(filled, name)(cursor=cursor, **filters)
    mine = given[name]
    assert getattr(filled, name)(cursor=mine, **filters).items
    with pytest.raises(BadCursor):
        getattr(filled, name)(cursor=mine + "=", **filters)


@pytest.mark.parametrize(("name", "filters"), CALLS, ids=lambda value: value if isinstance(value, str) else "")
def test_pages_are_bounded(filled: SyncStore, name: str, filters: dict[str, Any]):
    give = getattr(filled, name)
    for limit in (0, -1):
        with pytest.raises(ValueError, match="1 to 500"):
            give(limit=limit, **filters)
    assert give(limit=10**9, **filters).cursor == ""


def test_large_records_make_small_pages(store: SyncStore):
    for number in range(12):
        large = status(f"rest_{number:02d}", saved={"x": chr(65 + number) * 300_000})
        store.put_status(large, expected_fencing=0)
    entries, pages = every_page(store.list_statuses, 500)
    assert [entry.restaurant_id for entry in entries] == [f"rest_{number:02d}" for number in range(12)]
    assert 4 <= pages <= 12


def test_more_entries_than_a_page_holds(store: SyncStore):
    for number in range(620):
        store.put_status(status(f"rest_{number:04d}"), expected_fencing=0)
    first = store.list_statuses(limit=10_000)
    assert len(first.items) == 500
    assert len(store.list_statuses(limit=10_000, cursor=first.cursor).items) == 120


def test_statuses_of_a_restaurant(filled: SyncStore):
    assert [entry.platform for entry in filled.statuses("rest_004")] == sorted(PLATFORMS)
    assert filled.statuses("rest_404") == []
