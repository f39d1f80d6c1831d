"""What the parts of the store share: the database, and lists that are given page by page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from pipeline.store.cursors import read_cursor, write_cursor
from pipeline.store.encoding import decode, page_limit
from pipeline.store.records import Page
from pipeline.store.retention import Retention
from pipeline.store.sqlite.connection import Database

PAGE_BYTES = 1_000_000
"""A page ends when its records have so many bytes, as DynamoDB's do."""


class Part:
    """A part of the store's methods."""

    _database: Database
    _retention: Retention


@dataclass(frozen=True, slots=True)
class Listing:
    """A list in the order of ``keys``, which tell any two of its entries apart."""

    name: str
    table: str
    keys: tuple[tuple[str, type], ...]
    record: type[msgspec.Struct]
    newest_first: bool = False
    index: str = ""
    """A covering index to look in first, where conditions may have to pass over many records."""

    def page(self, database: Database, conditions: Mapping[str, Any], limit: int, cursor: str) -> Page:
        """Give the entries that fulfil all conditions (``{SQL with one ?: value}``) behind ``cursor``."""
        limit = page_limit(limit)
        sql, values = self._select(conditions, limit + 1, cursor)
        entries: list[msgspec.Struct] = []
        size = 0
        last: tuple[Any, ...] = ()
        with database.read() as connection:
            rows = connection.execute(sql, values)
            try:
                for *key, data in rows:
                    if len(entries) == limit or (entries and size + len(data) > PAGE_BYTES):
                        return Page(items=entries, cursor=write_cursor(self.name, last))
                    entries.append(decode(data, self.record, f"entry of {self.name}"))
                    size += len(data)
                    last = tuple(key)
            finally:
                rows.close()  # an open SELECT would hold its snapshot
        return Page(items=entries)

    def _select(self, conditions: Mapping[str, Any], count: int, cursor: str) -> tuple[str, list[Any]]:
        columns = [column for column, _ in self.keys]
        where, values = list(conditions), list(conditions.values())
        if cursor:
            where.append(
                f"({', '.join(columns)}) {'<' if self.newest_first else '>'} ({', '.join('?' * len(columns))})"
            )
            values += read_cursor(self.name, cursor, tuple(kind for _, kind in self.keys))
        order = ", ".join(f"{column} DESC" if self.newest_first else column for column in columns)
        rest = f"WHERE {' AND '.join(where) or 'true'} ORDER BY {order} LIMIT ?"
        values.append(count)
        # Only names from this package's own tables are put into the text; values stay apart.
        select = f"SELECT {', '.join(columns)}, record FROM {self.table}"  # noqa: S608
        if not self.index:
            return f"{select} {rest}", values
        found = f"SELECT rowid FROM {self.table} INDEXED BY {self.index} {rest}"  # noqa: S608
        return f"{select} WHERE rowid IN ({found}) ORDER BY {order}", values
