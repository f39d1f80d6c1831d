"""Menus that platforms fetch themselves, each platform with a key of its own."""

from __future__ import annotations

import hmac
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from pipeline.api.parts import RuntimeHere, limits_of
from pipeline.api.problems import ProblemError, documented
from pipeline.api.requests import PlatformPath, RestaurantPath
from pipeline.mapping.form.pull import PullForm
from pipeline.sync.pulls import NotPulled, Pulls
from pipeline.sync.runtime import Runtime

router = APIRouter(tags=["platforms call"])
OFTEN = 30
PER = timedelta(minutes=1)
DOCUMENT: dict[int | str, dict[str, Any]] = {
    200: {"description": "The menu.", "content": {"application/json": {"schema": {"type": "object"}}}}
}
_NOWHERE = "There is no such menu, or this platform does not fetch menus here."


@router.get(
    "/menus/{platform}/{store_id}",
    responses={**DOCUMENT, **documented(401, 404, 422, 429, 500, 503)},
    response_class=Response,
)
async def pull(
    platform: PlatformPath,
    store_id: RestaurantPath,
    request: Request,
    runtime: RuntimeHere,
    ids: Annotated[str, Query(max_length=2_000, description="Ids of menus; a store has one, which is given.")] = "",
) -> Response:
    """Give a store's menu as a publish would send it; counted as a sync.

    The platform's key is `pull_key` of its PLATFORM_CONFIGS; it stands in the header that the mapping names, else in
    `X-API-Key`.
    """
    _check_key(runtime, platform, request)
    bucket = f"pull:{platform}:{store_id}"
    wait = limits_of(request, runtime).take(bucket, OFTEN, PER, runtime.engine.tools.now())
    if wait > 0:
        detail = f"This menu may be fetched {OFTEN} times a minute, and has been."
        raise ProblemError(429, detail, code="too-often", headers={"Retry-After": str(int(wait) + 1)})
    found = await Pulls(runtime.engine).pull(platform, store_id)
    if isinstance(found, NotPulled):
        if not found.known:
            raise ProblemError(404, _NOWHERE, code="store-unknown")
        raise ProblemError(503, found.message, code="menu-missing", headers={"Retry-After": "60"})
    headers = {"Cache-Control": "private, no-store", "X-Operation-Id": found.operation.operation_id}
    return Response(found.data, media_type="application/json", headers=headers)


def _check_key(runtime: Runtime, platform: str, request: Request) -> None:
    shelf = runtime.engine.tools.shelf
    mapping, _ = shelf.mapping(platform)
    key = shelf.account(platform).pull_key.get_secret_value() if mapping is not None else ""
    if mapping is None or not key:
        raise ProblemError(404, _NOWHERE, code="store-unknown")
    pull = mapping.conversation.pull
    form = pull.form if pull is not None else PullForm(node=mapping.document.node)
    given = request.headers.get(form.header, "")
    if not hmac.compare_digest(given.encode("utf-8", "replace"), f"{form.prefix}{key}".encode()):
        raise ProblemError(401, f"{form.header} does not hold this platform's key.", code="key-unknown")
