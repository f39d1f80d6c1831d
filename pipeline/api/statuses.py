"""Where restaurants stand: the status of one, the list of all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field

from pipeline.api.guard import Caller, CallerHere
from pipeline.api.lists import Ids, merged
from pipeline.api.parts import RuntimeHere
from pipeline.api.problems import ProblemError, documented
from pipeline.api.requests import PLAIN, CursorQuery, LimitQuery, PlatformQuery, RestaurantPath
from pipeline.api.views import PlatformState, RestaurantId, RestaurantRow, Restaurants, View
from pipeline.store.records import Page, State
from pipeline.sync.places import platforms_of
from pipeline.sync.runtime import Runtime

router = APIRouter(tags=["restaurants"])
LIST = "restaurants"


class SyncStatus(View):
    """A restaurant's status on every platform that it is on, or was on."""

    restaurant_id: RestaurantId
    platforms: Annotated[
        dict[str, dict[str, Any]],
        Field(
            description="`status`, `last_sync` and what goes with it: `item_count` and `external_menu_id`, or where it "
            "failed or is held, `error` and `retry_count`."
        ),
    ]

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "restaurant_id": "rest_001",
                    "platforms": {
                        "pizza_post": {
                            "status": "SYNCED",
                            "last_sync": "2026-03-01T11:30:00Z",
                            "item_count": 42,
                            "external_menu_id": "5f0c1c3e-7d5b-4f0e-9a2b-0f1d2c3b4a59",
                        },
                        "curry_cab": {
                            "status": "FAILED",
                            "last_sync": "2026-02-28T17:05:12Z",
                            "error": "Curry Cab does not answer.",
                            "retry_count": 2,
                            "error_id": "err_rest_001_curry_cab_20260301_001",
                        },
                    },
                }
            ]
        }
    )


@router.get("/sync-status/{restaurant_id}", responses=documented(404))
def sync_status(restaurant_id: RestaurantPath, runtime: RuntimeHere) -> SyncStatus:
    """Give a restaurant's status on every platform."""
    row = row_of(runtime, restaurant_id)
    return SyncStatus(
        restaurant_id=restaurant_id,
        platforms={platform: _short(state) for platform, state in row.platforms.items()},
    )


@router.get("/restaurants", responses=documented(422))
def restaurants(
    runtime: RuntimeHere,
    caller: CallerHere,
    search: Annotated[
        str, Query(max_length=100, pattern=PLAIN[:-2] + "*$", description="Part of an id or a name, case aside.")
    ] = "",
    platform: PlatformQuery = "",
    status: Annotated[
        State | None,
        Query(description="Only those that stand so on any platform; PENDING: also where nothing was ever published."),
    ] = None,
    limit: LimitQuery = 50,
    cursor: CursorQuery = "",
) -> Restaurants:
    """List restaurants, each with its state on all its platforms.

    Those that any platform is told to serve are there, too, before anything was ever published.
    """
    wanted = _Wanted(runtime, search, platform, status)
    ids, following = merged(LIST, wanted.sources(caller), limit, cursor)
    return Restaurants(items=[_row(runtime, each) for each in ids], next_cursor=following)


@router.get("/restaurants/{restaurant_id}", responses=documented(404))
def restaurant(restaurant_id: RestaurantPath, runtime: RuntimeHere) -> RestaurantRow:
    """Give one restaurant with its state on all its platforms."""
    return row_of(runtime, restaurant_id)


def row_of(runtime: Runtime, restaurant_id: str) -> RestaurantRow:
    """Give a restaurant's row; a problem where it is on no platform and never was."""
    row = _row(runtime, restaurant_id)
    if not row.platforms:
        hint = "Connect it: PUT /admin/restaurants/{restaurant_id}/platforms/{platform}."
        raise ProblemError(404, f"{restaurant_id} is on no platform.", code="restaurant-unknown", hint=hint)
    return row


