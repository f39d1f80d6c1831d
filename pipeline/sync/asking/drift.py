"""Asking platforms whether what was published still stands there."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from pipeline.mapping.expressions.scope import OperationView
from pipeline.store.records import Operation, Status
from pipeline.sync.asking.asking import Asking, Refused, refused_by
from pipeline.sync.drift import Comparison, Difference, differences, marked
from pipeline.sync.menus import read_snapshot
from pipeline.sync.places import Place, place_of, platforms_of
from pipeline.sync.platform_menu import read_platform_menu
from pipeline.sync.prepared import Prepared, decode_payload, make

REMEMBERED = timedelta(days=90)
"""So long is it known when a difference was seen first."""
TOLD = 20
"""So many differences stand in the audit log."""
SETTLED = timedelta(hours=1)
"""Platforms need time to show what they accepted."""
SIDE_BY_SIDE = 8
"""So many menus are compared at once; the platforms' limits hold all the same."""
alerts = logging.getLogger("menu_sync.alerts")


@dataclass(frozen=True, slots=True)
class Drift:
    """What differs between a platform and what was published there."""

    restaurant_id: str
    platform: str
    label: str
    dishes: int
    """So many were compared."""
    differences: tuple[Difference, ...]


class DriftRequests(Asking):
    """Requests for a comparison. They send the mapping's ``read_menu`` and change nothing on the platform."""

    async def drift(self, restaurant_id: str, platforms: Sequence[str] = (), *, by: str) -> list[Drift | Refused]:
        """Compare a restaurant's menus, on all of its platforms where none is named; what differs is in the audit."""
        tools = self.engine.tools
        names = list(platforms) or await asyncio.to_thread(platforms_of, tools.store, tools.shelf, restaurant_id)
        if not names:
            return [Refused("not-connected", f"{restaurant_id} is on no platform.")]
        return [await self._on(restaurant_id, platform, by) for platform in names]

    async def all_drift(self, *, by: str) -> int:
        """Compare every menu that has been live for an hour, a few side by side; gives how many dishes differ."""
        count, cursor = 0, ""
        while True:
            found, cursor = await self.drift_page(cursor, by=by)
            count += found
            if not cursor:
                return count

    async def drift_page(self, cursor: str, *, by: str) -> tuple[int, str]:
        """Compare some of them; gives how many dishes differ, and the cursor to go on from, empty at the end.

        Raises StoreError and BadCursor.
        """
        page = await asyncio.to_thread(self.engine.tools.store.list_statuses, limit=SIDE_BY_SIDE, cursor=cursor)
        live = [status for status in page.items if self._is_live(status)]
        found = await asyncio.gather(*(self._on(each.restaurant_id, each.platform, by) for each in live))
        return sum(len(each.differences) for each in found if isinstance(each, Drift)), page.cursor

    def _is_live(self, status: Status) -> bool:
        mapping, _ = self.engine.tools.shelf.mapping(status.platform)
        reading = mapping.conversation.read_menu if mapping is not None else None
        since = status.last_sync
        return (
            bool(status.accepted_operation and reading is not None and reading.compare)
            and not status.running
            and not status.needs_reconnect
            and since is not None
            and self.engine.tools.now() - since >= SETTLED
        )

    async def _on(self, restaurant_id: str, platform: str, by: str) -> Drift | Refused:
        problem = self._problem(restaurant_id, platform)
        if problem is not None:
            return problem
        tools = self.engine.tools
        place = place_of(tools.store, tools.shelf, restaurant_id, platform)
        if not isinstance(place, Place):
            return refused_by(place)
        reading = place.mapping.conversation.read_menu
        if reading is None or not reading.compare:
            message = f"What stands on {place.label} cannot be compared: its mapping has no `compare` in `read_menu`."
            return Refused("not-compared", message)
        status = await asyncio.to_thread(tools.store.status, restaurant_id, platform)
        live = await asyncio.to_thread(self._live, status) if status is not None else None
        if status is None or live is None:
            return Refused("nothing-published", f"Nothing of {restaurant_id} was published on {place.label} yet.")
        if status.running:
            return Refused("publish-running", f"A menu is just being published on {place.label}.", "Ask again later.")
        operation, menu_data, payload_data = live
        menu = read_snapshot(menu_data)
        prepared: Prepared | None = None
        if menu is not None:
            prepared, _ = make(
                place, menu, entries=(), operation=OperationView("", ""), saved=status.saved, now=tools.now(),
                payload=payload_data,
            )  # fmt: skip
        if prepared is None:
            return Refused("mapping-failed", f"The menu that was published on {place.label} cannot be mapped any more.")
        connector, facts = tools.connectors.of(place.mapping, place.account), prepared.run_facts
        read = await read_platform_menu(connector, reading, prepared.names(status.saved), facts, status.saved)
        comparison = Comparison(reading.compare, facts)
        theirs = [] if read.is_none else comparison.theirs(read.names) if read.failed is None else None
        if theirs is None:
            hint = read.failed.verdict.message if read.failed is not None else "Its answer has no list of dishes."
            return Refused("platform-menu-unreadable", f"What stands on {place.label} could not be read.", hint)
        ours = comparison.ours(decode_payload(payload_data), theirs)
        drift = Drift(restaurant_id, platform, place.label, len(ours), tuple(differences(ours, theirs)))
        return await asyncio.to_thread(self._noted, drift, operation, by)

    def _live(self, status: Status) -> tuple[Operation, bytes, bytes] | None:
        """Give the last publish that the platform accepted, with its menu and payload."""
        store = self.engine.tools.store
        operation = store.operation(status.accepted_operation) if status.accepted_operation else None
        if operation is None:
            return None
        menu, payload = store.blob(operation.snapshot_id), store.blob(operation.payload_id)
        return (operation, menu, payload) if menu is not None and payload is not None else None

    def _noted(self, drift: Drift, live: Operation, by: str) -> Drift:
        """Write what differs, and tell what a publish has not put right."""
        store = self.engine.tools.store
        name = hashlib.sha256(f"{drift.restaurant_id}\0{drift.platform}".encode()).hexdigest()
        kept = store.blob(f"drift-{name}")
        before: dict[str, Any] = json.loads(kept) if kept else {"seen": {}}
        seen: dict[str, str] = before["seen"]
        whole = live.operation_id
        if live.details.get("lane") == "items":  # it sent a few dishes, and put nothing right on the others
            whole = before.get("whole", whole)
        found = tuple(marked(drift.differences, seen, whole))
        if seen or found:
            record = {"whole": whole, "seen": {each.key: seen.get(each.key, whole) for each in found}}
            store.put_blob(f"drift-{name}", json.dumps(record).encode(), REMEMBERED)
        drift = replace(drift, differences=found)
        if found:
            note = "; ".join(words(each) for each in found[:TOLD])
            more = f"; {len(found) - TOLD} more" if len(found) > TOLD else ""
            store.add_audit(self._audit(by, "drift", drift.restaurant_id, drift.platform, note=note + more))
            alerts.warning(
                "%s of %s on %s differ from what was published: %s",
                len(found), drift.restaurant_id, drift.platform, note[:500],
            )  # fmt: skip
        return drift


def words(each: Difference) -> str:
    """Give a difference in a few words.

    >>> words(Difference("i-1", "Soup", "price", "610", "650", pinned=True))
    'Soup (i-1): price ours 610, theirs 650, pinned by the platform'
    """
    pinned = ", pinned by the platform" if each.pinned else ""
    return f"{each.item} ({each.item_id}): {each.what} ours {each.ours}, theirs {each.theirs}{pinned}"
