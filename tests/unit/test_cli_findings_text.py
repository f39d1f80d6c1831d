"""Findings as a person reads them."""

from __future__ import annotations

import pytest

from pipeline.cli.findings_text import NAMED, counts, findings_text, grouped
from pipeline.findings import SEVERITY_ORDER, Finding, Place, Record, as_json

NO_PRICE = Finding(
    "negative-price",
    "error",
    "The price of Margherita is -2.69, and no price can be negative.",
    "Write a price of 0 or more.",
    records=(Record("category", "c-1", "Pizza"), Record("item", "i-7", "Margherita")),
    field="price",
)
TYPO = Finding("unknown-key", "error", "`nmae` is not known here.", "Did you mean `name`?", Place("a.yaml", 12, 5))
NO_HOURS = Finding("no-hours", "note", "The restaurant has no hours; it is taken to be always open.")
JUMP = Finding("price-jump", "hold", "All prices doubled.", count=64)


def pictures(number: int, line: int = 40) -> list[Finding]:
    return [
        Finding(
            "image-type",
            "warning",
            f"Dish {index}: the picture is neither .jpg nor .png.",
            "Use a .jpg or .png.",
            Place("a.yaml", line, 9),
            (Record("item", f"i-{index}", f"Dish {index:03}"),),
        )
        for index in range(number)
    ]


def test_one_finding_tells_what_where_and_what_to_do():
    assert findings_text([NO_PRICE]).splitlines() == [
        "error   The price of Margherita is -2.69, and no price can be negative.  [negative-price]",
        "        where Pizza › Margherita (item i-7), field price",
        "        do    Write a price of 0 or more.",
        "1 error",
    ]


def test_the_gravest_come_first_and_all_are_counted():
    text = findings_text([NO_HOURS, *pictures(2), JUMP, TYPO, NO_PRICE])
    severities = [line.split()[0] for line in text.splitlines() if line[0].isalpha()]
    assert severities == ["error", "error", "hold", "warning", "warning", "note"]
    assert text.splitlines()[-1] == "2 errors, 1 hold, 2 warnings, 1 note"
    assert "[price-jump] × 64" in text


def test_one_dishs_findings_stand_together():
    records = [(Record("item", f"i-{name}", name),) for name in ("Calzone", "Funghi")]
    findings = [
        Finding(code, "warning", f"{record[0].name} {code}", records=record)
        for code in ("a-code", "b-code")
        for record in records
    ]
    assert [group[0].message for group in grouped(findings)] == [
        "Calzone a-code",
        "Calzone b-code",
        "Funghi a-code",
        "Funghi b-code",
    ]


def test_many_of_one_kind_are_folded_and_named():
    text = findings_text([*pictures(30), NO_PRICE])
    assert text.count("[image-type]") == 1
    assert f"Dish {NAMED:03} and {29 - NAMED} more" in text
    assert text.splitlines()[-1] == "1 error, 30 warnings"


def test_what_is_folded_without_a_dish_is_told_in_its_own_words():
    findings = [Finding("setting-example", "note", f"The setting `s{number}` is not set.") for number in range(5)]
    text = findings_text(findings)
    assert all(finding.message in text for finding in findings)
    assert "[setting-example] × 5" in text


def test_a_dish_that_has_one_thing_many_times_is_named_once():
    same = [Finding("x", "warning", "Cola", records=(Record("item", "i-1", "Cola"),)) for _ in range(9)]
    assert findings_text(same).splitlines()[0].endswith("[x] × 9")
    assert "also" not in findings_text(same)


def test_records_of_one_collected_finding_stand_beside_each_other():
    records = tuple(Record("category", f"c-{name}", name) for name in ("Soups", "Salads"))
    collected = Finding("x", "note", "Moved up.", records=records, count=2)
    assert "where Soups, Salads" in findings_text([collected])
    mixed = Finding("x", "note", "Twice.", records=(*records, Record("option", "o-1", "Ham")), count=3)
    assert "where Soups, Salads, Ham" in findings_text([mixed])


def test_findings_of_two_mapping_lines_are_not_folded_together():
    assert [len(group) for group in grouped([*pictures(5, line=40), *pictures(6, line=80)])] == [5, 6]


def test_few_of_one_kind_are_told_one_by_one():
    assert findings_text(pictures(3)).count("[image-type]") == 3


def test_every_finding_is_in_exactly_one_group():
    findings = [NO_HOURS, *pictures(9), JUMP, TYPO, NO_PRICE, *pictures(3, line=7)]
    told = [finding for group in grouped(findings) for finding in group]
    assert sorted(map(str, told)) == sorted(map(str, findings))
    order = [SEVERITY_ORDER[finding.severity] for finding in told]
    assert order == sorted(order)


@pytest.mark.parametrize("width", [40, 80, 120])
def test_lines_fit_the_width_also_with_wide_characters(width):
    from rich.cells import cell_len

    wide = Finding("x", "warning", "餃子" * 60, "拉麺 " * 30, records=(Record("item", "i-1", "餡" * 50),))
    text = findings_text([wide, NO_PRICE], width=width)
    assert max(map(cell_len, text.splitlines())) <= width


def test_hostile_texts_are_shown_harmless_and_short():
    evil = Finding(
        "x\x1b[2J", "error", "a\x1b[31m" + "b" * 5000, "do\x07", records=(Record("item", "i\x9b", "n\u202e"),)
    )
    text = findings_text([evil])
    assert not any(character < " " and character != "\n" for character in text)
    assert "\x9b" not in text
    assert "\u202e" not in text
    assert len(text) < 1500


def test_markup_in_names_is_only_text():
    assert "[red]Pizza[/red] :pizza:" in findings_text([Finding("x", "note", "[red]Pizza[/red] :pizza:")])


def test_colours_are_codes_only_when_asked_for():
    assert "\x1b[" in findings_text([NO_PRICE], colours=True)
    assert "\x1b" not in findings_text([NO_PRICE])


def test_no_findings_is_no_text():
    assert findings_text([]) == ""
    assert counts([]) == "no findings"


def test_json_has_every_part():
    assert as_json(NO_PRICE) == {
        "file": None,
        "line": None,
        "column": None,
        "severity": "error",
        "code": "negative-price",
        "message": "The price of Margherita is -2.69, and no price can be negative.",
        "hint": "Write a price of 0 or more.",
        "field": "price",
        "records": [
            {"kind": "category", "id": "c-1", "name": "Pizza"},
            {"kind": "item", "id": "i-7", "name": "Margherita"},
        ],
        "count": 1,
    }
    assert [as_json(TYPO)[key] for key in ("file", "line", "column")] == ["a.yaml", 12, 5]
