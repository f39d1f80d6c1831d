"""Lists and loops of the payload → Python loops."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.mapping.code import Value
from pipeline.mapping.compiler.runtime import chunks, elements, first_rows, pairs, put, sort_key, unique_rows
from pipeline.mapping.compiler.value_writer import Store
from pipeline.mapping.expressions.scope import Scope
from pipeline.mapping.formulas.formula import Formula, Loop
from pipeline.mapping.nodes import Position
from pipeline.mapping.rules.rules import Entries, Rule
from pipeline.mapping.rules.walk import roots_of
from pipeline.mapping.types import ANY, INTEGER, NULL, TEXT, Type, list_of, map_of, record_name, union

if TYPE_CHECKING:
    from pipeline.mapping.compiler.generator import Generator

MOST_LOOPS = 8
Inside = Callable[[Scope], None]
Counter = tuple[str, str, str | None]
"""A position's name, the local that counts it, and the local of the key where an object may be looped over."""


@dataclass(slots=True)
class Target:
    """The list, or keyed object, that is being filled: its local, payload path and what it holds."""

    local: str
    path: str
    keyed: bool
    kinds: list[Type] = field(default_factory=list)


Column = tuple[str, Value]


class ListWriter:
    """Writes lists, keyed objects and the loops in them."""

    def __init__(self, generator: Generator) -> None:
        self.generator = generator
        self.code = generator.code

    def entries(self, body: Entries, position: Position, scope: Scope, store: Store, path: str) -> bool:
        """Write a list, or an object where the entries have keys.

        A list whose only entry loops over null has no value.
        """
        code = self.code
        target = Target(code.fresh("list"), f"{path}.*" if body.keyed else f"{path}[]", body.keyed)
        if len(body.rules) == 1 and body.rules[0].loops:
            rule = body.rules[0]
            loop = rule.loops[0]
            source = self.generator.values.evaluated(loop.source, scope, target.path)
            if source.type.kind == "null":
                return False
            if source.type.may_be_null:
                source = self.generator.values.atomic(source)
                with code.block(f"if {source.source} is not None:", loop.source.position):
                    inner = Value(source.source, source.type.required(), atomic=True)
                    self._start(target)
                    self._loop_entry(rule, scope, target, inner)
                    store(self._result(target, position))
                return False
            self._start(target)
            self._loop_entry(rule, scope, target, source)
            store(self._result(target, position))
            return True
        self._start(target)
        for rule in body.rules:
            if rule.loops:
                self._loop_entry(rule, scope, target, None)
            else:
                self._single(rule, scope, target)
        store(self._result(target, position))
        return True

    def turns(self, rule: Rule, scope: Scope, inside: Inside) -> None:
        """Write a rule's loops and condition around what ``inside`` writes; without loops, once."""
        self._loops(rule, scope, Target("", "", keyed=False), inside, None, positions=True)

    def _start(self, target: Target) -> None:
        self.code.line(f"{target.local} = {'{}' if target.keyed else '[]'}")

    def _result(self, target: Target, position: Position) -> Value:
        values = [Value("", kind) for kind in target.kinds]
        self.generator.made.value(target.path, position, values, always=True)
        kind: Type = target.kinds[0] if target.kinds else NULL
        for other in target.kinds[1:]:
            kind = union(kind, other)
        return Value(target.local, map_of(kind) if target.keyed else list_of(kind), atomic=True)

    def _single(self, rule: Rule, scope: Scope, target: Target) -> None:
        generator = self.generator
        with generator.guarded(rule.position, scope, target.path):
            scope = generator.lets(rule, scope, target.path)
            self._where_kept(rule, scope, target, lambda inner: self._entry(rule, inner, target))

    def _where_kept(self, rule: Rule, scope: Scope, target: Target, inside: Inside) -> None:
        """Write the condition around an entry that it may leave out; with ``$else`` the entry stays."""
        if not _leaves_out(rule):
            inside(scope)
            return
        with self.code.block(f"if {self.generator.values.test(rule, scope, target.path)}:", rule.position):
            inside(self.generator.shown(rule, scope))
        self.generator.otherwise(rule, scope, _nowhere, target.path)

    def _entry(self, rule: Rule, scope: Scope, target: Target) -> None:
        """Write an entry's value, or ``$else``, into the list or under its key."""
        if not target.keyed or rule.key is None:
            self._value(rule, scope, self._append(target, rule, scope), target.path)
            return
        put_name = self.code.function(put)

        def with_key(key: Value) -> None:
            atomic = self.generator.values.atomic(key)
            named = scope.bind("key", Value(atomic.source, TEXT, atomic=True))

            def store(value: Value) -> None:
                target.kinds.append(value.type)
                call = f"{put_name}({target.local}, {atomic.source}, {value.source})"
                if self.generator.precise:
                    site = self.generator.scene(rule.position, target.path, named, rule=rule)
                    noted = f"{site}, {named.trail}, {self.generator.values_of(named)}"
                    call = f"run.keyed({target.local}, {atomic.source}, {value.source}, {noted})"
                self.code.line(call, rule.position)

            self._value(rule, named, store, target.path)

        self.generator.rule(rule.key, scope, with_key, target.path)

    def _value(self, rule: Rule, scope: Scope, store: Store, path: str) -> None:
        generator = self.generator
        if rule.otherwise is None or not rule.conditional:
            generator.valued(rule, scope, store, path)
            return
        with self.code.block(f"if {generator.values.test(rule, scope, path)}:", rule.position):
            generator.valued(rule, generator.shown(rule, scope), store, path)
        generator.otherwise(rule, scope, store, path)

    def _append(self, target: Target, rule: Rule, scope: Scope) -> Store:
        def store(value: Value) -> None:
            target.kinds.append(value.type)
            if self.generator.precise:
                site = self.generator.scene(rule.position, target.path, scope, rule=rule)
                noted = f"{site}, {scope.trail}, {self.generator.values_of(scope)}"
                self.code.line(f"run.added({target.local}, {value.source}, {noted})")
            else:
                self.code.line(f"{target.local}.append({value.source})")

        return store

    # -- loops ---------------------------------------------------------------------------------

    def _loop_entry(self, rule: Rule, scope: Scope, target: Target, first: Value | None) -> None:
        collected = any(part is not None for part in (rule.sort, rule.unique, rule.limit, rule.chunk))
        if collected:
            self._collected(rule, scope, target, first)
            return

        self._loops(rule, scope, target, lambda inner: self._entry(rule, inner, target), first, positions=True)

    def _loops(
        self,
        rule: Rule,
        scope: Scope,
        target: Target,
        inside: Inside,
        first: Value | None,
        *,
        positions: bool,
    ) -> None:
        """Write nested ``for`` statements, then let, condition and positions inside the innermost."""
        counters: list[Counter] = []
        self._nest(
            rule,
            0,
            scope,
            target.path,
            first,
            counters,
            positions,
            lambda inner: self._turn(rule, inner, target, inside, counters),
        )

    def _swapped(self, loop: Loop, source: Type) -> None:
        """Tell of a loop that gives the position the name that its elements have."""
        element = source.item
        if element is None or element.kind != "record" or loop.position_name != record_name(element):
            return
        message = (
            f"The first name of a loop is the element's, so here `{loop.position_name}` is the position, a number."
        )
        hint = f"Write: {loop.position_name}, {loop.record} in {loop.source.text}"
        self.generator.problem("loop-order", loop.position, message, hint)

    def _nest(
        self,
        rule: Rule,
        index: int,
        scope: Scope,
        path: str,
        given: Value | None,
        counters: list[Counter],
        positions: bool,
        innermost: Inside,
    ) -> None:
        if index == len(rule.loops):
            innermost(scope)
            return
        generator, code = self.generator, self.code
        loop = rule.loops[index]
        if len(scope.records) >= MOST_LOOPS:
            message = f"More than {MOST_LOOPS} loops stand inside each other."
            generator.problem("too-deep", loop.position, message, "Move the inner ones into a template.")
            return
        source = given or generator.values.evaluated(loop.source, scope, path)
        if source.type.kind == "null":
            return
        if scope.records and not self._goes_down(loop, scope):
            source = source._replace(source=f"run.within({source.source})")
        self._swapped(loop, source.type)
        record = code.fresh(loop.record)
        head, kind, second = self._head(loop, source, record)
        known_key = second is not None and second.type.kind == "text"
        plain = len(rule.loops) == 1 and not _leaves_out(rule) and second is None and positions
        if plain and loop.position_name is not None:
            # Nothing is left out, so Python's own counting serves.
            place = code.fresh(loop.position_name)
            head = f"for {place}, {record} in enumerate({head.removeprefix(f'for {record} in ').removesuffix(':')}):"
            second = Value(place, INTEGER, atomic=True)
        elif loop.position_name is not None and positions and not known_key:
            counter = code.fresh("count")
            code.line(f"{counter} = -1")
            counters.append((loop.position_name, counter, second.source if second else None))
        with code.block(head, loop.source.position):
            inner = scope.enter(loop.record, Value(record, kind, atomic=True))
            if second is not None and loop.position_name is not None:
                inner = inner.bind(loop.position_name, second)
            with generator.guarded(loop.source.position, inner, path):
                self._nest(rule, index + 1, inner, path, None, counters, positions, innermost)

    @staticmethod
    def _goes_down(loop: Loop, scope: Scope) -> bool:
        """Tell whether a loop goes over a part of the record of the loop around it: then the menu bounds its turns."""
        return all(
            scope.names[root].source == scope.records[-1] for root in roots_of(loop.source.tree) & scope.names.keys()
        )

    def _head(self, loop: Loop, source: Value, record: str) -> tuple[str, Type, Value | None]:
        """Give the ``for`` line, the record's type, and the key's local where the loop gives one."""
        code, text = self.code, source.source
        kind = source.type.item or ANY
        if source.type.kind == "list":
            return f"for {record} in {text}{' or ()' if source.type.nullable else ''}:", kind, None
        second = code.fresh(loop.position_name) if loop.position_name else None
        if source.type.kind == "map":
            if second is None:
                return f"for {record} in ({text} or {{}}).values():", kind, None
            key = Value(second, TEXT, atomic=True)
            return f"for {second}, {record} in ({text} or {{}}).items():", kind, key
        if source.type.kind != "any":
            self.generator.problem(
                "loop-not-a-list",
                loop.source.position,
                f"`{loop.source.text}` is {source.type}; a loop needs a list or an object.",
                "Name a list, such as `menu.items`; without a loop, leave `$for` out.",
            )
        if second is None:
            # A list, as nearly always, costs no call.
            listed = code.fresh("list")
            listing = f"{listed} if type({listed} := {text}) is list else {code.function(elements)}({listed})"
            return f"for {record} in ({listing}):", ANY, None
        return f"for {record}, {second} in {code.function(pairs)}({text}):", ANY, Value(second, ANY, atomic=True)

    def _turn(
        self,
        rule: Rule,
        scope: Scope,
        target: Target,
        inside: Inside,
        counters: list[Counter],
    ) -> None:
        generator = self.generator
        scope = generator.lets(rule, scope, target.path)
        if generator.precise and target.local:
            site = generator.scene(rule.position, target.path, scope, rule=rule)
            values = generator.values_of(scope)
            self.code.line(f"run.turn({target.local}, {site}, {scope.trail}, {values})")

        def stays(inner: Scope) -> None:
            for number, (name, counter, key) in enumerate(counters):
                # An outer position counts only the elements of which something stays.
                below = counters[number + 1 :]
                if below:
                    with self.code.block(f"if {below[0][1]} < 0:"):
                        self.code.line(f"{counter} += 1")
                else:
                    self.code.line(f"{counter} += 1")
                if key is None:
                    inner = inner.bind(name, Value(counter, INTEGER, atomic=True))
                    continue
                place = self.code.fresh(name)
                self.code.line(f"{place} = {counter} if {key} is None else {key}")
                inner = inner.bind(name, Value(place, ANY, atomic=True))
            inside(inner)

        self._where_kept(rule, scope, target, stays)

    def _collected(self, rule: Rule, scope: Scope, target: Target, first: Value | None) -> None:
        """Write a loop whose turns are collected, sorted, made unique and cut before they are mapped."""
        generator, code = self.generator, self.code
        rows = code.fresh("rows")
        columns: list[Column] = []
        code.line(f"{rows} = []")

        def collect(inner: Scope) -> None:
            columns.extend((name, value) for name, value in inner.names.items() if scope.names.get(name) is not value)
            keys = {
                name: generator.values.evaluated(formula, inner, target.path)
                for name, formula in (("$sort", rule.sort), ("$unique", rule.unique))
                if formula is not None
            }
            if rule.sort is not None:
                self._orders(rule.sort, keys["$sort"].type)
            extra = [key.source for key in keys.values()]
            cells = [value.source for _, value in columns] + extra
            code.line(f"{rows}.append(({', '.join(cells)},))", rule.position)

        self._loops(rule, scope, target, collect, first, positions=False)
        if not columns:
            return
        column = len(columns)
        if rule.sort is not None:
            code.line(f"{rows}.sort(key=lambda row: {code.function(sort_key)}(row[{column}]))", rule.position)
            column += 1
        if rule.unique is not None:
            code.line(f"{rows} = list({code.function(unique_rows)}({rows}, {column}))", rule.position)
        for cut, function in ((rule.limit, first_rows), (rule.chunk, chunks)):
            if cut is not None:
                size = generator.local(cut, scope, "size", target.path)
                code.line(f"{rows} = {code.function(function)}({rows}, {size.source})", rule.position)
        self._mapped(rule, scope, target, rows, columns)

    def _orders(self, formula: Formula, kind: Type) -> None:
        """Tell of entries that are to be sorted by what has no order."""
        if kind.kind in ("list", "map", "record"):
            message = f"`$sort` takes a number or a text of each entry, and this is {kind}."
            hint = "Name one of its fields." if kind.kind == "record" else f"Write: length({formula.text})"
            self.generator.problem("wrong-type", formula.position, message, hint)

    def _mapped(
        self,
        rule: Rule,
        scope: Scope,
        target: Target,
        rows: str,
        columns: list[Column],
    ) -> None:
        generator, code = self.generator, self.code
        row, number = code.fresh("row"), code.fresh("number")
        last = rule.loops[-1]
        with code.block(f"for {number}, {row} in enumerate({rows}):", rule.position):
            inner = scope
            loop_names = {loop.record for loop in rule.loops}
            for index, (name, value) in enumerate(columns):
                local = code.fresh(name)
                if rule.chunk is not None:
                    if name != last.record:
                        continue
                    code.line(f"{local} = [cells[{index}] for cells in {row}]")
                    inner = inner.bind(name, Value(local, list_of(value.type), atomic=True))
                    continue
                if name == last.position_name and value.type.kind == "any":
                    code.line(f"{local} = {number} if {row}[{index}] is None else {row}[{index}]")
                else:
                    code.line(f"{local} = {row}[{index}]")
                bound = Value(local, value.type, atomic=True)
                inner = inner.enter(name, bound) if name in loop_names else inner.bind(name, bound)
            if last.position_name is not None and (rule.chunk is not None or last.position_name not in dict(columns)):
                inner = inner.bind(last.position_name, Value(number, INTEGER, atomic=True))
            with generator.guarded(rule.position, inner, target.path):
                self._entry(rule, inner, target)


def _leaves_out(rule: Rule) -> bool:
    """Tell whether a condition may leave an entry out; ``$else`` puts another one in its place."""
    return rule.conditional and rule.otherwise is None


def _nowhere(value: Value) -> None:
    """Store nothing: without ``$else`` there is no other value."""
