"""Looking without publishing: what would be sent, what would change, why a field is what it is."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from pipeline import json_text
from pipeline.api.guard import CallerHere, only_looks
from pipeline.api.parts import RuntimeHere
from pipeline.api.problems import ProblemError, documented
from pipeline.api.requests import PlatformPath
from pipeline.api.sides import NOTHING, Look, Subject, Subjects, asked, given
from pipeline.collector import collector_paused
from pipeline.comparing import Side, compare
from pipeline.explaining import Explainer, WrongField
from pipeline.findings import Finding, as_json, stops_publishing
from pipeline.mapping.expressions.scope import OperationView
from pipeline.preview import preview
from pipeline.store.records import SoldOut
from pipeline.sync.places import Place
from pipeline.sync.prepared import make, payload_hash
from pipeline.sync.runtime import Runtime

router = APIRouter(tags=["looking"])
LOOK = OperationView("op-preview", "preview")
MOST_EXPLAINED = 200
_FAILURES = documented(404, 413, 422, 502)


class LookBody(BaseModel):
    """What to look at: a menu, or a restaurant, whose newest menu is fetched."""

    restaurant_id: Annotated[str | None, Field(examples=["rest_001"])] = None
    menu: Annotated[dict[str, Any] | None, Field(description="A whole menu, instead of the restaurant's.")] = None
    store: Annotated[
        dict[str, Any] | None,
        Field(description="Store settings that differ for this look.", examples=[{"store_id": "s-1"}]),
    ] = None
    mapping: Annotated[
        str | None, Field(description="The text of a mapping, instead of the platform's; operators.")
    ] = None


class DiffBody(LookBody):
    """What to compare: by default what the platform has with the newest menu."""

    old_menu: Annotated[dict[str, Any] | None, Field(description="Instead of what the platform has.")] = None
    old_operation_id: Annotated[str | None, Field(description="The menu of this operation as the old one.")] = None
    new_operation_id: Annotated[str | None, Field(description="The menu of this operation as the new one.")] = None


class ExplainBody(LookBody):
    """What to explain: one of `field`, `line` and `dish`."""

    field: Annotated[
        str | None, Field(description="A payload path.", examples=["menu.categories[0].items[0].price"])
    ] = None
    line: Annotated[int | None, Field(description="A line of the mapping.", ge=1)] = None
    dish: Annotated[str | None, Field(description="A dish's name or id.")] = None
    limit: Annotated[int, Field(description="So many fields at most.", ge=1, le=MOST_EXPLAINED)] = 20


class Previewed(BaseModel):
    """What a publish would send."""

    platform: str
    restaurant_id: str | None
    publishable: Annotated[bool, Field(description="Whether a publish would send it.")]
    payload: Annotated[Any, Field(description="As it would be sent; null where nothing could be made.")]
    payload_hash: str
    item_count: int
    findings: Annotated[list[dict[str, Any]], Field(description="Everything to be told of it.")]
    diff: Annotated[dict[str, Any] | None, Field(description="What would change; null where nothing was published.")]


class Difference(BaseModel):
    """What would change on the platform, split into what the menu and what the mapping changes."""

    platform: str
    changed: bool
    counts: dict[str, int]
    menu: list[dict[str, Any]]
    mapping: list[dict[str, Any]]
    movement: dict[str, Any]
    findings: list[dict[str, Any]]


class Explained(BaseModel):
    """Why fields are what they are; which keys there are depends on what was asked for."""

    total: int | None = None
    fields: list[dict[str, Any]] | None = None
    dishes: list[dict[str, Any]] | None = None
    hint: str | None = None


class _Diff(Look, kw_only=True, forbid_unknown_fields=True):
    old_menu: msgspec.Raw = NOTHING
    old_operation_id: str | None = None
    new_operation_id: str | None = None


class _Explain(Look, kw_only=True, forbid_unknown_fields=True):
    field: str | None = None
    line: int | None = None
    dish: str | None = None
    limit: int = 20


def _takes(body: type[BaseModel]) -> dict[str, Any]:
    """Give the OpenAPI form of a body that a route reads itself, because numbers must keep their digits."""
    reference = {"schema": {"$ref": f"#/components/schemas/{body.__name__}"}}
    return {"requestBody": {"required": True, "content": {"application/json": reference}}}


BODIES = (LookBody, DiffBody, ExplainBody)


@router.post("/preview/{platform}", response_model=Previewed, responses=_FAILURES, openapi_extra=_takes(LookBody))
@only_looks
async def preview_menu(platform: PlatformPath, request: Request, runtime: RuntimeHere, caller: CallerHere) -> Response:
    """Show what a publish would send, everything to be told of it, and what would change; nothing is sent."""
    look = await asked(request, Look)
    subjects = await asyncio.to_thread(Subjects[Look], runtime, caller, platform, look)
    subject = await subjects.current()
    return await asyncio.to_thread(_previewed, runtime, subjects, subject)


@router.post("/diff/{platform}", response_model=Difference, responses=_FAILURES, openapi_extra=_takes(DiffBody))
@only_looks
async def diff(platform: PlatformPath, request: Request, runtime: RuntimeHere, caller: CallerHere) -> Response:
    """Tell in words what would change on a platform; nothing is sent."""
    look = await asked(request, _Diff)
    subjects = await asyncio.to_thread(Subjects[_Diff], runtime, caller, platform, look)
    if look.new_operation_id is not None:
        new = await asyncio.to_thread(subjects.of_operation, look.new_operation_id)
    else:
        new = await subjects.current()
    return await asyncio.to_thread(_different, runtime, subjects, look, new)


@router.post("/explain/{platform}", response_model=Explained, responses=_FAILURES, openapi_extra=_takes(ExplainBody))
@only_looks
async def explain(platform: PlatformPath, request: Request, runtime: RuntimeHere, caller: CallerHere) -> Response:
    """Tell why a payload field has its value or is not there, what a mapping line made, or where a dish is."""
    look = await asked(request, _Explain)
    if sum(each is not None for each in (look.field, look.line, look.dish)) != 1:
        raise ProblemError(422, "Ask for one of `field`, `line` and `dish`.", code="request-wrong")
    if not 1 <= look.limit <= MOST_EXPLAINED or not (look.line is None or 1 <= look.line < 10**7):
        raise ProblemError(422, f"`limit` is 1 to {MOST_EXPLAINED}, `line` is 1 or more.", code="request-wrong")
    subjects = await asyncio.to_thread(Subjects[_Explain], runtime, caller, platform, look)
    subject = await subjects.current()
    return await asyncio.to_thread(_explained, runtime, subject, look)


def exact(value: Any) -> Response:
    """Answer with JSON in which every number has its own digits."""
    return Response(json_text.encode(value), media_type="application/json")


def _previewed(runtime: Runtime, subjects: Subjects[Look], subject: Subject) -> Response:
    payload, findings, count = _made(runtime, subject)
    before = subjects.published() if subjects.restaurant_id is not None else None
    told = [*subject.findings, *findings]
    return exact({
        "platform": subjects.platform,
        "restaurant_id": subjects.restaurant_id,
        "publishable": payload is not None and not stops_publishing(told),
        "payload": payload,
        "payload_hash": payload_hash(subject.mapping, payload) if payload is not None else "",
        "item_count": count,
        "findings": [as_json(finding) for finding in told],
        "diff": _compared(runtime, before, subject) if before is not None else None,
    })  # fmt: skip


def _made(runtime: Runtime, subject: Subject) -> tuple[Any, tuple[Finding, ...], int]:
    """Give the payload as a publish would make it: with what is sold out, where the restaurant is known."""
    now = runtime.engine.tools.now()
    if subject.place is None:
        made = preview(subject.mapping, subject.menu, store=subject.store, environment=subject.environment, now=now)
        return made.payload, made.findings, len(made.shaped.menu.items) if made.shaped is not None else 0
    place = Place(
        subject.place.restaurant_id, subject.place.platform, subject.mapping, subject.place.account, subject.store
    )
    entries: list[SoldOut] = runtime.store.sold_out(place.restaurant_id, place.platform)
    prepared, findings = make(place, subject.menu, entries=entries, operation=LOOK, saved=subject.saved, now=now)
    return (prepared.payload, findings, prepared.item_count) if prepared is not None else (None, findings, 0)


@collector_paused()  # both recordings are gone before it looks again
def _compared(runtime: Runtime, old: Subject, new: Subject) -> dict[str, Any]:
    return compare(_side(old), _side(new), now=runtime.engine.tools.now()).data()


def _side(subject: Subject) -> Side:
    return Side(
        subject.mapping, subject.menu, subject.store, subject.environment, subject.saved, subject.external_menu_id
    )


def _different(runtime: Runtime, subjects: Subjects[_Diff], look: _Diff, new: Subject) -> Response:
    if given(look.old_menu):
        old: Subject | None = subjects.read(bytes(look.old_menu), "The old menu")
    elif look.old_operation_id is not None:
        old = subjects.of_operation(look.old_operation_id)
    else:
        old = subjects.published()
    if old is None:
        detail = "Nothing was published yet that could be compared; give `old_menu` or `old_operation_id`."
        raise ProblemError(422, detail, code="nothing-to-compare")
    return exact(_compared(runtime, old, new))


@collector_paused()
def _explained(runtime: Runtime, subject: Subject, look: _Explain) -> Response:
    made = preview(
        subject.mapping,
        subject.menu,
        store=subject.store,
        environment=subject.environment,
        now=runtime.engine.tools.now(),
        saved=subject.saved,
        external_menu_id=subject.external_menu_id,
    )
    findings = (*subject.findings, *made.findings)
    if made.payload is None:
        raise ProblemError(422, "This menu gives no payload.", code="payload-missing", findings=findings)
    explainer = Explainer(subject.mapping, subject.menu, made, findings)
    if look.line is not None:
        return exact(explainer.line(look.line).data())
    if look.dish is not None:
        found, hint = explainer.dish(look.dish)
        return exact({"dishes": [presence.data() for presence in found], "hint": hint})
    assert look.field is not None
    try:
        return exact(explainer.fields(look.field, limit=look.limit).data())
    except WrongField as error:
        raise ProblemError(422, str(error), code="request-wrong") from None
