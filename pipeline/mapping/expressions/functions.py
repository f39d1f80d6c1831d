"""JMESPath's functions: their signatures, result types, and how a call is written.

One table, :data:`FUNCTIONS`, from which the checks, the generated code and the "did you mean" come.
Where the static types allow, ``inline`` gives plain Python in place of a checked call.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.mapping.code import Code, Value
from pipeline.mapping.expressions import function_library as library
from pipeline.mapping.expressions.values import exact_sum
from pipeline.mapping.types import ANY, BOOLEAN, DECIMAL, INTEGER, NULL, TEXT, Type, fields_of, list_of, map_of, union


@dataclass(frozen=True, slots=True)
class Parameter:
    """What an argument may be: JMESPath kinds, and the kinds of a list's elements. Nothing said: anything."""

    kinds: tuple[str, ...] = ()
    elements: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """Say in words what is accepted."""
        if self.elements:
            return "a list of " + " or ".join({"number": "numbers", "string": "texts"}[kind] for kind in self.elements)
        return " or ".join(library.WORDS[kind] for kind in self.kinds) or "any value"


@dataclass(frozen=True, slots=True)
class Argument:
    """A written argument. For ``&expression``, ``value`` is its body over the local ``variable``."""

    value: Value
    variable: str | None = None

    @property
    def type(self) -> Type:
        """Give the static type; of ``&expression`` what it gives for one element."""
        return self.value.type

    @property
    def source(self) -> str:
        """Give the Python expression of the argument."""
        return self.value.source if self.variable is None else f"(lambda {self.variable}: {self.value.source})"


Arguments = Sequence[Argument]


@dataclass(frozen=True, slots=True)
class Function:
    """One function of the language.

    ``run`` checks its arguments itself; ``exact`` stands in for it in mappings, where no float may
    arise. ``inline`` gives plain Python where the types make all checks needless, else None.
    ``result`` tells the type for mappings.
    """

    name: str
    parameters: tuple[Parameter, ...]
    run: Callable[..., Any]
    result: Callable[[Arguments], Type]
    inline: Callable[[Arguments, Code], str | None] | None = None
    exact: Callable[..., Any] | None = None
    variadic: bool = False

    def takes(self, count: int) -> bool:
        """Tell whether so many arguments are right."""
        return count >= len(self.parameters) if self.variadic else count == len(self.parameters)

    def parameter(self, index: int) -> Parameter:
        """Give the parameter that an argument stands for."""
        return self.parameters[min(index, len(self.parameters) - 1)]


KINDS = {
    "text": "string",
    "integer": "number",
    "decimal": "number",
    "boolean": "boolean",
    "list": "array",
    "map": "object",
    "record": "object",
    "null": "null",
}
"""The JMESPath kind of each static kind; ``any`` has none."""


def element_of(listed: Type) -> Type:
    """Give the type of a list's elements, any where that is not known."""
    return listed.item if listed.kind == "list" and listed.item is not None else ANY


def widest(types: Sequence[Type]) -> Type:
    """Give the narrowest type that holds all; an empty list or object fits every other."""
    result = types[0]
    for other in types[1:]:
        if result.kind == other.kind and result.kind in ("list", "map"):
            nullable = result.nullable or other.nullable
            if other.item == NULL:
                other = result
            elif result.item == NULL:
                result = other
            if nullable:
                result, other = result.optional(), other.optional()
        result = union(result, other)
    return result


def values_type(value: Type) -> Type:
    """Give the type that all values of an object or record have."""
    if value.kind == "record" and value.record is not None:
        return widest(list(fields_of(value.record).values()) or [NULL])
    return value.item or ANY if value.kind == "map" else ANY


def _given(argument: Argument, *kinds: str) -> bool:
    return argument.type.kind in kinds and not argument.type.nullable


def _listed(argument: Argument, *kinds: str) -> bool:
    """Tell a list that is there and whose elements are, and of these kinds."""
    item = element_of(argument.type)
    return _given(argument, "list") and item.kind in kinds and not item.nullable


def _sortable(item: Type) -> bool:
    return item.kind in ("text", "integer", "decimal") and not item.nullable


def _inline_length(arguments: Arguments, code: Code) -> str | None:
    return f"len({arguments[0].source})" if _given(arguments[0], "text", "list", "map") else None


