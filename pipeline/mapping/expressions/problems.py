"""What is wrong with an expression, in words: names, fields, types, comparisons, calls.

Errors are what can only be a mistake; warnings are what is legal JMESPath and surely not meant.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pipeline.mapping.code import Value
from pipeline.mapping.expressions.functions import FUNCTIONS, KINDS, Argument, Function, element_of
from pipeline.mapping.nearest import did_you_mean, nearest
from pipeline.mapping.types import Type, fields_of, record_name, with_article

Tree = dict[str, Any]
_TICK = "`"
_DECLARED = {
    "store": ("store setting", "store_settings"),
    "credentials": ("credential", "credentials"),
    "environment": ("value of the environments", "environments"),
}
"""Records whose fields the mapping itself declares: what each is called, and where it is declared."""
_ROOTS = ("changes", "changed", "signing", "hosted", "previous")
"""Records that have no other name than the one by which formulas know them."""
_OF_MENU = ("restaurant", "category", "item", "group", "option")
_EMPTY = {"text": "''", "list": f"{_TICK}[]{_TICK}", "map": f"{_TICK}{{}}{_TICK}"}
_QUOTING = "A number stands in backticks, a text in single quotes."


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with an expression; ``start`` is the character offset in its text."""

    code: str
    message: str
    hint: str
    start: int
    severity: Literal["error", "warning"]


