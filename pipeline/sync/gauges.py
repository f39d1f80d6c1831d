"""What an on-call person wants to see at any time, counted in the store when metrics are collected."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from pipeline.store.protocol import SyncStore
from pipeline.store.records import Page, State
from pipeline.sync.breaker import Breaker
from pipeline.sync.tools import Shelf

STALE = timedelta(hours=24)
"""Sold out for longer than this, and nobody has said until when."""
PAGE = 500
MOST_PAGES = 20
"""So many pages are counted of anything: a count beyond this is an alarm in any case, and must cost little."""
_REFUSED = (State.FAILED, State.PENDING)
"""The states in which a restaurant's credentials can be refused."""


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
        return {
            platform: sum(status.needs_reconnect for state in _REFUSED for status in self._statuses(platform, state))
            for platform in self._platforms()
        }

    def held(self) -> dict[str, int]:
        """Count the restaurants whose menu is held back."""
        return {platform: sum(1 for _ in self._statuses(platform, State.HELD)) for platform in self._platforms()}

    def stale(self) -> dict[str, int]:
        """Count what has been sold out for long, and has no end."""
        before = self._now() - STALE
        return {
            platform: sum(entry.until is None for entry in self._sold_out(platform, before))
            for platform in self._platforms()
        }

    def _sold_out(self, platform: str, before: datetime) -> Iterator[Any]:
        return _all(lambda cursor: self._store.list_sold_out(platform, before=before, limit=PAGE, cursor=cursor))

    def _statuses(self, platform: str, state: State) -> Iterator[Any]:
        return _all(lambda cursor: self._store.list_statuses(platform=platform, state=state, limit=PAGE, cursor=cursor))

    def _platforms(self) -> list[str]:
        """Give the platforms that anything is said of."""
        return [platform for platform in self._shelf.platforms if self._shelf.account(platform).configured]


def _all(page_after: Callable[[str], Page]) -> Iterator[Any]:
    cursor = ""
    for _ in range(MOST_PAGES):
        page = page_after(cursor)
        yield from page.items
        cursor = page.cursor
        if not cursor:
            return
