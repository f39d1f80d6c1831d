"""Entries of the availability ledger as rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from msgspec.structs import replace

from pipeline.store.encoding import check_keys, encode, micros
from pipeline.store.records import SoldOut

_KEY = "restaurant_id = ? AND platform = ? AND kind = ? AND id = ?"


def put(connection: sqlite3.Connection, entries: Iterable[SoldOut]) -> None:
    """Write entries, whatever stood there; each gets the next version."""
    for entry in entries:
        check_keys(restaurant_id=entry.restaurant_id, platform=entry.platform, id=entry.id)
        entry = replace(entry, version=_version(connection, entry) + 1)
        connection.execute(
            "INSERT OR REPLACE INTO sold_out VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *_key(entry),
                micros(entry.since),
                micros(entry.until) if entry.until else None,
                entry.ended,
                entry.version,
                encode(entry, f"sold-out entry {entry.id}"),
            ),
        )


def put_unchanged(connection: sqlite3.Connection, entries: Iterable[SoldOut]) -> None:
    """Write the entries that nobody changed since they were read; remove those that are over."""
    for entry in entries:
        if entry.ended and entry.told:
            remove(connection, [entry])
        elif _version(connection, entry) == entry.version:
            put(connection, [entry])


def remove(connection: sqlite3.Connection, entries: Iterable[SoldOut]) -> None:
    """Remove the entries that nobody changed since they were read."""
    connection.executemany(
        f"DELETE FROM sold_out WHERE {_KEY} AND version = ?",  # noqa: S608 - of constants
        [(*_key(entry), entry.version) for entry in entries],
    )


def _version(connection: sqlite3.Connection, entry: SoldOut) -> int:
    row = connection.execute(f"SELECT version FROM sold_out WHERE {_KEY}", _key(entry)).fetchone()  # noqa: S608
    return int(row[0]) if row else 0


def _key(entry: SoldOut) -> tuple[str, str, str, str]:
    return entry.restaurant_id, entry.platform, entry.kind, entry.id
