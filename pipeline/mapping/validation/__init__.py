"""What can be told of a mapping without any menu: types against the platform, and what is never used."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from pipeline.findings import Finding
from pipeline.mapping.compiled import CompiledMapping, compile_text
from pipeline.mapping.rules.reader import place
from pipeline.mapping.validation.arguments import argument_findings
from pipeline.mapping.validation.branches import branch_findings
from pipeline.mapping.validation.causes import without_consequences
from pipeline.mapping.validation.folding import folded
from pipeline.mapping.validation.identity import identity_findings
from pipeline.mapping.validation.not_sent import not_sent_findings
from pipeline.mapping.validation.payload_reads import payload_read_findings
from pipeline.mapping.validation.payload_types import PayloadChecker
from pipeline.mapping.validation.publishing import publishing_findings
from pipeline.mapping.validation.repeated import repeated_findings
from pipeline.mapping.validation.requests import request_findings
from pipeline.mapping.validation.secrets import secret_findings
from pipeline.mapping.validation.sections import section_findings
from pipeline.mapping.validation.shape_values import shape_findings
from pipeline.mapping.validation.tables import table_findings
from pipeline.mapping.validation.unreachable import unreachable_findings
from pipeline.mapping.validation.unused import unused_findings
from pipeline.mapping.yaml.source import Limits
from pipeline.payload_schema import PayloadSchema


def validate_file(path: Path) -> tuple[Finding, ...]:
    """Give everything that is wrong with a mapping file, by line, each once.

    Raises OSError where the file cannot be read.
    """
    with path.open("rb") as file:
        return validate_text(file.read(Limits().bytes + 1), path)


def validate_text(text: bytes, path: Path) -> tuple[Finding, ...]:
    """Give everything that is wrong with the text of a mapping that is, or will be, the file at ``path``."""
    return ordered(folded(every_finding(text, path)))


def every_finding(text: bytes, path: Path) -> tuple[Finding, ...]:
    """Give the findings one by one, where :func:`validate_text` tells the same words once."""
    compiled, findings = compile_text(text, path)
    root = None
    if compiled is not None:
        root = compiled.document.node
        findings = (*findings, *validate(compiled))
    return ordered(without_consequences(findings, root, text.decode("utf-8", errors="replace"), str(path)))


def validate(mapping: CompiledMapping) -> tuple[Finding, ...]:
    """Give what is wrong with a compiled mapping, beside what already kept it from loading."""
    found = [
        *mapping.conversation.problems,
        *argument_findings(mapping),
        *identity_findings(mapping),
        *unused_findings(mapping),
        *publishing_findings(mapping),
        *request_findings(mapping),
        *shape_findings(mapping),
        *secret_findings(mapping),
        *table_findings(mapping),
        *unreachable_findings(mapping),
        *branch_findings(mapping),
        *repeated_findings(mapping),
        *payload_read_findings(mapping),
    ]
    schema = PayloadSchema.load(mapping.schema_file)
    found += not_sent_findings(mapping, schema)
    found += section_findings(mapping, schema)
    if isinstance(schema, PayloadSchema):
        found += PayloadChecker(mapping, schema).findings()
    elif schema.code == "payload-schema-missing":
        # A mapping that is being written has no schema yet; all else can be checked.
        where = mapping.document.node.entry("platform") or mapping.document.node
        found.append(replace(schema, severity="warning", place=place(where.position)))
    else:
        found.append(schema)
    return tuple(found)


def ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Sort findings by place, each once."""

    def key(finding: Finding) -> tuple[str, int, int, str, str]:
        place = finding.place
        where = (place.file, place.line, place.column) if place else ("", 0, 0)
        return (*where, finding.code, finding.message)

    return tuple(sorted(dict.fromkeys(findings), key=key))
