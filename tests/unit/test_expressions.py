"""Compiled expressions against the jmespath library, the public compliance cases, and exact numbers."""

from __future__ import annotations

import ast
import json
import os
import random
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import assume, example, given, note, settings
from hypothesis import strategies as st
from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions

from pipeline.mapping.code import Code, Value
from pipeline.mapping.expression_parser import SyntaxFailure, parse
from pipeline.mapping.expressions import ExpressionError, NullError, generate, infer
from pipeline.mapping.functions import FUNCTIONS
from pipeline.mapping.types import ANY, DECIMAL, INTEGER, TEXT, Type, fields_of, list_of, map_of, record_of
from pipeline.shaping.views import CategoryView, GroupView, ItemView, MenuView, RestaurantView
from tests.expression_grammar import Grammar
from tests.expression_running import FAILED, HERE, compiled, exactly, library, ours, parsed, plain
from tests.shared_files import SHARED, shared_path

DEEP = int(os.environ.get("MENU_SYNC_EXPRESSION_EXAMPLES", "0"))
FUZZ = settings(max_examples=min(DEEP, 5000) or 400, derandomize=not DEEP)
DATA = Path(__file__).parent.parent / "data"

# -- the public compliance cases ---------------------------------------------------------------------


def compliance_cases() -> list[Any]:
    folder = SHARED / "jmespath-compliance"
    return [
        pytest.param(suite["given"], case, id=f"{path.stem}-{number}-{index}")
        for path in sorted(folder.glob("*.json"))
        for number, suite in enumerate(json.loads(path.read_text("utf-8")))
        for index, case in enumerate(suite["cases"])
    ]


def test_compliance_cases_are_there() -> None:
    shared_path("jmespath-compliance/syntax.json")
    assert len(compliance_cases()) == 908


@pytest.mark.parametrize(("document", "case"), compliance_cases())
def test_compliance(document: Any, case: dict[str, Any]) -> None:
    expression = case["expression"]
    if case.get("error") == "syntax":
        with pytest.raises(JMESPathError):
            parsed(expression)
        return
    try:
        evaluate, problems, _ = compiled(parsed(expression).parsed, {})
    except JMESPathError:
        assert "error" in case
        return
    codes = {problem.code for problem in problems}
    expected = {
        "invalid-arity": "wrong-arity",
        "unknown-function": "unknown-function",
        "invalid-value": "invalid-value",
    }
    if "error" in case:
        if case["error"] in expected:
            assert expected[case["error"]] in codes
        with pytest.raises(ExpressionError):
            evaluate(document)
    elif "result" in case:
        assert json.dumps(evaluate(document), sort_keys=True) == json.dumps(case["result"], sort_keys=True)
    else:
        assert exactly(evaluate(document)) == exactly(library(expression, document))


def test_all_functions_of_the_library_exist() -> None:
    arity = {name: len(entry["signature"]) for name, entry in Functions.FUNCTION_TABLE.items()}
    assert {name: len(function.parameters) for name, function in FUNCTIONS.items()} == arity


# -- random expressions over random documents --------------------------------------------------------

DRAWN = st.data()


def check(expression: str, documents: list[Any]) -> None:
    """Compare an expression over documents of unknown form with the library, as a value and as a condition."""
    evaluate, _, _ = compiled(parsed(expression).parsed, {})
    holds, _, _ = compiled(parsed(expression).parsed, {}, as_condition=True)
    for document in documents:
        before = exactly(document)
        expected = library(expression, document)
        if expected == FAILED:
            with pytest.raises(ExpressionError):
                evaluate(document)
            with pytest.raises(ExpressionError):
                holds(document)
        else:
            true = not (expected is None or expected is False or expected in ("", [], {}))
            assert exactly(evaluate(document)) == exactly(expected)
            assert bool(holds(document)) is true
        assert exactly(document) == before


