"""What a menu's edits change on each platform, in the same words, and what a mapping's edits do."""

from __future__ import annotations

import json
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.comparing import Difference, Side, compare, measure
from pipeline.comparing.raw import raw_changes
from pipeline.mapping.compiled import CompiledMapping, compile_file
from pipeline.mapping.compiler.runtime import MISSING
from pipeline.mapping.paths import parts_of
from pipeline.menu import Menu
from pipeline.reading import read_menu
from tests.platforms import NOW, PLATFORMS, SETTINGS, compiled, menu_files, menu_name
from tests.shared_files import REPOSITORY

DATA = REPOSITORY / "tests" / "data" / "comparing"
CASES = yaml.safe_load((DATA / "cases.yaml").read_text(encoding="utf-8"))


def menu_of(edits: dict[str, Any]) -> Menu:
    """Read the menu with edits."""
    document = json.loads((DATA / "menu.json").read_bytes())
    for path, value in edits.items():
        adds = path.endswith("+")
        *above, last = parts_of(path.removesuffix("+"))
        holder = document
        for part in above:
            holder = holder[part]
        if adds:
            holder[last].append(value)
        elif value is None:
            del holder[last]
        else:
            holder[last] = value
    menu = read_menu(json.dumps(document).encode()).menu
    assert menu is not None
    return menu


@cache
def base() -> Menu:
    return menu_of({})


def side(platform: str, menu: Menu, mapping: CompiledMapping | None = None) -> Side:
    return Side(mapping or compiled(platform), menu, SETTINGS[platform])


def told(difference: Difference) -> list[str]:
    return [f"{change.code}: {change.text}" for change in difference.menu_changes]


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_menu_change_is_told_in_the_same_words_on_every_platform(case: dict[str, Any], platform: str) -> None:
    difference = compare(side(platform, base()), side(platform, menu_of(case["edit"])), now=NOW)
    assert difference.findings == ()
    assert difference.mapping_changes == ()
    found = told(difference)
    if "starts" in case:
        about = {change.record.record_id for change in difference.menu_changes if change.code == "sold_out"}
        kept = [
            text for text, change in zip(found, difference.menu_changes, strict=True) if change.code != "availability"
        ]
        assert len(kept) == len(case["starts"]), found
        assert all(text.startswith(start) for text, start in zip(kept, case["starts"], strict=True))
        assert len(about) == 1
    else:
        assert found == case["told"]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_back_is_told_as_back(platform: str) -> None:
    sold_out = menu_of({"items[4].availability": False})
    difference = compare(side(platform, sold_out), side(platform, base()), now=NOW)
    assert "back" in [change.code for change in difference.menu_changes]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_hours_are_told_of_the_restaurant(platform: str) -> None:
    new = menu_of({"restaurant.hours[0].end": "15:45"})
    difference = compare(side(platform, base()), side(platform, new), now=NOW)
    if platform != "grubhub":  # its mapping sends the restaurant's hours only where the store asks for it
        assert {change.code for change in difference.menu_changes} == {"hours"}
        assert {change.record.kind for change in difference.menu_changes} == {"restaurant"}
        assert "15:45" in difference.menu_changes[0].text


@pytest.mark.parametrize("platform", PLATFORMS)
def test_what_the_menu_and_what_the_mapping_changed_are_told_apart(platform: str, tmp_path: Path) -> None:
    old_mapping = half_more(platform, tmp_path)
    new = menu_of({"items[3].name": "Tiramisù"})
    difference = compare(side(platform, base(), old_mapping), side(platform, new), now=NOW)
    assert told(difference) == ["name: Tiramisu is now called Tiramisù"]
    prices = {change.record.name: (change.old, change.new) for change in difference.mapping_changes}
    assert prices["Margherita"] == (Decimal("19.49"), Decimal("12.99"))
    assert prices["Tiramisù"] == (Decimal("9.75"), Decimal("6.50"))
    assert {change.code for change in difference.mapping_changes} == {"price"}
    assert {change.percent for change in difference.mapping_changes} <= {Decimal("-33.3"), Decimal("-33.4")}


def half_more(platform: str, folder: Path) -> CompiledMapping:
    """Compile a platform's mapping with half more on every price."""
    text = (REPOSITORY / "mappings" / f"{platform}.yaml").read_text(encoding="utf-8")
    assert "markup_percent: = store.markup_percent" in text
    changed = text.replace("markup_percent: = store.markup_percent", "markup_percent: 50")
    path = folder / f"{platform}.yaml"
    path.write_text(changed, encoding="utf-8")
    mapping, findings = compile_file(path)
    assert mapping is not None
    assert mapping.usable, [str(finding) for finding in findings]
    return mapping


