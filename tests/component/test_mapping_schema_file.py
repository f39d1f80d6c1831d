"""mappings.schema.json, as editors use it: refuses what has a wrong form, accepts all else, explains every key."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import jsonschema
import pytest

from pipeline.catalogue import Entry, catalogue
from pipeline.mapping.form.document import Mapping
from pipeline.mapping.form.grammar import FORMS, keys_of
from pipeline.mapping.form.instructions import INSTRUCTIONS
from pipeline.mapping.nodes import Node, Sequence, Table
from pipeline.mapping.transforms.registry import TRANSFORMS
from pipeline.mapping.yaml.source import load
from tests.framing import framed
from tests.shared_files import REPOSITORY

SCHEMA: dict[str, Any] = json.loads((REPOSITORY / "mappings.schema.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
STRUCTURAL = {
    "bad-name", "empty-text", "insecure-address", "instruction-alone", "keys-together", "misplaced-key", "missing-key",
    "transform-argument", "unknown-instruction", "unknown-key", "wrong-kind",
}  # fmt: skip
UNREADABLE = ("yaml-", "formula-split", "formula-colon", "formula-comment", "formula-template-braces", "not-a-mapping")


def as_json(node: Node | None) -> Any:
    """Give a file's values as editors see them: YAML by the 1.2 core rules."""
    if isinstance(node, Table):
        return {entry.key: as_json(entry.value) for entry in node}
    if isinstance(node, Sequence):
        return [as_json(item) for item in node]
    value = node.value if node is not None else None
    return float(value) if isinstance(value, Decimal) else value


def fits(text: str) -> bool:
    return VALIDATOR.is_valid(as_json(load(text, "m.yaml").root))


def entries() -> list[Entry]:
    return [entry for entry in catalogue().values() if entry.wrong and not entry.code.startswith(UNREADABLE)]


@pytest.mark.parametrize("path", sorted((REPOSITORY / "mappings").glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_mappings_fit(path) -> None:
    assert fits(path.read_text("utf-8"))


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.code)
def test_a_wrong_form_is_refused_and_nothing_else(entry: Entry) -> None:
    if entry.code == "literal-secret" or entry.code == "extends-unknown":
        return  # told by either, or only of files that there are
    assert fits(framed(entry.wrong, entry.where)) is (entry.code not in STRUCTURAL)


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.code)
def test_right_examples_fit(entry: Entry) -> None:
    assert fits(framed(entry.right, entry.where))


def test_every_section_and_key_is_explained() -> None:
    assert set(SCHEMA["$defs"]["Mapping"]["properties"]) == set(keys_of(Mapping))
    forms = {name: SCHEMA["$defs"][name] for name in FORMS if name in SCHEMA["$defs"]}
    assert len(forms) > 30
    for name, definition in forms.items():
        for key in keys_of(FORMS[name]):
            assert "Example: `" in definition["properties"][key]["description"], (name, key)


def test_every_instruction_and_transform_is_explained() -> None:
    rule = next(arm for arm in SCHEMA["$defs"]["rule"]["anyOf"] if arm.get("type") == "object")
    for name in INSTRUCTIONS:
        assert "Example: `" in rule["properties"][name]["description"]
    listed, _, called = SCHEMA["$defs"]["transform"]["anyOf"]
    assert listed["enum"] == list(TRANSFORMS)
    assert all(len(text) > 10 for text in listed["enumDescriptions"])
    assert all(called["properties"][name]["description"] for name in TRANSFORMS)
