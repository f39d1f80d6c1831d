"""One publish: fetch, map, check, hold back what looks wrong, send the steps. Gives how it ended, writes no end."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

from connectors.connector import Connector
from connectors.menu_service import SourceFailure
from pipeline import json_text
from pipeline.findings import Finding, Record, stops_publishing
from pipeline.mapping.expressions.scope import OperationView
from pipeline.menu import Menu
from pipeline.store.records import State
from pipeline.store.versions import is_newer
from pipeline.sync import guards
from pipeline.sync.changed import changed_records, readable_fields
from pipeline.sync.documents import offers_document, signing_problem
from pipeline.sync.endings import Ending, failed, pause
from pipeline.sync.error_fields import fields_of_findings, first_error, first_remedy
from pipeline.sync.menus import Menus, Snapshot, content_mark, published_menu, read_snapshot, snapshot_of
from pipeline.sync.platform_menu import read_platform_menu
from pipeline.sync.prepared import Prepared, decode_payload, make, reads_previous, with_availability_of
from pipeline.sync.recording import noted
from pipeline.sync.run import LeaseLost, Run
from pipeline.sync.steps import Steps

IMPORTED = "imported_menu"
"""Under this name of ``saved`` stands the blob of what stood on the platform before the first publish."""
ROLLED_BACK = "rolled_back"
"""Under this name stands the mark of the menu that people took back; it is held until the menu changes."""
SOURCE_LAGS = timedelta(seconds=5)
MOST_LAGS = 3


class Publish:
    """The work of one publish, rollback or item update."""

    def __init__(self, run: Run, menus: Menus, connector: Connector) -> None:
        self.run = run
        self.menus = menus
        self.connector = connector
        self.prepared: Prepared | None = None
        self.findings: tuple[Finding, ...] = ()

    async def go(self) -> Ending:
        """Do the work, or the rest of it."""
        operation = self.run.operation
        if operation.payload_id:
            problem = await self._take_up()
        else:
            operation.findings = []
            problem = await self._begin()
            if problem is None:
                operation.findings = noted(self.findings)
        if problem is not None:
            return problem
        assert self.prepared is not None
        if operation.kind == "pull":
            # It counts once it has been given, which is not known here.
            return Ending(state=State.SYNCED, note="ready to be fetched by the platform", counts=False)
        conversation = self.run.place.mapping.conversation
        lane = operation.details.get("lane", "publish")
        steps = Steps(
            self.run,
            self.prepared,
            self.connector,
            conversation.item_update if lane == "items" else conversation.publish,
        )
        ending = await steps.go()
        self.findings = (*self.findings, *steps.findings)
        if ending is not None:
            return ending
        partial = str(operation.details.get("partial", ""))
        note = "published in part" if partial else "published"
        note += " dish by dish" if lane == "items" else ""
        return Ending(state=State.SYNCED, note=note, published=True, accepted=True, partial=partial)

    # -- the menu ------------------------------------------------------------------------------

    async def _menu(self) -> Snapshot | Ending:
        """Give the menu that is to be published: the source's newest, or the kept one that people asked for."""
        operation, store = self.run.operation, self.run.tools.store
        kept = operation.details.get("snapshot_id")
        since = max(operation.not_before or operation.created_at, operation.created_at)
        if operation.joined:  # of those it stands for, the last may have come after another platform's fetch
            since = max(since, operation.updated_at)
        if kept:
            menu = read_snapshot(store.blob(kept))
            if menu is None:
                return failed("snapshot-missing", "The menu that was to be published again is no longer kept.")
            if operation.kind == "rollback":
                newest = await self.menus.get(operation.restaurant_id, since)
                if isinstance(newest, Snapshot) and newest.menu is not None:
                    menu = with_availability_of(menu, newest.menu)
            return snapshot_of(menu, ())
        fetched = await self.menus.get(operation.restaurant_id, since)
        if isinstance(fetched, SourceFailure):
            hint = "Nothing was published; what is on the platform stays as it is."
            return failed(
                "source-failed", f"The menu's source failed: {fetched.message}", hint, passing=fetched.passing
            )
        return fetched

    async def _begin(self) -> Ending | None:
        """Fetch, map and check; None where the payload is to be sent."""
        run, operation, status = self.run, self.run.operation, self.run.status
        fetched = await self._menu()
        if isinstance(fetched, Ending):
            return fetched
        self.findings = fetched.findings
        if fetched.menu is None:
            message = f"The menu's source failed: {first_error(fetched.findings)}"
            return failed("menu-unreadable", message, fields=fields_of_findings(fetched.findings))
        menu = fetched.menu
        if operation.kind != "rollback" and menu.version is not None and is_newer(status.menu_version, menu.version):
            note = f"version {menu.version} of the menu is older than {status.menu_version}, which is published"
            return Ending(state=State.SUPERSEDED, note=note, counts=False)
        if operation.menu_version and is_newer(operation.menu_version, menu.version) and menu.version is not None:
            lags = int(operation.details.get("lags", 0)) + 1
            if lags <= MOST_LAGS:
                operation.details["lags"] = lags
                note = f"the source still gives version {menu.version}, not {operation.menu_version}"
                return pause(run.now + SOURCE_LAGS, note)
        operation.snapshot_id = fetched.snapshot_id
        run.blobs[fetched.snapshot_id] = fetched.data
        operation.details["mapped_at"] = run.now.isoformat()
        operation.details["hash_before"] = status.accepted_hash
        if operation.kind != "rollback":
            operation.details["version"] = menu.version
        operation.saved = {**status.saved, **operation.saved}
        if not menu.items and not self._let_go:  # whatever else is missing is missing for that reason
            return self._held()
        self._prepare(menu, None)
        if self.prepared is None or self.prepared.payload is None:
            return self._refused("mapping-failed")
        status.restaurant_name = menu.restaurant.name[:200]
        return await self._decide(self.prepared)

    def _prepare(self, menu: Menu, payload: bytes | None) -> None:
        run, operation = self.run, self.run.operation
        self.prepared, told = make(
            run.place,
            menu,
            entries=run.tools.store.sold_out(operation.restaurant_id, operation.platform),
            operation=OperationView(operation.operation_id, operation.reference),
            saved=operation.saved,
            now=datetime.fromisoformat(operation.details["mapped_at"]),
            payload=payload,
        )
        self.findings = (*self.findings, *told)

    async def _decide(self, prepared: Prepared) -> Ending | None:
        """Tell whether a payload is sent, or why not."""
        run, operation, status = self.run, self.run.operation, self.run.status
        operation.payload_hash = status.desired_hash = prepared.payload_hash
        operation.item_count = prepared.item_count
        operation.payload_id = f"payload-{operation.operation_id}"
        if any(finding.severity == "error" for finding in self.findings):
            self._keep_payload(prepared)
            return self._refused("menu-refused")
        if prepared.payload_hash == status.accepted_hash and not operation.force and operation.kind != "rollback":
            operation.payload_id = ""
            run.blobs.clear()
            return Ending(state=State.SYNCED, note="unchanged, nothing was sent", unchanged=True)
        before = await self._accepted_menu()
        self._guard(prepared, before)
        if stops_publishing(self.findings) and not self._let_go:
            self._keep_payload(prepared)
            return self._held()
        for problem in self._hosting_problems() if operation.kind != "pull" else ():
            return failed(problem.code, problem.message, problem.hint)
        self._keep_payload(prepared)
        if operation.kind == "rollback" and before is not None:
            operation.saved[ROLLED_BACK] = content_mark(before)
        else:
            operation.saved.pop(ROLLED_BACK, None)
        if operation.kind == "pull":
            return None
        self._choose_lane(prepared, before)
        await self._import()
        return None

    @property
    def _let_go(self) -> bool:
        """Whether people have said that the menu is meant as it is."""
        return self.run.operation.force or bool(self.run.operation.details.get("released"))

    def _held(self) -> Ending:
        holding = [finding for finding in self.findings if finding.severity == "hold"]
        message = " ".join(finding.message for finding in holding[:3])
        hint = f"Release it if it is meant: release {self.run.operation.operation_id}"
        return Ending(state=State.HELD, note=message, message=message, hint=hint)

    def _guard(self, prepared: Prepared, before: Menu | None) -> None:
        menu, place = prepared.menu, self.run.place
        more: list[Finding] = []
        if self.run.operation.kind in ("publish", "pull"):
            more = guards.regressions(before, menu)
            if self.run.operation.saved.get(ROLLED_BACK) == content_mark(menu):
                message = "This is the menu that was rolled back; it is not published again by itself."
                hint = "It goes out by itself once the menu has changed. Release it to publish it as it is."
                more.append(Finding("menu-rolled-back", "hold", message, hint))
        if menu.items and not prepared.shaped.menu.items:
            owner = Record("restaurant", menu.restaurant.restaurant_id, menu.restaurant.name)
            more.append(guards.nothing_left(place.label, owner, len(menu.items)))
        self.findings = (*self.findings, *more)

    async def _accepted_menu(self) -> Menu | None:
        """Give the menu behind the last payload that the platform accepted."""
        return await asyncio.to_thread(published_menu, self.run.tools.store, self.run.status)

    def _choose_lane(self, prepared: Prepared, before: Menu | None) -> None:
        """Send dish by dish where that carries all of the change."""
        run, operation = self.run, self.run.operation
        steps = run.place.mapping.document.item_update
        if not steps or before is None or operation.force or operation.kind != "publish":
            return
        old, _ = make(
            run.place, before, entries=run.tools.store.sold_out(operation.restaurant_id, operation.platform),
            operation=OperationView("", ""), saved=operation.saved, now=prepared.facts.now, only_shaped=True,
        )  # fmt: skip
        changed = changed_records(old.shaped, prepared.shaped, readable_fields(steps)) if old is not None else None
        if changed is not None:
            operation.details["lane"] = "items"
            operation.details["before"] = self._snapshot_of_accepted()
            prepared.changed = changed

    def _snapshot_of_accepted(self) -> str:
        accepted = self.run.tools.store.operation(self.run.status.accepted_operation)
        return accepted.snapshot_id if accepted is not None else ""

    def _keep_payload(self, prepared: Prepared) -> None:
        self.run.blobs[self.run.operation.payload_id] = prepared.kept = prepared.data()

    def _refused(self, code: str) -> Ending:
        message = f"The menu cannot be published: {first_error(self.findings)}"
        return failed(code, message, first_remedy(self.findings), fields=fields_of_findings(self.findings))

    def _hosting_problems(self) -> list[Finding]:
        settings = self.run.tools.settings
        if not any(offers_document(step) for step in self.run.place.mapping.conversation.publish):
            return []
        problem = signing_problem(settings.signing_key.get_secret_value(), settings.public_base_url)
        return [problem] if problem is not None else []

    # -- taken up again ------------------------------------------------------------------------

    async def _take_up(self) -> Ending | None:
        """Make ready what was begun before, from what is kept of it."""
        operation, store = self.run.operation, self.run.tools.store
        menu = read_snapshot(await asyncio.to_thread(store.blob, operation.snapshot_id))
        payload = await asyncio.to_thread(store.blob, operation.payload_id)
        if menu is None or payload is None:
            return failed("state-missing", "What this operation was about is no longer kept.", "Publish again.")
        self._prepare(menu, payload)
        if self.prepared is None:
            return self._refused("mapping-failed")
        self.findings = ()  # what is to be told of the menu is with the operation since it was mapped
        if reads_previous(self.run.place.mapping):
            self.prepared.previous = await self._previous_payload()
        before = operation.details.get("before")
        if before:
            old_menu = read_snapshot(await asyncio.to_thread(store.blob, before))
            old = None
            if old_menu is not None:
                old, _ = make(
                    self.run.place, old_menu, entries=store.sold_out(operation.restaurant_id, operation.platform),
                    operation=OperationView("", ""), saved=operation.saved, now=self.prepared.facts.now,
                    only_shaped=True,
                )  # fmt: skip
            readable = readable_fields(self.run.place.mapping.document.item_update)
            changed = changed_records(old.shaped, self.prepared.shaped, readable) if old is not None else None
            if changed is None:  # what is sold out has changed meanwhile: the whole menu carries everything
                operation.details.pop("lane", None)
                operation.step, operation.sending = 0, False
                operation.details.pop("at", None)
            self.prepared.changed = changed
        return None

    async def _previous_payload(self) -> Any:
        store, status = self.run.tools.store, self.run.status
        accepted = store.operation(status.accepted_operation) if status.accepted_operation else None
        if accepted is None or not accepted.payload_id:
            return None
        return decode_payload(await asyncio.to_thread(store.blob, accepted.payload_id))

    # -- what stood there before ---------------------------------------------------------------

    async def _import(self) -> None:
        """Keep what stands on the platform before it is replaced for the first time; a failure stops nothing."""
        operation, status = self.run.operation, self.run.status
        reading = self.run.place.mapping.conversation.read_menu
        assert self.prepared is not None
        if reads_previous(self.run.place.mapping):
            self.prepared.previous = await self._previous_payload()
        if reading is None or status.accepted_hash or IMPORTED in operation.saved:
            return
        names, facts = self.prepared.names(operation.saved), self.prepared.run_facts
        async with self.run.leased():
            read = await read_platform_menu(self.connector, reading, names, facts, operation.saved)
        for step, result in read.results:
            self.run.sent(step, result.exchange)
        if self.run.lost:
            raise LeaseLost(operation.operation_id)
        if read.failed is not None:
            if not read.is_none:
                message = f"What stands on {self.run.place.label} before this first publish could not be read."
                finding = Finding("import-failed", "warning", message, read.failed.verdict.message)
                self.findings = (*self.findings, finding)
            return
        found = reading.menu.value(read.names, facts)
        if found in (None, "", [], {}):
            return
        operation.saved[IMPORTED] = f"imported-{operation.operation_id}"
        self.run.blobs[operation.saved[IMPORTED]] = json_text.encode(found)
