"""Lists that are made of several: of the restaurants of one key, and of all that know restaurants."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

from pipeline.store.cursors import read_cursor, write_cursor
from pipeline.store.protocol import BadCursor
from pipeline.store.records import Page

MINE = "mine"
END = "."
"""Stands for the cursor of a list that is at its end."""
MOST_PAGES = 40

Fetch = Callable[[str, int, str], Page]
"""Gives a page: of a restaurant (empty: of all), so many entries, behind a cursor."""


def over(restaurants: Sequence[str] | None, fetch: Fetch, limit: int, cursor: str) -> tuple[list[Any], str | None]:
    """Give a page of a list, of all restaurants or of some, one after the other; and the cursor of the next.

    Raises BadCursor.
    """
    if restaurants is None:
        page = fetch("", limit, cursor)
        return page.items, page.cursor or None
    index, inner = 0, ""
    if cursor:
        index, inner = cast("tuple[int, str]", read_cursor(MINE, cursor, (int, str)))
        if index < 0:
            raise BadCursor("This is not a cursor that this list gave: start again without one")
    items: list[Any] = []
    for _ in range(MOST_PAGES):
        if index >= len(restaurants):
            return items, None
        if len(items) >= limit:
            break
        page = fetch(restaurants[index], limit - len(items), inner)
        items += page.items
        inner = page.cursor
        if not inner:
            index += 1
    return items, write_cursor(MINE, (index, inner)) if index < len(restaurants) else None


Ids = Callable[[str], tuple[list[str], str]]
"""Gives a page of ids in order behind a cursor, and the cursor of the next page, empty at the end."""


class _Enough(Exception):
    """So many pages were read that the rest is left to the next request."""


def merged(name: str, sources: Sequence[Ids], limit: int, cursor: str) -> tuple[list[str], str | None]:
    """Give a page of the ids that any of the sources has, each once and in order; and the cursor of the next.

    The cursor holds the last id and, per source, the page that it was reading: what is given already is
    left out when that page is read again. Raises BadCursor.
    """
    last = ""
    cursors = [""] * len(sources)
    if cursor:
        last, *cursors = (str(part) for part in read_cursor(name, cursor, (str, *[str] * len(sources))))
    pages = 0

    def ids(index: int) -> Iterator[str]:
        nonlocal pages
        while cursors[index] != END:
            if pages >= MOST_PAGES:
                raise _Enough
            pages += 1
            found, following = sources[index](cursors[index])
            yield from (each for each in found if each > last)
            cursors[index] = following or END

    known = last
    items: list[str] = []
    try:
        for each in heapq.merge(*(ids(index) for index in range(len(sources)))):
            if each == known:
                continue
            if len(items) == limit:
                break
            items.append(each)
            known = each
        else:
            return items, None
    except _Enough:
        pass
    return items, write_cursor(name, (known, *cursors))
