"""From what YAML and JSON hold to typed records: one place where formulas, times and kinds are read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from sandbox.durations import Duration
from sandbox.formulas import Formula, Template

Form = TypeVar("Form")


class DefinitionError(ValueError):
    """A data file or a request to the sandbox itself that is wrong; the message says where and what."""


_READERS: dict[type, Callable[[Any], Any]] = {
    Formula: lambda raw: Formula(_text(raw)),
    Template: Template,
    Duration: Duration.read,
}


def reads(form: type) -> Callable[[Callable[[Any], Any]], Callable[[Any], Any]]:
    """Register how values of a type of our own are read."""

    def register(reader: Callable[[Any], Any]) -> Callable[[Any], Any]:
        _READERS[form] = reader
        return reader

    return register


def convert(raw: Any, form: type[Form]) -> Form:
    """Give a typed record; raises :class:`DefinitionError` with the path and what is wrong there."""
    try:
        return msgspec.convert(raw, form, dec_hook=_read)
    except msgspec.ValidationError as error:
        raise DefinitionError(str(error)) from None


def one_kind(raw: Any, kinds: dict[str, type[Form]], what: str, beside: tuple[str, ...] = ()) -> Form:
    """Read ``{KIND: ARGUMENTS}`` with a registry of kinds; ``beside`` are keys that stand next to it.

    A kind that has ``shorthand`` takes its arguments as that one field.
    """
    if not isinstance(raw, dict):
        raise ValueError(f"a {what} is an object with one of: {', '.join(kinds)}")
    names = [name for name in raw if name not in beside]
    if len(names) != 1 or names[0] not in kinds:
        raise ValueError(f"a {what} has exactly one of: {', '.join(kinds)}; here stands {', '.join(names) or 'none'}")
    kind, arguments = kinds[names[0]], raw[names[0]]
    shorthand = getattr(kind, "shorthand", "")
    try:
        return convert({shorthand: arguments} if shorthand else arguments or {}, kind)
    except DefinitionError as error:
        raise ValueError(f"{names[0]}: {error}") from None


def _read(form: type, raw: Any) -> Any:
    if form not in _READERS:
        raise NotImplementedError(form)
    return _READERS[form](raw)


def _text(raw: Any) -> str:
    if not isinstance(raw, str):
        raise ValueError(f"a formula is a text, not {raw!r}")
    return raw