@pytest.mark.parametrize(
    ("expression", "document"),
    [
        ("a | 'x'", {"a": 1}),
        ("length(a) | `1`", {}),
        ("a[].b[?c][].d", {"a": [{"b": [{"c": 1, "d": 2}]}]}),
        ("[?a == ':=']", [{"a": ":="}]),
        ("a < b", {"a": 1, "b": "x"}),
        ("a < b", {"a": None, "b": 1}),
        ("map(&[], [a])", {"a": [1]}),
        ("`1.5` || a", {}),
        ("not_null(`1`) && a", {}),
        ("`[0, 1]`[1] == `null`", {}),
        ("contains(a, `true`)", {"a": [1]}),
        ("!a.b", {"a": {"b": True}}),
        ("merge(a, b)", {"a": {"x": 1}, "b": []}),
        ("to_string(merge(a, b))", {"a": {"x": 1}, "b": [[1, 2], ["y", 3]]}),
        ("merge(a, b)", {"a": {"x": 1}, "b": [1]}),
        ("merge(b, a)", {"a": {"x": 1}, "b": []}),
    ],
)
def test_known_corners_agree_with_the_library(expression: str, document: Any) -> None:
    check(expression, [document])


@settings(max_examples=400)
@given(DRAWN)
def test_random_expressions_agree_with_the_library(drawn: st.DataObject) -> None:
    grammar = Grammar(lambda options: drawn.draw(st.sampled_from(options)))
    expression = grammar.expression(8)
    note(repr(expression))
    try:
        parsed(expression)
    except JMESPathError:
        assume(condition=False)
    check(expression, [grammar.document() for _ in range(3)])


def test_many_random_expressions_agree_with_the_library() -> None:
    """The same grammar without a search for the smallest failure, which is many times faster."""
    checked = 0
    seed = int(os.environ.get("MENU_SYNC_EXPRESSION_SEED", "0"))
    while checked < (DEEP or 500):
        seed += 1
        grammar = Grammar(random.Random(seed).choice)
        expression = grammar.expression(grammar.choose([4, 8, 12, 20]))
        try:
            parsed(expression)
        except JMESPathError:
            continue
        try:
            check(expression, [grammar.document() for _ in range(4)])
        except BaseException as error:
            error.add_note(f"seed {seed}: {expression!r}")
            raise
        checked += 1


# -- typed records -----------------------------------------------------------------------------------

ROOTS = {"item": ItemView, "category": CategoryView, "group": GroupView, "menu": MenuView, "restaurant": RestaurantView}
ROOT_TYPES = {name: record_of(cls) for name, cls in ROOTS.items()}
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


# -- exact numbers -----------------------------------------------------------------------------------


class Bill(msgspec.Struct):
    price: Decimal
    tip: Decimal | None
    prices: list[Decimal]
    count: int
    extra: dict[str, Any]


BILL = Bill(
    price=Decimal("0.10"),
    tip=None,
    prices=[Decimal("0.1"), Decimal("0.20"), Decimal(3)],
    count=2,
    extra={"f": 0.1, "t": "1.10", "d": Decimal("1.10")},
)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("bill.price == `0.1`", True),
        ("bill.price == bill.extra.f", True),
        ("bill.extra.f == bill.price", True),
        ("bill.price != `0.1`", False),
        ("bill.price < bill.extra.f", False),
        ("bill.price <= bill.extra.f", True),
        ("bill.tip > `1`", None),
        ("bill.extra.d == `1.1`", True),
        ("bill.extra.d > bill.count", False),
        ("[bill.price] == [bill.extra.f]", True),
        ("contains(bill.prices, `0.2`)", True),
        ("sum(bill.prices)", Decimal("3.30")),
        ("sum(bill.prices[:2]) == `0.3`", True),
        ("sum([bill.price, bill.extra.f, `0.1`])", Decimal("0.30")),
        ("avg(bill.prices)", Decimal("1.10")),
        ("avg([`1`, `2`])", Decimal("1.5")),
        ("max(bill.prices)", Decimal(3)),
        ("min([bill.extra.d, bill.extra.f])", 0.1),
        ("sort(bill.prices) | [0]", Decimal("0.1")),
        ("abs(bill.price)", Decimal("0.10")),
        ("abs(bill.extra.f)", Decimal("0.1")),
        ("ceil(bill.price)", 1),
        ("floor(bill.extra.d)", 1),
        ("to_number(bill.extra.t)", Decimal("1.10")),
        ("to_number(bill.extra.t) == bill.extra.d", True),
        ("to_number('nan')", None),
        ("to_number('1e999')", None),
        ("to_number('12')", 12),
        ("to_string(bill.price)", "0.10"),
        ("to_string(bill.extra)", '{"f":0.1,"t":"1.10","d":1.10}'),
        ("type(bill.price)", "number"),
        ("type(bill)", "object"),
        ("keys(bill)", ["price", "tip", "prices", "count", "extra"]),
        ("bill.*", [Decimal("0.10"), [Decimal("0.1"), Decimal("0.20"), Decimal(3)], 2, BILL.extra]),
        ("length(bill)", 5),
        ("merge(bill, `{\"tip\": 1}`).tip", 1),
        ("bill == bill", True),
        ("bill.{a: price, b: count}", {"a": Decimal("0.10"), "b": 2}),
        ("bill.price && 'yes'", "yes"),
        ("!(bill.count)", False),
        ("`1.50`", Decimal("1.50")),
        ("`[0.5]`", [Decimal("0.5")]),
    ],
)  # fmt: skip
def test_decimals_are_exact(expression: str, expected: Any) -> None:
    for types in ({"bill": record_of(Bill)}, {"bill": ANY}):
        found = compiled(parse(expression), types)[0](BILL)
        assert found == expected
        assert type(found) is type(expected)
        assert str(found) == str(expected)


