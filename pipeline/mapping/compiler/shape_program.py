"""A mapping's ``shape`` section, compiled: its formulas get their values for one restaurant."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, cast

from pipeline.findings import Finding
from pipeline.mapping.compiler.slots import Condition, Slot
from pipeline.mapping.form.menu import LeaveOut as LeaveOutForm
from pipeline.mapping.form.menu import ShapeForm
from pipeline.mapping.nodes import Scalar, Sequence, Table
from pipeline.mapping.rules.reader import RuleReader, place
from pipeline.mapping.rules.rules import Rules
from pipeline.mapping.transforms.registry import RunFacts
from pipeline.mapping.types import TEXT, Type, record_of
from pipeline.menu import OpeningWindow, Restaurant
from pipeline.money import Direction
from pipeline.shaping.settings import Kind, LeaveOut, Shape
from pipeline.shaping.views import CategoryView, GroupView, ItemView, OptionView

_RECORDS: dict[Kind, tuple[str, type]] = {
    "categories": ("category", CategoryView),
    "items": ("item", ItemView),
    "modifier_groups": ("group", GroupView),
    "options": ("option", OptionView),
}


class ShapeProgram:
    """The compiled ``shape`` section."""

    def __init__(self, form: ShapeForm | None, rules: Rules, store: Type, reader: RuleReader) -> None:
        self.form = form
        self.rules = rules
        self.names: dict[str, Type] = {"store": store, "restaurant": record_of(Restaurant), "platform": TEXT}
        self.problems: list[Finding] = []
        self._reader = reader
        self._slots: dict[str, Slot] = {}
        self._leave_out: list[tuple[Kind, Condition, Slot | str]] = []
        if form is None:
            return
        prices, hours = form.prices, form.hours
        to, minus, direction = prices.rounding if prices else (None, None, None)
        for key, value in (
            ("markup_percent", prices and prices.markup_percent),
            ("round_to", to),
            ("round_to.minus", minus),
            ("round_to.direction", direction),
            ("when_missing", hours and hours.when_missing),
            ("locale", form.locale),
        ):
            if isinstance(value, (Scalar, Sequence, Table)):
                self._slots[key] = self._slot(value, self.names)
        for kind, (name, record) in _RECORDS.items():
            for entry in getattr(form.leave_out, kind, ()):
                self._leave_out.append(self._left_out(kind, entry, {**self.names, name: record_of(record)}))

    def _slot(self, node: Any, names: dict[str, Type]) -> Slot:
        slot = Slot(self._reader.rule(node), names, self.rules, "<shape>")
        self.problems += slot.problems
        return slot

    def _left_out(self, kind: Kind, entry: LeaveOutForm, names: dict[str, Type]) -> tuple[Kind, Condition, Slot | str]:
        formula = self._reader.expression(entry.where)
        if formula is None:
            formula = self._reader.expression(Scalar("`false`", entry.position, entry.position))
        assert formula is not None
        test = Condition(formula, names, self.rules, "<shape>")
        self.problems += test.problems
        because = entry.because if isinstance(entry.because, str) else self._slot(entry.because, names)
        return kind, test, because

    def shape(self, platform: str, restaurant: Restaurant, store: Any, facts: RunFacts) -> tuple[Shape, list[Finding]]:
        """Give the settings that shaping takes, and what was wrong with the formulas' values."""
        names = {"store": store, "restaurant": restaurant, "platform": platform}
        values = {key: slot.value(names, facts) for key, slot in self._slots.items()}
        findings: list[Finding] = []
        form = self.form
        if form is None:
            return Shape(platform=platform), findings
        prices, hours = form.prices, form.hours

        def value(key: str, written: Any, default: Any) -> Any:
            found = values[key] if key in self._slots else written
            return default if found is None else found

        markup = self._number(value("markup_percent", prices and prices.markup_percent, 0), "markup_percent", findings)
        to, minus, direction = prices.rounding if prices else (None, None, None)
        shape = Shape(
            platform=platform,
            category_levels=form.category_nesting.levels if form.category_nesting else None,
            category_join=form.category_nesting.join if form.category_nesting else " / ",
            modifier_levels=form.modifier_nesting.levels if form.modifier_nesting else None,
            modifiers_beyond=form.modifier_nesting.beyond if form.modifier_nesting else "error",
            price_channels=prices.channels if prices else (),
            markup_percent=markup or Decimal(0),
            markup_round_to=self._number(value("round_to", to, 0), "round_to", findings),
            markup_round_minus=self._number(value("round_to.minus", minus, 0), "round_to.minus", findings),
            markup_round_direction=self._direction(value("round_to.direction", direction, "nearest"), findings),
            hours_when_missing=self._hours(value("when_missing", hours and hours.when_missing, "keep")),
            hours_end_of_day=hours.end_of_day if hours else "midnight",
            hours_touching=hours.touching if hours else "keep",
            empty_categories=form.empty_categories,
            unavailable_items=form.unavailable_items,
            hidden_items=form.hidden_items,
            same_names=form.same_names,
            sizes=form.sizes,
            id_replace=form.ids.replace if form.ids else {},
            locale=value("locale", form.locale, None),
            leave_out=tuple(self._rule(kind, test, because, names, facts) for kind, test, because in self._leave_out),
        )
        return shape, findings

    def _rule(
        self, kind: Kind, test: Condition, because: Slot | str, names: dict[str, Any], facts: RunFacts
    ) -> LeaveOut:
        record = _RECORDS[kind][0]

        def where(view: Any) -> bool:
            return test.holds({**names, record: view}, facts)

        def reason(view: Any) -> str:
            if isinstance(because, str):
                return because
            return str(because.value({**names, record: view}, facts) or "left out by the mapping")

        tell: Callable[[Any], str] = reason
        return LeaveOut(kind, where, tell)

    def _number(self, value: Any, key: str, findings: list[Finding]) -> Decimal:
        if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
            return Decimal(value)
        findings.append(self._wrong(key, "a number", value))
        return Decimal(0)

    def _direction(self, value: Any, findings: list[Finding]) -> Direction:
        if value in ("nearest", "up", "down"):
            return cast("Direction", value)
        findings.append(self._wrong("round_to.direction", "`nearest`, `up` or `down`", value))
        return "nearest"

    def _wrong(self, key: str, wanted: str, value: Any) -> Finding:
        assert self.form is not None
        message = f"`shape.prices.{key}` needs {wanted}, and its formula gave {value!r}."
        return Finding("shape-value", "error", message, place=place(self.form.position))

    def _hours(self, value: Any) -> Any:
        if isinstance(value, list):
            return tuple(OpeningWindow(day=window.day, start=window.start, end=window.end) for window in value)
        return value
