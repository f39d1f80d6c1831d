"""What an on-call person wants to see at any time, counted in the store when metrics are collected."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from pipeline.store.protocol import SyncStore
from pipeline.store.records import Page, State
from pipeline.sync.breaker import Breaker
from pipeline.sync.tools import Shelf
from pipeline.telemetry import log_field, telemetry

STALE = timedelta(hours=24)
"""Sold out for longer than this, and nobody has said until when."""
PAGE = 500
MOST_PAGES = 20
"""So many pages are counted of anything: a count beyond this is an alarm in any case, and must cost little."""
_REFUSED = (State.FAILED, State.PENDING)
"""The states in which a restaurant's credentials can be refused."""
log = logging.getLogger("menu_sync.gauges")


class Gauges:
    """Counts by platform. ``measures`` is what :meth:`~pipeline.telemetry.Telemetry.watch` takes."""

    def __init__(self, store: SyncStore, shelf: Shelf, now: Callable[[], datetime]) -> None:
        self._store = store
        self._shelf = shelf
        self._now = now

    @property
    def measures(self) -> dict[str, Callable[[], dict[str, int]]]:
        """Every gauge's name with what counts it."""
        return {
            "menu_sync.error_queue.depth": self.errors,
            "menu_sync.breaker.open": self.breakers,
            "menu_sync.needs_reconnect": self.refused,
            "menu_sync.held": self.held,
            "menu_sync.sold_out.stale": self.stale,
        }

    def tell(self) -> None:
        """Count now, for all processes: a log line for each platform, and what telemetry reports from here on."""
        found = {name: measure() for name, measure in self.measures.items()}
        telemetry.watch({name: partial(_as_counted, counts) for name, counts in found.items()})
        for platform in self._platforms():
            counts = {log_field(name): counts.get(platform, 0) for name, counts in found.items()}
            log.info("counted on %s", platform, extra={"platform": platform, **counts})

    def errors(self) -> dict[str, int]:
        """Count the errors that nobody has resolved."""
        return dict.fromkeys(self._platforms(), 0) | self._store.error_depth()

    def breakers(self) -> dict[str, int]:
        """Give 1 for a platform that is left alone because it does not answer, else 0."""
        found = {}
        for platform in self._platforms():
            environment = self._shelf.account(platform).environment_name
            found[platform] = int(Breaker.of(self._store, platform, environment).is_open)
        return found

    def refused(self) -> dict[str, int]:
        """Count the restaurants whose credentials a platform does not accept."""
        return self._counted(status for state in _REFUSED for status in self._statuses(state) if status.needs_reconnect)

    def held(self) -> dict[str, int]:
        """Count the restaurants whose menu is held back."""
        return self._counted(self._statuses(State.HELD))

    def stale(self) -> dict[str, int]:
        """Count what has been sold out for long, and has no end."""
        before = self._now() - STALE
        return {
            platform: sum(entry.until is None for entry in self._sold_out(platform, before))
            for platform in self._platforms()
        }

    def _sold_out(self, platform: str, before: datetime) -> Iterator[Any]:
        return _all(lambda cursor: self._store.list_sold_out(platform, before=before, limit=PAGE, cursor=cursor))

    def _statuses(self, state: State) -> Iterator[Any]:
        """Give the statuses of all platforms: what lists them has to look at every one in any case."""
        return _all(lambda cursor: self._store.list_statuses(state=state, limit=PAGE, cursor=cursor))

    def _counted(self, statuses: Iterable[Any]) -> dict[str, int]:
        counts = Counter(status.platform for status in statuses)
        return {platform: counts[platform] for platform in self._platforms()}

    def _platforms(self) -> list[str]:
        """Give the platforms that anything is said of."""
        return [platform for platform in self._shelf.platforms if self._shelf.account(platform).configured]


def _as_counted(counts: dict[str, int]) -> dict[str, int]:
    return counts


def _all(page_after: Callable[[str], Page]) -> Iterator[Any]:
    cursor = ""
    for _ in range(MOST_PAGES):
        page = page_after(cursor)
        yield from page.items
        cursor = page.cursor
        if not cursor:
            return
