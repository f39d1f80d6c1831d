"""Credentials where they would be published or written down."""

from __future__ import annotations

from pipeline.findings import Finding
from pipeline.mapping.compiled import CompiledMapping


def secret_findings(mapping: CompiledMapping) -> list[Finding]:
    """Give what would give a secret away."""
    return []
