"""The transform that sends a value as JSON inside a text."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from pipeline.json_text import NotJson, encode
from pipeline.mapping.transforms.parameters import TransformError
from pipeline.mapping.transforms.registry import RunFacts, transform
from pipeline.mapping.types import TEXT


@transform(
    takes="any",
    gives=TEXT,
    whole_list=True,
    examples=(
        ({"id": "i-1", "price": Decimal("8.90")}, None, '{"id":"i-1","price":8.90}'),
        (["milk", "eggs"], None, '["milk","eggs"]'),
        ("Tea", None, '"Tea"'),
    ),
)
def to_json(run: RunFacts) -> Callable[[Any], str]:
    """Writes a value as JSON into a text, for platforms that want an object inside a string."""

    def write(value: Any) -> str:
        try:
            return encode(value).decode()
        except NotJson as error:
            raise TransformError(f"`to_json` cannot take this value: {error}.") from None

    return write