def test_zero_as_a_decimal_is_true() -> None:
    bill = msgspec.structs.replace(BILL, price=Decimal("0.00"), count=0)
    for types in ({"bill": record_of(Bill)}, {"bill": ANY}):
        for expression in ("bill.price", "bill.count"):
            assert compiled(parse(expression), types, as_condition=True)[0](bill)
            assert compiled(parse(f"{expression} || 'x'"), types)[0](bill) == 0


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("sum(a)", Decimal("0.30")),
        ("avg(a)", Decimal("0.15")),
        ("sort(a)", [Decimal("0.10"), 0.2]),
        ("contains(a, `0.1`)", True),
        ("contains(a, b)", True),
        ("a[0] < a[1]", True),
        ("a[0] < nan", False),
        ("max([a[0], nan])", FAILED),
        ("sum(wide)", FAILED),
        ("avg(wide)", FAILED),
        ("deep == deeper", FAILED),
        ("to_string(deep)", FAILED),
        ("to_string(tiny)", "1E-400"),
        ("bill.price", Decimal("0.10")),
        ("bill._hidden", None),
        ("bill.*[0]", [Decimal("0.1")]),
        ("[bill] == [record]", True),
        ("type(`1`).x", None),
    ],
)
def test_documents_may_hold_decimals_and_records(expression: str, expected: Any) -> None:
    document = {
        "a": [Decimal("0.10"), 0.2],
        "b": Decimal("0.2"),
        "nan": float("nan"),
        "wide": [10**400, 0.5],
        "deep": nested(3000),
        "deeper": nested(3000),
        "tiny": Decimal("1E-400"),
        "bill": BILL,
        "record": {"price": 0.1, "tip": None, "prices": [0.1, 0.2, 3], "count": 2, "extra": BILL.extra},
    }
    assert ours(expression, document) == expected


def test_a_sum_too_wide_to_be_exact_fails() -> None:
    evaluate = compiled(parse("sum(n)"), {"n": list_of(DECIMAL)})[0]
    with pytest.raises(ExpressionError, match="too far apart"):
        evaluate([Decimal("1E+400"), Decimal("1E-400")])


