"""What a formula reads: its fields of the views, and under which conditions each gets through.

An abstract evaluation of the JMESPath tree: a value is its static type and the reads it is made of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pipeline.mapping.arrivals.fields import ENTITIES
from pipeline.mapping.rules.walk import path_of
from pipeline.mapping.types import ANY, BOOLEAN, INTEGER, TEXT, Type, fields_of, list_of, union


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that has to hold before a value gets through.

    ``shown_by`` are the view fields whose presence alone makes it hold, so that it is none for them.
    ``opposite`` conditions share their text and differ in ``holds``.
    """

    text: str
    holds: bool = True
    shown_by: frozenset[tuple[type, str]] = frozenset()

    def __str__(self) -> str:
        if self.holds:
            return self.text
        there = self.text.removesuffix(" is there")
        return f"not: {self.text}" if there == self.text else f"{there} is missing"


@dataclass(frozen=True, slots=True)
class Read:
    """One field of a view that a value is made of.

    ``part`` is the key that is taken of an object; ``decides``: the field's value does not get
    through itself, but decides what does.
    """

    record: type
    field: str
    part: str = ""
    decides: bool = False
    when: frozenset[Condition] = frozenset()

    @property
    def source(self) -> tuple[type, str]:
        """The view and the field."""
        return self.record, self.field


@dataclass(frozen=True, slots=True)
class Known:
    """An abstract value.

    ``last`` is the read whose parts a further step takes; ``inside``: it is such a part; ``when`` is
    what has to hold for all that is read of it.
    """

    type: Type = ANY
    reads: frozenset[Read] = frozenset()
    last: Read | None = None
    inside: bool = False
    when: frozenset[Condition] = frozenset()

    def typed(self, kind: Type) -> Known:
        """Give the same reads as a value of another type."""
        return replace(self, type=kind)

    def guarded(self, conditions: Iterable[Condition]) -> Known:
        """Give the value where conditions have to hold."""
        conditions = tuple(conditions)
        last = next(iter(guarded([self.last], conditions)), None) if self.last is not None else None
        when = self.when.union(conditions)
        return replace(self, reads=guarded(self.reads, conditions), last=last, when=when)

    def deciding(self) -> frozenset[Read]:
        """Give the reads of a value that is only asked for its truth."""
        return frozenset(replace(read, decides=True, part="") for read in self.reads)


Names = Mapping[str, Known]


def guarded(reads: Iterable[Read], conditions: Iterable[Condition]) -> frozenset[Read]:
    """Put reads under conditions, but for those that show a condition to hold."""
    conditions = tuple(conditions)

    def under(read: Read) -> Read:
        more = {condition for condition in conditions if read.source not in condition.shown_by}
        return replace(read, when=read.when | more) if more else read

    return frozenset(under(read) for read in reads)


def joined(values: Iterable[Known]) -> Known:
    """Give a value that is made of several."""
    values = list(values)
    return Known(ANY, frozenset().union(*(value.reads for value in values)))


def entity_of(record: type) -> type | None:
    """Give the view that a record is, or is a variant of."""
    return next((entity for entity in ENTITIES if issubclass(record, entity)), None)


