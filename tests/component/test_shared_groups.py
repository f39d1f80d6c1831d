"""Modifier groups that dishes share: made once, told of for each dish, and counted as often as they are sent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline import json_text
from pipeline.findings import Record
from pipeline.mapping.compiled import CompiledMapping, compile_file
from pipeline.mapping.compiler import runtime, templates
from pipeline.preview import Preview, preview
from pipeline.reading import read_menu
from tests.platforms import NOW

MAPPING = """
platform: example
payload:
  - $for: item in menu.items
    name: = item.name
    groups: {$use: groups, $with: {groups: = item.modifier_groups}}
templates:
  groups:
    - $for: group, position in groups
      name: = group.name
      at: = position
      options:
        - $for: option in group.options
          name: = option.name
          calories:
            $if: "option.calories < `900`"
            $value: = option.calories
            $report: "{option.name} is too rich"
          groups: {$use: groups, $with: {groups: = option.modifier_groups}}
"""


def compiled(folder: Path, text: str = MAPPING) -> CompiledMapping:
    path = folder / "example.yaml"
    path.write_text(text, encoding="utf-8")
    mapping, findings = compile_file(path)
    assert mapping is not None, findings
    assert not findings, [str(finding) for finding in findings]
    return mapping


def made(mapping: CompiledMapping, dishes: dict[str, list[str]], groups: list[dict[str, Any]]) -> Preview:
    """Map dishes, each with the ids of its groups; the precise build must make the same."""
    place = {"currency": "EUR", "locale": "de-DE", "timezone": "Europe/Berlin"}
    items = [
        {"item_id": f"i-{name}", "name": name, "price": "4.10", "category": "c-4", "modifier_groups": own}
        for name, own in dishes.items()
    ]
    document = {
        "restaurant": {"restaurant_id": "r-9", "name": "Anker", **place},
        "categories": [{"category_id": "c-4", "name": "Mains", "display_order": 0}],
        "items": items,
        "modifier_groups": groups,
    }
    menu = read_menu(json.dumps(document).encode()).menu
    assert menu is not None
    outcome = preview(mapping, menu, store={}, now=NOW)
    assert outcome.shaped is not None
    assert outcome.facts is not None
    if outcome.payload is not None:
        again, _ = mapping.record(outcome.shaped.restaurant, outcome.shaped.menu, outcome.facts)
        assert json_text.encode(again) == json_text.encode(outcome.payload)
    return outcome


def group(name: str, *options: dict[str, Any]) -> dict[str, Any]:
    return {"modifier_group_id": f"g-{name}", "name": name, "options": list(options)}


def option(name: str, **fields: Any) -> dict[str, Any]:
    return {"option_id": f"o-{name}", "name": name, "price": "0.70", **fields}


def test_dishes_with_the_same_groups_share_what_is_made_of_them(tmp_path: Path) -> None:
    sauces = group("Sauces", option("Dill", modifier_groups=["g-Heat"]), option("Mint", modifier_groups=["g-Heat"]))
    heat, bread = group("Heat", option("Mild"), option("Hot")), group("Bread", option("Rye"))
    dishes = {"Soup": ["g-Sauces", "g-Bread"], "Fish": ["g-Sauces", "g-Bread"], "Cake": ["g-Bread", "g-Sauces"]}
    payload = made(compiled(tmp_path), dishes, [sauces, heat, bread]).payload
    soup, fish, cake = (dish["groups"] for dish in payload)
    assert soup is fish
    assert [(entry["name"], entry["at"]) for entry in cake] == [("Bread", 0), ("Sauces", 1)]
    dill, mint = soup[0]["options"]
    assert dill["groups"] is mint["groups"]
    assert [entry["name"] for entry in dill["groups"][0]["options"]] == ["Mild", "Hot"]


def test_what_a_shared_group_has_to_tell_is_told_of_each_dish(tmp_path: Path) -> None:
    groups = [group("Sauces", option("Dill", calories=12), option("Oil", calories=990))]
    told = made(compiled(tmp_path), {"Soup": ["g-Sauces"], "Fish": ["g-Sauces"]}, groups).findings
    left_out = [finding for finding in told if finding.code == "left-out"]
    assert [finding.message for finding in left_out] == ["Oil is too rich"] * 2
    sauces, oil = Record("modifier group", "g-Sauces", "Sauces"), Record("option", "g-Sauces~o-Oil", "Oil")
    assert [finding.records for finding in left_out] == [
        (Record("item", "i-Soup", "Soup"), sauces, oil),
        (Record("item", "i-Fish", "Fish"), sauces, oil),
    ]


def test_sharing_does_not_hide_how_large_a_payload_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each level is written twice by the one above it: few records, but more than anything can send."""
    monkeypatch.setattr(runtime, "MOST_TURNS", 5_000)
    monkeypatch.setattr(templates, "MOST_TURNS", 5_000)
    mapping = compiled(tmp_path)
    levels = 14
    groups = [
        group(f"{level}", *(option(name, modifier_groups=[f"g-{level + 1}"]) for name in ("Red", "Green")))
        for level in range(levels)
    ]
    groups.append(group(f"{levels}", option("Blue")))
    few = made(mapping, {"Soup": [f"g-{levels - 8}"]}, groups)
    assert len(few.payload[0]["groups"][0]["options"]) == 2
    many = made(mapping, {"Soup": ["g-0"]}, groups)
    assert many.payload is None
    assert [finding.message for finding in many.findings if finding.severity == "error"] == [
        "For this menu the mapping's loops and templates turn more than 5,000 times."
    ]
