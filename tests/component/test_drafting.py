"""Drafts of mappings from sample payloads: all platforms' samples, each guess, hostile samples, the command."""

from __future__ import annotations

import json
import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from pipeline.cli.application import main
from pipeline.drafting import draft
from pipeline.drafting.draft import read_sample
from pipeline.mapping.compiled import CompiledMapping, compile_text
from pipeline.mapping.validation import validate, validate_text
from pipeline.preview import Preview, preview
from pipeline.reading import read_file
from tests.platforms import NOW
from tests.shared_files import EXAMPLE_MENUS, shared_path

SAMPLES = {
    "deliveroo": "deliveroo/samples/constructed_menu.json",
    "doordash": "doordash/samples/composed_full_featured.json",
    "google": "google_food_menus/samples/constructed_food_menus.json",
    "grubhub": "grubhub/samples/composed_full_featured.json",
    "hubrise": "hubrise/samples/assembled_from_official_fragments.json",
    "just_eat": "just_eat/samples/official_menu_with_availabilities_added.json",
    "jet_connect": "just_eat/samples/jet_connect/constructed_menu.json",
    "schema_org": "schema_org/samples/constructed_two_languages.json",
    "square": "square/samples/constructed_with_modifiers.json",
    "ubereats": "ubereats/samples/composed_full_featured.json",
    "wolt": "wolt/samples/third_party_example_menu.json",
}
FURTHER = {
    "doordash_small": "doordash/samples/menu_push_official.json",
    "grubhub_official": "grubhub/samples/normalized_menu_official.json",
    "hubrise_official": "hubrise/samples/official_create_catalog.json",
    "schema_org_nested": "schema_org/samples/official_eg_0386_nested_sections.json",
    "square_official": "square/samples/official_batch_upsert.json",
    "ubereats_nested": "ubereats/samples/six_level_nested_official.json",
}


def made(name: str, text: str, menu: str = "us-dominos-4336") -> tuple[CompiledMapping, Preview]:
    """Compile a draft and map a menu with it."""
    mapping, findings = compile_text(text.encode(), Path(f"{name}.yaml"))
    assert [str(finding) for finding in findings] == []
    assert mapping is not None
    reading = read_file(str(EXAMPLE_MENUS / f"{menu}.json"))
    return mapping, preview(mapping, reading.menu, store={}, now=NOW)


@pytest.mark.parametrize("name", {**SAMPLES, **FURTHER})
def test_samples_of_platforms_become_mappings_that_run(name: str) -> None:
    sample = read_sample(shared_path(f"platforms/{({**SAMPLES, **FURTHER})[name]}").read_bytes())
    drafted = draft(name, sample)
    mapping, preview = made(name, drafted.text)
    assert [str(finding) for finding in preview.findings if finding.severity in ("error", "hold")] == []
    _, everything = made(name, drafted.text, "everything")
    assert set(everything.payload) == set(sample)
    told = [finding for finding in validate(mapping) if finding.severity == "error"]
    assert [str(finding) for finding in told] == []


SCHEMAS = {
    **{name: f"platforms/{path.split('/')[0]}/payload.schema.json" for name, path in SAMPLES.items()},
    "jet_connect": "platforms/just_eat/jet_connect.payload.schema.json",
}


@pytest.mark.parametrize("name", SAMPLES)
def test_drafts_have_only_fields_that_the_platform_has(name: str, tmp_path: Path) -> None:
    sample = read_sample(shared_path(f"platforms/{SAMPLES[name]}").read_bytes())
    (tmp_path / "payloads").mkdir()
    shutil.copy(shared_path(SCHEMAS[name]), tmp_path / "payloads" / f"{name}.json")
    told = validate_text(draft(name, sample).text.encode(), tmp_path / f"{name}.yaml")
    assert [str(finding) for finding in told if finding.code == "payload-field-unknown"] == []
    assert "payload-schema-missing" not in {finding.code for finding in told}


@pytest.mark.parametrize("name", SAMPLES)
def test_dishes_and_their_prices_arrive(name: str) -> None:
    """A draft is of use where the real menu's dishes, with names and prices, are in what it makes."""
    sample = read_sample(shared_path(f"platforms/{SAMPLES[name]}").read_bytes())
    text = draft(name, sample).text
    _, preview = made(name, text)
    menu = json.loads((EXAMPLE_MENUS / "us-dominos-4336.json").read_text())
    payload = preview.text()
    names = [item["name"] for item in menu["items"]]
    assert sum(json.dumps(name, ensure_ascii=False)[1:-1] in payload for name in names) == len(names)
    if name != "google":  # its whole units and billionths beside each other are not guessed
        prices = {item["price"] for item in menu["items"]}
        forms = (lambda p: p.replace(".", "").lstrip("0"), lambda p: p, lambda p: p.rstrip("0").rstrip("."))
        assert any(all(form(price) in payload for price in prices) for form in forms)


