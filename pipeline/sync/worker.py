"""The worker: takes up whatever is due, again and again, some of it side by side.

What is due: new operations, retries and polls whose time has come, deadlines, messages, what a crash
left behind, ends of sold-outs, what a platform makes available again by itself every day, and once a
day whether what was published still stands there.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from msgspec.structs import replace

from pipeline.shaping.availability import zone_of
from pipeline.store.protocol import StoreError
from pipeline.store.records import SoldOut
from pipeline.sync import ledger
from pipeline.sync.asking.drift import DriftRequests
from pipeline.sync.engine import Engine
from pipeline.sync.menus import read_snapshot
from pipeline.sync.periods import first_in_period

SIDE_BY_SIDE = 16
PAUSE = 0.5
LONGEST_PAUSE = 15.0
ROUND = timedelta(seconds=5)
"""How often ends of sold-outs are looked for."""
HOUSEKEEPING = timedelta(minutes=10)
DAY = timedelta(days=1)
MOST_ROUNDS = 50
STALE = timedelta(days=7)
MOST_STALE = 200
log = logging.getLogger("menu_sync.worker")
alerts = logging.getLogger("menu_sync.alerts")


@dataclass(slots=True)
class Swept:
    """What one round did."""

    operations: list[str] = field(default_factory=list)
    ended: int = 0
    asserted: int = 0
    purged: int = 0


class Worker:
    """Runs what is due in this process; any number of workers may share one store."""

    def __init__(self, engine: Engine, side_by_side: int = SIDE_BY_SIDE) -> None:
        self._engine = engine
        self._most = side_by_side
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._woken = asyncio.Event()
        self._comparing: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """Look for what is due at once."""
        self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop; what is under way is then finished."""
        pause, looked, tidied = PAUSE, None, None
        while not stop.is_set():
            try:
                now = self._engine.tools.now()
                if looked is None or now - looked >= ROUND:
                    looked = now
                    await asyncio.to_thread(self.end_sold_outs)
                if tidied is None or now - tidied >= HOUSEKEEPING:
                    tidied = now
                    await asyncio.to_thread(self.tidy)
                    await self._compare(now)
                await self._start_due()
                pause = PAUSE
            except StoreError as error:
                log.error("the database does not do its work, it is tried again in %g seconds: %s", pause, error)
                pause = min(pause * 2, LONGEST_PAUSE)
            await self._rest(stop, pause)
        if self._comparing is not None:
            self._comparing.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks.values())

    async def sweep(self) -> Swept:
        """Do one round: everything that is due now, to its end or its next pause."""
        done = Swept()
        for _ in range(MOST_ROUNDS):
            done.ended += self.end_sold_outs()
            done.asserted += self.assert_after_resets()
            due = self._engine.tools.store.due(self._engine.tools.now())
            fresh = [operation for operation in due if operation.operation_id not in done.operations]
            if not fresh:
                break
            gate = asyncio.Semaphore(self._most)

            async def one(operation_id: str, gate: asyncio.Semaphore = gate) -> None:
                async with gate:
                    await self._engine.run(operation_id)

            await asyncio.gather(*(one(operation.operation_id) for operation in fresh))
            done.operations += [operation.operation_id for operation in fresh]
        self.tell_stale()
        done.purged = self._engine.tools.store.purge(self._engine.tools.now())
        return done

    def tidy(self) -> tuple[int, int]:
        """Do what is needed every few minutes only; gives how much was asserted again, and how much removed."""
        asserted = self.assert_after_resets()
        self.tell_stale()
        return asserted, self._engine.tools.store.purge(self._engine.tools.now())

    # -- drift ---------------------------------------------------------------------------------

    async def _compare(self, now: datetime) -> None:
        """Once a day, in one process, see beside the work whether what was published still stands on the platforms."""
        if await asyncio.to_thread(first_in_period, self._engine.tools.store, "drift", now, DAY):
            self._comparing = asyncio.create_task(self._compare_all())

    async def _compare_all(self) -> None:
        try:
            await DriftRequests(self._engine, "worker").all_drift(by="sync")
        except StoreError as error:
            log.error("platforms are compared with what was published tomorrow: %s", error)
        except Exception:
            log.exception("comparing platforms with what was published ended in a bug")

    # -- sold out ------------------------------------------------------------------------------

    def end_sold_outs(self) -> int:
        """End what was sold out until now, and put the telling in line."""
        tools = self._engine.tools
        entries = tools.store.ending(tools.now())
        busy = self._busy_lanes(entries)
        over = [ledger.ended(entry, being_told=(entry.restaurant_id, entry.platform) in busy) for entry in entries]
        for entry in over:
            gone = [entry] if entry.told else []
            tools.store.put_sold_out([] if gone else [entry], gone)
        for restaurant, platform in dict.fromkeys((entry.restaurant_id, entry.platform) for entry in over):
            self._tell(restaurant, platform, "the time of what was sold out is over")
        return len(over)

    def assert_after_resets(self) -> int:
        """Tell platforms again what is sold out, where they made everything available at their hour."""
        tools, count = self._engine.tools, 0
        for platform in tools.shelf.platforms:
            mapping, _ = tools.shelf.mapping(platform)
            resets = getattr(mapping.document.availability_update, "resets", None) if mapping is not None else None
            if not resets:
                continue
            cursor = ""
            places: set[str] = set()
            zones: dict[str, str] = {}
            while True:
                page = tools.store.list_sold_out(platform, cursor=cursor)
                for entry in page.items:
                    if self._was_reset(entry, resets, zones):
                        tools.store.put_sold_out([replace(entry, told=False)])
                        places.add(entry.restaurant_id)
                        count += 1
                cursor = page.cursor
                if not cursor:
                    break
            for restaurant in sorted(places):
                self._tell(restaurant, platform, f"{platform} makes everything available at {resets}")
        return count

    def tell_stale(self) -> int:
        """Tell once a day what has been sold out for long without an end; somebody may have forgotten it."""
        tools, count = self._engine.tools, 0
        now = tools.now()
        for platform in tools.shelf.platforms:
            for entry in tools.store.list_sold_out(platform, before=now - STALE, limit=MOST_STALE).items:
                key = f"stale:{platform}:{entry.restaurant_id}:{entry.kind}:{entry.id}:{now:%Y%m%d}"
                if entry.until is None and not tools.store.seen(key, now, timedelta(days=2)):
                    alerts.warning(
                        "%s of %s has been sold out on %s since %s, without an end",
                        entry.name or entry.id, entry.restaurant_id, platform, f"{entry.since:%Y-%m-%d}",
                    )  # fmt: skip
                    count += 1
        return count

    def _was_reset(self, entry: SoldOut, resets: str, zones: dict[str, str]) -> bool:
        """Tell whether a platform has forgotten an entry; ``zones`` keeps the restaurants' time zones."""
        if not entry.told or entry.told_at is None:
            return False
        if entry.restaurant_id not in zones:
            zones[entry.restaurant_id] = self._timezone(entry)
        return entry.told_at < last_reset(self._engine.tools.now(), resets, zones[entry.restaurant_id])

    def _timezone(self, entry: SoldOut) -> str:
        store = self._engine.tools.store
        status = store.status(entry.restaurant_id, entry.platform)
        accepted = store.operation(status.accepted_operation) if status is not None else None
        menu = read_snapshot(store.blob(accepted.snapshot_id)) if accepted is not None else None
        return menu.restaurant.timezone if menu is not None else self._engine.tools.settings.restaurant_timezone

    def _busy_lanes(self, entries: list[SoldOut]) -> set[tuple[str, str]]:
        busy = set()
        for restaurant, platform in {(entry.restaurant_id, entry.platform) for entry in entries}:
            status = self._engine.tools.store.status(restaurant, platform)
            if status is not None and status.availability.running:
                busy.add((restaurant, platform))
        return busy

    def _tell(self, restaurant: str, platform: str, reason: str) -> None:
        mapping, _ = self._engine.tools.shelf.mapping(platform)
        if mapping is None:
            return
        if mapping.conversation.availability:
            self._engine.enqueue_availability(restaurant, platform, "sync", reason)
        elif ledger.carried_by_publish(mapping):
            self._engine.enqueue_publish(restaurant, platform, reason)

    # -- side by side --------------------------------------------------------------------------

    async def _start_due(self) -> None:
        room = self._most - len(self._tasks)
        if room <= 0:
            return
        due = await asyncio.to_thread(self._engine.tools.store.due, self._engine.tools.now(), room + len(self._tasks))
        for operation in due:
            if operation.operation_id not in self._tasks and len(self._tasks) < self._most:
                task = asyncio.create_task(self._one(operation.operation_id))
                self._tasks[operation.operation_id] = task

    async def _one(self, operation_id: str) -> None:
        try:
            await self._engine.run(operation_id)
        except StoreError as error:
            log.error("operation %s is taken up again later: %s", operation_id, error)
            await asyncio.sleep(PAUSE)
        except Exception:
            log.exception("operation %s ended in a bug that could not be recorded", operation_id)
            await asyncio.sleep(LONGEST_PAUSE)
        finally:
            del self._tasks[operation_id]
            self._woken.set()

    async def _rest(self, stop: asyncio.Event, pause: float) -> None:
        waiting = [asyncio.create_task(stop.wait()), asyncio.create_task(self._woken.wait())]
        await asyncio.wait(waiting, timeout=pause, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
        self._woken.clear()


def last_reset(now: datetime, clock: str, timezone: str) -> datetime:
    """Give when a clock time, local to the store, last was.

    >>> from datetime import UTC
    >>> last_reset(datetime(2026, 3, 1, 8, 30, tzinfo=UTC), "04:00", "America/New_York").isoformat()
    '2026-02-28T04:00:00-05:00'
    """
    hour, minute = (int(part) for part in clock.split(":"))
    local = now.astimezone(zone_of(timezone))
    at = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return at if at <= local else at - timedelta(days=1)
