"""What stores share: cursors, versions, rate limits, ids, sentences for SQLite's codes."""

from __future__ import annotations

import itertools
import sqlite3
from datetime import UTC, datetime, timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import given

from pipeline.store import ids, rate
from pipeline.store.cursors import read_cursor, write_cursor
from pipeline.store.protocol import BadCursor, LimitExceeded, StoreBusy, StoreError
from pipeline.store.sqlite.failures import as_sentences, store_error
from pipeline.store.versions import is_newer, newest_version

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(st.integers(-(2**63) + 1, 2**63 - 1), texts)
def test_cursors_come_back(number: int, text: str):
    cursor = write_cursor("errors", [number, text])
    assert read_cursor("errors", cursor, (int, str)) == (number, text)
    assert cursor.isascii()
    assert not set(cursor) & set("+/=& ")
    for name, kinds in (("audit", (int, str)), ("errors", (int, int)), ("errors", (int,))):
        with pytest.raises(BadCursor):
            read_cursor(name, cursor, kinds)


@given(st.text(max_size=60) | st.from_regex(r"[A-Za-z0-9_-]{1,60}", fullmatch=True))
def test_whatever_is_no_cursor_is_refused_as_such(text: str):
    try:
        key = read_cursor("errors", text, (int, str))
    except BadCursor:
        return
    assert write_cursor("errors", key) == text


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        (None, "1"),
        ("1", "2"),
        ("9", "10"),
        ("v6", "v7"),
        ("v1.9.3", "v1.10"),
        ("007", "8"),
        ("2026-03-01T10:00:00Z", "2026-03-01T11:00:00Z"),
        ("2026-03-01T12:00:00+02:00", "2026-03-01T11:00:00Z"),
        ("2026-03-01T10:00:00.25Z", "2026-03-01T10:00:00.5Z"),
        ("2026-03-01", "2026-03-02"),
        ("menu-2", "menu-2a"),
        ("1" * 5000, "2" * 5000),
        ("9" * 5000, "1" + "0" * 5000),
    ],
)
def test_newer_versions(older: str | None, newer: str):
    assert is_newer(newer, older)
    assert not is_newer(older, newer)
    assert not is_newer(newer, newer)
    assert newest_version(older, newer) == newest_version(newer, older) == newer


@given(st.lists(st.none() | texts | st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat), max_size=6))
def test_the_newest_of_two_is_one_that_the_other_is_not_newer_than(versions: list[str | None]):
    for first, second in itertools.product(versions, repeat=2):
        newest = newest_version(first, second)
        assert newest in (first, second)
        assert not (is_newer(first, second) and is_newer(second, first))
        assert not is_newer(first, newest)
        assert not is_newer(second, newest)


@given(
    st.integers(1, 6),
    st.sampled_from([timedelta(milliseconds=100), timedelta(seconds=1), timedelta(minutes=1), timedelta(seconds=7)]),
    st.lists(st.tuples(st.floats(0, 0.7), st.integers(1, 3)), min_size=1, max_size=60),
)
def test_no_span_lets_more_than_the_capacity_go(capacity: int, per: timedelta, asks: list[tuple[float, int]]):
    slots: rate.Slots = []
    now = NOON
    went: list[tuple[datetime, int]] = []
    for pause, amount in asks:
        now += per * pause
        amount = min(amount, capacity)
        slots, wait = rate.take(slots, capacity, per, now, amount)
        if wait:
            assert 0 < wait <= per.total_seconds() * 62 / 60
            assert rate.take(slots, capacity, per, now + timedelta(seconds=wait), amount)[1] == 0, "it was enough"
        else:
            went.append((now, amount))
        assert len(slots) <= rate.SLOTS + 1
    for begin, _ in went:
        assert sum(amount for time, amount in went if begin <= time < begin + per) <= capacity


def test_a_bucket_written_by_a_fast_clock_does_not_wait_for_it():
    slots, wait = rate.take([], 1, timedelta(seconds=60), NOON + timedelta(days=1), 1)
    assert wait == 0
    assert rate.take(slots, 1, timedelta(seconds=60), NOON, 1)[1] <= 61


@pytest.mark.parametrize(("capacity", "per", "amount"), [(1, 60, 2), (1, 60, 0), (0, 60, 1), (1, 0, 1), (1, -1, 1)])
def test_what_can_never_be_taken(capacity: int, per: float, amount: int):
    with pytest.raises(ValueError, match="never be taken"):
        rate.take([], capacity, timedelta(seconds=per), NOON, amount)


def test_operation_ids_sort_by_time_and_differ():
    made = [ids.new_operation_id(NOON + timedelta(seconds=number)) for number in range(50)]
    assert made == sorted(made)
    assert made[0].startswith("op_20261122T120000_")
    assert ids.new_operation_id(NOON.astimezone(tz=None)).startswith("op_20261122T120000_")
    assert len({ids.new_operation_id(NOON) for _ in range(2000)}) == 2000
    assert len({ids.new_reference() for _ in range(2000)}) == 2000


@given(texts, texts, st.integers(1, 5000))
def test_error_ids_stand_in_urls_and_tell_restaurants_apart(first: str, second: str, number: int):
    one, other = (ids.error_id(name, "grubhub", "20250115", number) for name in (first, second))
    assert (one == other) == (first == second)
    assert one.isascii()
    assert not set(one) & set("/?#%&=+ \"'<>")
    assert one.endswith(f"_grubhub_20250115_{number:03d}")


def made_by(code: int, message: str = "low level words") -> sqlite3.Error:
    error = sqlite3.OperationalError(message)
    error.sqlite_errorcode = code
    error.sqlite_errorname = "SQLITE_X"
    return error


@pytest.mark.parametrize(
    ("code", "kind", "says"),
    [
        (sqlite3.SQLITE_BUSY, StoreBusy, "held by another program"),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, StoreBusy, "held by another program"),
        (sqlite3.SQLITE_FULL, StoreError, "full"),
        (sqlite3.SQLITE_IOERR_FSYNC, StoreError, "look at the disk"),
        (sqlite3.SQLITE_READONLY_DBMOVED, StoreError, "check the rights"),
        (sqlite3.SQLITE_CANTOPEN, StoreError, "cannot be opened"),
        (sqlite3.SQLITE_CORRUPT_INDEX, StoreError, "put a backup in its place"),
        (sqlite3.SQLITE_TOOBIG, LimitExceeded, "as large as this"),
        (sqlite3.SQLITE_MISUSE, StoreError, "low level words"),
    ],
)
def test_sqlites_codes_become_sentences(code: int, kind: type[StoreError], says: str):
    error = store_error("menu.db", made_by(code))
    assert type(error) is kind
    assert str(error).startswith("The database menu.db ")
    assert says in str(error)
    assert str(error).endswith("(SQLITE_X).")


def test_nothing_of_sqlite_shows_behind_a_sentence():
    with pytest.raises(StoreError) as caught, as_sentences("menu.db"):
        raise sqlite3.ProgrammingError("Cannot operate on a closed database.")
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
