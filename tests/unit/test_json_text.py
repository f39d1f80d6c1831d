"""Payloads as JSON text."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.json_text import MAX_DIGITS, NotJson, canonical_hash, encode, pretty

decimals = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=5) | (
    st.sampled_from([Decimal("1E+2"), Decimal("-0"), Decimal("0E-9"), Decimal("1E-20"), Decimal("-0E+7")])
)
texts = st.text(st.characters(codec="utf-8"), max_size=8) | st.sampled_from(["null", ",null,", ":-0", "1E+5", "NaN"])
scalars = st.none() | st.booleans() | st.integers(-(10**25), 10**25) | decimals | texts
payloads = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=15
)


def parsed(data: bytes | str) -> Any:
    return json.loads(data, parse_float=Decimal)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("12.50"), "12.50"),
        (Decimal("1E+2"), "100"),
        (Decimal("1.5E+3"), "1500"),
        (Decimal("1E-7"), "0.0000001"),
        (Decimal("0E-8"), "0.00000000"),
        (Decimal("0E+5"), "0"),
        (Decimal("-0.00"), "0.00"),
        (Decimal("-0.05"), "-0.05"),
        (-0.0, "0.0"),
        (10**30, "1" + "0" * 30),
        ({"b": 1, "a": [Decimal("-0"), None, True]}, '{"b":1,"a":[0,null,true]}'),
        ({"text": "Käse ,null 1E+5 💶 </b>"}, '{"text":"Käse ,null 1E+5 💶 </b>"}'),
        ({"line": "a\nb\u0000"}, '{"line":"a\\nb\\u0000"}'),
    ],
)
def test_encode(value: object, text: str) -> None:
    assert encode(value) == text.encode()


@given(payloads)
def test_what_is_written_reads_back_equal_with_no_exponent(payload: Any) -> None:
    data = encode(payload)
    assert parsed(data) == payload
    exponents: list[str] = []
    json.loads(data, parse_float=lambda digits: exponents.append(digits) if "E" in digits.upper() else None)
    assert not exponents


@given(payloads)
def test_pretty_says_the_same(payload: Any) -> None:
    assert parsed(pretty(payload)) == payload


def test_pretty_is_indented_and_keeps_scripts_and_digits() -> None:
    assert pretty({"name": "寿司", "price": Decimal("8.10"), "tags": []}) == (
        '{\n  "name": "寿司",\n  "price": 8.10,\n  "tags": []\n}'
    )


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (Decimal("NaN"), "NaN is no number"),
        ([Decimal("-sNaN")], "-sNaN is no number"),
        ({"a": Decimal("Infinity")}, "Infinity is no number"),
        ([1, float("nan")], "nan is no number"),
        (float("-inf"), "-inf is no number"),
        (Decimal("1E+99999999"), f"more than {MAX_DIGITS} digits"),
        (Decimal("1E-99999999"), f"more than {MAX_DIGITS} digits"),
        (Decimal("0E-99999999"), f"more than {MAX_DIGITS} digits"),
        ("\ud800", "half of a character"),
        ({"\udfff": 1}, "half of a character"),
        (object(), "JSON has no form for"),
        ({None: 1}, "JSON has no form for"),
    ],
)
def test_what_json_cannot_carry_is_refused_in_a_sentence(value: object, message: str) -> None:
    for write in (encode, pretty, canonical_hash):
        with pytest.raises(NotJson, match=message):
            write(value)


def test_nesting_without_end_is_refused() -> None:
    value: list[Any] = []
    for _ in range(100_000):
        value = [value]
    for write in (encode, canonical_hash):
        with pytest.raises(NotJson, match="nested too deeply"):
            write(value)
    while value:  # let the list go from the outside in
        value = value.pop()


def test_records_are_written_like_objects() -> None:
    record = msgspec.defstruct("Record", [("name", str), ("price", Decimal)])("Tea", Decimal("2E+1"))
    assert encode({"one": record}) == b'{"one":{"name":"Tea","price":20}}'


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({"a": 1, "b": [{"x": 1, "y": 2}]}, {"b": [{"y": 2, "x": 1}], "a": 1}),
        ({"a": Decimal("1.0")}, {"a": Decimal("1.00")}),
        ({"a": Decimal("1.00")}, {"a": 1}),
        ({"a": Decimal("1E+2")}, {"a": Decimal("100.0")}),
        ([Decimal("-0.0")], [0]),
    ],
)
def test_equal_meaning_gives_one_hash(left: object, right: object) -> None:
    assert encode(left) != encode(right)
    assert canonical_hash(left) == canonical_hash(right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({"a": 1}, {"a": "1"}),
        ({"a": None}, {}),
        ([1, 2], [2, 1]),
        ([Decimal("1.01")], [Decimal("1.1")]),
        ([Decimal(100)], [Decimal(10)]),
        ({"a": True}, {"a": 1}),
    ],
)
def test_different_meaning_gives_different_hashes(left: object, right: object) -> None:
    assert canonical_hash(left) != canonical_hash(right)


@pytest.mark.parametrize(
    "without",
    [
        ["stamp", "menus[].stamp", "menus[].items[].run", "by_id.*.stamp", "missing.thing", "menus.stamp", "key.dot"],
        [
            ("stamp",),
            ("menus", "[]", "stamp"),
            ("menus", "[]", "items", "[]", "run"),
            ("by_id", "*", "stamp"),
            ("key.dot",),
        ],
    ],
)
def test_fields_outside_the_hash(without: list[str | tuple[str, ...]]) -> None:
    def payload(run: int) -> dict[str, Any]:
        return {
            "stamp": run,
            "menus": [{"stamp": run + 1, "items": [{"run": run + 2, "name": "Tea"}]}],
            "by_id": {"x": {"stamp": run + 3, "kept": 9}},
        } | ({"key.dot": run + 4} if isinstance(without[0], tuple) else {})

    first, second = payload(10), payload(20)
    assert canonical_hash(first) != canonical_hash(second)
    assert canonical_hash(first, without) == canonical_hash(second, without)
    assert first == payload(10)
    second["menus"][0]["items"][0]["name"] = "Coffee"
    assert canonical_hash(first, without) != canonical_hash(second, without)


@given(payloads, payloads)
def test_hashes_agree_with_equality(left: Any, right: Any) -> None:
    def plain(value: Any) -> Any:  # Python holds True == 1, JSON does not
        if isinstance(value, bool):
            return ("truth", value)
        if isinstance(value, dict):
            return {key: plain(entry) for key, entry in value.items()}
        return [plain(entry) for entry in value] if isinstance(value, list) else value

    assert (canonical_hash(left) == canonical_hash(right)) == (plain(left) == plain(right))
