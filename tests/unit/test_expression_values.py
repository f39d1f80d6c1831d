"""Exact numbers in expressions, what fails in them, and what is told of them before they run."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from pipeline.mapping.code import Code, Value
from pipeline.mapping.expressions.expressions import ExpressionError, NullError, generate, infer
from pipeline.mapping.formulas.expression_parser import SyntaxFailure, parse
from pipeline.mapping.types import ANY, DECIMAL, INTEGER, TEXT, list_of, map_of, record_of
from tests.expression_running import FAILED, HERE, ROOT_TYPES, check, compiled, exactly, library, ours, parsed

DATA = Path(__file__).parent.parent / "data"

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
