"""Every transform: its examples, what it refuses, its static types."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.generated import REPOSITORY
from pipeline.mapping.transforms import docs
from pipeline.mapping.transforms.registry import (
    TRANSFORMS,
    UNKNOWN_ARGUMENT,
    ArgumentError,
    Memo,
    RunFacts,
    Transform,
    TransformError,
    UnknownTransform,
    find_transform,
)
from pipeline.mapping.types import ANY, BOOLEAN, DECIMAL, INTEGER, NULL, TEXT, Type, list_of, record_of
from pipeline.shaping.views import ItemView
from tests.transform_running import RUN, TABLES, apply

# The transforms that the mapping language promises; `last` stands among those that take whole lists.
PROMISED = [
    "strip", "collapse_spaces", "strip_html", "html", "truncate", "upper", "lower", "title", "replace", "prefix",
    "suffix", "slug", "ascii", "split",
    "minor_units", "decimal", "integer", "multiply", "add", "markup", "round_to", "at_least", "at_most",
    "lookup", "boolean", "string", "first", "last", "join", "unique",
    "time_format", "date_format", "to_timezone", "unix_seconds", "minutes",
    "uuid5", "short_hash", "to_json",
]  # fmt: skip


def examples() -> list[Any]:
    return [
        pytest.param(transform, example, id=f"{transform.name} {number}")
        for transform in TRANSFORMS.values()
        for number, example in enumerate(transform.examples)
    ]


def test_all_promised_transforms_are_there() -> None:
    assert sorted(TRANSFORMS) == sorted(PROMISED)
    assert {name for name, known in TRANSFORMS.items() if known.whole_list} == {
        "join", "first", "last", "unique", "to_json", "short_hash", "uuid5",
    }  # fmt: skip


@pytest.mark.parametrize(("transform", "example"), examples())
def test_examples(transform: Transform, example: Any) -> None:
    result = transform.bind(example.argument, RUN)(example.value)
    assert result == example.result
    assert type(result) is type(example.result)
    if isinstance(result, Decimal):
        assert str(result) == str(example.result)
    typed = transform.bind(example.argument, RUN, typed=True)
    if not isinstance(example.value, float | bool):
        assert typed(example.value) == example.result
    if transform.subscript:
        assert isinstance(typed, Memo)
        assert typed[example.value] == typed[example.value] == example.result


@pytest.mark.parametrize(("transform", "example"), examples())
def test_examples_agree_with_static_types_and_schema(transform: Transform, example: Any) -> None:
    value = static_type(example.value)
    assert transform.accepts(value)
    gives = transform.result_type(value, example.argument, TABLES)
    assert fits(example.result, gives), (example.result, gives)
    assert fits(example.result, transform.result_type(value, UNKNOWN_ARGUMENT, TABLES))
    assert transform.argument_problem(example.argument, TABLES) is None
    if example.argument is not None:
        plain = {Decimal: float}.get(type(example.argument), lambda same: same)(example.argument)
        jsonschema.Draft202012Validator(transform.argument_schema()).validate(plain)


def static_type(value: Any) -> Type:
    if isinstance(value, list):
        return list_of(ANY)
    if isinstance(value, dict):
        return Type("map")
    kinds = {str: TEXT, bool: BOOLEAN, int: INTEGER, Decimal: DECIMAL}
    return kinds[type(value)]


def fits(value: Any, kind: Type) -> bool:
    if value is None:
        return kind.may_be_null
    match kind.kind:
        case "any":
            return True
        case "text":
            in_values = kind.values is None or value in kind.values
            return isinstance(value, str) and in_values and (kind.max_length is None or len(value) <= kind.max_length)
        case "integer":
            return type(value) is int and not (kind.non_negative and value < 0)
        case "decimal":
            return isinstance(value, int | Decimal) and not (kind.non_negative and value < 0)
        case "boolean":
            return isinstance(value, bool)
        case "list":
            return isinstance(value, list) and all(fits(entry, kind.item or ANY) for entry in value)
    return False


ARGUMENTS = {
    name: [None, *(example.argument for example in known.examples if example.argument is not None)]
    for name, known in TRANSFORMS.items()
}
anything = st.recursive(
    st.booleans()
    | st.integers()
    | st.floats()
    | st.decimals()
    | st.text()
    | st.sampled_from(
        ["12:30", "24:00", "99:99", "2026-02-30", "0001-01-01T00:00:00+23:59", "1E+999999", "<a ", "\ud800"]
    )
    | st.builds(object),
    lambda inner: st.lists(st.none() | inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("name", PROMISED)
@settings(max_examples=40)
@given(data=st.data())
def test_nothing_but_transform_errors_for_any_value(name: str, data: st.DataObject) -> None:
    argument = data.draw(st.sampled_from(ARGUMENTS[name]))
    if argument is None and TRANSFORMS[name].needs_argument:
        return
    try:
        result = apply(name, data.draw(anything), argument)
    except TransformError as error:
        sentence = str(error)
        assert sentence.endswith(".")
        assert len(sentence) < 300
    else:
        assert result is None or isinstance(result, str | int | Decimal | bool | list) or name in ("first", "last")


@pytest.mark.parametrize("name", PROMISED)
@settings(max_examples=40)
@given(argument=anything)
def test_nothing_but_argument_errors_for_any_argument(name: str, argument: Any) -> None:
    problem = TRANSFORMS[name].argument_problem(argument, TABLES)
    if problem is None:
        assert callable(TRANSFORMS[name].bind(argument, RUN))
        return
    assert problem.endswith(".")
    with pytest.raises(ArgumentError) as raised:
        TRANSFORMS[name].bind(argument, RUN)
    assert str(raised.value) == problem


@pytest.mark.parametrize(
    ("name", "argument", "value", "message"),
    [
        ("strip", None, Decimal("1.50"), "`strip` takes text, and got 1.50."),
        ("minor_units", None, "12.99", '`minor_units` takes a number, and got "12.99".'),
        ("minor_units", None, True, "`minor_units` takes a number, and got true."),
        ("minor_units", None, Decimal("NaN"), "`minor_units` takes a number, and NaN is none."),
        ("minor_units", None, Decimal("1E+70"), "`minor_units` takes a price, and 1E+70 has too many digits."),
        ("markup", 10, Decimal("1E+70"), "`markup` cannot calculate with 1E+70: it has too many digits."),
        ("multiply", "1.000000000000000000000000000000000000001", Decimal("9" * 100),
         f"`multiply` cannot calculate with {'9' * 40}…: it has too many digits."),
        ("decimal", None, "12,50",
         '`decimal` takes a number, and "12,50" is none; decimals follow a point, and thousands are not parted.'),
        ("decimal", None, "free", '`decimal` takes a number, and "free" is none.'),
        ("decimal", None, "1e5", '`decimal` takes a number, and "1e5" is none.'),
        ("decimal", None, "١٢", '`decimal` takes a number, and "١٢" is none.'),
        ("decimal", None, False, "`decimal` takes a number, and got false."),
        ("integer", None, Decimal("2.5"),
         "`integer` takes a whole number, and 2.5 has a fraction; say how to `round`."),
        ("join", None, "a", '`join` takes a list, and got "a".'),
        ("join", None, [["a"]], "`join` takes text, numbers and true/false, and got a list."),
        ("first", None, {"a": 1}, "`first` takes a list, and got an object."),
        ("boolean", None, "maybe", '`boolean` knows true, yes, y, on, 1, false, no, n, off, 0, and got "maybe".'),
        ("lookup", {"in": "day_codes", "unknown": "error"}, "Holiday",
         '`lookup` does not find "Holiday" in the table `day_codes`.'),
        ("lookup", "day_codes", "Monday", '"Monday" is not in the table `day_codes`.'),
        ("slug", None, "寿司",
         '`slug` finds no Latin letter or digit in "寿司"; `short_hash` makes an id of any text.'),
        ("time_format", "HH:mm", "9:30", '`time_format` takes a time such as 09:30 or 24:00, and got "9:30".'),
        ("minutes", None, "24:01", '`minutes` takes a time such as 09:30 or 24:00, and got "24:01".'),
        ("minutes", None, "25:00", '`minutes` takes a time such as 09:30 or 24:00, and got "25:00".'),
        ("date_format", "dd", "2026-02-30", '`date_format` got "2026-02-30", a day that no calendar has.'),
        ("date_format", "dd", "20260203",
         '`date_format` takes a date such as 2026-03-01 or an instant, and got "20260203".'),
        ("unix_seconds", None, "2026-03-01T18:00:00",
         '`unix_seconds` takes an instant such as 2026-03-01T18:00:00+01:00, and got "2026-03-01T18:00:00".'),
        ("to_timezone", "UTC", "0001-01-01T00:00:00+09:00",
         '`to_timezone` got "0001-01-01T00:00:00+09:00", which is beyond what can be written in that zone.'),
        ("to_json", None, [Decimal("NaN")], "`to_json` cannot take this value: NaN is no number that JSON can carry."),
        ("uuid5", None, "\ud800", "`uuid5` cannot take a text that holds half of a character."),
        ("string", None, ["x" * 100], "`string` takes text, a number or true/false, and got a list."),
        ("strip_html", None, 5, "`strip_html` takes text, and got 5."),
        ("boolean", None, "x" * 5000,
         f'`boolean` knows true, yes, y, on, 1, false, no, n, off, 0, and got "{"x" * 40}…".'),
    ],
)  # fmt: skip
def test_values_that_do_not_fit(name: str, argument: Any, value: Any, message: str) -> None:
    with pytest.raises(TransformError) as raised:
        apply(name, value, argument)
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("name", "argument", "message"),
    [
        ("upper", 5, "`upper` takes no argument."),
        ("truncate", None, "`truncate` needs its `length`: a whole number from 1 to 1000000."),
        ("truncate", "long", '`truncate` takes a whole number from 1 to 1000000 as `length`, and got "long".'),
        ("truncate", 0, "`truncate` takes a whole number from 1 to 1000000 as `length`, and got 0."),
        ("truncate", Decimal("2.5"), "`truncate` takes a whole number from 1 to 1000000 as `length`, and got 2.5."),
        ("truncate", {"lenght": 5},
         "`truncate` has no `lenght`. Did you mean `length`? It takes `length`, `ellipsis`."),
        ("truncate", {"length": 3, "ellipsis": "..."},
         "`truncate` needs a `length` that is longer than its `ellipsis`."),
        ("minor_units", {"places": 9}, "`minor_units` takes a whole number from 0 to 6 as `places`, and got 9."),
        ("lookup", "day_code",
         'There is no table "day_code". Did you mean `day_codes`? Tables are `day_codes`, `allergen_codes`, `mixed`.'),
        ("lookup", {"in": "day_codes", "unknown": "drop"},
         '`lookup` takes `report` or `keep` or `error` as `unknown`, and got "drop".'),
        ("replace", {"": "x"}, '`replace` takes an object such as `{"-": "_"}` as `texts`, and got an object.'),
        ("replace", "-", '`replace` takes an object such as `{"-": "_"}` as `texts`, and got "-".'),
        ("markup", "ten", '`markup` takes a number from -100 as `percent`, and got "ten".'),
        ("markup", -101, "`markup` takes a number from -100 as `percent`, and got -101."),
        ("round_to", 0, "`round_to` takes a number above 0 as `to`, and got 0."),
        ("round_to", {"to": "0.05", "minus": "0.05"}, "`round_to` takes a `minus` that is smaller than `to`."),
        ("time_format", "HH:MM",
         "`time_format` does not know MM in a pattern; it knows HH, H, hh, h, mm, ss, a, A, and text in 'quotes'."),
        ("time_format", "HH'h", '`time_format` has a quote in its pattern "HH\'h" that is not closed.'),
        ("to_timezone", "Mars/Olympus",
         '`to_timezone` takes a time zone such as Europe/Berlin or UTC, and got "Mars/Olympus".'),
        ("to_timezone", "../../etc/passwd",
         '`to_timezone` takes a time zone such as Europe/Berlin or UTC, and got "../../etc/passwd".'),
        ("ascii", "…", '`ascii` takes only plain letters and signs as `otherwise`, and got "…".'),
        ("boolean", {"true": []}, "`boolean` takes a list of texts as `true`, and got a list."),
        ("html", "yes", '`html` takes `true` or `false` as `paragraphs`, and got "yes".'),
        ("split", None, "`split` needs its `separator`: a text that is not empty."),
    ],
)  # fmt: skip
def test_arguments_that_do_not_fit(name: str, argument: Any, message: str) -> None:
    assert TRANSFORMS[name].argument_problem(argument, TABLES) == message


def test_a_currency_without_minor_units_needs_its_places() -> None:
    run = RunFacts(currency="XAU")
    with pytest.raises(
        ArgumentError, match="'XAU' is not an ISO 4217 currency code, such as USD or EUR; give the decimal"
    ):
        TRANSFORMS["minor_units"].bind(None, run)
    assert apply("minor_units", Decimal("1.5"), 2, run) == 150


def test_an_unknown_transform_is_told_with_a_suggestion() -> None:
    with pytest.raises(UnknownTransform) as raised:
        find_transform("truncat")
    assert str(raised.value) == 'There is no transform "truncat". Did you mean `truncate`?'
    assert find_transform("truncate") is TRANSFORMS["truncate"]


@pytest.mark.parametrize("name", PROMISED)
def test_schemas_of_arguments_are_valid_and_let_formulas_through(name: str) -> None:
    schema = TRANSFORMS[name].argument_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    if TRANSFORMS[name].parameters:
        assert validator.is_valid("= store.setting")
        assert validator.is_valid({"$if": "item.sold_out", "$from": "store.setting"})
    else:
        assert not validator.is_valid(5)


@pytest.mark.parametrize(
    ("name", "argument", "valid"),
    [
        ("truncate", 500, True),
        ("truncate", {"length": 500, "ellipsis": "…"}, True),
        ("truncate", {"ellipsis": "…"}, False),
        ("truncate", {"length": 500, "elipsis": "…"}, False),
        ("truncate", "long", False),
        ("lookup", {"in": "day_codes", "unknown": "keep"}, True),
        ("replace", {"-": "_"}, True),
        ("replace", {}, False),
        ("round_to", "0.05", True),
        ("round_to", "five", False),
        ("markup", 12.5, True),
        ("html", {"paragraphs": False}, True),
        ("html", {}, False),
    ],
)
def test_editors_see_what_fits(name: str, argument: Any, valid: bool) -> None:
    assert jsonschema.Draft202012Validator(TRANSFORMS[name].argument_schema()).is_valid(argument) is valid


def test_the_page_is_what_the_registry_says() -> None:
    page = (REPOSITORY / docs.FILE_NAME).read_text(encoding="utf-8")
    assert page == docs.markdown()
    for name, known in TRANSFORMS.items():
        assert f"\n### {name}\n" in page
        assert known.doc[0].isupper()
        assert known.doc.endswith(".")
        assert known.examples


# -- static types --------------------------------------------------------------------------------

NAME = Type("text", max_length=255)
DAY = Type("text", values=frozenset({"monday", "tuesday"}), max_length=7)
PRICE = Type("decimal", non_negative=True)


@pytest.mark.parametrize(
    ("name", "argument", "value", "gives"),
    [
        ("truncate", 100, NAME, Type("text", max_length=100)),
        ("truncate", 300, NAME, NAME),
        ("truncate", 300, TEXT, Type("text", max_length=300)),
        ("truncate", 3, DAY, Type("text", max_length=3)),
        ("truncate", UNKNOWN_ARGUMENT, TEXT, TEXT),
        ("strip", None, NAME.optional(), NAME),
        ("upper", None, NAME, TEXT),
        ("prefix", "id-", NAME, Type("text", max_length=258)),
        ("prefix", UNKNOWN_ARGUMENT, NAME, TEXT),
        ("split", ",", NAME, list_of(TEXT)),
        ("minor_units", None, PRICE, Type("integer", non_negative=True)),
        ("minor_units", None, DECIMAL, INTEGER),
        ("multiply", 100, INTEGER, INTEGER),
        ("multiply", "0.5", INTEGER, DECIMAL),
        ("multiply", -1, PRICE, DECIMAL),
        ("add", 1, Type("integer", non_negative=True), Type("integer", non_negative=True)),
        ("at_least", 0, INTEGER, Type("integer", non_negative=True)),
        ("at_most", -5, PRICE, DECIMAL),
        ("markup", 10, PRICE, PRICE),
        ("lookup", "day_codes", DAY, Type("text", values=frozenset({"MON", "TUE"}), max_length=3)),
        ("lookup", "day_codes", Type("text", values=frozenset({"monday", "sunday"})),
         Type("text", values=frozenset({"MON"}), max_length=3)),
        ("lookup", "day_codes", TEXT, Type("text", values=frozenset({"MON", "TUE"}), max_length=3)),
        ("lookup", {"in": "day_codes", "unknown": "keep"}, TEXT, TEXT),
        ("lookup", {"in": "day_codes", "unknown": "keep"}, DAY,
         Type("text", values=frozenset({"MON", "TUE"}), max_length=3)),
        ("lookup", "allergen_codes", TEXT,
         list_of(Type("text", values=frozenset({"PEANUT", "TREE_NUT", "DAIRY"}), max_length=8))),
        ("lookup", "mixed", TEXT, ANY),
        ("lookup", UNKNOWN_ARGUMENT, TEXT, ANY),
        ("boolean", None, TEXT, BOOLEAN),
        ("string", None, BOOLEAN, Type("text", values=frozenset({"true", "false"}), max_length=5)),
        ("string", None, PRICE, TEXT),
        ("string", None, NAME, NAME),
        ("first", None, list_of(NAME), NAME.optional()),
        ("unique", None, list_of(NAME), list_of(NAME)),
        ("join", None, list_of(NAME), TEXT),
        ("short_hash", 8, NAME, Type("text", max_length=8)),
        ("short_hash", {"length": 8, "longer_than": 40}, NAME, Type("text", max_length=40)),
        ("minutes", None, TEXT, Type("integer", non_negative=True)),
    ],
)  # fmt: skip
def test_result_types(name: str, argument: Any, value: Type, gives: Type) -> None:
    assert TRANSFORMS[name].result_type(value, argument, TABLES) == gives


@pytest.mark.parametrize(
    ("name", "value", "fitting"),
    [
        ("upper", TEXT, True),
        ("upper", TEXT.optional(), True),
        ("upper", list_of(TEXT), True),
        ("upper", ANY, True),
        ("upper", NULL, True),
        ("upper", DECIMAL, False),
        ("upper", list_of(INTEGER), False),
        ("upper", record_of(ItemView), False),
        ("minor_units", INTEGER, True),
        ("minor_units", TEXT, False),
        ("decimal", TEXT, True),
        ("lookup", BOOLEAN, True),
        ("join", TEXT, False),
        ("join", list_of(TEXT), True),
        ("to_json", record_of(ItemView), True),
    ],
)
def test_static_types_that_fit(name: str, value: Type, fitting: bool) -> None:
    assert TRANSFORMS[name].accepts(value) is fitting
