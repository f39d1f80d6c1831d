"""YAML text → nodes: values by the 1.2 core rules, positions, limits, and every trap with its own words."""

from __future__ import annotations

import re
import sys
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pipeline.mapping.mistakes import CODES
from pipeline.mapping.nodes import Node, Scalar, Sequence, Table
from pipeline.mapping.yaml import source
from pipeline.mapping.yaml.source import Limits, load

TRAPS = Path(__file__).parent.parent / "data" / "traps"
CASES = yaml.safe_load((TRAPS / "yaml.yaml").read_text("utf-8"))


def plain(node: Node | None) -> Any:
    if isinstance(node, Table):
        return {entry.key: plain(entry.value) for entry in node}
    if isinstance(node, Sequence):
        return [plain(item) for item in node]
    return node.value if node is not None else None


def scalars(node: Node | None) -> list[Scalar]:
    if isinstance(node, Table):
        return [scalar for entry in node for scalar in scalars(entry.value)]
    if isinstance(node, Sequence):
        return [scalar for item in node for scalar in scalars(item)]
    return [node] if node is not None else []


@pytest.fixture(params=["CSafeLoader", "SafeLoader"])
def loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run with the C parser and with the one in Python, which stands in where the former is missing."""
    monkeypatch.setattr(source, "_Loader", getattr(yaml, request.param))
    return request.param


@pytest.mark.parametrize("case", CASES, ids=lambda case: repr(case["written"][:40]))
def test_trap(case: dict[str, Any], loader: str) -> None:
    loaded = load(case["written"], "m.yaml")
    assert [finding.code for finding in loaded.findings] == [case["code"]]
    (finding,) = loaded.findings
    assert finding.place is not None
    assert (finding.place.file, finding.place.line, finding.place.column) == ("m.yaml", case["line"], case["column"])
    if "at" in case:
        line = re.split("\r\n|\n", case["written"])[case["line"] - 1]
        assert line[case["column"] - 1 :].startswith(case["at"])
    assert case["says"] in f"{finding.message} {finding.hint}"
    assert finding.severity == case.get("severity", "error")


def test_quoting_as_told_cures() -> None:
    """What a hint says to write is read without a finding, and as the formula that was meant."""
    cured = 0
    for case in CASES:
        if case["code"] not in ("formula-split", "formula-colon", "formula-comment"):
            continue
        _, _, correction = case["says"].partition("quotes or on its own line: ")
        correction = correction or case["says"].partition("quotes: ")[2]
        if correction:
            loaded = load(correction, "m.yaml")
            assert loaded.findings == ()
            cured += 1
    assert cured > 15


VALUES = {
    "null": None, "~": None, "Null": None, "true": True, "FALSE": False,
    "no": "no", "yes": "yes", "on": "on", "Off": "Off", "NO": "NO", "y": "y", "None": "None",
    "12": 12, "-5": -5, "+3": 3, "0": 0, "0o17": 15, "0x1F": 31,
    "012345": "012345", "1_000": "1_000", "12:30": "12:30", "10:00:00": "10:00:00", "24:00": "24:00",
    "2026-12-25": "2026-12-25", "2001-12-14t21:59:43.10-05:00": "2001-12-14t21:59:43.10-05:00",
    "1.10": Decimal("1.10"), ".5": Decimal("0.5"), "1e3": Decimal("1E+3"), "-0.0": Decimal("-0.0"), "007.5": "007.5",
    ".inf": ".inf", "1.2.3": "1.2.3", "+49 30": "+49 30", "0b11": "0b11", "=": "=", "0x": "0x", "-": "-", "1e": "1e",
}  # fmt: skip


@pytest.mark.parametrize("written", [text for text in VALUES if text != "-"])
def test_values_by_the_core_rules(written: str, loader: str) -> None:
    (scalar,) = scalars(load(f"a: {written}", "m.yaml").root)
    assert type(scalar.value) is type(VALUES[written])
    assert str(scalar.value) == str(VALUES[written])
    assert not scalar.quoted
    (quoted,) = scalars(load(f"a: '{written}'", "m.yaml").root)
    assert (quoted.value, quoted.quoted) == (written, True)


def test_keys_are_text(loader: str) -> None:
    loaded = load("{1: a, true: b, null: c, no: d, 1.10: e, 12:30: f, ~: g}", "m.yaml")
    assert plain(loaded.root) == {"1": "a", "true": "b", "null": "c", "no": "d", "1.10": "e", "12:30": "f", "~": "g"}
    assert loaded.findings == ()


def test_a_meant_formula_is_kept_whole(loader: str) -> None:
    text = "a: {markup: = not_null(store.a, store.b), c: 1}\nb: {$for: category, position in menu.x}\nd: = f(' #') # x"
    loaded = load(text, "m.yaml")
    assert plain(loaded.root) == {
        "a": {"markup": "= not_null(store.a, store.b)", "c": 1},
        "b": {"$for": "category, position in menu.x"},
        "d": "= f(' #')",
    }
    assert [finding.code for finding in loaded.findings] == ["formula-split", "formula-split", "formula-comment"]


@pytest.mark.parametrize(
    "text",
    [
        "a: = item.name # a comment",
        "a: {b: = item.name, c: = item.price -> cents}",
        "a: [= x, = y]",
        "a: Joe's place # a comment",
        "a: {name: O'Neill, b: = c}",
        "description: Fish (fresh # still a comment",
        "a: {b: , c: }",
        "a: &b {c: 1}\nd: *b",
        "a: |\n  = x ||\n  y",
        "# c\n---\na: 1\n...\n",
        "a: 'it''s'",
        "a: '\\= text'",
        '"a b": "x: y # z"',
    ],
)
def test_what_is_right_is_not_scolded(text: str, loader: str) -> None:
    assert load(text, "m.yaml").findings == ()


WRITTEN = """\
plain: one two
single: 'it''s one'
double: "a\\u00e9 \\"b\\" c"
folded: first
  second
  third
