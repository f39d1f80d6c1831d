"""The error queue: what failed and why, trying again, closing."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import Field

from pipeline.api.guard import CallerHere
from pipeline.api.lists import over
from pipeline.api.parts import RuntimeHere, woken
from pipeline.api.problems import ProblemError, documented, refused
from pipeline.api.requests import (
    CursorQuery,
    ErrorPath,
    LimitQuery,
    PlatformQuery,
    Resolution,
    RestaurantQuery,
    Retries,
)
from pipeline.api.syncs import queued
from pipeline.api.views import ErrorRow, Errors, ErrorView, NotDone, Queued, View
from pipeline.sync.asking.service import Refused

router = APIRouter(prefix="/errors", tags=["errors"])


class Retried(View):
    """What is tried again, and what is not."""

    operations: list[Queued]
    refused: list[NotDone] = Field(default_factory=list)


@router.get("", responses=documented(422))
def errors(
    runtime: RuntimeHere,
    caller: CallerHere,
    restaurant_id: RestaurantQuery = "",
    platform: PlatformQuery = "",
    status: Annotated[Literal["", "open", "retrying", "resolved"], Query(description="Only those that stand so.")] = "",
    limit: LimitQuery = 50,
    cursor: CursorQuery = "",
) -> Errors:
    """List errors, newest first."""
    items, following = over(
        (restaurant_id,) if restaurant_id else caller.restaurants,
        lambda restaurant, most, behind: runtime.store.list_errors(
            restaurant_id=restaurant, platform=platform, status=status, limit=most, cursor=behind
        ),
        limit,
        cursor,
    )
    return Errors(items=[ErrorRow.of(error) for error in items], next_cursor=following)


@router.post("/retry", status_code=202, responses=documented(404, 409, 422))
def retry_several(wanted: Retries, runtime: RuntimeHere, caller: CallerHere) -> Retried:
    """Try several errors again; 202 where any of them is."""
    ids = list(dict.fromkeys(wanted.error_ids))
    known = {error_id: runtime.store.error(error_id) for error_id in ids}
    caller.needs(error.restaurant_id for error in known.values() if error is not None)
    operations, not_done = [], []
    for error_id in ids:
        found = runtime.service.retry(error_id, by=caller.name)
        if isinstance(found, Refused):
            not_done.append(
                (found, NotDone(code=found.code, message=found.message, hint=found.hint, error_id=error_id))
            )
        else:
            operations.append(Queued.of(found.operation, new=found.new, error_id=error_id))
    if not operations:
        raise refused(not_done[0][0])
    woken(runtime)
    return Retried(operations=operations, refused=[each for _, each in not_done])


@router.get("/{error_id}", responses=documented(404))
def error(error_id: ErrorPath, runtime: RuntimeHere) -> ErrorView:
    """Give an error: the fields that the platform complained of, every request and its answer."""
    found = runtime.store.error(error_id)
    if found is None:
        raise ProblemError(404, f"There is no error {error_id}.", code="error-unknown")
    return ErrorView.whole(found)


@router.post("/{error_id}/retry", status_code=202, responses=documented(404, 409))
def retry(error_id: ErrorPath, runtime: RuntimeHere, caller: CallerHere, response: Response) -> Queued:
    """Try again what failed, with the newest menu."""
    return queued(runtime, runtime.service.retry(error_id, by=caller.name), response, error_id=error_id)


@router.post("/{error_id}/resolve", responses=documented(404, 409, 422))
def resolve(
    error_id: ErrorPath, runtime: RuntimeHere, caller: CallerHere, wanted: Resolution | None = None
) -> ErrorView:
    """Close an error with a note."""
    found = runtime.service.resolve(error_id, wanted.note if wanted else "", by=caller.name)
    if isinstance(found, Refused):
        raise refused(found)
    return ErrorView.whole(found)
