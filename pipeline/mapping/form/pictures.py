"""The form of ``pictures``: what the platform says of pictures that it takes."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Literal, TypeAlias

from pipeline.mapping.form.grammar import ListOf, Part, key
from pipeline.mapping.form.key_rules import KeyRule, Needs
from pipeline.mapping.form.kind import Invalid, Kind, Reader, Schema, Schemas, matches, text_of
from pipeline.mapping.form.kinds import Enum, Integer, Number, Text
from pipeline.mapping.nodes import Node

Owner: TypeAlias = Literal["restaurant", "categories", "items", "options"]
OWNERS: tuple[Owner, ...] = ("restaurant", "categories", "items", "options")
TYPES = ("jpg", "png", "webp", "gif", "avif", "svg")
LONGEST_SIDE = 100_000
_RATIO = r"^[1-9][0-9]{0,4}:[1-9][0-9]{0,4}$"


@dataclass(frozen=True, slots=True)
class Ratio(Kind):
    """A width and a height in proportion, ``16:9``; read as a pair."""

    @property
    def words(self) -> str:
        return "a width and a height such as `16:9`"

    def read(self, node: Node, label: str, reader: Reader) -> tuple[int, int] | Invalid:
        text = text_of(node)
        if text is None or not matches(_RATIO, text):
            return self.refuse(node, label, reader)
        width, _, height = text.partition(":")
        return int(width), int(height)

    def schema(self, schemas: Schemas) -> Schema:
        return {"type": "string", "pattern": _RATIO}


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureLimits(Part):
    """Which pictures the platform takes; what is not said is not limited. `pictures` looks at a menu's by it."""

    noun: ClassVar[str] = "`pictures`"
    rules: ClassVar[tuple[KeyRule, ...]] = (Needs(("ratio",), "ratio_tolerance_percent"),)

    of: tuple[Owner, ...] = key(
        ListOf(Enum(OWNERS), 1), "Whose pictures are sent to the platform.", example="of: [items, options]",
        required=True,
    )  # fmt: skip
    source: str | None = key(
        Text(), "Where the platform says so.", example="source: developer portal, page Pictures, read in May"
    )
    types: tuple[str, ...] = key(
        ListOf(Enum(TYPES), 1), "What kinds of picture it takes, by what is in the file.", example="types: [jpg, png]"
    )
    max_bytes: int | None = key(Integer(1), "The most bytes that a picture may have.", example="max_bytes: 2000000")
    min_width: int | None = key(
        Integer(1, LONGEST_SIDE), "The fewest pixels from left to right.", example="min_width: 1400"
    )
    min_height: int | None = key(
        Integer(1, LONGEST_SIDE), "The fewest pixels from top to bottom.", example="min_height: 800"
    )
    max_width: int | None = key(
        Integer(1, LONGEST_SIDE), "The most pixels from left to right.", example="max_width: 6000"
    )
    max_height: int | None = key(
        Integer(1, LONGEST_SIDE), "The most pixels from top to bottom.", example="max_height: 6000"
    )
    ratio: tuple[int, int] | None = key(
        Ratio(), "Width to height; one pixel more or less counts as equal.", example="ratio: 16:9"
    )
    ratio_tolerance_percent: Decimal = key(
        Number(0), "By how many percent width to height may differ from `ratio`.",
        example="ratio_tolerance_percent: 2", default=Decimal(0),
    )  # fmt: skip
    endings: tuple[str, ...] = key(
        ListOf(Text(), 1), "What the path of a picture's address has to end in, capitals or not.",
        example="endings: [.jpg, .png]",
    )  # fmt: skip
    query: Literal["allowed", "refused"] = key(
        Enum(("allowed", "refused"), ("It is taken.", "An address with a question mark is refused.")),
        "Whether a picture's address may have a query string.", example="query: refused", default="allowed",
    )  # fmt: skip
