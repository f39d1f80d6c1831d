"""The coverage matrix against what happens: each field of a menu that has everything is changed and taken out."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from pipeline.cli.application import main
from pipeline.coverage import coverage
from pipeline.coverage.page import page
from pipeline.mapping.arrivals.fields import RECORDS, rows
from pipeline.mapping.compiled import compile_text
from pipeline.mapping.expressions.scope import OperationView
from pipeline.preview import preview
from pipeline.reading import read_menu
from tests.generators.full_menu import full_menu
from tests.platforms import NOW, PLATFORMS, SETTINGS, compiled

Json = dict[str, Any]

# Settings under which a field gets through, where it does not under the usual ones.
FURTHER: dict[str, list[Json]] = {
    "doordash": [{"locale": "es"}],
    "grubhub": [{"locale": "es"}],
    "ubereats": [{"locale": "es"}, {"prices_include_tax": "true"}],
}


def records(menu: Json, word: str) -> list[Json]:
    """Give all records of a kind."""
    kinds = {
        "restaurant": [menu["restaurant"]],
        "category": menu["categories"],
        "item": menu["items"],
        "size": [size for item in menu["items"] for size in item.get("sizes", ())],
        "group": menu["modifier_groups"],
        "option": [option for group in menu["modifier_groups"] for option in group["options"]],
    }
    return kinds[word]


def other(value: Any) -> Iterator[Any]:
    """Give values of the same kind that are not this one."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield value + 1
    elif isinstance(value, str):
        try:
            yield str(Decimal(value) + 1)
        except ArithmeticError:
            yield f"{value}x"
    elif isinstance(value, list):
        yield value[:-1]
        yield value[1:]
        yield [one for entry in value for one in [*other(entry)][:1]]
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield {name: each for name, each in value.items() if name != key}
            yield from ({**value, key: changed} for changed in other(inner))


SPECIAL: dict[str, list[Any]] = {
    "currency": ["JPY"],
    "locale": ["es-US", "fr-FR"],
    "timezone": ["Asia/Tokyo"],
    "category": ["cat-drinks"],
    "categories": [["cat-drinks"]],
    "parent_category": ["cat-drinks"],
    "modifier_groups": [["grp-toppings"], ["grp-sauce"]],
    "prices": [{"delivery": "77.01", "pickup": "77.02"}],
    "display_order": [-5, 100],
    "sold_out_until": ["2031-07-08T09:10:00-04:00"],
    "image_url": ["https://images.example.com/other.jpg"],
}
"""Values that such a field can take."""
DEFAULTS = {"hidden": False, "is_default": False, "display_order": 0}
"""Fields that mean this where they are left out."""
IDS = {"category_id", "item_id", "modifier_group_id", "option_id"}


