"""Compiled expressions over records of known types: the library's results, and plain Python as source."""

from __future__ import annotations

import ast
import json
import os
import random
import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.mapping.expressions.expressions import ExpressionError, infer
from pipeline.mapping.formulas.expression_parser import SyntaxFailure, parse
from pipeline.mapping.types import ANY, Type, fields_of, list_of
from tests.expression_running import (
    FAILED,
    ROOT_TYPES,
    ROOTS,
    check,
    compiled,
    library,
    parsed,
    plain,
)

DEEP = int(os.environ.get("MENU_SYNC_EXPRESSION_EXAMPLES", "0"))
FUZZ = settings(max_examples=min(DEEP, 5000) or 400, derandomize=not DEEP)

# -- typed records -----------------------------------------------------------------------------------

WORDS = ["Margherita", "Soup", "", "2.50", "monday", "jpg", "x"]


def made(kind: Type, chance: random.Random, depth: int = 0) -> Any:
    """Make a value of a static type."""
    if kind.nullable and chance.random() < 0.3:
        return None
    if kind.values is not None:
        return chance.choice(sorted(kind.values))
    if kind.kind == "text":
        return chance.choice(WORDS)
    if kind.kind == "integer":
        return chance.choice([0, 1, 7, 45])
    if kind.kind == "decimal":
        return Decimal(chance.choice(["0.00", "1.10", "12.50", "3", "0.30"]))
    if kind.kind == "boolean":
        return chance.random() < 0.5
    count = chance.choice([0, 1, 2, 3]) if depth < 4 else 0
    if kind.kind == "list":
        return [made(kind.item or ANY, chance, depth + 1) for _ in range(count)]
    if kind.kind == "map":
        keys = chance.sample(["en", "de", "delivery", "price"], count)
        return {key: made(kind.item or ANY, chance, depth + 1) for key in keys}
    if kind.record is not None:
        return kind.record(*(made(field, chance, depth + 1) for field in fields_of(kind.record).values()))
    return chance.choice([None, 5, "x", [1, 2], {"en": 1}, True])


@st.composite
def paths(draw: st.DrawFn, kind: Type, size: int, start: str = "") -> tuple[str, Type]:
    """Continue a path over a static type by steps that make sense for it."""
    text = start
    for _ in range(size):
        dot = "." if text else ""
        if kind.kind == "record" and kind.record is not None:
            name, field = draw(st.sampled_from(sorted(fields_of(kind.record).items())))
            text, kind = f"{text}{dot}{name}", field.required()
        elif kind.kind == "list" and kind.item is not None:
            step = draw(st.sampled_from(["[]", "[*]", "[0]", "[-1]", "[1]", "[1:]", "[?]", "[?]"]))
            item = kind.item.required()
            if step == "[?]":
                step = f"[?{draw(conditions(item))}]"
            text = f"{text}{step}"
            if step in ("[0]", "[-1]", "[1]"):
                kind = item
            elif item.kind in ("record", "map") and draw(st.booleans()):
                inner, reached = draw(paths(item, 2))
                text = f"{text}.{inner}"
                kind = list_of(reached)
        elif kind.kind == "map":
            text = f"{text}{dot}{draw(st.sampled_from(['en', 'delivery', '*']))}"
            kind = list_of(kind.item or ANY) if text.endswith("*") else (kind.item or ANY).required()
        else:
            break
    return text or "@", kind


LITERAL_OF = {
    "text": ["'x'", "'jpg'", "''"],
    "integer": ["`1`", "`7`"],
    "decimal": ["`1.1`", "`3`"],
    "boolean": ["`true`"],
}


@st.composite
def conditions(draw: st.DrawFn, kind: Type, start: str = "") -> str:
    path, reached = draw(paths(kind, 2, start))
    if reached.kind in LITERAL_OF and draw(st.booleans()):
        signs = ["==", "!=", "<", ">="] if reached.kind != "boolean" else ["==", "!="]
        literal = draw(st.sampled_from([*LITERAL_OF[reached.kind], "`null`"]))
        return f"{path} {draw(st.sampled_from(signs))} {literal}"
    return draw(st.sampled_from([path, f"!({path})"]))


