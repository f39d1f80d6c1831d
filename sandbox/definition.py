"""A platform's data file as typed records, checked whole before anything is served."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import yaml

import sandbox.job_steps
import sandbox.request_steps
import sandbox.store_steps  # noqa: F401 - each of the three registers its kinds of steps
from sandbox.auth import Auth
from sandbox.durations import Duration
from sandbox.formulas import Formula, Template
from sandbox.limits import Limit
from sandbox.reading import DefinitionError, convert, reads
from sandbox.refusals import Refusal
from sandbox.rules import Rules
from sandbox.steps import Steps

FOLDER = Path(__file__).resolve().parent.parent / "mappings" / "sandbox"


class Route:
    """Method and path of an endpoint: ``GET /stores/{id}/menu``; a part in braces takes anything but a slash.

    >>> Route("GET /stores/{id}/menu").path.fullmatch("/stores/a%20b/menu")["id"]
    'a%20b'
    """

    __slots__ = ("method", "path", "text")

    def __init__(self, text: str) -> None:
        found = re.fullmatch(r"(GET|POST|PUT|PATCH|DELETE) (/\S*)", text)
        if found is None:
            raise ValueError(f"`{text}` is no request; write one such as GET /stores/{{id}}/menu")
        self.text = text
        self.method = found[1]
        parts = re.split(r"\{(\w+)\}", found[2])
        self.path = re.compile(
            "".join(f"(?P<{part}>[^/]+)" if place % 2 else re.escape(part) for place, part in enumerate(parts))
        )


@reads(Route)
def _route(raw: Any) -> Route:
    return Route(str(raw))


class Refusals(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the platform answers where no step decides: each a refusal."""

    unauthorized: Refusal
    too_many: Refusal
    too_large: Refusal
    unknown_path: Refusal
    wrong_method: Refusal


class Endpoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One call: its route, who may make it, its limits, and the steps that end in an answer.

    ``store`` gives the store's id for the log, for faults and for limits, before any step is done.
    """

    request: Route
    steps: Steps
    auth: str = ""
    store: Formula | None = None
    limits: list[Limit] = []
    max_bytes: int = 1024 * 1024
    too_large: Refusal | None = None
    refusal: Template | None = None


class JobForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Work after the answer: its steps, and those that it does instead where a fault makes it fail or half succeed."""

    steps: Steps
    fails: Steps
    partly: Steps | None = None


class Signature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A header that holds the HMAC-SHA256 of the body in hexadecimal digits."""

    header: str
    secret: Template


class Webhook(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A message to the callback address; ``proof`` are headers that prove the sender.

    Where it does not arrive it is sent ``tries`` times, each pause twice as long as the last.
    """

    body: Template
    headers: dict[str, Template] = {}
    proof: dict[str, Template] = {}
    signature: Signature | None = None
    tries: int = 1
    pause: Duration = Duration(30)


class Stores(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How stores come to be: a restaurant's store id, its attributes, and stores with a fate of their own.

    ``settings`` is what the product is told of a store; ``restaurant`` and ``id`` are names.
    """

    id: Formula
    settings: dict[str, Template] = {}
    attributes: dict[str, Any] = {}
    others: list[dict[str, Any]] = []


class Definition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One platform. ``credentials`` are this stand-in's own, ``environment`` where it is found (``address``)."""

    platform: str
    title: str
    source: str
    credentials: dict[str, str]
    environment: dict[str, Template]
    stores: Stores
    auth: dict[str, Auth]
    refusal: Template
    refusals: Refusals
    endpoints: dict[str, Endpoint]
    limits: list[Limit] = []
    rules: dict[str, Rules] = {}
    groups: dict[str, Steps] = {}
    jobs: dict[str, JobForm] = {}
    webhooks: dict[str, Webhook] = {}
    views: dict[str, Formula] = {}


def read_definitions(folder: Path = FOLDER) -> dict[str, Definition]:
    """Read all data files of a folder, by platform; raises :class:`DefinitionError` with file and place."""
    definitions = [read_definition(path) for path in sorted(folder.glob("*.yaml"))]
    if not definitions:
        raise DefinitionError(f"there are no data files in {folder}")
    return {definition.platform: definition for definition in definitions}


def read_definition(path: Path) -> Definition:
    """Read one data file; raises :class:`DefinitionError` with file and place."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        raw = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - both loaders are safe
        definition = convert(raw, Definition)
    except (OSError, yaml.YAMLError, DefinitionError) as error:
        raise DefinitionError(f"{path.name}: {error}") from None
    for section, name, wanted in _needs(definition):
        if wanted not in getattr(definition, section):
            raise DefinitionError(f"{path.name}: {name} refers to {section}.{wanted}, which is not there")
    return definition


def _needs(definition: Definition) -> list[tuple[str, str, str]]:
    lists = {f"groups.{name}": steps for name, steps in definition.groups.items()}
    needs = []
    for name, endpoint in definition.endpoints.items():
        lists[f"endpoints.{name}"] = endpoint.steps
        if endpoint.auth:
            needs.append(("auth", f"endpoints.{name}", endpoint.auth))
    for name, job in definition.jobs.items():
        lists |= {f"jobs.{name}": job.steps, f"jobs.{name}.fails": job.fails}
        if job.partly is not None:
            lists[f"jobs.{name}.partly"] = job.partly
    needs += [(section, name, wanted) for name, steps in lists.items() for section, wanted in steps.needs()]
    return needs
