"""The matrix: the internal menu's fields by platform, and each platform's fields that stay empty."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

from pipeline.coverage.offered import Unfilled, unfilled
from pipeline.mapping.arrivals.arrivals import Arrival, Follower
from pipeline.mapping.arrivals.fields import RECORDS, Carriers, carriers, rows, settled
from pipeline.mapping.arrivals.reads import Condition
from pipeline.mapping.compiled import CompiledMapping
from pipeline.mapping.expressions.scope import ChangesView, ChangeView
from pipeline.mapping.rules.reader import RuleReader
from pipeline.mapping.types import fields_of
from pipeline.payload_schema import PayloadSchema

State = Literal["reaches", "sometimes", "apart", "lost"]
STATES: dict[State, str] = {
    "reaches": "whenever the menu has it",
    "sometimes": "under a condition, or in part",
    "apart": "by a call of its own, not in the payload",
    "lost": "not at all",
}
MOST_SHOWN = 6

_CHANGES = {"available": "availability", "until": "sold_out_until"}


@dataclass(frozen=True, slots=True)
class Target:
    """Where a field arrives: the payload path, or a step's name, and the mapping's line."""

    path: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Cell:
    """What becomes of one field on one platform; ``because`` says when, or why not."""

    state: State
    because: tuple[str, ...] = ()
    targets: tuple[Target, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One field of the internal menu, with its cell per platform."""

    field: str
    cells: dict[str, Cell]


@dataclass(frozen=True, slots=True)
class Platform:
    """One column; ``unfilled`` is None where there is no payload schema to compare with."""

    name: str
    title: str
    file: str
    unfilled: tuple[Unfilled, ...] | None


@dataclass(frozen=True, slots=True)
class Matrix:
    """The whole comparison."""

    platforms: tuple[Platform, ...]
    rows: tuple[Row, ...]

    def counts(self, platform: str) -> dict[State, int]:
        """Tell how many fields are in each state on a platform."""
        states = [row.cells[platform].state for row in self.rows]
        return {state: states.count(state) for state in STATES}

    def as_json(self) -> dict[str, Any]:
        """Give its JSON form, the same on every surface."""
        return {
            "states": dict(STATES),
            "platforms": [{**asdict(platform), "counts": self.counts(platform.name)} for platform in self.platforms],
            "fields": [
                {"field": row.field, "platforms": {name: asdict(cell) for name, cell in row.cells.items()}}
                for row in self.rows
            ],
        }


def coverage(mappings: Iterable[CompiledMapping]) -> Matrix:
    """Compute the matrix of some mappings; each must be usable."""
    columns = {mapping.platform: (mapping, _cells(mapping)) for mapping in mappings}
    fields = list(dict.fromkeys([*rows(), *_extra(cells for _, cells in columns.values())]))
    lost = Cell("lost")
    return Matrix(
        tuple(_platform(mapping) for mapping, _ in columns.values()),
        tuple(Row(field, {name: cells.get(field, lost) for name, (_, cells) in columns.items()}) for field in fields),
    )


def _extra(columns: Iterable[dict[str, Cell]]) -> Iterator[str]:
    """Give the records whose further fields any mapping reads."""
    used = {row for cells in columns for row, cell in cells.items() if cell.state != "lost"}
    return (f"{word}.extra" for word in RECORDS if f"{word}.extra" in used)


def _platform(mapping: CompiledMapping) -> Platform:
    schema = PayloadSchema.load(mapping.schema_file)
    fields = None
    if isinstance(schema, PayloadSchema):
        fields = unfilled(mapping.payload.made, schema, mapping.document.not_sent)
    return Platform(mapping.platform, mapping.document.label, mapping.document.file, fields)


@dataclass(frozen=True, slots=True)
class _Got:
    """One arrival as seen from a menu field."""

    arrival: Arrival
    limit: str


def _cells(mapping: CompiledMapping) -> dict[str, Cell]:
    carried = carriers(mapping.document.shape)
    follower = Follower(mapping.rules, carried)
    got = _by_row(follower.payload(mapping.names), carried)
    apart = _by_row(_publish_steps(mapping, follower), carried)
    for row, arrival in _availability(mapping, follower):
        apart.setdefault(row, []).append(_Got(arrival, ""))
    acted = settled(mapping.document.shape)
    reasons = _reasons(mapping)
    cells: dict[str, Cell] = {}
    for row in dict.fromkeys([*rows(), *got, *apart]):
        reason = reasons.get(row, ())
        cell = _cell(row, got.get(row, []))
        if row in acted:
            cell = Cell("reaches", (acted[row],), cell.targets)
        if cell.state == "lost" and row in apart:
            cell = Cell("apart", (), _targets(apart[row]))
        cells[row] = Cell(cell.state, (*cell.because, *reason), cell.targets) if cell.state != "reaches" else cell
    return cells


