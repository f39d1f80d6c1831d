"""The catalogue of findings: every code that the source tells is in it, and its examples are true."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from pipeline.catalogue import AREAS, Entry, catalogue
from pipeline.catalogue.page import markdown
from pipeline.findings import Finding
from pipeline.mapping.mistakes import CODES
from pipeline.mapping.validation import validate_text
from tests.framing import framed
from tests.shared_files import REPOSITORY

FOLDER = Path(__file__).parent.parent / "data" / "findings"
CODE = re.compile(r"[a-z]+(-[a-z]+)+")
WITHOUT_EXAMPLE = {
    "yaml-encoding", "yaml-limit", "yaml-syntax", "formula-limit",  # a huge, or an unusually broken file
    "file-unreadable", "extends-unreadable", "payload-schema-missing", "payload-schema-broken",  # another file
    "more-problems", "too-many", "too-deep", "split-formula", "expression-form", "transform-form",  # behind another one
}  # fmt: skip


def found(example: str, where: str) -> tuple[Finding, ...]:
    return validate_text(framed(example, where).encode(), FOLDER / "example.yaml")


def with_examples() -> list[Entry]:
    return [entry for entry in catalogue().values() if entry.wrong]


@pytest.mark.parametrize("entry", with_examples(), ids=lambda entry: entry.code)
def test_the_wrong_example_gives_this_finding_alone(entry: Entry) -> None:
    told = found(entry.wrong, entry.where)
    assert [(finding.code, finding.severity) for finding in told] == [(entry.code, entry.severity)]
    assert all(finding.hint or " takes " in finding.message for finding in told)


@pytest.mark.parametrize("entry", with_examples(), ids=lambda entry: entry.code)
def test_the_right_example_gives_none(entry: Entry) -> None:
    assert found(entry.right, entry.where) == ()


def test_codes_of_mappings_have_examples() -> None:
    areas = list(AREAS)[: list(AREAS).index("running")]
    lacking = {entry.code for entry in catalogue().values() if entry.area in areas and not entry.wrong}
    assert lacking == WITHOUT_EXAMPLE


def told_codes(path: Path) -> set[str]:
    """Give the codes that a source file can tell: what is given to a finding, or to a function that makes one."""
    makers = {"Finding", "Problem", "Mistake", "finding", "problem", "_problem", "_finding", "error", "warning",
              "_tell", "mistake", "tell"}  # fmt: skip
    codes: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            first = node.args[0] if node.args else None
            if name not in makers or not isinstance(first, ast.Constant) or not isinstance(first.value, str):
                continue
            if CODE.fullmatch(first.value) or name == "Finding":
                codes.add(first.value)
    return codes


def sources() -> list[Path]:
    found = [path for folder in ("pipeline", "connectors") for path in (REPOSITORY / folder).rglob("*.py")]
    return [path for path in found if path.name != "reference.py"]  # its finding is an example


def test_every_told_code_is_in_the_catalogue() -> None:
    unknown = {code: path.name for path in sources() for code in told_codes(path) if code not in catalogue()}
    assert unknown == {}


def test_every_code_of_the_catalogue_is_told_somewhere() -> None:
    words: set[str] = set()
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                words.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                words.update(_joined(node))
    assert {code for code in catalogue() if code not in words} == set()


def _joined(node: ast.JoinedStr) -> set[str]:
    """Give the codes that ``f"unused-{kind}"`` can be."""
    first = node.values[0]
    if not isinstance(first, ast.Constant) or first.value != "unused-":
        return set()
    return {f"unused-{kind}" for kind in ("template", "table", "chain", "name", "setting", "credential")}


def test_mistakes_of_reading_stand_where_they_belong() -> None:
    for code in CODES:
        assert catalogue()[code].area in ("files", "formulas")


def test_the_page_has_a_section_for_each_code() -> None:
    page = markdown()
    for code in catalogue():
        assert page.count(f"\n### {code}\n") == 1
        assert page.count(f"](#{code})") == 1
