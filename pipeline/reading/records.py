"""Plain values → records, one by one: collects every problem, keeps what is good and unknown fields.

This is the way for menus that the typed decoder refuses; it is exact rather than fast. A record
whose required fields cannot be read is left out, with an error; another field that cannot be read
is taken as not given, with an error.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from msgspec import Struct, inspect

from pipeline.findings import Record
from pipeline.menu import MAX_TEXT
from pipeline.reading.amounts import amount_of, fault, told
from pipeline.reading.limits import MAX_DIGITS, MAX_EXTRA_DEPTH
from pipeline.reading.problems import RECORDS, Problems, counted, shown
from pipeline.reading.shapes import WORDS, Field, Shape, converts, shape_of, words_of
from pipeline.reading.strict_json import UNREADABLE, NotANumber
from pipeline.reading.texts import UNWANTED, clean

MAX_KEY = 100


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a menu a value stands: in which records, innermost last, and in which field of that one."""

    records: tuple[tuple[type[Struct], Any, int], ...] = ()
    field: str = ""

    def inside(self, record: type[Struct], value: Any, position: int) -> Place:
        """Step into a record; the menu itself and records without an id are no step."""
        return Place((*self.records, (record, value, position))) if RECORDS.get(record, ("", ""))[1] else self

    def at(self, field: str | int) -> Place:
        """Step to a field, or to a list's entry."""
        if isinstance(field, int):
            return Place(self.records, f"{self.field}[{field}]")
        field = shown(field)[1:-1] if len(field) > MAX_KEY or not field.isprintable() else field
        return Place(self.records, f"{self.field}.{field}" if self.field else field)

    def trail(self) -> tuple[Record, ...]:
        """Give the names of the records."""
        return tuple(_named(*record) for record in self.records)


def _named(record: type[Struct], value: Any, position: int) -> Record:
    kind, id_field = RECORDS[record]
    values = value if isinstance(value, dict) else {}
    record_id, name = values.get(id_field), values.get("name")
    return Record(
        kind,
        shown(clean(record_id))[1:-1] if isinstance(record_id, str) and record_id else f"number {position + 1}",
        clean(name[:97]) if isinstance(name, str) else "",
    )


