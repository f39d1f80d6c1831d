"""What routes are asked: path and query parameters, bodies."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated, Any, Self

from fastapi import Path, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

PLAIN = r"^[^\x00-\x1f\x7f]+$"
MOST = 200
MOST_SETTINGS_BYTES = 50_000

RestaurantPath = Annotated[
    str, Path(min_length=1, max_length=120, pattern=PLAIN, description="The restaurant's id.", examples=["rest_001"])
]
PlatformPath = Annotated[
    str, Path(min_length=1, max_length=80, pattern=PLAIN, description="The platform's name.", examples=["pizza_post"])
]
OperationPath = Annotated[
    str,
    Path(
        max_length=120, pattern=PLAIN, description="The operation's id.", examples=["op_20260301T113000_7k2m9qwe4r5t"]
    ),
]
ErrorPath = Annotated[
    str,
    Path(
        max_length=250, pattern=PLAIN, description="The error's id.", examples=["err_rest_001_pizza_post_20250115_001"]
    ),
]
RestaurantQuery = Annotated[
    str, Query(max_length=120, pattern=r"^[^\x00-\x1f\x7f]*$", description="Only this restaurant's.")
]
PlatformQuery = Annotated[
    str, Query(max_length=80, pattern=r"^[^\x00-\x1f\x7f]*$", description="Only this platform's.")
]
LimitQuery = Annotated[int, Query(ge=1, le=MOST, description="So many at most; a page may have fewer.")]
CursorQuery = Annotated[str, Query(max_length=8_000, description="`next_cursor` of the page before.")]


def zoned(moment: datetime) -> datetime:
    """Refuse a time without a zone, which nobody could be sure of; give it in UTC."""
    if moment.tzinfo is None:
        raise ValueError("needs a zone, such as 2026-03-01T18:00:00+01:00")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("is too far away") from None


def writable(value: dict[str, Any]) -> dict[str, Any]:
    """Refuse what no store could keep: half characters, numbers that are none, more than anybody needs."""
    try:
        size = len(json.dumps(value, ensure_ascii=False, allow_nan=False).encode())
    except (ValueError, RecursionError):
        raise ValueError("holds something that cannot be written as JSON") from None
    if size > MOST_SETTINGS_BYTES:
        raise ValueError(f"is larger than {MOST_SETTINGS_BYTES:,} bytes")
    return value


Instant = Annotated[datetime, AfterValidator(zoned)]
Word = Annotated[str, Field(min_length=1, max_length=300, pattern=PLAIN)]
Platforms = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=80, pattern=PLAIN)]],
    Field(
        max_length=100,
        description="The platforms; all of the restaurant's where none is named.",
        examples=[["pizza_post"]],
    ),
]


class Body(BaseModel):
    """A request's body; what it does not know is refused rather than left aside."""

    model_config = ConfigDict(extra="forbid")


class FullRefresh(Body):
    """Which platforms to publish to."""

    platforms: Platforms = []
    force: Annotated[
        bool, Field(description="Publish even what has not changed or looks like a mistake.", examples=[True])
    ] = False


class Once(Body):
    """How to publish."""

    force: Annotated[
        bool, Field(description="Publish even what has not changed or looks like a mistake.", examples=[False])
    ] = False


class Availability(Body):
    """What is sold out, or back."""

    items: Annotated[
        list[Word],
        Field(min_length=1, max_length=500, description="Item ids, option keys or exact names.", examples=[["i-7"]]),
    ]
    available: Annotated[bool, Field(description="false: sold out; true: back.", examples=[False])] = False
    until: Annotated[
        Instant | None, Field(description="When it is back by itself.", examples=["2027-03-01T18:00:00+01:00"])
    ] = None
    platforms: Platforms = []

    @model_validator(mode="after")
    def _until_is_of_sold_out(self) -> Self:
        if self.available and self.until is not None:
            raise ValueError("`until` says when something sold out is back; what is available has none")
        return self


class Resolution(Body):
    """How an error was dealt with."""

    note: Annotated[
        str, Field(max_length=2_000, description="For those who come after.", examples=["Price corrected."])
    ] = ""


class Retries(Body):
    """Which errors to try again."""

    error_ids: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=250, pattern=PLAIN)]],
        Field(min_length=1, max_length=100, examples=[["err_rest_001_pizza_post_20250115_001"]]),
    ]


class Rollback(Body):
    """Where to go back to."""

    to: Annotated[
        str,
        Field(max_length=120, description="The operation whose menu it is; the last good one before the present where "
              "none is named.", examples=["op_20260301T113000_7k2m9qwe4r5t"]),
    ] = ""  # fmt: skip


class Connect(Body):
    """A restaurant's settings on a platform."""

    settings: Annotated[
        dict[str, Any],
        AfterValidator(writable),
        Field(
            max_length=100,
            description="Those that are not named keep their value; null takes one away.",
            examples=[{"store_id": "s-1"}],
        ),
    ] = {}
