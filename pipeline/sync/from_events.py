"""What an event sets going: a publish a little later, or the telling of what is sold out at once.

An event is only a hint: menus are fetched, so one that comes late, twice or out of order changes
nothing. Whatever comes while a publish waits joins it, so that a burst of edits is one publish.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias

from connectors.menu_service import SourceFailure
from pipeline.events import Event, Received, Rejected
from pipeline.menu import Menu
from pipeline.store.protocol import LimitExceeded, StoreError
from pipeline.store.records import Operation
from pipeline.store.versions import is_newer
from pipeline.sync.asking.service import Refused, Requested, Service, SoldOutAnswer
from pipeline.sync.ledger import FROM_MENU
from pipeline.sync.places import platforms_of
from pipeline.telemetry import telemetry

Dishes: TypeAlias = dict[datetime | Literal["back"] | None, list[str]]
"""Ids of dishes by what is to be told of them: sold out until then, sold out without end, back."""
Outcome: TypeAlias = Literal["taken", "duplicate", "outdated", "unconcerned", "rejected", "failed"]
BEING_HANDLED = timedelta(seconds=60)
"""So long is an event kept from others while one process handles it; a queue must show it again later than this."""
REMEMBERED = timedelta(days=2)
SIDE_BY_SIDE = 8
MENU_WITHIN = timedelta(seconds=8)
"""So long is the menu service waited for when dishes are sold out or back; a batch of events has little time."""
BY = "event"

log = logging.getLogger("menu_sync.events")


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one message. ``failed`` ones are to be given once more, ``rejected`` ones never."""

    message_id: str
    event_id: str
    outcome: Outcome
    reason: str = ""
    operations: tuple[Operation, ...] = ()
    """What now waits because of it; operations that waited already are not among them."""

    @property
    def dealt_with(self) -> bool:
        """Tell whether the message can be forgotten."""
        return self.outcome not in ("rejected", "failed")


@dataclass(frozen=True, slots=True)
class _Work:
    operations: list[Operation] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    outdated: list[str] = field(default_factory=list)

    def add(self, found: Iterable[Requested | Refused]) -> None:
        for each in found:
            if isinstance(each, Refused):
                self.refused.append(each)
            elif each.new:
                self.operations.append(each.operation)