class Diagnosis:
    """Collects an expression's problems. ``names`` are those that exist at its root."""

    def __init__(self, problems: list[Problem], names: Mapping[str, Value], transforms: Collection[str]) -> None:
        self.problems = problems
        self.names = names
        self.transforms = transforms

    def error(self, code: str, node: Tree, message: str, hint: str) -> None:
        """Add what can only be a mistake."""
        self.problems.append(Problem(code, message, hint, start_of(node), "error"))

    def warning(self, code: str, node: Tree, message: str, hint: str) -> None:
        """Add what is surely not meant."""
        self.problems.append(Problem(code, message, hint, start_of(node), "warning"))

    # -- names and fields ------------------------------------------------------------------------

    def unknown_name(self, node: Tree) -> None:
        """A name at the root that does not exist."""
        name = node["value"]
        known = sorted(self.names)
        inner = ", ".join([*reversed(list(self.names))][:12])  # what loops and templates give comes first
        hint = did_you_mean(name, known, f"Here exist: {inner}.")
        near = nearest(name, known)
        if near is not None and self.names[near].type.kind == "list":
            hint = f"A loop gives a list's entries a name: `$for: {shown(name)} in {near}`. Here exist: {inner}."
        if near is None and "answer" in self.names and name not in _OF_MENU:
            meant = "answer.body" if name == "body" else f"answer.body.{shown(name)}"
            hint = f"What the platform answers stands in `answer.body`: write {meant} if that is meant. {hint}"
        if name in self.transforms:
            hint = f"`{name}` is a transform: write `->` before it."
        self.error("unknown-name", node, f"There is no `{shown(name)}` here.", hint)

    def nothing_named(self, node: Tree) -> None:
        """The root itself is used, which has no value."""
        hint = f"Start with a name, such as {', '.join(sorted(self.names)[:3])}."
        self.error("whole-scope", node, "This formula does not start with a name.", hint)

    def unknown_field(self, node: Tree, owner: Type) -> None:
        """A record's field that does not exist."""
        assert owner.record is not None
        made_at: str | None = getattr(owner.record, "made_at", None)
        if made_at is None and self._outer_name(node):
            return
        name, record, known = node["value"], record_name(owner), fields_of(owner.record)
        near = nearest(name, known)
        if name == record:
            hint = f"Behind a dot and inside [ ] a field stands alone: not `{name}.name` but `name`."
        elif near is not None:
            hint = f"Did you mean `{near}`?"
        elif "extra" in known:
            hint = f"Fields that only your menus have are in `extra`: `{record}.extra.{shown(name)}`."
        else:
            hint = f"Its fields: {', '.join(sorted(known))}."
        if made_at is not None:
            where = f" in {made_at}" if made_at else ""
            self.error(
                "unknown-field", node, f"The payload has no field `{shown(name)}`{where}: no rule makes it.", hint
            )
            return
        if record in _DECLARED:
            what, section = _DECLARED[record]
            listed = f" There are: {', '.join(sorted(known))}." if known else ""
            hint = f"Did you mean `{near}`?" if near else f"Declare it under `{section}`.{listed}"
            self.error("unknown-field", node, f"There is no {what} `{shown(name)}`.", hint)
            return
        subject = f"`{record}`" if record in _ROOTS else with_article(record).capitalize()
        self.error("unknown-field", node, f"{subject} has no field `{shown(name)}`.", hint)

    def field_of_plain(self, node: Tree, owner: Type) -> None:
        """A field of what has no fields."""
        if self._outer_name(node):
            return
        name = shown(node["value"])
        hint = "Check the part before the dot."
        if owner.kind == "list":
            hint = f"Write `[].{name}` for that of every element, `[0].{name}` for the first one's."
        message = f"`{name}` is asked of {owner}, which has no fields: the result is always null."
        self.warning("always-null", node, message, hint)

    def _outer_name(self, node: Tree) -> bool:
        name = node["value"]
        if name not in self.names:
            return False
        message = f"`{name}` does not exist here: inside [ ] and behind a dot only the element's own fields do."
        hint = "Loop with `$for` and put the condition under `$if`: all names exist there."
        self.error("outer-name-in-filter", node, message, hint)
        return True

    def no_list(self, node: Tree, value: Type) -> None:
        """Brackets behind what is no list."""
        hint = "Leave the brackets out."
        if value.kind in ("map", "record"):
            hint = "Use `.*` for the values of an object."
        message = f"Brackets need a list, but this is {value}: the result is always null."
        self.warning("always-null", node, message, hint)

    def no_object(self, node: Tree, value: Type) -> None:
        """``*`` behind what is no object."""
        hint = "Use `[]` for the elements of a list." if value.kind == "list" else "Leave `*` out."
        message = f"`*` needs an object, but this is {value}: the result is always null."
        self.warning("always-null", node, message, hint)

    # -- conditions and comparisons ----------------------------------------------------------------

    def always_true(self, node: Tree) -> None:
        """A number as a condition."""
        message = f"As a condition, {words(node)} is always true: 0 counts as true, too."
        self.warning("always-true", node, message, f"Compare it: `{text_of(node)} > {_TICK}0{_TICK}`.")

    def never_equal(self, node: Tree, left: Type, right: Type) -> None:
        """Two values that can never be equal."""
        literals = [child["type"] == "literal" for child in node["children"]]
        verdict = "never" if node["value"] == "eq" else "always"
        message = f"This is {verdict} true: one side is {left}, the other {right}."
        hint = _QUOTING
        if "null" in (left.kind, right.kind):
            if not literals[(left.kind, right.kind).index("null")]:
                return  # why it is always null has been told already
            message = f"This is {verdict} true: it can never be null."
            hint = "Leave the comparison out."
        elif left.kind == right.kind == "text":
            given, of = (left, right) if literals[0] else (right, left)
            word = shown(min(given.values or [""]))
            other = words(node["children"][literals.index(False)]) if False in literals else "it"
            message = f"This is {verdict} true: {other} can never be '{word}'."
            if of.form is not None:
                hint = f"It is written like '{of.form.example}'."
            else:
                known = of.values or frozenset()
                hint = did_you_mean(word, known, f"It can be: {', '.join(sorted(known))}.")
        self.warning("never-true" if node["value"] == "eq" else "always-true", node, message, hint)

    def mixed_order(self, node: Tree) -> None:
        """A number ordered with a text."""
        self.error("wrong-type", node, "A number and a text have no order.", _QUOTING)

    def without_order(self, node: Tree, kind: Type) -> None:
        """An order comparison of what has no order."""
        if kind.kind == "null" and not any(_is_null(child) for child in node["children"]):
            return  # why it is always null has been told already
        message = f"Only numbers and texts have an order, but one side is {kind}: the result is always null."
        self.warning("always-null", node, message, "Use `==` or `!=`.")

    # -- calls -----------------------------------------------------------------------------------

    def unknown_function(self, node: Tree) -> str:
        """A function that does not exist."""
        name = node["value"]
        hint = did_you_mean(name, FUNCTIONS, f"There are: {', '.join(FUNCTIONS)}.")
        if name in self.transforms:
            value = text_of(node["children"][0]) if len(node["children"]) == 1 else "..."
            hint = f"`{name}` is a transform: write `{value} -> {name}`."
        message = f"There is no function `{shown(name)}`."
        self.error("unknown-function", node, message, hint)
        return message

    def wrong_arity(self, node: Tree, function: Function) -> str:
        """A call with too many or too few arguments."""
        count = len(function.parameters)
        wanted = f"{'at least ' if function.variadic else ''}{count} argument{'s' if count > 1 else ''}"
        message = f"{function.name}() takes {wanted}, not {len(node['children'])}."
        self.error("wrong-arity", node, message, _takes(function))
        return message

    def misplaced_reference(self, node: Tree, function: Function | None = None, *, wanted: bool = False) -> str:
        """``&`` where a value is needed, or a value where ``&`` is."""
        message = "`&` makes an expression for sort_by, min_by, max_by or map; by itself it has no value."
        if function is not None:
            message = f"{function.name}() takes {'an expression with &' if wanted else 'a value without &'} here."
        self.error("misplaced-reference", node, message, "Put & before it." if wanted else "Leave & out.")
        return message

    def check_arguments(self, node: Tree, function: Function, arguments: Sequence[Argument]) -> None:
        """Report arguments that a function refuses, or may refuse."""
        for index, (argument, child) in enumerate(zip(arguments, node["children"], strict=True)):
            if argument.variable is not None:
                if function.name != "map":
                    wanted = "a number or text of every element"
                    self._check(child["children"][0], function, argument.type, ("number", "string"), (), wanted)
                continue
            parameter = function.parameter(index)
            self._check(child, function, argument.type, parameter.kinds, parameter.elements, parameter.words)
        if function.name == "contains":
            self._check_contains(node, arguments)

    def _check(
        self,
        node: Tree,
        function: Function,
        given: Type,
        kinds: tuple[str, ...],
        elements: tuple[str, ...],
        wanted: str,
    ) -> None:
        if not kinds or given.kind == "any" or (given.kind == "null" and node["type"] != "literal"):
            return
        item = element_of(given)
        known_item = elements and item.kind not in ("any", "null")
        if KINDS[given.kind] not in kinds or (known_item and KINDS[item.kind] not in elements):
            message = f"{function.name}() needs {wanted}, but {words(node)} is {given}."
            self.error("wrong-type", node, message, _takes(function))
        elif given.nullable:
            instead = _EMPTY.get(given.kind)
            hint = "Put it under `$if`."
            if instead and not elements:
                hint = f"Write `not_null({text_of(node)}, {instead})`, or put it under `$if`."
            message = f"{function.name}() fails where {words(node)} is null; the formula has no value then."
            self.warning("may-be-null", node, message, hint)
        elif known_item and item.nullable:
            message = f"{function.name}() fails where an element of {words(node)} is null."
            self.warning("may-be-null", node, message, "Write `[]` behind the list: it leaves nulls out.")

    def _check_contains(self, node: Tree, arguments: Sequence[Argument]) -> None:
        if arguments[0].type.kind == "text" and arguments[1].type.kind == "list":
            first, second = (_written(child) for child in node["children"])
            message = "contains() looks for its second argument in the first one, and here the list is the second."
            self.error("wrong-type", node, message, f"Write: contains({second}, {first})")
            return
        known, search = element_of(arguments[0].type).values, arguments[1].type
        if known is None or search.nullable or search.values is None or known & search.values:
            return
        word = shown(min(search.values))
        hint = did_you_mean(word, known, f"It can hold: {', '.join(sorted(known))}.")
        message = f"This is never true: the list can never hold '{word}'."
        self.warning("never-true", node["children"][1], message, hint)


