"""The admin API, webhooks and hosted documents, behind an HTTP API or a function URL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import handlers.store  # noqa: F401 - opened while the process starts

if TYPE_CHECKING:
    from handlers.process import Process

TEXTS = ("text/", "application/json", "application/problem+json", "application/javascript", "image/svg+xml")
"""Media types whose answers go out as text; others are encoded."""


_made: dict[str, Any] = {}
"""The adapter, and the parts that it was made for."""


def _adapter(parts: Process) -> Any:
    if _made.get("parts") is not parts:
        import contextlib

        from mangum import Mangum

        from pipeline.api.app import create_app

        # Lambda tells no start and no end: the parts are the process's own.
        app = create_app(lambda: contextlib.nullcontext(parts.runtime), work=False, origins=parts.settings.origins)
        _made.update(parts=parts, adapter=Mangum(app, lifespan="off", text_mime_types=list(TEXTS)))
    return _made["adapter"]


def handler(document: Any, context: Any = None) -> dict[str, Any]:
    """Answer one request; what it put in line is handed over before the process is frozen."""
    import asyncio

    from handlers.process import process

    parts = process()
    asyncio.set_event_loop(parts.loop)
    answer: dict[str, Any] = _adapter(parts)(document, context)
    parts.hand_over_due()
    return answer
