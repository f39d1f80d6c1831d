"""Transforms by concern: what holds for every text, number, choice, time and id."""

from __future__ import annotations

import re
import unicodedata
import uuid
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.json_text import encode
from pipeline.mapping.transforms.registry import (
    TRANSFORMS,
    Memo,
    RunFacts,
    TransformError,
    UnknownValue,
)
from pipeline.money import CURRENCIES
from tests.transform_running import RUN, apply

# -- texts ---------------------------------------------------------------------------------------

words = st.text(st.sampled_from("ab é日\u0301👨👩\u200d\ufe0f \n\t-"), max_size=60)


@given(words | st.text(max_size=80), st.integers(1, 30), st.sampled_from(["", "…", "..."]))
def test_truncate_is_never_longer_and_only_cuts_the_end(value: str, length: int, ellipsis: str) -> None:
    if length <= len(ellipsis):
        return
    cut = apply("truncate", value, {"length": length, "ellipsis": ellipsis})
    assert len(cut) <= length
    if len(value) <= length:
        assert cut == value
    else:
        assert cut.endswith(ellipsis)
        assert value.startswith(cut.removesuffix(ellipsis) if ellipsis else cut)


@given(st.lists(st.text(st.sampled_from("abcdef"), min_size=1, max_size=6), min_size=8, max_size=20))
def test_truncate_ends_with_a_whole_word_where_words_are_short(names: list[str]) -> None:
    cut = apply("truncate", " ".join(names), 24)
    assert names[: len(cut.split())] == cut.split()


@pytest.mark.parametrize(
    ("value", "length", "cut"),
    [
        ("cafe\u0301 noir", 4, "caf"),
        ("ab👨\u200d👩\u200d👧 c", 4, "ab"),
        ("ab👍\U0001f3fdcd", 3, "ab"),
        ("a bcdefghijklmnop", 10, "a bcdefghi"),
        ("one two three", 7, "one two"),
        ("one two three", 8, "one two"),
    ],
)
def test_truncate_keeps_characters_and_words_whole(value: str, length: int, cut: str) -> None:
    assert apply("truncate", value, length) == cut


def test_truncate_of_nothing_but_one_character_still_ends() -> None:
    assert apply("truncate", "e" + "\u0301" * 50, 10) == "e" + "\u0301" * 9


@pytest.mark.parametrize(
    ("name", "value", "result", "language"),
    [
        ("upper", "istanbul", "İSTANBUL", "tr"),
        ("lower", "IĞDIR İZMİR", "ığdır izmir", "tr"),
        ("title", "iskender kebap", "İskender Kebap", "tr"),
        ("upper", "istanbul", "ISTANBUL", "de"),
        ("title", "crème brûlée", "Crème Brûlée", "fr"),
        ("title", "2go", "2go", "en"),
        ("title", "寿司 set", "寿司 Set", "ja"),
    ],
)
def test_case_follows_the_language(name: str, value: str, result: str, language: str) -> None:
    assert apply(name, value, None, RunFacts(currency="EUR", language=language)) == result


@given(st.text(max_size=40))
def test_ascii_is_ascii_and_leaves_ascii_alone(value: str) -> None:
    written = apply("ascii", value)
    assert written.isascii()
    assert apply("ascii", written) == written
    if value.isascii():
        assert written == value


@given(st.text(max_size=40))
def test_slugs_have_one_form(value: str) -> None:
    try:
        made = apply("slug", value)
    except TransformError:
        assert not re.search(r"[A-Za-z0-9]", unicodedata.normalize("NFC", value))
        return
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", made)
    assert apply("slug", made) == made


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        ("Größe Œuf Þorn Łódź Ærø Đồ", "Grosse OEuf Thorn Lodz AEro Do"),
        ("10 × 2 – “a” … №5 ﬁn", '10 x 2 - "a" ... No5 fin'),
        ("５００ ml", "500 ml"),
    ],
)
def test_transliteration(value: str, plain: str) -> None:
    assert apply("ascii", value) == plain


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain\n text ", "plain\n text "),
        ("<p>a</p>\n<p>b</p>", "a\nb"),
        ("x <b>y</b>z<br>w", "x yz\nw"),
        ("<!-- hidden > --><!DOCTYPE html>shown", "shown"),
        ("a<b, I <3 it", "a<b, I <3 it"),
        ("a <b unclosed", "a <b unclosed"),
        ("&lt;b&gt; &amp;amp; &#8364; &#x20AC;", "<b> &amp; € €"),
        ('<a href="x>y" title=\'it"s\'>link</a>', "link"),
        ("<a href='it>s</a> more", "s more"),
        ("<ul><li>one<li>two</ul>end", "one\ntwo\nend"),
        ("<style>p{}</style>a<SCRIPT>evil()</SCRIPT>b<script>open", "ab"),
        ("&#99999999999; &#" + "9" * 5000 + ";", "\ufffd \ufffd"),
        ("&#x202e;safe&#0;&#7;", "safe\ufffd"),
        ("<b>fish&nbsp;&nbsp;chips</b>", "fish chips"),
        ("<b>Burger</b> <Vegan!> </new>", "Burger <Vegan!> </new>"),
        ("<X>", "<X>"),
        ("<o:p>Soup</o:p>", "Soup"),
    ],
)
def test_strip_html(value: str, text: str) -> None:
    assert apply("strip_html", value) == text


