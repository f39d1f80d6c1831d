"""Transforms of numbers and money; all arithmetic is exact, and halves round away from zero."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal, Inexact, InvalidOperation, Overflow
from typing import Any

from pipeline.mapping.transforms.parameters import (
    NUMBER,
    ArgumentError,
    Parameter,
    TransformError,
    number,
    one_of,
    shown,
    whole,
)
from pipeline.mapping.transforms.registry import Memo, RunFacts, Tables, transform
from pipeline.mapping.types import DECIMAL, INTEGER, Type, decimal_places
from pipeline.money import Direction, Steps, UnknownCurrency, round_half_up, to_minor
from pipeline.money import minor_units as places_of

Amount = int | Decimal
Options = Mapping[str, Any] | None

# More digits than this are no price; the traps make sure that none is ever rounded unseen.
_CALCULATION = Context(prec=120, Emax=999, Emin=-999, traps=[InvalidOperation, Inexact, Overflow])
_ROUNDINGS = {"half_up": ROUND_HALF_UP, "up": ROUND_CEILING, "down": ROUND_FLOOR}
_THOUSANDS = re.compile(r"-?[0-9]+(,[0-9]+)*(\.[0-9]+)?|-?[0-9]+(\.[0-9]{3})*(,[0-9]+)?", re.ASCII)


def _checked(name: str, function: Callable[[Amount], Amount]) -> Callable[[Amount], Amount]:
    """Say in a sentence when an amount has too many digits for exact arithmetic."""

    def calculate(value: Amount) -> Amount:
        try:
            return function(value)
        except (ArithmeticError, ValueError) as error:
            if isinstance(error, TransformError):
                raise
            raise TransformError(f"`{name}` cannot calculate with {shown(value)}: it has too many digits.") from None

    return calculate


def _places(run: RunFacts, places: int | None) -> int:
    try:
        return places_of(run.currency) if places is None else places
    except UnknownCurrency as error:
        raise ArgumentError(f"{error}; give the decimal places yourself.") from None


_PLACES = Parameter("places", whole(0, 6), "the decimal places; without it, those of the menu's currency", None)


@transform(
    takes="number",
    gives=lambda value, options, tables: Type("integer", non_negative=value.non_negative),
    parameters=(_PLACES,),
    examples=(
        (Decimal("12.99"), None, 1299),
        (Decimal("0.005"), None, 1),
        (Decimal(450), {"places": 0}, 450),
        (Decimal(450), 2, 45000),
    ),
    subscript=True,
)
def minor_units(run: RunFacts, places: int | None) -> Memo:
    """Makes a price a whole number of the currency's smallest unit: 12.99 USD is 1299, 450 JPY is 450."""
    count = _places(run, places)

    def convert(value: Amount) -> int:
        try:
            return to_minor(Decimal(value), count)
        except (ValueError, ArithmeticError):
            raise TransformError(f"`minor_units` takes a price, and {shown(value)} has too many digits.") from None

    return Memo(convert)


def _read_number(name: str, value: str | Amount) -> Decimal:
    if not isinstance(value, str):
        return Decimal(value)
    digits = value.strip()
    if NUMBER.fullmatch(digits):
        return Decimal(digits)
    hint = "; decimals follow a point, and thousands are not parted" if _THOUSANDS.fullmatch(digits[:60]) else ""
    raise TransformError(f"`{name}` takes a number, and {shown(value)} is none{hint}.")