def test_a_field_that_is_only_called_otherwise_is_one_change(tmp_path: Path) -> None:
    path = tmp_path / "pizza_post.yaml"
    text = (
        "platform: pizza_post\nformat: 1\npayload:\n  dishes:\n    - $for: item in menu.items\n      KEY: = item.name\n"
    )
    mappings = []
    for name in ("title", "name"):
        path.write_text(text.replace("KEY", name), encoding="utf-8")
        mappings.append(compile_file(path)[0])
    old, new = (Side(mapping, base()) for mapping in mappings if mapping is not None)
    difference = compare(old, new, now=NOW)
    assert [change.text for change in difference.mapping_changes if change.record.record_id == "i-1"] == [
        "name of Margherita is now sent as `name`, was `title`"
    ]
    assert len(difference.mapping_changes) == 5
    assert difference.menu_changes == ()


def test_a_change_carries_the_payload_s_own_values() -> None:
    new = menu_of({"items[0].price": "13.49", "items[2]": None})
    (gone, price) = compare(side("doordash", base()), side("doordash", new), now=NOW).menu_changes
    assert (gone.code, gone.old, gone.new) == ("gone", Decimal("14.10"), MISSING)
    assert (price.old, price.new, price.percent) == (Decimal("12.99"), Decimal("13.49"), Decimal("3.8"))
    assert [(field.field, field.old_path, field.old, field.new) for field in price.fields] == [
        ("items[].price", "menu.categories[0].items[0].price", 1299, 1349),
        ("items[].base_price", "menu.categories[0].items[0].base_price", 1299, 1349),
    ]
    assert price.within == ("Pizze",)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_raw_difference_holds_entries_of_one_record_against_each_other(platform: str) -> None:
    new = menu_of({"items[0]": None, "items[3].price": "6.80"})
    difference = compare(side(platform, base()), side(platform, new), now=NOW)
    changes = raw_changes(difference.old, difference.new)
    values = {(change.old, change.new) for change in changes if isinstance(change.old, int | Decimal)}
    assert values & {(520, 680), (Decimal("5.20"), Decimal("6.80"))}
    assert not any("Diavola" in repr((change.old, change.new)) for change in changes)
    assert raw_changes(difference.old, difference.old) == []


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("path", menu_files(), ids=menu_name)
def test_a_menu_does_not_differ_from_itself_and_all_of_it_from_nothing(path: Path, platform: str) -> None:
    first, second = (read_menu(path.read_bytes()).menu for _ in range(2))
    assert first is not None
    assert second is not None
    difference = compare(side(platform, first), side(platform, second), now=NOW)
    assert difference.findings == ()
    assert difference.changes == ()
    assert not difference.movement.suspicious
    second.items[0].price += 1
    second.items[0].prices.clear()
    first.items[0].prices.clear()
    changed = compare(side(platform, first), side(platform, second), now=NOW)
    if any(item.item_id == second.items[0].item_id for item in changed.new.shaped.menu.items):
        assert (
            any(
                change.code == "price" and change.record.record_id.startswith(second.items[0].item_id)
                for change in changed.changes
            )
            or second.items[0].sizes
        )


def test_a_menu_that_lost_its_dishes_or_whose_prices_jumped_is_suspicious() -> None:
    was = {f"i-{number}": Decimal(number + 4) for number in range(10)}
    assert not measure(was, was).suspicious
    half = dict(list(was.items())[:5])
    assert measure(was, half).lost_share == Decimal("0.5")
    assert not measure(was, half).suspicious
    assert measure(was, dict(list(was.items())[:4])).reasons() == ("6 of 10 dishes are gone.",)
    assert measure(was, {}).reasons() == ("The menu has no dishes; before, it had 10.",)
    halved = measure(was, {key: price / 2 for key, price in was.items()})
    assert halved.reasons() == ("Prices as a whole changed by -50 %.",)
    assert measure(was, {key: price * 100 for key, price in was.items()}).prices_jumped
    one = {**was, "i-0": Decimal(400)}
    assert not measure(was, one).suspicious
    assert not measure({}, was).suspicious


def test_a_side_without_a_payload_is_told(tmp_path: Path) -> None:
    path = tmp_path / "pizza_post.yaml"
    path.write_text("platform: pizza_post\nformat: 1\npayload:\n  $if: restaurant.phone\n  name: = restaurant.name\n")
    mapping, _ = compile_file(path)
    assert mapping is not None
    difference = compare(side("doordash", base(), mapping), side("doordash", menu_of({}), mapping), now=NOW)
    assert [finding.code for finding in difference.findings] == ["payload-missing", "payload-missing"]
    assert difference.changes == ()
