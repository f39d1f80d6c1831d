"""A compiled set of rules: the fast build, and the precise one that is made when a value failed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from pipeline.findings import Finding
from pipeline.mapping.compiler.generator import Generator
from pipeline.mapping.compiler.origins import Recording
from pipeline.mapping.compiler.runtime import MISSING, Endless, Run, granted, records_of
from pipeline.mapping.rules.made import Made
from pipeline.mapping.rules.reader import place
from pipeline.mapping.rules.rules import Rules
from pipeline.mapping.transforms.registry import RunFacts
from pipeline.mapping.types import Type

FUNCTION = "compiled"
MOST_FAILURES = 1_000
Write = Callable[[Generator], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run gave: the value (:data:`~pipeline.mapping.compiler.runtime.MISSING` without one) and findings."""

    value: Any
    findings: tuple[Finding, ...]


@dataclass
class _Build:
    generator: Generator
    filename: str

    @cached_property
    def function(self) -> Callable[[Mapping[str, Any], Run], Any]:
        """The compiled function; Python is made of the source only when it is first needed."""
        if any(finding.severity == "error" for finding in self.generator.problems):
            return _refused
        function: Callable[[Mapping[str, Any], Run], Any] = self.generator.code.run(self.filename)[FUNCTION]
        return function

    def run(
        self, names: Mapping[str, Any], facts: RunFacts, recording: Recording | None = None
    ) -> tuple[Any, Run, Exception | None]:
        run = Run(
            facts,
            self.generator.code,
            self.filename,
            self.generator.sites,
            spent=-granted(names),
            recording=recording,
        )
        try:
            return self.function(names, run), run, None
        except Exception as error:  # noqa: BLE001  # any failure of a value: the precise build tells which
            return MISSING, run, error


@dataclass
class Program:
    """One function made of rules. ``write`` writes ``def compiled(names, run)`` with a generator."""

    rules: Rules
    names: Mapping[str, Type]
    write: Write
    filename: str
    problems: list[Finding] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Generate the fast build at once: its problems are the mapping's."""
        self._fast = self._build(precise=False)
        self.problems = list(dict.fromkeys(self._fast.generator.problems))

    @cached_property
    def _precise(self) -> _Build:
        return self._build(precise=True)

    @property
    def made(self) -> Made:
        """What the rules make, field by field."""
        return self._fast.generator.made

    def ready(self) -> bool:
        """Make Python of the source now rather than at the first run; tell whether it can run."""
        return self._fast.function is not _refused

    def source(self) -> str:
        """Give the generated Python, for the curious."""
        return self._fast.generator.code.source()

    @property
    def globals(self) -> dict[str, Any]:
        """The constants and runtime functions that the generated Python uses."""
        return self._fast.generator.code.globals

    def run(self, names: Mapping[str, Any], facts: RunFacts) -> Outcome:
        """Run the fast build; where a value fails, run the precise one and name every bad record."""
        value, run, error = self._fast.run(names, facts)
        if error is None:
            return Outcome(value, tuple(run.findings))
        value, run, error = self._precise.run(names, facts)
        if error is not None:
            trail = records_of(error.trail) if isinstance(error, Endless) else ()
            position = run.code.position_of(error, self.filename)
            text = str(error) or type(error).__name__
            where = place(position) if position else None
            run.findings.append(Finding("value-failed", "error", text, "", where, trail))
        told = run.findings[:MOST_FAILURES]
        if more := len(run.findings) - len(told):
            hint = "Correct those that are listed and run it again."
            told.append(Finding("value-failed", "error", f"{more:,} more values failed, which are not listed.", hint))
        return Outcome(value, tuple(told))

    def record(self, names: Mapping[str, Any], facts: RunFacts) -> tuple[Any, Recording]:
        """Make the value once more with the precise build, and note where each field came from."""
        generator = self._precise.generator
        recording = Recording(generator.sites, generator.scenes)
        value, _, _ = self._precise.run(names, facts, recording)
        return value, recording

    def _build(self, *, precise: bool) -> _Build:
        generator = Generator(self.rules, self.names, precise=precise)
        self.write(generator)
        return _Build(generator, self.filename)


def _refused(names: Mapping[str, Any], run: Run) -> Any:
    raise ValueError("The mapping has errors and cannot run.")
