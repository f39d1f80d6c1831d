"""A mapping that is broken in one place is found out: by its checks, or by reading the payload back."""

from __future__ import annotations

import json
import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from pipeline.mapping.compiled import compile_file
from pipeline.preview import preview
from pipeline.reading import read_menu
from tests.generators.full_menu import full_menu
from tests.payload_readers.comparison import differences
from tests.platforms import NOW, READERS, SETTINGS
from tests.shared_files import REPOSITORY

BREAKS = [
    ("doordash", "price: = item.price -> cents", "price: = not_null(item.prices.pickup, item.price) -> cents", "price"),
    ("doordash", "name: = option.name -> name", "name: = group.name -> name", "options"),
    ("doordash", "min_num_options: = group.min_select", "min_num_options: 0", "least"),
    ("doordash", "classification_tags: = item.dietary -> dietary_tag", "classification_tags: []", "dietary"),
    ("doordash", "friday: FRI", "friday: WED", "hours"),
    ("doordash", "merchant_supplied_id: = option.key", "merchant_supplied_id: = group.name", "(DD-R1)"),
    ("doordash", "groups: = option.modifier_groups", "groups: = option.modifier_groups[:0]", "modifier groups"),
    ("ubereats", "    $from: image.url", "    $from: restaurant.image.url", "image"),
    ("ubereats", "{minor_units: 2}", "{minor_units: 3}", "price"),
    ("ubereats", "        $if: item.sold_out", "        $if: item.is_alcohol", "sold out"),
    ("ubereats", "allergens: = item.allergens", "allergens: []", "allergens"),
    ("ubereats", "id: = option.key", "id: = option.option_id", "(UE-R1)"),
    ("ubereats", "included_quantity: = part.quantity", "included_quantity: 1", "bundle"),
    ("ubereats", "container_deposit: = item.deposit -> hundredths", "container_deposit: 15", "deposit"),
    ("grubhub", "default_price: = option.price -> money", "default_price: 0.5", "price"),
    ("grubhub", "submodifiers: = option.modifier_groups[].modifier_group_id", "submodifiers: []", "modifier groups"),
    ("grubhub", "fraction: [{multiply: 0.01}]", "fraction: [{multiply: 0.001}]", "tax"),
    ("grubhub", "      - = item.schedule_id -> schedule_id", "      - = category_hours", "compiles not"),
    ("grubhub", "source_url: = item.image.url", "source_url: = restaurant.image.url", "image"),
    ("grubhub", "modifiers: = group.options[].key", "modifiers: = group.options[].option_id", "(GH-R2)"),
]


@pytest.mark.parametrize(("platform", "right", "wrong", "found"), BREAKS)
def test_broken_mapping_is_found_out(platform: str, right: str, wrong: str, found: str, tmp_path: Path) -> None:
    text = (REPOSITORY / "mappings" / f"{platform}.yaml").read_text(encoding="utf-8")
    assert right in text
    file = tmp_path / f"{platform}.yaml"
    file.write_text(text.replace(right, wrong), encoding="utf-8")
    shutil.copytree(REPOSITORY / "mappings" / "payloads", tmp_path / "payloads")
    mapping, problems = compile_file(file)
    if found == "compiles not":
        assert [problem.severity for problem in problems if "category_hours" in problem.message] == ["error"]
        return
    assert mapping is not None, [str(problem) for problem in problems]
    menu = full_menu()
    reading = read_menu(json.dumps(menu))
    assert reading.menu is not None
    made = preview(mapping, reading.menu, store=SETTINGS[platform], now=NOW)
    if found.startswith("("):
        told = [finding for finding in made.findings if finding.severity == "error" and found in finding.message]
        assert told
        return
    read = READERS[platform].read(json.loads(made.data(), parse_float=Decimal))
    assert any(f": {found} is " in each for each in differences(read, menu, {}, (platform, "delivery")))
