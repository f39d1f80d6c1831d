"""Runs one expression, compiled and by the library, and tells what each gives."""

from __future__ import annotations

import json
import warnings
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from jmespath.exceptions import JMESPathError
from jmespath.parser import Parser

from pipeline.mapping.code import Code, Value
from pipeline.mapping.expressions.expressions import ExpressionError, Problem, condition, generate
from pipeline.mapping.nodes import Position
from pipeline.mapping.types import ANY, Type, record_of
from pipeline.shaping.views import CategoryView, GroupView, ItemView, MenuView, RestaurantView

HERE = Position("test.yaml", 1, 1)
FAILED = "(failed)"
ROOTS = {"item": ItemView, "category": CategoryView, "group": GroupView, "menu": MenuView, "restaurant": RestaurantView}
ROOT_TYPES = {name: record_of(cls) for name, cls in ROOTS.items()}


def parsed(expression: str) -> Any:
    """Parse by the library, without its cache and its warnings about old literals."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        return Parser()._do_parse(expression)


def compiled(tree: Any, types: dict[str, Type], *, as_condition: bool = False) -> tuple[Any, list[Problem], str]:
    """Compile a tree over typed names, or over a whole document where there are none."""
    code, problems = Code(), []
    parameters = ", ".join(types) or "document"
    names = {name: Value(name, kind, atomic=True) for name, kind in types.items()}
    current = None if types else Value("document", ANY, atomic=True)
    with code.block(f"def evaluate({parameters}):"):
        if as_condition:
            source = condition(tree, names, code, HERE, problems, current=current)
        else:
            source = generate(tree, names, code, HERE, problems, current=current).source
        code.line(f"return {source}")
    return code.run("test.yaml")["evaluate"], problems, source


def ours(expression: str, document: Any) -> Any:
    """Evaluate over a document of unknown form; only the documented error counts as a failure."""
    evaluate, _, _ = compiled(parsed(expression).parsed, {})
    try:
        return evaluate(document)
    except ExpressionError:
        return FAILED


def library(expression: str, document: Any) -> Any:
    """Evaluate by the library; whatever it raises is a failure."""
    try:
        return parsed(expression).search(document)
    except (JMESPathError, TypeError, ValueError, ArithmeticError, AttributeError, IndexError):
        return FAILED


def exactly(value: Any) -> str:
    """Give a value as text in which 1, 1.0 and true differ, and the order of fields counts."""
    return json.dumps(value)


def plain(value: Any) -> Any:
    """Give records as objects and decimals as numbers, for the library."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, msgspec.Struct):
        return {name: plain(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, list) else value


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
