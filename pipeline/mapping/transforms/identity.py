"""Transforms that make ids: the same value gives the same id, in every run."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from typing import Any

from pipeline.json_text import NotJson, encode
from pipeline.mapping.transforms.parameters import Parameter, TransformError, text, whole
from pipeline.mapping.transforms.registry import RunFacts, transform
from pipeline.mapping.types import Type

# Ids that platforms keep depend on it: it must never change.
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:menu-sync:ids")


def _name_of(transform_name: str, value: Any) -> str:
    """Give the text that an id is made of: a text itself, anything else as compact JSON."""
    try:
        if isinstance(value, str):
            value.encode()
            return value
        return encode(value).decode()
    except NotJson as error:
        raise TransformError(f"`{transform_name}` cannot take this value: {error}.") from None
    except UnicodeEncodeError:
        raise TransformError(f"`{transform_name}` cannot take a text that holds half of a character.") from None


@transform(
    takes="any",
    gives=Type("text", max_length=36),
    whole_list=True,
    parameters=(
        Parameter("namespace", text(1), "a UUID, or any text, that tells these ids from others of the same value", ""),
    ),
    examples=(
        ("burger", None, "6f4d7019-15b5-56f5-8073-3703fc705fc8"),
        ("www.example.com", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "2ed6657d-e927-568b-95e1-2665a8aea6a2"),
        (["rest_001", "burger"], {"namespace": "items"}, "bfc2421b-ffc6-54d8-b8ce-dd8c8b015f28"),
    ),
)
def uuid5(run: RunFacts, namespace: str) -> Callable[[Any], str]:
    """Makes a UUID (version 5) of a value, always the same for the same value; a list counts as one value."""
    space = _NAMESPACE
    if namespace:
        try:
            space = uuid.UUID(namespace)
        except ValueError:
            space = uuid.uuid5(_NAMESPACE, _name_of("uuid5", namespace))
    return lambda value: str(uuid.uuid5(space, _name_of("uuid5", value)))


@transform(
    takes="any",
    gives=lambda value, options, tables: Type("text", max_length=_longest(value, options)),
    whole_list=True,
    parameters=(
        Parameter("length", whole(4, 64), "how many characters the id has", 12),
        Parameter("longer_than", whole(1, 1_000), "only texts longer than this are replaced", None),
    ),
    examples=(
        ("burger", None, "3ed1f621d7a2"),
        (["rest_001", "burger"], 8, "9a29cb41"),
        ("burger", {"length": 16, "longer_than": 20}, "burger"),
    ),
)
def short_hash(run: RunFacts, length: int, longer_than: int | None) -> Callable[[Any], str]:
    """Makes a short id of letters and digits (SHA-256, hexadecimal) of a value; a list counts as one value."""

    def make(value: Any) -> str:
        if longer_than is not None and isinstance(value, str) and len(value) <= longer_than:
            return value
        return hashlib.sha256(_name_of("short_hash", value).encode()).hexdigest()[:length]

    return make


def _longest(value: Type, options: Any) -> int:
    if options is None:
        return 1_000
    kept = options["longer_than"] if value.kind in ("text", "any") else None
    return max(int(options["length"]), int(kept or 0))