@pytest.mark.parametrize("menu", ["everything", "de-little-dragon"])
@pytest.mark.parametrize("name", ["doordash", "wolt", "square", "deliveroo"])
def test_other_menus_run_too(name: str, menu: str) -> None:
    sample = read_sample(shared_path(f"platforms/{SAMPLES[name]}").read_bytes())
    _, preview = made(name, draft(name, sample).text, menu)
    assert preview.payload is not None
    assert [str(one) for one in preview.findings if one.code in ("value-failed", "payload-missing")] == []


def drafted_lines(sample: object) -> list[str]:
    """Draft and give the payload's lines without indent."""
    text = draft("one", sample).text
    made("one", text)
    return [line.strip() for line in text.splitlines()]


ITEM = {"id": "i-1", "name": "Soup"}
CASES = [
    (
        {"items": [{**ITEM, "price": 1299}]},
        ["- $for: item in menu.items", "id: = item.item_id", "price: = item.price -> cents", "cents: [minor_units]"],
    ),
    (
        {"items": [{**ITEM, "price": 9}]},
        ["price: = item.price -> cents  # check: the sample does not show whether this is in cents"],
    ),
    ({"dishes": [{**ITEM, "price": 12.99}]}, ["price: = item.price -> money", "money: [{decimal: 2}]"]),
    ({"dishes": [{**ITEM, "price": "12.99"}]}, ["price: = item.price -> money_text"]),
    ({"products": [{**ITEM, "price": "8.90 EUR"}]}, ['$text: "{item.price -> money} {restaurant.currency}"']),
    (
        {"products": [{**ITEM, "price": {"amount": 890, "currency": "EUR"}}]},
        ["amount: = item.price -> cents", "currency: = restaurant.currency"],
    ),
    (
        {"hours": [{"day": "MON", "start": "10:00", "end": "22:00"}]},
        ["- $for: window in restaurant.hours", "day: = window.day -> day", "tuesday: TUE", "start: = window.start"],
    ),
    (
        {"hours": [{"day": "Monday", "opens": "10:00:00", "closes": "22:00:00"}]},
        ["monday: Monday", "opens: = window.start -> clock", 'clock: [{suffix: ":00"}]'],
    ),
    ({"hours": [{"day_of_week": 1, "start": "10:00", "end": "22:00"}]}, ["monday: 1", "sunday: 7"]),
    (
        {"hours": [{"day": "https://schema.org/Monday", "start": "10:00", "end": "22:00"}]},
        ['monday: "https://schema.org/Monday"'],
    ),
    (
        {"hours": [{"day": "monday", "periods": [{"start": "10:00", "end": "22:00"}]}]},
        ["- $for: day in restaurant.hours_by_day", "day: = day.day", "- $for: window in day.windows"],
    ),
    ({"hours": {"monday": ["10:00 - 22:00"]}}, ["$key: = day.day", '$text: "{window.start} - {window.end}"']),
    ({"store_id": "s-1", "items": [ITEM]}, ["store_id: = store.store_id", 'example: "s-1"']),
    (
        {"items": [{**ITEM, "name": {"en": "Soup", "de": "Suppe"}}]},
        ["- $key: = restaurant.language", "$value: = item.name"],
    ),
    (
        {"items": [{**ITEM, "name": [{"lang": "en", "value": "Soup"}]}]},
        ["- lang: = restaurant.language", "value: = item.name"],
    ),
    ({"categories": [{"id": "c", "item_ids": ["i-1"]}], "items": [ITEM]}, ["item_ids: = category.items[].item_id"]),
    (
        {
            "items": [
                {
                    **ITEM,
                    "groups": [{"id": "g", "min": 0, "max": 2, "options": [{"id": "o", "name": "x", "price": 150}]}],
                }
            ]
        },
        [
            "- $for: group in item.modifier_groups",
            "min: = group.min_select",
            "- $for: option in group.options",
            "id: = option.key",
        ],
    ),
    (
        {"items": [{**ITEM, "sort_order": 0}]},
        ["- $for: item, item_position in menu.items", "sort_order: = item_position"],
    ),
    (
        {"items": [{**ITEM, "position": 1}, {**ITEM, "position": 2}]},
        ["position: = item_position  # check: this counts from 0, the sample does not: `{add: 1}` counts from 1"],
    ),
    ({"items": [{**ITEM, "flavour": "sweet"}]}, ["flavour: sweet  # check: kept as in the sample"]),
    ({"items": [{**ITEM, "image": {"url": "https://x.example/a.jpg"}}]}, ["url: = item.image.url"]),
    (
        {"items": [{**ITEM, "out_of_stock": False, "available": True, "contains_alcohol": False}]},
        ["out_of_stock: = item.sold_out", "contains_alcohol: = item.is_alcohol"],
    ),
]