@given(st.text(st.sampled_from("ab<>&;\"' \n#x2é日"), max_size=60))
def test_html_comes_back(value: str) -> None:
    made = apply("html", value)
    assert not re.search(r"<(?!p>|/p>|br>)", made)
    assert apply("strip_html", made).split() == value.split()


@pytest.mark.parametrize(
    "unit",
    ["<", "<a", "<a ", "<!--", "<![", "<![CDATA[", "<!", "<?", "&", "&#", "&#x", "</", "<a b='", '<a b="', "<a '\"",
     "<p>", "<script>", "<style></", "</ ", "<a\n"],
)  # fmt: skip
def test_hostile_html_ends(unit: str) -> None:
    """Work that grew with the square of the length would take hours here."""
    value = unit * (400_000 // len(unit))
    shown = apply("strip_html", value)
    assert len(shown) <= len(value)


# -- numbers -------------------------------------------------------------------------------------

prices = st.decimals(min_value=-(10**7), max_value=10**7, allow_nan=False, allow_infinity=False, places=5)


@given(prices, st.sampled_from(sorted(CURRENCIES)))
def test_minor_units_is_exact_for_every_currency(price: Decimal, currency: str) -> None:
    run = RunFacts(currency=currency)
    exact = (price * 10 ** CURRENCIES[currency]).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    bound = TRANSFORMS["minor_units"].bind(None, run, typed=True)
    assert isinstance(bound, Memo)
    assert bound(price) == bound[price] == exact
    assert type(bound[price]) is int


def test_minor_units_keeps_a_bounded_number_of_results() -> None:
    bound = TRANSFORMS["minor_units"].bind(2, RUN)
    assert isinstance(bound, Memo)
    for cents in range(25_000):
        assert bound[Decimal(cents).scaleb(-2)] == cents
    assert len(bound) <= 20_000


@given(prices, st.integers(-100, 300))
def test_markup_is_the_nearest_unit(price: Decimal, percent: int) -> None:
    raised = apply("markup", price, percent)
    exact = Fraction(price) * (100 + percent) / 100
    assert abs(Fraction(raised) - exact) <= Fraction(1, 200)
    assert raised.as_tuple().exponent == -2


@given(prices, prices)
def test_sums_and_products_are_exact(left: Decimal, right: Decimal) -> None:
    assert Fraction(apply("multiply", left, right)) == Fraction(left) * Fraction(right)
    assert Fraction(apply("add", left, right)) == Fraction(left) + Fraction(right)


@given(prices, st.sampled_from(["0.05", "0.10", "0.25", "1", "0.03"]), st.sampled_from(["0", "0.01", "0.02"]))
def test_round_to_gives_the_nearest_step(price: Decimal, step: str, minus: str) -> None:
    rounded = apply("round_to", price, {"to": step, "minus": minus})
    distance = Decimal(step)
    if price:
        assert (abs(rounded) + Decimal(minus)) % distance == 0
        assert (rounded > 0) == (price > 0)
        assert rounded != 0
        nearest = abs(rounded - price) <= distance / 2
        assert nearest or abs(rounded) == distance - Decimal(minus)
    else:
        assert rounded == 0
    assert apply("round_to", rounded, {"to": step, "minus": minus}) == rounded


@given(prices)
def test_decimals_and_texts_go_round(price: Decimal) -> None:
    assert apply("decimal", apply("string", price)) == price
    assert str(apply("decimal", apply("string", price), 5)) == format(price, "f") or not price
    assert apply("integer", price, "half_up") == price.quantize(Decimal(1), rounding=ROUND_HALF_UP)


def test_floats_count_by_their_shortest_digits() -> None:
    assert apply("minor_units", 0.615, 2) == 62
    assert apply("string", 1.10) == "1.1"
    with pytest.raises(TransformError, match="got inf"):
        apply("add", float("inf"), 1)


# -- choice --------------------------------------------------------------------------------------


def test_lookup_tells_the_value_and_the_table() -> None:
    with pytest.raises(UnknownValue) as raised:
        apply("lookup", "sunday", "day_codes")
    assert (raised.value.value, raised.value.table) == ("sunday", "the table `day_codes`")


def test_lookup_compares_as_written() -> None:
    table = {"1": "one", "true": "yes", "1.0": "one point"}
    bound = TRANSFORMS["lookup"].bind({"in": table, "unknown": "keep"}, RUN)
    for value, result in [(1, "one"), (True, "yes"), (Decimal("1.0"), "one point"), (Decimal("1.00"), Decimal("1.00"))]:
        assert bound(value) == result
        assert bound(value) is bound(value) or bound(value) == result
    assert bound("TRUE") == "TRUE"


def test_lookup_sees_a_table_that_a_formula_gave() -> None:
    assert apply("lookup", "i-7", {"in": {"i-7": 1299}}) == 1299


@given(
    st.lists(st.sampled_from(["a", "b", 1, True, Decimal("1.0"), "1", None, ["a"], {"k": 1}, {"k": True}]), max_size=8)
)
def test_unique_leaves_each_json_value_once(values: list[Any]) -> None:
    written = [re.sub(rb"\b1\.0\b", b"1", encode(value)) for value in values]
    left = apply("unique", values)
    assert [re.sub(rb"\b1\.0\b", b"1", encode(value)) for value in left] == list(dict.fromkeys(written))


# -- times and ids -------------------------------------------------------------------------------

# Since 1975 all offsets are whole minutes, as RFC 3339 wants them.
years = {"min_value": datetime(1975, 1, 1), "max_value": datetime(2200, 1, 1)}  # noqa: DTZ001  (the zone is drawn)
instants = st.datetimes(**years, timezones=st.timezones()).map(lambda moment: moment.isoformat(timespec="seconds"))


@given(instants, st.sampled_from(["UTC", "Asia/Kathmandu", "America/New_York", ""]))
def test_a_moment_stays_the_same_in_every_zone(moment: str, zone: str) -> None:
    there = apply("to_timezone", moment, zone or None)
    assert apply("unix_seconds", there) == apply("unix_seconds", moment)
    assert apply("to_timezone", there, zone or None) == there


@given(st.integers(0, 1439))
def test_clocks_go_round(minute: int) -> None:
    clock = f"{minute // 60:02}:{minute % 60:02}"
    assert apply("minutes", clock) == minute
    assert apply("time_format", clock, "HH:mm") == clock
    shown = apply("time_format", clock, "hh:mm A")
    assert datetime.strptime(shown, "%I:%M %p").strftime("%H:%M") == clock  # noqa: DTZ007  (a clock has no zone)


@pytest.mark.parametrize(
    ("day_end", "shown"), [("24:00", "24:00"), ("00:00", "00:00"), ("23:59", "23:59"), ("23:59:59", "23:59")]
)
def test_the_days_end(day_end: str, shown: str) -> None:
    assert apply("time_format", "24:00", {"pattern": "HH:mm", "day_end": day_end}) == shown


@given(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8"), min_size=1, max_size=9))
def test_ids_are_stable_and_apart(value: str, namespace: str) -> None:
    made = apply("uuid5", value, namespace)
    assert made == apply("uuid5", value, namespace) == str(uuid.UUID(made))
    assert made != apply("uuid5", value, namespace + "x")
    assert made != apply("uuid5", value)
    assert re.fullmatch("[0-9a-f]{20}", apply("short_hash", value, 20))


def test_ids_of_lists_and_texts_do_not_meet() -> None:
    assert apply("short_hash", ["ab"]) != apply("short_hash", ["a", "b"]) != apply("short_hash", "ab")


@given(st.recursive(st.none() | st.booleans() | st.integers() | prices, lambda inner: st.lists(inner, max_size=3)))
def test_to_json_is_the_payloads_json(value: Any) -> None:
    assert apply("to_json", value) == encode(value).decode()
