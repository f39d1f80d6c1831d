"""Walks over links between records, without recursion: chains may be as long as the menu."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

NAMED = 5


class Cycle(NamedTuple):
    """A cycle's link back, from ``last`` to ``first``, and the first few of its records."""

    first: str
    last: str
    some: list[str]


def cycles(links: Mapping[str, Sequence[str]]) -> list[Cycle]:
    """Give cycles such that without each one's link back none is left.

    >>> cycles({"a": ["b"], "b": ["c", "a"], "c": []})
    [Cycle(first='a', last='b', some=['a', 'b'])]
    """
    found: list[Cycle] = []
    done: set[str] = set()
    for start in links:
        if start in done:
            continue
        path = [start]
        place = {start: 0}
        ways = [iter(links[start])]
        while ways:
            following = next(ways[-1], None)
            if following is None:
                ways.pop()
                left = path.pop()
                del place[left]
                done.add(left)
            elif following in place:
                at = place[following]
                found.append(Cycle(following, path[-1], path[at : at + NAMED]))
            elif following not in done:
                place[following] = len(path)
                path.append(following)
                ways.append(iter(links.get(following, ())))
    return found


def levels(links: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Give each record's levels below and with it; ``links`` has no cycle.

    >>> levels({"a": ["b"], "b": ["c"]})
    {'c': 1, 'b': 2, 'a': 3}
    """
    known: dict[str, int] = {}
    for start in links:
        waiting = [start]
        while waiting:
            record = waiting[-1]
            if record in known:
                waiting.pop()
                continue
            inner: Iterable[str] = links.get(record, ())
            unknown = [other for other in inner if other not in known]
            if unknown:
                waiting += unknown
            else:
                known[waiting.pop()] = 1 + max((known[other] for other in inner), default=0)
    return known
