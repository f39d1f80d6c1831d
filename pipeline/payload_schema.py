"""A platform's payload schema: checks payloads, and says what may stand where.

Draft 2020-12, checked by jsonschema-rs, which takes decimals as the exact numbers they are. A good
payload costs one pass in Rust; only a bad one is walked for messages.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec

from pipeline.findings import Finding, Place
from pipeline.violations import FieldPath, Violation, shorten, violations_of

MAX_VIOLATIONS = 200
"""One faulty rule breaks every dish; past this many, only their number is told."""

MAX_SCHEMA_BYTES = 20_000_000
DRAFT = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]

_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder = msgspec.json.Decoder(float_hook=Decimal)


class PayloadSchema:
    """A compiled payload schema; make it with :meth:`load`.

    >>> schema = PayloadSchema.load({"properties": {"name": {"type": "string", "maxLength": 3}}})
    >>> [str(violation) for violation in schema.check({"name": "Pizza"})]
    ['name must be at most 3 characters, has 5']
    """

    def __init__(self, document: Schema, validator: jsonschema_rs.Draft202012Validator, name: str) -> None:
        self.document = document
        self.name = name
        self._validator = validator

    @classmethod
    def load(cls, source: Path | str | Mapping[str, Any]) -> PayloadSchema | Finding:
        """Read a schema file or take a schema; a Finding says what is wrong with it."""
        name = "the payload schema" if isinstance(source, Mapping) else str(source)
        document = dict(source) if isinstance(source, Mapping) else _read(Path(source), name)
        if isinstance(document, Finding):
            return document
        draft = document.get("$schema", DRAFT)
        if str(draft).rstrip("#") != DRAFT:
            return _broken(name, f"is written for {draft}", f'Write it for JSON Schema 2020-12: "$schema": "{DRAFT}".')
        try:
            validator = jsonschema_rs.Draft202012Validator(document, validate_formats=True, offline=True)
        except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError, RecursionError) as error:
            where = "/".join(str(part) for part in getattr(error, "instance_path", ()))
            reason = shorten(str(getattr(error, "message", error)).partition("\n")[0])
            return _broken(name, f"is no valid JSON Schema{f' at /{where}' if where else ''}: {reason}")
        return cls(document, validator, name)

    def check(self, payload: Any) -> list[Violation]:
        """Give all that the platform would refuse, at most :data:`MAX_VIOLATIONS` and then a count; [] is good."""
        try:
            _encoder.encode(payload)  # refuses depth without end, which the validator would not survive
        except (ValueError, TypeError, OverflowError, RecursionError, msgspec.MsgspecError) as error:
            return [Violation((), "json", f"cannot be written as JSON: {shorten(str(error))}")]
        try:
            if self._validator.is_valid(payload):
                return []
        except (ValueError, TypeError):  # it holds records, or keys that are no text
            payload = _decoder.decode(_encoder.encode(payload))
        found = chain.from_iterable(violations_of(e, self.fields_at) for e in self._validator.iter_errors(payload))
        violations = list(islice(found, MAX_VIOLATIONS))
        more = sum(1 for _ in found)
        if more:
            violations.append(Violation((), "more", f"has {more} more faults, which are not listed"))
        return violations

    def schema_at(self, parts: FieldPath) -> list[Schema]:
        """Give every subschema that may speak of a place, references resolved; [] where none does.

        A part is a key, an index, ``[]`` (any entry of a list) or ``*`` (any key of an object).
        What stands in ``allOf``, ``anyOf``, ``oneOf``, ``then``, ``else`` and ``$ref`` is listed beside
        the schema it stands in, so that a reader looks at one flat list.
        """
        found = list(self._expanded(self.document))
        for part in parts:
            steps = chain.from_iterable(_children(schema, part) for schema in found)
            found = _distinct(chain.from_iterable(self._expanded(step) for step in steps))
        return found

    def fields_at(self, parts: FieldPath) -> list[str]:
        """Give the names that the schema has for the fields of an object, in the schema's order."""
        return list(dict.fromkeys(chain.from_iterable(_table(s, "properties") for s in self.schema_at(parts))))

    def required_at(self, parts: FieldPath) -> list[str]:
        """Give the fields that an object must have whatever its other values are."""
        *_, last = [self.document], *self._walk(parts)
        return list(dict.fromkeys(chain.from_iterable(self._required(schema, frozenset()) for schema in last)))

    def allows(self, parts: FieldPath) -> bool:
        """Tell whether a value may stand at a place: each key on the way is known, or left open."""
        levels = [[self.document], *self._walk(parts)]
        return not any(
            any(self._forbids(schema, part, frozenset()) for schema in _open(level))
            for level, part in zip(levels, parts, strict=False)
        )

    def _walk(self, parts: FieldPath) -> Iterator[list[Any]]:
        """Give, part by part, the schemas that stand right there, before their references are followed."""
        found: list[Any] = [self.document]
        for part in parts:
            expanded = _distinct(chain.from_iterable(self._expanded(schema) for schema in found))
            found = [step for schema in expanded for step in _children(schema, part)]
            yield found

    def _expanded(self, schema: Any) -> Iterator[Schema]:
        """Give a schema and all that it takes in at the same place; each once, so recursion ends."""
        seen: set[int] = set()
        waiting = [schema]
        while waiting:
            current = waiting.pop()
            if not isinstance(current, dict) or id(current) in seen:
                continue
            seen.add(id(current))
            yield current
            inner = [self._resolve(current.get("$ref")), current.get("then"), current.get("else")]
            for group in ("allOf", "anyOf", "oneOf"):
                inner.extend(_members(current, group))
            inner.extend(_table(current, "dependentSchemas").values())
            waiting.extend(reversed(inner))

    def _resolve(self, reference: Any) -> Any:
        """Follow a reference inside the document: ``#``, ``#/$defs/Item``, ``#anchor``."""
        if not isinstance(reference, str):
            return None
        fragment = reference.partition("#")[2]
        if fragment and not fragment.startswith("/"):
            definitions = _table(self.document, "$defs").values()
            return next((d for d in definitions if isinstance(d, dict) and d.get("$anchor") == fragment), None)
        place: Any = self.document
        for part in fragment.split("/")[1:]:
            part = part.replace("~1", "/").replace("~0", "~")
            if isinstance(place, list):
                place = place[int(part)] if part.isdigit() and int(part) < len(place) else None
            else:
                place = place.get(part) if isinstance(place, dict) else None
        return place

    def _required(self, schema: Any, seen: frozenset[int]) -> list[str]:
        if not isinstance(schema, dict) or id(schema) in seen:
            return []
        seen |= {id(schema)}
        names = [name for name in _members(schema, "required") if isinstance(name, str)]
        for inner in [self._resolve(schema.get("$ref")), *_members(schema, "allOf"), _branch(schema, "object")]:
            names.extend(self._required(inner, seen))
        for group in ("anyOf", "oneOf"):
            branches = [self._required(branch, seen) for branch in _members(schema, group)]
            if branches:
                names.extend(name for name in branches[0] if all(name in branch for branch in branches[1:]))
        return names

    def _forbids(self, schema: Any, part: str | int, seen: frozenset[int]) -> bool:
        if schema is False:
            return True
        if not isinstance(schema, dict) or id(schema) in seen:
            return False
        seen |= {id(schema)}
        container = "array" if isinstance(part, int) or part == "[]" else "object"
        types = schema.get("type", container)
        if container not in ([types] if isinstance(types, str) else types):
            return True
        steps = _children(schema, part)
        if steps and all(step is False for step in steps):
            return True
        whole = [self._resolve(schema.get("$ref")), *_members(schema, "allOf"), _branch(schema, container)]
        if any(self._forbids(inner, part, seen) for inner in whole):
            return True
        groups = [_members(schema, "anyOf"), _members(schema, "oneOf")]
        return any(group and all(self._forbids(branch, part, seen) for branch in group) for group in groups)


