"""The engine on whole mappings: both builds agree, bad records are named, nothing is walked at run time."""

from __future__ import annotations

import dis
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from types import CodeType
from typing import Any

import jmespath
import pytest
from hypothesis import HealthCheck, given, settings

from pipeline import json_text
from pipeline.findings import Record
from pipeline.mapping.compiled import CompiledMapping, compile_file, compile_text
from pipeline.mapping.compiler import runtime
from pipeline.mapping.compiler.program import Program
from pipeline.preview import Preview, preview
from pipeline.reading import read_menu
from tests.menus import menus
from tests.platforms import NOW, PLATFORMS, SETTINGS, compiled, menu_files

MAPPING = """
platform: example
shape: {sizes: keep}
tables: {rates: {"7": LOW, "19": HIGH}}
payload:
  dishes:
    - $for: [category in menu.categories, item in category.items]
      name: = item.name
      factor:
        $from: item.price
        $transform: [{multiply: = item.extra.factor}]
      rate:
        $from: item.tax_rate
        $transform: [{lookup: {in: rates, unknown: error}}]
      groups: {$use: groups, $with: {owner: = item}}
templates:
  groups:
    - $for: group in owner.modifier_groups
      options:
        - $for: option in group.options
          name: = option.name
          factor:
            $from: option.price
            $transform: [{multiply: = option.extra.factor}]
          groups: {$use: groups, $with: {owner: = option}}
"""


def menu_of(items: list[Any], groups: list[Any]) -> bytes:
    place = {"currency": "EUR", "locale": "de-DE", "timezone": "Europe/Berlin"}
    restaurant = {"restaurant_id": "r-9", "name": "Anker", **place}
    category = {"category_id": "c-4", "name": "Mains", "display_order": 0}
    document = {"restaurant": restaurant, "categories": [category], "items": items, "modifier_groups": groups}
    return json.dumps(document).encode()


def run(tmp_path: Path, mapping: str, menu: bytes) -> Preview:
    path = tmp_path / "example.yaml"
    path.write_text(mapping, encoding="utf-8")
    program, findings = compile_file(path)
    assert not findings, [str(finding) for finding in findings]
    assert program is not None
    read = read_menu(menu).menu
    assert read is not None
    return preview(program, read, store={}, now=NOW)


def line_of(mapping: str, text: str, after: str = "") -> int:
    start = mapping.index(after)
    return mapping[: mapping.index(text, start)].count("\n") + 1


def test_every_bad_record_is_named_in_one_run(tmp_path: Path) -> None:
    items = [
        {"item_id": "i-1", "name": "Soup", "price": "4.10", "category": "c-4", "factor": 2, "tax_rate": "7"},
        {"item_id": "i-2", "name": "Fish", "price": "9.30", "category": "c-4", "factor": "many", "tax_rate": "8",
         "modifier_groups": ["g-5"]},
        {"item_id": "i-3", "name": "Cake", "price": "3.20", "category": "c-4", "factor": 3, "tax_rate": "16"},
    ]  # fmt: skip
    inner = {"modifier_group_id": "g-6", "name": "Extra", "options": [
        {"option_id": "o-8", "name": "Dill", "price": "0.60", "factor": "none"},
        {"option_id": "o-9", "name": "Lemon", "price": "0.70", "factor": 5}]}  # fmt: skip
    outer = {"modifier_group_id": "g-5", "name": "Sauce", "options": [
        {"option_id": "o-7", "name": "Butter", "price": "0.50", "factor": 4, "modifier_groups": ["g-6"]}]}  # fmt: skip
    made = run(tmp_path, MAPPING, menu_of(items, [outer, inner]))
    failed = [finding for finding in made.findings if finding.code == "value-failed"]
    mains, fish = Record("category", "c-4", "Mains"), Record("item", "i-2", "Fish")
    nested = (
        mains, fish, Record("modifier group", "g-5", "Sauce"), Record("option", "g-5~o-7", "Butter"),
        Record("modifier group", "g-6", "Extra"), Record("option", "g-6~o-8", "Dill"),
    )  # fmt: skip
    multiply = line_of(MAPPING, "$transform: [{multiply: = item")
    rate = line_of(MAPPING, "$transform: [{lookup")
    deep = line_of(MAPPING, "$transform: [{multiply: = option")
    cake = Record("item", "i-3", "Cake")
    assert {(finding.place.line, finding.records) for finding in failed if finding.place} == {
        (multiply, (mains, fish)),
        (rate, (mains, fish)),
        (rate, (mains, cake)),
        (deep, nested),
    }
    assert all(finding.message for finding in failed)
    assert min(finding.place.column for finding in failed if finding.place) > 1
    # What could be made is still made.
    dishes = made.payload["dishes"]
    assert [dish["name"] for dish in dishes] == ["Soup", "Fish", "Cake"]
    assert (dishes[0]["factor"], dishes[0]["rate"]) == (Decimal("8.20"), "LOW")
    assert dishes[1]["groups"][0]["options"][0]["groups"][0]["options"][1]["factor"] == Decimal("3.50")


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_precise_build_makes_the_same_payload(platform: str) -> None:
    mapping = compiled(platform)
    for path in menu_files():
        menu = read_menu(path.read_bytes()).menu
        assert menu is not None
        made = preview(mapping, menu, store=SETTINGS[platform], now=NOW)
        assert made.shaped is not None
        assert made.facts is not None
        again, recording = mapping.record(made.shaped.restaurant, made.shaped.menu, made.facts)
        assert json_text.encode(again) == made.data()
        assert recording.written


