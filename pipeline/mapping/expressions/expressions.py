"""A JMESPath syntax tree → one Python expression, with its static type and what is wrong with it.

The tree comes from the ``jmespath`` library's parser; nodes may carry ``start``, their offset in the
text. Names exist only at the root of an expression; inside projections, filters and behind a dot the
current element is all there is. Chains of fields on records become attribute chains; what the types
leave open is decided at run time by :mod:`pipeline.mapping.expressions.values`, as the library would.

What is given is a pure expression. Only very deep trees are cut into local functions, which are
written as statements before. An expression that holds ``:=`` may stand anywhere but in what a
comprehension goes over: Python forbids it there (in a ``for`` statement it may).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from typing import Any, ClassVar, NoReturn

from pipeline.mapping.code import Code, Value
from pipeline.mapping.expressions import projections
from pipeline.mapping.expressions.comparisons import (
    NUMBERS,
    both,
    bound,
    either,
    equality,
    mixed_order,
    never_equal,
    ordering,
    then,
    without_order,
)
from pipeline.mapping.expressions.comparisons import truth_of as truth
from pipeline.mapping.expressions.functions import FUNCTIONS, Argument, Function, element_of, widest
from pipeline.mapping.expressions.problems import Diagnosis, Problem
from pipeline.mapping.expressions.values import ExpressionError, NullError, element, field, part
from pipeline.mapping.nodes import Position
from pipeline.mapping.types import ANY, BOOLEAN, NULL, Type, fields_of, list_of, map_of

__all__ = ["ExpressionError", "NullError", "Problem", "condition", "generate", "infer", "truth"]

Tree = dict[str, Any]
MAX_DEPTH = 120
"""Deeper trees are refused: no person writes them, and Python's own limits are not far."""
_LEVELS = 24
"""So many nodes may nest in one Python expression; Python bounds its brackets at 200."""
_CHAINS = ("subexpression", "index_expression", "pipe")
_NOWHERE = Position("", 1, 1)


def generate(
    tree: Tree,
    names: Mapping[str, Value],
    code: Code,
    position: Position,
    problems: list[Problem],
    *,
    current: Value | None = None,
    transforms: Collection[str] = (),
) -> Value:
    """Write an expression over ``names``, or over ``current`` where that is given.

    What is written never changes anything, but its result may be a list of the menu itself:
    whoever changes it must copy it first. At run time it raises ``ExpressionError`` where the
    library would fail, and ``NullError`` where that is because something is null. With ``current``
    of unknown type and no names, a whole document is meant and treated as the library does;
    else no float arises. ``transforms`` are names for a better hint.

    >>> from jmespath.parser import Parser
    >>> from pipeline.mapping.types import record_of
    >>> from pipeline.shaping.views import ItemView
    >>> names = {"item": Value("item_1", record_of(ItemView), atomic=True)}
    >>> generate(Parser().parse("item.price").parsed, names, Code(), _NOWHERE, []).source
    'item_1.price'
    """
    writer = Writer(names, code, position, problems, current, transforms)
    return Value("None", NULL, atomic=True) if writer.too_deep(tree) else writer.visit(tree, current)


def infer(tree: Tree, names: Mapping[str, Type], problems: list[Problem], *, transforms: Collection[str] = ()) -> Type:
    """Give the type that an expression has, and what is wrong with it."""
    values = {name: Value(name, kind, atomic=True) for name, kind in names.items()}
    return generate(tree, values, Code(), _NOWHERE, problems, transforms=transforms).type


def condition(
    tree: Tree,
    names: Mapping[str, Value],
    code: Code,
    position: Position,
    problems: list[Problem],
    *,
    current: Value | None = None,
    transforms: Collection[str] = (),
) -> str:
    """Write an expression as a Python condition that holds where JMESPath's truth does."""
    writer = Writer(names, code, position, problems, current, transforms)
    return "None" if writer.too_deep(tree) else writer.condition(tree, current)