class RecordReader:
    """Reads records; ``cleaning`` says that the document may hold unwanted characters."""

    def __init__(self, problems: Problems, *, keep_extra: bool, cleaning: bool) -> None:
        self.problems = problems
        self.keep_extra = keep_extra
        self.cleaning = cleaning
        self._cleaned: list[Record] = []
        self._unknown: Counter[tuple[str, str]] = Counter()

    def record(self, value: Any, kind: type[Struct], place: Place | None = None, position: int = 0) -> Any:
        """Read one record; gives UNREADABLE where a required field cannot be read."""
        place = place or Place()
        shape = shape_of(kind)
        if not isinstance(value, dict):
            return self._wrong_type(value, "an object", place.inside(kind, value, position))
        inside = place.inside(kind, value, position)
        unknown = value.keys() - shape.fields.keys()
        known = {name: entry for name, entry in value.items() if name not in unknown} if unknown else value
        # Records inside may bring unknown fields of their own, which only reading them one by one keeps in order.
        by_field = self.cleaning or any(known.get(name) for name in shape.records_inside)
        built = None if by_field else converts(known, kind)
        if built is None or not _sound(built, shape):
            built = self._by_field(known, shape, inside)
        if unknown and built is not UNREADABLE:
            self._keep(value, unknown, built, shape, inside)
        return built

    def records(self, value: Any, kind: type[Struct], place: Place | None = None) -> list[Any]:
        """Read a list of records; those that cannot be read are left out."""
        place = place or Place()
        if not isinstance(value, list):
            self._wrong_type(value, "a list", place)
            return []
        known = RECORDS.get(kind)
        read = [
            self.record(entry, kind, place if known else place.at(position), position)
            for position, entry in enumerate(value)
        ]
        return [entry for entry in read if entry is not UNREADABLE]

    def tell_collected(self) -> None:
        """Tell what is told once for all records."""
        if self._cleaned:
            concerned = list(dict.fromkeys(self._cleaned))
            self.problems.collect(
                "menu-text-cleaned",
                f"Control or direction-changing characters were taken out of {counted(len(concerned), 'record')}.",
                concerned,
                hint="Type these texts anew in the menu; such characters often come from copying.",
            )
        for (where, field), count in self._unknown.items():
            message = f"The field {shown(field)} of {where} is not known and was left out ({counted(count, 'time')})."
            self.problems.add("menu-field-unknown", message, field=field[:MAX_KEY])

    def _by_field(self, value: dict[str, Any], shape: Shape, place: Place) -> Any:
        """Read a record field by field, so that each problem is told."""
        read: dict[str, Any] = {}
        usable = True
        for field in shape.fields.values():
            got = self._field(value, field, place.at(field.name))
            if got is not UNREADABLE:
                read[field.name] = got
            elif field.required:
                usable = False
        return shape.record(**read) if usable else UNREADABLE

    def _field(self, value: dict[str, Any], field: Field, place: Place) -> Any:
        entry = value.get(field.name)
        if entry is not None:
            return self._value(entry, field.type, place)
        if field.required:
            missing = "is null" if field.name in value else "is missing"
            self._tell("menu-field-missing", f"{field.name} {missing}.", place, "Every such record needs it.")
        return UNREADABLE

    def _value(self, value: Any, kind: inspect.Type, place: Place) -> Any:
        return self._readers[type(kind)](self, value, kind, place)

    def _text(self, value: Any, kind: inspect.StrType, place: Place) -> Any:
        if not isinstance(value, str):
            hint = f'Write "{value}" in quotes.' if type(value) is int and abs(value) < 10**18 else ""
            return self._wrong_type(value, WORDS[inspect.StrType], place, hint)
        if self.cleaning and UNWANTED.search(value):
            value = clean(value)
            self._cleaned += place.trail()[-1:]
        if kind.min_length and not value.strip():
            self._tell("menu-field-empty", f"{place.field} is empty.", place, "Write what it is called.")
            return UNREADABLE
        if kind.max_length is not None and len(value) > kind.max_length:
            cut = kind.max_length == MAX_TEXT
            self._tell(
                "menu-text-too-long",
                f"{place.field} has {len(value):,} characters; at most {kind.max_length:,} are read"
                + (", the rest was cut off." if cut else "."),
                place,
                "Shorten it in the menu.",
            )
            return value[: kind.max_length] if cut else UNREADABLE
        return value

    def _whole(self, value: Any, kind: inspect.IntType, place: Place) -> Any:
        if type(value) is not int:
            return self._wrong_type(value, WORDS[inspect.IntType], place, "Write digits only, without quotes or point.")
        low, high = kind.ge, kind.le
        if (low is not None and value < low) or (high is not None and value > high):
            message = f"{place.field} is {shown(value)}; it must be between {low:,} and {high:,}."
            hint = "Leave it out where there is no limit." if low == 1 else ""
            self._tell("menu-field-range", message, place, hint)
            return UNREADABLE
        return value

    def _boolean(self, value: Any, _kind: inspect.BoolType, place: Place) -> Any:
        return value if isinstance(value, bool) else self._wrong_type(value, WORDS[inspect.BoolType], place)

    def _amount(self, value: Any, _kind: inspect.DecimalType, place: Place) -> Any:
        amount = amount_of(value)
        if amount is not None and not amount and amount.is_finite():
            amount = amount.copy_abs()  # minus zero
        wrong = ("menu-price-not-a-number", "is not a number") if amount is None else fault(amount)
        if wrong is None:
            return amount
        code, message, hint = told(wrong, place.field, value)
        self._tell(code, message, place, hint)
        return UNREADABLE

    def _word(self, value: Any, kind: inspect.LiteralType, place: Place) -> Any:
        if not isinstance(value, str):
            return self._wrong_type(value, WORDS[inspect.LiteralType], place)
        if value in kind.values:
            return value
        message = f"{place.field} is {shown(value)}; it can be {', '.join(map(str, kind.values))}."
        same = value.strip().lower()
        self._tell("menu-field-value", message, place, f'Write "{same}".' if same in kind.values else "")
        return UNREADABLE

    def _list(self, value: Any, kind: inspect.ListType, place: Place) -> Any:
        if not isinstance(value, list):
            return self._wrong_type(value, WORDS[inspect.ListType], place)
        if isinstance(kind.item_type, inspect.StructType):
            return self.records(value, kind.item_type.cls, place)
        read = [self._value(entry, kind.item_type, place.at(position)) for position, entry in enumerate(value)]
        return [entry for entry in read if entry is not UNREADABLE]

    def _object(self, value: Any, kind: inspect.DictType, place: Place) -> Any:
        if not isinstance(value, dict):
            return self._wrong_type(value, WORDS[inspect.DictType], place)
        read = {
            self._key(key, place): self._value(entry, kind.value_type, place.at(key)) for key, entry in value.items()
        }
        return {key: entry for key, entry in read.items() if entry is not UNREADABLE}

    def _inner(self, value: Any, kind: inspect.StructType, place: Place) -> Any:
        return self.record(value, kind.cls, place)

    def _key(self, key: str, place: Place) -> str:
        """Read the name of a channel, a language or an unknown field."""
        if self.cleaning and UNWANTED.search(key):
            key = clean(key)
            self._cleaned += place.trail()[-1:]
        if len(key) > MAX_KEY:
            self._tell("menu-key", f"The name {shown(key)} has more than {MAX_KEY} characters.", place)
            key = key[:MAX_KEY]
        return key

    def _keep(self, value: dict[str, Any], unknown: set[str], built: Any, shape: Shape, place: Place) -> None:
        """Keep unknown fields in ``extra``, in their order; an object of that name holds such fields itself."""
        if not self.keep_extra:
            return
        if not shape.keeps_unknown:
            where = RECORDS.get(shape.record, (shape.record.__name__,))[0]
            self._unknown.update((where, name) for name in unknown)
            return
        own = value.get("extra")
        extra = dict(own) if isinstance(own, dict) else {}
        extra |= {
            name: value[name] for name in value if name in unknown and (name != "extra" or not isinstance(own, dict))
        }
        built.extra = {
            self._key(name, place): kept
            for name, entry in extra.items()
            if (kept := self._free(entry, place.at("extra").at(name), 0)) is not UNREADABLE
        }

    def _free(self, value: Any, place: Place, depth: int) -> Any:
        """Read a value of any form."""
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return self._text(value, _FREE_TEXT, place)
        if isinstance(value, list | dict) and depth >= MAX_EXTRA_DEPTH:
            return self._not_kept(place, f"is nested more than {MAX_EXTRA_DEPTH} levels deep")
        if isinstance(value, list):
            read = [self._free(entry, place.at(position), depth + 1) for position, entry in enumerate(value)]
            return [entry for entry in read if entry is not UNREADABLE]
        if isinstance(value, dict):
            pairs = {self._key(key, place): self._free(entry, place.at(key), depth + 1) for key, entry in value.items()}
            return {key: entry for key, entry in pairs.items() if entry is not UNREADABLE}
        if isinstance(value, NotANumber) or not _reasonable(value):
            return self._not_kept(place, f"is {shown(value)}, which is no number that can be sent")
        return value

    def _not_kept(self, place: Place, why: str) -> Any:
        self._tell("menu-extra-value", f"{place.field} {why}.", place)
        return UNREADABLE

    def _wrong_type(self, value: Any, wanted: str, place: Place, hint: str = "") -> Any:
        what = f"is {words_of(value)}"
        if isinstance(value, str | int | Decimal | NotANumber) and not isinstance(value, bool):
            what = f"is {shown(value)}"
        self._tell("menu-field-type", f"{place.field or 'The record'} {what}; it must be {wanted}.", place, hint)
        return UNREADABLE

    def _tell(self, code: str, message: str, place: Place, hint: str = "") -> None:
        self.problems.add(code, message, place.trail(), place.field, hint)

    _readers: ClassVar[dict[type[inspect.Type], Callable[[RecordReader, Any, Any, Place], Any]]] = {
        inspect.StrType: _text,
        inspect.IntType: _whole,
        inspect.BoolType: _boolean,
        inspect.DecimalType: _amount,
        inspect.LiteralType: _word,
        inspect.ListType: _list,
        inspect.DictType: _object,
        inspect.StructType: _inner,
    }


def _reasonable(number: int | Decimal) -> bool:
    if isinstance(number, Decimal):
        return number.is_finite() and abs(number.adjusted()) <= MAX_DIGITS
    return number.bit_length() <= MAX_DIGITS * 3


def _sound(record: Any, shape: Shape) -> bool:
    """Check what types alone do not: amounts, blank names."""
    for name in shape.amounts:
        amount = getattr(record, name)
        if amount is not None and (fault(amount) or amount.is_signed()):
            return False
    if any(fault(amount) for name in shape.amounts_by_key for amount in getattr(record, name).values()):
        return False
    return not any(text.isspace() for name in shape.required_texts if (text := getattr(record, name)))


_FREE_TEXT = inspect.StrType(max_length=MAX_TEXT)
