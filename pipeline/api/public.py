"""What platforms and load balancers call without a key: webhooks, hosted documents, health."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from connectors.hosting import MIN_KEY_CHARACTERS, Signer
from connectors.webhooks import MAX_MESSAGE_BYTES
from pipeline.store.protocol import StoreError
from pipeline.sync.runtime import Runtime

PROBLEM = "application/problem+json"
TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    413: "Content Too Large",
    503: "Service Unavailable",
}
router = APIRouter()


def problem(status: int, detail: str) -> JSONResponse:
    """Give problem details (RFC 9457)."""
    body = {"type": "about:blank", "title": TITLES.get(status, "Error"), "status": status, "detail": detail}
    return JSONResponse(body, status, media_type=PROBLEM)


@router.get("/health")
async def health() -> dict[str, str]:
    """Tell that the process runs."""
    return {"status": "ok"}


@router.get("/ready")
async def ready(request: Request) -> Response:
    """Tell whether the database does its work and the worker runs."""
    runtime: Runtime = request.app.state.runtime
    worker: asyncio.Task[None] | None = request.app.state.worker
    try:
        await asyncio.to_thread(runtime.store.due, runtime.engine.tools.now(), 1)
    except StoreError as error:
        return problem(503, str(error))
    if worker is not None and worker.done():
        return problem(503, "The worker has stopped.")
    return JSONResponse({"status": "ready"})


@router.post("/webhooks/{platform}/{webhook}")
async def webhook(platform: str, webhook: str, request: Request) -> Response:
    """Take a platform's message; it is kept before it is answered."""
    runtime: Runtime = request.app.state.runtime
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > MAX_MESSAGE_BYTES:
            return problem(413, "The message is too large.")
    try:
        taken = await asyncio.to_thread(
            runtime.webhooks.receive, platform, webhook, dict(request.headers), bytes(content)
        )
    except StoreError:
        return problem(503, "The message could not be kept; send it again.")
    if taken.status != 200:
        return problem(taken.status, taken.message)
    runtime.worker.wake()
    return JSONResponse({"status": taken.message})


@router.get("/hosted/{token}")
async def hosted(token: str, request: Request) -> Response:
    """Give a document that a platform downloads, as long as its address is good."""
    runtime: Runtime = request.app.state.runtime
    key, now = runtime.settings.signing_key.get_secret_value(), runtime.engine.tools.now()
    if len(key) < MIN_KEY_CHARACTERS or not Signer(key).good(token, now):
        return problem(404, "There is no such document, or its address has expired.")
    try:
        found = await asyncio.to_thread(runtime.store.hosted, token, now)
    except StoreError:
        return problem(503, "The document cannot be read now; ask again.")
    if found is None:
        return problem(404, "There is no such document, or its address has expired.")
    document, data = found
    headers = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}
    return Response(data, media_type=document.media_type, headers=headers)
