"""Fields that differ from run to run are outside the payload's hash, told by the rules alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.mapping.compiled import compile_file
from pipeline.mapping.rules.volatile import volatile_paths


def paths(folder: Path, text: str) -> set[tuple[str, ...]]:
    file = folder / "acme.yaml"
    file.write_text(f"platform: acme\nformat: 1\n{text}")
    mapping, findings = compile_file(file)
    assert mapping is not None, findings
    assert not [str(finding) for finding in findings if finding.severity == "error"]
    return set(volatile_paths(mapping.rules))


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ("{id: = operation.id, name: = restaurant.name}", {("id",)}),
        ("{meta: {at: = now, by: us}}", {("meta", "at")}),
        ('{note: {$text: "sent {now}"}}', {("note",)}),
        ("{old: {$if: external_menu_id, $value: 1}}", {("old",)}),
        ("{old: {$from: restaurant.phone, $default: = operation.reference}}", {("old",)}),
        ("{items: [{$for: item in menu.items, id: = item.item_id, run: = operation.id}]}", {("items", "[]", "run")}),
        ("{items: [{$for: item in menu.items, $key: = item.item_id, run: = operation.id}]}", {("items", "*", "run")}),
        ("{a: {$let: {x: = saved.token}, b: = x, c: 1}}", {("a", "b")}),
        ("{name: = restaurant.name}", set()),
    ],
)  # fmt: skip
def test_fields_that_start_from_a_run(tmp_path: Path, payload: str, expected: set[tuple[str, ...]]) -> None:
    assert paths(tmp_path, f"payload: {payload}\n") == expected


def test_a_let_and_a_templates_argument_are_followed(tmp_path: Path) -> None:
    text = (
        "let: {stamp: = now}\n"
        "payload: {at: = stamp, part: {$use: part, $with: {mark: = operation.id, title: = restaurant.name}}}\n"
        "templates: {part: {m: = mark, t: = title}}\n"
    )
    assert paths(tmp_path, text) == {("at",), ("part", "m")}


def test_a_loop_that_hides_a_name_is_not_volatile(tmp_path: Path) -> None:
    assert paths(tmp_path, "payload: {items: [{$for: saved in menu.items, id: = saved.item_id}]}\n") == set()