@transform(
    takes="scalar",
    gives=lambda value, options, tables: Type(
        "decimal", non_negative=value.non_negative, places=options["places"] if options else None
    ),
    parameters=(Parameter("places", whole(0, 12), "the decimal places that it is rounded and filled up to", None),),
    examples=(
        ("12.50", None, Decimal("12.50")),
        (Decimal("12.5"), 2, Decimal("12.50")),
        (Decimal("2.675"), 2, Decimal("2.68")),
        (7, {"places": 1}, Decimal("7.0")),
    ),
    subscript=True,
)
def decimal(run: RunFacts, places: int | None) -> Memo:
    """Makes an exact number of a text or number, with as many decimal places as it is to have."""

    def convert(value: str | Amount) -> Decimal:
        if isinstance(value, bool):
            raise TransformError(f"`decimal` takes a number, and got {shown(value)}.")
        amount = _read_number("decimal", value)
        try:
            return amount if places is None else round_half_up(amount, places)
        except ValueError:
            raise TransformError(f"`decimal` cannot round {shown(value)}: it has too many digits.") from None

    # Without places a number keeps its own digits, and 1.5 and 1.50 are one key: nothing is remembered.
    return Memo(convert) if places is not None else Memo(convert, limit=0)


@transform(
    takes="scalar",
    gives=lambda value, options, tables: Type("integer", non_negative=value.non_negative),
    parameters=(
        Parameter("round", one_of(*_ROUNDINGS), "what happens to a fraction; without it, one is an error", None),
    ),
    examples=(
        (Decimal("350.00"), None, 350),
        ("12", None, 12),
        (Decimal("2.5"), {"round": "half_up"}, 3),
        (Decimal("2.1"), {"round": "up"}, 3),
        (Decimal("2.9"), "down", 2),
    ),
)
def integer(run: RunFacts, round: str | None) -> Callable[[str | Amount], int]:  # noqa: A002  (as people write it)
    """Makes a whole number of a number or text; a fraction is refused unless it says how to round."""

    def convert(value: str | Amount) -> int:
        if isinstance(value, bool):
            raise TransformError(f"`integer` takes a number, and got {shown(value)}.")
        amount = _read_number("integer", value)
        if not -60 < amount.adjusted() < 60:
            raise TransformError(f"`integer` cannot take {shown(value)}: it has too many digits.")
        if round is None and amount != amount.to_integral_value():
            raise TransformError(
                f"`integer` takes a whole number, and {shown(value)} has a fraction; say how to `round`."
            )
        return int(amount.to_integral_value(rounding=_ROUNDINGS[round or "half_up"]))

    return convert


def _result_of(name: str) -> Callable[[Type, Options, Tables], Type]:
    def gives(value: Type, options: Options, tables: Tables) -> Type:
        by = options[name] if options else None
        whole_numbers = value.kind == "integer" and by is not None and by == by.to_integral_value()
        non_negative = value.non_negative and by is not None and by >= 0
        return Type("integer" if whole_numbers else "decimal", non_negative=non_negative)

    return gives


def _like(result: Decimal, value: Amount, by: Decimal) -> Amount:
    """Keep whole numbers whole: 3 times 2 is 6, not 6.0."""
    return int(result) if isinstance(value, int) and by == by.to_integral_value() else result


@transform(
    takes="number",
    gives=_result_of("by"),
    parameters=(Parameter("by", number(), "the factor"),),
    examples=((Decimal("12.50"), 100, Decimal("1250.00")), (3, 2, 6), (Decimal("0.1"), "0.2", Decimal("0.02"))),
)
def multiply(run: RunFacts, by: Decimal) -> Callable[[Amount], Amount]:
    """Multiplies exactly; nothing is rounded."""
    return _checked("multiply", lambda value: _like(_CALCULATION.multiply(Decimal(value), by), value, by))


@transform(
    takes="number",
    gives=_result_of("amount"),
    parameters=(Parameter("amount", number(), "what is added; a minus sign takes away"),),
    examples=((Decimal("12.50"), Decimal("0.30"), Decimal("12.80")), (3, -1, 2), (0, 1, 1)),
)
def add(run: RunFacts, amount: Decimal) -> Callable[[Amount], Amount]:
    """Adds exactly; nothing is rounded."""
    return _checked("add", lambda value: _like(_CALCULATION.add(Decimal(value), amount), value, amount))