def _written(node: Tree) -> str:
    """Give an argument as people write it."""
    if node["type"] == "literal" and isinstance(node["value"], str):
        return f"'{shown(node['value'])}'"
    return text_of(node)


def _takes(function: Function) -> str:
    parameters = ", ".join(parameter.words for parameter in function.parameters)
    return f"It takes {parameters}{', and more of that' if function.variadic else ''}."


# -- words about a tree ----------------------------------------------------------------------------


def start_of(node: Tree) -> int:
    """Give where a node starts, or its first child where the node itself does not know."""
    while "start" not in node and node["children"] and isinstance(node["children"][0], dict):
        node = node["children"][0]
    return int(node.get("start", 0))


def _is_null(node: Tree) -> bool:
    return bool(node["type"] == "literal" and node["value"] is None)


def shown(word: str) -> str:
    """Give a word of a mapping in a form that is safe to print and not too long."""
    printable = "".join(character if character.isprintable() else "?" for character in word)
    return printable if len(printable) <= 60 else f"{printable[:57]}..."


def text_of(node: Tree) -> str:
    """Give a chain of names as it was written; other parts as three dots."""
    if node["type"] == "field":
        return shown(node["value"])
    if node["type"] == "subexpression":
        return ".".join(text_of(child) for child in node["children"])
    return "@" if node["type"] == "current" else "..."


def words(node: Tree) -> str:
    """Name a part of a formula in a sentence."""
    text = text_of(node)
    return "this part" if "..." in text else f"`{text}`"
