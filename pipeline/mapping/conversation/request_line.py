"""``METHOD /path/{value}?name={value}``, compiled: each value fills one part of the address and no more.

Values come from menus and answers, which nobody vouches for. They are percent-encoded whole, so that
a ``/``, ``?`` or ``@`` in an id cannot lead a request elsewhere. Only a value that stands for the whole
address (``GET {saved.next_url}``) is taken as it is: whoever sends checks its host.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import quote

from pipeline.findings import Finding
from pipeline.mapping.compiler.runtime import text_of
from pipeline.mapping.compiler.slots import Condition, Slot
from pipeline.mapping.nodes import Position
from pipeline.mapping.rules.reader import place
from pipeline.mapping.transforms.registry import RunFacts


@dataclass(frozen=True, slots=True)
class Line:
    """A request's method and address: a path under ``base_url``, or a whole address.

    ``written`` is what the mapping itself says of the address, up to the first value: a host that
    stands there was chosen by the mapping's author.
    """

    method: str
    address: str
    written: str


@dataclass(frozen=True, slots=True)
class Part:
    """One value of a request line, with its formula's text for messages."""

    slot: Slot
    text: str


@dataclass(frozen=True, slots=True)
class WrittenLine:
    """A request line as it is written."""

    position: Position
    parts: tuple[str | Part, ...]

    def line(self, names: Mapping[str, Any], facts: RunFacts) -> Line | Finding:
        """Give method and address, or the finding that says which value is missing or cannot be sent."""
        first = self.parts[0] if self.parts and isinstance(self.parts[0], str) else ""
        method, _, written = first.partition(" ")
        address = written
        for index, part in enumerate(self.parts[1:], 1):
            if isinstance(part, str):
                address += part
                continue
            text = _text(part.slot.value(names, facts))
            if not text:
                return Finding("address-incomplete", "error", *_missing(part.text), place(self.position))
            address += text if index == 1 and not written else quote(text, safe="")
        return Line(method, address, written)


@dataclass(frozen=True, slots=True)
class ChosenLine:
    """A choice between two request lines."""

    position: Position
    condition: Condition
    negated: bool
    chosen: RequestLine
    otherwise: RequestLine | None

    def line(self, names: Mapping[str, Any], facts: RunFacts) -> Line | Finding:
        """Give the method and address that the condition chooses."""
        if self.condition.holds(names, facts) is not self.negated:
            return self.chosen.line(names, facts)
        if self.otherwise is not None:
            return self.otherwise.line(names, facts)
        message = "No request is meant for this case: the choice has no `$else`."
        return Finding("address-incomplete", "error", message, "", place(self.position))


def _missing(text: str) -> tuple[str, str]:
    """Tell that an address has no value for a formula: whose fault it is, and what to do."""
    owner, _, name = text.partition(".")
    if owner == "saved" and name:
        message = f"The platform's earlier answer did not give `{name}`, without which this request has no address."
        return message, "Publish again. If it stays so, compare that answer with the step's `save` in the mapping."
    if owner == "store" and name:
        message = f"The store setting `{name}` has no value that fits the address of this request."
        return message, "Set it for this restaurant."
    message = f"The address of this request needs `{text}`, which has no value that fits an address."
    return message, "Give it, or do this step only where it is there, with `if`."


RequestLine: TypeAlias = WrittenLine | ChosenLine


def _text(value: Any) -> str:
    """Give a value as text; empty for what no address can hold."""
    if value is None or isinstance(value, (list, dict)):
        return ""
    text = text_of(value)
    return text if text.isprintable() else ""
