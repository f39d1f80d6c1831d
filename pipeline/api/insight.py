"""Seeing the whole: who did what, how syncs went over time, which field reaches which platform, who one is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from pipeline.api.guard import CallerHere
from pipeline.api.keys import Role
from pipeline.api.lists import over
from pipeline.api.parts import RuntimeHere
from pipeline.api.problems import documented
from pipeline.api.requests import CursorQuery, Instant, LimitQuery, RestaurantQuery
from pipeline.api.views import WHEN, Audit, Event, View
from pipeline.coverage import coverage
from pipeline.mapping.compiled import CompiledMapping
from pipeline.store.protocol import SyncStore
from pipeline.store.records import ENDED, AuditEntry, Operation

router = APIRouter(tags=["insight"])
MOST_OPERATIONS = 5_000
"""So many operations of a key's own restaurants are looked at for a summary."""
MOST_ERRORS = 1_000
EVENTS = 100


class Me(View):
    """Whose key this is."""

    name: Annotated[str, Field(examples=["ana"])]
    role: Role
    restaurants: Annotated[
        list[str] | None, Field(description="The only ones that it may see; null: all.", examples=[["rest_001"]])
    ] = None
    requests_per_minute: Annotated[int, Field(description="So often it may ask; 0: no limit.", examples=[600])]


class Outcome(View):
    """Operations that ended on one day, alike."""

    day: Annotated[str, Field(examples=["2026-03-01"])]
    platform: str
    kind: str
    state: str
    count: int
    seconds: Annotated[float, Field(description="The mean from request to end.")]
    longest: float


class Summary(View):
    """How syncs went."""

    since: datetime
    outcomes: list[Outcome]
    open_errors: Annotated[dict[str, int], Field(description="Unresolved errors by platform.")]


class Events(View):
    """What happened since an instant, oldest first."""

    items: list[Event]
    since: Annotated[datetime, Field(description="Give it as `since` next time.", examples=[WHEN])]
    more: Annotated[bool, Field(description="More has happened than fits; ask again at once.")] = False
    open_errors: dict[str, int]


class Coverage(View):
    """The matrix of fields and platforms, as `cli.py coverage --format json` gives it."""

    states: dict[str, str]
    platforms: list[dict[str, Any]]
    fields: list[dict[str, Any]]


@router.get("/me")
def me(caller: CallerHere, runtime: RuntimeHere) -> Me:
    """Tell whose key this is and what it may do."""
    key = caller.key
    restaurants = list(key.restaurants) if key.restaurants is not None else None
    return Me(
        name=key.name, role=key.role, restaurants=restaurants,
        requests_per_minute=runtime.settings.api_requests_per_minute,
    )  # fmt: skip


@router.get("/audit", responses=documented(422))
def audit(
    runtime: RuntimeHere,
    caller: CallerHere,
    restaurant_id: RestaurantQuery = "",
    since: Annotated[Instant | None, Query(description="Only from then on.")] = None,
    limit: LimitQuery = 50,
    cursor: CursorQuery = "",
) -> Audit:
    """List who did what, newest first."""
    items, following = over(
        (restaurant_id,) if restaurant_id else caller.restaurants,
        lambda restaurant, most, behind: runtime.store.audit(
            restaurant_id=restaurant, since=since, limit=most, cursor=behind
        ),
        limit,
        cursor,
    )
    return Audit(items=[Event.of(entry) for entry in items], next_cursor=following)


@router.get("/events", responses={304: {"description": "Nothing has happened since."}, **documented(422)})
def events(
    runtime: RuntimeHere,
    caller: CallerHere,
    since: Annotated[Instant | None, Query(description="Only from then on; left out: the last minutes.")] = None,
    restaurant_id: RestaurantQuery = "",
) -> Events:
    """Tell what has happened since an instant, for pages that stay up to date.

    Ask every few seconds with `since` of the answer before and its `ETag` in `If-None-Match`: 304 where
    nothing new has happened. What happened at the very instant `since` comes again; `id` tells entries apart.
    """
    now = runtime.engine.tools.now()
    start = since or now - timedelta(minutes=10)
    mine = (restaurant_id,) if restaurant_id else caller.restaurants
    found = _since(runtime.store, mine, start)
    shown = found[:EVENTS]
    return Events(
        items=[Event.of(entry) for entry in shown],
        since=shown[-1].at if shown else start,
        more=len(found) > EVENTS,
        open_errors=_depth(runtime.store, mine),
    )


