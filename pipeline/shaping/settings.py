"""What a mapping's ``shape`` section asks for, once its formulas have values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from pipeline.menu import OpeningWindow
from pipeline.money import Direction

Kind = Literal["categories", "items", "modifier_groups", "options"]


@dataclass(frozen=True, slots=True)
class LeaveOut:
    """Records of one kind that are not for this platform: ``where`` sees the view, ``because`` is the reason told."""

    kind: Kind
    where: Callable[[Any], bool]
    because: Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class Shape:
    """How a menu is shaped before it is mapped; null means: not limited, not changed."""

    platform: str = ""
    category_levels: int | None = None
    category_join: str = " / "
    modifier_levels: int | None = None
    modifiers_beyond: Literal["error", "flatten", "drop"] = "error"
    price_channels: tuple[str, ...] = ()
    markup_percent: Decimal = Decimal(0)
    markup_round_to: Decimal | None = None
    markup_round_minus: Decimal = Decimal(0)
    markup_round_direction: Direction = "nearest"
    hours_when_missing: Literal["keep", "always_open", "error"] | tuple[OpeningWindow, ...] = "keep"
    hours_end_of_day: Literal["midnight", "last_minute"] = "midnight"
    hours_touching: Literal["keep", "join"] = "keep"
    empty_categories: Literal["keep", "drop"] = "keep"
    unavailable_items: Literal["keep", "drop"] = "keep"
    hidden_items: Literal["keep", "drop"] = "drop"
    same_names: Literal["keep", "number", "error"] = "keep"
    sizes: Literal["modifier_group", "keep"] = "modifier_group"
    id_replace: dict[str, str] = field(default_factory=dict)
    locale: str | None = None
    leave_out: tuple[LeaveOut, ...] = ()
