"""Formulas that JMESPath reads, but otherwise than their writer meant.

Each check looks at one node of a parsed formula. What they find is an error, because such a
formula publishes wrong menus that pass every schema.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from jmespath.functions import Functions

from pipeline.mapping.formulas.expression_parser import Tree
from pipeline.mapping.mistakes import Mistake
from pipeline.mapping.transforms.registry import TRANSFORMS

BARE_WORDS = {"true": "true", "false": "false", "null": "null", "none": "null"}
JMESPATH_FUNCTIONS: frozenset[str] = frozenset(Functions.FUNCTION_TABLE)

_NEGATED = re.compile(r'!\s*([A-Za-z_"][\w."]*(?:\[\d*\][\w."]*)*)(?![\[(])')


@dataclass(frozen=True, slots=True)
class Seen:
    """A node in its surroundings.

    ``head``: it is looked up among the names in scope, not in what stands left of it.
    """

    node: Tree
    parent: Tree | None
    head: bool


Check = Callable[[str, Seen, Collection[str]], "Mistake | None"]
CHECKS: list[Check] = []


def find(text: str, tree: Tree, transform_names: Collection[str] = ()) -> Iterator[Mistake]:
    """Find what the formula ``text`` does not mean, in the order of its tree.

    >>> from pipeline.mapping.formulas.expression_parser import parse
    >>> [mistake.hint for mistake in find("!item.sold_out", parse("!item.sold_out"))]
    ['Use $unless: item.sold_out, or write: !(item.sold_out)']
    """
    for seen in _look(tree):
        for check in CHECKS:
            mistake = check(text, seen, transform_names)
            if mistake is not None:
                yield mistake


def _look(tree: Tree) -> Iterator[Seen]:
    waiting = [Seen(tree, None, True)]
    while waiting:
        seen = waiting.pop()
        yield seen
        node = seen.node
        kind = node["type"]
        children = [child for child in node["children"] if isinstance(child, dict)]
        for number in reversed(range(len(children))):
            # Behind a dot, a pipe or a projection, and in a filter, names are fields of what came before.
            inside = kind == "expref" or (number > 0 and kind in _STEPS)
            waiting.append(Seen(children[number], node, seen.head and not inside))


_STEPS = ("subexpression", "pipe", "projection", "filter_projection", "value_projection", "index_expression")


def _check(function: Check) -> Check:
    CHECKS.append(function)
    return function


def _quoted(text: str, node: Tree) -> bool:
    return text.startswith('"', node["start"])


@_check
def _not_binds_tighter(text: str, seen: Seen, transforms: Collection[str]) -> Mistake | None:
    if seen.node["type"] not in (*_STEPS, "flatten") or seen.node["type"] == "pipe":
        return None
    first = seen.node["children"][0]
    if first["type"] != "not_expression":
        return None
    start = first["start"]
    match = _NEGATED.match(text, start)
    path = match[1] if match and match[1].count('"') % 2 == 0 else ""
    hint = f"Write: !({path})" if path else "Put what is negated in brackets: !(a.b)"
    if path and seen.parent is None:
        hint = f"Use $unless: {path}, or write: !({path})"
    return Mistake(
        "formula-not",
        start,
        f"`{match[0] if match else '!'}` is always null, because `!` takes only the name next to it.",
        hint,
    )


@_check
def _bare_word(text: str, seen: Seen, transforms: Collection[str]) -> Mistake | None:
    node, parent = seen.node, seen.parent
    if node["type"] != "field" or _quoted(text, node):
        return None
    word = node["value"]
    meant = BARE_WORDS.get(word.lower())
    if meant is None or (word.lower() == "none" and word != "None"):
        return None
    if not seen.head and (parent is None or parent["type"] not in _TAKES_VALUES):
        return None
    message = f"`{word}` is read as a field of that name."
    if parent is None or parent["type"] != "comparator":
        return Mistake("formula-bare-word", node["start"], message, f"Write: `{meant}`")
    left, right = parent["children"]
    other = left if right is node else right
    same = parent["value"] == "eq"
    if (
        meant == "null"
        or parent["value"] not in ("eq", "ne")
        or other["type"] not in ("field", "subexpression")
        or right is not node
    ):
        return Mistake("formula-bare-word", node["start"], message, f"Write the word in backticks: `{meant}`")
    path = re.split(r"[=!]=", text[other["start"] : node["start"]])[0].strip()
    if same == (meant == "true"):
        return Mistake("formula-bare-word", node["start"], message, f"Leave the comparison out: {path}")
    return Mistake("formula-bare-word", node["start"], message, f"Use $unless: {path}, or write: !({path})")


_TAKES_VALUES = (
    "comparator",
    "function_expression",
    "or_expression",
    "and_expression",
    "not_expression",
    "key_val_pair",
    "multi_select_list",
)


@_check
def _double_quotes(text: str, seen: Seen, transforms: Collection[str]) -> Mistake | None:
    node, parent = seen.node, seen.parent
    if node["type"] != "field" or not _quoted(text, node):
        return None
    if not seen.head:
        # In a filter a quoted field may be meant, if it is compared with a value.
        if parent is None or parent["type"] != "comparator":
            return None
        other = parent["children"][1 if parent["children"][0] is node else 0]
        if other["type"] == "literal" or parent["children"][0] is node:
            return None
    if parent is not None and parent["type"] == "subexpression":
        return None  # "my name".field is a path
    name = node["value"]
    single = "'" + name.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return Mistake(
        "formula-double-quotes",
        node["start"],
        f'"{name}" in double quotes is read as a field of that name.',
        f"Text takes single quotes: {single}",
    )


@_check
def _pipe(text: str, seen: Seen, transforms: Collection[str]) -> Mistake | None:
    if seen.node["type"] != "pipe":
        return None
    left, right = seen.node["children"]
    if right["type"] != "field" or right["value"] not in transforms or _quoted(text, right):
        return None
    name = right["value"]
    at = text.rindex("|", 0, right["start"])
    whole = seen.parent is None
    path = text[left["start"] : at].strip()
    hint = f"Write: = {path} -> {name}" if whole else f"Write `-> {name}` behind the whole formula."
    return Mistake("formula-pipe", at, f"`| {name}` looks for a field {name}.", hint)


@_check
def _transform_call(text: str, seen: Seen, transforms: Collection[str]) -> Mistake | None:
    node = seen.node
    if node["type"] != "function_expression" or node["value"] not in transforms or node["value"] in JMESPATH_FUNCTIONS:
        return None
    name = node["value"]
    hint = f"Write `-> {name}` behind the whole formula."
    call = re.fullmatch(rf"{name}\(\s*(.+?)\s*\)", text.strip(), re.DOTALL)
    if seen.parent is None and call and len(node["children"]) == 1:
        hint = f"Write: = {call[1]} -> {name}"
    known = TRANSFORMS.get(name)
    if seen.parent is None and call and known and known.parameters and len(node["children"]) == 2:
        start = node["children"][1].get("start", 0) - text.index(call[1])
        value, argument = call[1][:start].rstrip(" ,"), call[1][start:].strip("`'\" ")
        if start > 0:
            hint = f"Write two lines: $from: {value}, and below it $transform: [{{{name}: {argument}}}]"
    method = re.fullmatch(rf"(.+)\.{name}\(\s*\)", text.strip(), re.DOTALL)
    if method:
        hint = f"Write: = {method[1]} -> {name}"
    return Mistake("formula-transform-call", node["start"], f"{name} is a transform, not a function.", hint)


@_check
def _or_text(text: str, seen: Seen, transforms: Collection[str]) -> Mistake | None:
    node = seen.node
    if node["type"] != "or_expression":
        return None
    left, right = node["children"]
    while left["type"] == "or_expression":
        left = left["children"][1]
    if (
        left["type"] != "comparator"
        or left["value"] != "eq"
        or right["type"] != "literal"
        or not isinstance(right["value"], str)
    ):
        return None
    path = re.split("==", text[left["start"] : right["start"]])[0].strip(" (")
    at = right["start"]
    return Mistake(
        "formula-or-text",
        at,
        "A comparison is not continued by a text behind `||`: this is always true.",
        f"Write: {text[:at]}{path} == {text[at:]}",
    )
