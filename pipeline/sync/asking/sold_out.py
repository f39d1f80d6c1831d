"""Saying what is sold out and what is back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from connectors.menu_service import SourceFailure
from pipeline.mapping.expressions.scope import OperationView
from pipeline.mapping.nearest import did_you_mean
from pipeline.store.records import Operation, SoldOut
from pipeline.sync import ledger
from pipeline.sync.asking.asking import Asking, Refused, refused_by
from pipeline.sync.menus import read_snapshot
from pipeline.sync.places import Place, place_of, platforms_of
from pipeline.sync.prepared import Prepared, make

CHUNK = 40


@dataclass(frozen=True, slots=True)
class SoldOutAnswer:
    """What became of a request about what is sold out."""

    entries: tuple[SoldOut, ...] = ()
    operations: tuple[Operation, ...] = ()
    refused: tuple[Refused, ...] = ()
    unchanged: tuple[str, ...] = ()
    """Dishes that were so already; nothing is sent for them."""


class SoldOutRequests(Asking):
    """Requests about what is sold out."""

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
                refused.append(refused_by(place))
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
            return refused_by(findings)
        return _records(prepared)


def _records(prepared: Prepared) -> list[tuple[str, str, str]]:
    menu = prepared.shaped.menu
    return [
        *(("item", item.item_id, item.name) for item in menu.items),
        *(("option", option.key, option.name) for option in menu.options),
    ]


def _folded(name: str) -> str:
    """Give a name as people mean it: menus have spaces around names that nobody sees."""
    return " ".join(name.split()).casefold()


def _resolve(
    records: Sequence[tuple[str, str, str]], wanted: Sequence[str]
) -> tuple[list[tuple[str, str, str]], list[str]]:
    """Find dishes and options by id, else by their whole name, case and spaces aside; a name may mean several."""
    by_id: dict[str, list[tuple[str, str, str]]] = {}
    by_name: dict[str, list[tuple[str, str, str]]] = {}
    for record in records:
        by_id.setdefault(record[1], []).append(record)
        by_name.setdefault(_folded(record[2]), []).append(record)
    found: list[tuple[str, str, str]] = []
    unknown: list[str] = []
    for text in dict.fromkeys(wanted):
        meant = by_id.get(text) or by_name.get(_folded(text))
        if meant is None:
            unknown.append(text)
        else:
            found += [record for record in meant if record not in found]
    return found, unknown