@st.composite
def typed_expressions(draw: st.DrawFn) -> str:
    def one() -> tuple[str, Type]:
        root = draw(st.sampled_from(sorted(ROOTS)))
        return draw(paths(ROOT_TYPES[root], draw(st.integers(1, 4)), root))

    text, kind = one()
    form = draw(st.integers(0, 9))
    other, _ = one()
    if form == 0:
        return f"{text} || {other}"
    if form == 1:
        return f"{text} && {other}"
    if form == 2:
        return f"[{text}, {other}]"
    if form == 3:
        return f"not_null({text}, {other})"
    if form == 4:
        root = draw(st.sampled_from(sorted(ROOTS)))
        return f"{draw(conditions(ROOT_TYPES[root], root))} && {text}"
    if form == 5 and kind.kind == "list" and kind.item is not None and kind.item.kind == "record":
        key, _ = draw(paths(kind.item, 1))
        name = draw(st.sampled_from(["sort_by", "max_by", "min_by"]))
        return draw(st.sampled_from([f"{name}({text}, &{key})", f"map(&{key}, {text})", f"{text} | [0].{key}"]))
    if form == 6 and kind.kind in ("list", "map", "record", "text"):
        return (
            f"{draw(st.sampled_from(['length', 'reverse', 'keys', 'max', 'sum', 'sort', 'type', 'to_array']))}({text})"
        )
    if form == 7:
        return f"contains({text}, {draw(st.sampled_from(LITERAL_OF.get(kind.kind, LITERAL_OF['text'])))})"
    if form == 8:
        return f"{text}.{{a: @, b: type(@)}}"
    return text


def alike(left: Any, right: Any) -> bool:
    """Compare with numbers by value, because the library's are binary."""
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(alike, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(alike(value, right[key]) for key, value in left.items())
    if type(left) in (int, float) and type(right) in (int, float):
        return left == pytest.approx(right)
    return type(left) is type(right) and left == right


def fits(value: Any, kind: Type) -> bool:
    """Tell whether a value is of the static type that was inferred for it."""
    if value is None:
        return kind.may_be_null
    if kind.kind == "any":
        return True
    if kind.kind == "list":
        return isinstance(value, list) and all(fits(each, kind.item or ANY) for each in value)
    if kind.kind == "map":
        return isinstance(value, dict) and all(fits(each, kind.item or ANY) for each in value.values())
    if kind.kind == "record":
        return type(value) is kind.record
    if kind.kind == "text":
        return isinstance(value, str) and (kind.values is None or value in kind.values)
    expected = {"integer": int, "decimal": int | Decimal, "boolean": bool}.get(kind.kind)
    return (
        expected is not None and isinstance(value, expected) and (kind.kind == "boolean" or not isinstance(value, bool))
    )


@FUZZ
@given(typed_expressions(), st.integers(0, 10**9))
@example("item.image.type || 'jpg'", 1)
@example("menu.categories[].items[].modifier_groups[].options[].price | sum(@)", 3)
@example("not_null(item.allergens, `[]`)", 5)
def test_typed_expressions_agree_with_the_library(expression: str, seed: int) -> None:
    chance = random.Random(seed)
    values = {name: made(kind, chance) for name, kind in ROOT_TYPES.items()}
    tree = parse(expression)
    assert not isinstance(tree, SyntaxFailure), expression
    evaluate, problems, source = compiled(tree, ROOT_TYPES)
    assert not {problem.code for problem in problems} & {"unknown-name", "unknown-field", "outer-name-in-filter"}
    expected = library(expression, plain(values))
    before = plain(values)
    try:
        found = evaluate(**values)
    except ExpressionError:
        found = FAILED
    assert alike(plain(found), expected), source
    assert plain(values) == before
    if found != FAILED:
        assert fits(found, infer(tree, ROOT_TYPES, [])), source
    always_null = [problem for problem in problems if problem.code == "always-null"]
    if infer(tree, ROOT_TYPES, []).kind == "null" and found != FAILED:
        assert found is None
        assert always_null or problems


# -- what the source looks like ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "source"),
    [
        ("item.name", "item.name"),
        ("item.item_id", "item.item_id"),
        ("menu.categories", "menu.categories"),
        ("item.prices.delivery", "item.prices.get('delivery')"),
        ("item.image.url", "(None if item.image is None else item.image.url)"),
        ("menu.items[].name", "[each_1.name for each_1 in menu.items]"),
        ("menu.items[*]", "menu.items"),
        ("menu.categories[].items[].name", "[each_2.name for each_1 in menu.categories for each_2 in each_1.items]"),
        ("group.options[?sold_out].key", "[each_1.key for each_1 in group.options if each_1.sold_out]"),
        ("item.calories > `100`", "(item.calories > (100) if item.calories is not None else None)"),
        ("restaurant.currency == 'EUR'", "(restaurant.currency == 'EUR')"),
        ("item.is_alcohol == `true`", "(item.is_alcohol is True)"),
        ("length(group.options)", "len(group.options)"),
        ("contains(item.category_ids, 'x')", "('x' in item.category_ids)"),
        ("join(', ', category.path)", "', '.join(category.path)"),
        ("sort_by(group.options, &price)", "sorted(group.options, key=(lambda each_1: each_1.price))"),
        ("item.description || item.name", "(item.description or item.name)"),
        ("item.hours == `[]`", "(item.hours == [])"),
        ("not_null(item.calories, `0`)", "(item.calories if item.calories is not None else (0))"),
        ("item.extra.a[].b", "column(item.extra.get('a'), 'b')"),
    ],
)
def test_typed_expressions_become_plain_python(expression: str, source: str) -> None:
    assert compiled(parse(expression), ROOT_TYPES)[2] == source