def _inline_method(name: str) -> Callable[[Arguments, Code], str | None]:
    def inline(arguments: Arguments, code: Code) -> str | None:
        if all(_given(argument, "text") for argument in arguments):
            return f"{arguments[0].source}.{name}({arguments[1].source})"
        return None

    return inline


def _inline_contains(arguments: Arguments, code: Code) -> str | None:
    subject, search = arguments
    whole = ("integer", "decimal")
    fits = (
        (_given(subject, "text") and _given(search, "text"))
        or (_given(subject, "list") and element_of(subject.type).kind == "text" and _given(search, "text"))
        or (_listed(subject, *whole) and _given(search, *whole))
    )
    # Python evaluates the left side first, the library the first argument: no matter, both do both.
    return f"({search.source} in {subject.source})" if fits else None


def _inline_join(arguments: Arguments, code: Code) -> str | None:
    separator, texts = arguments
    fits = _given(separator, "text") and _listed(texts, "text")
    return f"{separator.source}.join({texts.source})" if fits else None


def _inline_sum(arguments: Arguments, code: Code) -> str | None:
    if _listed(arguments[0], "integer"):
        return f"sum({arguments[0].source})"
    return f"{code.function(exact_sum)}({arguments[0].source})" if _listed(arguments[0], "decimal") else None


def _inline_extreme(name: str) -> Callable[[Arguments, Code], str | None]:
    def inline(arguments: Arguments, code: Code) -> str | None:
        fits = _listed(arguments[0], "text", "integer", "decimal")
        return f"{name}({arguments[0].source}, default=None)" if fits else None

    return inline


def _inline_sort(arguments: Arguments, code: Code) -> str | None:
    return f"sorted({arguments[0].source})" if _listed(arguments[0], "text", "integer", "decimal") else None


def _inline_by(name: str, end: str) -> Callable[[Arguments, Code], str | None]:
    def inline(arguments: Arguments, code: Code) -> str | None:
        values, key = arguments
        fits = _given(values, "list") and _sortable(key.type)
        return f"{name}({values.source}, key={key.source}{end})" if fits else None

    return inline


def _inline_map(arguments: Arguments, code: Code) -> str | None:
    expression, values = arguments
    if not _given(values, "list") or ":=" in values.source:  # no := where a comprehension starts
        return None
    return f"[{expression.value.source} for {expression.variable} in {values.source}]"


def _inline_not_null(arguments: Arguments, code: Code) -> str | None:
    if any(_CALL.search(argument.source) for argument in arguments):
        return None  # the library evaluates all, so what may fail must run
    source = arguments[-1].source
    for argument in reversed(arguments[:-1]):
        if not argument.type.may_be_null:
            source = argument.source
        elif argument.value.atomic:
            source = f"({argument.source} if {argument.source} is not None else {source})"
        else:
            name = code.fresh("given")
            source = f"({name} if ({name} := {argument.source}) is not None else {source})"
    return source


_CALL = re.compile(r"(?<!^)(?<!\.get)(?<!\blen)(?<![ (=!])\(")


def _inline_to_string(arguments: Arguments, code: Code) -> str | None:
    if _given(arguments[0], "integer"):
        return f"str({arguments[0].source})"
    return arguments[0].source if _given(arguments[0], "text") else None


def _inline_to_array(arguments: Arguments, code: Code) -> str | None:
    if arguments[0].type.may_be_null:
        return None
    return arguments[0].source if arguments[0].type.kind == "list" else f"[{arguments[0].source}]"


def _same(arguments: Arguments) -> Type:
    return arguments[0].type.required()


def _as_number(arguments: Arguments) -> Type:
    kind = arguments[0].type.kind
    return arguments[0].type.required() if kind in ("integer", "decimal") else DECIMAL


def _sum_type(arguments: Arguments) -> Type:
    return INTEGER if element_of(arguments[0].type).kind == "integer" else DECIMAL


def _one_of(arguments: Arguments) -> Type:
    item = element_of(arguments[0].type)
    return item.optional()


def _not_null_type(arguments: Arguments) -> Type:
    kinds = [argument.type for argument in arguments if argument.type.kind != "null"]
    if not kinds:
        return NULL
    result = widest([kind.required() for kind in kinds])
    return result.optional() if all(argument.type.may_be_null for argument in arguments) else result


