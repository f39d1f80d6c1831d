"""What a mapping says that it does not send has to exist and must not be sent, or the list misleads people."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.findings import Finding
from pipeline.mapping.arrivals.arrivals import Arrival, Follower
from pipeline.mapping.arrivals.fields import carriers
from pipeline.mapping.compiled import CompiledMapping
from pipeline.mapping.nearest import did_you_mean
from pipeline.mapping.nodes import Table
from pipeline.mapping.paths import WrongPath, parts_of
from pipeline.mapping.rules.reader import place
from pipeline.mapping.types import fields_of
from pipeline.payload_schema import PayloadSchema
from pipeline.shaping.views import CategoryView, GroupView, ItemView, OptionView, RestaurantView

RECORDS = {
    "restaurant": RestaurantView,
    "category": CategoryView,
    "item": ItemView,
    "group": GroupView,
    "option": OptionView,
}


def not_sent_findings(mapping: CompiledMapping, schema: PayloadSchema | Finding) -> Iterator[Finding]:
    """Give the fields under ``not_sent`` that neither the menu nor the payload has, and those that are sent anyway."""
    section = mapping.document.node.get("not_sent")
    sent = _sent(mapping) if isinstance(section, Table) else {}
    for entry in section if isinstance(section, Table) else ():
        try:
            parts = parts_of(entry.key)
        except WrongPath:
            message = f"`{entry.key}` is no field's path."
            yield Finding("not-sent-unknown", "warning", message, "Write it as items[].tax.", place(entry.position))
            continue
        record = RECORDS.get(str(parts[0]))
        if record is not None and len(parts) > 1:
            name, known = str(parts[1]), list(fields_of(record))
            named = isinstance(schema, PayloadSchema) and parts[0] in schema.fields_at(())
            if (arrival := sent.get((record, name))) is not None and len(parts) == 2 and not named:
                at = arrival.position
                line = f"line {at.line}" if at.file == entry.position.file else f"line {at.line} of {at.file}"
                message = f"`{entry.key}` is listed as not sent, but {line} sends it as `{arrival.path}`."
                hint = "Take it off this list, or that line out of the payload."
                yield Finding("not-sent-but-sent", "warning", message, hint, place(entry.position))
            if name in known or (named and isinstance(schema, PayloadSchema) and _in_payload(schema, parts)):
                continue
        elif isinstance(schema, PayloadSchema):
            if _in_payload(schema, parts):
                continue
            name, known = str(parts[-1]), schema.fields_at(parts[:-1])
        else:
            continue
        message = f"Neither the menu nor the payload has a field `{entry.key}`."
        yield Finding("not-sent-unknown", "warning", message, did_you_mean(name, known), place(entry.position))


def _sent(mapping: CompiledMapping) -> dict[tuple[type, str], Arrival]:
    """Give where each field of a view arrives in the payload first, by it and all that stand for the same field.

    What the shape alone makes of a field, and what only decides about something else, does not count; but
    where all there is to tell is yes or no, what decides tells it.
    """
    carried, same = carriers(mapping.document.shape), carriers(None)
    rows: dict[str, Arrival] = {}
    for arrival in Follower(mapping.rules, carried).payload(mapping.names):
        view, name = arrival.read.source
        kind = fields_of(view).get(name)
        if arrival.read.decides and (kind is None or kind.kind != "boolean"):
            continue
        for one in carried.get((view, name), ()):
            if not one.limit and not arrival.read.part:
                rows.setdefault(one.row, arrival)
    words: dict[type, str] = {view: word for word, view in RECORDS.items()}
    return {
        source: rows[one.row]
        for source, stand_for in same.items()
        for one in stand_for
        if one.row in rows and one.row.startswith(f"{words.get(source[0])}.")
    }


def _in_payload(schema: PayloadSchema, parts: tuple[str | int, ...]) -> bool:
    *parent, key = parts
    known = schema.fields_at(tuple(parent))
    return bool(schema.schema_at(parts)) if key in ("[]", "*") else key in known or (not known and schema.allows(parts))
