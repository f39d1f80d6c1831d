"""The platforms: what each needs to be told and can do; whether its credentials are there, never what they are."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import Field

from pipeline.api.parts import RuntimeHere
from pipeline.api.problems import documented
from pipeline.api.requests import PlatformPath
from pipeline.api.syncs import known
from pipeline.api.views import PlatformName, View
from pipeline.findings import as_json
from pipeline.mapping.compiled import CompiledMapping
from pipeline.mapping.nodes import Node, Scalar, Sequence
from pipeline.sync import ledger
from pipeline.sync.runtime import Runtime

router = APIRouter(prefix="/platforms", tags=["platforms"])


class CredentialView(View):
    """One credential of the account."""

    name: str
    description: str
    secret: bool
    required: bool
    present: Annotated[bool, Field(description="Whether it is set; its value is never shown.")]


class SettingView(View):
    """One setting that a restaurant has on the platform."""

    name: Annotated[str, Field(examples=["store_id"])]
    type: Annotated[str, Field(examples=["text"])]
    values: Annotated[list[str] | None, Field(description="The words that it can be, where it is one of some.")] = None
    description: str = ""
    secret: bool = False
    required: bool = False
    default: Annotated[Any, Field(description="Its value where none is given: a literal, or a formula as written.")] = (
        None
    )
    example: Any = None
    account_default: Annotated[bool, Field(description="PLATFORM_CONFIGS gives all restaurants a value.")] = False


class PlatformView(View):
    """One platform."""

    platform: PlatformName
    title: Annotated[str, Field(examples=["Pizza Post"])]
    file: Annotated[str, Field(description="The mapping file.", examples=["mappings/pizza_post.yaml"])]
    usable: Annotated[bool, Field(description="Whether anything can be published there now.")]
    configured: bool
    enabled: bool
    environment: str
    environments: list[str] = Field(default_factory=list)
    credentials: list[CredentialView] = Field(default_factory=list)
    settings: Annotated[list[SettingView], Field(description="The form of a connection.")] = Field(default_factory=list)
    availability: Annotated[
        Literal["own", "publish", "none"],
        Field(description="How sold out reaches it: by a call of its own, by a whole publish, or not at all."),
    ] = "none"
    answers_later: Annotated[bool, Field(description="It takes a menu first and tells the result later.")] = False
    webhooks: list[str] = Field(default_factory=list)
    findings: Annotated[list[dict[str, Any]], Field(description="What is wrong with its mapping or account.")] = Field(
        default_factory=list
    )


class PlatformViews(View):
    """All platforms."""

    items: list[PlatformView]


@router.get("")
def platforms(runtime: RuntimeHere) -> PlatformViews:
    """List the platforms."""
    return PlatformViews(items=[_view(runtime, name) for name in runtime.engine.tools.shelf.platforms])


@router.get("/{platform}", responses=documented(404))
def platform(platform: PlatformPath, runtime: RuntimeHere) -> PlatformView:
    """Give one platform."""
    known(runtime, platform)
    return _view(runtime, platform)


def _view(runtime: Runtime, platform: str) -> PlatformView:
    shelf = runtime.engine.tools.shelf
    mapping, findings = shelf.mapping(platform)
    account = shelf.account(platform)
    told = list(dict.fromkeys((*findings, *account.findings)))
    if mapping is None:
        return PlatformView(
            platform=platform, title=platform, file="", usable=False, configured=account.configured,
            enabled=account.enabled, environment=account.environment_name, findings=[as_json(each) for each in told],
        )  # fmt: skip
    document = mapping.document
    return PlatformView(
        platform=platform,
        title=document.label,
        file=str(document.file),
        usable=account.usable,
        configured=account.configured,
        enabled=account.enabled,
        environment=account.environment_name,
        environments=list(document.environments),
        credentials=[
            CredentialView(
                name=name,
                description=form.description,
                secret=form.secret,
                required=form.required,
                present=name in account.credentials,
            )
            for name, form in document.credentials.items()
        ],
        settings=[
            SettingView(
                name=name,
                type=form.type_name,
                values=list(form.values) if form.values is not None else None,
                description=form.description or "",
                secret=form.secret,
                required=form.is_required,
                default=written(form.default),
                example=written(form.example),
                account_default=name in account.defaults,
            )
            for name, form in document.store_settings.items()
        ],
        availability=_availability(mapping),
        answers_later=any(step.wait is not None for step in document.publish),
        webhooks=list(document.webhooks),
        findings=[as_json(each) for each in told],
    )


def _availability(mapping: CompiledMapping) -> Literal["own", "publish", "none"]:
    if mapping.conversation.availability:
        return "own"
    return "publish" if ledger.carried_by_publish(mapping) else "none"


def written(node: Node | None) -> Any:
    """Give a mapping's value as it is written."""
    if node is None:
        return None
    if isinstance(node, Scalar):
        value = node.value
        return value if isinstance(value, str | int | bool | None) else str(value)
    if isinstance(node, Sequence):
        return [written(each) for each in node]
    return {entry.key: written(entry.value) for entry in node}
