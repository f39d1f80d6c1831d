"""Compiled expressions against the jmespath library: the public compliance cases, and random ones."""

from __future__ import annotations

import json
import os
import random
from typing import Any

import pytest
from hypothesis import assume, given, note, settings
from hypothesis import strategies as st
from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions

from pipeline.mapping.expressions.expressions import ExpressionError
from pipeline.mapping.expressions.functions import FUNCTIONS
from tests.expression_grammar import Grammar
from tests.expression_running import check, compiled, exactly, library, parsed
from tests.shared_files import SHARED, shared_path

DEEP = int(os.environ.get("MENU_SYNC_EXPRESSION_EXAMPLES", "0"))

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
        ("a[].b", {"a": [{"b": 1}, {"c": 2}, {"b": None}, {"b": [3]}, {"b": False}]}),
        ("a[].b", {"a": [{"b": 1}, [{"b": 2}, None, [{"b": 3}]], "b", 4, True, None]}),
        ("a[].b[].c", {"a": [{"b": [{"c": 1}, [{"c": 2}]]}, {"b": {"c": 3}}, {"b": []}, {}]}),
        ("[].b", [[{"b": 1}], {"b": 2}]),
        ("a[].b", {"a": {"b": 1}}),
        ("[a[].b, c[].b][]", {"a": [{"b": 1}], "c": None}),
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