literal: |
  = one ||
    two
block: >-

  up
  down
two: "left
  right"
flow: {a: = inside, "b": 'quoted'}
wide: 😀 é here
"""
WORDS = ["two", "one", "c", "third", "two", "down", "right", "inside", "quoted", "here"]


def test_every_word_is_found_where_it_stands(loader: str) -> None:
    lines = WRITTEN.splitlines()
    found = scalars(load(WRITTEN, "m.yaml").root)
    assert len(found) == len(WORDS)
    for scalar, word in zip(found, WORDS, strict=True):
        position = scalar.at(str(scalar.value).rindex(word))
        assert lines[position.line - 1][position.column - 1 :].startswith(word), (scalar, position)
    assert found[0].at(0) == found[0].inner == found[0].position
    assert found[1].inner == found[1].position.right(1)


def test_crlf_counts_as_one_line_end(loader: str) -> None:
    loaded = load("a: 1\r\nb: = x\r\nb: 2\r\n", "m.yaml")
    assert [(finding.code, str(finding.place)) for finding in loaded.findings] == [("yaml-key-twice", "m.yaml:3:1")]


def test_bytes_with_and_without_mark() -> None:
    assert plain(load("a: Crème".encode(), "m.yaml").root) == {"a": "Crème"}
    assert plain(load(b"\xef\xbb\xbfa: 1", "m.yaml").root) == {"a": 1}
    for broken in (b"a: 1\nb: \xff", "a: 1".encode("utf-16")):
        (finding,) = load(broken, "m.yaml").findings
        assert finding.code == "yaml-encoding"
    assert str(load(b"a: 1\nb: \xff", "m.yaml").findings[0].place) == "m.yaml:2:4"


SMALL = Limits(bytes=2_000, depth=5, nodes=60, aliases=3)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: " + "x" * 2_000, "larger than 2,000 bytes"),
        ("[" * 7 + "]" * 7, "deeper than 5 levels"),
        ("[" + "1, " * 60 + "]", "more than 60 values"),
        ("a: &a 1\nb: [*a, *a, *a, *a]", "more than 3 times"),
        ("a: &a [1,1,1,1,1]\nb: &b [*a, *a]\nc: &c [" + "1," * 20 + "]\nd: *c", "holds more than 60 values"),
        ("a: &a [[[1]]]\nb: [[*a]]", "deeper than 5 levels"),
    ],
)
def test_limits(text: str, says: str, loader: str) -> None:
    loaded = load(text, "m.yaml", SMALL)
    assert loaded.root is None
    (finding,) = loaded.findings
    assert finding.code == "yaml-limit"
    assert says in finding.message


def test_a_file_within_the_limits_is_read(loader: str) -> None:
    assert plain(load("a: &a [[1]]\nb: [*a, *a]\nc: *a", "m.yaml", SMALL).root)["b"] == [[[1]], [[1]]]


def test_billion_laughs_are_refused_at_once(loader: str) -> None:
    names = "abcdefghijkl"
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"{b}: &{b} [{', '.join(['*' + a] * 10)}]" for a, b in pairwise(names)]
    loaded = load("\n".join(lines), "m.yaml")
    assert [finding.code for finding in loaded.findings] == ["yaml-limit"]


@pytest.mark.parametrize("text", ["[" * 400_000, "{a: " * 200_000, "- " * 400_000, "? " * 400_000, "a: '" * 100_000])
def test_hostile_nesting_ends(text: str) -> None:
    loaded = load(text, "m.yaml")
    assert len(loaded.findings) == 1
    assert sys.getrecursionlimit() < 100_000  # it ended by a limit, not by luck


HOSTILE = st.text(alphabet="a=: #{}[],'\"`!&*?|>-\n\t\\.$<@%~()0é\u00a0\ufeff\x00", max_size=60)


@given(HOSTILE | st.text(max_size=60) | st.binary(max_size=60))
def test_never_raises(text: str | bytes) -> None:
    loaded = load(text, "m.yaml")
    lines = (text if isinstance(text, str) else text.decode("utf-8", "replace")).count("\n") + 1
    assert loaded.root is not None or loaded.findings
    for finding in loaded.findings:
        assert finding.code in CODES
        assert finding.place is not None
        assert 1 <= finding.place.line <= lines + str(text).count("\\r") + str(text).count("\r") + 1
        assert finding.place.column >= 1
        assert finding.message.endswith(".")
        assert (finding.message + finding.hint).isprintable()


@given(st.text(alphabet="abc '\"\\é😀=#:\n", max_size=30))
def test_quoted_text_comes_back_with_its_places(text: str) -> None:
    """A text in single quotes is read as it was, and each of its characters is found again."""
    written = "'" + text.replace("'", "''").replace("\n", "\n\n") + "'"
    (scalar,) = scalars(load(f"k: {written}", "m.yaml").root)
    assert isinstance(scalar.value, str)
    lines = f"k: {written}".split("\n")
    for offset, character in enumerate(scalar.value):
        if character not in " \n":
            place = scalar.at(offset)
            assert lines[place.line - 1][place.column - 1] == character