def _array_type(arguments: Arguments) -> Type:
    kind = arguments[0].type
    if kind.kind == "list" and not kind.nullable:
        return kind
    return list_of(kind) if kind.kind not in ("any", "list") else list_of(ANY)


def _keys_type(arguments: Arguments) -> Type:
    kind = arguments[0].type
    names = frozenset(fields_of(kind.record)) if kind.kind == "record" and kind.record is not None else None
    return list_of(Type("text", values=names))


def _merged_type(arguments: Arguments) -> Type:
    return map_of(widest([values_type(argument.type) for argument in arguments]))


def _number_type(arguments: Arguments) -> Type:
    kind = arguments[0].type
    if kind.kind in ("integer", "decimal"):
        return kind
    return NULL if kind.kind in ("boolean", "list", "map", "record", "null") else DECIMAL.optional()


_ANYTHING = Parameter()
_NUMBER = Parameter(("number",))
_TEXT = Parameter(("string",))
_LIST = Parameter(("array",))
_OBJECT = Parameter(("object",))
_EXPRESSION = Parameter(("expression",))
_NUMBERS = Parameter(("array",), ("number",))
_TEXTS = Parameter(("array",), ("string",))
_SORTABLES = Parameter(("array",), ("number", "string"))
_TEXT_OR_LIST = Parameter(("array", "string"))
_COUNTABLE = Parameter(("string", "array", "object"))
_TYPE_NAMES = Type("text", values=frozenset(KINDS.values()))

FUNCTIONS: dict[str, Function] = {
    function.name: function
    for function in (
        Function("abs", (_NUMBER,), library.absolute, _as_number, exact=library.exact_absolute),
        Function("avg", (_NUMBERS,), library.average, lambda _: DECIMAL.optional(), exact=library.decimal_average),
        Function("ceil", (_NUMBER,), library.round_up, lambda _: INTEGER),
        Function("contains", (_TEXT_OR_LIST, _ANYTHING), library.has, lambda _: BOOLEAN, _inline_contains),
        Function("ends_with", (_TEXT, _TEXT), library.ends, lambda _: BOOLEAN, _inline_method("endswith")),
        Function("floor", (_NUMBER,), library.round_down, lambda _: INTEGER),
        Function("join", (_TEXT, _TEXTS), library.joined, lambda _: TEXT, _inline_join),
        Function("keys", (_OBJECT,), library.keys_of, _keys_type),
        Function("length", (_COUNTABLE,), library.length_of, lambda _: INTEGER, _inline_length),
        Function("map", (_EXPRESSION, _LIST), library.mapped, lambda given: list_of(given[0].type), _inline_map),
        Function("max", (_SORTABLES,), library.largest, _one_of, _inline_extreme("max")),
        Function("max_by", (_LIST, _EXPRESSION), library.largest_by, _one_of, _inline_by("max", ", default=None")),
        Function("merge", (_OBJECT,), library.merged, _merged_type, variadic=True),
        Function("min", (_SORTABLES,), library.smallest, _one_of, _inline_extreme("min")),
        Function("min_by", (_LIST, _EXPRESSION), library.smallest_by, _one_of, _inline_by("min", ", default=None")),
        Function("not_null", (_ANYTHING,), library.first_given, _not_null_type, _inline_not_null, variadic=True),
        Function("reverse", (_TEXT_OR_LIST,), library.reversed_of, _same),
        Function("sort", (_SORTABLES,), library.ordered, _same, _inline_sort),
        Function("sort_by", (_LIST, _EXPRESSION), library.ordered_by, _same, _inline_by("sorted", "")),
        Function("starts_with", (_TEXT, _TEXT), library.begins, lambda _: BOOLEAN, _inline_method("startswith")),
        Function("sum", (_NUMBERS,), library.total, _sum_type, _inline_sum, exact=library.exact_total),
        Function("to_array", (_ANYTHING,), library.array_of, _array_type, _inline_to_array),
        Function("to_number", (_ANYTHING,), library.number_of, _number_type, exact=library.exact_number_of),
        Function("to_string", (_ANYTHING,), library.string_of, lambda _: TEXT, _inline_to_string),
        Function("type", (_ANYTHING,), library.type_name, lambda _: _TYPE_NAMES),
        Function("values", (_OBJECT,), library.values_of, lambda given: list_of(values_type(given[0].type))),
    )
}  # fmt: skip
