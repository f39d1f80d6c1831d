"""Operations: one by one, a restaurant's history, the payload and the menu behind them, letting held ones go."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from pipeline.api.guard import CallerHere
from pipeline.api.parts import RuntimeHere
from pipeline.api.problems import ProblemError, documented
from pipeline.api.requests import CursorQuery, LimitQuery, OperationPath, PlatformQuery, RestaurantPath
from pipeline.api.syncs import queued
from pipeline.api.views import OperationRow, Operations, OperationView, Queued
from pipeline.store.records import Operation
from pipeline.sync.runtime import Runtime

router = APIRouter(tags=["operations"])


def _as_it_was(example: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    content = {"application/json": {"schema": {"type": "object"}, "example": example}}
    return {200: {"description": "The document as it was.", "content": content}}


PAYLOAD = _as_it_was({"menu": {"name": "Chez Nous", "categories": [{"name": "Pizza", "items": []}]}})
MENU = _as_it_was({
    "restaurant": {"restaurant_id": "rest_001", "name": "Chez Nous"},
    "categories": [{"category_id": "c-1", "name": "Pizza"}],
    "items": [{"item_id": "i-7", "name": "Margherita", "price": "12.99", "category": "c-1"}],
})  # fmt: skip


@router.get("/operations/{operation_id}", responses=documented(404))
def operation(operation_id: OperationPath, runtime: RuntimeHere) -> OperationView:
    """Give an operation: its states, what was told of the menu, what was sent where it failed."""
    found = _operation(runtime, operation_id)
    error = runtime.store.error(found.error_id) if found.error_id else None
    return OperationView.whole(found, error)


@router.get("/operations/{operation_id}/payload", responses={**PAYLOAD, **documented(404)}, response_class=Response)
def payload(operation_id: OperationPath, runtime: RuntimeHere) -> Response:
    """Give the payload that an operation published, or would have."""
    return _document(runtime, _operation(runtime, operation_id).payload_id, "payload")


@router.get("/operations/{operation_id}/menu", responses={**MENU, **documented(404)}, response_class=Response)
def menu(operation_id: OperationPath, runtime: RuntimeHere) -> Response:
    """Give the menu that an operation published, as it was read."""
    return _document(runtime, _operation(runtime, operation_id).snapshot_id, "menu")


@router.post("/operations/{operation_id}/release", status_code=202, responses=documented(404, 409))
def release(operation_id: OperationPath, runtime: RuntimeHere, caller: CallerHere, response: Response) -> Queued:
    """Let a held menu go, as it was held."""
    return queued(runtime, runtime.service.release(operation_id, by=caller.name), response)


@router.get("/history/{restaurant_id}", responses=documented(422))
def history(
    restaurant_id: RestaurantPath,
    runtime: RuntimeHere,
    platform: PlatformQuery = "",
    limit: LimitQuery = 50,
    cursor: CursorQuery = "",
) -> Operations:
    """List a restaurant's operations, newest first."""
    page = runtime.store.history(restaurant_id, platform, limit=limit, cursor=cursor)
    return Operations(items=[OperationRow.of(each) for each in page.items], next_cursor=page.cursor or None)


def _operation(runtime: Runtime, operation_id: str) -> Operation:
    found = runtime.store.operation(operation_id)
    if found is None:
        raise ProblemError(404, f"There is no operation {operation_id}.", code="operation-unknown")
    return found


def _document(runtime: Runtime, blob_id: str, what: str) -> Response:
    data = runtime.store.blob(blob_id) if blob_id else None
    if data is None:
        raise ProblemError(404, f"No {what} is kept of this operation.", code=f"{what}-missing")
    return Response(data, media_type="application/json")
