"""Which restaurant is on which platform, with which settings there."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import Field

from pipeline.api.guard import CallerHere
from pipeline.api.parts import RuntimeHere
from pipeline.api.problems import ProblemError, WrongField, documented, refused
from pipeline.api.requests import Connect, PlatformPath, RestaurantPath
from pipeline.api.syncs import known
from pipeline.api.views import PlatformName, PlatformState, RestaurantId, View
from pipeline.sync.asking.service import Refused
from pipeline.sync.places import own_settings, platforms_of
from pipeline.sync.runtime import Runtime

router = APIRouter(prefix="/restaurants/{restaurant_id}/platforms/{platform}", tags=["restaurants"])
MASK = "***"


class ConnectionView(View):
    """A restaurant's place on a platform."""

    restaurant_id: RestaurantId
    platform: PlatformName
    connected: bool
    source: Annotated[
        Literal["connection", "configuration", "everybody", "none"],
        Field(description="Who says so: a connection, PLATFORM_CONFIGS, or nobody names any restaurant."),
    ]
    environment: str
    settings: Annotated[
        dict[str, Any], Field(description="As they were given, secrets masked.", examples=[{"store_id": "s-1"}])
    ]
    updated_at: datetime | None = None
    updated_by: str = ""
    state: PlatformState


@router.get("", responses=documented(404))
def connection(restaurant_id: RestaurantPath, platform: PlatformPath, runtime: RuntimeHere) -> ConnectionView:
    """Give a restaurant's settings on a platform."""
    known(runtime, platform)
    return _view(runtime, restaurant_id, platform)


@router.put("", responses=documented(404, 409, 422))
def connect(
    restaurant_id: RestaurantPath, platform: PlatformPath, wanted: Connect, runtime: RuntimeHere, caller: CallerHere
) -> ConnectionView:
    """Put a restaurant on a platform, or change its settings there; lets go on what waited for that."""
    known(runtime, platform)
    given = {name: value for name, value in wanted.settings.items() if value != MASK}
    found = runtime.service.connect(restaurant_id, platform, given, by=caller.name)
    if isinstance(found, tuple):
        wrong = [WrongField(field="body.settings", message=each.message) for each in found]
        first = refused(found[0]).problem
        more = f" ({len(found) - 1} more)" if len(found) > 1 else ""
        raise ProblemError(
            first.status, f"{first.detail}{more}", code=first.code or "", hint=first.hint or "", errors=wrong
        )
    return _view(runtime, restaurant_id, platform)


@router.delete("", responses=documented(404, 409))
def disconnect(
    restaurant_id: RestaurantPath, platform: PlatformPath, runtime: RuntimeHere, caller: CallerHere
) -> ConnectionView:
    """Take a restaurant off a platform: nothing more is sent; what stands there stays."""
    known(runtime, platform)
    found = runtime.service.disconnect(restaurant_id, platform, by=caller.name)
    if isinstance(found, Refused):
        raise refused(found)
    return _view(runtime, restaurant_id, platform)


def _view(runtime: Runtime, restaurant_id: str, platform: str) -> ConnectionView:
    store, shelf = runtime.store, runtime.engine.tools.shelf
    account, stored = shelf.account(platform), store.connection(restaurant_id, platform)
    connected = platform in platforms_of(store, shelf, restaurant_id)
    given = own_settings(account, restaurant_id, stored)
    source: Literal["connection", "configuration", "everybody", "none"] = "everybody" if connected else "none"
    if stored is not None:
        source = "connection"
    elif restaurant_id in account.stores:
        source = "configuration"
    mapping, _ = shelf.mapping(platform)
    secret = {name for name, form in mapping.document.store_settings.items() if form.secret} if mapping else set(given)
    return ConnectionView(
        restaurant_id=restaurant_id,
        platform=platform,
        connected=connected,
        source=source,
        environment=stored.environment if stored is not None else account.environment_name,
        settings={name: MASK if name in secret and value else value for name, value in given.items()},
        updated_at=stored.updated_at if stored is not None else None,
        updated_by=stored.updated_by if stored is not None else "",
        state=PlatformState.of(store.status(restaurant_id, platform), connected=connected),
    )