@pytest.mark.parametrize(
    ("expression", "source"),
    [
        ("item.sold_out", "item.sold_out"),
        ("item.image", "(item.image is not None)"),
        ("item.description", "item.description"),
        ("item.calories", "(item.calories is not None)"),
        ("item.calories > `100`", "(item.calories is not None and item.calories > (100))"),
        ("!item.sold_out || item.hidden", "((not item.sold_out) or item.hidden)"),
        ("item.extra.x", None),
    ],
)
def test_conditions_are_reduced_by_type(expression: str, source: str | None) -> None:
    tree = (
        parse(f"!({expression[1:].split(' ')[0]}) || item.hidden") if expression.startswith("!") else parse(expression)
    )
    found = compiled(tree, ROOT_TYPES, as_condition=True)[2]
    if source is None:
        assert " == 0 and " in found  # a value of unknown form: 0 is true
    else:
        assert found == source


@pytest.mark.parametrize(
    "written",
    [
        "a.{}",
        "a == `{}`",
        "a.{{{}: b}}",
        "`{}`",
        "`[{}, {{{}: {}}}]`",
        "contains(a, `{}`)",
        "a[?{} == `{}`]",
        "sort_by(a, &{})",
    ],
)
def test_source_holds_nothing_of_the_mapping_but_literals(written: str) -> None:
    hostile = "x'\"); __import__('os').system('exit 1') #\n\\"
    expression = written.replace("{}", json.dumps(hostile).replace("`", "")).replace("{{", "{").replace("}}", "}")
    source = compiled(parsed(expression).parsed, {})[2]
    names = {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}
    attributes = {node.attr for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Attribute)}
    assert {name for name in names if not re.fullmatch("[a-z]+_+[0-9]+", name)} <= {
        "document", "type", "dict", "field", "equal", "has", "ordered_by", "isinstance", "list",
    }  # fmt: skip
    assert attributes <= {"get"}
    check(expression, [{"a": {hostile: 1}}, {"a": [{hostile: hostile}]}, {"a": hostile}])
