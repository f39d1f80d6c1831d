"""One record's payload fields, before and after, and the sentence that says so."""

from __future__ import annotations

from typing import Any

from pipeline.comparing.changes import Change, FieldChange, arrow, joined, name_of, percent_of
from pipeline.comparing.meanings import Kind
from pipeline.comparing.portraits import Portrait, Said, written
from pipeline.mapping.compiler.runtime import MISSING


def worded(
    kind: Kind,
    label: str,
    fields: tuple[FieldChange, ...],
    was: Any,
    now: Any,
    old: Portrait,
    new: Portrait,
    within: tuple[str, ...],
    *,
    many: bool,
) -> Change:
    """Make the change that fields of one kind are, in words; ``many``: the field is named beside its kind."""
    name, key = name_of(new.record), key_of(label)
    percent = None
    if kind.code == "name" and old.record.name != new.record.name:
        text = f"{name_of(old.record)} is now called {name}"
    else:
        name = f"{name} ({joined(within)})" if new.record.kind == "option" and within else name
        many = many or new.record.kind == "restaurant"
        word = f"{kind.word} ({key})" if kind.word and many and key else kind.word or key or "the payload"
        percent = percent_of(was, now) if kind.code == "price" else None
        text = arrow(word, name, was, now, percent)
    return Change(kind.code, new.record, text, within, was, now, percent, fields)


def renamed_fields(fields: list[FieldChange]) -> tuple[list[tuple[FieldChange, FieldChange]], list[FieldChange]]:
    """Join a field that went with one that came and says the same: the mapping only calls it otherwise."""
    gone = {repr(change.old): change for change in fields if change.new is MISSING}
    pairs = []
    for change in fields:
        left = gone.pop(repr(change.new), None) if change.old is MISSING else None
        if left is not None:
            pairs.append((left, change))
    joined_up = {id(change) for pair in pairs for change in pair}
    return pairs, [change for change in fields if id(change) not in joined_up]


def key_of(label: str) -> str:
    """Give a field's name inside its record's entry."""
    return label.rpartition("[].")[2]


def field_change(label: str, old: Said | None, new: Said | None) -> FieldChange | None:
    """Compare a field's values over all its places; how often each stands does not count."""
    if old is not None and new is not None:
        if old.values == new.values and type(old.values[0]) is type(new.values[0]):
            return None
        was, now = _distinct(old.values), _distinct(new.values)
        if was.keys() == now.keys():
            return None
        left = [value for key, value in was.items() if key not in now]
        right = [value for key, value in now.items() if key not in was]
        before = left[0] if left else old.values[0]
        after = right[0] if right else new.values[0]
        return FieldChange(label, written(old.path), written(new.path), before, after)
    if old is not None:
        return FieldChange(label, written(old.path), "", old.values[0], MISSING)
    assert new is not None
    return FieldChange(label, "", written(new.path), MISSING, new.values[0])


def _distinct(values: list[Any]) -> dict[str, Any]:
    return {repr(value): value for value in values}
