"""Payload schemas: what is refused, in which words, and what may stand where."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.findings import Finding, Place
from pipeline.payload_schema import MAX_VIOLATIONS, PayloadSchema
from pipeline.violations import Violation, display_path
from tests.shared_files import SHARED, shared_path

PLATFORMS = ("doordash", "ubereats", "grubhub")

# Samples that are a whole payload by their facts.md; the others are answers, fragments or other requests.
WHOLE = {
    "doordash": ("composed_full_featured", "menu_push_official", "item_level_hours_official", "recipes_in_envelope",
                 "api_reference_all_fields", "menu_pull_first_menu_as_push"),
    "ubereats": ("composed_full_featured", "simple_menu_official", "six_level_nested_official", "empty_menu_official",
                 "min_max_unique_official", "combo_bundled_items_official", "upt_attributes_official",
                 "menu_type_delivery_official", "menu_type_dine_in_official", "menu_type_pickup_official"),
    "grubhub": ("composed_full_featured", "normalized_menu_official"),
}  # fmt: skip


def loaded(source: Any) -> PayloadSchema:
    schema = PayloadSchema.load(source)
    assert isinstance(schema, PayloadSchema), schema
    return schema


def messages(schema: dict[str, Any], payload: Any) -> list[str]:
    return [str(violation) for violation in loaded(schema).check(payload)]


def patched(document: Any, patch: list[dict[str, Any]]) -> Any:
    """Apply the few operations of JSON Patch that the variants use."""
    document = json.loads(json.dumps(document))
    for step in patch:
        *way, last = (part.replace("~1", "/").replace("~0", "~") for part in step["path"].split("/")[1:])
        place = document
        for part in way:
            place = place[int(part)] if isinstance(place, list) else place[part]
        key = (len(place) if last == "-" else int(last)) if isinstance(place, list) else last
        match step["op"]:
            case "remove":
                del place[key]
            case "add" if isinstance(place, list):
                place.insert(key, step["value"])
            case "add" | "replace":
                place[key] = step["value"]
            case "move":
                assert step["from"].rpartition("/")[0] == step["path"].rpartition("/")[0], (
                    "a new name in the same object"
                )
                place[key] = place.pop(step["from"].rpartition("/")[2])
            case operation:
                raise AssertionError(operation)
    return document


def broken_variants() -> list[Any]:
    cases = []
    for platform in PLATFORMS:
        path = SHARED / "platforms" / platform / "broken_variants.json"
        variants = json.loads(path.read_text())["variants"] if path.exists() else []
        cases += [pytest.param(platform, variant["patch"], id=f"{platform}: {variant['name']}") for variant in variants]
    return cases or [pytest.param("doordash", [], id="shared files are missing")]


@pytest.mark.parametrize(
    ("platform", "sample"), [(platform, name) for platform in PLATFORMS for name in WHOLE[platform]]
)
def test_whole_samples_are_accepted(platform: str, sample: str) -> None:
    schema = loaded(shared_path(f"platforms/{platform}/payload.schema.json"))
    text = shared_path(f"platforms/{platform}/samples/{sample}.json").read_text()
    assert schema.check(json.loads(text)) == []
    assert schema.check(json.loads(text, parse_float=Decimal)) == []


@pytest.mark.parametrize(("platform", "patch"), broken_variants())
def test_broken_variants_are_refused_where_they_are_broken(platform: str, patch: list[dict[str, Any]]) -> None:
    folder = shared_path(f"platforms/{platform}")
    schema = loaded(folder / "payload.schema.json")
    sample = json.loads((folder / "samples/composed_full_featured.json").read_text())
    assert patch
    violations = schema.check(patched(sample, patch))
    assert violations
    touched = [step["path"].split("/")[1:] for step in patch]
    for violation in violations:
        assert violation.message
        assert violation.rule
        assert violation.schema_path
        names = [str(part) for part in violation.path]
        assert any(names[: len(way) - 1] == way[:-1] or way[: len(names)] == names for way in touched)


@pytest.mark.parametrize(
    ("schema", "value", "message"),
    [
        ({"type": "string"}, 12, "must be text, is the number 12"),
        ({"type": "integer"}, Decimal("12.50"), "must be a whole number, is the number 12.5"),
        ({"type": "integer"}, "12", 'must be a whole number, is the text "12"'),
        ({"type": ["string", "null"]}, {"a": 1}, "must be null or text, is an object"),
        ({"type": "boolean"}, [1, 2, 3], "must be true or false, is a list of 3"),
        ({"type": "object"}, None, "must be an object, is null"),
        ({"enum": ["MON", "TUE", 3]}, "MO", 'must be one of "MON", "TUE", 3, is "MO" (did you mean "MON"?)'),
        ({"enum": ["ITEM"]}, 7, 'must be "ITEM", is 7'),
        ({"const": "Menu"}, "List", 'must be "Menu", is "List"'),
        ({"maxLength": 5}, "abcdef", "must be at most 5 characters, has 6"),
        ({"maxLength": 1}, "ab", "must be at most 1 character, has 2"),
        ({"minLength": 1}, "", "must not be empty"),
        ({"minLength": 3}, "", "must be at least 3 characters, has 0"),
        ({"pattern": "^[0-9]+$"}, "x1", 'has not the form that the platform asks for (^[0-9]+$): "x1"'),
        ({"format": "date"}, "2026-13-01", 'must be written as date, is "2026-13-01"'),
        ({"minimum": 0}, Decimal("-0.01"), "must be at least 0, is -0.01"),
        ({"maximum": 9}, 10, "must be at most 9, is 10"),
        ({"exclusiveMinimum": 0}, 0, "must be more than 0, is 0"),
        ({"exclusiveMaximum": 4}, 5, "must be less than 4, is 5"),
        ({"multipleOf": 0.01}, Decimal("1.005"), "must be a multiple of 0.01, is 1.005"),
        ({"minItems": 1}, [], "must not be empty"),
        ({"minItems": 2}, [8], "must be at least 2 entries, has 1"),
        ({"maxItems": 1}, [8, 9], "must be at most 1 entry, has 2"),
        ({"uniqueItems": True}, [1, 1], "has the same entry twice"),
        ({"minProperties": 2}, {"a": 1}, "must be at least 2 fields, has 1"),
        ({"maxProperties": 1}, {"a": 1, "b": 2}, "must be at most 1 field, has 2"),
        ({"contains": {"const": 1}}, [2], "lacks an entry that the platform asks for"),
        ({"not": {"type": "string"}}, "x", "is just what the platform rules out here"),
        (False, 1, "is not allowed here"),
        ({"propertyNames": {"maxLength": 2}}, {"abc": 1},
         "has a key that does not fit: the key must be at most 2 characters, has 3"),
        ({"oneOf": [{"type": "string"}, {"minLength": 1}]}, "x", "fits several alternatives of which only one may fit"),
        ({"anyOf": [{"required": ["a"]}, {"required": ["b"]}]}, {},
         "fits none of what is allowed: a is required; or b is required"),
        ({"anyOf": [{"type": "null"}, {"type": "string", "maxLength": 2}]}, "abc",
         "must be at most 2 characters, has 3"),
        ({"anyOf": [{"type": "null"}, {"type": "array"}]}, 5,
         "fits none of what is allowed: it must be null, is the number 5; or it must be a list, is the number 5"),
        ({"maxLength": 10}, "é" * 4 + "👩‍🍳" * 3, "must be at most 10 characters, has 13"),
    ],
)  # fmt: skip
def test_words(schema: Any, value: object, message: str) -> None:
    assert messages({"properties": {"field": schema}}, {"field": value}) == [f"field {message}"]


def test_each_missing_and_each_unknown_field_has_its_own_path() -> None:
    rule = "additionalProperties"
    schema = loaded(
        {"required": ["name", "price"], "properties": {"name": {}, "price": {}}, "additionalProperties": False}
    )
    assert schema.check({"nmae": 1, "zzz": 2}) == [
        Violation(("name",), "required", "is required", ("required",)),
        Violation(("price",), "required", "is required", ("required",)),
        Violation(("nmae",), rule, 'is not a field that the platform knows (did you mean "name"?)', (rule,)),
        Violation(("zzz",), rule, "is not a field that the platform knows", (rule,)),
    ]  # fmt: skip


def test_the_place_in_the_schema_is_told() -> None:
    schema = {"$defs": {"price": {"minimum": 0}}, "items": {"properties": {"price": {"$ref": "#/$defs/price"}}}}
    (violation,) = loaded(schema).check([{"price": 1}, {"price": -5}])
    assert violation.path == (1, "price")
    assert violation.schema_path == ("$defs", "price", "minimum")


def test_long_values_are_shortened() -> None:
    (message,) = messages({"enum": ["a"]}, "x" * 5000)
    assert len(message) < 120


def test_many_violations_are_counted() -> None:
    violations = loaded({"items": {"type": "string"}}).check(list(range(MAX_VIOLATIONS + 137)))
    assert len(violations) == MAX_VIOLATIONS + 1
    assert violations[MAX_VIOLATIONS - 1].path == (MAX_VIOLATIONS - 1,)
    assert str(violations[-1]) == "the payload has 137 more faults, which are not listed"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), "the payload"),
        ((0,), "[0]"),
        (("menu", "categories", 3, "items", 0, "price"), "menu.categories[3].items[0].price"),
        (("a b", "c", "", "d.e"), '["a b"].c[""]["d.e"]'),
        (("items", 2, "Käse", 'say "x"'), 'items[2].Käse["say \\"x\\""]'),
    ],
)
def test_display_path(path: tuple[str | int, ...], text: str) -> None:
    assert display_path(path) == text


def test_decimals_are_exact_numbers() -> None:
    schema = {"items": {"type": "number", "multipleOf": 0.01, "maximum": 100}}
    good = [Decimal("0.07"), Decimal("1.10"), Decimal("19.99"), Decimal("99.99"), Decimal("1E+2"), Decimal("-0.00")]
    assert messages(schema, good) == []
    assert messages(schema, [Decimal("100.0000000000000000001")]) != []


def test_records_and_values_that_json_lacks() -> None:
    record = msgspec.defstruct("Record", [("name", str)])
    schema = {"properties": {"item": {"properties": {"name": {"maxLength": 3}}}}}
    assert messages(schema, {"item": record("Pizza")}) == ["item.name must be at most 3 characters, has 5"]
    assert messages(schema, {"item": record("Pie")}) == []
    assert messages({"items": {"properties": {"name": {"multipleOf": 0.01}}}}, [record(Decimal("1.10"))]) == []
    assert messages(schema, {"item": object()}) == [
        "the payload cannot be written as JSON: Encoding objects of type object is unsupported"
    ]
    endless: list[Any] = []
    endless.append(endless)
    assert "cannot be written as JSON" in messages({"items": {"$ref": "#"}}, endless)[0]
    assert "cannot be written as JSON" in messages({}, {"half a character": "\ud800"})[0]


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ('{"type":\n  strin}', "is not JSON: Expecting value", (2, 3)),
        ("[1]", "must be a JSON object", None),
        ('{"type": "strin"}', "is no valid JSON Schema at /type", None),
        ('{"properties": {"a": {"pattern": "("}}}', "is no valid JSON Schema at /properties/a/pattern", None),
        ('{"$ref": "#/$defs/none"}', "is no valid JSON Schema", None),
        ('{"$ref": "http://127.0.0.1:1/menu.json"}', "is no valid JSON Schema", None),
        (
            '{"$schema": "http://json-schema.org/draft-07/schema#"}',
            "is written for http://json-schema.org/draft-07",
            None,
        ),
        ("[" * 100_000, "is nested too deeply", None),
        ("\udcff", "is not a UTF-8 text file", None),
    ],
)
def test_a_broken_file_is_a_finding(tmp_path: Path, text: str, message: str, place: tuple[int, int] | None) -> None:
    path = tmp_path / "menu.json"
    path.write_text(text, errors="surrogateescape")
    finding = PayloadSchema.load(path)
    assert isinstance(finding, Finding)
    assert finding.code == "payload-schema-broken"
    assert finding.message.startswith(f"{path} {message}")
    assert finding.hint
    assert finding.place == (Place(str(path), *place) if place else None)


def test_a_missing_file_is_a_finding(tmp_path: Path) -> None:
    finding = PayloadSchema.load(tmp_path / "none.json")
    assert isinstance(finding, Finding)
    assert (finding.code, finding.severity) == ("payload-schema-missing", "error")
    folder = PayloadSchema.load(tmp_path)
    assert isinstance(folder, Finding)
    assert "cannot be read" in folder.message


TREE = {
    "$defs": {
        "group": {
            "$anchor": "group",
            "type": "object",
            "required": ["id"],
            "additionalProperties": False,
            "properties": {"id": {"type": "string"}, "options": {"type": "array", "items": {"$ref": "#/$defs/option"}}},
        },
        "option": {
            "allOf": [{"$ref": "#/$defs/priced"}],
            "required": ["name"],
            "properties": {"name": {"maxLength": 7}, "groups": {"items": {"$ref": "#group"}}},
        },
        "priced": {"required": ["price"], "properties": {"price": {"type": "integer"}}},
        "either": {"anyOf": [{"required": ["a", "c"]}, {"required": ["b", "c"], "properties": {"b": {"minimum": 4}}}]},
    },
    "properties": {
        "groups": {"items": {"$ref": "#/$defs/group"}},
        "map": {
            "type": "object",
            "additionalProperties": {"maxLength": 3},
            "patternProperties": {"^x-": {"maxLength": 9}},
        },
        "pair": {"prefixItems": [{"const": 1}, {"const": 2}], "items": {"const": 3}},
        "either": {"$ref": "#/$defs/either"},
        "maybe": {
            "anyOf": [{"type": "null"}, {"type": "object", "properties": {"z": {}}, "additionalProperties": False}]
        },
        "self": {"$ref": "#"},
    },
}


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (("groups", "[]", "id"), [{"type": "string"}]),
        (("groups", 5, "options", "[]", "name"), [{"maxLength": 7}]),
        (("groups", "[]", "options", "[]", "price"), [{"type": "integer"}]),
        (("groups", "[]", "options", "[]", "groups", "[]", "options", "[]", "price"), [{"type": "integer"}]),
        (("self", "self", "groups", "[]", "id"), [{"type": "string"}]),
        (("map", "y"), [{"maxLength": 3}]),
        (("map", "x-y"), [{"maxLength": 9}]),
        (("map", "*"), [{"maxLength": 9}, {"maxLength": 3}]),
        (("pair", 0), [{"const": 1}]),
        (("pair", 2), [{"const": 3}]),
        (("pair", "[]"), [{"const": 1}, {"const": 2}, {"const": 3}]),
        (("either", "b"), [{"minimum": 4}]),
        (("nothing", "there"), []),
    ],
)
def test_schema_at(parts: tuple[str | int, ...], expected: list[object]) -> None:
    assert loaded(TREE).schema_at(parts) == expected


def test_fields_and_required() -> None:
    schema = loaded(TREE)
    assert schema.fields_at(("groups", "[]")) == ["id", "options"]
    assert schema.fields_at(("groups", "[]", "options", "[]")) == ["name", "groups", "price"]
    assert schema.required_at(("groups", "[]", "options", "[]")) == ["name", "price"]
    assert schema.required_at(("either",)) == ["c"]
    assert schema.required_at(()) == []


@pytest.mark.parametrize(
    ("parts", "allowed"),
    [
        (("groups", "[]", "id"), True),
        (("groups", "[]", "ids"), False),
        (("groups", "[]", "options", "[]", "anything"), True),
        (("groups", "[]", "ids", "deeper"), False),
        (("maybe", "z"), True),
        (("maybe", "y"), False),
        (("map", "any"), True),
        (("map", 0), False),
        (("unknown",), True),
        (("self", "self", "groups", 0, "nope"), False),
    ],
)
def test_allows(parts: tuple[str | int, ...], allowed: bool) -> None:
    assert loaded(TREE).allows(parts) is allowed


def test_what_one_form_of_an_object_refuses_another_may_take() -> None:
    forms = {
        "properties": {
            "pick": {
                "oneOf": [
                    {"properties": {"exactly": {"type": "integer"}}, "additionalProperties": False},
                    {
                        "properties": {"range": {"properties": {"from": {}}, "additionalProperties": False}},
                        "additionalProperties": False,
                    },
                ]
            },
            "tax": {"properties": {"name": {}}, "additionalProperties": False},
            "days": {"properties": {"monday": {"type": "array"}}, "additionalProperties": False},
        },
        "additionalProperties": False,
        "allOf": [{"if": {"required": ["pick"]}, "then": {"properties": {"tax": False}}}],
    }
    schema = loaded(forms)
    assert schema.allows(("pick", "range", "from"))
    assert not schema.allows(("pick", "range", "upto"))
    assert not schema.allows(("pick", "ranges", "from"))
    assert schema.allows(("tax", "name"))
    assert not schema.allows(("tax", "rate"))
    assert schema.allows(("days", "*", "[]"))


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_place_of_the_sample_is_found_in_its_schema(platform: str) -> None:
    schema = loaded(shared_path(f"platforms/{platform}/payload.schema.json"))
    sample = json.loads(shared_path(f"platforms/{platform}/samples/composed_full_featured.json").read_text())

    def places(value: Any, path: tuple[str, ...]) -> Any:
        yield path
        for key, entry in value.items() if isinstance(value, dict) else ():
            yield from places(entry, (*path, key))
        for entry in value if isinstance(value, list) else ():
            yield from places(entry, (*path, "[]"))

    for path in set(places(sample, ())):
        assert schema.allows(path), path
        assert schema.schema_at(path), path


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["groups", "id", "a", "b", "map"]), inner)
    ),
    max_leaves=8,
)


@given(json_values)
def test_a_verdict_is_the_validators(payload: Any) -> None:
    assert bool(loaded(TREE).check(payload)) is not jsonschema_rs.Draft202012Validator(TREE).is_valid(payload)