# -- failures ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "error", "message"),
    [
        ("length(a)", NullError, "length() needs a text, a list or an object, but the value is null."),
        ("join(', ', b)", NullError, "join() needs a list of texts, but the value is null."),
        ("sum(c)", ExpressionError, "sum() needs a list of numbers, not a text."),
        ("sort_by(d, &x)", NullError, "sort_by() needs all numbers or all texts, but the value is null."),
        ("max(e)", ExpressionError, "max() needs all numbers or all texts, not some of each."),
        ("f < g", ExpressionError, "A number and a text have no order: only two numbers or two texts can be compared."),
        ("contains(h, a)", NullError, "contains() needs a text to search for, but the value is null."),
        ("keys(b)", ExpressionError, "keys() needs an object, not a list."),
        ("ceil(i)", ExpressionError, "inf cannot be made a whole number."),
    ],
)
def test_failures_say_what_is_wrong(expression: str, error: type[ExpressionError], message: str) -> None:
    document = {"a": None, "b": ["x", None], "c": ["x"], "d": [{"y": 1}], "e": [1, "x"]}
    document |= {"f": 1, "g": "x", "h": "text", "i": 1e999}
    evaluate = compiled(parsed(expression).parsed, {})[0]
    with pytest.raises(ExpressionError) as caught:
        evaluate(document)
    assert type(caught.value) is error
    assert str(caught.value) == message


def test_a_literal_that_json_cannot_hold_is_refused() -> None:
    _, problems, _ = compiled(parsed("a == `1e999`").parsed, {"a": ANY})
    assert [(problem.code, problem.severity) for problem in problems] == [("invalid-value", "error")]


def test_literals_are_made_anew_each_time() -> None:
    evaluate = compiled(parse("{a: `[1]`, b: `{}`}"), {"x": ANY})[0]
    assert evaluate(None)["a"] is not evaluate(None)["a"]


@pytest.mark.parametrize("link", ["|", "||", "&&", " == ", "[*].", "[].", "."])
def test_deep_expressions_are_compiled_or_refused(link: str) -> None:
    for count in (10, 25, 50) if link == "[]." else (20, 60, 100):
        expression = link.join(["a"] * count)
        document: Any = {"a": 1}
        for _ in range(count if "." in link else 0):
            document = {"a": document if link == "." else [document]}
        assert exactly(ours(expression, document)) == exactly(library(expression, document))


@pytest.mark.parametrize(
    ("opening", "closing"),
    [
        ("[", "]"),
        ("{a: ", "}"),
        ("not_null(", ")"),
        ("to_array(", ")"),
        ("!(", ")"),
        ("a[?", "]"),
        ("(a || ", ")"),
        ("(a && ", ")"),
        ("(a < ", ")"),
        ("map(&", ", b)"),
        ("b[*].[", "]"),
        ("b[].", ""),
        ("a.", ""),
        ("merge(@, {a: ", "})"),
    ],
)
@pytest.mark.parametrize("count", [10, 40])
def test_nested_expressions_are_compiled(opening: str, closing: str, count: int) -> None:
    check(f"{opening * count}a{closing * count}", [{"a": 1, "b": []}, {"a": [{"a": [1]}], "b": [{"a": 1, "b": [2]}]}])


def test_expressions_that_are_too_deep_are_refused() -> None:
    problems: list[Any] = []
    tree: Any = {"type": "field", "value": "a", "children": []}
    for _ in range(50_000):
        tree = {"type": "not_expression", "children": [tree]}
    generate(tree, {}, Code(), HERE, problems, current=Value("x", ANY, atomic=True))
    assert [problem.code for problem in problems] == ["too-deep"]


# -- problems ----------------------------------------------------------------------------------------

PROBLEMS = yaml.safe_load((DATA / "expression_problems.yaml").read_text("utf-8"))


@pytest.mark.parametrize("case", PROBLEMS, ids=lambda case: case["expression"])
def test_problems(case: dict[str, Any]) -> None:
    types = {**ROOT_TYPES, "answer": ANY, "count": INTEGER, "store": map_of(TEXT)}
    tree = parse(case["expression"])
    assert not isinstance(tree, SyntaxFailure)
    problems: list[Any] = []
    kind = infer(tree, types, problems, transforms={"upper", "minor_units"})
    told = [(problem.code, problem.start, problem.severity) for problem in problems]
    assert told == [tuple(problem) for problem in case.get("problems", [])]
    for problem in problems:
        assert problem.message.endswith(".")
        assert problem.hint
    if "says" in case:
        assert case["says"] in f"{problems[0].message} {problems[0].hint}"
    if "type" in case:
        assert str(kind) == case["type"]
