"""The restaurant's menu, read once for all platforms that were asked for together, and kept as a snapshot."""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from connectors.menu_service import MenuLists, SourceFailure
from pipeline.findings import Finding
from pipeline.menu import Menu
from pipeline.reading import Reading, read_lists, read_menu
from pipeline.store.protocol import SyncStore
from pipeline.store.records import Status
from pipeline.sync.assumed import assumption
from pipeline.sync.tools import MenuSource
from pipeline.telemetry import telemetry

REMEMBERED = 32
"""So many restaurants' last menus stay in memory, so that their platforms share them."""

_encoder = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A menu as it was read. ``menu`` is None where nothing usable was; ``snapshot_id`` is its content's hash."""

    snapshot_id: str
    data: bytes
    menu: Menu | None
    findings: tuple[Finding, ...]


def snapshot_of(menu: Menu | None, findings: tuple[Finding, ...]) -> Snapshot:
    """Make a menu's snapshot."""
    data = _encoder.encode(menu) if menu is not None else b""
    return Snapshot(f"menu-{hashlib.sha256(data).hexdigest()[:40]}" if data else "", data, menu, findings)


def read_snapshot(data: bytes | None) -> Menu | None:
    """Read a snapshot's bytes again."""
    return read_menu(data).menu if data else None


def published_menu(store: SyncStore, status: Status) -> Menu | None:
    """Give the menu that the platform took last; None where it has taken none, or where it is no longer kept."""
    accepted = store.operation(status.accepted_operation) if status.accepted_operation else None
    return read_snapshot(store.blob(accepted.snapshot_id)) if accepted is not None and accepted.snapshot_id else None


def content_mark(menu: Menu) -> str:
    """Give a mark of what a menu offers, whatever of it is sold out just now, and whatever its version."""
    items = [replace(item, availability=True, sold_out_until=None) for item in menu.items]
    groups = [
        replace(group, options=[replace(option, availability=True, sold_out_until=None) for option in group.options])
        for group in menu.modifier_groups
    ]
    offered = replace(menu, items=items, modifier_groups=groups, version=None)
    return hashlib.sha256(_encoder.encode(offered)).hexdigest()[:40]


class Menus:
    """Fetches menus. A fetch that began after a request was made is new enough for it, and is shared.

    ``defaults`` is what restaurants have where only lists are given; ``unset`` those of them that nobody set.
    """

    def __init__(
        self, source: MenuSource, restaurants: Mapping[str, Mapping[str, Any]], defaults: Mapping[str, Any],
        now: Callable[[], datetime], unset: Mapping[str, str],
    ) -> None:  # fmt: skip
        self._source = source
        self._restaurants = restaurants
        self._defaults = defaults
        self._now = now
        self._unset = unset
        self._last: OrderedDict[str, tuple[datetime, asyncio.Task[Snapshot | SourceFailure]]] = OrderedDict()

    async def get(self, restaurant_id: str, since: datetime) -> Snapshot | SourceFailure:
        """Give the restaurant's menu as it was at ``since`` or later."""
        known, now = self._last.get(restaurant_id), self._now()
        # What seems to have been read later than now was read before the clock was put back.
        fresh = known is not None and since <= known[0] <= now
        if known is None or not fresh or known[1].get_loop() is not asyncio.get_running_loop():
            known = (now, asyncio.create_task(self._fetch(restaurant_id)))
            self._last[restaurant_id] = known
            self._last.move_to_end(restaurant_id)
            while len(self._last) > REMEMBERED:
                self._last.popitem(last=False)
        return await asyncio.shield(known[1])

    async def _fetch(self, restaurant_id: str) -> Snapshot | SourceFailure:
        with telemetry.span("menu.fetch", restaurant_id=restaurant_id):
            found = await self._read(restaurant_id)
            if isinstance(found, SourceFailure):
                telemetry.failed("source-failed")
            elif found.menu is not None:
                telemetry.note(item_count=len(found.menu.items))
            return found

    async def _read(self, restaurant_id: str) -> Snapshot | SourceFailure:
        fetched = await self._source.fetch(restaurant_id)
        if isinstance(fetched, SourceFailure):
            return fetched
        if isinstance(fetched, MenuLists):
            own = self._restaurants.get(restaurant_id, {})
            about = {"name": restaurant_id, **self._defaults, **own}
            reading = read_lists(fetched.items, fetched.categories, {**about, "restaurant_id": restaurant_id})
            if reading.menu is not None and reading.menu.items:
                told = assumption(restaurant_id, self._unset, own)
                reading = Reading(reading.menu, (*reading.findings, *told))
        else:
            reading = read_menu(fetched.data)
        snapshot = snapshot_of(reading.menu, reading.findings)
        if reading.menu is not None and reading.menu.restaurant.restaurant_id != restaurant_id:
            other = reading.menu.restaurant.restaurant_id
            return SourceFailure(f"The menu service gave the menu of {other} for {restaurant_id}.", passing=False)
        return snapshot
