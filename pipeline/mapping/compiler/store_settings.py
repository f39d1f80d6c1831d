"""A restaurant's settings on a platform: text from a command line or JSON → typed values.

``store.markup_percent`` in a formula is an exact number, ``store.hours`` a list of windows; a
setting that is missing takes its default, or, in a preview, its example, which is told.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from pipeline.findings import Finding
from pipeline.mapping.expressions.scope import SETTING_TYPES, WindowSetting, settings_record
from pipeline.mapping.form.settings import SettingForm
from pipeline.mapping.nearest import nearest
from pipeline.mapping.nodes import Node, Scalar, Sequence, Table
from pipeline.mapping.rules.reader import place
from pipeline.mapping.types import Type
from pipeline.menu import DAYS

_CLOCK = r"(?:[01]\d|2[0-3]):[0-5]\d"
_PERIOD = re.compile(rf"^(?P<start>{_CLOCK})\s*-\s*(?P<end>{_CLOCK}|24:00)$")


class WrongValue(ValueError):
    """A setting's value that does not fit its type; the text says what would."""


def setting_type(form: SettingForm) -> Type:
    """Give the static type of a setting; one that may be missing may be null."""
    values = form.values
    kind = Type("text", values=frozenset(values)) if values is not None else SETTING_TYPES[form.type_name]
    filled = form.default is not None and not (isinstance(form.default, Scalar) and form.default.value is None)
    sure = filled or form.is_required
    return kind if sure else kind.optional()


def store_class(settings: Mapping[str, SettingForm]) -> type:
    """Make the record class of ``store``."""
    return settings_record("store", {name: setting_type(form) for name, form in settings.items()})


def settings_values(
    settings: Mapping[str, SettingForm],
    given: Mapping[str, Any],
    *,
    evaluate: Callable[[Node], Any],
    examples: bool,
) -> tuple[dict[str, Any], list[Finding]]:
    """Give each setting its value, and tell what was wrong, unknown, missing or taken from an example.

    ``evaluate`` gives the value of a default that is a formula; ``examples`` allows examples.
    """
    values: dict[str, Any] = {}
    findings: list[Finding] = []
    for name in given:
        if name not in settings:
            near = nearest(name, settings)
            hint = f"Did you mean `{near}`?" if near else f"There are: {', '.join(settings) or 'none'}."
            findings.append(Finding("setting-unknown", "error", f"There is no store setting `{name}`.", hint))
    for name, form in settings.items():
        value: Any = None
        if name in given:
            try:
                value = typed(given[name], form)
            except WrongValue as error:
                message = f"The store setting `{name}` {error}"
                findings.append(Finding("setting-wrong", "error", message, place=place(form.position)))
        elif form.default is not None:
            value = _from_node(form.default, form, evaluate)
        elif examples and form.example is not None:
            value = _from_node(form.example, form, evaluate)
            shown = "(secret)" if form.secret else _shown(value)
            message = f"The store setting `{name}` is not set; this preview uses the example {shown}."
            findings.append(Finding("setting-example", "note", message, f"Set it with `--store {name}=…`."))
        elif form.is_required:
            message = f"The store setting `{name}` is missing."
            findings.append(Finding("setting-missing", "error", message, form.description or "", place(form.position)))
        values[name] = value
    return values, findings


def typed(value: Any, form: SettingForm) -> Any:
    """Give a value, written as text or as JSON, its setting's type.

    Raises:
        WrongValue: it does not fit.
    """
    if form.values is not None:
        if value not in form.values:
            raise WrongValue(f"can be {', '.join(form.values)}, not {value!r}.")
        return value
    return _READERS[form.type_name](value)


def _text(value: Any) -> str:
    if isinstance(value, str) and value.strip():
        return value
    raise WrongValue("needs a text.")


def _integer(value: Any) -> int:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if isinstance(value, bool) or not number.is_finite() or number != int(number):
        raise WrongValue(f"needs a whole number, not {value!r}.")
    return int(number)


def _decimal(value: Any) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if isinstance(value, bool) or not number.is_finite():
        raise WrongValue(f"needs a number such as 12.5, not {value!r}.")
    return number


def _boolean(value: Any) -> bool:
    known = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in known:
        return known[value.lower()]
    raise WrongValue(f"is true or false, not {value!r}.")


def _list(value: Any) -> list[str]:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return value
    raise WrongValue("needs a list of texts, such as `a, b`.")


def _hours(value: Any) -> list[WindowSetting]:
    if isinstance(value, str):
        return [window for part in value.split(";") if part.strip() for window in _period(part.strip())]
    windows = []
    for row in value if isinstance(value, list) else [None]:
        if not isinstance(row, dict) or row.get("day") not in DAYS:
            raise WrongValue("needs a list of {day, start, end}.")
        found = _PERIOD.match(f"{row.get('start')}-{row.get('end')}")
        if found is None:
            raise WrongValue(f"has times that are not HH:MM: {row.get('start')!r} to {row.get('end')!r}.")
        windows.append(WindowSetting(row["day"], found["start"], found["end"]))
    return windows


def _period(text: str) -> list[WindowSetting]:
    """Read ``monday-friday 11:00-22:00, 23:00-24:00``.

    >>> [window.day for window in _period("saturday-sunday 10:00-12:30")]
    ['saturday', 'sunday']
    """
    words = text.split(None, 1)
    ends = words[0].lower().split("-")
    if len(words) < 2 or not 1 <= len(ends) <= 2 or any(day not in DAYS for day in ends):
        raise WrongValue(f"needs hours such as `monday-friday 11:00-22:00; saturday 12:00-23:00`, not {text!r}.")
    first, last = (DAYS.index(day) for day in (ends[0], ends[-1]))
    days = [DAYS[(first + step) % 7] for step in range((last - first) % 7 + 1)]
    windows = []
    for part in words[1].split(","):
        found = _PERIOD.match(part.strip())
        if found is None:
            raise WrongValue(f"has a time that is not HH:MM-HH:MM: {part.strip()!r}.")
        windows += [WindowSetting(day, found["start"], found["end"]) for day in days]
    return sorted(windows, key=lambda window: DAYS.index(window.day))


_READERS: dict[str, Callable[[Any], Any]] = {
    "text": _text,
    "integer": _integer,
    "decimal": _decimal,
    "boolean": _boolean,
    "list": _list,
    "hours": _hours,
}


def _from_node(node: Node, form: SettingForm, evaluate: Callable[[Node], Any]) -> Any:
    if isinstance(node, Scalar) and isinstance(node.value, str) and node.value.startswith("="):
        return evaluate(node)
    plain = _plain(node)
    return plain if plain is None else typed(plain, form)


def _plain(node: Node) -> Any:
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        return [_plain(item) for item in node]
    assert isinstance(node, Table)
    return {entry.key: _plain(entry.value) for entry in node}


def _shown(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], WindowSetting):
        days = {window.day for window in value}
        return f"hours ({value[0].start}-{value[0].end}{', …' if len(value) > 1 else ''} on {len(days)} days)"
    return f"`{value}`"
