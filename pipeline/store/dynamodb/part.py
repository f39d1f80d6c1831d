"""What the parts of the store share, and lists that are given page by page."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from pipeline.store.cursors import read_cursor, write_cursor
from pipeline.store.dynamodb.bulk import Bulk
from pipeline.store.dynamodb.requests import Condition, Tables
from pipeline.store.dynamodb.tables import TABLES, TableName
from pipeline.store.dynamodb.values import Item, instant_of, joined, microseconds_of, plain, split, text
from pipeline.store.encoding import page_limit
from pipeline.store.records import Page
from pipeline.store.retention import Retention

PAGE_BYTES = 1_000_000
"""A page ends when its records have so many bytes."""
_AT_ONCE = 100


class Part:
    """A part of the store's methods."""

    _tables: Tables
    _bulk: Bulk
    _retention: Retention


@dataclass(frozen=True, slots=True)
class Line:
    """A partition in which a list stands in order: of an index, or of the table where ``index`` is empty."""

    index: str
    partition: str
    value: str
    sort: str


Entry = tuple[str, Item, Line]
"""Where an entry stands in its order, its key, and the line in which it was found."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A list whose order is that of one sort key, made of ``kinds`` (an ``int`` is a time in microseconds)."""

    name: str
    table: TableName
    kinds: tuple[type, ...]
    read: Callable[[Item], Any]
    newest_first: bool = False

    def page(
        self,
        tables: Tables,
        lines: Sequence[Line],
        limit: int,
        cursor: str,
        *,
        equal: Mapping[str, str] | None = None,
        contains: tuple[str, str] | None = None,
        low: str = "",
        high: str = "",
    ) -> Page:
        """Give the entries behind ``cursor`` that stand in any of the lines, between ``low`` and ``high``.

        ``equal`` are attributes that entries must have, ``contains`` is an attribute and a part of it. Keys come
        from the index, which may lag a moment; the entries themselves are read, and compared again, as they are now.
        """
        limit = page_limit(limit)
        wanted = {name: value for name, value in (equal or {}).items() if value}
        after = self._position(cursor)
        if after:
            low, high = (low, min(filter(None, (high, after)))) if self.newest_first else (max(low, after), high)
        filtered = Condition()
        for name, value in wanted.items():
            filtered &= Condition(f"#{name} = :f_{name}", {f"f_{name}": value})
        if contains:
            filtered &= Condition(f"contains(#{contains[0]}, :part)", {"part": contains[1]})
        found = [
            self._keys(tables, line, (line.sort, low, high), after, filtered, 0 if filtered.text else limit + 2)
            for line in lines
        ]
        merged = heapq.merge(*found, key=lambda entry: entry[0], reverse=self.newest_first)
        return self._filled(tables, merged, limit, wanted)

    def _filled(self, tables: Tables, keys: Iterator[Entry], limit: int, wanted: Mapping[str, str]) -> Page:
        entries: list[Any] = []
        size, last = 0, ""
        while True:
            some = list(islice(keys, min(_AT_ONCE, limit + 1 - len(entries))))
            if not some:
                return Page(items=entries)
            items = tables.get_all([(self.table, key) for _, key, _ in some])
            for (position, _, line), item in zip(some, items, strict=True):
                is_there = {**wanted, line.partition: line.value}.items()
                if item is None or any(text(item, name) != value for name, value in is_there):
                    continue
                size += len(plain(item, self.name))
                if len(entries) == limit or (entries and size > PAGE_BYTES):
                    return Page(items=entries, cursor=write_cursor(self.name, self._cursor_key(last)))
                entries.append(self.read(item))
                last = position

    def _keys(
        self,
        tables: Tables,
        line: Line,
        between: tuple[str, str, str],
        after: str,
        filtered: Condition,
        page: int,
    ) -> Iterator[Entry]:
        items = tables.query(
            self.table,
            line.index,
            (line.partition, line.value),
            between,
            backwards=self.newest_first,
            filtered=filtered,
            page=page,
        )
        for item in items:
            position = text(item, line.sort)
            if position != after:
                yield position, {name: item[name] for name in TABLES[self.table].keys}, line

    def _position(self, cursor: str) -> str:
        if not cursor:
            return ""
        parts = read_cursor(self.name, cursor, self.kinds)
        return joined(*(part if isinstance(part, str) else instant_of(part) for part in parts))

    def _cursor_key(self, position: str) -> list[int | str]:
        parts = split(position)
        return [microseconds_of(part) if kind is int else part for part, kind in zip(parts, self.kinds, strict=True)]
