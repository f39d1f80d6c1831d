"""Formulas, texts with braces and loops: parsed as the library does, and every trap with its own words."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jmespath.parser import Parser

from pipeline.findings import Finding
from pipeline.mapping.formulas import formula as formulas
from pipeline.mapping.formulas.expression_parser import SyntaxFailure, Tree, parse, walk
from pipeline.mapping.formulas.formula import Formula
from pipeline.mapping.mistakes import CODES
from pipeline.mapping.nodes import Position, Scalar, Table
from pipeline.mapping.yaml.source import load
from tests.shared_files import SHARED, shared_path

TRAPS = Path(__file__).parent.parent / "data" / "traps"
TRANSFORMS = frozenset({"upper", "title", "multiply", "truncate", "join"})
HERE = Position("m.yaml", 1, 1)

READERS: dict[str, Callable[[Scalar, list[Finding]], object]] = {
    "formulas": lambda scalar, problems: formulas.parse_formula(scalar, problems, TRANSFORMS),
    "texts": lambda scalar, problems: formulas.parse_text(scalar, problems, TRANSFORMS),
    "loops": lambda scalar, problems: formulas.parse_loop(scalar, problems, TRANSFORMS),
    "fields": lambda scalar, problems: formulas.check_braces(scalar, {"item", "store"}, problems),
    "literals": lambda scalar, problems: formulas.check_literal(scalar, {"item", "store"}, problems),
}


def cases(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load((TRAPS / f"{name}.yaml").read_text("utf-8"))
    return found


def scalar(text: str, quoted: bool = False) -> Scalar:
    return Scalar(text, HERE, HERE, quoted)


def read(text: str) -> Formula:
    problems: list[Finding] = []
    formula = formulas.parse_expression(scalar(text), problems, TRANSFORMS)
    assert problems == []
    assert formula is not None
    return formula


@pytest.mark.parametrize(
    ("name", "case"),
    [pytest.param(name, case, id=f"{name}-{case['written'][:40]!r}") for name in READERS for case in cases(name)],
)
def test_trap(name: str, case: dict[str, Any]) -> None:
    problems: list[Finding] = []
    given_text = case["written"]
    READERS[name](scalar(given_text), problems)
    assert [problem.code for problem in problems] == [case["code"]]
    (problem,) = problems
    assert problem.place is not None
    assert (problem.place.line, problem.place.column) == (case["line"], case["column"])
    assert given_text[case["column"] - 1 :].startswith(str(case["at"]))
    assert case["says"] in f"{problem.message} {problem.hint}"


def test_every_code_has_a_case() -> None:
    """No code without a trap that gives it; what needs a huge or broken file is in these tests."""
    elsewhere = {"yaml-limit", "yaml-encoding", "formula-limit", "formula-bad-literal", "yaml-syntax"}
    covered = {case["code"] for name in (*READERS, "yaml") for case in cases(name)}
    assert set(CODES) - covered - elsewhere == set()
    assert covered <= set(CODES)


def test_corrections_are_formulas() -> None:
    """A hint that says ``Write: FORMULA`` gives one that is read without a finding."""
    offered = 0
    for case in cases("formulas"):
        head, _, correction = case["says"].partition("Write: ")
        if head or not correction or " (" in correction or "NAME" in correction:
            continue
        read(correction)
        offered += 1
    assert offered > 45


def test_links() -> None:
    formula = read("= item.name  -> upper->title")
    assert formula.text == "item.name"
    assert [(link.name, link.position.column) for link in formula.links] == [("upper", 17), ("title", 24)]
    assert formula.position.column == 3


@pytest.mark.parametrize(
    "text", ["= '->' -> upper", '= x."->" -> upper', '= `"->"` -> upper', "= 'it\\'s ->' -> upper"]
)
def test_an_arrow_in_quotes_is_text(text: str) -> None:
    assert [link.name for link in read(text).links] == ["upper"]


def test_formula_or_literal() -> None:
    assert formulas.is_formula(scalar("= x"))
    assert formulas.is_formula(scalar("=x", quoted=True))
    assert not formulas.is_formula(scalar("\\= x"))
    assert not formulas.is_formula(Scalar(5, HERE, HERE))
    assert formulas.literal_text(scalar("\\= x")) == "= x"
    assert formulas.literal_text(scalar("\\\\= x")) == "\\= x"
    assert formulas.literal_text(scalar("x \\= y")) == "x \\= y"


@pytest.mark.parametrize("value", [31, Decimal("1.10"), True, False, 0])
def test_a_written_value_is_an_expression(value: Any) -> None:
    problems: list[Finding] = []
    formula = formulas.parse_expression(Scalar(value, HERE, HERE), problems)
    assert formula is not None
    assert formula.tree["value"] is value
    assert problems == []


def test_nothing_is_no_expression() -> None:
    problems: list[Finding] = []
    assert formulas.parse_expression(Scalar(None, HERE, HERE), problems) is None
    assert [problem.code for problem in problems] == ["formula-empty"]


TEXTS = {
    "{item.name}, {item.size -> upper}!": [("item.name", 2), ", ", ("item.size", 15), "!"],
    "a {{b}} c": ["a {b} c"],
    "{x.{a: b}.a}": [("x.{a: b}.a", 2)],
    "{join('}', x)}": [("join('}', x)", 2)],
    "{= item.name}": [("item.name", 4)],
    "= item.name": [("item.name", 3)],
    "\\= {x}": ["= ", ("x", 5)],
    "": [],
    "plain": ["plain"],
    "${item.price}": ["$", ("item.price", 3)],
}


@pytest.mark.parametrize("text", TEXTS)
def test_texts(text: str) -> None:
    problems: list[Finding] = []
    parts = formulas.parse_text(scalar(text, quoted=True), problems)
    assert [part if isinstance(part, str) else (part.text, part.position.column) for part in parts] == TEXTS[text]
    assert problems == []


LOOPS = {
    "item in menu.items": ("item", None, "menu.items", 9),
    "category, position in menu.categories": ("category", "position", "menu.categories", 23),
    "a ,b in x.y": ("a", "b", "x.y", 9),
    "item in = menu.items": ("item", None, "menu.items", 11),
    "inner in outer.in_stock": ("inner", None, "outer.in_stock", 10),
}


@pytest.mark.parametrize("text", LOOPS)
def test_loops(text: str) -> None:
    problems: list[Finding] = []
    loop = formulas.parse_loop(scalar(text), problems)
    assert loop is not None
    assert (loop.record, loop.position_name, loop.source.text, loop.source.position.column) == LOOPS[text]
    assert problems == []


@pytest.mark.parametrize("text", ["hello.world", "item", "item.name is good", "Fish & chips", "1.5"])
def test_literals_that_are_meant(text: str) -> None:
    problems: list[Finding] = []
    formulas.check_literal(scalar(text), {"item", "store"}, problems)
    formulas.check_literal(scalar("store.tax", quoted=True), {"item", "store"}, problems)
    assert problems == []


def test_positions_in_folded_and_escaped_text() -> None:
    text = "a: |\n  = one ||\n    !two.three\nb: 'contains(x, ''y'') && !two.three'\nc: >\n  = one ->\n  up-per\n"
    root = load(text, "m.yaml").root
    lines = text.splitlines()
    assert isinstance(root, Table)
    expected = [("formula-not", "!two"), ("formula-not", "!two"), ("formula-transform-name", "-per")]
    for entry, (code, at) in zip(root, expected, strict=True):
        problems: list[Finding] = []
        formulas.parse_expression(entry.value, problems)
        assert [problem.code for problem in problems] == [code]
        place = problems[0].place
        assert place is not None
        assert lines[place.line - 1][place.column - 1 :].startswith(at)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("(" * 5_000, "formula-limit"),
        ("!" * 5_000 + "a", "formula-limit"),
        ("a||" * 2_000 + "a", "formula-limit"),
        ("a" * 10_001, "formula-limit"),
        ("9" * 5_000, "formula-limit"),
        ("`" + "[" * 5_000 + "]" * 5_000 + "`", "formula-limit"),
        ("`" + "[" * 2_000 + "]" * 2_000 + "`", "formula-bad-literal"),
        ("`1e999999`", "formula-bad-literal"),
        ("`NaN`", "formula-bad-literal"),
        ("`" + "9" * 70 + "`", "formula-bad-literal"),
    ],
)
def test_hostile_formulas_end(text: str, code: str) -> None:
    problems: list[Finding] = []
    assert formulas.parse_expression(scalar(text), problems) is None
    assert [problem.code for problem in problems] == [code]
    assert len(str(problems[0])) < 1_000


def test_literal_decimals_are_exact() -> None:
    tree = parse("price > `1.10`")
    assert isinstance(tree, dict)
    assert tree["children"][1]["value"] == Decimal("1.10")


def test_trees_are_not_shared() -> None:
    first, second = parse("a.b"), parse("a.b")
    assert first == second
    assert first is not second


def as_library(node: Tree) -> Tree:
    """Take off what is added to the library's tree."""
    value = {key: value for key, value in node.items() if key != "start"}
    value["children"] = [as_library(child) if isinstance(child, dict) else child for child in node["children"]]
    return json.loads(json.dumps(value, default=float))  # type: ignore[no-any-return]