class Writer:
    """Writes the nodes of one expression. ``current`` is None at the root, where names exist."""

    def __init__(
        self,
        names: Mapping[str, Value],
        code: Code,
        position: Position,
        problems: list[Problem],
        current: Value | None,
        transforms: Collection[str],
    ) -> None:
        self.names = names
        self.code = code
        self.position = position
        self.told = Diagnosis(problems, names, transforms)
        self.exact = current is None or bool(names) or current.type.kind != "any"
        self.level = 0

    def too_deep(self, tree: Tree) -> bool:
        """Refuse a tree that is nested too deeply, before anything goes through it."""
        waiting = [(tree, 0)]
        while waiting:
            node, depth = waiting.pop()
            inside = 2 * _depth_of(node["value"]) if node["type"] == "literal" else 0
            if depth + inside > MAX_DEPTH:
                hint = "Split it: give parts of it a name with `$let`."
                self.told.error("too-deep", node, "This formula is nested too deeply.", hint)
                return True
            waiting.extend((child, depth + 1) for child in node["children"] if isinstance(child, dict))
        return False

    def visit(self, node: Tree, current: Value | None) -> Value:
        """Write one node over the current element."""
        weight = len(node["children"]) if node["type"] in _CHAINS else 1
        if self.level and node["children"] and self.level + weight > _LEVELS:
            return self._outlined(node, current)
        self.level += weight
        try:
            return self._writers[node["type"]](self, node, current)
        finally:
            self.level -= weight

    def _outlined(self, node: Tree, current: Value | None) -> Value:
        """Write a node as a function of its own; it needs nothing but its current element."""
        level, self.level = self.level, 0
        name = self.code.fresh("part")
        inner = None if current is None else Value(self.code.fresh("it"), current.type, atomic=True)
        result = self.visit(node, inner)
        with self.code.block(f"def {name}({inner.source if inner else ''}):", self.position):
            self.code.line(f"return {result.source}", self.position)
        self.level = level
        return Value(f"{name}({current.source if current else ''})", result.type)

    def apply(self, node: Tree, value: Value) -> Value:
        """Write a node over a value that may cost something, which is evaluated once."""
        if value.atomic or node["type"] in ("multi_select_list", "multi_select_dict") or _uses_once(node):
            return self.visit(node, value)
        name = self.code.fresh("it")
        result = self.visit(node, Value(name, value.type, atomic=True))
        return Value(f"({name} := {value.source}, {result.source})[1]", result.type)

    def condition(self, node: Tree, current: Value | None) -> str:
        """Write a node as a Python condition."""
        if node["type"] in ("or_expression", "and_expression") and self.level < _LEVELS:
            self.level += 1
            sides = [self.condition(child, current) for child in node["children"]]
            self.level -= 1
            return f"({(' or ' if node['type'] == 'or_expression' else ' and ').join(sides)})"
        if node["type"] == "comparator":
            return truth(self._compared(node, current, as_condition=True), self.code)
        value = self.visit(node, current)
        if value.type.kind in NUMBERS and not value.type.nullable:
            self.told.always_true(node)
        return truth(value, self.code)

    def _nothing(self, value: Value) -> Value:
        """Give null, after a value that may fail."""
        return Value(then(value, "None"), NULL, value.atomic)

    def _failing(self, message: str) -> Value:
        """Write what was reported as an error as a failure at run time."""
        return Value(f"{self.code.function(fail)}({message!r})", NULL)

    # -- names, fields, chains -------------------------------------------------------------------

    def _field(self, node: Tree, current: Value | None) -> Value:
        name = node["value"]
        if current is None:
            if name not in self.names:
                self.told.unknown_name(node)
                return Value("None", NULL, atomic=True)
            return self.names[name]
        kind = current.type
        if kind.kind == "any":
            owner = bound(current, self.code)
            get = f"{owner.source}.get({name!r}) if type({owner.first}) is dict"
            return Value(f"({get} else {self.code.function(field)}({owner.source}, {name!r}))", ANY)
        if kind.kind == "map":
            return self._part_of(current, f".get({name!r})", (kind.item or ANY).optional())
        if kind.kind == "record" and kind.record is not None:
            found = fields_of(kind.record).get(name)
            if found is not None:
                return self._part_of(current, f".{name}", found, atomic=current.source.isidentifier())
            self.told.unknown_field(node, kind)
        elif kind.kind != "null":
            self.told.field_of_plain(node, kind)
        return self._nothing(current)

    def _part_of(self, owner: Value, access: str, kind: Type, *, atomic: bool = False) -> Value:
        if not owner.type.nullable:
            return Value(f"{owner.source}{access}", kind, atomic)
        once = bound(owner, self.code)
        return Value(f"(None if {once.first} is None else {once.source}{access})", kind.optional())

    def _current(self, node: Tree, current: Value | None) -> Value:
        if current is None:
            self.told.nothing_named(node)
            return Value("None", NULL, atomic=True)
        return current

    def _chain(self, node: Tree, current: Value | None) -> Value:
        first, *rest = node["children"]
        value = self.visit(first, current)
        for step, child in enumerate(rest):
            if step == _LEVELS:
                here = {"type": "current", "children": []}
                return self._outlined({**node, "children": [here, *rest[step:]]}, value)
            value = self.apply(child, value)
        return value

    def _index(self, node: Tree, current: Value | None) -> Value:
        value, index = self._current(node, current), node["value"]
        if value.type.kind == "list":
            kind = element_of(value.type).optional()
            if index in (0, -1):
                once = bound(value, self.code)
                return Value(f"({once.source}[{index}] if {once.first} else None)", kind)
            return Value(f"{self.code.function(element)}({value.source}, {index!r})", kind)
        if value.type.kind == "any":
            return Value(f"{self.code.function(element)}({value.source}, {index!r})", ANY)
        return self.no_list(value, node)

    def _slice(self, node: Tree, current: Value | None) -> Value:
        value, bounds = self._current(node, current), node["children"]
        if bounds[2] == 0:
            self.told.error("invalid-value", node, "The step of a slice cannot be 0.", "Write 1 or -1.")
        elif value.type.kind == "list" and not value.type.nullable:
            written = ":".join("" if bound is None else repr(bound) for bound in bounds)
            return Value(f"{value.source}[{written}]", value.type)
        if value.type.kind in ("list", "any"):
            return Value(f"{self.code.function(part)}({value.source}, {', '.join(map(repr, bounds))})", value.type)
        return self.no_list(value, node)

    def no_list(self, value: Value, node: Tree) -> Value:
        """Give the null that brackets give behind what is no list."""
        if value.type.kind != "null":
            self.told.no_list(node, value.type)
        return self._nothing(value)

    def no_object(self, value: Value, node: Tree) -> Value:
        """Give the null that ``*`` gives behind what is no object."""
        if value.type.kind != "null":
            self.told.no_object(node, value.type)
        return self._nothing(value)

    # -- literals and what is made anew ------------------------------------------------------------

    def _literal(self, node: Tree, current: Value | None) -> Value:
        return self._constant(node["value"], node)

    def _constant(self, value: Any, node: Tree) -> Value:
        """Write a literal; lists and objects anew each time, so that nothing shares them."""
        if value is None or isinstance(value, bool):
            return Value(repr(value), NULL if value is None else BOOLEAN, atomic=True)
        if isinstance(value, str):
            return Value(repr(value), Type("text", values=frozenset([value]), max_length=len(value)), atomic=True)
        if isinstance(value, int):
            return Value(f"({value!r})", Type("integer", non_negative=value >= 0), atomic=True)
        if isinstance(value, float | Decimal):
            return self._fraction(value, node)
        # An empty list fits every other one; one that holds a null is of anything.
        if isinstance(value, list):
            items = [self._constant(item, node) for item in value]
            kinds = [ANY if item.type.kind == "null" else item.type for item in items]
            return Value(f"[{', '.join(item.source for item in items)}]", list_of(widest(kinds or [NULL])))
        fields = {key: self._constant(item, node) for key, item in value.items()}
        kinds = [ANY if item.type.kind == "null" else item.type for item in fields.values()]
        source = ", ".join(f"{key!r}: {item.source}" for key, item in fields.items())
        return Value(f"{{{source}}}", map_of(widest(kinds or [NULL])))

    def _fraction(self, value: float | Decimal, node: Tree) -> Value:
        if not self.exact:
            return Value(self.code.constant(value), ANY, atomic=True)
        if not math.isfinite(value):
            self.told.error("invalid-value", node, "This number is too large.", "Write one with fewer digits.")
            return Value("None", NULL, atomic=True)
        number = Decimal(repr(value)) if isinstance(value, float) else value
        return Value(self.code.constant(number), Type("decimal", non_negative=number >= 0), atomic=True)

    def _multi_select(self, node: Tree, current: Value | None) -> Value:
        keyed = node["type"] == "multi_select_dict"
        children = [child["children"][0] if keyed else child for child in node["children"]]
        inner, missing = current, None
        if current is not None:
            if current.type.kind == "null":
                return self._nothing(current)
            once = bound(current, self.code, "it")
            if current.type.may_be_null or not current.atomic:
                missing = f"{once.first} is None"
            inner = once.value._replace(type=current.type.required())
        values = [self.visit(child, inner) for child in children]
        kind = widest([value.type for value in values])
        if keyed:
            keys = [repr(child["value"]) for child in node["children"]]
            source = f"{{{', '.join(f'{key}: {value.source}' for key, value in zip(keys, values, strict=True))}}}"
            kind = map_of(kind)
        else:
            source, kind = f"[{', '.join(value.source for value in values)}]", list_of(kind)
        if missing is None or current is None:
            return Value(source, kind)
        return Value(f"(None if {missing} else {source})", kind.optional() if current.type.may_be_null else kind)

    # -- conditions, comparisons, calls -------------------------------------------------------------

    def _or(self, node: Tree, current: Value | None) -> Value:
        left, right = node["children"]
        return either(self.visit(left, current), self.visit(right, current), self.code)

    def _and(self, node: Tree, current: Value | None) -> Value:
        left, right = node["children"]
        return both(self.visit(left, current), self.visit(right, current), self.code)

    def _not(self, node: Tree, current: Value | None) -> Value:
        return Value(f"(not {self.condition(node['children'][0], current)})", BOOLEAN)

    def _comparator(self, node: Tree, current: Value | None) -> Value:
        return self._compared(node, current, as_condition=False)

    def _compared(self, node: Tree, current: Value | None, *, as_condition: bool) -> Value:
        left, right = (self.visit(child, current) for child in node["children"])
        if node["value"] in ("eq", "ne"):
            if never_equal(left.type, right.type):
                self.told.never_equal(node, left.type, right.type)
            return equality(node["value"], left, right, self.code)
        if mixed_order(left.type, right.type):
            self.told.mixed_order(node)
        elif (odd := without_order(left.type, right.type)) is not None:
            self.told.without_order(node, odd)
            if left.atomic and right.atomic:
                return Value("None", NULL, atomic=True)
        return ordering(node["value"], left, right, self.code, condition=as_condition)

    def _function(self, node: Tree, current: Value | None) -> Value:
        function = FUNCTIONS.get(node["value"])
        if function is None:
            return self._failing(self.told.unknown_function(node))
        if not function.takes(len(node["children"])):
            return self._failing(self.told.wrong_arity(node, function))
        for index, child in enumerate(node["children"]):
            wanted = function.parameter(index).kinds == ("expression",)
            if wanted is not (child["type"] == "expref"):
                return self._failing(self.told.misplaced_reference(child, function, wanted=wanted))
        arguments = self._arguments(node, current)
        self.told.check_arguments(node, function, arguments)
        return self._call(function, arguments)

    def _arguments(self, node: Tree, current: Value | None) -> list[Argument]:
        """Write the arguments; ``&expression`` last, because its element comes from the list beside it."""
        found: dict[int, Argument] = {}
        for index, child in enumerate(node["children"]):
            if child["type"] != "expref":
                found[index] = Argument(self.visit(child, current))
        listed = next((argument.type for argument in found.values()), ANY)
        for index, child in enumerate(node["children"]):
            if child["type"] == "expref":
                each = Value(self.code.fresh("each"), element_of(listed), atomic=True)
                found[index] = Argument(self.visit(child["children"][0], each), each.source)
        return [found[index] for index in range(len(found))]

    def _call(self, function: Function, arguments: list[Argument]) -> Value:
        kind = function.result(arguments)
        if not self.exact and "decimal" in (kind.kind, element_of(kind).kind):
            kind = ANY  # a float, it may be
        source = function.inline(arguments, self.code) if function.inline else None
        if source is None:
            run = function.exact if function.exact and self.exact else function.run
            source = f"{self.code.function(run)}({', '.join(argument.source for argument in arguments)})"
        return Value(source, kind)

    def _reference(self, node: Tree, current: Value | None) -> Value:
        return self._failing(self.told.misplaced_reference(node))

    _writers: ClassVar[dict[str, Callable[[Writer, Tree, Value | None], Value]]] = {
        "and_expression": _and,
        "comparator": _comparator,
        "current": _current,
        "expref": _reference,
        "field": _field,
        "filter_projection": projections.project,
        "flatten": projections.flatten,
        "function_expression": _function,
        "identity": _current,
        "index": _index,
        "index_expression": _chain,
        "literal": _literal,
        "multi_select_dict": _multi_select,
        "multi_select_list": _multi_select,
        "not_expression": _not,
        "or_expression": _or,
        "pipe": _chain,
        "projection": projections.project,
        "slice": _slice,
        "subexpression": _chain,
        "value_projection": projections.project,
    }


def fail(message: str) -> NoReturn:
    """Raise the failure that a formula always has."""
    raise ExpressionError(message)


def _uses_once(node: Tree) -> bool:
    """Tell whether a node evaluates its current element exactly once, and before all else."""
    while node["type"] not in ("field", "index", "slice", "identity", "current"):
        inner = (*_CHAINS, *projections.PROJECTIONS, "flatten")
        if node["type"] not in inner and not (node["type"] == "function_expression" and len(node["children"]) == 1):
            return False
        node = node["children"][0]
    return True


def _depth_of(value: Any) -> int:
    """Count how deep lists and objects nest."""
    depth, level = 0, [value]
    while level:
        level = [
            inner
            for outer in level
            if isinstance(outer, list | dict)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        depth += 1
    return depth
