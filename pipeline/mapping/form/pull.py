"""The form of `pull`: a platform that fetches the menu itself, beside or instead of being sent it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pipeline.mapping.form.grammar import Part, key
from pipeline.mapping.form.instructions import Rule
from pipeline.mapping.form.kinds import Text
from pipeline.mapping.nodes import Node

DEFAULT_HEADER = "X-API-Key"


@dataclass(frozen=True, slots=True, kw_only=True)
class PullForm(Part):
    """How the platform fetches `GET /menus/PLATFORM/STORE_ID`; its key is `pull_key` in PLATFORM_CONFIGS."""

    noun: ClassVar[str] = "`pull`"

    header: str = key(
        Text("a header's name"),
        "The header that holds the key.",
        example="header: Authorization",
        default=DEFAULT_HEADER,
    )
    prefix: str = key(Text(), "What stands before the key there.", example='prefix: "Bearer "', default="")
    body: Node | None = key(
        Rule(), "What is answered, where it is not the payload as it is.", example="body: {menus: [= payload]}"
    )