class _Wanted:
    """Which restaurants are asked for, and who may know them: statuses, connections, the platforms' settings."""

    def __init__(self, runtime: Runtime, search: str, platform: str, state: State | None) -> None:
        self._store = runtime.store
        self._shelf = runtime.engine.tools.shelf
        self._search = search
        self._platform = platform
        self._state = state

    def sources(self, caller: Caller) -> list[Ids]:
        """Give what is to be asked; for a caller with restaurants of its own, those alone."""
        if caller.restaurants is not None:
            mine = sorted(each for each in caller.restaurants if self._fits(each))
            return [lambda _: (mine, "")]
        if self._state not in (None, State.PENDING):
            return [self._statuses]
        return [self._statuses, self._connections, self._configured]

    def _statuses(self, cursor: str) -> tuple[list[str], str]:
        return _ids(
            self._store.list_statuses(
                platform=self._platform, state=self._state, search=self._search, limit=100, cursor=cursor
            )
        )

    def _connections(self, cursor: str) -> tuple[list[str], str]:
        ids, following = _ids(self._store.connections(platform=self._platform, limit=self._pages, cursor=cursor))
        return [each for each in ids if self._found(each) and self._waits(each)], following

    def _configured(self, cursor: str) -> tuple[list[str], str]:
        platforms = [self._platform] if self._platform else self._shelf.platforms
        ids = {each for name in platforms if name in self._shelf.platforms for each in self._shelf.account(name).stores}
        page = sorted(each for each in ids if each > cursor and self._found(each))
        following = page[self._pages - 1] if len(page) > self._pages else ""
        return [each for each in page[: self._pages] if self._waits(each)], following

    @property
    def _pages(self) -> int:
        """How many are looked at for a page: few where each costs reads of its own."""
        return 100 if self._state is None else 20

    def _waits(self, restaurant_id: str) -> bool:
        """Tell whether it belongs to what is asked for though it has no status: where nothing was ever published."""
        if self._state is None:
            return True
        known = {status.platform for status in self._store.statuses(restaurant_id)}
        on = platforms_of(self._store, self._shelf, restaurant_id)
        return any(each not in known and self._platform in ("", each) for each in on)

    def _found(self, restaurant_id: str, name: str = "") -> bool:
        search = self._search.casefold()
        return search in restaurant_id.casefold() or search in name.casefold()

    def _fits(self, restaurant_id: str) -> bool:
        statuses = self._store.statuses(restaurant_id)
        on: Iterable[str] = {status.platform for status in statuses}
        if self._platform and self._state in (None, State.PENDING):
            on = {*on, *platforms_of(self._store, self._shelf, restaurant_id)}
        if self._platform and self._platform not in on:
            return False
        states = [each.state for each in statuses if not self._platform or each.platform == self._platform]
        stands_so = self._state is None or self._state in states
        if not stands_so and not (self._state == State.PENDING and self._waits(restaurant_id)):
            return False
        return self._found(restaurant_id) or any(self._found(restaurant_id, each.restaurant_name) for each in statuses)


def _ids(page: Page) -> tuple[list[str], str]:
    return list(_distinct(record.restaurant_id for record in page.items)), page.cursor


def _distinct(ids: Iterable[str]) -> Iterator[str]:
    return iter(dict.fromkeys(ids))


def _row(runtime: Runtime, restaurant_id: str) -> RestaurantRow:
    store, shelf = runtime.store, runtime.engine.tools.shelf
    statuses = {status.platform: status for status in store.statuses(restaurant_id)}
    on = platforms_of(store, shelf, restaurant_id)
    disconnected = [each.platform for each in store.connections(restaurant_id).items if not each.enabled]
    platforms = {
        platform: PlatformState.of(statuses.get(platform), connected=platform in on)
        for platform in sorted({*statuses, *on, *disconnected})
    }
    name = next((status.restaurant_name for status in statuses.values() if status.restaurant_name), "")
    return RestaurantRow(restaurant_id=restaurant_id, name=name, platforms=platforms)


def _short(state: PlatformState) -> dict[str, Any]:
    """Give the part of a state that goes with it."""
    last_sync = state.last_sync.isoformat().replace("+00:00", "Z") if state.last_sync is not None else None
    short: dict[str, Any] = {"status": state.status.value, "last_sync": last_sync}
    if state.status in (State.FAILED, State.HELD):
        short |= {"error": state.error, "retry_count": state.retry_count}
        short |= {"error_id": state.error_id} if state.error_id else {}
    else:
        short |= {"item_count": state.item_count, "external_menu_id": state.external_menu_id}
    if state.needs_reconnect:
        short["needs_reconnect"] = True
    return short
