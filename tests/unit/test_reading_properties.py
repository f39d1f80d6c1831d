"""Whatever is done to a menu, reading it gives findings, never an exception, and keeps only what is sound."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.reading import KINDS, Reading, read_lists, read_menu, reader

MENU: dict[str, Any] = json.loads((Path(__file__).parents[1] / "data" / "reading" / "menu.json").read_text())
ODD_TEXTS = [
    "",
    " ",
    "-1",
    "NaN",
    "1e999",
    "i-marg",
    "c-food",
    "g-size",
    "\x00",
    "\u202ex",
    "\ud83d",
    "x" * 10_001,
    "24:00",
]

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(ODD_TEXTS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def spots(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Give the path of every value inside."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(spot for key, entry in inner for spot in spots(entry, (*path, key)))]


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    menu = copy.deepcopy(MENU)
    for _ in range(draw(st.integers(1, 4))):
        *way, last = draw(st.sampled_from(spots(menu)[1:]))
        owner = menu
        for part in way:
            owner = owner[part]
        action = draw(st.sampled_from(["replace", "remove", "repeat", "swap", "add"]))
        if action == "replace":
            owner[last] = draw(values)
        elif action == "remove":
            del owner[last]
        elif action == "repeat" and isinstance(owner, list):
            owner.append(copy.deepcopy(owner[last]))
        elif action == "swap":
            other = menu
            for part in draw(st.sampled_from(spots(menu))):
                other = other[part]
            owner[last] = copy.deepcopy(other)
        elif isinstance(owner, dict):
            owner[draw(st.text(max_size=8))] = draw(values)
        if not menu:
            break
    return menu


DOCUMENT = {
    "menu-form", "menu-empty", "menu-json-invalid", "menu-json-depth", "menu-too-large", "menu-encoding",
}  # fmt: skip


def check(reading: Reading) -> None:
    for finding in reading.findings:
        assert finding.severity == KINDS[finding.code].severity
        assert str(finding).isprintable()
        if finding.severity == "error" and finding.code not in DOCUMENT:
            top_field = finding.field.partition(".")[0].partition("[")[0]
            assert finding.records or top_field in {"restaurant", "categories", "items", "modifier_groups", "version"}
    if reading.menu is None:
        assert any(finding.severity == "error" for finding in reading.findings)
        return
    again = read_menu(msgspec.json.encode(reading.menu))
    assert again.menu is not None
    wrong = {finding.code for finding in again.findings if finding.severity == "error"}
    assert wrong <= {"menu-group-min-over-max"}


@given(mutated())
@settings(max_examples=400)
def test_a_mutated_menu_is_read_or_told(menu: Any) -> None:
    check(read_menu(json.dumps(menu)))
    if isinstance(menu, dict):
        restaurant = menu.get("restaurant")
        items, categories = (json.dumps(menu.get(part)).encode() for part in ("items", "categories"))
        check(read_lists(items, categories, restaurant if isinstance(restaurant, dict) else {}))


@given(mutated())
@settings(max_examples=200)
def test_keeping_unknown_fields_or_not_tells_the_same_of_all_else(menu: Any) -> None:
    def told(*, keep_extra: bool) -> list[str]:
        about_extra = ("menu-field-unknown", "menu-extra-value", "menu-key", "menu-text-too-long", "menu-text-cleaned")
        findings = read_menu(json.dumps(menu), keep_extra=keep_extra).findings
        return [str(finding) for finding in findings if finding.code not in about_extra]

    assert told(keep_extra=True) == told(keep_extra=False)


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    assert read_menu(data).menu is None


@given(st.integers(0, 3_000), st.binary(min_size=1, max_size=3))
@settings(max_examples=200)
def test_damaged_bytes(offset: int, damage: bytes) -> None:
    data = json.dumps(MENU).encode()
    check(read_menu(data[:offset] + damage + data[offset + len(damage) :]))


@given(mutated())
@settings(max_examples=200)
def test_all_ways_of_reading_agree(menu: Any) -> None:
    data = json.dumps(menu)
    usual = read_menu(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "converts", lambda *_: None)
        assert read_menu(data) == usual
        patch.setattr(reader, "menu_with_unknown_fields", lambda *_: None)
        assert read_menu(data) == usual
