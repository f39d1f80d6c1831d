"""``validate``: everything that is wrong with mappings, told without any menu; ``--fix`` repairs what is certain."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pipeline import json_text
from pipeline.cli.console import colours_on, emit, tell, visible
from pipeline.cli.described import DescribedCommand
from pipeline.cli.diagnostics import Sources, diagnostics_text
from pipeline.cli.errors import Failure
from pipeline.cli.files import replace_whole
from pipeline.cli.findings_text import counts
from pipeline.cli.options import exit_code, format_option, mappings_argument, strict_option
from pipeline.findings import Finding
from pipeline.mapping.validation import ordered, validate_file
from pipeline.mapping.validation.fixes import repaired

KEYS = ("file", "line", "column", "severity", "code", "message", "hint")

EXAMPLE = [
    {
        "file": "mappings/pizza_post.yaml",
        "line": 21,
        "column": 19,
        "severity": "error",
        "code": "unknown-field",
        "message": "An item has no field `prise`.",
        "hint": "Did you mean `price`?",
    }
]


@click.command(
    cls=DescribedCommand,
    examples=["validate", "validate {platform} my-mapping.yaml --strict", "validate my-mapping.yaml --fix"],
    json_examples={"--format json": EXAMPLE},
)
@mappings_argument()
@format_option()
@click.option("--fix", is_flag=True, help="Repair in place what can only be meant one way; told line by line.")
@strict_option()
def command(mappings: tuple[Path, ...], form: str, fix: bool, strict: bool) -> int:
    """Tell everything that is wrong with mappings, by file, line and column, and what to write instead.

    Needs no menu and sends nothing. What each code means stands in docs/findings.md.
    """
    findings: list[Finding] = []
    for path in mappings:
        if fix:
            _repair(path)
        findings += _validated(path)
    found = ordered(findings)
    if form == "json":
        emit(json_text.pretty([as_json(finding) for finding in found]))
    else:
        text = diagnostics_text(found, Sources(), colours=colours_on(sys.stdout))
        if text:
            emit(text)
        number = f"{len(mappings)} mapping{'s' if len(mappings) != 1 else ''}"
        tell(f"{number} checked: {counts(found) if found else 'nothing wrong'}.")
    return exit_code(found, strict=strict)


def as_json(finding: Finding) -> dict[str, object]:
    """Give a finding as ``validate`` lists it; without a place, file, line and column are null."""
    place = finding.place
    where = (place.file, place.line, place.column) if place else (None, None, None)
    return dict(zip(KEYS, (*where, finding.severity, finding.code, finding.message, finding.hint), strict=True))


def _validated(path: Path) -> tuple[Finding, ...]:
    try:
        return validate_file(path)
    except OSError as error:
        raise Failure(f"{path} cannot be read: {error.strerror or error}.") from None


def _repair(path: Path) -> None:
    """Repair a file in place and say what was changed."""
    try:
        text = path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return  # told when it is validated
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    changed, repairs = repaired(text.removeprefix(mark), path)
    if not repairs:
        return
    try:
        replace_whole(path.resolve(), (mark + changed).encode("utf-8"))
    except OSError as error:
        raise Failure(f"{path} cannot be written: {error.strerror or error}.") from None
    for repair in repairs:
        where = f"{path}:{repair.line}"
        tell(visible(f"{where}: repaired [{repair.finding.code}]: {repair.before}  →  {repair.after}", 600))
