"""Plain values → records, one by one: collects every problem, keeps what is good and unknown fields.

This is the way for menus that the typed decoder refuses; it is thorough rather than fast. A record
whose required fields cannot be read is left out, with an error; another field that cannot be read
is taken as not given, with an error.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, ClassVar

from msgspec import Struct, inspect

from pipeline.menu import MAX_TEXT
from pipeline.reading.amounts import fault, written_plainly
from pipeline.reading.places import MAX_KEY, Place
from pipeline.reading.problems import RECORDS, Problems, counted, shown
from pipeline.reading.shapes import WORDS, Field, Shape, converts, shape_of
from pipeline.reading.strict_json import UNREADABLE
from pipeline.reading.texts import clean
from pipeline.reading.values import ValueReader


class RecordReader(ValueReader):
    """Reads records by their shapes; unknown fields go into ``extra`` if ``keep_extra``."""

    def __init__(self, problems: Problems, *, keep_extra: bool, cleaning: bool) -> None:
        super().__init__(problems, cleaning=cleaning)
        self.keep_extra = keep_extra
        self._unknown: Counter[tuple[str, str]] = Counter()

    def record(self, value: Any, kind: type[Struct], place: Place | None = None, position: int = 0) -> Any:
        """Read one record; gives UNREADABLE where a required field cannot be read."""
        inside = (place or Place()).inside(kind, value, position)
        if not isinstance(value, dict):
            return self.wrong_type(value, "an object", inside)
        shape = shape_of(kind)
        unknown = value.keys() - shape.fields.keys()
        known = {name: entry for name, entry in value.items() if name not in unknown} if unknown else value
        # Records inside may bring unknown fields of their own, which are found only where each is read.
        by_field = self.cleaning or any(known.get(name) for name in shape.records_inside)
        built = None if by_field or not _amounts_plain(known, shape) else converts(known, kind)
        if built is None or not _sound(built, shape):
            built = self._by_field(known, shape, inside)
        if built is UNREADABLE:
            self._note_left_out(value, kind)
        elif unknown:
            self.keep(value, unknown, built, shape, inside)
        return built

    def records(self, value: list[Any], kind: type[Struct], place: Place) -> list[Any]:
        """Read a list of records; those that cannot be read are left out."""
        have_ids = kind in RECORDS
        read = [
            self.record(entry, kind, place if have_ids else place.at_entry(position), position)
            for position, entry in enumerate(value)
        ]
        return [entry for entry in read if entry is not UNREADABLE]

    def keep(self, value: dict[str, Any], unknown: set[str], built: Any, shape: Shape, place: Place) -> None:
        """Keep unknown fields in ``extra``, in their order; an object of that name holds such fields itself."""
        if not self.keep_extra:
            return
        if not shape.keeps_unknown:
            where = RECORDS.get(shape.record, (shape.record.__name__,))[0]
            self._unknown.update((where, name) for name in value if name in unknown)
            return
        own = value.get("extra")
        if isinstance(own, dict):
            extra = own | {name: value[name] for name in value if name in unknown and name != "extra"}
        else:
            extra = {name: value[name] for name in value if name in unknown}
        if self.cleaning or not all(map(_plain, extra, extra.values())):
            inside = place.at("extra")
            extra = {
                self.key(name, inside): kept
                for name, entry in extra.items()
                if (kept := self.anything(entry, inside.at_key(name))) is not UNREADABLE
            }
        built.extra = extra

    def tell_collected(self) -> None:
        """Tell what is told once for all records."""
        self.tell_cleaned()
        for (where, field), count in self._unknown.items():
            message = f"The field {shown(field)} of {where} is not known and was left out ({counted(count, 'time')})."
            self.problems.add("menu-field-unknown", message, field=field[:MAX_KEY])

    def _note_left_out(self, value: dict[str, Any], kind: type[Struct]) -> None:
        name, id_field = RECORDS.get(kind, ("", ""))
        record_id = value.get(id_field)
        if isinstance(record_id, str):
            self.problems.left_out.add((name, clean(record_id) if self.cleaning else record_id))

    def _by_field(self, value: dict[str, Any], shape: Shape, place: Place) -> Any:
        """Read a record field by field, so that each problem is told."""
        read: dict[str, Any] = {}
        usable = True
        for name, field in shape.fields.items():
            entry = value.get(name)
            if not field.required and (entry is None or (entry == "" and _is_id(field.type))):
                continue  # an empty id where there need be none, such as the parent of a first level, is none
            got = self._field(entry, field, place.at(name), given=name in value)
            if got is not UNREADABLE:
                read[name] = got
            elif field.required:
                usable = False
        return shape.record(**read) if usable else UNREADABLE

    def _field(self, value: Any, field: Field, place: Place, *, given: bool) -> Any:
        if value is not None:
            return self._value(value, field.type, place)
        problem = "is null" if given else "is missing"
        self.tell("menu-field-missing", f"{field.name} {problem}.", place, "Every such record needs it.")
        return UNREADABLE

    def _value(self, value: Any, kind: inspect.Type, place: Place) -> Any:
        return self._readers[type(kind)](self, value, kind, place)

    def _list(self, value: Any, kind: inspect.ListType, place: Place) -> Any:
        if not isinstance(value, list):
            return self.wrong_type(value, WORDS[inspect.ListType], place)
        if isinstance(kind.item_type, inspect.StructType):
            return self.records(value, kind.item_type.cls, place)
        read = [self._value(entry, kind.item_type, place.at_entry(position)) for position, entry in enumerate(value)]
        return [entry for entry in read if entry is not UNREADABLE]

    def _object(self, value: Any, kind: inspect.DictType, place: Place) -> Any:
        if not isinstance(value, dict):
            return self.wrong_type(value, WORDS[inspect.DictType], place)
        read = {
            self.key(key, place): self._value(entry, kind.value_type, place.at_key(key))
            for key, entry in value.items()
            if entry is not None  # not given
        }
        return {key: entry for key, entry in read.items() if entry is not UNREADABLE}

    def _inner(self, value: Any, kind: inspect.StructType, place: Place) -> Any:
        return self.record(value, kind.cls, place)

    _readers: ClassVar[dict[type[inspect.Type], Callable[[RecordReader, Any, Any, Place], Any]]] = {
        inspect.StrType: ValueReader.text,
        inspect.IntType: ValueReader.whole,
        inspect.BoolType: ValueReader.boolean,
        inspect.DecimalType: ValueReader.amount,
        inspect.LiteralType: ValueReader.word,
        inspect.ListType: _list,
        inspect.DictType: _object,
        inspect.StructType: _inner,
    }


def _is_id(kind: inspect.Type) -> bool:
    return isinstance(kind, inspect.StrType) and bool(kind.min_length)


def _plain(key: str, value: Any) -> bool:
    """Tell at little cost that an unknown field is as most are: a short text, a small number, true or false."""
    if len(key) > MAX_KEY:
        return False
    kind = type(value)
    if kind is str:
        return len(value) <= MAX_TEXT
    return kind is bool or value is None or (kind is int and -(2**63) < value < 2**63)


def _amounts_plain(values: dict[str, Any], shape: Shape) -> bool:
    found = [values.get(name) for name in shape.amounts]
    for name in shape.amounts_by_key:
        by_key = values.get(name)
        found += by_key.values() if isinstance(by_key, dict) else ()
    return all(written_plainly(amount) for amount in found if isinstance(amount, str))


def _sound(record: Any, shape: Shape) -> bool:
    """Check what types alone do not tell: amounts, blank names, long keys."""
    for name in shape.amounts:
        amount = getattr(record, name)
        if amount is not None and fault(amount):
            return False
    for name in shape.amounts_by_key:
        for key, amount in getattr(record, name).items():
            if len(key) > MAX_KEY or fault(amount):
                return False
    return not any(text.isspace() for name in shape.required_texts if (text := getattr(record, name)))
