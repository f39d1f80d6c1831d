"""What can be told of a mapping without any menu: types against the platform, and what is never used."""

from __future__ import annotations

from pathlib import Path

from pipeline.findings import Finding
from pipeline.mapping.compiled import CompiledMapping, compile_file
from pipeline.mapping.validation.payload_types import PayloadChecker
from pipeline.mapping.validation.publishing import publishing_findings
from pipeline.mapping.validation.unused import unused_findings
from pipeline.payload_schema import PayloadSchema


def validate_file(path: Path) -> tuple[Finding, ...]:
    """Give everything that is wrong with a mapping file, by line, each once."""
    compiled, findings = compile_file(path)
    if compiled is None:
        return ordered(findings)
    return ordered((*findings, *validate(compiled)))


def validate(mapping: CompiledMapping) -> tuple[Finding, ...]:
    """Give what is wrong with a compiled mapping, beside what already kept it from loading."""
    found = [*mapping.conversation.problems, *unused_findings(mapping), *publishing_findings(mapping)]
    schema = PayloadSchema.load(mapping.schema_file)
    if isinstance(schema, Finding):
        found.append(schema)
    else:
        found += PayloadChecker(mapping, schema).findings()
    return tuple(found)


def ordered(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Sort findings by place, each once."""

    def key(finding: Finding) -> tuple[str, int, int, str]:
        place = finding.place
        return (place.file, place.line, place.column, finding.code) if place else ("", 0, 0, finding.code)

    return tuple(sorted(dict.fromkeys(findings), key=key))
