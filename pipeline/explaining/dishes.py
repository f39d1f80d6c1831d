"""Where a dish is in a payload, and why it is not there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.explaining.explanation import Reason, reason_data, record_data
from pipeline.explaining.follow import entry_rule
from pipeline.explaining.situation import Situation
from pipeline.explaining.steps import Tracer
from pipeline.findings import Finding, Record, as_json
from pipeline.mapping.compiler.origins import Recording, Trail, Turn
from pipeline.mapping.compiler.runtime import records_of
from pipeline.mapping.nearest import nearest
from pipeline.mapping.rules.reader import place
from pipeline.menu import Menu
from pipeline.shaping import Shaped
from pipeline.violations import display_path

MOST_PLACES = 50
MOST_FOUND = 20
Identity = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Presence:
    """One record: the places in the payload that were made for it, or why there are none.

    ``reasons`` tell of every loop that came to it and gave nothing; ``findings`` are all that were
    told of it.
    """

    record: Record
    places: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    findings: tuple[Finding, ...] = ()

    def data(self) -> dict[str, Any]:
        """Give the JSON form."""
        return {
            "record": record_data(self.record),
            "present": bool(self.places),
            "places": list(self.places),
            "reasons": [reason_data(reason) for reason in self.reasons],
            "findings": [as_json(finding) for finding in self.findings],
        }


def candidates(menu: Menu, shaped: Shaped) -> list[Record]:
    """Give every record that a person can ask for: of the menu as it was read, and as it was shaped."""
    found = [Record("item", item.item_id, item.name) for item in menu.items]
    found += [Record("item", item.item_id, item.name) for item in shaped.menu.items]
    found += [Record("category", category.category_id, category.name) for category in menu.categories]
    found += [Record("modifier group", group.modifier_group_id, group.name) for group in menu.modifier_groups]
    found += [Record("option", option.key, option.name) for option in shaped.menu.options]
    return list(dict.fromkeys(found))


def exactly(wanted: str, records: Iterable[Record]) -> list[Record]:
    """Give the records of an id or a whole name; upper and lower case and spaces around do not count."""
    folded = wanted.strip().casefold()
    return _dishes_first(
        record for record in records if record.record_id == wanted or record.name.strip().casefold() == folded
    )


def named(wanted: str, records: Iterable[Record]) -> tuple[list[Record], str]:
    """Give the records of an id, a whole name or a part of a name, and a hint where there are none."""
    records = list(records)
    folded = wanted.strip().casefold()
    parts = (record for record in records if folded and folded in record.name.casefold())
    if found := exactly(wanted, records) or _dishes_first(parts):
        return found, ""
    near = nearest(wanted, [record.name for record in records if record.kind == "item"])
    return [], f"Did you mean {near}?" if near else ""


def _dishes_first(records: Iterable[Record]) -> list[Record]:
    """Keep dishes where there are any among them."""
    found = list(records)
    return ([record for record in found if record.kind == "item"] or found)[:MOST_FOUND]


def presences(
    records: Sequence[Record],
    payload: Any,
    recording: Recording,
    shaped: Shaped,
    tracer: Tracer,
    findings: Iterable[Finding],
) -> tuple[Presence, ...]:
    """Tell where records are in a payload, or why they are not; the payload is gone through once."""
    findings = tuple(findings)
    places = _places({(record.kind, record.record_id) for record in records}, payload, recording)
    found = []
    for record in records:
        told = tuple(finding for finding in findings if record_in(record, finding))
        here = tuple(places.get((record.kind, record.record_id), ()))
        reasons = () if here else _reasons(record, recording, shaped, tracer, told)
        found.append(Presence(record, here, reasons, told))
    return tuple(found)


def record_in(record: Record, finding: Finding) -> bool:
    """Tell whether a finding speaks of a record: as the innermost one, or in a list of several."""
    about = finding.records if finding.count > 1 else finding.records[-1:]
    return any((each.kind, each.record_id) == (record.kind, record.record_id) for each in about)


def _places(wanted: set[Identity], payload: Any, recording: Recording) -> dict[Identity, list[str]]:
    """Give for each record the outermost places whose innermost record it is."""
    found: dict[Identity, list[str]] = {}
    waiting: list[tuple[tuple[str | int, ...], Any]] = [((), payload)]
    while waiting:
        path, container = waiting.pop()
        below = []
        for key, mark in recording.marks(container).items():
            here = (*path, key)
            about = _last(mark.trail) if recording.scenes[mark.site].rule is not None else None
            if about in wanted and about is not None:
                places = found.setdefault(about, [])
                if len(places) < MOST_PLACES:
                    places.append(display_path(here))
            elif isinstance(container[key], dict | list):
                below.append((here, container[key]))
        waiting.extend(reversed(below))
    return found


def _reasons(
    record: Record, recording: Recording, shaped: Shaped, tracer: Tracer, told: tuple[Finding, ...]
) -> tuple[Reason, ...]:
    wanted = (record.kind, record.record_id)
    turns = [turn for turn in recording.turns if _last(turn.mark.trail) == wanted]
    reasons = tuple(dict.fromkeys(_reason(turn, recording, tracer) for turn in turns))
    return reasons or (_never_reached(record, shaped, told),)


def _last(trail: Trail) -> Identity | None:
    records = records_of(trail[-1:])
    return (records[0].kind, records[0].record_id) if records else None


def _reason(turn: Turn, recording: Recording, tracer: Tracer) -> Reason:
    """Say why a loop's turn gave no entry."""
    scene = recording.scenes[turn.mark.site]
    assert scene.rule is not None
    rule = scene.rule
    trace = tracer.trace(entry_rule(rule), Situation.at(scene, turn.mark))
    if trace.reason is not None:
        return trace.reason
    for word, there in (("$unique", rule.unique), ("$limit", rule.limit), ("$chunk", rule.chunk)):
        if there is not None:
            message = f"`{word}` beside the loop kept it out."
            return Reason("cut", message, "", place(rule.position))
    return Reason("value-failed", "The loop came to it and nothing was made; see what was told of it.")


def _never_reached(record: Record, shaped: Shaped, told: tuple[Finding, ...]) -> Reason:
    views = {
        "item": {item.item_id for item in shaped.menu.items},
        "category": {category.category_id for category in shaped.menu.all_categories},
        "modifier group": {group.modifier_group_id for group in shaped.menu.modifier_groups},
        "option": {option.key for option in shaped.menu.options},
    }
    if record.record_id in views.get(record.kind, ()):
        return Reason("no-loop", f"The mapping has no loop that comes to this {record.kind}.")
    left_out = next((finding for finding in told if finding.severity != "note"), None) or next(iter(told), None)
    if left_out is not None:
        return Reason("left-out", left_out.message, left_out.hint, left_out.place)
    return Reason(
        "not-reachable",
        f"The mapping does not see this {record.kind}: nothing that is sent holds it.",
        "Look at its category, and at what `shape` says.",
    )
