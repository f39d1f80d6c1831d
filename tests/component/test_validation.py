"""``validate`` finds each known mistake where it stands, tells it once, and says what to write instead."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.mapping.validation import validate_file, validate_text
from pipeline.mapping_files import mapping_files
from tests.framing import framed, shift
from tests.shared_files import REPOSITORY

CASES = REPOSITORY / "tests" / "data" / "broken_mappings"
EXAMPLE = REPOSITORY / "tests" / "data" / "findings" / "example.yaml"


def cases(name: str) -> list[Any]:
    found = yaml.safe_load((CASES / f"{name}.yaml").read_text("utf-8"))
    return [pytest.param(case, id=case["why"]) for case in found]


@pytest.mark.parametrize("path", mapping_files().values(), ids=lambda path: path.stem)
def test_shipped_mappings_have_nothing_wrong(path: Path) -> None:
    assert validate_file(path) == ()


@pytest.mark.parametrize("case", [*cases("traps"), *cases("checks"), *cases("edited")])
def test_a_fragment_is_told_by_one_finding(case: dict[str, Any]) -> None:
    where = next(key for key in ("dish", "sections", "file") if key in case)
    fragment: str = case[where]
    (finding,) = validate_text(framed(fragment, where).encode(), EXAMPLE)
    lines, columns = shift(fragment, where)
    assert finding.place is not None
    assert (finding.code, finding.place.line - lines, finding.place.column - columns) == (
        case["code"], case["line"], case["column"],
    )  # fmt: skip
    assert fragment.splitlines()[case["line"] - 1][case["column"] - 1 :].startswith(case["at"])
    assert case["says"] in f"{finding.message} {finding.hint}"


@pytest.mark.parametrize("case", cases("shipped"))
def test_a_changed_mapping_is_told_by_one_finding(case: dict[str, Any], tmp_path: Path) -> None:
    text = (REPOSITORY / "mappings" / f"{case['mapping']}.yaml").read_text("utf-8")
    old, new = case["change"]
    assert text.count(old) == 1
    text = text.replace(old, new)
    shutil.copytree(REPOSITORY / "mappings" / "payloads", tmp_path / "payloads")
    (finding,) = validate_text(text.encode(), tmp_path / f"{case['mapping']}.yaml")
    assert text.count(case["there"]) == 1
    start = text.index(case["there"])
    start = text.index(case["at"], start)
    line = text.count("\n", 0, start) + 1
    column = start - text.rfind("\n", 0, start)
    assert finding.place is not None
    assert (finding.code, finding.place.line, finding.place.column) == (case["code"], line, column)


def test_there_are_enough_of_them() -> None:
    """Every trap that people are known to fall into, and every promise of what is checked."""
    assert sum(len(cases(name)) for name in ("traps", "checks", "shipped")) >= 60


def test_checks_over_lists_in_lists_without_end_are_read() -> None:
    text = """\
platform: example
checks: [{unique: "tree[][].x", say: Twice}]
payload: {name: = restaurant.name, tree: {$use: tree, $with: {of: = menu.categories}}}
templates:
  tree:
    - $for: category in of
      $value: {$use: tree, $with: {of: = category.subcategories}}
"""
    assert validate_text(text.encode(), EXAMPLE) == ()


@pytest.mark.parametrize(
    "use",
    [
        "$value: = word", "$text: '{word}!'", "$if: word", "$unless: word", "$default: = word",
        "$transform: [{prefix: = word}]", "$if: item.hidden\n        $report: '{word}'",
        "$else: = word\n        $if: item.hidden", "deep: [{deeper: = word}]", "$key: = word",
    ],
)  # fmt: skip
def test_each_use_of_a_name_counts(use: str) -> None:
    """Only the finding about unused names matters here: some uses make no sense otherwise."""
    text = f"""\
platform: example
payload:
  items:
    - $for: item in menu.items
      field:
        $let: {{word: = item.name}}
        {use}
"""
    assert "unused-name" not in {finding.code for finding in validate_text(text.encode(), EXAMPLE)}
    unused = text.replace("$let: {word:", "$let: {other: = item.item_id, word:")
    assert "unused-name" in {finding.code for finding in validate_text(unused.encode(), EXAMPLE)}
