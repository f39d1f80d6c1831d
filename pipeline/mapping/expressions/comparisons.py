"""Truth, equality and order of typed values → the plainest Python that means the same.

JMESPath's truth is not Python's (0 is true) and neither is its equality (1 is not true); where the
types rule the difference out, plain operators do. Every source given here stands in brackets or is
an operand by itself, so it can be put anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.mapping.code import Code, Value
from pipeline.mapping.expressions.functions import KINDS, element_of, widest
from pipeline.mapping.expressions.values import equal, greater, greater_or_equal, less, less_or_equal, unequal
from pipeline.mapping.types import BOOLEAN, NULL, Type

NUMBERS = ("integer", "decimal")
_PLAIN_TRUTH = ("text", "list", "map", "boolean")
_ORDER = {"lt": ("<", less), "lte": ("<=", less_or_equal), "gt": (">", greater), "gte": (">=", greater_or_equal)}


@dataclass(frozen=True, slots=True)
class Bound:
    """A value that is used several times: ``first`` is the use that is evaluated first."""

    first: str
    value: Value

    @property
    def source(self) -> str:
        """Give the later uses."""
        return self.value.source


def bound(value: Value, code: Code, stem: str = "value") -> Bound:
    """Make a value usable several times, by an assignment inside its first use."""
    if value.atomic:
        return Bound(value.source, value)
    name = code.fresh(stem)
    return Bound(f"({name} := {value.source})", Value(name, value.type, atomic=True))


def then(value: Value, source: str) -> str:
    """Give an expression that evaluates a value for its failures only, then another expression."""
    return source if value.atomic else f"({value.source}, {source})[1]"


def truth_of(value: Value, code: Code) -> str:
    """Give a Python expression that is truthy where the value counts as true."""
    if value.type.kind in _PLAIN_TRUTH:
        return value.source
    if value.type.kind == "any":
        test = bound(value, code)
        return f"({test.first} or {test.source} == 0 and {test.source} is not False)"
    # Python does not want to hear that something it knows to be a number `is` None.
    return f"({value.source} is not None)" if value.type.may_be_null else then(value, "True")


def either(left: Value, right: Value, code: Code) -> Value:
    """Write ``left || right``."""
    if left.type.kind == "null":
        return Value(then(left, right.source), right.type, left.atomic and right.atomic)
    if left.type.kind in (*NUMBERS, "record") and not left.type.nullable:
        return left
    kind = widest([left.type.required(), right.type])
    if left.type.kind in _PLAIN_TRUTH:
        return Value(f"({left.source} or {right.source})", kind)
    test = bound(left, code)
    return Value(f"({test.source} if {_truth_of(test)} else {right.source})", kind)


def both(left: Value, right: Value, code: Code) -> Value:
    """Write ``left && right``."""
    if left.type.kind == "null":
        return Value(then(left, "None"), NULL, left.atomic)
    if left.type.kind in (*NUMBERS, "record"):
        if not left.type.nullable:
            return Value(then(left, right.source), right.type, left.atomic and right.atomic)
        return Value(f"({right.source} if {left.source} is not None else None)", right.type.optional())
    kind = widest([_falsy(left.type), right.type])
    if left.type.kind in _PLAIN_TRUTH:
        return Value(f"({left.source} and {right.source})", kind)
    test = bound(left, code)
    return Value(f"({right.source} if {_truth_of(test)} else {test.source})", kind)


def _truth_of(test: Bound) -> str:
    if test.value.type.kind == "any":
        return f"({test.first} or {test.source} == 0 and {test.source} is not False)"
    return f"({test.first} is not None)"


def _falsy(kind: Type) -> Type:
    """Give the type of what counts as false in a type; that of a text of known words holds no empty one."""
    if kind.kind == "text" and kind.values is not None and "" not in kind.values:
        return NULL if kind.nullable else kind
    return kind


def equality(operator: str, left: Value, right: Value, code: Code) -> Value:
    """Write ``==`` (``eq``) or ``!=`` (``ne``)."""
    negated = operator == "ne"
    for one, other in ((left, right), (right, left)):
        same_kind = other.type.may_be_null if one.source == "None" else other.type.kind in ("any", "boolean")
        if one.source in ("None", "True", "False") and same_kind:
            return Value(f"({other.source} is {'not ' if negated else ''}{one.source})", BOOLEAN)
    if _plainly_equal(left, right):
        return Value(f"({left.source} {'!=' if negated else '=='} {right.source})", BOOLEAN)
    compare = code.function(unequal if negated else equal)
    return Value(f"{compare}({left.source}, {right.source})", BOOLEAN)


def _plainly_equal(left: Value, right: Value) -> bool:
    kinds = {left.type.kind, right.type.kind}
    if "text" in kinds or kinds <= set(NUMBERS) or kinds == {"boolean"} or "[]" in (left.source, right.source):
        return True
    if kinds == {"list"}:
        items = {element_of(left.type).kind, element_of(right.type).kind}
        return items == {"text"}
    return False


def never_equal(left: Type, right: Type) -> bool:
    """Tell whether two values can never be equal."""
    if "any" in (left.kind, right.kind) or (left.may_be_null and right.may_be_null):
        return False
    if KINDS[left.kind] != KINDS[right.kind]:
        return True
    if misshapen(left, right) or misshapen(right, left):
        return True
    return left.values is not None and right.values is not None and not left.values & right.values


def misshapen(texts: Type, other: Type) -> bool:
    """Tell whether none of certain texts is written as all texts of another type are."""
    form = other.form
    return form is not None and texts.values is not None and not any(form.allows(text) for text in texts.values)


def without_order(left: Type, right: Type) -> Type | None:
    """Give the type that makes an order comparison always null, or None."""
    ordered = (*NUMBERS, "text", "any")
    return next((kind for kind in (left, right) if kind.kind not in ordered), None)


def mixed_order(left: Type, right: Type) -> bool:
    """Tell whether a number is to be ordered with a text, which always fails."""
    return {KINDS.get(left.kind), KINDS.get(right.kind)} == {"number", "string"}


def ordering(operator: str, left: Value, right: Value, code: Code, *, condition: bool = False) -> Value:
    """Write an order comparison; as a condition, null may be given as false."""
    sign, function = _ORDER[operator]
    kinds = {KINDS.get(left.type.kind), KINDS.get(right.type.kind)}
    if kinds in ({"number"}, {"string"}):
        nullable = [value for value in (left, right) if value.type.nullable]
        if not nullable:
            return Value(f"({left.source} {sign} {right.source})", BOOLEAN)
        # Null on one side ends it, so the other side must be free of failures.
        costly = [value for value in (left, right) if not value.atomic]
        if not costly or (len(costly) == 1 and costly[0] in nullable):
            once = {id(value): bound(value, code) for value in (left, right)}
            tested = sorted(nullable, key=lambda value: value.atomic)
            tests = " and ".join(f"{once[id(value)].first} is not None" for value in tested)
            compared = f"{once[id(left)].source} {sign} {once[id(right)].source}"
            if condition:
                return Value(f"({tests} and {compared})", BOOLEAN)
            return Value(f"({compared} if {tests} else None)", BOOLEAN.optional())
    return Value(f"{code.function(function)}({left.source}, {right.source})", BOOLEAN.optional())