@router.get("/summary", responses=documented(422))
def summary(
    runtime: RuntimeHere,
    caller: CallerHere,
    days: Annotated[int, Query(ge=1, le=90, description="So many days back.")] = 7,
) -> Summary:
    """Count outcomes and their durations by day, platform, kind and state, and the errors that are open."""
    now = runtime.engine.tools.now()
    since = (now - timedelta(days=days - 1)).replace(hour=0, minute=0, second=0, microsecond=0)
    if caller.restaurants is None:
        outcomes: Iterable[dict[str, Any]] = runtime.store.outcomes(since)
    else:
        outcomes = _outcomes(runtime.store, caller.restaurants, since)
    return Summary(
        since=since,
        outcomes=[Outcome.model_validate(outcome) for outcome in outcomes],
        open_errors=_depth(runtime.store, caller.restaurants),
    )


@router.get("/coverage")
def field_coverage(runtime: RuntimeHere) -> Coverage:
    """Tell which field of the internal menu reaches which platform, and where it is lost."""
    shelf = runtime.engine.tools.shelf
    return _matrix(tuple(mapping for name in shelf.platforms if (mapping := shelf.mapping(name)[0]) is not None))


@lru_cache(maxsize=1)
def _matrix(mappings: tuple[CompiledMapping, ...]) -> Coverage:
    return Coverage.model_validate(coverage(mappings).as_json())


def _since(store: SyncStore, restaurants: Sequence[str] | None, start: datetime) -> list[AuditEntry]:
    """Give what happened from an instant on, oldest first; one more than are shown, if there are."""
    found: list[AuditEntry] = []
    for restaurant in restaurants if restaurants is not None else ("",):
        cursor = ""
        for _ in range(20):
            page = store.audit(restaurant_id=restaurant, since=start, limit=500, cursor=cursor)
            found += page.items
            cursor = page.cursor
            if not cursor:
                break
    return sorted(found, key=lambda entry: entry.at)


def _depth(store: SyncStore, restaurants: Sequence[str] | None) -> dict[str, int]:
    if restaurants is None:
        return store.error_depth()
    depth: dict[str, int] = {}
    for restaurant in restaurants:
        for status in ("open", "retrying"):
            page = store.list_errors(restaurant_id=restaurant, status=status, limit=MOST_ERRORS)
            for error in page.items:
                depth[error.platform] = depth.get(error.platform, 0) + 1
    return dict(sorted(depth.items()))


def _outcomes(store: SyncStore, restaurants: Sequence[str], since: datetime) -> list[dict[str, Any]]:
    """Count a key's own restaurants' operations, in the form that the store counts all."""
    groups: dict[tuple[str, str, str, str], list[float]] = {}
    for operation in _ended(store, restaurants, since):
        took = (operation.updated_at - operation.created_at).total_seconds()
        key = (f"{operation.updated_at:%Y-%m-%d}", operation.platform, operation.kind, operation.state.value)
        groups.setdefault(key, []).append(took)
    return [
        {"day": day, "platform": platform, "kind": kind, "state": state, "count": len(took),
         "seconds": round(sum(took) / len(took), 3), "longest": round(max(took), 3)}
        for (day, platform, kind, state), took in sorted(groups.items())
    ]  # fmt: skip


def _ended(store: SyncStore, restaurants: Sequence[str], since: datetime) -> Iterable[Operation]:
    looked_at = 0
    for restaurant in restaurants:
        cursor = ""
        while looked_at < MOST_OPERATIONS:
            page = store.history(restaurant, limit=200, cursor=cursor)
            looked_at += len(page.items)
            yield from (each for each in page.items if each.state in ENDED and each.updated_at >= since)
            cursor = page.cursor
            if not cursor or (page.items and page.items[-1].created_at < since - timedelta(days=1)):
                break
