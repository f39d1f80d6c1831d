"""Explanations of one mapping that has each instruction, by cases."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
import yaml

from pipeline.explaining import Explainer, WrongField
from pipeline.explaining.reads import paths_in
from pipeline.explaining.selection import selection
from pipeline.mapping.compiled import compile_file
from pipeline.mapping.compiler.runtime import MISSING
from pipeline.mapping.formulas.expression_parser import SyntaxFailure, parse
from pipeline.preview import preview
from pipeline.reading import read_menu
from tests.platforms import NOW, PLATFORMS, compiled
from tests.shared_files import REPOSITORY

DATA = REPOSITORY / "tests" / "data" / "explaining"
CASES = yaml.safe_load((DATA / "cases.yaml").read_text(encoding="utf-8"))
MAPPING = DATA / "mapping.yaml"


@cache
def explainer() -> Explainer:
    mapping, findings = compile_file(MAPPING)
    assert mapping is not None
    assert mapping.usable, [str(finding) for finding in findings]
    reading = read_menu((DATA / "menu.json").read_bytes())
    assert reading.menu is not None
    made = preview(mapping, reading.menu, store={}, now=NOW)
    return Explainer(mapping, reading.menu, made, (*reading.findings, *made.findings))


def line_of(text: str) -> int:
    """Give the number of the only mapping line that holds a text."""
    found = [number for number, line in enumerate(MAPPING.read_text(encoding="utf-8").splitlines(), 1) if text in line]
    assert len(found) == 1, text
    return found[0]


def same(value: Any, wanted: Any) -> bool:
    if wanted == "any":
        return True
    if isinstance(value, Decimal):
        return value == Decimal(str(wanted))
    return bool((None if value is MISSING else value) == wanted)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["field"])
def test_a_field_is_explained(case: dict[str, Any]) -> None:
    explained = explainer().fields(case["field"])
    assert explained.total == 1
    field = explained.fields[0]
    assert field.present is ("reason" not in case), field.reason
    if "value" in case:
        assert field.value == case["value"]
    if "line" in case:
        assert field.line == case["line"]
        assert field.place is not None
        assert field.place.line == line_of(case["line"])
    if "steps" in case:
        assert [(step.kind, step.text) for step in field.steps] == [(kind, text) for kind, text, _ in case["steps"]]
        assert all(same(step.value, wanted[2]) for step, wanted in zip(field.steps, case["steps"], strict=True))
    if "notes" in case:
        assert [step.note for step in field.steps] == case["notes"]
    if "loops" in case:
        assert [f"{record.kind} {record.record_id}" for record in field.records] == case["loops"]
    if "template" in case:
        assert [name for name, _ in field.templates] == [case["template"]]
    assert field.inside == case.get("inside", "")
    assert [finding.code for finding in field.findings] == case.get("told", [])
    if "reason" in case:
        assert field.reason is not None
        assert field.reason.code == case["reason"]
        assert case.get("says", "") in field.reason.message
        assert case.get("hint", field.reason.hint) == field.reason.hint
        assert {key: inner.code for key, inner in field.reason.because} == case.get("because", {})


@pytest.mark.parametrize(
    ("field", "paths"),
    [
        ("dishes[].entries[].price", ["[0].entries[0]", "[0].entries[1]", "[1].entries[0]", "[1].entries[1]"]),
        ("dishes[*].entries[?price > `1300`].price", ["[0].entries[1]"]),
        ("dishes[].entries[?drink == 'yes it is'].price", ["[1].entries[0]"]),
        ("dishes[?id=='c-2'].entries[1].price", ["[1].entries[1]"]),
        ("$.dishes[-1].entries[0].price", ["[1].entries[0]"]),
    ],
)
def test_wildcards_and_filters_mean_several_fields(field: str, paths: list[str]) -> None:
    explained = explainer().fields(field)
    assert [each.field for each in explained.fields] == [f"dishes{path}.price" for path in paths]
    assert explained.total == len(paths)


def test_a_wildcard_explains_what_is_absent_too_and_stops_at_the_limit() -> None:
    explained = explainer().fields("dishes[].entries[].calories", limit=3)
    assert [each.present for each in explained.fields] == [True, False, False]
    assert explained.total == 4
    assert {each.field for each in explainer().fields("by_id.*").fields} == {
        f"by_id.i-{number}" for number in (1, 2, 4, 5)
    }


def test_a_filter_that_names_a_dish_that_is_not_there_says_why() -> None:
    explained = explainer().fields("dishes[].entries[?name=='Vecchia'].price")
    assert explained.total == 0
    assert [(each.record.record_id, each.places) for each in explained.dishes] == [("i-6", ())]
    assert explainer().fields("dishes[].entries[?name=='Margerita'].price").hint == "Did you mean Margherita?"


@pytest.mark.parametrize(
    ("field", "says"),
    [
        ("dishes.entries", "`dishes` is a list: write `dishes[0].entries` or `dishes[].entries`."),
        ("shop[]", "needs a list, and shop is none"),
        ("dishes[?name == \"x\"", "no closing bracket"),
        ("dishes[?price > 5]", "backticks"),
        ("dishes[?upper(name)]", "upper"),
        ("dishes[", "cannot be read"),
        ("x" * 3_000, "at most 2000 characters"),
    ],
)  # fmt: skip
def test_what_is_no_field_is_refused_with_what_to_write(field: str, says: str) -> None:
    with pytest.raises(WrongField, match=re.escape(says)):
        explainer().fields(field)


def test_a_line_names_what_it_made() -> None:
    used = explainer().line(line_of("price: = item.price -> cents"))
    assert [(made.path, made.count) for made in used.made] == [("dishes[].entries[].price", 4)]
    assert [(path, value, records[-1].record_id) for path, value, records in used.made[0].examples] == [
        ("dishes[0].entries[0].price", 1200, "i-1"),
        ("dishes[0].entries[1].price", 1365, "i-2"),
        ("dishes[1].entries[0].price", 630, "i-4"),
    ]
    assert used.section == "payload"
    assert used.absent == ()


def test_a_line_names_what_has_no_value() -> None:
    used = explainer().line(line_of("          calories: = item.calories"))
    assert [(made.path, made.count) for made in used.made] == [("dishes[].entries[].calories", 1)]
    assert [(key, count) for key, _, count in used.absent] == [("calories", 3)]


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("cents: [minor_units]", {"dishes[].entries[].price": 4}),
        ("red: RED", {"dishes[].entries[].colour": 1}),
        ("$for: item, place in category.items", {"dishes[].entries[]": 4}),
        ("$for: item in menu.items", {"by_id.i-1": 1, "by_id.i-2": 1, "by_id.i-4": 1, "by_id.i-5": 1}),
        ("house: = restaurant.name", {"shop": 1}),
        ("text: = words", {"dishes[].entries[].note.text": 1}),
        ("words: = item.description", {"dishes[].entries[].note": 1}),
        ("markup_percent: 50", {}),
    ],
)  # fmt: skip
def test_lines_of_chains_tables_loops_and_templates_name_what_they_made(text: str, paths: dict[str, int]) -> None:
    made = {made.path: made.count for made in explainer().line(line_of(text)).made}
    assert made == paths


def test_a_dish_is_found_by_name_id_or_part_of_its_name() -> None:
    for wanted in ("Margherita", "margherita", "i-1", "gheri"):
        (found,), hint = explainer().dish(wanted)
        assert found.record.record_id == "i-1"
        assert found.places == ("dishes[0].entries[0]", "by_id.i-1")
        assert hint == ""
    assert explainer().dish("Margerita") == ((), "Did you mean Margherita?")


def test_a_dish_that_is_not_there_has_its_reason() -> None:
    (secret,), _ = explainer().dish("Secret")
    assert secret.places == ()
    assert [reason.code for reason in secret.reasons] == ["condition", "condition"]
    assert 'item.name is "Secret"' in secret.reasons[0].message
    (hidden,), _ = explainer().dish("Vecchia")
    assert hidden.places == ()
    assert [reason.code for reason in hidden.reasons] == ["left-out"]
    assert "hidden" in hidden.reasons[0].message.casefold()


@pytest.mark.parametrize(
    ("expression", "paths"),
    [
        ("a.b == 'x' && !(c[0].d)", [("a", "b"), ("c", 0, "d")]),
        ("a[?b > `1`].c", [("a",)]),
        ("not_null(a.b, length(c))", [("a", "b"), ("c",)]),
        ("max_by(a.b, &c).d", [("a", "b")]),
        ("`1`", []),
        ("a.*.b", [("a",)]),
    ],
)
def test_what_a_formula_reads(expression: str, paths: list[tuple[str | int, ...]]) -> None:
    tree = parse(expression)
    assert not isinstance(tree, SyntaxFailure)
    assert list(paths_in(tree)) == paths


def test_the_literals_of_filters_are_known() -> None:
    assert selection("a[?b=='x' && c!='y z'].d[?e==`\"q\"`]").literals == ("x", "y z", "q")


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_good_path_records_nothing(platform: str) -> None:
    source = compiled(platform).payload.source()
    for call in ("run.wrote", "run.added", "run.keyed", "run.opened", "run.turn"):
        assert call not in source
