"""A key that one object holds twice is told with its place; the last one never wins in silence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.reading import read_lists, read_menu

MENU = (Path(__file__).parents[1] / "data" / "reading" / "menu.json").read_text()
RESTAURANT = json.loads(MENU)["restaurant"]


def told(text: str) -> list[tuple[str, list[tuple[str, str]], str]]:
    return [
        (finding.message, [(record.kind, record.record_id) for record in finding.records], finding.field)
        for finding in read_menu(text).findings
        if finding.code == "menu-key-twice" and finding.severity == "error"
    ]


@pytest.mark.parametrize(
    ("before", "after", "key", "records", "field"),
    [
        ("{", '{"items": [],', "items", [], "items"),
        ('"item_id": "i-cola"', '"item_id": "i-cola", "price": "9.90"', "price", [("item", "i-cola")], "price"),
        ('"item_id": "i-cola"', '"item_id" : "i-old" , "item_id": "i-cola"', "item_id",
         [("item", "i-cola")], "item_id"),
        ('"option_id": "o-oil"', '"option_id": "o-oil", "na\\u006de": "Oil"', "name",
         [("group", "g-extra"), ("option", "o-oil")], "name"),
        ('"delivery": "4.95"', '"delivery": "4.95", "delivery": "5.05"', "delivery",
         [("item", "i-cola"), ("size", "s-05")], "prices.delivery"),
        ('"item_id": "i-cola"', '"item_id": "i-cola", "mine": [{"a": 1, "a": 2}]', "a",
         [("item", "i-cola")], "mine[0].a"),
        # an escaped colon in a text makes up for the one that is lost
        ('"item_id": "i-cola"', '"item_id": "i-cola", "price": 1, "description": "\\u003a"', "price",
         [("item", "i-cola")], "price"),
    ],
)  # fmt: skip
def test_a_key_twice_is_an_error(before: str, after: str, key: str, records: list[tuple[str, str]], field: str) -> None:
    text = json.dumps(json.loads(MENU))
    assert before in text
    message = f'"{key}" is written twice in one object, and only one of them can be meant.'
    assert told(text.replace(before, after, 1)) == [(message, records, field)]


def test_a_key_three_times_is_counted() -> None:
    text = json.dumps(json.loads(MENU)).replace("{", '{"version": 1, "version": 2,', 1)
    assert '"version" is written 3 times' in told(text)[0][0]


def test_colons_in_texts_spaces_and_escapes_are_no_repetition() -> None:
    menu = json.loads(MENU)
    menu["items"][1]["description"] = 'a: "b": c\\u003a :: \u00e9'
    for text in (json.dumps(menu), json.dumps(menu, ensure_ascii=False, indent=4, separators=(" , ", " : "))):
        assert told(text) == []
        assert told(text.replace("::", "\\u003a\\u003A")) == []


def test_the_two_lists_are_looked_at_too() -> None:
    items = b'[{"item_id": "i1", "name": "A", "price": "1", "price": "2", "category": "c1"}]'
    categories = b'[{"category_id": "c1", "name": "Old", "name": "New"}]'
    findings = read_lists(items, categories, RESTAURANT).findings
    found = [(finding.code, finding.records[-1].record_id, finding.field) for finding in findings]
    assert found == [("menu-key-twice", "c1", "name"), ("menu-key-twice", "i1", "price")]