class Reader:
    """Evaluates expressions; ``same`` gives all view fields that stand for the same field of the menu."""

    def __init__(self, same: Callable[[tuple[type, str]], frozenset[tuple[type, str]]]) -> None:
        self._same = same

    def read(self, tree: Any, names: Names, current: Known | None = None) -> Known:
        """Give what an expression reads."""
        rule = _RULES.get(tree["type"])
        return rule(self, tree, names, current) if rule is not None else self._children(tree, names, current)

    def condition(self, tree: Any, text: str, names: Names, current: Known | None = None) -> Condition | None:
        """Give an expression as a condition; None where it only joins records of two loops."""
        if self._joins(tree, names, current):
            return None
        return Condition(text, True, self._shown_by(tree, names, current))

    def field(self, owner: Known, name: str) -> Known:
        """Give the field of a value."""
        kind = owner.type
        if kind.kind == "record" and kind.record is not None:
            field_type = fields_of(kind.record).get(name, ANY)
            entity = entity_of(kind.record)
            if entity is None:
                return Known(field_type, owner.reads, inside=True, when=owner.when)
            (read,) = guarded([Read(entity, name)], owner.when)
            return Known(field_type, owner.reads | {read}, read, when=owner.when)
        if kind.kind == "map" and owner.last is not None:
            part = replace(owner.last, part=name)
            return Known(kind.item or ANY, owner.reads - {owner.last} | {part}, part, when=owner.when)
        return Known(kind.item or ANY if kind.kind == "map" else ANY, owner.reads, inside=True, when=owner.when)

    def element(self, value: Known) -> Known:
        """Give an element of a list or object."""
        return value.typed(value.type.item or ANY)

    # One method per kind of node -----------------------------------------------------------------

    def _children(self, tree: Any, names: Names, current: Known | None) -> Known:
        return joined(self.read(child, names, current) for child in tree["children"])

    def _current(self, tree: Any, names: Names, current: Known | None) -> Known:
        return current or Known()

    def _field(self, tree: Any, names: Names, current: Known | None) -> Known:
        if current is None:
            return names.get(tree["value"], Known())
        return self.field(current, tree["value"])

    def _literal(self, tree: Any, names: Names, current: Known | None) -> Known:
        return Known()

    def _chain(self, tree: Any, names: Names, current: Known | None) -> Known:
        for child in tree["children"]:
            current = self.read(child, names, current)
        return current or Known()

    def _index(self, tree: Any, names: Names, current: Known | None) -> Known:
        list_value = current or Known()
        which = "first" if tree["value"] == 0 else "last" if tree["value"] == -1 else f"number {tree['value'] + 1}"
        return self.element(list_value).guarded([Condition(f"it is the {which} of its list")])

    def _slice(self, tree: Any, names: Names, current: Known | None) -> Known:
        return (current or Known()).guarded([Condition("it is in a part of its list")])

    def _projection(self, tree: Any, names: Names, current: Known | None) -> Known:
        left, right, *condition = tree["children"]
        element = self.element(self.read(left, names, current))
        decided: frozenset[Read] = frozenset()
        if condition:
            test = self.condition(condition[0], "the list's filter lets it through", names, element)
            decided = self.read(condition[0], names, element).deciding()
            element = element.guarded([test] if test else [])
        result = self.read(right, names, element)
        return replace(result, type=list_of(result.type), reads=result.reads | decided)

    def _flatten(self, tree: Any, names: Names, current: Known | None) -> Known:
        value = self.read(tree["children"][0], names, current)
        inner = value.type.item
        return value.typed(inner) if inner is not None and inner.kind == "list" else value

    def _or(self, tree: Any, names: Names, current: Known | None) -> Known:
        return self._first_there([*tree["children"]], names, current)

    def _first_there(self, trees: list[Any], names: Names, current: Known | None) -> Known:
        found = Known(Type("null"))
        before: list[Condition] = []
        for tree in trees:
            value = self.read(tree, names, current)
            kind = union(found.type, value.type)
            found = Known(kind, found.reads | value.guarded(before).reads)
            if value.reads:
                text = f"{path_of(tree) or 'what stands before it'} is there"
                before.append(Condition(text, holds=False))
        return found

    def _and(self, tree: Any, names: Names, current: Known | None) -> Known:
        left, right = tree["children"]
        test = self.condition(left, "both are there", names, current)
        value = self.read(right, names, current)
        reads = value.guarded([test] if test else []).reads
        return Known(value.type, reads | self.read(left, names, current).deciding())

    def _truth(self, tree: Any, names: Names, current: Known | None) -> Known:
        return Known(BOOLEAN, self._children(tree, names, current).deciding())

    def _list(self, tree: Any, names: Names, current: Known | None) -> Known:
        values = [self.read(child, names, current) for child in tree["children"]]
        kind = Type("null")
        for value in values:
            kind = union(kind, value.type)
        return joined(values).typed(list_of(kind))

    def _call(self, tree: Any, names: Names, current: Known | None) -> Known:
        name, arguments = tree["value"], tree["children"]
        if name == "not_null":
            return self._first_there(arguments, names, current)
        values = [self.read(child, names, current) for child in arguments if child["type"] != "expref"]
        first = values[0] if values else Known()
        for argument in arguments:
            if argument["type"] == "expref":
                over = values[-1] if values else Known()
                inner = self.read(argument["children"][0], names, self.element(over))
                if name == "map":
                    return Known(list_of(inner.type), inner.reads)
                first = Known(first.type, first.reads | inner.deciding())
        everything = joined(values)
        if name in ("contains", "starts_with", "ends_with", "type"):
            return Known(BOOLEAN, everything.deciding())
        if name in ("max", "min", "max_by", "min_by"):
            word = "largest" if name.startswith("max") else "smallest"
            return self.element(first).guarded([Condition(f"it is the {word} of its list")])
        if name in ("sort", "sort_by", "reverse"):
            return first
        if name in ("values", "to_array"):
            return first.typed(list_of(first.type.item or ANY))
        kinds = {"length": INTEGER, "join": TEXT, "to_string": TEXT}
        return everything.typed(kinds.get(name, ANY))

    # Conditions ----------------------------------------------------------------------------------

    def _shown_by(self, tree: Any, names: Names, current: Known | None) -> frozenset[tuple[type, str]]:
        """Give the view fields whose presence alone makes an expression true."""
        kind, children = tree["type"], tree["children"]
        if kind == "or_expression":
            return frozenset().union(*(self._shown_by(child, names, current) for child in children))
        if kind == "and_expression":
            left, right = (self._shown_by(child, names, current) for child in children)
            return left & right
        if kind in ("field", "subexpression", "index_expression", "projection", "flatten", "current"):
            value = self.read(tree, names, current)
            reads = {value.last} if value.last is not None else value.reads
            # A name stands for all that it was made of; what was filtered on the way shows nothing.
            free = [read for read in reads if not (value.inside or read.decides or (read.when and kind != "field"))]
            return frozenset(source for read in free for source in self._same(read.source))
        return frozenset()

    def _joins(self, tree: Any, names: Names, current: Known | None) -> bool:
        """Tell whether an expression only finds the record that another one names."""
        if tree["type"] != "comparator" or tree["value"] != "eq":
            return False
        return all(bool(self.read(child, names, current).reads) for child in tree["children"])


_RULES: dict[str, Callable[[Reader, Any, Names, Known | None], Known]] = {
    "field": Reader._field,  # noqa: SLF001 - the class's own table
    "subexpression": Reader._chain,  # noqa: SLF001
    "index_expression": Reader._chain,  # noqa: SLF001
    "pipe": Reader._chain,  # noqa: SLF001
    "current": Reader._current,  # noqa: SLF001
    "identity": Reader._current,  # noqa: SLF001
    "literal": Reader._literal,  # noqa: SLF001
    "index": Reader._index,  # noqa: SLF001
    "slice": Reader._slice,  # noqa: SLF001
    "projection": Reader._projection,  # noqa: SLF001
    "value_projection": Reader._projection,  # noqa: SLF001
    "filter_projection": Reader._projection,  # noqa: SLF001
    "flatten": Reader._flatten,  # noqa: SLF001
    "or_expression": Reader._or,  # noqa: SLF001
    "and_expression": Reader._and,  # noqa: SLF001
    "not_expression": Reader._truth,  # noqa: SLF001
    "comparator": Reader._truth,  # noqa: SLF001
    "multi_select_list": Reader._list,  # noqa: SLF001
    "function_expression": Reader._call,  # noqa: SLF001
}