def renamed(menu: Json, name: str, old: str, new: str) -> Json:
    """Give the menu with another id for a record, and with every reference to it."""
    keys = {
        "category_id": {"category_id", "category", "parent_category", "categories"},
        "item_id": {"item_id"},
        "modifier_group_id": {"modifier_group_id", "modifier_groups"},
        "option_id": {"option_id"},
    }[name]

    def walk(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {inner: walk(each, inner) for inner, each in value.items()}
        if isinstance(value, list):
            return [walk(each, key) for each in value]
        return new if key in keys and value == old else value

    return walk(menu)


def changed_menus(row: str) -> Iterator[Json]:
    """Give the menu with one field changed or taken out: on all records that have it, and on each alone."""
    word, _, name = row.partition(".")
    menu = full_menu()
    count = len(records(menu, word))
    if name in IDS:
        old = records(menu, word)[0][name]
        yield renamed(menu, name, old, f"{old}-new")
        return
    everywhere = copy.deepcopy(menu)
    for record in records(everywhere, word):
        record.pop(name, None)
    yield everywhere
    for place in range(count):
        value = records(menu, word)[place].get(name, DEFAULTS.get(name))
        if value is None:
            continue
        for instead in SPECIAL.get(name) or other(value):
            changed = copy.deepcopy(menu)
            records(changed, word)[place][name] = instead
            yield changed


def payload(platform: str, menu: Json, more: Json) -> str | None:
    """Give what a menu becomes, as text; None where it cannot be read."""
    reading = read_menu(json.dumps(menu).encode())
    if reading.menu is None:
        return None
    settings = {**SETTINGS[platform], **more}
    made = preview(compiled(platform), reading.menu, store=settings, now=NOW, operation=OperationView("o", "r"))
    return made.text()


@cache
def base(platform: str, more: str) -> str:
    """Give what the unchanged menu becomes."""
    text = payload(platform, full_menu(), json.loads(more))
    assert text is not None
    return text


def arrives(platform: str, row: str) -> bool:
    """Tell whether any change of a field changes the payload."""
    for more in ({}, *FURTHER[platform]):
        unchanged = base(platform, json.dumps(more))
        for menu in changed_menus(row):
            text = payload(platform, menu, more)
            if text is not None and text != unchanged:
                return True
    return False


@cache
def matrix() -> Any:
    """Compute the matrix of the shipped mappings."""
    return coverage(compiled(platform) for platform in PLATFORMS)


def test_the_menu_that_has_everything_has_every_field() -> None:
    menu = full_menu()
    missing = [
        row
        for row in rows()
        if not any(record.get(row.partition(".")[2]) is not None for record in records(menu, row.partition(".")[0]))
    ]
    assert missing == []


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_matrix_says_what_happens(platform: str) -> None:
    wrong = {}
    for row in matrix().rows:
        cell = row.cells[platform]
        happens = arrives(platform, row.field)
        if happens != (cell.state in ("reaches", "sometimes")):
            wrong[row.field] = (cell.state, "arrives" if happens else "does not arrive")
    assert wrong == {}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_what_is_said_to_be_wholly_there_is_missed_when_taken_out_of_one_record(platform: str) -> None:
    """``reaches`` promises more than one change seen somewhere: every single value gets through."""
    lost = {}
    unchanged = base(platform, "{}")
    for row in matrix().rows:
        word, _, name = row.field.partition(".")
        if row.cells[platform].state != "reaches" or name in IDS | NOT_EACH:
            continue
        menu = full_menu()
        for place, record in enumerate(records(menu, word)):
            if record.get(name) in (None, [], {}, False) or unseen(menu, word, record):
                continue
            values = SPECIAL.get(name) or list(other(record[name]))
            texts = []
            for value in values:
                changed = copy.deepcopy(menu)
                records(changed, word)[place][name] = value
                texts.append(payload(platform, changed, {}))
            if all(text == unchanged for text in texts):
                lost.setdefault(row.field, []).append(record.get("name"))
    assert lost == {}


NOT_EACH = {
    # An order is seen only where two change places; True and False of these stand beside other things that decide.
    "display_order", "availability", "is_default", "hidden",
    # The shape decides what of these is there.
    "category", "categories", "sizes", "price",
}  # fmt: skip


def unseen(menu: Json, word: str, record: Json) -> bool:
    """Tell whether a record is hidden, or empty: it is left out as a whole."""
    empty = {"cat-empty", "cat-secret"}
    return bool(record.get("hidden")) or record.get("category_id") in empty or record.get("category") in empty


def test_everything_is_lost_on_a_platform_that_takes_nothing(tmp_path) -> None:
    path = tmp_path / "nothing.yaml"
    mapping, _ = compile_text(b"platform: nothing\nformat: 1\nshape: {hidden_items: keep}\npayload: {a: 1}\n", path)
    found = coverage([mapping])
    assert {row.cells["nothing"].state for row in found.rows if row.field != "category.hidden"} == {"lost"}
    assert found.platforms[0].unfilled is None


CASES = {
    "= item.name": ("item.name", "reaches", ()),
    "= item.name -> upper": ("item.name", "reaches", ()),
    "{$if: item.is_alcohol, $value: = item.name}": ("item.name", "sometimes", ("if item.is_alcohol",)),
    "{$unless: item.name, $value: = item.calories}": (
        "item.calories", "sometimes", ("if not: item.name",),
    ),
    "{$if: item.calories, $value: = item.calories}": ("item.calories", "reaches", ()),
    "{$if: item.is_alcohol, $value: = item.calories, $else: = item.calories}": ("item.calories", "reaches", ()),
    "{$from: item.calories, $default: = item.deposit}": (
        "item.deposit", "sometimes", ("if item.calories is missing",),
    ),
    "= not_null(item.calories, item.deposit)": ("item.deposit", "sometimes", ("if item.calories is missing",)),
    "= item.dietary -> diet": (
        "item.dietary",
        "sometimes",
        ("if `diets` has its word (it lacks gluten_free, halal, kosher, lactose_free, organic, vegetarian)",),
    ),
    "= item.nutrition.salt": ("item.nutrition", "sometimes", ("only salt",)),
    "{$use: box, $with: {content: = item.deposit}}": ("item.deposit", "reaches", ()),
    "{$let: {kept: = item.deposit}, $value: = kept}": ("item.deposit", "reaches", ()),
    "{$let: {kept: = item.deposit}, $value: 1}": ("item.deposit", "lost", ()),
    "= item.allergens[0]": ("item.allergens", "sometimes", ("if it is the first of its list",)),
    "= item.modifier_groups[].options[?is_default].name": (
        "option.name", "sometimes", ("if the list's filter lets it through",),
    ),
    "= item.modifier_groups[].options[].calories": ("option.calories", "reaches", ()),
    "{$text: 'salt {item.nutrition.salt} for {item.name}'}": ("item.name", "reaches", ()),
    "= length(item.name) > `3`": ("item.name", "sometimes", ("it only decides what is sent",)),
}  # fmt: skip


@pytest.mark.parametrize("rule", CASES)
def test_each_kind_of_rule(rule: str, tmp_path) -> None:
    text = f"""\
platform: one
format: 1
tables:
  diets: {{vegan: V}}
transforms:
  diet: [{{lookup: diets}}]
payload:
  dishes:
    - $for: item in menu.items
      field: {rule}
templates:
  box:
    inside: = content
"""
    mapping, told = compile_text(text.encode(), tmp_path / "one.yaml")
    assert mapping is not None
    assert [str(one) for one in told if one.severity == "error"] == []
    field, state, because = CASES[rule]
    cell = next(row.cells["one"] for row in coverage([mapping]).rows if row.field == field)
    assert (cell.state, cell.because) == (state, because)


def test_offered_fields_that_nothing_fills(tmp_path) -> None:
    (tmp_path / "payloads").mkdir()
    dish = {
        "type": "object",
        "required": ["id", "colour"],
        "properties": {"id": {}, "colour": {"description": "Of the box"}, "size": {}, "with": {"$ref": "#/$defs/dish"}},
    }
    schema = {
        "type": "object",
        "$defs": {"dish": dish},
        "properties": {"dishes": {"type": "array", "items": {"$ref": "#/$defs/dish"}}, "other": {"type": "object"}},
    }
    (tmp_path / "payloads" / "one.json").write_text(json.dumps(schema))
    text = b"""\
platform: one
format: 1
payload:
  dishes:
    - $for: item in menu.items
      id: = item.item_id
      with: {id: = item.name}
not_sent:
  dishes[].size: all are of one size
"""
    mapping, _ = compile_text(text, tmp_path / "one.yaml")
    fields = coverage([mapping]).platforms[0].unfilled
    assert [(one.path, one.required, one.reason, one.about) for one in fields] == [
        ("other", False, "", ""),
        ("dishes[].colour", True, "", "Of the box"),
        ("dishes[].size", False, "all are of one size", ""),
    ]


def test_reasons_of_the_mapping_are_told() -> None:
    cell = next(row.cells["doordash"] for row in matrix().rows if row.field == "item.allergens")
    assert (cell.state, cell.because) == ("lost", ("DoorDash has no field for allergens",))


def test_a_call_of_its_own_is_no_loss() -> None:
    states = {row.field: row.cells["doordash"].state for row in matrix().rows}
    assert states["item.availability"] == states["option.availability"] == "apart"


def test_every_record_has_rows() -> None:
    assert {row.field.partition(".")[0] for row in matrix().rows} == set(RECORDS)


def test_json_and_table_say_the_same(capsys) -> None:
    assert main(["coverage", *PLATFORMS, "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    states = {row["field"]: [cell["state"] for cell in row["platforms"].values()] for row in document["fields"]}
    assert states == {row.field: [cell.state for cell in row.cells.values()] for row in matrix().rows}
    assert main(["coverage", *PLATFORMS]) == 0
    out = capsys.readouterr().out
    lines = {line.split()[0]: line.split()[1:] for line in out.splitlines() if line.strip()}
    assert lines["item.allergens"] == ["–", "–", "yes"]
    assert "  item.allergens: DoorDash has no field for allergens" in out


def test_the_page_needs_nothing_from_elsewhere() -> None:
    html = page(matrix())
    assert html.count("<tr") > len(matrix().rows)
    for outside in ("http://", "https://", "src=", "href=", "url(", "@import", "<script"):
        assert outside not in html
    assert "prefers-color-scheme" in html or "light-dark(" in html
    assert 'name="viewport"' in html


def test_the_page_escapes_what_mappings_say(tmp_path) -> None:
    text = b"platform: one\ntitle: <b>One</b>\nformat: 1\npayload: {a: 1}\nnot_sent: {item.name: <i>no</i>}\n"
    mapping, _ = compile_text(text, tmp_path / "one.yaml")
    html = page(coverage([mapping]))
    assert "<b>One" not in html
    assert "<i>no" not in html
    assert "&lt;i&gt;no&lt;/i&gt;" in html