def _children(schema: Schema, part: str | int) -> list[Any]:
    """Give the schemas that ``schema`` itself, without what it refers to, has for one step."""
    if isinstance(part, int) or part == "[]":
        prefix = _members(schema, "prefixItems")
        if isinstance(part, int) and part < len(prefix):
            return [prefix[part]]
        return [*(prefix if part == "[]" else []), *([schema["items"]] if "items" in schema else [])]
    properties, patterns = _table(schema, "properties"), _table(schema, "patternProperties")
    rest = [schema["additionalProperties"]] if "additionalProperties" in schema else []
    if part == "*":
        return [*properties.values(), *patterns.values(), *rest]
    named = [properties[part]] if part in properties else []
    named += [inner for pattern, inner in patterns.items() if _matches(pattern, part)]
    return named or rest


def _open(level: list[Any]) -> list[Any]:
    """Give the schemas of a place without a plain ``false``: one form of an object may refuse what another takes."""
    return [schema for schema in level if schema is not False] or level


def _branch(schema: Schema, container: str) -> Any:
    """Give the branch of a condition that asks for nothing but a type (``null``, say), for a list or an object."""
    test = schema.get("if")
    if not isinstance(test, dict) or test.keys() != {"type"}:
        return None
    types = test["type"] if isinstance(test["type"], list) else [test["type"]]
    return schema.get("then" if container in types else "else")


def _matches(pattern: str, key: str) -> bool:
    try:
        return re.search(pattern, key[:1000]) is not None
    except re.error:  # a form of pattern that Python lacks; the validator itself knows it
        return True


def _table(schema: Schema, key: str) -> dict[str, Any]:
    value = schema.get(key)
    return value if isinstance(value, dict) else {}


def _members(schema: Schema, key: str) -> list[Any]:
    value = schema.get(key)
    return value if isinstance(value, list) else []


def _distinct(schemas: Iterator[Schema]) -> list[Schema]:
    return list({id(schema): schema for schema in schemas}.values())


def _read(path: Path, name: str) -> Schema | Finding:
    try:
        if path.stat().st_size > MAX_SCHEMA_BYTES:
            return _broken(name, f"is larger than {MAX_SCHEMA_BYTES // 1_000_000} MB")
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        hint = "Put the platform's JSON Schema (2020-12) there; without it the payload is not checked."
        return Finding("payload-schema-missing", "error", f"There is no payload schema {name}.", hint)
    except OSError as error:
        return _broken(name, f"cannot be read: {error.strerror}")
    except UnicodeDecodeError:
        return _broken(name, "is not a UTF-8 text file")
    except RecursionError:
        return _broken(name, "is nested too deeply")
    except json.JSONDecodeError as error:
        return _broken(name, f"is not JSON: {error.msg}", place=Place(name, error.lineno, error.colno))
    if not isinstance(document, dict):
        return _broken(name, "must be a JSON object")
    return document


def _broken(
    name: str, what: str, hint: str = "Correct the file, or take an earlier version of it.", place: Place | None = None
) -> Finding:
    return Finding("payload-schema-broken", "error", f"{name} {what}.", hint, place)
