"""Drift: what stands on a platform compared with what was published there, dish by dish.

The mapping's ``read_menu.compare`` says where the platform's answer has its dishes, and where one of
them has its id, name and price; platforms give them as the payload sent them, so that the same
expressions find the dishes in the payload.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, TypeAlias

from pipeline.findings import Finding, Record
from pipeline.mapping.compiler.slots import Slot
from pipeline.mapping.transforms.registry import RunFacts

What: TypeAlias = Literal["name", "price", "missing", "added"]
SHOWN = 80


@dataclass(frozen=True, slots=True)
class Dish:
    """A dish as a platform's form has it. Name and price are None where the mapping does not compare them."""

    id: str
    name: Any = None
    price: Any = None


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs; ``ours`` was published, ``theirs`` stands there, None where there is no such dish.

    ``pinned``: it has stayed so over a publish of the whole menu, so that the platform keeps its own.
    """

    item_id: str
    item: str
    what: What
    ours: str | None
    theirs: str | None
    pinned: bool = False

    @property
    def key(self) -> str:
        """What it is known by from one check to the next."""
        return f"{self.what}\0{self.item_id}\0{self.theirs}"

    def finding(self, label: str) -> Finding:
        """Tell it in words."""
        said = {
            "missing": f"The dish was published, and is not on {label}.",
            "added": f"The dish is on {label}, and was not published by us.",
        }.get(self.what, f"The {self.what} on {label} is {self.theirs}; published was {self.ours}.")
        hint = "Publish the menu again with --force to put it right, or change it at the menu's source."
        if self.pinned:
            hint = f"It stayed so over a publish: {label} keeps what was entered there. Change it there."
        return Finding("drift", "warning", said, hint, records=(Record("item", self.item_id, self.item),))


class Comparison:
    """A mapping's ``compare``, for one restaurant."""

    def __init__(self, compare: Mapping[str, Slot], facts: RunFacts) -> None:
        self._compare = compare
        self._facts = facts

    def theirs(self, names: Mapping[str, Any]) -> list[Dish] | None:
        """Give the dishes of the platform's answer, which is among the names; None where there is no list of them."""
        rows = self._compare["items"].value(names, self._facts)
        return [dish for dish in map(self._dish, rows) if dish is not None] if isinstance(rows, list) else None

    def ours(self, payload: Any, theirs: Iterable[Dish]) -> list[Dish]:
        """Give the dishes of a payload: of the lists whose entries have id and price, the one most like theirs."""
        known = {dish.id for dish in theirs}
        lists: dict[str, list[Dish]] = {}
        for place, value in _objects(payload):
            dish = self._dish(value)
            if dish is not None and (dish.price is not None or "price" not in self._compare):
                lists.setdefault(place, []).append(dish)
        return max(lists.values(), key=lambda dishes: (sum(d.id in known for d in dishes), len(dishes)), default=[])

    def _dish(self, row: Any) -> Dish | None:
        values = {key: self._value(key, row) for key in ("id", "name", "price")}
        if values["id"] is None or not isinstance(row, dict):
            return None
        return Dish(str(values["id"]), values["name"], values["price"])

    def _value(self, key: str, row: Any) -> Any:
        slot = self._compare.get(key)
        value = slot.value({"row": row}, self._facts) if slot is not None else None
        return None if isinstance(value, dict | list | bool) else value


def differences(ours: Iterable[Dish], theirs: Iterable[Dish]) -> list[Difference]:
    """Tell what differs, in the order of ours, then what is theirs alone.

    >>> differences([Dish("i-1", "Soup", 610)], [Dish("i-1", "Soup", 650)])
    [Difference(item_id='i-1', item='Soup', what='price', ours='610', theirs='650', pinned=False)]
    """
    published = {dish.id: dish for dish in ours}
    standing = {dish.id: dish for dish in theirs}
    found = []
    for dish in published.values():
        other = standing.get(dish.id)
        name = _text(dish.name) or ""
        if other is None:
            found.append(Difference(dish.id, name, "missing", _text(dish.price) or name, None))
            continue
        if dish.name != other.name:
            found.append(Difference(dish.id, name, "name", _text(dish.name), _text(other.name)))
        if not _same_price(dish.price, other.price):
            found.append(Difference(dish.id, name, "price", _text(dish.price), _text(other.price)))
    for dish in standing.values():
        if dish.id not in published:
            name = _text(dish.name) or ""
            found.append(Difference(dish.id, name, "added", None, _text(dish.price) or name))
    return found


def marked(found: Iterable[Difference], seen: Mapping[str, str], publish: str) -> list[Difference]:
    """Mark what stayed over a publish: ``seen`` gives by key the publish after which it was seen first.

    >>> one = Difference("i-1", "Soup", "price", "610", "650")
    >>> [each.pinned for each in marked([one], {one.key: "op_1"}, "op_2")]
    [True]
    """
    return [replace(each, pinned=seen.get(each.key, publish) != publish) for each in found]


def _objects(payload: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every object of a payload with the fields above it, without places in lists."""
    waiting: list[tuple[str, Any]] = [("", payload)]
    while waiting:
        place, value = waiting.pop()
        if isinstance(value, dict):
            yield place, value
            waiting += [(f"{place}.{key}", inner) for key, inner in reversed(value.items())]
        elif isinstance(value, list):
            waiting += [(f"{place}[]", inner) for inner in reversed(value)]


def _same_price(one: Any, other: Any) -> bool:
    try:
        return one == other or Decimal(str(one)) == Decimal(str(other))
    except InvalidOperation:
        return False


def _text(value: Any) -> str | None:
    return None if value is None else str(value)[:SHOWN]
