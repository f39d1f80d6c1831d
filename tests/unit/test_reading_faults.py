"""One fault each in a menu that is right: what is told, of which record and field, and what is kept."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pipeline.reading import KINDS, read_menu

DATA = Path(__file__).parents[1] / "data" / "reading"
MENU: dict[str, Any] = json.loads((DATA / "menu.json").read_text())
CASES: list[dict[str, Any]] = json.loads((DATA / "faults.json").read_text())


def changed(case: dict[str, Any]) -> bytes:
    """Write the menu with a case's changes; ``{"$raw": TEXT}`` is written as it is."""
    menu = copy.deepcopy(MENU)
    for path, value in case.get("set", {}).items():
        owner, last = _owner(menu, path)
        owner[last] = value
    for path in case.get("remove", []):
        owner, last = _owner(menu, path)
        del owner[last]
    text = json.dumps(menu)
    return re.sub(r'\{"\$raw": "(.*?)"\}', r"\1", text).encode()


def _owner(menu: Any, path: str) -> tuple[Any, Any]:
    *way, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    for part in way:
        menu = menu[part]
    return menu, last


def test_the_menu_itself_has_no_fault() -> None:
    reading = read_menu((DATA / "menu.json").read_bytes())
    assert reading.findings == ()
    assert reading.menu is not None
    assert [item.name for item in reading.menu.items] == ["Margherita", "Cola", "Menü für zwei"]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_fault(case: dict[str, Any]) -> None:
    reading = read_menu(changed(case))
    told = [finding for finding in reading.findings if finding.code == case["code"]]
    assert len(told) == 1, [str(finding) for finding in reading.findings]
    finding = told[0]
    assert finding.severity == case["severity"]
    assert [[record.kind, record.record_id] for record in finding.records] == case["records"]
    assert finding.field == case["field"]
    assert case.get("says", "") in finding.message
    assert case.get("hint", "") in finding.hint
    assert finding.message.endswith(".")
    assert len(str(finding)) < 1_500
    assert str(finding).isprintable()


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_what_is_kept_reads_without_error(case: dict[str, Any]) -> None:
    reading = read_menu(changed(case))
    if reading.menu is None:
        assert case["code"] in {
            "menu-currency",
            "menu-locale",
            "menu-timezone",
            "menu-field-type",
            "menu-field-missing",
        }
        return
    again = read_menu(msgspec.json.encode(reading.menu))
    kept_as_it_is = {"menu-group-min-over-max"}
    assert [
        finding for finding in again.findings if finding.severity == "error" and finding.code not in kept_as_it_is
    ] == []
    assert again.menu == reading.menu


def test_every_kind_of_finding_is_tried() -> None:
    elsewhere = {
        "menu-file-missing", "menu-file-unreadable", "menu-too-large", "menu-encoding", "menu-json-empty",
        "menu-json-invalid", "menu-json-cut-off", "menu-json-depth", "menu-form", "menu-key-twice",
        "menu-category-depth", "menu-group-depth", "menu-group-growth",
    }  # fmt: skip
    assert {case["code"] for case in CASES} | elsewhere == KINDS.keys()


def test_all_faults_are_told_in_one_run() -> None:
    menu = copy.deepcopy(MENU)
    menu["items"][0]["price"] = "-1"
    menu["items"][1]["availability"] = "no"
    del menu["items"][2]["name"]
    menu["modifier_groups"][0]["options"][0]["price"] = "x"
    menu["modifier_groups"][0]["min_select"] = 9
    menu["categories"][1]["parent_category"] = "c-none"
    menu["restaurant"]["hours"][0]["end"] = "noon"
    reading = read_menu(json.dumps(menu))
    assert {finding.code for finding in reading.findings if finding.severity == "error"} == {
        "menu-price-negative", "menu-field-type", "menu-field-missing", "menu-price-not-a-number",
        "menu-group-min-over-max", "menu-category-unknown-parent", "menu-hours-time",
    }  # fmt: skip
    assert reading.menu is not None
    assert [item.item_id for item in reading.menu.items] == ["i-cola"]


def test_what_names_a_record_that_was_left_out_is_no_further_problem() -> None:
    menu = copy.deepcopy(MENU)
    menu["items"][1]["price"] = "x"
    menu["categories"][0]["name"] = ""
    menu["modifier_groups"][2]["name"] = 5
    findings = read_menu(json.dumps(menu)).findings
    assert [finding.code for finding in findings if finding.severity == "error"] == [
        "menu-field-empty", "menu-price-not-a-number", "menu-field-type",
    ]  # fmt: skip


def test_many_faults_of_one_kind_are_counted() -> None:
    menu = copy.deepcopy(MENU)
    menu["items"] += [
        {"item_id": f"n-{number}", "name": "N", "price": "x", "category": "c-food"} for number in range(700)
    ]
    findings = read_menu(json.dumps(menu)).findings
    assert len(findings) == 201
    assert findings[-1].count == 500
    assert "500 more problems" in findings[-1].message


def test_collected_findings_count_all_and_name_some() -> None:
    menu = copy.deepcopy(MENU)
    menu["items"] += [{"item_id": f"n-{number}", "name": f"N {number}", "price": "2"} for number in range(40)]
    (finding,) = read_menu(json.dumps(menu)).findings
    assert (finding.code, finding.count, len(finding.records)) == ("menu-category-none", 40, 25)
    assert "40 items" in finding.message
    assert "first 25" in finding.message


def groups_in_a_chain(length: int, options: int) -> list[dict[str, Any]]:
    return [
        {
            "modifier_group_id": f"g{number}",
            "name": f"Group {number}",
            "options": [
                {
                    "option_id": f"o{choice}",
                    "name": "O",
                    "modifier_groups": [f"g{number + 1}"] if number + 1 < length else [],
                }
                for choice in range(options)
            ],
        }
        for number in range(length)
    ]


@pytest.mark.parametrize(
    ("length", "options", "code"),
    [(32, 1, None), (33, 1, "menu-group-depth"), (5_000, 1, "menu-group-depth"), (20, 2, "menu-group-growth")],
)
def test_nesting_of_groups_is_bounded(length: int, options: int, code: str | None) -> None:
    menu = copy.deepcopy(MENU)
    menu["modifier_groups"] = groups_in_a_chain(length, options)
    menu["items"][0]["modifier_groups"] = ["g0"]
    assert [finding.code for finding in read_menu(json.dumps(menu)).findings] == ([code] if code else [])


@pytest.mark.parametrize(
    ("length", "codes"), [(32, []), (33, ["menu-category-depth"]), (9_000, ["menu-category-depth"])]
)
def test_nesting_of_categories_is_bounded(length: int, codes: list[str]) -> None:
    menu = copy.deepcopy(MENU)
    menu["categories"] += [
        {"category_id": f"n{number}", "name": f"N {number}", "parent_category": f"n{number - 1}" if number else None}
        for number in range(length)
    ]
    reading = read_menu(json.dumps(menu))
    assert [finding.code for finding in reading.findings] == codes
    assert reading.menu is not None
    parents = {category.category_id: category.parent_category for category in reading.menu.categories}
    deepest, level = f"n{length - 1}", 0
    category: str | None = deepest
    while category is not None:
        category, level = parents[category], level + 1
    assert level <= 32