class EventHandler:
    """Takes events. ``pause``: so long are changes of a restaurant gathered before they are published."""

    def __init__(self, service: Service, pause: timedelta) -> None:
        self._service = service
        self._pause = pause

    async def take_all(self, messages: Iterable[Received], within: timedelta | None = None) -> list[Taken]:
        """Take a batch: restaurants side by side, each restaurant's events one after another.

        What is not begun ``within`` its time has failed, so that a queue gives it once more.
        """
        messages, clock = list(messages), asyncio.get_running_loop().time
        until = None if within is None else clock() + within.total_seconds()
        lines: dict[str, list[int]] = {}
        for place, message in enumerate(messages):
            restaurant = message.event.restaurant_id if isinstance(message.event, Event) else ""
            lines.setdefault(restaurant, []).append(place)
        gate, taken = asyncio.Semaphore(SIDE_BY_SIDE), {}

        async def line(places: list[int]) -> None:
            async with gate:
                for place in places:
                    is_late = until is not None and clock() >= until
                    taken[place] = self._put_off(messages[place]) if is_late else await self.take(messages[place])

        await asyncio.gather(*(line(places) for places in lines.values()))
        return [taken[place] for place in range(len(messages))]

    def _put_off(self, received: Received) -> Taken:
        event_id = received.event.event_id
        return _told(
            Taken(received.message_id, event_id, "failed", "The events before it took all the time there was."),
            received.event,
        )

    async def take(self, received: Received) -> Taken:
        """Put in line what one event asks for; never raises for what a message or the database does wrong."""
        event = received.event
        if isinstance(event, Rejected):
            taken = Taken(received.message_id, event.event_id, "rejected", event.reason)
        else:
            with telemetry.span("event", restaurant_id=event.restaurant_id, type=event.type):
                taken = await self._guarded(event, received.message_id)
        return _told(taken, event)

    async def _guarded(self, event: Event, message_id: str) -> Taken:
        try:
            return await self._once(event, message_id)
        except LimitExceeded as error:
            return Taken(message_id, event.event_id, "rejected", str(error))
        except StoreError as error:
            return Taken(message_id, event.event_id, "failed", str(error))
        except Exception as error:
            log.exception("an event ended in a bug")
            return Taken(message_id, event.event_id, "failed", f"A bug of this program ({type(error).__name__}).")

    async def _once(self, event: Event, message_id: str) -> Taken:
        """Handle an event unless it was handled before.

        It is noted for good only once its work is in line: who dies before that leaves a note that soon expires.
        """
        store, now = self._service.engine.tools.store, self._service.engine.tools.now()
        key = _key(event)
        if await asyncio.to_thread(store.seen, key, now, BEING_HANDLED):
            # A note that outlasts those of handling is for good; asking so leaves the other kind a second longer.
            if await asyncio.to_thread(store.seen, key, now + BEING_HANDLED, timedelta(seconds=1)):
                return Taken(message_id, event.event_id, "duplicate", "It has been taken before.")
            return Taken(message_id, event.event_id, "failed", "Another process is at it, or died of it just now.")
        try:
            taken = await self._handle(event, message_id)
        except BaseException:
            await asyncio.to_thread(store.forget_seen, key)
            raise
        await asyncio.to_thread(store.forget_seen, key)
        await asyncio.to_thread(store.seen, key, now, REMEMBERED)
        return taken

    async def _handle(self, event: Event, message_id: str) -> Taken:
        tools, work = self._service.engine.tools, _Work()
        platforms: Sequence[str] = event.platforms or await asyncio.to_thread(
            platforms_of, tools.store, tools.shelf, event.restaurant_id
        )
        if not platforms:
            reason = f"{event.restaurant_id[:80]} is on no platform."
            return Taken(message_id, event.event_id, "unconcerned", reason)
        if event.kind == "availability" and event.item_ids and not event.option_keys:
            platforms = await self._small_lane(event, platforms, work)
        await self._publish(event, platforms, work)
        reason = " ".join(f"{each.message} {each.hint}".strip() for each in work.refused)
        outcome: Outcome = "taken"
        if work.refused and len(work.refused) == len(platforms):
            outcome = "unconcerned"
        elif work.outdated and len(work.outdated) == len(platforms):
            outcome, reason = "outdated", f"Version {event.version} is older than what is published."
        return Taken(message_id, event.event_id, outcome, reason, tuple(work.operations))

    # -- whole menus ---------------------------------------------------------------------------

    async def _publish(self, event: Event, platforms: Sequence[str], work: _Work) -> None:
        """Put a publish in line, later where more may come; it finds by itself whether dishes alone can be sent."""
        store, now = self._service.engine.tools.store, self._service.engine.tools.now()
        not_before = None if event.kind == "availability" or not self._pause else now + self._pause
        wanted = []
        for platform in platforms:
            status = await asyncio.to_thread(store.status, event.restaurant_id, platform) if event.version else None
            if status is not None and is_newer(status.menu_version, event.version):
                work.outdated.append(platform)
            else:
                wanted.append(platform)
        if wanted:
            asked = await asyncio.to_thread(
                lambda: self._service.sync(
                    event.restaurant_id, wanted, by=BY, reason=f"event {event.type} {event.event_id}"[:200],
                    menu_version=event.version, not_before=not_before,
                )
            )  # fmt: skip
            work.add(asked)

    # -- what is sold out ----------------------------------------------------------------------

    async def _small_lane(self, event: Event, platforms: Sequence[str], work: _Work) -> list[str]:
        """Tell platforms of the dishes by their small call; gives those that need a publish instead."""
        wanted = await self._current(event)
        if wanted is None:
            return list(platforms)
        rest: list[str] = []
        for platform in platforms:
            answers = await self._tell_platform(event.restaurant_id, platform, wanted)
            work.operations.extend(operation for answer in answers for operation in answer.operations)
            refused = {each.code for answer in answers for each in answer.refused}
            if refused and refused != {"no-availability"}:
                rest.append(platform)
        return rest

    async def _tell_platform(self, restaurant_id: str, platform: str, wanted: Dishes) -> list[SoldOutAnswer]:
        store, service = self._service.engine.tools.store, self._service
        entries = await asyncio.to_thread(store.sold_out, restaurant_id, platform)
        # What people said is sold out stays so until they, or its time, say otherwise.
        theirs = {entry.id for entry in entries if entry.kind == "item" and entry.by != FROM_MENU and not entry.ended}
        answers = []
        for until, dishes in wanted.items():
            ours = [dish for dish in dishes if dish not in theirs]
            if not ours:
                continue
            if until == "back":
                answers.append(await service.back(restaurant_id, ours, by=FROM_MENU, platforms=[platform]))
            else:
                told = await service.sold_out(restaurant_id, ours, by=FROM_MENU, until=until, platforms=[platform])
                answers.append(told)
        return answers

    async def _current(self, event: Event) -> Dishes | None:
        """Give the event's dishes as the menu has them now; None where a publish has to find out.

        Where it cannot be fetched soon, the event's own word counts; the next publish puts it right if it was old.
        """
        engine = self._service.engine
        menu: Menu | None = None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(MENU_WITHIN.total_seconds()):
                fetched = await engine.menus.get(event.restaurant_id, engine.tools.now())
            menu = None if isinstance(fetched, SourceFailure) else fetched.menu
        if menu is not None:
            return _as_in(menu, event, engine.tools.now())
        if event.available is None:
            return None
        if event.available:
            return {"back": list(event.item_ids)}
        return {_instant(event.until, engine.tools.now()): list(event.item_ids)}


def _as_in(menu: Menu, event: Event, now: datetime) -> Dishes | None:
    items = {item.item_id: item for item in menu.items}
    wanted: Dishes = {}
    for item_id in event.item_ids:
        item = items.get(item_id)
        if item is None:
            return None
        until: datetime | Literal["back"] | None = "back"
        if not item.availability:
            until = _instant(item.sold_out_until or event.until, now)
        wanted.setdefault(until, []).append(item_id)
    return wanted


def _instant(text: str | None, now: datetime) -> datetime | None:
    """Read when something is back; what has passed or is no instant counts for nothing."""
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    if moment is not None and moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment if moment is not None and moment > now else None


def _key(event: Event) -> str:
    """Give the name under which an event is noted; ids are unique within a restaurant at least, and of any length."""
    named = f"{event.restaurant_id}\0{event.event_id}"
    return f"event:{hashlib.sha256(named.encode('utf-8', 'replace')).hexdigest()}"


def _told(taken: Taken, event: Event | Rejected) -> Taken:
    """Count and log what became of an event, and give it."""
    telemetry.add("menu_sync.events", outcome=taken.outcome)
    about = {"event_id": taken.event_id[:200], "outcome": taken.outcome}
    if isinstance(event, Event):
        about |= {"restaurant_id": event.restaurant_id[:200], "type": event.type}
    if taken.outcome in ("rejected", "failed"):
        log.warning("an event was not taken: %s", taken.reason, extra=about)
    else:
        log.info("an event: %s", taken.reason or taken.outcome, extra=about)
    return taken