@pytest.mark.parametrize("platform", PLATFORMS)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(document=menus())
def test_any_valid_menu_gives_a_valid_payload_or_a_finding(platform: str, document: dict[str, Any]) -> None:
    mapping = compiled(platform)
    text = json.dumps(document).encode()
    reading = read_menu(text)
    menu = reading.menu
    assert menu is not None
    made = preview(mapping, menu, store=SETTINGS[platform], now=NOW)
    assert made.payload is not None
    assert made.shaped is not None
    told = {finding.code for finding in (*reading.findings, *made.findings)}
    if not made.shaped.menu.items:
        # Nothing is left to sell: the menu is empty, or all that it has is hidden.
        assert told & {"menu-empty", "hidden-left-out"}
        return
    if document["restaurant"].get("hours") == []:
        return  # never open: refused, as it should be, where a platform wants hours
    assert not [str(finding) for finding in made.findings if finding.code in ("value-failed", "payload-schema")]
    # The same input gives the same bytes, in another process's order of hashing, too.
    second = read_menu(text).menu
    assert second is not None
    assert preview(mapping, second, store=SETTINGS[platform], now=NOW).data() == made.data()


def code_objects(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from code_objects(constant)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_nothing_is_walked_or_searched_at_run_time(platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mapping = compiled(platform)
    menu = read_menu(menu_files()[0].read_bytes()).menu
    assert menu is not None
    preview(mapping, menu, store=SETTINGS[platform], now=NOW)

    def refused(*_: object, **__: object) -> None:
        raise AssertionError("a rule or an expression was walked")

    monkeypatch.setattr(jmespath, "search", refused)
    monkeypatch.setattr(jmespath, "compile", refused)
    monkeypatch.setattr("jmespath.parser.ParsedResult.search", refused)
    monkeypatch.setattr("jmespath.visitor.TreeInterpreter.visit", refused)
    monkeypatch.setattr("pipeline.mapping.compiler.generator.Generator.rule", refused)
    monkeypatch.setattr("pipeline.mapping.expressions.expressions.generate", refused)
    made = preview(mapping, menu, store=SETTINGS[platform], now=NOW)
    assert made.payload is not None
    assert not [finding for finding in made.findings if finding.severity == "error"]


def test_generated_code_holds_no_text_of_a_mapping(tmp_path: Path) -> None:
    hostile = "x'] = 1; import os; os.system('touch owned'); y['"
    safe = hostile.replace("{", "").replace("}", "")
    mapping = "\n".join(
        [
            "platform: example",
            "payload:",
            f"  {json.dumps(hostile)}: {json.dumps(hostile)}",
            '  quotes: "= menu.items[?name == \'a\\"b\' || name == \'\\"\\"\\"\'].item_id"',
            "  list:",
            "    - $for: item in menu.items",
            "      $key: = item.name",
            f"      $value: {{$text: {json.dumps('{item.name} ' + safe)}}}",
        ]
    )
    path = tmp_path / "example.yaml"
    path.write_text(mapping, encoding="utf-8")
    program, findings = compile_file(path)
    assert not findings, [str(finding) for finding in findings]
    assert program is not None
    item = {"item_id": "i-1", "name": "Soup", "price": "4.10", "category": "c-4"}
    menu = read_menu(menu_of([item], [])).menu
    assert menu is not None
    made = preview(program, menu, store={}, now=NOW)
    assert made.payload[hostile] == hostile
    code = compile_source(program.payload)
    for part in code_objects(code):
        assert not any(name in ("os", "system", "__import__") for name in part.co_names)
        assert "IMPORT_NAME" not in {instruction.opname for instruction in dis.get_instructions(part)}


def compile_source(program: Program) -> CodeType:
    return compile(program.source(), "<generated>", "exec")


def test_a_mapping_is_safe_to_use_twice_at_once() -> None:
    from concurrent.futures import ThreadPoolExecutor

    mapping: CompiledMapping = compiled(PLATFORMS[0])
    texts = [path.read_bytes() for path in menu_files()[:4]]

    def made(text: bytes) -> bytes:
        menu = read_menu(text).menu
        assert menu is not None
        return preview(mapping, menu, store=SETTINGS[PLATFORMS[0]], now=NOW).data()

    alone = [made(text) for text in texts]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(made, texts * 3)) == alone * 3


DEEP = """
platform: example
payload:
  data:
    menus:
      - $for: other in menu.categories
        body:
          categories:
            - $for: category in menu.categories
              content:
                items:
                  - $for: item in category.items
                    details:
                      parts:
                        - $for: [allergen in item.allergen_codes, again in item.allergen_codes]
                          price: {amount: {value: {$from: item.price, $transform: [{multiply: = item.extra.factor}]}}}
"""


def test_a_bad_record_is_named_however_deep_its_field_stands(tmp_path: Path) -> None:
    """Python nests at most 20 blocks in a function, and each field of the precise build is one."""
    items = [
        {"item_id": "i-1", "name": "Soup", "price": "4.10", "category": "c-4", "factor": 2, "allergens": ["milk"]},
        {"item_id": "i-2", "name": "Fish", "price": "9.30", "category": "c-4", "factor": "many", "allergens": ["fish"]},
    ]
    made = run(tmp_path, DEEP, menu_of(items, []))
    failed = [finding for finding in made.findings if finding.code == "value-failed"]
    assert [finding.records[-1].name for finding in failed] == ["Fish"]
    first, second = made.payload["data"]["menus"][0]["body"]["categories"][0]["content"]["items"]
    assert first["details"]["parts"][0]["price"]["amount"]["value"] == Decimal("8.20")
    assert "parts" in second["details"]


TELLING = """
platform: example
payload:
  dishes:
    - $for: item in menu.items
      factor:
        $from: item.price
        $transform: [{multiply: = item.extra.factor}]
      picture: {$use: picture, $with: {owner: = item}}
      groups: {$use: groups, $with: {owner: = item}}
templates:
  picture: {$if: owner.image, $value: = owner.name, $report: no picture, $else: none}
  groups:
    - $for: group in owner.modifier_groups
      limits: {least: {$from: group.min_select, $transform: [{multiply: = group.extra.factor}]}}
      options:
        - $for: option in group.options
          groups: {$use: groups, $with: {owner: = option}}
"""


def test_fields_are_told_by_their_path_in_the_payload_or_in_the_template(tmp_path: Path) -> None:
    soup = {"item_id": "i-1", "name": "Soup", "price": "4.10", "category": "c-4", "factor": "many"}
    items = [{**soup, "modifier_groups": ["g-5"]}]
    groups = [{"modifier_group_id": "g-5", "name": "Size", "min_select": 1, "factor": "x", "options": [
        {"option_id": "o-1", "name": "Small"}]}]  # fmt: skip
    made = run(tmp_path, TELLING, menu_of(items, groups))
    assert {(finding.code, finding.field) for finding in made.findings if finding.place} == {
        ("value-failed", "dishes[].factor"),
        ("value-failed", "groups[].limits.least"),
        ("left-out", "dishes[].picture"),
    }


def test_more_failures_than_anybody_reads_are_counted(tmp_path: Path) -> None:
    items = [
        {"item_id": f"i-{n}", "name": f"Soup {n}", "price": "1", "category": "c-4", "factor": "x"} for n in range(1_500)
    ]
    made = run(tmp_path, TELLING, menu_of(items, []))
    failed = [finding for finding in made.findings if finding.code == "value-failed"]
    listed = [finding for finding in failed if finding.place]
    told = [finding for finding in made.findings if finding.code == "left-out"]
    assert failed[-1].message.startswith(f"{3_000 - len(listed) - len(told):,} more")


NESTED = {
    "objects": ("{a: ", "}"),
    "lists": ("[", "]"),
    "conditions": ("{$if: restaurant.name, a: ", "}"),
    "defaults": ("{$from: restaurant.phone, $default: ", "}"),
    "choices": ("{$if: restaurant.phone, $value: 1, $else: ", "}"),
    "names": ("{$let: {x: = restaurant.name}, a: ", "}"),
}


@pytest.mark.parametrize("kind", NESTED)
@pytest.mark.parametrize("levels", [12, 24, 40, 70, 95])
def test_whatever_is_nested_runs_or_is_refused_by_name(tmp_path: Path, kind: str, levels: int) -> None:
    opening, closing = NESTED[kind]
    text = f"platform: example\npayload: {opening * levels}'= restaurant.name'{closing * levels}\n"
    program, findings = compile_text(text.encode(), tmp_path / "example.yaml")
    codes = {finding.code for finding in findings}
    if codes:
        assert codes == {"too-deep"}
        assert levels > 12
        return
    assert program is not None
    menu = read_menu(menu_of([], [])).menu
    assert menu is not None
    made = preview(program, menu, store={}, now=NOW)
    assert "Anker" in made.text()
    assert made.shaped is not None
    assert made.facts is not None
    again, _ = program.record(made.shaped.restaurant, made.shaped.menu, made.facts)
    assert json_text.encode(again) == made.data()


def test_templates_that_use_each_other_too_deep_are_refused(tmp_path: Path) -> None:
    uses = "".join(f"  t{n}: {{a: {{$if: q.items, $use: t{n + 1}, $with: {{q: = q}}}}}}\n" for n in range(120))
    start = "platform: example\npayload: {$use: t0, $with: {q: = menu}}\ntemplates:\n"
    text = f"{start}{uses}  t120: {{x: = q.name}}\n"
    _, findings = compile_text(text.encode(), tmp_path / "example.yaml")
    assert {finding.code for finding in findings} == {"too-deep"}


def test_what_the_mapping_leaves_out_is_told_with_its_reason(tmp_path: Path) -> None:
    mapping = """
platform: example
shape:
  leave_out:
    items: {where: item.is_alcohol, because: no licence}
    options: [{where: "option.name == 'Ice'", because: "= option.extra.why"}]
payload:
  dishes: = menu.items[].item_id
  options: = menu.options[].option_id
"""
    items = [
        {"item_id": "i-1", "name": "Beer", "price": "4.10", "category": "c-4", "is_alcohol": True},
        {"item_id": "i-2", "name": "Tea", "price": "3.20", "category": "c-4", "modifier_groups": ["g-1"]},
    ]
    options = [
        {"option_id": "o-1", "name": "Ice", "price": "0.30", "why": "melts"},
        {"option_id": "o-2", "name": "Lemon", "price": "0.40"},
    ]
    groups = [{"modifier_group_id": "g-1", "name": "With", "min_select": 0, "max_select": 1, "options": options}]
    made = run(tmp_path, mapping, menu_of(items, groups))
    assert made.payload == {"dishes": ["i-2"], "options": ["o-2"]}
    assert {finding.message for finding in made.findings if finding.code == "left-out-by-mapping"} == {
        "Dish left out: Beer. Reason: no licence.",
        "Option left out: Ice (With of Tea). Reason: melts.",
    }


def test_chains_that_multiply_each_other_are_refused_at_once(tmp_path: Path) -> None:
    chains = "".join(f"  c{n}: [{', '.join([f'c{n - 1}'] * 10)}]\n" for n in range(1, 12))
    text = f"platform: example\ntransforms:\n  c0: [upper]\n{chains}payload: = restaurant.name -> c11\n"
    _, findings = compile_text(text.encode(), tmp_path / "example.yaml")
    (told,) = findings
    assert (told.code, told.place and told.place.line) == ("too-deep", 6)


DOUBLING = {
    "lists": ("[1, 2]", '["= {}", "= {}"]', "= l30"),
    "texts": ("ab", '{{$text: "{{{}}}{{{}}}"}}', "= l30"),
    "flat": ("[1, 2]", '"= [{}, {}]"', '"= l30' + "[]" * 30 + '"'),
    "loops": ("[1, 2]", '[{{$for: x in {}, $value: ["= x", "= {}"]}}]', "= l30"),
    "templates": ("[1, 2]", "{{$use: pair, $with: {{a: = {}, b: = {}}}}}", "= l30"),
}


@pytest.mark.parametrize("kind", DOUBLING)
def test_names_that_multiply_each_other_are_refused_at_once(tmp_path: Path, kind: str) -> None:
    first, more, last = DOUBLING[kind]
    names = "".join(f"  l{n}: {more.format(f'l{n - 1}', f'l{n - 1}')}\n" for n in range(1, 31))
    text = f"platform: example\nlet:\n  l0: {first}\n{names}payload: {last}\n"
    text += "templates: {pair: [= a, = b]}\n" if kind == "templates" else ""
    _, findings = compile_text(text.encode(), tmp_path / "example.yaml")
    assert [finding.code for finding in findings] == ["too-deep"]
    assert "10,000 times" in findings[0].message


def test_long_lists_of_literals_may_have_names(tmp_path: Path) -> None:
    listed = ", ".join(map(str, range(12_000)))
    text = f"platform: example\nlet:\n  long: [{listed}]\n  twice: [= long, = long]\npayload: = twice[1][-1]\n"
    program, findings = compile_text(text.encode(), tmp_path / "example.yaml")
    assert program is not None
    assert not findings


def test_what_payload_and_checks_share_is_told_once(tmp_path: Path) -> None:
    text = "platform: example\nlet:\n  a: = b\npayload: = a\nchecks:\n  - {assert: a, say: No}\n"
    _, findings = compile_text(text.encode(), tmp_path / "example.yaml")
    assert [finding.code for finding in findings] == ["unknown-name"]


def test_each_dish_may_take_turns_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "MOST_TURNS", 500)
    loops = "[item in menu.items, one in restaurant.hours, other in restaurant.hours]"
    text = f"platform: example\nshape: {{hours: {{when_missing: always_open}}}}\npayload: [{{$for: {loops}, a: 1}}]\n"
    few, many = (
        menu_of([{"item_id": f"i-{n}", "name": f"Soup {n}", "price": "1", "category": "c-4"} for n in range(count)], [])
        for count in (3, 200)
    )
    assert len(run(tmp_path, text, few).payload) == 3 * 49
    assert len(run(tmp_path, text, many).payload) == 200 * 49
    monkeypatch.setattr(runtime, "TURNS_PER_DISH", 20)
    assert [finding.code for finding in run(tmp_path, text, many).findings if finding.severity == "error"] == [
        "value-failed"
    ]
