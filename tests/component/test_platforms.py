"""Every menu on every shipped platform: whole, right by the platform's own rules, and nothing lost in silence."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from pipeline.findings import Finding
from tests.generators.full_menu import FILE, full_menu
from tests.payload_readers.comparison import EVERYTHING, differences
from tests.platform_rules import broken_rules
from tests.platforms import (
    MINOR_UNITS,
    PLATFORMS,
    READERS,
    SMALL,
    Published,
    compiled,
    menu_files,
    menu_name,
    published,
)
from tests.shared_files import COMMITTABLE, EXAMPLE_MENUS, shared_path

on_every_platform = pytest.mark.parametrize("platform", PLATFORMS)
with_every_menu = pytest.mark.parametrize("menu", menu_files(), ids=menu_name)

ASPECTS = {
    "image": r"picture",
    "dietary": r"is not in .*(dietary|tag)|dietary claim",
    "deposit": r"deposit",
    "bundle": r"bundle",
    "charge_above": r"first .* are free",
    "hours": r"category hours",
    "max_quantity": r"largest",
    "special hours": r"special hours",
}
"""What a finding is about, told by its sentence."""


def reported(made: Published) -> dict[str, set[str]]:
    """Give the names that findings told of, each with the aspects concerned."""
    told: dict[str, set[str]] = {}
    for finding in made.findings:
        aspects = {aspect for aspect, words in ASPECTS.items() if re.search(words, finding.message)}
        if finding.code in LEFT_OUT:
            aspects.add(EVERYTHING)
        for record in finding.records[-1:] if finding.count == 1 else finding.records:
            told.setdefault(record.name, set()).update(aspects)
    return told


LEFT_OUT = {"hidden-left-out", "modifier-group-empty"}


@on_every_platform
def test_mapping_has_nothing_wrong(platform: str) -> None:
    assert [str(finding) for finding in compiled(platform).findings] == []


@on_every_platform
@with_every_menu
def test_payload_is_whole_and_checked(platform: str, menu: Path) -> None:
    made = published(platform, menu).preview
    assert made.publishable, [str(finding) for finding in made.findings]
    assert made.schema_checked


@on_every_platform
@with_every_menu
def test_payload_fits_the_published_schema(platform: str, menu: Path) -> None:
    schema = json.loads(shared_path(f"platforms/{platform}/payload.schema.json").read_text())
    validator = jsonschema.Draft202012Validator(schema)
    payload = published(platform, menu).payload(exact=False)
    assert [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(payload)] == []


@on_every_platform
@with_every_menu
def test_payload_keeps_the_published_rules(platform: str, menu: Path) -> None:
    rules = json.loads(shared_path(f"platforms/{platform}/integrity.json").read_text())
    assert broken_rules(published(platform, menu).payload(exact=False), rules) == []


@on_every_platform
@with_every_menu
def test_nothing_is_lost_in_silence(platform: str, menu: Path) -> None:
    made = published(platform, menu)
    places = MINOR_UNITS.get(made.menu["restaurant"]["currency"], 2)
    read = READERS[platform].read(made.payload(exact=True), places)
    assert differences(read, made.menu, reported(made), (platform, "delivery")) == []


# ---- only what the menu itself gives reason for is told

Menu = dict[str, Any]


def _any_option(menu: Menu, key: str) -> bool:
    return any(option.get(key) for group in menu["modifier_groups"] for option in group["options"])


def _short_group(menu: Menu) -> bool:
    return any(
        group["min_select"] > sum(option.get("availability", True) for option in group["options"])
        for group in menu["modifier_groups"]
    )


def _depth(menu: Menu) -> int:
    parents = {category["category_id"]: category.get("parent_category") for category in menu["categories"]}

    def level(category: str | None) -> int:
        return 0 if category is None else 1 + level(parents[category])

    return max((level(category) for category in parents), default=0)


JUSTIFIED: dict[str, Callable[[Menu], Any]] = {
    "hours-assumed": lambda menu: not menu["restaurant"].get("hours"),
    "setting-example": lambda menu: not menu["restaurant"].get("hours"),
    "categories-flattened": lambda menu: _depth(menu) > 1,
    "category-text-lost": lambda menu: _depth(menu) > 1,
    "category-missing": lambda menu: any(not (i.get("category") or i.get("categories")) for i in menu["items"]),
    "item-without-category": lambda menu: any(not (i.get("category") or i.get("categories")) for i in menu["items"]),
    "hidden-left-out": lambda menu: "hidden" in json.dumps(menu),
    "empty-category-left-out": lambda menu: menu["categories"],
    "dietary-unknown": lambda menu: any(i.get("dietary") for i in menu["items"]),
    "table-unknown": lambda menu: any(i.get("dietary") for i in menu["items"]),
    "allergens-unknown": lambda menu: any(i.get("allergens") for i in menu["items"]),
    "left-out": lambda menu: "image_url" in json.dumps(menu),
    "modifier-group-short": _short_group,
    "size-price": lambda menu: any(item.get("sizes") for item in menu["items"]),
    "check": lambda menu: menu["restaurant"]["restaurant_id"] == "rest_everything" or _short_group(menu),
}
"""Every code that may be told of a menu that can be published, with what in the menu gives reason for it."""


@on_every_platform
@with_every_menu
def test_only_the_menus_own_data_is_told_of(platform: str, menu: Path) -> None:
    made = published(platform, menu)
    baseless = [
        f"{finding.code}: {finding}"
        for finding in made.preview.findings
        if finding.severity != "note" and not JUSTIFIED.get(finding.code, lambda _: False)(made.menu)
    ]
    assert baseless == []


@on_every_platform
def test_findings_name_their_dish(platform: str) -> None:
    told = [f for f in published(platform, FILE).preview.findings if f.code in ("left-out", "table-unknown", "check")]
    assert told
    assert [str(finding) for finding in told if not _names_something(finding)] == []


def _names_something(finding: Finding) -> bool:
    return bool(finding.records) or bool(re.match(r"\d{4}-\d\d-\d\d", finding.message))


def test_the_menu_with_everything_is_the_one_in_the_examples() -> None:
    assert json.loads(FILE.read_text(encoding="utf-8")) == full_menu()


# ---- snapshots


class PayloadFile(SingleFileSnapshotExtension):
    """One readable JSON file per payload."""

    _write_mode = WriteMode.TEXT
    file_extension = "json"


SNAPSHOTS = [FILE, SMALL / "menu.json", *(EXAMPLE_MENUS / f"{name}.json" for name in COMMITTABLE)]


@on_every_platform
@pytest.mark.parametrize("menu", [path for path in SNAPSHOTS if path.exists()], ids=menu_name)
def test_payload_is_as_before(platform: str, menu: Path, snapshot: SnapshotAssertion) -> None:
    assert published(platform, menu).preview.text() == snapshot(extension_class=PayloadFile)
