"""Telling a platform what is sold out and what is back, beside and after its publishes."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from connectors.connector import Connector
from pipeline.findings import Finding
from pipeline.mapping.expressions.scope import OperationView
from pipeline.store.records import SoldOut, State
from pipeline.sync import ledger
from pipeline.sync.endings import Ending, failed, pause
from pipeline.sync.menus import read_snapshot
from pipeline.sync.prepared import Prepared, make
from pipeline.sync.run import Run
from pipeline.sync.steps import Steps

AFTER_PUBLISH = timedelta(seconds=15)
"""How often it is looked whether the publish that comes first is over; its end lets the lane go on at once."""
MOST_CHANGES = 1_000


class AvailabilityUpdate:
    """The work of one availability operation: all that is untold when it begins."""

    def __init__(self, run: Run, connector: Connector) -> None:
        self.run = run
        self.connector = connector
        self.prepared: Prepared | None = None
        self.findings: tuple[Finding, ...] = ()
        self.sold_out: list[SoldOut] = []
        """What is to be written of the ledger."""

    async def go(self) -> Ending:
        """Do the work, or the rest of it."""
        operation, store, status = self.run.operation, self.run.tools.store, self.run.status
        steps = self.run.place.mapping.conversation.availability
        entries = store.sold_out(operation.restaurant_id, operation.platform)
        telling = operation.details.get("telling")
        if telling is None:
            untold = ledger.untold(entries)[:MOST_CHANGES]
            if not untold:
                return Ending(state=State.SYNCED, note="nothing is to be told", counts=False)
            if not status.accepted_hash or not steps:
                note = "it goes out with the next publish" if status.accepted_hash else "it waits for the first publish"
                return Ending(state=State.SYNCED, note=note, counts=False)
            if status.running:
                return pause(self.run.now + AFTER_PUBLISH, f"waits for {status.running}, which is being published")
            telling = [_noted(entry) for entry in untold]
            operation.details["telling"] = telling
            operation.details["mapped_at"] = self.run.now.isoformat()
        problem = await self._prepare(telling, entries)
        if problem is not None:
            return problem
        assert self.prepared is not None
        work = Steps(self.run, self.prepared, self.connector, steps)
        ending = await work.go()
        self.findings = tuple(work.findings)
        if ending is not None and ending.pauses:
            return ending
        return self._told(telling, entries, work, ending)

    async def _prepare(self, telling: list[dict[str, Any]], entries: list[SoldOut]) -> Ending | None:
        operation, store = self.run.operation, self.run.tools.store
        accepted = store.operation(self.run.status.accepted_operation)
        snapshot_id = operation.snapshot_id or (accepted.snapshot_id if accepted is not None else "")
        menu = read_snapshot(await asyncio.to_thread(store.blob, snapshot_id)) if snapshot_id else None
        if menu is None:
            return failed("state-missing", "The menu that was published last is no longer kept.", "Publish again.")
        operation.snapshot_id = snapshot_id
        self.prepared, findings = make(
            self.run.place,
            menu,
            entries=entries,
            operation=OperationView(operation.operation_id, operation.reference),
            saved=self.run.saved,
            now=datetime.fromisoformat(operation.details["mapped_at"]),
        )
        if self.prepared is None:
            text = "; ".join(finding.message for finding in findings if finding.severity == "error")
            return failed("mapping-failed", f"What is sold out cannot be told: {text[:500]}")
        self.prepared.changes = ledger.changes_of(
            _entry(each, operation.restaurant_id, operation.platform) for each in telling
        )
        return None

    def _told(
        self, telling: list[dict[str, Any]], entries: list[SoldOut], work: Steps, ending: Ending | None
    ) -> Ending:
        """Note what the platform has been told, and tell what it refused."""
        now, label = self.run.now, self.run.place.label
        refused = {row.id: row for row in work.rows if row.meaning == "failed"}
        again = {row.id for row in work.rows if row.meaning == "retry"}
        answered = {row.id for row in work.rows}
        current = {(entry.kind, entry.id): entry for entry in entries}
        for each in telling:
            if each["id"] in again or (ending is not None and each["id"] not in answered):
                continue
            entry = current.get((each["kind"], each["id"]))
            if entry is not None and entry.version == each["version"]:
                self.sold_out.append(replace(entry, told=True, told_at=now))
        names = {each["id"]: each["name"] or each["id"] for each in telling}
        if ending is not None:
            return ending
        if again:
            missing = ", ".join(names.get(each, each) for each in sorted(again)[:5])
            return failed(
                "platform-busy", f"{label} did not take {len(again)} of the changes: {missing}.", passing=True
            )
        if refused:
            words = {row.id: f"{row.word} {row.message}".strip() for row in refused.values()}
            lines = [f"{names.get(each, each)}: {said}" for each, said in words.items()]
            nowhere = {"path": "", "file": "", "line": 0, "column": 0}
            fields = tuple(
                {**nowhere, "message": said, "item": each, "name": names.get(each, "")} for each, said in words.items()
            )
            message = f"{label} refused {len(refused)} of {len(telling)} changes: {'; '.join(lines[:5])}."
            if len(refused) == len(telling):
                return failed("availability-refused", message, fields=fields)
            return Ending(
                state=State.SYNCED, note="told in part", published=True, partial=message, fields=fields,
                code="availability-refused",
            )  # fmt: skip
        count = len(telling)
        return Ending(state=State.SYNCED, note=f"told {count} change{'s' if count != 1 else ''}", published=True)


def _noted(entry: SoldOut) -> dict[str, Any]:
    return {
        "kind": entry.kind,
        "id": entry.id,
        "name": entry.name,
        "until": entry.until.isoformat() if entry.until else None,
        "ended": entry.ended,
        "version": entry.version,
        "since": entry.since.isoformat(),
    }


def _entry(noted: dict[str, Any], restaurant_id: str, platform: str) -> SoldOut:
    until = noted["until"]
    return SoldOut(
        restaurant_id=restaurant_id,
        platform=platform,
        kind=noted["kind"],
        id=noted["id"],
        name=noted["name"],
        since=datetime.fromisoformat(noted["since"]),
        until=datetime.fromisoformat(until) if until else None,
        ended=noted["ended"],
    )
