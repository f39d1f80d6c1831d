"""Which names exist where, and of what type.

The names a whole mapping sees are typed records, so that `store.` or `operation.` are checked and
completed like the menu's own fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import msgspec

from pipeline.mapping.code import Value
from pipeline.mapping.types import ANY, BOOLEAN, DECIMAL, INTEGER, TEXT, Type, list_of, map_of, record_of
from pipeline.menu import Day
from pipeline.shaping.views import (
    DayWindows,
    Instant,
    ItemView,
    MenuView,
    OptionView,
    RestaurantView,
    TimeWindows,
    Window,
)


class OperationView(msgspec.Struct, gc=False):
    """This run: its id, and the reference that platforms give back."""

    id: str
    reference: str


class AnswerView(msgspec.Struct):
    """A reply or a message that was just received; ``raw`` is its body's text."""

    status: int
    headers: dict[str, str]
    body: Any
    raw: str


class HostedView(msgspec.Struct, gc=False):
    """The document that this step hosts."""

    url: str


class PreviousView(msgspec.Struct):
    """What was published last."""

    payload: Any


class SigningView(msgspec.Struct, gc=False):
    """The request that is being signed; ``path`` has its query, ``signature`` is the result."""

    method: str
    path: str
    host: str
    port: str
    nonce: str
    timestamp: str
    body_hash: str
    signature: str


class ChangeView(msgspec.Struct, gc=False):
    """A dish or an option that was sold out or came back."""

    id: str
    name: str
    available: bool
    until: Instant | None
    previous_until: Instant | None


class ChangesView(msgspec.Struct):
    """Everything that the availability lane has to tell."""

    items: list[ChangeView]
    options: list[ChangeView]
    all: list[ChangeView]


class ChangedView(msgspec.Struct):
    """The dishes and options that an item update changed."""

    items: list[ItemView]
    options: list[OptionView]


class WindowSetting(msgspec.Struct, gc=False):
    """One period of a store setting of type hours."""

    day: Day
    start: str
    end: str


SETTING_TYPES: dict[str, Type] = {
    "text": TEXT,
    "integer": INTEGER,
    "decimal": DECIMAL,
    "boolean": BOOLEAN,
    "list": list_of(TEXT),
    "hours": list_of(record_of(WindowSetting)),
}
PAYLOAD_NAMES: dict[str, Type] = {
    "restaurant": record_of(RestaurantView),
    "menu": record_of(MenuView),
    "external_menu_id": TEXT.optional(),
    "saved": map_of(ANY),
    "operation": record_of(OperationView),
    "now": TEXT,
    "platform": TEXT,
}
STEP_NAMES: dict[str, Type] = {
    "payload": ANY,
    "answer": record_of(AnswerView),
    "changes": record_of(ChangesView),
    "changed": record_of(ChangedView),
    "previous": record_of(PreviousView),
    "hosted": record_of(HostedView),
}
VOLATILE_NAMES = frozenset({"operation", "now", "saved", "external_menu_id"})
"""Fields made of these are outside the payload's hash: they differ from run to run."""


HOURS = ("hours", "hours_split", "hours_by_day", "hours_by_time")


class _OpenRestaurant(RestaurantView):
    """The restaurant where the mapping says what to assume without hours: they are always there."""

    hours: list[Window]
    hours_split: list[Window]
    hours_by_day: list[DayWindows]
    hours_by_time: list[TimeWindows]


_OpenRestaurant.__name__ = RestaurantView.__name__
OPEN_RESTAURANT = record_of(_OpenRestaurant)


def settings_record(name: str, fields: Mapping[str, Type]) -> type[msgspec.Struct]:
    """Make the record class behind ``store``, ``environment`` or ``credentials``.

    >>> settings_record("store", {"store_id": TEXT})("s-1").store_id
    's-1'
    """
    return msgspec.defstruct(name, [(key, _annotation(value)) for key, value in fields.items()])


def _annotation(value: Type) -> Any:
    plain: dict[str, Any] = {"text": str, "integer": int, "boolean": bool}
    if value.values is not None:
        base: Any = Literal[tuple(sorted(value.values))]
    elif value.kind == "decimal":
        from decimal import Decimal

        base = Decimal
    elif value.kind == "list" and value.item is not None:
        base = list[_annotation(value.item)]  # type: ignore[misc]
    elif value.kind == "record":
        base = value.record
    else:
        base = plain.get(value.kind, Any)
    return base | None if value.nullable else base


@dataclass(frozen=True, slots=True)
class Scope:
    """The names in force at one rule.

    ``records`` are the locals of the loops around it, outermost first: they name the dish in
    findings. ``inherited`` tells that a parameter ``trail`` holds the caller's records; ``depth`` is
    how deep templates that use themselves are nested here.
    """

    names: Mapping[str, Value]
    records: tuple[str, ...] = ()
    inherited: bool = False
    depth: str = "0"
    present: frozenset[str] = frozenset()
    """Paths, such as ``item.image``, that a condition around here has shown to be there."""

    def bind(self, name: str, value: Value) -> Scope:
        """Give a scope with one more name."""
        return replace(self, names={**self.names, name: value}, present=self._without(name))

    def enter(self, name: str, value: Value) -> Scope:
        """Give a scope inside a loop over ``name``."""
        names = {**self.names, name: value}
        return replace(self, names=names, records=(*self.records, value.source), present=self._without(name))

    def where(self, paths: frozenset[str]) -> Scope:
        """Give a scope in which some paths are known to be there."""
        return replace(self, present=self.present | paths) if paths else self

    def _without(self, name: str) -> frozenset[str]:
        return frozenset(path for path in self.present if path.partition(".")[0] != name)

    @property
    def trail(self) -> str:
        """Give the expression of the records around this rule."""
        parts = (["trail"] if self.inherited else []) + list(self.records)  # a trail may begin with its caller's
        return f"({', '.join(parts)},)" if parts else "()"
