"""What is sold out: saying so, and what stands in the ledger."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import Field

from pipeline.api import requests
from pipeline.api.guard import CallerHere
from pipeline.api.parts import RuntimeHere
from pipeline.api.problems import documented, refused
from pipeline.api.requests import RestaurantPath
from pipeline.api.syncs import known
from pipeline.api.views import Accepted, Ledger, NotDone, Queued, SoldOutEntry

router = APIRouter(prefix="/availability", tags=["availability"])


class Told(Accepted):
    """What is now in the ledger, and the operations that tell the platforms."""

    entries: list[SoldOutEntry]
    unchanged: list[str] = Field(default_factory=list)


@router.get("/{restaurant_id}")
def ledger(restaurant_id: RestaurantPath, runtime: RuntimeHere) -> Ledger:
    """List what is sold out at a restaurant, on all platforms."""
    return Ledger(items=[SoldOutEntry.of(entry) for entry in runtime.store.sold_out(restaurant_id)])


@router.post("/{restaurant_id}", status_code=202, responses=documented(404, 409, 422, 502))
async def tell(
    restaurant_id: RestaurantPath, wanted: requests.Availability, runtime: RuntimeHere, caller: CallerHere
) -> Told:
    """Say that dishes or options are sold out, until when, or that they are back."""
    for platform in wanted.platforms:
        known(runtime, platform, 422)
    service = runtime.service
    if wanted.available:
        answer = await service.back(restaurant_id, wanted.items, by=caller.name, platforms=wanted.platforms)
    else:
        answer = await service.sold_out(
            restaurant_id, wanted.items, by=caller.name, until=wanted.until, platforms=wanted.platforms
        )
    if answer.refused and not answer.entries and not answer.unchanged:
        raise refused(answer.refused[0])
    if answer.operations:
        runtime.worker.wake()
    return Told(
        restaurant_id=restaurant_id,
        entries=[SoldOutEntry.of(entry) for entry in answer.entries],
        operations=[Queued.of(operation) for operation in answer.operations],
        unchanged=list(answer.unchanged),
        refused=[NotDone(code=each.code, message=each.message, hint=each.hint) for each in answer.refused],
    )