@transform(
    takes="number",
    gives=lambda value, options, tables: replace(
        DECIMAL, non_negative=value.non_negative, places=options["places"] if options else None
    ),
    parameters=(
        Parameter("percent", number(Decimal(-100)), "by how much prices rise; a minus sign lowers them"),
        _PLACES,
    ),
    examples=(
        (Decimal("10.00"), 15, Decimal("11.50")),
        (Decimal("9.99"), Decimal("12.5"), Decimal("11.24")),
        (Decimal("10.00"), {"percent": -10, "places": 1}, Decimal("9.0")),
    ),
)
def markup(run: RunFacts, percent: Decimal, places: int | None) -> Callable[[Amount], Amount]:
    """Raises a price by a percentage, rounded to the currency's smallest unit."""
    count, factor = _places(run, places), (100 + percent).scaleb(-2)
    return _checked("markup", lambda value: round_half_up(_CALCULATION.multiply(Decimal(value), factor), count))


@transform(
    takes="number",
    gives=lambda value, options, tables: replace(
        DECIMAL,
        non_negative=value.non_negative,
        places=max(decimal_places(options["to"]), decimal_places(options["minus"])) if options else None,
    ),
    parameters=(
        Parameter("to", number(above_zero=True), "the step, such as `0.05`"),
        Parameter("minus", number(Decimal(0)), "what each step lacks, for endings such as .99", Decimal(0)),
        Parameter("direction", one_of("nearest", "up", "down"), "where a price between two steps goes", "nearest"),
    ),
    examples=(
        (Decimal("12.37"), "0.05", Decimal("12.35")),
        (Decimal("12.34"), {"to": 1, "minus": "0.01"}, Decimal("11.99")),
        (Decimal("12.60"), {"to": 1, "minus": "0.01"}, Decimal("12.99")),
        (Decimal("12.01"), {"to": "0.50", "direction": "up"}, Decimal("12.50")),
        (Decimal("0.00"), {"to": 1, "minus": "0.01"}, Decimal("0.00")),
        (Decimal("0.10"), {"to": 1, "minus": "0.01"}, Decimal("0.99")),
    ),
)
def round_to(run: RunFacts, to: Decimal, minus: Decimal, direction: Direction) -> Callable[[Amount], Amount]:
    """Rounds a price to steps such as 0.05, or to endings such as .99; zero stays zero, and no price becomes it."""
    if minus >= to:
        raise ArgumentError("`round_to` takes a `minus` that is smaller than `to`.")
    steps = Steps(to, minus, direction)
    return _checked("round_to", lambda value: steps.rounded(Decimal(value)))


@transform(
    takes="number",
    gives=lambda value, options, tables: replace(
        _number_type(value, options, "least"),
        non_negative=value.non_negative or bool(options and options["least"] >= 0),
    ),
    parameters=(Parameter("least", number(), "the smallest number that is sent"),),
    examples=((Decimal("0.30"), "0.50", Decimal("0.50")), (7, 1, 7), (0, 1, 1)),
)
def at_least(run: RunFacts, least: Decimal) -> Callable[[Amount], Amount]:
    """Raises numbers that are smaller to the smallest that is allowed."""
    return lambda value: value if value >= least else _like(least, value, least)


@transform(
    takes="number",
    gives=lambda value, options, tables: replace(
        _number_type(value, options, "most"), non_negative=value.non_negative and bool(options and options["most"] >= 0)
    ),
    parameters=(Parameter("most", number(), "the largest number that is sent"),),
    examples=((120, 99, 99), (Decimal("7.5"), 99, Decimal("7.5"))),
)
def at_most(run: RunFacts, most: Decimal) -> Callable[[Amount], Amount]:
    """Lowers numbers that are larger to the largest that is allowed."""
    return lambda value: value if value <= most else _like(most, value, most)


def _number_type(value: Type, options: Options, name: str) -> Type:
    whole_bound = options is not None and options[name] == options[name].to_integral_value()
    if value.kind == "integer" and whole_bound:
        return INTEGER
    places = 0 if value.kind == "integer" else value.places
    known = options is not None and places is not None
    return replace(DECIMAL, places=max(places or 0, decimal_places(options[name])) if options and known else None)
