"""A platform that fetches a restaurant's menu itself: a sync like any other, whose payload is the answer.

Where a new menu cannot be given (its source fails, it is held back, a publish is under way) the platform
gets what it has been given last, so that a fetch never puts a worse menu there than a push would.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from pipeline import json_text
from pipeline.mapping.expressions.scope import OperationView
from pipeline.store.records import ENDED, AuditEntry, Operation, State, Status
from pipeline.sync.engine import Engine
from pipeline.sync.menus import read_snapshot
from pipeline.sync.places import STORE_ID, Place, place_of, restaurants_with
from pipeline.sync.prepared import make

PATIENCE = timedelta(seconds=4)
"""Platforms give up after five seconds."""
LOOK = 0.05
ORIGIN = "pull"


@dataclass(frozen=True, slots=True)
class Pulled:
    """The answer's bytes, and the operation whose payload it is."""

    data: bytes
    operation: Operation


@dataclass(frozen=True, slots=True)
class NotPulled:
    """Why there is nothing to give: ``known`` is false where the store is not known at all."""

    message: str
    known: bool = True


class Pulls:
    """Answers platforms that fetch menus."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def pull(self, platform: str, store_id: str) -> Pulled | NotPulled:
        """Give a store's menu as a push would send it. Raises StoreError."""
        tools = self._engine.tools
        account = tools.shelf.account(platform)
        found = await asyncio.to_thread(restaurants_with, tools.store, account, {STORE_ID: store_id})
        place = await asyncio.to_thread(place_of, tools.store, tools.shelf, found[0], platform) if found else None
        if not isinstance(place, Place):
            return NotPulled("There is no such store.", known=False)
        operation, new = await asyncio.to_thread(self._enqueue, place)
        # What was begun is brought to its end even where the platform does not wait for it.
        done = await self._ended(operation.operation_id) if new else operation
        return await asyncio.to_thread(self._answer, place, done)

    def _enqueue(self, place: Place) -> tuple[Operation, bool]:
        tools, now = self._engine.tools, self._engine.tools.now()
        operation = Operation(
            operation_id=tools.new_operation_id(now),
            restaurant_id=place.restaurant_id,
            platform=place.platform,
            kind="pull",
            reference=tools.new_reference(),
            requested_by=place.platform,
            reason="fetched by the platform",
            created_at=now,
            updated_at=now,
            details={"origin": ORIGIN},
        )
        return tools.store.enqueue(operation, replace_waiting=False)

    async def _ended(self, operation_id: str) -> Operation | None:
        work = asyncio.create_task(self._run(operation_id))
        _running.add(work)
        work.add_done_callback(_running.discard)
        done, _ = await asyncio.wait([work], timeout=PATIENCE.total_seconds())
        return work.result() if done else None

    async def _run(self, operation_id: str) -> Operation | None:
        """Do the operation, or wait for who does it; behind a publish that is under way it is done later."""
        while True:
            operation = await self._engine.run(operation_id)
            if operation is None or operation.state in ENDED:
                return operation
            if operation.state == State.PENDING:
                return None
            await asyncio.sleep(LOOK)

    def _answer(self, place: Place, done: Operation | None) -> Pulled | NotPulled:
        store = self._engine.tools.store
        status = store.status(place.restaurant_id, place.platform)
        given = done if done is not None and done.state == State.SYNCED and done.payload_id else None
        if given is None and status is not None and status.accepted_operation:
            given = store.operation(status.accepted_operation)
        data = store.blob(given.payload_id) if given is not None and given.payload_id else None
        if given is None or data is None:
            why = done.error if done is not None and done.error else "It is not ready yet."
            return NotPulled(f"There is no menu to give. {why}")
        pulled = Pulled(self._shaped(place, given, data, status.saved if status is not None else {}), given)
        fresh = done is not None and given.operation_id == done.operation_id
        self._note(place, given, status, fresh=fresh)
        return pulled

    def _note(self, place: Place, given: Operation, status: Status | None, *, fresh: bool) -> None:
        """Write that the platform has been given a menu; one that is new to it is from now on the live one."""
        store, now = self._engine.tools.store, self._engine.tools.now()
        before = status.accepted_hash if status is not None else ""
        entry = AuditEntry(
            at=now, who=place.platform, action="pull", restaurant_id=place.restaurant_id, platform=place.platform,
            operation_id=given.operation_id, origin=ORIGIN, before=before, after=given.payload_hash,
            note="fetched by the platform" if fresh else "fetched by the platform, which was given the menu it has",
        )  # fmt: skip
        store.add_audit(entry)
        if not fresh or status is None:
            return
        changed = replace(
            status, state=State.SYNCED, updated_at=now, last_sync=now, last_check=now, item_count=given.item_count,
            accepted_hash=given.payload_hash, accepted_operation=given.operation_id, error="", error_id="",
            retry_count=0, menu_version=given.details.get("version") or status.menu_version,
        )  # fmt: skip
        # Where a publish has begun meanwhile, its own end says what is live.
        store.put_status(changed, expected_fencing=status.fencing)

    def _shaped(self, place: Place, given: Operation, data: bytes, saved: Mapping[str, Any]) -> bytes:
        """Give the payload in the form in which the platform fetches it."""
        pull = place.mapping.conversation.pull
        menu = read_snapshot(self._engine.tools.store.blob(given.snapshot_id)) if pull and pull.body else None
        if pull is None or pull.body is None or menu is None:
            return data
        operation = OperationView(given.operation_id, given.reference)
        prepared, _ = make(
            place, menu, entries=(), operation=operation, saved=saved, now=given.created_at, payload=data
        )
        if prepared is None:
            return data
        return json_text.encode(pull.body.value(prepared.names(saved), prepared.run_facts))


_running: set[asyncio.Task[Any]] = set()
"""Keeps what is under way from being forgotten by the loop."""
