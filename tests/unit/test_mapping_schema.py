from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from pipeline.mapping.form.auth import AUTH_TYPES
from pipeline.mapping.form.document import read_document
from pipeline.mapping.form.instructions import INSTRUCTIONS
from pipeline.mapping.form.schema import mapping_schema, text
from pipeline.mapping.transforms.registry import TRANSFORMS
from pipeline.mapping.yaml.source import load
from tests.unit.document_files import FOLDER, documents

CASES = json.loads((FOLDER / "structure.json").read_text("utf-8"))
SMALLEST = {"platform": "example", "format": 1, "payload": {"name": "= restaurant.name"}}
BASE = {
    "platform": "base",
    "payload": {},
    "shape": {"sizes": "keep"},
    "checks": [{"unique": "a[].id"}],
    "retry": {"attempts": 2},
}


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return mapping_schema()


@pytest.fixture(scope="module")
def fits(schema: dict[str, Any]) -> Callable[[Any], bool]:
    validator = jsonschema_rs.validator_for(schema)
    return validator.is_valid


def test_it_is_a_schema(schema: dict[str, Any]) -> None:
    jsonschema_rs.meta.validate(schema)
    assert json.loads(text()) == schema


def test_every_reference_leads_to_a_definition(schema: dict[str, Any]) -> None:
    def references(node: Any) -> set[str]:
        if isinstance(node, dict):
            own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
            return own.union(*(references(inner) for inner in node.values()))
        return set().union(*(references(inner) for inner in node)) if isinstance(node, list) else set()

    found = references(schema)
    assert found
    assert {reference.removeprefix("#/$defs/") for reference in found} <= schema["$defs"].keys()


def document(case: dict[str, Any]) -> dict[str, Any]:
    merged = SMALLEST | case["change"]
    return {key: value for key, value in merged.items() if key not in case.get("removes", ())}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"])
def test_schema_and_reading_agree_on_structure(case: dict[str, Any], fits: Callable[[Any], bool]) -> None:
    written = document(case)
    loaded = load(json.dumps(written), "m.yaml")
    assert not loaded.findings
    _, findings = read_document(loaded.root, "m.yaml", base=lambda _: load(json.dumps(BASE), "base.yaml"))
    assert (not findings, fits(written)) == (case["fits"], case["fits"]), findings


def as_json(path: Path) -> Any:
    def plain(node: Any) -> Any:
        if hasattr(node, "entries"):
            return {entry.key: plain(entry.value) for entry in node}
        if hasattr(node, "items"):
            return [plain(item) for item in node]
        return float(node.value) if type(node.value).__name__ == "Decimal" else node.value

    loaded = load(path.read_bytes(), str(path))
    assert loaded.root is not None
    return plain(loaded.root)


MAPPINGS = sorted((FOLDER.parent.parent.parent / "mappings").glob("*.yaml"))


@pytest.mark.parametrize("path", [*documents("good"), *MAPPINGS], ids=lambda path: path.stem)
def test_good_documents_fit(path: Path, fits: Callable[[Any], bool]) -> None:
    assert fits(as_json(path))


@pytest.mark.parametrize(
    "path", [path for path in documents("bad") if path.stem != "references"], ids=lambda path: path.stem
)
def test_bad_documents_do_not_fit(path: Path, fits: Callable[[Any], bool]) -> None:
    assert not fits(as_json(path))


def test_completion_knows_sections_instructions_transforms_and_auth(schema: dict[str, Any]) -> None:
    assert schema["properties"].keys() == schema["$defs"]["Mapping"]["properties"].keys()
    rule = schema["$defs"]["rule"]["anyOf"][2]
    assert rule["properties"].keys() == INSTRUCTIONS.keys()
    assert schema["$defs"]["transform"]["anyOf"][0]["enum"] == list(TRANSFORMS)
    assert schema["$defs"]["transform"]["anyOf"][2]["properties"].keys() == TRANSFORMS.keys()
    assert schema["$defs"]["Mapping"]["properties"]["auth"]["properties"]["type"]["enum"] == list(AUTH_TYPES)


def test_every_key_has_a_text_to_hover(schema: dict[str, Any]) -> None:
    forms = [name for name, definition in schema["$defs"].items() if definition.get("additionalProperties") is False]
    assert len(forms) > 40
    for name in forms:
        definition = schema["$defs"][name]
        assert definition["description"], name
        for key, value in definition["properties"].items():
            assert name in ("request", "header") or "Example: `" in value["description"], (name, key)
