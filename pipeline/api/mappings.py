"""Mapping files for people who write them: their text, and what is wrong with a new one."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field

from pipeline.api.guard import only_looks
from pipeline.api.parts import RuntimeHere
from pipeline.api.problems import documented
from pipeline.api.requests import Body, PlatformPath
from pipeline.api.sides import MOST_MAPPING, draft
from pipeline.api.syncs import known
from pipeline.api.views import PlatformName, View
from pipeline.findings import as_json
from pipeline.mapping_files import mapping_files

router = APIRouter(prefix="/mappings/{platform}", tags=["mappings"])


class MappingText(View):
    """A mapping file as it is."""

    platform: PlatformName
    text: Annotated[str, Field(examples=["platform: pizza_post\n…"])]


class Draft(Body):
    """A mapping that is being written."""

    text: Annotated[str, Field(max_length=MOST_MAPPING, description="The whole YAML text.")]


class Checked(View):
    """What is wrong with a mapping: the list that `cli.py validate --format json` gives."""

    usable: Annotated[bool, Field(description="Whether it could be published with.")]
    findings: list[dict[str, Any]]


@router.get("", responses=documented(404))
def text(platform: PlatformPath, runtime: RuntimeHere) -> MappingText:
    """Give a platform's mapping file."""
    known(runtime, platform)
    return MappingText(platform=platform, text=mapping_files()[platform].read_text(encoding="utf-8"))


@router.post("/check", responses=documented(404, 422))
@only_looks
def check(platform: PlatformPath, wanted: Draft, runtime: RuntimeHere) -> Checked:
    """Tell what is wrong with a mapping that is being written; nothing is kept."""
    known(runtime, platform)
    compiled, findings = draft(platform, wanted.text)
    return Checked(usable=compiled is not None, findings=[as_json(finding) for finding in findings])
