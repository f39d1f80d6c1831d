"""The questions that can be asked of one menu on one platform; the payload is recorded once for all of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from itertools import islice
from typing import Any

from pipeline.collector import collector_paused
from pipeline.explaining import dishes, lines
from pipeline.explaining.explanation import Explanation, TraceStep
from pipeline.explaining.follow import Follower, Found
from pipeline.explaining.lines import LineUse
from pipeline.explaining.reads import paths_in
from pipeline.explaining.selection import Place as Selected
from pipeline.explaining.selection import WrongField, selection
from pipeline.explaining.situation import Evaluator
from pipeline.explaining.steps import Tracer
from pipeline.findings import Finding, Record
from pipeline.mapping.compiled import CompiledMapping
from pipeline.mapping.compiler.origins import Recording
from pipeline.mapping.compiler.runtime import MISSING, records_of
from pipeline.mapping.rules.reader import place
from pipeline.mapping.rules.walk import formulas_in
from pipeline.menu import Menu
from pipeline.preview import Preview
from pipeline.shaping.views import ItemView, OptionView
from pipeline.violations import display_path

LIMIT = 20


@dataclass(frozen=True, slots=True)
class Explained:
    """What was asked for. ``total`` counts all places that a wildcard or filter means; ``fields`` explains the first.

    ``dishes`` tells of dishes that a filter names and that are nowhere; ``hint`` names what was
    probably meant where there is no such dish at all.
    """

    fields: tuple[Explanation, ...]
    total: int
    dishes: tuple[dishes.Presence, ...] = ()
    hint: str = ""

    def data(self) -> dict[str, Any]:
        """Give the JSON form."""
        return {
            "total": self.total,
            "fields": [explanation.data() for explanation in self.fields],
            "dishes": [presence.data() for presence in self.dishes],
            "hint": self.hint,
        }


class Explainer:
    """Answers for one preview, which must have been shaped."""

    def __init__(
        self, mapping: CompiledMapping, menu: Menu, made: Preview, findings: tuple[Finding, ...] | None = None
    ) -> None:
        if made.shaped is None or made.facts is None:
            raise ValueError("Only a menu that was shaped can be explained.")
        self.mapping = mapping
        self.menu = menu
        self.shaped = made.shaped
        self.facts = made.facts
        self.findings = made.findings if findings is None else findings
        self.evaluator = Evaluator(mapping, made.shaped, made.facts)
        self.tracer = Tracer(self.evaluator)

    def fields(self, field: str, *, limit: int = LIMIT) -> Explained:
        """Explain every place that a payload path means, there or not.

        Raises:
            WrongField: the path cannot be read, or goes on where there is nothing of that kind.
        """
        payload, _ = self._recorded
        wanted = selection(field)
        places = list(wanted.places(payload))
        if not places:
            return self._nothing(wanted.literals)
        return Explained(tuple(self._explained(each) for each in islice(places, limit)), len(places))

    def line(self, line: int, file: str | None = None) -> LineUse:
        """Tell what a mapping line made."""
        payload, recording = self._recorded
        return lines.made_by(self.mapping, recording, payload, file or self.mapping.document.file, line)

    def dish(self, wanted: str) -> tuple[tuple[dishes.Presence, ...], str]:
        """Tell where the records of a name or id are, or why they are nowhere; and a hint where there is no such."""
        found, hint = dishes.named(wanted, dishes.candidates(self.menu, self.shaped))
        return self._presences(found), hint

    @property
    def files(self) -> tuple[str, ...]:
        """The files that the mapping's payload rules stand in; more than one where it extends another."""
        _, recording = self._recorded
        found = dict.fromkeys(position.file for position, _ in recording.sites)
        return tuple(dict.fromkeys((self.mapping.document.file, *found)))

    @cached_property
    def _recorded(self) -> tuple[Any, Recording]:
        with collector_paused():
            return self.mapping.record(self.shaped.restaurant, self.shaped.menu, self.facts)

    @cached_property
    def _follower(self) -> Follower:
        payload, recording = self._recorded
        return Follower(self.evaluator, self.tracer, payload, recording)

    def _explained(self, wanted: Selected) -> Explanation:
        found = self._follower.find(wanted.path, wanted.rest)
        shown = display_path((*wanted.path, *wanted.rest))
        where = place(found.position)
        steps: tuple[TraceStep, ...] = ()
        result, reason = MISSING, found.reason
        if reason is None:
            known = found.value if not found.rest else self._above(wanted, found)
            trace = self.tracer.trace(found.rule, found.situation, known=known)
            steps = tuple(self._with_menu_price(step, found) for step in trace.steps)
            result, reason = trace.value, trace.reason
        return Explanation(
            field=shown,
            value=found.value,
            result=result,
            place=where,
            line=lines.line_text(where.file, where.line),
            templates=tuple(found.templates),
            loops=tuple(found.loops),
            steps=steps,
            reason=reason,
            inside=display_path(found.rest) if found.rest else "",
            findings=self._told(found),
        )

    def _with_menu_price(self, step: TraceStep, found: Found) -> TraceStep:
        """Say what the menu's own price is, where ``shape`` made another one of it."""
        name, _, attribute = step.text.partition(".")
        record = found.situation.known().get(name)
        if step.kind != "source" or attribute != "price" or not isinstance(record, ItemView | OptionView):
            return step
        key = record.item_id if isinstance(record, ItemView) else (record.group_id, record.option_id)
        own = self._menu_prices.get(key)
        if own is None or own == record.price:
            return step
        return replace(step, note=f"the menu says {own}; `shape` made {record.price} of it")

    @cached_property
    def _menu_prices(self) -> dict[Any, Decimal]:
        prices: dict[Any, Decimal] = {item.item_id: item.price for item in self.menu.items}
        for group in self.menu.modifier_groups:
            prices |= {(group.modifier_group_id, option.option_id): option.price for option in group.options}
        return prices

    def _above(self, wanted: Selected, found: Found) -> Any:
        """Give the value of the rule inside of which the field lies."""
        value, _ = self._recorded
        for key in wanted.path[: len(wanted.path) - len(found.rest)]:
            value = value[key]
        return value

    def _told(self, found: Found) -> tuple[Finding, ...]:
        """Give the findings of the innermost record that come from this rule's lines."""
        records = records_of(found.situation.trail)
        if not records:
            return ()
        reader = lines.LineReader(self.mapping)
        own = reader.of(found.rule) | {(found.position.file, found.position.line)}
        return tuple(
            finding
            for finding in self.findings
            if dishes.record_in(records[-1], finding)
            and (
                (finding.place is not None and (finding.place.file, finding.place.line) in own)
                or (finding.place is None and finding.field in self._fields_read(found))
            )
        )

    def _fields_read(self, found: Found) -> set[str]:
        return {str(path[1]) for each in formulas_in(found.rule) for path in paths_in(each.tree) if len(path) > 1}

    def _nothing(self, literals: tuple[str, ...]) -> Explained:
        """Tell of the dishes that a filter names and that are nowhere."""
        records = dishes.candidates(self.menu, self.shaped) if literals else []
        named = [dishes.named(text, records) for text in literals]
        exact = [record for text in literals for record in dishes.exactly(text, records)]
        missing = tuple(presence for presence in self._presences(exact) if not presence.places)
        near = [f"Did you mean {found[0].name}?" if found else hint for found, hint in named if not exact]
        return Explained((), 0, missing, next(filter(None, near), ""))

    def _presences(self, records: list[Record]) -> tuple[dishes.Presence, ...]:
        payload, recording = self._recorded
        return dishes.presences(records, payload, recording, self.shaped, self.tracer, self.findings)


__all__ = ["LIMIT", "Explained", "Explainer", "WrongField"]
