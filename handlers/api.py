"""The admin API, webhooks and hosted documents, behind an HTTP API or a function URL."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import handlers.store  # noqa: F401 - opened while the process starts

TEXTS = ("text/", "application/json", "application/problem+json", "application/javascript", "image/svg+xml")
"""Media types whose answers go out as text; others are encoded."""


@lru_cache(maxsize=1)
def _adapter() -> Any:
    import contextlib

    from mangum import Mangum

    from handlers.process import process
    from pipeline.api.app import create_app

    runtime = process().runtime
    # Lambda tells no start and no end: the parts are the process's own.
    app = create_app(lambda: contextlib.nullcontext(runtime), work=False)
    return Mangum(app, lifespan="off", text_mime_types=list(TEXTS))


def handler(document: Any, context: Any = None) -> dict[str, Any]:
    """Answer one request; what it put in line is handed over before the process is frozen."""
    import asyncio

    from handlers.process import process

    parts = process()
    asyncio.set_event_loop(parts.loop)
    answer: dict[str, Any] = _adapter()(document, context)
    parts.hand_over_due()
    return answer
