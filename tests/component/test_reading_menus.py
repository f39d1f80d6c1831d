"""Real menus read without error, on every way of reading; bad ones give what they were made for."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipeline.findings import stops_publishing
from pipeline.reading import read_file, reader
from tests.shared_files import bad_menus, real_menus, shared_path

WARNED = {"us-normal-ice-cream.json": [("menu-category-none", 15)]}

BAD: dict[str, list[tuple[str, str, list[str], str]]] = {
    "01-negative-price.json": [("menu-price-negative", "error", ["iced-tea"], "price")],
    "02-price-not-a-number.json": [("menu-price-not-a-number", "error", ["arnold-palmer"], "price")],
    "03-missing-name.json": [("menu-field-missing", "error", ["house-made-lemonade"], "name")],
    "04-duplicate-item-ids.json": [("menu-duplicate-id", "error", ["house-made-lemonade"], "item_id")],
    "05-unknown-category.json": [("menu-category-made", "warning", ["bernies-organic-apple-juice"], "category")],
    "06-category-cycle.json": [
        (
            "menu-category-cycle",
            "error",
            [f"eats-and-drinks-guid{rest}" for rest in ("", ".beverages.fountain-soda", ".beverages")],
            "parent_category",
        )
    ],
    "07-dangling-modifier-group.json": [("menu-group-unknown", "error", ["iced-tea"], "modifier_groups")],
    "08-min-select-over-max-select.json": [("menu-group-min-over-max", "error", ["mod-0001"], "min_select")],
    "09-description-1mb.json": [("menu-text-too-long", "error", ["iced-tea"], "description")],
    "10-nan-infinity-price.json": [
        ("menu-price-not-a-number", "error", ["iced-tea"], "price"),
        ("menu-price-not-a-number", "error", ["arnold-palmer"], "price"),
    ],
    "11-control-characters.json": [
        (
            "menu-text-cleaned",
            "warning",
            ["iced-tea", "arnold-palmer", "house-made-lemonade", "house-made-strawberry-lemonade"],
            "",
        )
    ],
    "12-empty-menu.json": [("menu-empty", "hold", ["us-gotts"], "items")],
}


@pytest.mark.parametrize("path", real_menus(), ids=lambda path: path.stem)
def test_a_real_menu_reads_without_error(path: Path) -> None:
    reading = read_file(path)
    assert [(finding.code, finding.count) for finding in reading.findings] == WARNED.get(path.name, [])
    assert not stops_publishing(reading.findings)
    source = json.loads(path.read_bytes(), parse_float=Decimal)
    menu = reading.menu
    assert menu is not None
    assert [str(item.price) for item in menu.items] == [item["price"] for item in source["items"]]
    assert [item.name for item in menu.items] == [item["name"] for item in source["items"]]
    assert [item.allergens for item in menu.items] == [item.get("allergens") for item in source["items"]]
    assert [[option.option_id for option in group.options] for group in menu.modifier_groups] == [
        [option["option_id"] for option in group["options"]] for group in source["modifier_groups"]
    ]


@pytest.mark.parametrize("path", real_menus(), ids=lambda path: path.stem)
def test_all_ways_give_the_same_menu(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fast = read_file(path)
    monkeypatch.setattr(reader, "converts", lambda *_: None)
    assert read_file(path) == fast
    monkeypatch.setattr(reader, "menu_with_unknown_fields", lambda *_: None)
    assert read_file(path) == fast


@pytest.mark.parametrize("path", bad_menus(), ids=lambda path: path.stem)
def test_a_bad_menu_gives_its_fault(path: Path) -> None:
    reading = read_file(path)
    told: list[Any] = [
        (finding.code, finding.severity, [record.record_id for record in finding.records], finding.field)
        for finding in reading.findings
    ]
    assert told == BAD[path.name]
    assert reading.menu is not None


def test_all_bad_menus_are_there() -> None:
    shared_path("menus/bad")
    assert {path.name for path in bad_menus()} == BAD.keys()


def test_cut_and_cleaned_texts_are_what_is_left() -> None:
    long = read_file(shared_path("menus/bad/09-description-1mb.json")).menu
    assert long is not None
    assert max(len(item.description or "") for item in long.items) == 10_000
    cleaned = read_file(shared_path("menus/bad/11-control-characters.json")).menu
    assert cleaned is not None
    texts = [text for item in cleaned.items for text in (item.name, item.description) if text]
    assert all(letter.isprintable() or letter == "\n" for text in texts for letter in text)
