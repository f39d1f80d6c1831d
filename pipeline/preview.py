"""Read → shape → map → check, in one call: what a publish would send, and everything to be told of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from pipeline import json_text
from pipeline.collector import collector_paused
from pipeline.findings import Finding, Place, stops_publishing
from pipeline.mapping.compiled import CompiledMapping, Facts
from pipeline.mapping.compiler.runtime import MISSING
from pipeline.mapping.expressions.scope import OperationView
from pipeline.menu import Menu
from pipeline.payload_schema import PayloadSchema
from pipeline.shaping import Shaped, shape_menu
from pipeline.telemetry import telemetry
from pipeline.violations import display_path


@dataclass(frozen=True, slots=True)
class Preview:
    """What one menu becomes on one platform. ``payload`` is None where nothing could be made."""

    platform: str
    payload: Any
    findings: tuple[Finding, ...]
    shaped: Shaped | None = None
    facts: Facts | None = None
    schema_checked: bool = False
    plain: bool = False
    """Whether the mapping is known to make no decimals, which are written with more care."""
    written: json_text.Written | None = None
    """The payload's bytes, where they had to be counted."""

    @property
    def publishable(self) -> bool:
        """Tell whether a publish would send this payload."""
        return self.payload is not None and not stops_publishing(self.findings)

    def text(self) -> str:
        """Give the payload as people read it."""
        return json_text.pretty(self.payload)

    def data(self) -> bytes:
        """Give the payload as it is sent."""
        return self.written.data if self.written else json_text.encode(self.payload, plain=self.plain)


@collector_paused()
def preview(
    mapping: CompiledMapping,
    menu: Menu,
    *,
    store: Mapping[str, Any],
    environment: Mapping[str, str] | None = None,
    now: datetime | None = None,
    saved: Mapping[str, Any] | None = None,
    external_menu_id: str | None = None,
    operation: OperationView | None = None,
    examples: bool = True,
    adjust: Callable[[Shaped], None] | None = None,
    only_shaped: bool = False,
) -> Preview:
    """Make a menu's payload and everything to be told of it; nothing is sent or stored.

    ``store`` holds the restaurant's settings as written; ``examples`` fills missing ones from the
    mapping's examples, and tells. ``adjust`` may change the shaped views, such as what is sold out, before they are
    mapped. ``only_shaped``: nothing is mapped or checked.
    """
    now = now or datetime.now(UTC)
    operation = operation or OperationView("op-preview", "preview")
    about = {"restaurant_id": menu.restaurant.restaurant_id, "platform": mapping.platform, "operation": operation.id}
    findings: list[Finding] = []
    with telemetry.span("map", **about):
        settings, told = mapping.store(store, menu.restaurant, examples=examples)
        findings += told
        shape, told = mapping.shape(menu.restaurant, settings)
        findings += told
        shaped = shape_menu(menu, shape, now)
        findings += shaped.findings
        if adjust is not None:
            adjust(shaped)
        count = len(shaped.menu.items)
        telemetry.note(item_count=count)
        facts = Facts(
            store=settings,
            operation=operation,
            now=now,
            environment=environment or {},
            saved=saved or {},
            external_menu_id=external_menu_id,
        )
        if only_shaped:
            return Preview(mapping.platform, None, tuple(findings), shaped, facts)
        outcome = mapping.map(shaped.restaurant, shaped.menu, facts)
        findings += outcome.findings
    if outcome.value is MISSING:
        if not any(finding.severity == "error" for finding in findings):
            findings.append(Finding("payload-missing", "error", "The mapping gives no payload for this menu."))
        return Preview(mapping.platform, None, tuple(findings), shaped, facts)
    with telemetry.span("check", item_count=count, **about):
        findings += mapping.check(shaped.restaurant, shaped.menu, facts, outcome.value)
        checked = schema_findings(mapping, shaped, facts, outcome.value, findings)
        plain = mapping.payload.made.plain
        written = _counted(mapping, outcome.value, findings, plain=plain)
    return Preview(mapping.platform, outcome.value, tuple(findings), shaped, facts, checked, plain, written)


def _counted(
    mapping: CompiledMapping, payload: Any, findings: list[Finding], *, plain: bool
) -> json_text.Written | None:
    """Write a payload and tell where it has more bytes than the platform takes; nothing where no limit is known."""
    most = mapping.document.max_bytes
    if most is None:
        return None
    try:
        written = json_text.Written.of(payload, plain=plain)
    except json_text.NotJson:
        return None  # told by whoever sends or shows it
    if len(written.data) > most:
        size = f"The payload has {len(written.data):,} bytes"
        message = f"{size}; {mapping.document.label} takes {most:,} at most, so it is not sent."
        hint = "Take dishes, options or long texts out of the menu, or leave some out with `shape.leave_out`."
        entry = mapping.document.node.entry("max_bytes")
        at = entry.position if entry is not None else None
        where = Place(at.file, at.line, at.column) if at is not None else None
        findings.append(Finding("payload-too-large", "error", message, hint, where))
    return written


def schema_findings(
    mapping: CompiledMapping, shaped: Shaped, facts: Facts, payload: Any, findings: list[Finding]
) -> bool:
    """Hold a payload against the platform's schema; each violation is told with its mapping line and dish."""
    schema = payload_schema(mapping.schema_file)
    if isinstance(schema, Finding):
        # A mapping that is being written has no schema yet: its payload is shown, and said not to be checked.
        missing = schema.code == "payload-schema-missing"
        findings.append(replace(schema, severity="warning") if missing else schema)
        return False
    violations = schema.check(payload)
    if not violations:
        return True
    again, recording = mapping.record(shaped.restaurant, shaped.menu, facts)
    for violation in violations:
        origin = recording.origin(again, violation.path)
        place = Place(origin.position.file, origin.position.line, origin.position.column) if origin.position else None
        findings.append(
            Finding("payload-schema", "error", str(violation), "", place, origin.records, display_path(violation.path))
        )
    return True


@cache
def payload_schema(path: Path) -> PayloadSchema | Finding:
    """Load a payload schema once."""
    return PayloadSchema.load(path)