def _by_row(arrivals: Iterable[Arrival], carried: Carriers) -> dict[str, list[_Got]]:
    found: dict[str, list[_Got]] = {}
    for arrival in arrivals:
        for one in carried.get(arrival.read.source, ()):
            found.setdefault(one.row, []).append(_Got(arrival, one.limit))
    return found


def _cell(row: str, got: list[_Got]) -> Cell:
    if not got:
        return Cell("lost")
    values = [one for one in got if not one.arrival.read.decides]
    if not values:
        targets = _targets(got)
        if not _is_boolean(row):
            return Cell("sometimes", ("it only decides what is sent",), targets)
        if any(not one.arrival.read.when for one in got):
            return Cell("reaches", (), targets)
        return Cell("sometimes", tuple(_because(got)), targets)
    whole = [one for one in values if not one.arrival.read.part and not one.limit]
    open_ways = _settled(frozenset(one.arrival.read.when) for one in whole)
    if frozenset() in open_ways:
        return Cell("reaches", (), _targets([one for one in whole if not one.arrival.read.when] or whole))
    return Cell("sometimes", tuple(_because(values)), _targets(values))


def _settled(ways: Iterable[frozenset[Condition]]) -> set[frozenset[Condition]]:
    """Join ways that differ in one condition and its opposite: together they need neither."""
    found = {frozenset(Condition(one.text, one.holds) for one in way) for way in ways}
    while True:
        joined = {
            way - {one} for way in found for one in way if (way - {one}) | {Condition(one.text, not one.holds)} in found
        }
        if joined <= found:
            return found
        found |= joined


def _because(values: list[_Got]) -> Iterator[str]:
    """Say under what a field gets through: parts of it, what the shape makes of it, conditions."""
    parts = sorted({one.arrival.read.part for one in values if one.arrival.read.part})
    if parts:
        yield f"only {', '.join(parts)}"
    yield from dict.fromkeys(one.limit for one in values if one.limit)
    ways: dict[tuple[str, str], dict[str, None]] = {}
    for one in values:
        read = one.arrival.read
        way = " and ".join(sorted(str(condition) for condition in read.when))
        ways.setdefault((read.part, one.limit), {})[way] = None
    always = [way for way, found in ways.items() if "" in found]
    told = dict.fromkeys(way for key, found in ways.items() if key not in always for way in found)
    yield from (f"if {way}" for way in list(told)[:MOST_SHOWN])


def _targets(got: Iterable[_Got]) -> tuple[Target, ...]:
    found = dict.fromkeys(Target(one.arrival.path, one.arrival.position.file, one.arrival.position.line) for one in got)
    return tuple(found)[:MOST_SHOWN]


def _is_boolean(row: str) -> bool:
    word, _, name = row.partition(".")
    return name in fields_of(RECORDS[word]) and fields_of(RECORDS[word])[name].kind == "boolean"


def _publish_steps(mapping: CompiledMapping, follower: Follower) -> Iterator[Arrival]:
    """Give what the steps of a publish carry beside the payload itself."""
    reader = RuleReader([], ())
    for step in mapping.document.publish:
        yield from follower.step(step, mapping.names, reader)


def _availability(mapping: CompiledMapping, follower: Follower) -> Iterator[tuple[str, Arrival]]:
    """Give what the availability lane tells: of dishes, of options, and until when."""
    reader = RuleReader([], ())
    for step in mapping.document.availability_steps:
        arrivals = list(follower.step(step, mapping.names, reader))
        lists = {one.read.field for one in arrivals if one.read.record is ChangesView}
        words = {"items": ("item",), "options": ("option",), "all": ("item", "option")}
        for arrival in arrivals:
            name = _CHANGES.get(arrival.read.field) if arrival.read.record is ChangeView else None
            for word in dict.fromkeys(word for each in sorted(lists) for word in words.get(each, ())):
                if name is not None:
                    yield f"{word}.{name}", arrival


def _reasons(mapping: CompiledMapping) -> dict[str, tuple[str, ...]]:
    """Give the mapping's own reasons by menu field; ``not_sent`` names fields as formulas do."""
    by_name: dict[str, list[str]] = {}
    names = carriers(None)
    for (view, name), carried in names.items():
        word = next((one.row.partition(".")[0] for one in carried), "")
        if view.__name__.lower() == f"{word}view":
            by_name.setdefault(f"{word}.{name}", []).extend(
                one.row for one in carried if one.row.startswith(f"{word}.")
            )
    found: dict[str, tuple[str, ...]] = {}
    for field, reason in mapping.document.not_sent.items():
        for row in dict.fromkeys([field, *by_name.get(field, ())]):
            found[row] = (*found.get(row, ()), reason)
    return found
