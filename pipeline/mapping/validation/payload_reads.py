"""What checks and steps read of the payload has to be something that the rules make, or it is never there.

The payload's fields become static types of their own, known from what the rules make, so that a formula
over the payload is held against them as one over the menu is held against its records.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pipeline.findings import Finding
from pipeline.mapping.compiled import CompiledMapping
from pipeline.mapping.compiler.checks import CheckWriter
from pipeline.mapping.expressions import expressions
from pipeline.mapping.expressions.problems import Problem
from pipeline.mapping.formulas import formula
from pipeline.mapping.formulas.formula import Formula, Loop, is_formula
from pipeline.mapping.nearest import did_you_mean
from pipeline.mapping.nodes import Node, Scalar, Sequence
from pipeline.mapping.paths import ENTRY, KEY, shown
from pipeline.mapping.rules.made import PAYLOAD, Made, Parts
from pipeline.mapping.rules.reader import RuleReader, place
from pipeline.mapping.rules.walk import roots_of
from pipeline.mapping.types import ANY, INTEGER, Type, fields_of, list_of, map_of, record_of, union

Spot = tuple[str, Parts]
"""A function of the payload, and a path below what it makes."""
Names = Mapping[str, Type]
_SAID = ("publish", "webhooks", "availability_update", "item_update", "pull")
DEEPEST = 40
_LOOPS = ("for", "$for")


def payload_read_findings(mapping: CompiledMapping) -> Iterator[Finding]:
    """Give the fields of the payload that a check or a step names and no rule makes."""
    payload = PayloadTypes(mapping.payload.made).whole()
    fields = fields_of(payload.record) if payload.record is not None else {}
    reader = RuleReader([], {*mapping.names}, mapping.document.chains)
    for _, rule, parts in CheckWriter(mapping.document.checks, reader).checks:
        known: dict[str, Type] = {**mapping.names, "payload": payload}
        for loop in rule.loops:
            yield from _unmade(loop.source, known)
            known |= _looped(loop, known)
        for read in (rule.only_if, rule.unless, parts.value, parts.at_least, parts.at_most, parts.assertion):
            yield from _unmade(read, known)
        scope = known.keys() if rule.loops else {"payload"}
        for path in (parts.unique, parts.references, parts.to):
            if path is not None and fields and not roots_of(path.tree) & scope:
                yield from _unmade(path, fields, root=True)
            else:
                yield from _unmade(path, known)
        for part in parts.say.parts if parts.say is not None else ():
            yield from _unmade(part if isinstance(part, Formula) else None, known)
    for section in _SAID:
        for read in _formulas(mapping.document.node.get(section), ""):
            yield from _unmade(read, {"payload": payload})


def _unmade(read: Formula | None, names: Names, *, root: bool = False) -> Iterator[Finding]:
    """Give a formula's unknown fields; those of the menu have been told where the formula was compiled."""
    if read is None:
        return
    problems: list[Problem] = []
    expressions.infer(read.tree, names, problems)
    for problem in problems:
        where = place(read.at(problem.start))
        if problem.code == "unknown-field":
            yield Finding(problem.code, "error", problem.message, problem.hint, where)
        elif root and problem.code == "unknown-name":
            name = problem.message.split("`")[1]
            message = f"The payload has no field `{name}`: no rule makes it."
            hint = did_you_mean(name, names, f"It has: {', '.join(names)}.")
            yield Finding("unknown-field", "error", message, hint, where)


def _looped(loop: Loop, names: Names) -> dict[str, Type]:
    kind = expressions.infer(loop.source.tree, names, [])
    record = kind.item if kind.kind in ("list", "map") and kind.item is not None else ANY
    return {loop.record: record, **({loop.position_name: INTEGER} if loop.position_name else {})}


def _formulas(node: Node | None, key: str) -> Iterator[Formula]:
    """Give the formulas, those in texts and those of loops below a node that speak of the payload."""
    if isinstance(node, Scalar):
        if not isinstance(node.value, str) or "payload." not in node.value:
            return
        if key in _LOOPS:
            loop = formula.parse_loop(node, [])
            read = loop.source if loop is not None else None
        else:
            read = formula.parse_formula(node, []) if is_formula(node) else None
        parts = [read] if read is not None else formula.parse_text(node, [])
        yield from (part for part in parts if isinstance(part, Formula))
    elif isinstance(node, Sequence):
        for item in node:
            yield from _formulas(item, key)
    else:
        for entry in node or ():
            yield from _formulas(entry.value, entry.key)


class PayloadTypes:
    """The payload's fields as static types; objects are classes whose fields are looked at when they are asked for."""

    def __init__(self, made: Made) -> None:
        self.made = made
        self._records: dict[frozenset[Spot], Type] = {}

    def whole(self) -> Type:
        """Give the type of all that the rules make."""
        return self._at(frozenset({(PAYLOAD, ())}), ())

    def _at(self, spots: frozenset[Spot], path: Parts) -> Type:
        if len(path) > DEEPEST:  # a template that makes lists of itself
            return ANY
        spots = self._with_templates(spots)
        if spots in self._records:
            return self._records[spots]
        keys = self._keys(spots)
        kinds = [kind for spot in spots if not self._uses(spot) for kind in self._kinds(spot)]
        if any(kind.kind == "any" for kind in kinds):
            return ANY
        found: Type | None = None
        for kind in kinds if not keys else ():
            found = kind if found is None else union(found, kind)
        if ENTRY in keys:
            found = list_of(self._at(self._below(spots, ENTRY), (*path, ENTRY)))
        elif KEY in keys:
            found = map_of(self._at(self._below(spots, KEY), (*path, KEY)))
        elif keys:
            found = self._record(spots, path, sorted(keys))
        return found.optional() if found is not None else ANY

    def _record(self, spots: frozenset[Spot], path: Parts, keys: list[str]) -> Type:
        def fields() -> dict[str, Type]:
            return {key: self._at(self._below(spots, key), (*path, key)) for key in keys}

        cls = type("payload", (), {"made_fields": staticmethod(fields), "made_at": shown(path) if path else ""})
        return self._records.setdefault(spots, record_of(cls).optional())

    def _kinds(self, spot: Spot) -> Iterator[Type]:
        function, at = spot
        for value in self.made.values.get(function, ()):
            if value.path == at:
                yield from value.types

    def _uses(self, spot: Spot) -> list[Spot]:
        """Give what templates make that are used at a place."""
        function, at = spot
        return [(use.function, ()) for use in self.made.uses.get(function, ()) if use.path == at]

    def _keys(self, spots: frozenset[Spot]) -> set[str]:
        keys: set[str] = set()
        for function, at in spots:
            values, objects = self.made.values.get(function, ()), self.made.objects.get(function, ())
            keys.update(str(value.path[-1]) for value in values if value.path and value.path[:-1] == at)
            keys.update(key for made in objects if made.path == at for key in made.keys)
        return keys

    @staticmethod
    def _below(spots: frozenset[Spot], key: str) -> frozenset[Spot]:
        return frozenset((function, (*at, key)) for function, at in spots)

    def _with_templates(self, spots: frozenset[Spot]) -> frozenset[Spot]:
        found, waiting = set(spots), list(spots)
        while waiting:
            new = [spot for spot in self._uses(waiting.pop()) if spot not in found]
            found.update(new)
            waiting.extend(new)
        return frozenset(found)
