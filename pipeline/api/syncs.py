"""Publishing: put in line here, done by a worker; what was put in line can be followed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Body, Response

from pipeline.api.guard import CallerHere
from pipeline.api.parts import RuntimeHere, woken
from pipeline.api.problems import ProblemError, documented, refused
from pipeline.api.requests import FullRefresh, Once, PlatformPath, RestaurantPath, Rollback
from pipeline.api.views import Accepted, NotDone, Queued
from pipeline.mapping.nearest import did_you_mean
from pipeline.sync.asking.service import Refused, Requested
from pipeline.sync.places import platforms_of
from pipeline.sync.runtime import Runtime

router = APIRouter(tags=["publishing"])


@router.post("/sync/{restaurant_id}/full-refresh", status_code=202, responses=documented(404, 409, 422))
def full_refresh(
    restaurant_id: RestaurantPath, runtime: RuntimeHere, caller: CallerHere, wanted: FullRefresh | None = None
) -> Accepted:
    """Publish a restaurant's menu on some or all of its platforms: one operation per platform."""
    wanted = wanted or FullRefresh()
    for platform in wanted.platforms:
        known(runtime, platform, 422)
    tools = runtime.engine.tools
    platforms = list(dict.fromkeys(wanted.platforms)) or platforms_of(tools.store, tools.shelf, restaurant_id)
    return _publish(runtime, restaurant_id, platforms, caller.name, force=wanted.force)


@router.post("/sync/{restaurant_id}/platform/{platform}", status_code=202, responses=documented(404, 409, 422))
def sync_platform(
    restaurant_id: RestaurantPath,
    platform: PlatformPath,
    runtime: RuntimeHere,
    caller: CallerHere,
    wanted: Once | None = None,
) -> Accepted:
    """Publish a restaurant's menu on one platform."""
    known(runtime, platform)
    return _publish(runtime, restaurant_id, [platform], caller.name, force=wanted.force if wanted else False)


@router.post("/rollback/{restaurant_id}/{platform}", status_code=202, responses=documented(404, 409, 422))
def rollback(
    restaurant_id: RestaurantPath,
    platform: PlatformPath,
    runtime: RuntimeHere,
    caller: CallerHere,
    response: Response,
    wanted: Annotated[Rollback | None, Body()] = None,
) -> Queued:
    """Publish the last good menu before the present one again, with today's availability."""
    known(runtime, platform)
    found = runtime.service.rollback(restaurant_id, platform, by=caller.name, to=wanted.to if wanted else "")
    return queued(runtime, found, response)


def queued(runtime: Runtime, found: Requested | Refused, response: Response, *, error_id: str | None = None) -> Queued:
    """Answer with the operation that was put in line; a problem where none was."""
    if isinstance(found, Refused):
        raise refused(found)
    woken(runtime)
    view = Queued.of(found.operation, new=found.new, error_id=error_id)
    response.headers["Location"] = view.href
    return view


def known(runtime: Runtime, platform: str, status: int = 404) -> None:
    """Refuse a platform that there is not."""
    platforms = runtime.engine.tools.shelf.platforms
    if platform not in platforms:
        hint = did_you_mean(platform, platforms) or f"Known are {', '.join(platforms)}."
        message = f"There is no platform `{platform[:80]}`."
        raise ProblemError(status, message, code="platform-unknown", hint=hint)


def _publish(runtime: Runtime, restaurant_id: str, platforms: Sequence[str], by: str, *, force: bool) -> Accepted:
    if not platforms:
        hint = "Connect it: PUT /admin/restaurants/{restaurant_id}/platforms/{platform}."
        raise ProblemError(409, f"{restaurant_id} is on no platform.", code="not-connected", hint=hint)
    found = runtime.service.sync(restaurant_id, platforms, by=by, reason="asked for", force=force)
    operations = [Queued.of(each.operation, new=each.new) for each in found if isinstance(each, Requested)]
    not_done = [
        NotDone(code=each.code, message=each.message, hint=each.hint, platform=platform)
        for platform, each in zip(platforms, found, strict=True)
        if isinstance(each, Refused)
    ]
    if not operations:
        first = next(each for each in found if isinstance(each, Refused))
        raise refused(first)
    woken(runtime)
    return Accepted(restaurant_id=restaurant_id, operations=operations, refused=not_done)
