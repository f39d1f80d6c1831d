"""Projections, filters and flattening → one Python comprehension.

``menu.categories[].items[?!hidden].name`` is one comprehension with two loops and a condition; lists
between the loops are never built. Two rules of Python shape what is written: ``:=`` may not stand
where a comprehension starts, and is evaluated in a condition before the element.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pipeline.mapping.code import Value
from pipeline.mapping.expressions.comparisons import bound
from pipeline.mapping.expressions.functions import element_of, values_type
from pipeline.mapping.expressions.values import column, contents
from pipeline.mapping.types import ANY, Type, fields_of, list_of

if TYPE_CHECKING:
    from pipeline.mapping.expressions.expressions import Writer

PROJECTIONS = ("projection", "filter_projection", "value_projection")


@dataclass(slots=True)
class Stream:
    """A comprehension that grows.

    ``missing`` is a Python condition under which there is no list at all; ``plain`` is the list that
    it goes over, as long as nothing was done to its elements; ``flat`` is the value of any form whose
    lists' elements it gives, likewise.
    """

    element: Value
    clauses: list[str] = field(default_factory=list)
    missing: str | None = None
    nullable: bool = False
    plain: Value | None = None
    flat: Value | None = None

    def rendered(self) -> Value:
        """Give the list."""
        if self.plain is not None:
            return self.plain
        source = f"[{self.element.source} {' '.join(self.clauses)}]"
        if self.missing is not None:
            source = f"(None if {self.missing} else {source})"
        kind = list_of(self.element.type.required())
        return Value(source, kind.optional() if self.nullable else kind)


def project(writer: Writer, node: dict[str, Any], current: Value | None) -> Value:
    """Write a projection of any kind."""
    stream = _stream(writer, node, current)
    return stream if isinstance(stream, Value) else stream.rendered()


def flatten(writer: Writer, node: dict[str, Any], current: Value | None) -> Value:
    """Write ``[]`` by itself (the parser always puts a projection around it)."""
    stream = _flattened(writer, node, current)
    return stream if isinstance(stream, Value) else stream.rendered()


def _stream(writer: Writer, node: dict[str, Any], current: Value | None) -> Stream | Value:
    left, right, *condition = node["children"]
    if node["type"] == "value_projection":
        stream = _over_values(writer, writer.visit(left, current), node)
    elif left["type"] == "flatten":
        stream = _flattened(writer, left, current)
    else:
        stream = _over_list(writer, writer.visit(left, current), node)
    if isinstance(stream, Value):
        return stream
    if stream.flat is not None and right["type"] == "field" and not condition:
        call = f"{writer.code.function(column)}({stream.flat.source}, {right['value']!r})"
        return _over_list(writer, Value(call, list_of(ANY).optional()), node)
    if condition:
        stream.clauses.append(f"if {writer.condition(condition[0], stream.element)}")
        stream.plain = None
    if right["type"] != "identity":
        stream.element = writer.apply(right, stream.element)
        stream.plain = None
    if stream.element.type.may_be_null:
        _bind(writer, stream)
    return stream


def _bind(writer: Writer, stream: Stream) -> None:
    """Drop nulls, and make the element a local."""
    once = bound(stream.element, writer.code)
    stream.clauses.append(f"if {once.first} is not None")
    stream.element = once.value._replace(type=once.value.type.required())
    stream.plain = None


def _over_list(writer: Writer, base: Value, node: dict[str, Any]) -> Stream | Value:
    if base.type.kind not in ("list", "any"):
        return writer.no_list(base, node)
    source, missing = base.source, None
    if base.type.kind == "any":
        once = bound(base, writer.code)
        source, missing = once.source, f"not isinstance({once.first}, list)"
    elif base.type.nullable or ":=" in base.source:
        once = bound(base, writer.code)
        source, missing = once.source, f"{once.first} is None"
    each = Value(writer.code.fresh("each"), element_of(base.type), atomic=True)
    return Stream(each, [f"for {each.source} in {source}"], missing, base.type.may_be_null, base)


def _over_values(writer: Writer, base: Value, node: dict[str, Any]) -> Stream | Value:
    if base.type.kind not in ("map", "record", "any"):
        return writer.no_object(base, node)
    missing = None
    if base.type.kind == "any":
        once = bound(Value(f"{writer.code.function(contents)}({base.source})", ANY), writer.code)
        source, missing = once.source, f"{once.first} is None"
    else:
        once = bound(base, writer.code)
        if base.type.nullable or not base.atomic:
            missing = f"{once.first} is None"
        if base.type.record is not None:
            source = "(" + "".join(f"{once.source}.{name}, " for name in fields_of(base.type.record)) + ")"
        else:
            source = f"{once.source}.values()"
    each = Value(writer.code.fresh("each"), values_type(base.type), atomic=True)
    return Stream(each, [f"for {each.source} in {source}"], missing, base.type.may_be_null)


def _flattened(writer: Writer, node: dict[str, Any], current: Value | None) -> Stream | Value:
    """Go through the elements of elements. What stands below a projection has no nulls left."""
    inner = node["children"][0]
    if inner["type"] in PROJECTIONS:
        stream = _stream(writer, inner, current)
    else:
        stream = _over_list(writer, writer.visit(inner, current), node)
    if isinstance(stream, Value):
        return stream
    kind = stream.element.type
    if kind.kind not in ("list", "any"):
        return stream
    if not stream.element.atomic and (kind.kind == "any" or ":=" in stream.element.source):
        _bind(writer, stream)
    source = stream.element.source
    certain = kind.kind == "list" and not kind.nullable
    flat = stream.plain if stream.plain is not None and stream.plain.type.kind == "any" else None
    each = Value(writer.code.fresh("each"), _inner_type(kind), atomic=True)
    elements = source if certain else f"({source} if isinstance({source}, list) else ({source},))"
    stream.clauses.append(f"for {each.source} in {elements}")
    stream.element, stream.plain, stream.flat = each, None, flat
    return stream


def _inner_type(kind: Type) -> Type:
    item = element_of(kind)
    return item.optional() if kind.nullable else item
