"""Runs examples: each menu becomes a payload, and what must stand in it is looked up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline import json_text
from pipeline.examples.compare import difference, shown
from pipeline.examples.form import Example, Expected
from pipeline.explaining.explain import Explainer
from pipeline.explaining.explanation import Explanation
from pipeline.explaining.selection import WrongField
from pipeline.findings import Finding, stops_publishing
from pipeline.mapping.compiled import CompiledMapping
from pipeline.mapping.compiler.runtime import MISSING
from pipeline.mapping.expressions.scope import OperationView
from pipeline.mapping.nodes import Position
from pipeline.mapping.paths import ENTRY, KEY
from pipeline.menu import Menu
from pipeline.preview import Preview, preview
from pipeline.reading import Reading, read_file, read_menu
from pipeline.violations import display_path

NOW = datetime(2031, 5, 1, 12, 0, tzinfo=UTC)
"""When it is in an example that does not say."""
OPERATION = OperationView("op-example", "example")
MENUS = "menus"
FILLED_IN = frozenset({"setting-example"})
"""What is only told because an example leaves out what it is not about."""
MOST_TOLD = 5


@dataclass(frozen=True, slots=True)
class Problem:
    """One expectation that does not hold: where the example says it, and the mapping's line behind the field."""

    message: str
    file: str
    line: int
    field: str = ""
    mapping: str = ""
    rule: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one example."""

    platform: str
    example: str
    file: str
    line: int
    problems: tuple[Problem, ...]

    @property
    def passed(self) -> bool:
        """Tell whether all expectations hold."""
        return not self.problems

    def as_json(self) -> dict[str, Any]:
        """Give its JSON form."""
        return {**asdict(self), "passed": self.passed}


def run_example(mapping: CompiledMapping, example: Example) -> Result:
    """Run one example."""
    problems = tuple(_Run(mapping, example).problems())
    position = example.position
    return Result(mapping.platform, example.example, position.file, position.line, problems)


class _Run:
    def __init__(self, mapping: CompiledMapping, example: Example) -> None:
        self.mapping, self.example = mapping, example
        self.findings: tuple[Finding, ...] = ()
        self.made: Preview | None = None
        self.menu: Menu | None = None
        self._explainer: Explainer | None = None

    def problems(self) -> Iterator[Problem]:
        """Give everything that is not as the example says."""
        now = self._now()
        if isinstance(now, Problem):
            yield now
            return
        reading = self._reading()
        if isinstance(reading, Problem):
            yield reading
            return
        self.menu = reading.menu
        self.findings = tuple(reading.findings)
        if reading.menu is not None:
            made = preview(self.mapping, reading.menu, store=self.example.store or {}, now=now, operation=OPERATION)
            told = (finding for finding in made.findings if finding.code not in FILLED_IN)
            self.made, self.findings = made, (*self.findings, *told)
        yield from self._publishing()
        for expected in self.example.expect or ():
            yield from self._expected(expected)
        for expected in self.example.absent:
            yield from self._absent(expected)
        yield from self._told()

    def _now(self) -> datetime | Problem:
        if self.example.now is None:
            return NOW
        now: datetime | None
        try:
            now = datetime.fromisoformat(self.example.now)
        except ValueError:
            now = None
        if now is None or now.tzinfo is None:
            return self._problem(self._at("now"), "`now` needs an instant with its zone: 2031-05-01T12:00:00Z.")
        return now

    def _reading(self) -> Reading | Problem:
        menu = self.example.menu
        if isinstance(menu, dict):
            return read_menu(json_text.encode(menu))
        folder = Path(self.example.position.file).parent / MENUS
        file = folder / (menu if menu.endswith(".json") else f"{menu}.json")
        if file.resolve().parent != folder.resolve() or not file.is_file():
            known = ", ".join(sorted(path.stem for path in folder.glob("*.json")))
            return self._problem(self._at("menu"), f"There is no menu `{menu}`. There are: {known or 'none'}.")
        return read_file(str(file))

    def _publishing(self) -> Iterator[Problem]:
        stops = [str(finding) for finding in self.findings if finding.severity in ("error", "hold")]
        stopped = stops_publishing(self.findings) or self.made is None or self.made.payload is None
        if stopped and self.example.published:
            told = " ".join(stops[:MOST_TOLD]) or "the mapping gives no payload."
            yield self._problem(self._at("published"), f"It would not be published: {told}")
        elif not stopped and not self.example.published:
            yield self._problem(self._at("published"), "It would be published, and the example says it would not.")

    def _expected(self, expected: Expected) -> Iterator[Problem]:
        places = self._places(expected)
        if isinstance(places, Problem):
            yield places
            return
        if not places:
            message = f"expected {shown(expected.value)}, found nothing: no entry fits the path"
            yield self._problem(expected.position, message, expected)
            return
        collected = any(part in (ENTRY, KEY) for part in expected.path.segments)
        if collected and isinstance(expected.value, list):
            told = difference(expected.value, [value for _, value in places])
            if told:
                yield self._failed(expected, told, places[0][0])
            return
        for path, value in places[:MOST_TOLD]:
            told = difference(expected.value, value)
            if told:
                yield self._failed(expected, told, path)

    def _absent(self, expected: Expected) -> Iterator[Problem]:
        places = self._places(expected)
        if isinstance(places, Problem):
            yield places
            return
        for path, value in places:
            if value is not MISSING:
                yield self._failed(expected, f"expected nothing, found {shown(value)}", path)
                return

    def _told(self) -> Iterator[Problem]:
        entry = self.example.node.entry("findings")
        if entry is None:
            return
        all_told = "; ".join(f"{one.code}: {one.message}" for one in self.findings[:MOST_TOLD]) or "nothing"
        for said in self.example.findings:
            if not any(_says(finding, said.text) for finding in self.findings):
                yield self._problem(said.position, f"expected to be told `{said.text}`, was told {all_told}")
        if not self.example.findings and self.findings:
            yield self._problem(entry.position, f"expected that nothing is told, was told {all_told}")

    # Where it comes from -------------------------------------------------------------------------

    def _places(self, expected: Expected) -> list[tuple[tuple[str | int, ...], Any]] | Problem:
        payload = self.made.payload if self.made is not None else None
        try:
            places = list(expected.path.places(payload))
        except WrongField as error:
            return self._problem(expected.position, str(error), expected)
        return [
            ((*place.path, *place.rest), MISSING if place.rest else _value(payload, place.path)) for place in places
        ]

    def _failed(self, expected: Expected, message: str, path: tuple[str | int, ...]) -> Problem:
        explanation = self._explanation(display_path(path))
        if explanation is None or explanation.place is None:
            return self._problem(expected.position, message, expected)
        reason = explanation.reason.message if explanation.reason is not None else ""
        position = expected.position
        return Problem(
            message,
            position.file,
            position.line,
            explanation.field,
            f"{explanation.place.file}:{explanation.place.line}",
            explanation.line.strip(),
            reason,
        )

    def _explanation(self, path: str) -> Explanation | None:
        if self.made is None or self.made.shaped is None or self.menu is None:
            return None
        if self._explainer is None:
            self._explainer = Explainer(self.mapping, self.menu, self.made, self.findings)
        fields = self._explainer.fields(path, limit=1).fields
        return fields[0] if fields else None

    def _at(self, name: str) -> Position:
        entry = self.example.node.entry(name)
        return entry.position if entry is not None else self.example.position

    def _problem(self, position: Position, message: str, expected: Expected | None = None) -> Problem:
        return Problem(message, position.file, position.line, expected.path.text if expected else "")


def _says(finding: Finding, text: str) -> bool:
    return finding.code == text or text.casefold() in f"{finding.message} {finding.hint}".casefold()


def _value(payload: Any, path: tuple[str | int, ...]) -> Any:
    for part in path:
        payload = payload[part]
    return payload
