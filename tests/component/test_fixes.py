"""``validate --fix`` repairs what can only be meant one way, and touches nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.catalogue import catalogue
from pipeline.mapping.validation import validate_text
from pipeline.mapping.validation.fixes import MAKERS, Fix, Source, repaired
from tests.framing import framed
from tests.shared_files import REPOSITORY

FILE = REPOSITORY / "tests" / "data" / "findings" / "example.yaml"
WRONG = """\
# The example's mapping.
platform: example   # must stay

payload:
  dishes:
    - $for: item in menu.items     # every dish
      id: = item.item_id
      name:   = item.nmae          # two blanks more
      price: = item.price -> minor_unit
      light:
        $if: item.calories > 300 && item.name == "Soup"
        $value: true
      kind:
        $if: !item.is_alcohol
        $value: FOOD
      more: {ids: = item.modifier_groups[].modifier_group_id}
      label: item.name
"""
RIGHT = """\
# The example's mapping.
platform: example   # must stay

payload:
  dishes:
    - $for: item in menu.items     # every dish
      id: = item.item_id
      name:   = item.name          # two blanks more
      price: = item.price -> minor_units
      light:
        $if: item.calories > `300` && item.name == 'Soup'
        $value: true
      kind:
        $unless: item.is_alcohol
        $value: FOOD
      more: {ids: "= item.modifier_groups[].modifier_group_id"}
      label: = item.name
"""
WITHOUT_NEAR = {  # the catalogue's example names something that nothing known is near to, or two are
    "unknown-step", "unknown-table", "unknown-template", "unknown-webhook", "unknown-function", "wrong-kind",
    "payload-enum", "webhook-setting-unknown", "yaml-missing-colon", "formula-in-operator",
    "text-without-instruction",
}  # fmt: skip


def test_many_mistakes_at_once_and_nothing_else_changes() -> None:
    text, repairs = repaired(WRONG, FILE)
    assert text == RIGHT
    assert [repair.line for repair in sorted(repairs, key=lambda repair: repair.line)] == [8, 9, 11, 11, 14, 16, 17]
    assert validate_text(text.encode(), FILE) == ()


def test_lines_may_end_as_on_other_systems() -> None:
    text, _ = repaired(WRONG.replace("\n", "\r\n"), FILE)
    assert text == RIGHT.replace("\n", "\r\n")


@pytest.mark.parametrize("code", sorted(MAKERS))
def test_what_is_certain_is_repaired(code: str) -> None:
    entry = catalogue()[code]
    text, repairs = repaired(framed(entry.wrong, entry.where), FILE)
    if code in WITHOUT_NEAR:
        assert repairs == ()
        return
    assert [repair.finding.code for repair in repairs] == [code]
    assert validate_text(text.encode(), FILE) == ()


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("transforms: {clean: [strp]}\npayload: {a: = restaurant.name -> clean}\n", "[strip]"),
        ("shape: {sizes: modifer_group}\n", "sizes: modifier_group"),
        ("payload: {a: {$use: pictur}}\ntemplates: {picture: {url: = restaurant.name}}\n", "$use: picture}"),
        ("payload: {a: = lenght(restaurant.name)}\n", "length(restaurant.name)"),
        (
            'payload:\n  a:\n    $if: "!restaurant.name && !restaurant.phone"\n    $value: 1\n',
            '"!(restaurant.name) && !(restaurant.phone)"',
        ),
        ("payload:\n  a: '= restaurant.name == \"x\"'\n", "'= restaurant.name == ''x'''"),
        ("payload:\n  a:\n    $if: restaurant.name == false\n    $value: 1\n", "$unless: restaurant.name\n"),
        ("retry:\n  attempts: 2\n  statuses:[429]\n", "statuses: [429]"),
        ('payload: {a: "{restaurant.name}"}\n', '{a: "= restaurant.name"}'),
    ],
)
def test_further_repairs(wrong: str, right: str) -> None:
    text, _ = repaired(framed(wrong, "sections"), FILE)
    assert right in text


@pytest.mark.parametrize(
    "wrong",
    [
        "payload: {a: = restaurant.tem}\n",  # near to nothing
        "payload: {a: = restaurant.name * 1.1}\n",
        "payload:\n  a: = restaurant.name ? 'x' : 'y'\n",
        "auth: {type: headers, headers: {Authorization: Bearer 0123456789abcdef}}\n",
        "tables: {unused: {a: b}}\n",
    ],
)
def test_what_is_not_certain_stays(wrong: str) -> None:
    text = framed(wrong, "sections")
    assert repaired(text, FILE) == (text, ())


def test_a_good_file_stays_as_it_is() -> None:
    for path in sorted((REPOSITORY / "mappings").glob("*.yaml")):
        text = path.read_text("utf-8")
        assert repaired(text, path) == (text, ())


def test_a_fix_that_cures_nothing_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def useless(finding: object, at: int, source: Source):
        yield Fix(at, at, "x")

    monkeypatch.setitem(MAKERS, "unknown-field", useless)
    text = "platform: example\npayload: {a: = restaurant.nmae}\n"
    assert repaired(text, Path("m.yaml")) == (text, ())
