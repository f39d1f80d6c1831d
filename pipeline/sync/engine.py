"""The engine: takes an operation up, does what is to be done, writes how it ended. One bug ends one operation."""

from __future__ import annotations

import asyncio
import logging
import traceback
from datetime import timedelta
from typing import cast

from msgspec.structs import replace

from pipeline.accounts import Account
from pipeline.store.protocol import StoreError
from pipeline.store.records import ENDED, Operation, SoldOut, State, Status
from pipeline.sync import ledger
from pipeline.sync.availability import AvailabilityUpdate
from pipeline.sync.breaker import Breaker
from pipeline.sync.endings import Ending, failed, pause
from pipeline.sync.menus import Menus
from pipeline.sync.places import Place, place_of
from pipeline.sync.publish import Publish
from pipeline.sync.recording import next_day, record, traced
from pipeline.sync.run import LeaseLost, Run
from pipeline.sync.tools import Tools
from pipeline.telemetry import telemetry

SPREAD = timedelta(seconds=2)
log = logging.getLogger("menu_sync.sync")


class Engine:
    """Runs operations. Any number of engines, in any number of processes, may share one store."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools
        settings = tools.settings
        self.menus = Menus(
            tools.source, settings.restaurants, settings.restaurant_defaults, tools.now, settings.unset_defaults
        )

    async def run(self, operation_id: str) -> Operation | None:
        """Do what an operation has to do now; gives it as it stands after that, None where there is none.

        An operation that somebody else works on, that waits for its time or behind another one, is left alone.
        Raises StoreError where the database does not do its work; the operation is then taken up again later.
        """
        store, tools = self.tools.store, self.tools
        while True:
            operation = await asyncio.to_thread(store.claim, operation_id, tools.owner, tools.lease, tools.now())
            if operation is None:
                return await asyncio.to_thread(store.operation, operation_id)
            try:
                with telemetry.span(
                    "sync", parent=str(operation.details.get("trace", "")), restaurant_id=operation.restaurant_id,
                    platform=operation.platform, operation=operation_id, kind=operation.kind,
                ):  # fmt: skip
                    done = await self._guarded(operation)
            except LeaseLost:
                return await asyncio.to_thread(store.operation, operation_id)
            # A message that came while this process held the lease was left to it.
            if done.state in ENDED or not store.messages(operation_id, done.messages_read):
                return done

    async def _guarded(self, operation: Operation) -> Operation:
        """Work on an operation; a bug is this operation's error, with its record."""
        store = self.tools.store
        status = store.status(operation.restaurant_id, operation.platform)
        if status is None:
            status = Status(
                restaurant_id=operation.restaurant_id, platform=operation.platform, updated_at=operation.updated_at
            )
        run = Run(self.tools, operation, status, _nowhere(operation))
        try:
            return await self._work(run)
        except (LeaseLost, StoreError, asyncio.CancelledError):
            raise
        except Exception as error:
            log.exception("operation %s failed by a bug", operation.operation_id)
            place = traceback.extract_tb(error.__traceback__)[-1]
            message = (
                f"Something went wrong inside this program ({type(error).__name__} in {place.name}); this is a bug. "
                "The other platforms are not concerned."
            )
            run.blobs.clear()
            ending = failed("bug", message, "Report it with this error's id.")
            return await record(run, ending, Breaker.of(store, operation.platform, ""))

    async def _work(self, run: Run) -> Operation:
        operation, store = run.operation, self.tools.store
        place = place_of(store, self.tools.shelf, operation.restaurant_id, operation.platform)
        if not isinstance(place, Place):
            problem = place[0]
            ending = failed(problem.code, problem.message, problem.hint)
            if problem.code == "not-connected":  # people took it off the platform; nothing is wrong
                ending = Ending(state=State.SUPERSEDED, note=problem.message, counts=False)
            return await record(run, ending, Breaker.of(store, operation.platform, ""), findings=place)
        run.place = place
        breaker = Breaker.of(store, place.platform, place.account.environment_name)
        closed = self._closed(run, breaker) if operation.kind != "pull" else None
        if closed is not None:
            return await record(run, closed, breaker)
        run.messages = store.messages(operation.operation_id, operation.messages_read)
        connector = self.tools.connectors.of(place.mapping, place.account)
        if operation.kind == "availability":
            update = AvailabilityUpdate(run, connector)
            ending = await update.go()
            return await record(
                run, ending, breaker, prepared=update.prepared, findings=update.findings, sold_out=update.sold_out
            )
        publish = Publish(run, self.menus, connector)
        ending = await publish.go()
        entries = self._ledger_after(publish, ending)
        done = await record(
            run, ending, breaker, prepared=publish.prepared, findings=publish.findings, sold_out=entries
        )
        await self._afterwards(run, ending)
        return done

    def _closed(self, run: Run, breaker: Breaker) -> Ending | None:
        """Tell why nothing is sent to the platform now: credentials refused, or the platform down."""
        operation, now = run.operation, run.now
        label = run.place.label
        asked = operation.force and "held_since" not in operation.details
        refused = breaker.refuses(run.place.account.fingerprint, now)
        if run.status.needs_reconnect and refused is None and "probing" not in operation.details:
            refused = next_day(now)
        if refused is not None and not asked:
            operation.details["probing"] = True
            operation.details.setdefault("held_since", now.isoformat())
            run.status.needs_reconnect = True
            return pause(refused, f"waits until {label} is connected again", message=run.status.error)
        until = breaker.open_until(now)
        if until is not None:
            return pause(until + SPREAD, f"{label} does not answer; waits for it")
        return None

    def _ledger_after(self, publish: Publish, ending: Ending) -> list[SoldOut]:
        """Give what changes in the ledger with a publish: told with it, or to be told after it."""
        prepared, now = publish.prepared, publish.run.now
        if prepared is None or not (ending.published or ending.unchanged):
            return []
        if not ledger.carried_by_publish(prepared.place.mapping):
            has_lane = bool(prepared.place.mapping.conversation.availability)
            return prepared.from_menu if has_lane else []
        if not ending.published:
            return []
        operation = publish.run.operation
        told = []
        for entry in self.tools.store.sold_out(operation.restaurant_id, operation.platform):
            if entry.told or entry.since > prepared.facts.now:
                continue
            if entry.ended or ledger.is_open(entry, prepared.facts.now):
                told.append(replace(entry, told=True, told_at=now))
        return told

    async def _afterwards(self, run: Run, ending: Ending) -> None:
        """Let what waited for a publish go on."""
        operation = run.operation
        if ending.pauses or ending.state == State.SUPERSEDED:
            return
        entries = self.tools.store.sold_out(operation.restaurant_id, operation.platform)
        if ledger.untold(entries) and run.place.mapping.conversation.availability and run.status.accepted_hash:
            self.enqueue_availability(operation.restaurant_id, operation.platform, "sync", "after a publish")
        if ending.full_refresh:
            self.enqueue_publish(operation.restaurant_id, operation.platform, "the platform asked for it", force=True)

    # -- in line -------------------------------------------------------------------------------

    def enqueue_availability(self, restaurant_id: str, platform: str, by: str, reason: str) -> Operation:
        """Put the telling of all that is untold in line; one that waits already stands for it."""
        return self._enqueue(restaurant_id, platform, "availability", by, reason)[0]

    def enqueue_publish(
        self, restaurant_id: str, platform: str, reason: str, *, by: str = "sync", force: bool = False
    ) -> tuple[Operation, bool]:
        """Put a publish in line; one that waits already stands for it."""
        return self._enqueue(restaurant_id, platform, "publish", by, reason, force=force)

    def _enqueue(
        self, restaurant_id: str, platform: str, kind: str, by: str, reason: str, *, force: bool = False
    ) -> tuple[Operation, bool]:
        now = self.tools.now()
        return self.tools.store.enqueue(
            Operation(
                operation_id=self.tools.new_operation_id(now),
                restaurant_id=restaurant_id,
                platform=platform,
                kind=kind,  # type: ignore[arg-type]
                reference=self.tools.new_reference(),
                requested_by=by,
                reason=reason,
                force=force,
                created_at=now,
                updated_at=now,
                details=traced({}),
            )
        )


def _nowhere(operation: Operation) -> Place:
    """Give the place of an operation whose restaurant is on no platform that can be used: it only has a name."""
    return cast("Place", _NoPlace(operation.platform))


class _NoPlace:
    def __init__(self, platform: str) -> None:
        self.platform = self.label = platform
        self.account = Account(platform)