@pytest.mark.parametrize(("sample", "expected"), CASES)
def test_guesses(sample: dict, expected: list[str]) -> None:
    lines = drafted_lines(json.loads(json.dumps(sample), parse_float=Decimal))
    assert [line for line in expected if line not in lines] == [], "\n".join(lines)


HOSTILE = [
    {},
    {"a": []},
    {"a": None, "b": [[1, [2]]], "": 1, " ": 2},
    {"$schema": "x", "$for": "y", "a": {"$if": 1}},
    {"= x": "= y", "k": "{item.name}", "n": "yes", "d": "12:30", "t": "a: b # c", "m": "a\nb", "u": "\u202e☃"},
    {"items": [{"name": "x", "price": 10**40, "id": True}, {"name": None}, {"price": "x"}]},
    {"items": [1, "x", None, {"name": "y"}]},
    {"categories": [{"categories": [{"categories": [{"name": "deep"}]}]}]},
    {"menu": {"platform": "x", "null": None, "true": True, "1": 1, "a.b": 2}},
]


@pytest.mark.parametrize("sample", HOSTILE)
def test_any_sample_becomes_a_mapping_that_loads(sample: dict) -> None:
    mapping, findings = compile_text(draft("one", sample).text.encode(), Path("one.yaml"))
    assert mapping is not None
    assert [str(finding) for finding in findings if finding.severity == "error"] == []


def test_a_sample_without_end_ends() -> None:
    sample: dict = {"name": "end"}
    for _ in range(60):
        sample = {"categories": [sample], "x": {"y": sample}} if _ < 3 else {"categories": [sample]}
    mapping, _ = compile_text(draft("one", sample).text.encode(), Path("one.yaml"))
    assert mapping is not None


def test_keys_that_a_mapping_cannot_write_are_told() -> None:
    text = draft("one", {"$schema": "x", "a": 1}).text
    assert '# check: the sample\'s keys "$schema" are left out' in text


def test_options_in_options_are_those_of_their_own_groups() -> None:
    option = {"id": "o-1", "name": "Syrup", "price": 0.5, "max": 2, "sub_option_values": [{"id": "o-2", "name": "Hot"}]}
    sample = {"items": [{**ITEM, "options": [{"id": "g-1", "min": 0, "max": 1, "values": [option]}]}]}
    lines = drafted_lines(sample)
    assert "- $for: inner_option in option.modifier_groups[].options[]" in lines
    assert "max: = not_null(option.max_quantity, `1`)" in lines


def test_a_list_that_is_empty_here_is_as_elsewhere() -> None:
    """Else the dishes of a category whose list is empty in the sample would never be sent."""
    sample = {"categories": [{"name": "A", "items": [], "subcategories": [{"name": "B", "items": [ITEM]}]}]}
    lines = drafted_lines(sample)
    assert lines.count("- $for: item in category.items") == 1
    assert lines.count("- $for: item in inner_category.items") == 1


@pytest.fixture
def sample(tmp_path, monkeypatch) -> Path:
    """A sample's file in the current folder."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "sample.json"
    path.write_text(json.dumps({"store_id": "s-1", "items": [{**ITEM, "price": 12.99}]}))
    return path


def test_the_command(sample, capsys) -> None:
    (sample.parent / "mappings").mkdir()
    assert main(["new", "pizza_post", "--sample", "sample.json", "--output", "mappings/pizza_post.yaml"]) == 0
    told = capsys.readouterr().err
    assert "mappings/payloads/pizza_post.json" in told
    text = (sample.parent / "mappings" / "pizza_post.yaml").read_text()
    assert text.startswith("# yaml-language-server: $schema=../mappings.schema.json\n")
    menu = EXAMPLE_MENUS / "us-dominos-4336.json"
    assert main(["dry-run", "mappings/pizza_post.yaml", "--menu", str(menu)]) == 0
    payload = json.loads(capsys.readouterr().out)
    assert payload["store_id"] == "s-1"
    assert len(payload["items"]) == 64
    assert main(["new", "pizza_post", "--sample", "sample.json", "--output", "mappings/pizza_post.yaml"]) == 2
    assert "is there already" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "content", "code", "says"),
    [
        (["Pizza Post"], "{}", 2, "cannot be a platform's name"),
        (["pizza_post"], "no json", 1, "is no JSON"),
        (["pizza_post"], "[" * 100_000, 1, "is no JSON"),
        (["pizza_post"], "[1]", 1, "holds no object"),
        (["pizza_post"], '"x"', 1, "holds no object"),
    ],
)
def test_wrong_use(sample, capsys, arguments: list[str], content: str, code: int, says: str) -> None:
    sample.write_text(content)
    assert main(["new", *arguments, "--sample", "sample.json"]) == code
    assert says in capsys.readouterr().err
