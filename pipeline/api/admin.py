"""The admin API: every route under ``/admin``, behind its guard."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from pipeline.api import (
    availability,
    connections,
    errors,
    insight,
    looking,
    mappings,
    operations,
    platforms,
    statuses,
    syncs,
)
from pipeline.api.guard import guard
from pipeline.api.problems import documented

PREFIX = "/admin"
router = APIRouter(
    prefix=PREFIX, dependencies=[Depends(guard)], responses=documented(401, 403, 413, 422, 429, 500, 503)
)
for part in (
    insight, statuses, connections, platforms, mappings, syncs, operations, errors, availability, looking,
):  # fmt: skip
    router.include_router(part.router)
