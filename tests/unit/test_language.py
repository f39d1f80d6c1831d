"""The mapping language, case by case: ``tests/data/language/*.yaml``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline import json_text
from pipeline.mapping.compiler import runtime, templates
from pipeline.mapping.compiler.generator import Generator
from pipeline.mapping.compiler.program import Program
from pipeline.mapping.compiler.runtime import MISSING
from pipeline.mapping.nodes import Node, Sequence, Table
from pipeline.mapping.rules.reader import RuleReader, read_rules
from pipeline.mapping.transforms.registry import RunFacts
from pipeline.mapping.types import ANY
from pipeline.mapping.yaml.source import load

DATA = Path(__file__).parent.parent / "data" / "language"


def cases() -> list[Any]:
    found = []
    for path in sorted(DATA.glob("*.yaml")):
        root = load(path.read_bytes(), path.name).root
        plain = yaml.safe_load(path.read_text("utf-8"))
        assert isinstance(root, Sequence)
        for node, case in zip(root, plain, strict=True):
            found.append(pytest.param(node, case, id=f"{path.stem}: {case['name']}"))
    return found


def table(node: Node | None) -> dict[str, Any]:
    return {entry.key: entry.value for entry in node} if isinstance(node, Table) else {}


@pytest.mark.parametrize(("node", "case"), cases())
def test_case(node: Table, case: dict[str, Any]) -> None:
    reader = RuleReader([])
    payload, let = node.get("payload"), node.get("let")
    assert payload is not None
    rules = read_rules(
        payload=payload,
        let=let if isinstance(let, Table) else None,
        templates=table(node.get("templates")),
        chains=table(node.get("chains")),
        tables=case.get("tables", {}),
        reader=reader,
    )
    program = Program(rules, dict.fromkeys(case["data"], ANY), Generator.payload, "<case>")
    problems = [*reader.problems, *program.problems]
    assert [problem.code for problem in problems] == case.get("load_findings", []), [str(p) for p in problems]
    if problems:
        return
    facts = RunFacts(currency="EUR", tables=case.get("tables", {}))
    outcome = program.run(case["data"], facts)
    assert [finding.code for finding in outcome.findings] == case.get("findings", []), outcome.findings
    if "messages" in case:
        assert [finding.message for finding in outcome.findings] == case["messages"]
    again, recording = program.record(case["data"], facts)
    if case.get("absent"):
        assert outcome.value is MISSING
        return
    assert json_text.encode(again) == json_text.encode(outcome.value), "the precise build differs"
    assert recording is not None
    if "gives_text" in case:
        assert json_text.encode(outcome.value).decode() == case["gives_text"]
    else:
        assert json.loads(json_text.encode(outcome.value)) == case["gives"]


BRANCHING = """
templates: {t: {$if: "l[0]", a: {$use: t, $with: {l: "= l[1:]"}}, b: {$use: t, $with: {l: "= l[1:]"}}, n: "= l[0]"}}
payload: {$use: t, $with: {l: "= list"}}
"""
MULTIPLYING = "payload: [{$for: [a in list, b in list, c in list, d in list], $value: '= a'}]"


@pytest.mark.parametrize("text", [BRANCHING, MULTIPLYING])
def test_what_would_take_for_ever_is_stopped(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "MOST_TURNS", 5_000)
    monkeypatch.setattr(templates, "MOST_TURNS", 5_000)
    root = load(text.encode(), "case.yaml").root
    assert isinstance(root, Table)
    payload = root.get("payload")
    assert payload is not None
    rules = read_rules(
        payload=payload, let=None, templates=table(root.get("templates")), chains={}, tables={}, reader=RuleReader([])
    )
    program = Program(rules, {"list": ANY}, Generator.payload, "<case>")
    assert program.problems == []
    small, large = (program.run({"list": list(range(length))}, RunFacts(currency="EUR")) for length in (5, 30))
    assert small.value is not MISSING
    assert [finding.message for finding in large.findings] == [
        "For this menu the mapping's loops and templates turn more than 5,000 times."
    ]
