"""Stress menus: what they are, what shipped mappings make of them, and what is told of a mapping that breaks."""

from __future__ import annotations

import json
from collections import Counter
from random import Random

import pytest

from pipeline import json_text
from pipeline.cli.application import main
from pipeline.mapping.compiled import compile_text
from pipeline.reading import read_menu
from pipeline.stress.registry import MENUS
from pipeline.stress.run import BROKEN, Report, stress
from tests.platforms import PLATFORMS, compiled

TOLD_BY_SCHEMA = {
    "nothing but html": "a name that is only tags is none; the finding names the dish, its field and the line",
}
"""Menus of which no valid payload can be made, and where the payload schema's own words are clear enough."""


def reports(platform: str) -> dict[str, Report]:
    """Try a shipped mapping."""
    return {report.menu: report for report in stress(compiled(platform), seed=1)}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_shipped_mappings_survive(platform: str) -> None:
    broken = {name: report.told() for name, report in reports(platform).items() if report.state == "broken"}
    assert set(broken) <= set(TOLD_BY_SCHEMA), broken
    for name in broken:
        first = reports(platform)[name].first
        assert first.records
        assert first.place
        assert "must not be empty" in first.message


@pytest.mark.parametrize("platform", PLATFORMS)
def test_what_is_refused_says_why(platform: str) -> None:
    found = reports(platform)
    refused = {name: report for name, report in found.items() if report.state == "refused"}
    assert {"seven levels of modifiers", "hours that overlap", "no dishes", "everything hidden"} <= set(refused)
    for report in refused.values():
        assert report.first.code not in BROKEN
        assert len(report.first.message) > 20
    states = Counter(report.state for report in found.values())
    assert states["pass"] >= 20
    assert states["warnings"] >= 10


@pytest.mark.parametrize("name", [name for name in MENUS if name != "no dishes"])
def test_menus_can_be_read(name: str) -> None:
    """They are meant to bite mappings; what the reader refuses would never get there."""
    menu = MENUS[name].make(Random(f"3 {name}"))
    reading = read_menu(json_text.encode(menu))
    assert reading.menu is not None
    assert [str(finding) for finding in reading.findings if finding.severity in ("error", "hold")] == []
    assert len(reading.menu.items) == len(menu["items"])


def test_menus_say_what_bites() -> None:
    assert all(menu.about.endswith(".") for menu in MENUS.values())


def test_equal_seeds_give_equal_menus_and_others_do_not() -> None:
    def random_menus(seed: int) -> list:
        return [menu.make(Random(f"{seed} {name}")) for name, menu in MENUS.items() if name.startswith("random")]

    assert random_menus(1) == random_menus(1)
    assert all(left != right for left, right in zip(random_menus(1), random_menus(2), strict=True))


BREAKING = """\
platform: brittle
format: 1
payload:
  dishes:
    - $for: item in menu.items
      name: = item.name
      price: = item.price -> minor_units
"""
SCHEMA = {
    "type": "object",
    "properties": {"dishes": {"items": {"properties": {"name": {"maxLength": 300}, "price": {"minimum": 1}}}}},
}


@pytest.fixture
def brittle(tmp_path):
    """A mapping of a platform that takes neither long names nor free dishes."""
    (tmp_path / "payloads").mkdir()
    (tmp_path / "payloads" / "brittle.json").write_text(json.dumps(SCHEMA))
    path = tmp_path / "brittle.yaml"
    path.write_text(BREAKING)
    return path


def test_what_breaks_first_is_told_with_dish_and_line(brittle) -> None:
    mapping, _ = compile_text(brittle.read_bytes(), brittle)
    found = {report.menu: report for report in stress(mapping, seed=1)}
    assert found["names of 255 characters"].state == "pass"
    for name, line in (("texts of 10000 characters", 6), ("free dishes", 7)):
        report = found[name]
        assert (report.state, report.first.code, report.first.place.line) == ("broken", "payload-schema", line)
        assert report.first.records[-1].record_id in ("item-1", "item-2")
        assert len(report.told()) < 400


def test_the_command(brittle, capsys) -> None:
    assert main(["test", "--stress", str(brittle), "--format", "json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert [menu["menu"] for menu in document["menus"]] == list(MENUS)
    row = next(menu for menu in document["menus"] if menu["menu"] == "free dishes")
    assert row["state"] == "broken"
    assert row["first"]["dish"] in ("Dish 1", "Dish 2")
    assert row["first"]["mapping"].startswith(f"{brittle}:7:")
    assert main(["test", "--stress", str(brittle), "--seed", "7"]) == 1
    out = capsys.readouterr().out
    assert "free dishes" in out
    assert "BROKEN" in out
    assert main(["test", "--stress", "nowhere"]) == 2
