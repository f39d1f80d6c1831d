"""``test``: runs the examples of mappings, or with ``--stress`` menus that bite."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from pipeline.cli.console import emit, visible, width_of
from pipeline.cli.described import DescribedCommand
from pipeline.cli.errors import WrongUse
from pipeline.cli.findings_text import tell_findings
from pipeline.cli.options import exit_code, format_option, mappings_argument
from pipeline.cli.tables import table_text
from pipeline.examples.folder import examples_beside
from pipeline.examples.run import Problem, Result, run_example
from pipeline.findings import Finding, as_json
from pipeline.json_text import pretty
from pipeline.mapping.compiled import CompiledMapping, compile_file
from pipeline.mapping_files import UnknownPlatform, find_mapping
from pipeline.stress.run import Report, stress

EXAMPLE = {
    "examples": [
        {
            "platform": "pizza_post",
            "example": "A price becomes whole cents",
            "file": "mappings/examples/pizza_post.yaml",
            "line": 7,
            "passed": False,
            "problems": [
                {
                    "message": 'expected 1299, found "12.99"',
                    "file": "mappings/examples/pizza_post.yaml",
                    "line": 10,
                    "field": "dishes[0].price",
                    "mapping": "mappings/pizza_post.yaml:21",
                    "rule": "price: = item.price -> string",
                    "reason": "",
                }
            ],
        }
    ],
    "passed": 0,
    "failed": 1,
    "findings": [],
}
STRESS_EXAMPLE = {
    "platform": "pizza_post",
    "seed": 1,
    "menus": [
        {
            "menu": "emoji",
            "about": "Names of emoji that are made of several characters",
            "state": "warnings",
            "first": {"code": "text-cleaned", "message": "…", "dish": "Pizza 🍕", "mapping": ""},
            "findings": 3,
        }
    ],
}
STATE_WORDS = {"pass": "pass", "warnings": "warnings", "refused": "refused", "broken": "BROKEN"}


@click.command(
    cls=DescribedCommand,
    examples=["test", "test {platform}", "test --stress {platform} --seed 7"],
    json_examples={"--format json": EXAMPLE, "--stress {platform} --format json": STRESS_EXAMPLE},
)
@mappings_argument()
@click.option("--stress", metavar="PLATFORM", help="Instead of examples: generated menus that bite, on one platform.")
@click.option("--seed", type=int, default=1, show_default=True, help="Which random menus --stress makes.")
@format_option()
def command(mappings: tuple[Path, ...], stress: str | None, seed: int, form: str) -> int:
    """Run the examples that lie in `examples` beside the mappings, and tell what is not as they say.

    With --stress it tells, for each menu that is made to be difficult, whether it passes, or which check or payload
    rule refuses it first, for which dish and by which line.
    """
    if stress is not None:
        return _stress(stress, seed, form)
    found, findings = examples_beside(mappings)
    results: list[Result] = []
    for path in mappings:
        mapping = _compiled(path, findings)
        if mapping is not None:
            mine = [each for each in found if each.file.platform == mapping.platform]
            results += [run_example(mapping, example) for each in mine for example in each.file.examples]
    failed = [result for result in results if not result.passed]
    if form == "json":
        document = {
            "examples": [result.as_json() for result in results],
            "passed": len(results) - len(failed),
            "failed": len(failed),
            "findings": [as_json(finding) for finding in findings],
        }
        emit(pretty(document))
    else:
        if results or not findings:
            emit("\n".join(_lines(results)))
        tell_findings(findings)
    return int(bool(failed) or bool(exit_code(findings, strict=False)))


def _compiled(path: Path, findings: list[Finding]) -> CompiledMapping | None:
    mapping, told = compile_file(path)
    findings += (finding for finding in told if finding.severity == "error")
    return mapping if mapping is not None and mapping.usable else None


def _lines(results: list[Result]) -> Iterator[str]:
    for result in results:
        for problem in result.problems:
            yield f"FAILED {visible(result.example)} ({result.platform}, {result.file}:{result.line})"
            yield from (f"    {visible(line)}" for line in _problem(problem))
    failed = sum(not result.passed for result in results)
    if not results:
        yield "There are no examples. docs/examples.md says how to write one."
    else:
        yield f"{len(results) - failed} passed, {failed} failed"


def _problem(problem: Problem) -> Iterator[str]:
    yield f"{problem.file}:{problem.line}: {problem.field + ': ' if problem.field else ''}{problem.message}"
    if problem.reason:
        yield f"because {problem.reason}"
    if problem.mapping:
        yield f"made by {problem.mapping}: {problem.rule}"


def _stress(platform: str, seed: int, form: str) -> int:
    try:
        path = find_mapping(platform)
    except UnknownPlatform as error:
        raise WrongUse(str(error)) from None
    findings: list[Finding] = []
    mapping = _compiled(path, findings)
    reports: list[Report] = []
    if mapping is not None:
        reports = stress(mapping, seed=seed)
        if form == "json":
            menus = [report.as_json() for report in reports]
            emit(pretty({"platform": mapping.platform, "seed": seed, "menus": menus}))
        else:
            rows = [(report.menu, STATE_WORDS[report.state], report.told()) for report in reports]
            emit(table_text(("menu", "result", "first told"), rows, width=width_of(sys.stdout)))
    tell_findings(findings)
    broken = any(report.state == "broken" for report in reports)
    return int(broken or bool(exit_code(findings, strict=False)))
