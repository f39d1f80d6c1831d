"""One mistake, one finding: what only follows from a finding at the same place is not told again."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.findings import Finding


def without_consequences(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Give the findings without those that say again what another says."""
    return tuple(dict.fromkeys(findings))