def compliance_expressions() -> list[str]:
    folder = shared_path("jmespath-compliance")
    return sorted(
        {
            case["expression"]
            for path in folder.glob("*.json")
            for group in json.loads(path.read_text("utf-8"))
            for case in group["cases"]
        }
    )


@pytest.mark.skipif(not SHARED.exists(), reason="the compliance cases are not part of this repository")
def test_trees_are_the_librarys() -> None:
    expressions = compliance_expressions()
    assert len(expressions) > 700
    for expression in expressions:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the library, about text in backticks
            try:
                expected = Parser()._do_parse(expression).parsed
            except ValueError:
                expected = None
        tree = parse(expression)
        if expected is None:
            assert isinstance(tree, SyntaxFailure), expression
            continue
        assert isinstance(tree, dict), expression
        assert as_library(tree) == json.loads(json.dumps(expected)), expression
        for node in walk(tree):
            assert 0 <= node["start"] < len(expression), expression
            if node["type"] == "field":
                written = expression[node["start"] :]
                assert written.startswith((node["value"], '"')), expression
            elif node["type"] == "literal":
                assert expression[node["start"]] in "'`", expression


PIECES = st.sampled_from(
    [
        *"!()[]{},:.|&@*-+/$;?#=<>'\"`\\“”é\u00a0 \n5",
        *("item", "a.b", "==", "!=", "&&", "||", "[?", "[]", "->", "'x'", '"x"', "`1`", "1.5", "true", "null"),
        *(" and ", "not ", " is ", " in ", " if ", " else ", "upper(", "upper", "{{", "}}"),
    ]
)
FORMULAS = (
    st.lists(PIECES, max_size=12).map(" ".join) | st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=40)
)


@given(FORMULAS, st.sampled_from(sorted(READERS)), st.booleans())
def test_never_raises(text: str, name: str, equals: bool) -> None:
    problems: list[Finding] = []
    written = f"= {text}" if equals else text
    result = READERS[name](scalar(written), problems)
    if name in ("formulas", "loops"):
        assert (result is None) == bool(problems)
    for problem in problems:
        assert problem.code in CODES
        assert problem.place is not None
        assert problem.place.line == 1
        assert 1 <= problem.place.column <= len(written) + 1
        assert problem.message.endswith(".")
        assert problem.hint
        assert str(problem).isprintable()


@given(FORMULAS)
def test_every_node_stands_inside(text: str) -> None:
    tree = parse(text)
    if isinstance(tree, SyntaxFailure):
        assert 0 <= tree.offset <= len(text)
        return
    for node in walk(tree):
        assert 0 <= node["start"] < len(text)
