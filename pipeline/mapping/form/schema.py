"""The JSON Schema of the mapping language, for editors: completion, hover texts, and checking while typing.

Made of the tables that reading goes by, so that an editor refuses what ``validate`` refuses as far
as a schema can say it.
"""

from __future__ import annotations

import json
from typing import Any

from pipeline.mapping.form.document import Mapping
from pipeline.mapping.form.grammar import (
    Form,
    keys_of,
)
from pipeline.mapping.form.kind import (
    Schemas,
)

DRAFT = "https://json-schema.org/draft/2020-12/schema"
FILE_NAME = "mappings.schema.json"


def mapping_schema() -> dict[str, Any]:
    """Give the schema of a mapping file.

    A file that ``extends`` another may leave keys out and may take one away with null.
    """
    schemas = Schemas()
    whole = Form(Mapping).schema(schemas)
    variant = Form(Mapping).schema(Schemas(schemas.definitions, variant=True))
    extending = schemas.definitions["Mapping.variant"]
    extending["required"] = ["platform", "extends"]
    # Completion looks at `properties` first, before it knows whether the file extends another.
    sections = {name: {"description": row.doc} for name, row in keys_of(Mapping).items()}
    return {
        "$schema": DRAFT,
        "title": "Mapping of a menu to a platform",
        "type": "object",
        "properties": sections,
        "if": {"required": ["extends"]},
        "then": variant,
        "else": whole,
        "$defs": dict(sorted(schemas.definitions.items())),
    }


def text() -> str:
    """Give the schema as the text of its file."""
    return json.dumps(mapping_schema(), indent=2, ensure_ascii=False) + "\n"
