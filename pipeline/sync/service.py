"""What people and events ask of the sync: publish, sold out, roll back, release, retry, connect. Quick; sends nothing.

Each method puts work in line and writes who asked. What cannot be done comes back as :class:`Refused`,
which says why in a sentence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from connectors.menu_service import SourceFailure
from pipeline.findings import Finding
from pipeline.mapping.nearest import did_you_mean
from pipeline.mapping.scope import OperationView
from pipeline.mapping.store_settings import WrongValue, typed
from pipeline.store.records import AuditEntry, Connection, Operation, OperationKind, SoldOut, State, SyncError
from pipeline.sync import ledger
from pipeline.sync.breaker import Breaker
from pipeline.sync.engine import Engine
from pipeline.sync.menus import read_snapshot
from pipeline.sync.places import Place, place_of, platforms_of
from pipeline.sync.prepared import Prepared, make
from pipeline.sync.recording import traced

HISTORY = 100
CHUNK = 40


@dataclass(frozen=True, slots=True)
class Refused:
    """Why something is not done: a code, a sentence, what to do instead."""

    code: str
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Requested:
    """An operation that now stands for a request; ``new`` is false where one that waited already does."""

    operation: Operation
    new: bool = True


@dataclass(frozen=True, slots=True)
class SoldOutAnswer:
    """What became of a request about what is sold out."""

    entries: tuple[SoldOut, ...] = ()
    operations: tuple[Operation, ...] = ()
    refused: tuple[Refused, ...] = ()
    unchanged: tuple[str, ...] = ()
    """Dishes that were so already; nothing is sent for them."""


@dataclass(frozen=True, slots=True)
class Service:
    """The door of the sync."""

    engine: Engine
    origin: str = "command line"
    _cache: dict[str, Any] = field(default_factory=dict, repr=False)

    # -- publishing ----------------------------------------------------------------------------

    def sync(
        self,
        restaurant_id: str,
        platforms: Sequence[str] = (),
        *,
        by: str,
        reason: str = "asked for",
        force: bool = False,
        menu_version: str | None = None,
        not_before: datetime | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> list[Requested | Refused]:
        """Put a publish in line, on all of the restaurant's platforms where none is named."""
        tools = self.engine.tools
        wanted = list(dict.fromkeys(platforms)) or platforms_of(tools.store, tools.shelf, restaurant_id)
        if not wanted:
            hint = f"Connect it: connect {restaurant_id} PLATFORM --set KEY=VALUE."
            return [Refused("not-connected", f"{restaurant_id} is on no platform.", hint)]
        found: list[Requested | Refused] = []
        for platform in wanted:
            problem = self._problem(restaurant_id, platform)
            if problem is not None:
                found.append(problem)
                continue
            found.append(
                self._enqueue(
                    restaurant_id, platform, "publish", by, reason,
                    force=force, menu_version=menu_version, not_before=not_before, details=dict(details or {}),
                )
            )  # fmt: skip
        return found

    def rollback(self, restaurant_id: str, platform: str, *, by: str, to: str = "") -> Requested | Refused:
        """Put the last good menu before the present one in line again, or the one of operation ``to``."""
        store = self.engine.tools.store
        problem = self._problem(restaurant_id, platform)
        if problem is not None:
            return problem
        status = store.status(restaurant_id, platform)
        present = status.accepted_operation if status is not None else ""
        good: Operation | None = None
        if to:
            good = store.operation(to)
            if good is None or (good.restaurant_id, good.platform) != (restaurant_id, platform):
                return Refused("operation-unknown", f"There is no operation {to} of {restaurant_id} on {platform}.")
            if good.state != State.SYNCED or not good.snapshot_id:
                return Refused("operation-not-good", f"Operation {to} published no menu ({good.state.value}).")
        else:
            hash_now = status.accepted_hash if status is not None else ""
            for operation in self._history(restaurant_id, platform):
                published = operation.state == State.SYNCED and operation.snapshot_id and operation.payload_id
                if published and operation.operation_id != present and operation.payload_hash != hash_now:
                    good = operation
                    break
        if good is None:
            return Refused("nothing-to-roll-back-to", f"{restaurant_id} has no earlier menu on {platform}.")
        details = {"snapshot_id": good.snapshot_id, "rollback_to": good.operation_id}
        reason = f"back to the menu of {good.operation_id}"
        return self._enqueue(restaurant_id, platform, "rollback", by, reason, force=True, details=details)

    def release(self, operation_id: str, *, by: str) -> Requested | Refused:
        """Let a held menu go, as it was held."""
        store = self.engine.tools.store
        held = store.operation(operation_id)
        if held is None:
            return Refused("operation-unknown", f"There is no operation {operation_id}.")
        if held.state != State.HELD:
            return Refused("not-held", f"Operation {operation_id} is not held; it is {held.state.value}.")
        status = store.status(held.restaurant_id, held.platform)
        if status is not None and status.state != State.HELD:
            message = f"{held.restaurant_id} on {held.platform} has had a newer operation since."
            return Refused("overtaken", message, "Look at its status; sync it anew if need be.")
        details = {"snapshot_id": held.snapshot_id, "released": operation_id}
        return self._enqueue(
            held.restaurant_id, held.platform, "publish", by, f"release of {operation_id}", details=details
        )

    # -- errors --------------------------------------------------------------------------------

    def retry(self, error_id: str, *, by: str) -> Requested | Refused:
        """Try again what failed, with the newest menu."""
        store = self.engine.tools.store
        error = store.error(error_id)
        if error is None:
            return Refused("error-unknown", f"There is no error {error_id}.")
        if error.status == "resolved":
            return Refused("already-resolved", f"Error {error_id} is resolved.")
        problem = self._problem(error.restaurant_id, error.platform)
        if problem is not None:
            return problem
        failed = store.operation(error.operation_id)
        kind: OperationKind = "availability" if failed is not None and failed.kind == "availability" else "publish"
        now = self.engine.tools.now()
        audit = self._audit(by, "retry", error.restaurant_id, error.platform, note=error_id)
        if error.status == "open" and not store.update_error(
            replace(error, status="retrying"), expected_status="open", audit=audit
        ):
            return Refused("overtaken", f"Somebody else has just changed error {error_id}.")
        if kind == "availability":
            self._untell(error, now)
        details = {"error_id": error_id}
        reason = f"retry of {error_id}"
        return self._enqueue(
            error.restaurant_id, error.platform, kind, by, reason, force=kind == "publish", details=details
        )

    def resolve(self, error_id: str, note: str, *, by: str) -> SyncError | Refused:
        """Close an error with a note."""
        store = self.engine.tools.store
        error = store.error(error_id)
        if error is None:
            return Refused("error-unknown", f"There is no error {error_id}.")
        if error.status == "resolved":
            return Refused("already-resolved", f"Error {error_id} is resolved.")
        solved = replace(
            error, status="resolved", resolved_at=self.engine.tools.now(), resolved_by=by, note=note[:2_000]
        )
        audit = self._audit(by, "resolve", error.restaurant_id, error.platform, note=f"{error_id}: {note}"[:500])
        if not store.update_error(solved, expected_status=error.status, audit=audit):
            return Refused("overtaken", f"Somebody else has just changed error {error_id}.")
        return solved

    def _untell(self, error: SyncError, now: datetime) -> None:
        """Let dishes that the platform refused be told once more."""
        store = self.engine.tools.store
        wanted = {field.get("item") for field in error.fields}
        entries = store.sold_out(error.restaurant_id, error.platform)
        again = [replace(entry, told=False) for entry in entries if entry.id in wanted]
        for start in range(0, len(again), CHUNK):
            store.put_sold_out(again[start : start + CHUNK])

    # -- sold out ------------------------------------------------------------------------------

    async def sold_out(
        self,
        restaurant_id: str,
        wanted: Sequence[str],
        *,
        by: str,
        until: datetime | None = None,
        platforms: Sequence[str] = (),
    ) -> SoldOutAnswer:
        """Note that dishes or options are sold out, and put the telling in line; by id, option key or exact name."""
        return await self._availability(restaurant_id, wanted, by, platforms, until=until, back=False)

    async def back(
        self, restaurant_id: str, wanted: Sequence[str], *, by: str, platforms: Sequence[str] = ()
    ) -> SoldOutAnswer:
        """Note that dishes or options are there again, and put the telling in line."""
        return await self._availability(restaurant_id, wanted, by, platforms, until=None, back=True)

    async def _availability(
        self,
        restaurant_id: str,
        wanted: Sequence[str],
        by: str,
        platforms: Sequence[str],
        *,
        until: datetime | None,
        back: bool,
    ) -> SoldOutAnswer:
        tools = self.engine.tools
        store, now = tools.store, tools.now()
        entries: list[SoldOut] = []
        operations: list[Operation] = []
        refused: list[Refused] = []
        unchanged: list[str] = []
        if until is not None and until <= now:
            return SoldOutAnswer(refused=(Refused("time-is-past", f"{until.isoformat()} has passed already."),))
        names = list(platforms) or platforms_of(store, tools.shelf, restaurant_id)
        if not names:
            return SoldOutAnswer(refused=(Refused("not-connected", f"{restaurant_id} is on no platform."),))
        for platform in names:
            place = place_of(store, tools.shelf, restaurant_id, platform)
            if not isinstance(place, Place):
                refused.append(_refused(place))
                continue
            update = place.mapping.document.availability_update
            if update is None and not ledger.carried_by_publish(place.mapping):
                message = f"{place.label} cannot be told what is sold out: its mapping has no availability_update."
                refused.append(Refused("no-availability", message))
                continue
            records = await self._known_records(place)
            if isinstance(records, Refused):
                refused.append(records)
                continue
            found, unknown = _resolve(records, wanted)
            for text in unknown:
                hint = did_you_mean(text, [name for _, _, name in records] + [each for _, each, _ in records])
                refused.append(
                    Refused("dish-unknown", f"{place.label}: there is no dish or option `{text[:80]}`.", hint)
                )
            changed, same = self._ledger_changes(place, found, by, until=until, back=back, now=now)
            unchanged += [name for name in same if name not in unchanged]
            for start in range(0, len(changed), CHUNK):
                part = changed[start : start + CHUNK]
                gone = [entry for entry in part if entry.ended and entry.told]
                store.put_sold_out([entry for entry in part if not (entry.ended and entry.told)], gone)
            action = "back" if back else "sold-out"
            if changed:
                note = ", ".join(entry.name or entry.id for entry in changed)[:500]
                store.add_audit(self._audit(by, action, restaurant_id, platform, note=note))
            entries += changed
            if any(not entry.told for entry in changed):
                operations.append(self._tell(place, by, action))
        return SoldOutAnswer(tuple(entries), tuple(operations), tuple(refused), tuple(unchanged))

    def _tell(self, place: Place, by: str, action: str) -> Operation:
        """Put the telling in line: by the small call, or by a publish where only that carries it."""
        if place.mapping.conversation.availability:
            return self.engine.enqueue_availability(place.restaurant_id, place.platform, by, action)
        return self.engine.enqueue_publish(place.restaurant_id, place.platform, action, by=by)[0]

    def _ledger_changes(
        self,
        place: Place,
        found: Iterable[tuple[str, str, str]],
        by: str,
        *,
        until: datetime | None,
        back: bool,
        now: datetime,
    ) -> tuple[list[SoldOut], list[str]]:
        store = self.engine.tools.store
        known = {(entry.kind, entry.id): entry for entry in store.sold_out(place.restaurant_id, place.platform)}
        status = store.status(place.restaurant_id, place.platform)
        telling = status is not None and bool(status.availability.running)
        changed: list[SoldOut] = []
        same: list[str] = []
        for kind, record_id, name in found:
            entry = known.get((kind, record_id))  # type: ignore[arg-type]
            if back:
                if entry is None or entry.ended:
                    same.append(name)
                else:
                    changed.append(ledger.ended(entry, being_told=telling))
            elif entry is not None and not entry.ended and entry.until == until:
                same.append(name)
            elif entry is not None:
                changed.append(replace(entry, ended=False, told=False, until=until, by=by, since=now, name=name))
            else:
                changed.append(
                    SoldOut(
                        restaurant_id=place.restaurant_id, platform=place.platform, kind=kind,  # type: ignore[arg-type]
                        id=record_id, name=name, since=now, until=until, by=by,
                    )
                )  # fmt: skip
        return changed, same

    async def _known_records(self, place: Place) -> list[tuple[str, str, str]] | Refused:
        """Give (kind, id, name) of every dish and option, as the platform knows them or would."""
        store = self.engine.tools.store
        status = store.status(place.restaurant_id, place.platform)
        accepted = store.operation(status.accepted_operation) if status is not None else None
        menu = read_snapshot(store.blob(accepted.snapshot_id)) if accepted is not None else None
        if menu is None:
            fetched = await self.engine.menus.get(place.restaurant_id, self.engine.tools.now())
            if isinstance(fetched, SourceFailure):
                return Refused("source-failed", f"The menu's source failed: {fetched.message}")
            menu = fetched.menu
        if menu is None:
            return Refused("menu-unreadable", "The menu cannot be read.")
        prepared, findings = make(
            place, menu, entries=(), operation=OperationView("", ""), saved=status.saved if status else {},
            now=self.engine.tools.now(),
        )  # fmt: skip
        if prepared is None:
            return _refused(findings)
        return _records(prepared)

    # -- connections ---------------------------------------------------------------------------

    def connect(
        self, restaurant_id: str, platform: str, settings: Mapping[str, Any], *, by: str, environment: str = ""
    ) -> Connection | tuple[Refused, ...]:
        """Put a restaurant on a platform, or change its settings there; lets go on what waited for that."""
        tools = self.engine.tools
        mapping, findings = tools.shelf.mapping(platform)
        if mapping is None:
            return (_refused(findings),)
        forms = mapping.document.store_settings
        known = tools.store.connection(restaurant_id, platform)
        merged = {**(known.settings if known is not None else {}), **settings}
        problems: list[Refused] = []
        for name, value in settings.items():
            if name not in forms:
                hint = did_you_mean(name, forms) or f"There are: {', '.join(forms) or 'none'}."
                problems.append(Refused("setting-unknown", f"There is no store setting `{name[:80]}`.", hint))
                continue
            try:
                typed(value, forms[name])
            except WrongValue as error:
                problems.append(Refused("setting-wrong", f"The store setting `{name}` {error}"))
        account = tools.shelf.account(platform)
        defaults = {**account.defaults, **account.stores.get(restaurant_id, {})}
        for name, form in forms.items():
            if form.is_required and name not in merged and name not in defaults and name != "store_id":
                hint = f"Give it: --set {name}=…"
                message = f"The store setting `{name}` is missing ({form.description or name})."
                problems.append(Refused("setting-missing", message, hint))
        if problems:
            return tuple(problems)
        now = tools.now()
        environment = environment or account.environment_name
        connection = Connection(
            restaurant_id=restaurant_id, platform=platform, settings=merged, environment=environment,
            updated_at=now, updated_by=by,
        )  # fmt: skip
        secret = {name for name, form in forms.items() if form.secret}
        shown = ", ".join(f"{name}={'***' if name in secret else value}" for name, value in settings.items())
        tools.store.put_connection(connection, self._audit(by, "connect", restaurant_id, platform, note=shown[:500]))
        self.reconnected(restaurant_id, platform)
        return connection

    def reconnected(self, restaurant_id: str, platform: str) -> list[str]:
        """Let what waited for new credentials go on."""
        tools = self.engine.tools
        account = tools.shelf.account(platform)
        Breaker.of(tools.store, platform, account.environment_name).forgive()
        status = tools.store.status(restaurant_id, platform)
        if status is not None and status.needs_reconnect:
            tools.store.put_status(replace(status, needs_reconnect=False), expected_fencing=status.fencing)
        return tools.store.wake(restaurant_id, platform, tools.now())

    def disconnect(self, restaurant_id: str, platform: str, *, by: str) -> Connection | Refused:
        """Take a restaurant off a platform: nothing more is sent; what stands there stays."""
        tools = self.engine.tools
        if platform not in tools.shelf.platforms:
            hint = did_you_mean(platform, tools.shelf.platforms)
            return Refused("platform-unknown", f"There is no platform `{platform[:80]}`.", hint)
        now = tools.now()
        known = tools.store.connection(restaurant_id, platform)
        if known is not None and not known.enabled:
            return Refused("not-connected", f"{restaurant_id} is disconnected from {platform} already.")
        settings = known.settings if known is not None else {}
        connection = Connection(
            restaurant_id=restaurant_id, platform=platform, settings=settings, enabled=False,
            environment=tools.shelf.account(platform).environment_name, updated_at=now, updated_by=by,
        )  # fmt: skip
        tools.store.put_connection(connection, self._audit(by, "disconnect", restaurant_id, platform))
        return connection

    # -- small ---------------------------------------------------------------------------------

    def _problem(self, restaurant_id: str, platform: str) -> Refused | None:
        tools = self.engine.tools
        if platform not in tools.shelf.platforms:
            hint = did_you_mean(platform, tools.shelf.platforms) or f"Known are {', '.join(tools.shelf.platforms)}."
            return Refused("platform-unknown", f"There is no platform `{platform[:80]}`.", hint)
        place = place_of(tools.store, tools.shelf, restaurant_id, platform)
        return None if isinstance(place, Place) else _refused(place)

    def _enqueue(
        self,
        restaurant_id: str,
        platform: str,
        kind: OperationKind,
        by: str,
        reason: str,
        *,
        force: bool = False,
        menu_version: str | None = None,
        not_before: datetime | None = None,
        details: dict[str, Any] | None = None,
    ) -> Requested:
        tools, now = self.engine.tools, self.engine.tools.now()
        operation = Operation(
            operation_id=tools.new_operation_id(now),
            restaurant_id=restaurant_id,
            platform=platform,
            kind=kind,
            reference=tools.new_reference(),
            requested_by=by,
            reason=reason,
            force=force,
            menu_version=menu_version,
            not_before=not_before,
            details=traced({"origin": self.origin, **(details or {})}),
            created_at=now,
            updated_at=now,
        )
        asked_by_people = force or kind != "publish" or bool(details)
        standing, new = tools.store.enqueue(operation, replace_waiting=asked_by_people)
        return Requested(standing, new)

    def _history(self, restaurant_id: str, platform: str) -> Iterable[Operation]:
        cursor = ""
        for _ in range(HISTORY):
            page = self.engine.tools.store.history(restaurant_id, platform, cursor=cursor)
            yield from page.items
            cursor = page.cursor
            if not cursor:
                return

    def _audit(self, who: str, action: str, restaurant_id: str, platform: str, note: str = "") -> AuditEntry:
        return AuditEntry(
            at=self.engine.tools.now(),
            who=who,
            action=action,
            restaurant_id=restaurant_id,
            platform=platform,
            origin=self.origin,
            note=note,
        )


