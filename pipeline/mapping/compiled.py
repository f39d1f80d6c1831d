"""A mapping, compiled: what turns one restaurant's menu into one platform's payload.

Made once per mapping text; safe to use from several threads, since each run has its own state.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from pipeline.findings import Finding
from pipeline.mapping.compiler.checks import CheckWriter
from pipeline.mapping.compiler.generator import Generator
from pipeline.mapping.compiler.origins import Recording
from pipeline.mapping.compiler.program import Outcome, Program
from pipeline.mapping.compiler.shape_program import ShapeProgram
from pipeline.mapping.compiler.slots import Slot
from pipeline.mapping.compiler.store_settings import settings_values, store_class
from pipeline.mapping.conversation.conversation import Conversation
from pipeline.mapping.expressions.scope import (
    HOURS,
    OPEN_RESTAURANT,
    PAYLOAD_NAMES,
    STEP_NAMES,
    OperationView,
    settings_record,
)
from pipeline.mapping.form.document import Mapping, read_document
from pipeline.mapping.form.extends import LoadedFile
from pipeline.mapping.nodes import Node
from pipeline.mapping.rules.growth import growth_findings
from pipeline.mapping.rules.reader import RuleReader, bound_names, read_rules
from pipeline.mapping.rules.rules import Rules
from pipeline.mapping.transforms.registry import RunFacts
from pipeline.mapping.types import TEXT, Type, record_of
from pipeline.mapping.yaml.source import Limits, load
from pipeline.menu import Restaurant
from pipeline.shaping.settings import Shape
from pipeline.shaping.views import MenuView, RestaurantView


@dataclass(frozen=True, slots=True)
class Facts:
    """What a run knows beside the menu. ``saved`` is what earlier answers gave."""

    store: Any
    operation: OperationView
    now: datetime
    environment: MappingOf[str, str] = field(default_factory=dict)
    saved: MappingOf[str, Any] = field(default_factory=dict)
    external_menu_id: str | None = None


class CompiledMapping:
    """One mapping's programs. ``findings`` holds what was wrong with it; errors keep it from running."""

    def __init__(self, document: Mapping, findings: list[Finding]) -> None:
        self.document = document
        self.platform = document.platform
        self.filename = f"<mapping {document.file}>"
        self.store_class = store_class(document.store_settings)
        self.environment_class = settings_record(
            "environment", {name: TEXT for values in document.environments.values() for name in values}
        )
        self.names: dict[str, Type] = {
            **PAYLOAD_NAMES,
            "store": record_of(self.store_class),
            "environment": record_of(self.environment_class),
        }
        hours = document.shape.hours if document.shape else None
        self.assumes_hours = hours is not None and hours.when_missing != "keep"
        if self.assumes_hours:
            self.names["restaurant"] = OPEN_RESTAURANT
        problems: list[Finding] = []
        reader = RuleReader(problems, {*self.names, *bound_names(document.node)}, document.chains)
        self.rules: Rules = read_rules(
            payload=document.payload,
            let=document.let,
            templates=document.templates,
            chains=document.chains,
            tables={name: dict(table.entries) for name, table in document.tables.items()},
            reader=reader,
        )
        self.payload = Program(self.rules, self.names, Generator.payload, self.filename)
        checks = CheckWriter(document.checks, reader)
        self.checks = Program(self.rules, {**self.names, "payload": STEP_NAMES["payload"]}, checks.write, self.filename)
        self.shaping = ShapeProgram(document.shape, self.rules, record_of(self.store_class), reader)
        found = [
            *findings,
            *problems,
            *growth_findings(self.rules),
            *self.payload.problems,
            *self.checks.problems,
            *self.shaping.problems,
        ]
        self.findings: tuple[Finding, ...] = _once(found)
        self._reader = reader

    @cached_property
    def conversation(self) -> Conversation:
        """How the mapping talks to its platform; compiled when it is first asked for."""
        return Conversation(self.document, self.rules, self.names, self.filename)

    def all_findings(self) -> tuple[Finding, ...]:
        """Give what is wrong anywhere in the mapping, in what is said to the platform, too."""
        return _once((*self.findings, *self.conversation.problems))

    @property
    def usable(self) -> bool:
        """Tell whether the mapping has no error."""
        return not any(finding.severity == "error" for finding in self.findings)

    @cached_property
    def schema_file(self) -> Path:
        """Where the platform's payload schema lies: ``payloads/NAME.json`` beside the mapping."""
        return self.document.schema_file(Path(self.document.file).parent)

    def store(self, given: MappingOf[str, Any], restaurant: Restaurant, *, examples: bool) -> tuple[Any, list[Finding]]:
        """Make ``store`` of a restaurant's settings; what is missing, wrong or assumed is told."""

        def evaluate(node: Node) -> Any:
            slot = Slot(self._reader.rule(node), {"restaurant": record_of(Restaurant)}, self.rules, self.filename)
            return slot.value({"restaurant": restaurant}, self.run_facts(restaurant))

        values, findings = settings_values(self.document.store_settings, given, evaluate=evaluate, examples=examples)
        return self.store_class(**values), findings

    def shape(self, restaurant: Restaurant, store: Any) -> tuple[Shape, list[Finding]]:
        """Give the shape that the mapping asks for, with its formulas' values for this restaurant."""
        return self.shaping.shape(self.platform, restaurant, store, self.run_facts(restaurant))

    def map(self, restaurant: RestaurantView, menu: MenuView, facts: Facts) -> Outcome:
        """Make the payload; values that fail are findings and the rest is made."""
        return self.payload.run(self.values(restaurant, menu, facts), self.run_facts(restaurant))

    def record(self, restaurant: RestaurantView, menu: MenuView, facts: Facts) -> tuple[Any, Recording]:
        """Make the payload once more and note where each field came from."""
        return self.payload.record(self.values(restaurant, menu, facts), self.run_facts(restaurant))

    def check(self, restaurant: RestaurantView, menu: MenuView, facts: Facts, payload: Any) -> tuple[Finding, ...]:
        """Hold a menu and its payload against the mapping's checks."""
        names = {**self.values(restaurant, menu, facts), "payload": payload}
        return self.checks.run(names, self.run_facts(restaurant)).findings

    def values(self, restaurant: RestaurantView, menu: MenuView, facts: Facts) -> dict[str, Any]:
        """Give the values of the global names."""
        if self.assumes_hours and restaurant.hours is None:
            # Told as an error by then; what can be made of the rest is still made.
            restaurant = msgspec.structs.replace(restaurant, **{name: [] for name in HOURS})
        known = self.environment_class.__struct_fields__
        return {
            "restaurant": restaurant,
            "menu": menu,
            "store": facts.store,
            "environment": self.environment_class(*(facts.environment.get(name, "") for name in known)),
            "external_menu_id": facts.external_menu_id,
            "saved": facts.saved,
            "operation": facts.operation,
            "now": facts.now.isoformat(timespec="seconds"),
            "platform": self.platform,
        }

    def run_facts(self, restaurant: Restaurant | RestaurantView) -> RunFacts:
        """Give what transforms know of a restaurant."""
        return RunFacts(
            currency=restaurant.currency,
            timezone=restaurant.timezone,
            locale=restaurant.locale,
            language=restaurant.locale.split("-")[0].lower(),
            tables=self.rules.tables,
        )


def _once(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Drop what is told of one place twice: payload and checks share names, and know different ones beside them."""
    kept: dict[object, Finding] = {}
    for each in findings:
        kept.setdefault((each.code, each.place, each.message), each)
    return tuple(kept.values())


def compile_file(path: Path) -> tuple[CompiledMapping | None, tuple[Finding, ...]]:
    """Read and compile a mapping file; it is None where the file has no usable form at all."""
    with path.open("rb") as file:
        return compile_text(file.read(Limits().bytes + 1), path)


def compile_text(text: bytes, path: Path) -> tuple[CompiledMapping | None, tuple[Finding, ...]]:
    """Compile the text of a mapping that is, or will be, the file at ``path``."""
    loaded = load(text, str(path))
    if loaded.root is None:
        return None, loaded.findings
    document, findings = read_document(loaded.root, str(path), base=lambda name: _beside(path, name))
    findings = [*loaded.findings, *findings]
    if document is None:
        return None, tuple(findings)
    compiled = CompiledMapping(document, findings)
    return compiled, compiled.findings


def _beside(path: Path, platform: str) -> LoadedFile | None:
    other = path.parent / f"{platform}.yaml"
    return load(other.read_bytes(), str(other)) if other.is_file() else None
