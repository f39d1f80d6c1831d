"""What a mapping says that it does not send has to exist, or the list tells people nothing."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.findings import Finding
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
    """Give the fields under ``not_sent`` that neither the menu nor the payload has."""
    section = mapping.document.node.get("not_sent")
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


def _in_payload(schema: PayloadSchema, parts: tuple[str | int, ...]) -> bool:
    *parent, key = parts
    known = schema.fields_at(tuple(parent))
    return bool(schema.schema_at(parts)) if key in ("[]", "*") else key in known or (not known and schema.allows(parts))
