"""What platforms and load balancers call without a key: webhooks, hosted documents, health."""

from __future__ import annotations

import asyncio
import logging
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from connectors.hosting import MIN_KEY_CHARACTERS, Signer
from connectors.webhooks import MAX_MESSAGE_BYTES
from pipeline.api.parts import RuntimeHere
from pipeline.api.problems import ProblemError, documented
from pipeline.api.requests import PlatformPath
from pipeline.api.views import View
from pipeline.store.protocol import StoreError

router = APIRouter()
log = logging.getLogger("menu_sync.api")
WORD = Annotated[str, Path(max_length=80, description="The webhook's name in the mapping.", examples=["menu_status"])]
TOKEN = Annotated[str, Path(max_length=300, description="What the signed address ends with.", examples=["q1x8…"])]
MESSAGE: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": {}}}, "description": "As it comes."}
}
DOCUMENT: dict[int | str, dict[str, Any]] = {200: {"description": "The document.", "content": {"*/*": {"schema": {}}}}}
_GONE = "There is no such document, or its address has expired."


class Health(View):
    """How this process is."""

    status: str


@router.get("/health", tags=["health"])
async def health() -> Health:
    """Tell that the process runs."""
    return Health(status="ok")


@router.get("/ready", tags=["health"], responses=documented(503))
async def ready(request: Request, runtime: RuntimeHere) -> Health:
    """Tell whether the database does its work and the worker runs."""
    worker: asyncio.Task[None] | None = request.app.state.worker
    try:
        await asyncio.to_thread(runtime.store.due, runtime.engine.tools.now(), 1)
    except StoreError as error:
        log.error("the database does not do its work: %s", error)
        raise ProblemError(503, "The database does not do its work.", code="store-failed") from None
    if worker is not None and worker.done():
        raise ProblemError(503, "The worker has stopped.", code="worker-stopped")
    return Health(status="ready")


@router.post(
    "/webhooks/{platform}/{webhook}",
    tags=["platforms call"],
    responses=documented(401, 404, 413, 422, 500, 503),
    openapi_extra=MESSAGE,
)
async def webhook(platform: PlatformPath, webhook: WORD, request: Request, runtime: RuntimeHere) -> Health:
    """Take a platform's message; it is kept before it is answered."""
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > MAX_MESSAGE_BYTES:
            raise ProblemError(413, "The message is too large.", code="too-large")
    try:
        taken = await asyncio.to_thread(
            runtime.webhooks.receive, platform, webhook, dict(request.headers), bytes(content)
        )
    except StoreError as error:
        log.error("a message could not be kept: %s", error)
        raise ProblemError(503, "The message could not be kept; send it again.", code="store-failed") from None
    if taken.status != 200:
        raise ProblemError(taken.status, taken.message)
    runtime.worker.wake()
    return Health(status=taken.message)


@router.get(
    "/hosted/{token}",
    tags=["platforms call"],
    responses={**DOCUMENT, **documented(404, 422, 500, 503)},
    response_class=Response,
)
async def hosted(token: TOKEN, runtime: RuntimeHere) -> Response:
    """Give a document that a platform downloads, as long as its address is good."""
    key, now = runtime.settings.signing_key.get_secret_value(), runtime.engine.tools.now()
    if len(key) < MIN_KEY_CHARACTERS or not Signer(key).good(token, now):
        raise ProblemError(404, _GONE)
    try:
        found = await asyncio.to_thread(runtime.store.hosted, token, now)
    except StoreError as error:
        log.error("a document could not be read: %s", error)
        raise ProblemError(503, "The document cannot be read now; ask again.", code="store-failed") from None
    if found is None:
        raise ProblemError(404, _GONE)
    document, data = found
    headers = {"Cache-Control": "private, no-store"}
    return Response(data, media_type=document.media_type, headers=headers)