def _refused(findings: Sequence[Finding]) -> Refused:
    errors = [finding for finding in findings if finding.severity == "error"] or list(findings)
    first = errors[0]
    more = f" ({len(errors) - 1} more)" if len(errors) > 1 else ""
    place = f"{first.place}: " if first.place else ""
    return Refused(first.code, f"{place}{first.message}{more}", first.hint)


def _records(prepared: Prepared) -> list[tuple[str, str, str]]:
    menu = prepared.shaped.menu
    return [
        *(("item", item.item_id, item.name) for item in menu.items),
        *(("option", option.key, option.name) for option in menu.options),
    ]


def _resolve(
    records: Sequence[tuple[str, str, str]], wanted: Sequence[str]
) -> tuple[list[tuple[str, str, str]], list[str]]:
    """Find dishes and options by id, else by exact name, case aside; a name may mean several."""
    by_id: dict[str, list[tuple[str, str, str]]] = {}
    by_name: dict[str, list[tuple[str, str, str]]] = {}
    for record in records:
        by_id.setdefault(record[1], []).append(record)
        by_name.setdefault(record[2].casefold(), []).append(record)
    found: list[tuple[str, str, str]] = []
    unknown: list[str] = []
    for text in dict.fromkeys(wanted):
        meant = by_id.get(text) or by_name.get(text.casefold())
        if meant is None:
            unknown.append(text)
        else:
            found += [record for record in meant if record not in found]
    return found, unknown
