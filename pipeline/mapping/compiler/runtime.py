"""What generated code calls when something rare happens: a report, a value that fails.

One :class:`Run` serves one call of a compiled mapping and collects its findings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeGuard

from pipeline.findings import Finding, Record, Severity
from pipeline.mapping.code import Code
from pipeline.mapping.compiler.origins import Recording
from pipeline.mapping.expressions.values import identity
from pipeline.mapping.nodes import Position
from pipeline.mapping.rules.reader import place
from pipeline.mapping.transforms.parameters import shown
from pipeline.mapping.transforms.registry import Memo, UnknownValue
from pipeline.shaping.views import CategoryView, GroupView, ItemView, MenuView, OptionView, SizeView

MISSING: Any = type("Missing", (), {"__repr__": lambda self: "MISSING"})()
"""What a template gives that has no value; compared by identity."""
MISSING_PART = "…"
"""Stands in a message for people where a part of it has no value."""
DEEPEST_TEMPLATE = 60
MOST_TURNS = 2_000_000
"""So many calls of templates, and turns of loops that do not go down the menu, are more than any payload needs."""
TURNS_PER_DISH = 300
"""And so many more for each dish, whose hours alone may take a hundred."""

_IDENTITY: dict[type, tuple[str, str]] = {
    CategoryView: ("category", "category_id"),
    ItemView: ("item", "item_id"),
    GroupView: ("modifier group", "modifier_group_id"),
    OptionView: ("option", "key"),
    SizeView: ("size", "key"),
}


def granted(names: Mapping[str, Any]) -> int:
    """Give how many turns are granted for the dishes of the menu that is mapped."""
    menu = names.get("menu")
    return TURNS_PER_DISH * len(menu.items) if isinstance(menu, MenuView) else 0


class MappingError(Exception):
    """A value that cannot be mapped; its text is one sentence for a person."""


def records_of(trail: Iterable[Any]) -> tuple[Record, ...]:
    """Name the menu's records among the values of the loops around a rule."""
    found: list[Record] = []
    for value in trail:
        if isinstance(value, tuple):
            found.extend(records_of(value))
            continue
        identity = _IDENTITY.get(type(value))
        if identity is not None:
            found.append(Record(identity[0], getattr(value, identity[1]), value.name or ""))
    return tuple(found)


class Endless(MappingError):
    """Templates or loops without end, or none worth waiting for; it ends the run, since going on would branch on."""

    def __init__(self, message: str, trail: tuple[Any, ...] = ()) -> None:
        super().__init__(message)
        self.trail = trail


@dataclass(slots=True)
class Run:
    """One call of a compiled mapping: its facts, and what it has to tell."""

    facts: Any
    code: Code
    filename: str
    sites: list[tuple[Position, str]]
    findings: list[Finding] = field(default_factory=list)
    noted: set[int] = field(default_factory=set)
    spent: int = 0
    index: dict[str, list[Record]] | None = None
    recording: Recording | None = None

    def within(self, values: Any) -> Any:
        """Give what a loop inside another one goes over, where it does not go down the menu, and count its turns."""
        if isinstance(values, (list, dict)):
            self.spent += len(values)
            if self.spent > MOST_TURNS:
                raise endless("", 0, ())
        return values

    def wrote(self, target: dict[str, Any], key: str, value: Any, site: int, trail: tuple[Any, ...]) -> None:
        """Set a field beside those of a template in the precise build."""
        target[key] = value
        if self.recording is not None:
            self.recording.entries.append((key, (target, site, trail, ())))

    def added(self, target: list[Any], value: Any, site: int, trail: tuple[Any, ...], values: tuple[Any, ...]) -> None:
        """Add a list's entry in the precise build; ``values`` are those of the names in force."""
        if self.recording is not None:
            self.recording.entries.append((len(target), (target, site, trail, values)))
        target.append(value)

    def keyed(
        self, target: dict[str, Any], key: Any, value: Any, site: int, trail: tuple[Any, ...], values: tuple[Any, ...]
    ) -> None:
        """Set a computed key in the precise build."""
        put(target, key, value)
        if self.recording is not None:
            self.recording.entries.append((text_of(key), (target, site, trail, values)))

    def opened(self, target: dict[str, Any], site: int, trail: tuple[Any, ...], values: tuple[Any, ...]) -> None:
        """Note in the precise build that an object's fields follow."""
        if self.recording is not None:
            self.recording.objects.append((target, site, trail, values))

    def turn(self, target: Any, site: int, trail: tuple[Any, ...], values: tuple[Any, ...]) -> None:
        """Note a loop's turn in the precise build, before its condition."""
        if self.recording is not None:
            self.recording.looped.append((target, site, trail, values))

    def report(self, site: int, text: str | None, trail: tuple[Any, ...]) -> None:
        """Tell what a rule left out, in the mapping's own words."""
        position, path = self.sites[site]
        message = text if says_something(text) else "Left out by the mapping's condition."
        self.findings.append(Finding("left-out", "warning", message, "", place(position), records_of(trail), path))

    def unknown(self, site: int, error: Exception, trail: tuple[Any, ...]) -> None:
        """Tell of a word that a table does not have."""
        position, path = self.sites[site]
        hint = "Add it to the table, or say `unknown: keep`."
        self.findings.append(
            Finding("table-unknown", "warning", str(error), hint, place(position), records_of(trail), path)
        )

    def nothing(self, site: int, error: Exception, trail: tuple[Any, ...]) -> None:
        """Tell once that a formula met a null and so gave no value."""
        if site in self.noted:
            return
        self.noted.add(site)
        position, path = self.sites[site]
        message = f"The formula met an empty value and gave none: {error}"
        self.findings.append(Finding("formula-null", "warning", message, "", place(position), records_of(trail), path))

    def check(
        self,
        site: int,
        severity: Severity,
        text: str | None,
        trail: tuple[Any, ...],
        menu: MenuView,
        detail: str = "",
        culprits: tuple[str, ...] = (),
    ) -> None:
        """Tell what breaks one of the platform's rules, by the dish rather than its place in the payload."""
        position, _ = self.sites[site]
        found = tuple(record for culprit in culprits for record in self._named(menu, culprit))
        text = text if says_something(text) else None
        said = text.rstrip(".") if text and detail else text
        message = ": ".join(part for part in (said, detail) if part) or "A rule of the platform is broken."
        self.findings.append(Finding("check", severity, message, "", place(position), records_of(trail) + found))

    def _named(self, menu: MenuView, culprit: str) -> list[Record]:
        if self.index is None:
            self.index = {}
            for kind, records in (
                ("category", menu.all_categories),
                ("item", menu.items),
                ("modifier group", menu.modifier_groups),
                ("option", menu.options),
            ):
                for record in records:
                    identity = getattr(record, _IDENTITY[type(record)][1])
                    self.index.setdefault(identity, []).append(Record(kind, identity, record.name))
        return self.index.get(culprit, [])

    def failed(self, site: int, error: Exception, trail: tuple[Any, ...]) -> None:
        """Tell of a value that cannot be mapped, with its mapping line and dish."""
        position = self.code.position_of(error, self.filename) or self.sites[site][0]
        if isinstance(error, (TypeError, AttributeError, KeyError, IndexError)):
            message = f"The value does not fit here ({type(error).__name__}: {error})."
        else:
            message = str(error) or type(error).__name__
        self.findings.append(
            Finding("value-failed", "error", message, "", place(position), records_of(trail), self.sites[site][1])
        )


def says_something(text: str | None) -> TypeGuard[str]:
    """Tell whether a message for people is more than parts that have no value."""
    return text is not None and bool(text.replace(MISSING_PART, "").strip())


def text_of(value: Any) -> str:
    """Give a value as text: numbers by their own digits, truth values as true and false.

    >>> text_of(Decimal("12.50")), text_of(True)
    ('12.50', 'true')
    """
    if isinstance(value, str):
        return value
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, (int, float)):
        return str(value)
    raise MappingError("A list or an object cannot stand in a text.")


def elements(value: Any) -> Iterable[Any]:
    """Give what a loop goes over, where its form is not known before."""
    if value is None:
        return ()
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        return value.values()
    raise MappingError(f"A loop needs a list or an object, and got {_kind(value)}.")


def pairs(value: Any) -> Iterable[tuple[Any, Any]]:
    """Give elements with their key of an object, or null of a list."""
    if isinstance(value, dict):
        return ((element, key) for key, element in value.items())
    return ((element, None) for element in elements(value))


def each(value: Any, function: Callable[[Any], Any], unknown: Callable[[Exception], None]) -> Any:
    """Apply a transform to a value whose form is not known before: null passes by, lists go element by element."""
    if value is None:
        return None
    if isinstance(value, list):
        results: list[Any] = []
        for element in value:
            add_to(results, each(element, function, unknown))
        return results
    try:
        return function(value)
    except UnknownValue as error:
        unknown(error)
        return None


def composed(*functions: Callable[[Any], Any]) -> Memo:
    """Make one function of several, applied from left to right, that remembers what it gave.

    >>> composed(str.strip, str.upper)[" tea "]
    'TEA'
    """

    def apply(value: Any) -> Any:
        for function in functions:
            value = function(value)
        return value

    return Memo(apply)


def add_to(results: list[Any], result: Any) -> None:
    """Add an element's result to a list: a list is joined in, null is nothing."""
    if isinstance(result, list):
        results.extend(result)
    elif result is not None:
        results.append(result)


def put(target: dict[str, Any], key: Any, value: Any) -> None:
    """Set a computed key, which must be text and must not be there yet."""
    if not isinstance(key, str):
        key = text_of(key)
    if key in target:
        raise MappingError(f"The key {key!r} is made twice.")
    target[key] = value


def sort_key(value: Any) -> tuple[int, Any]:
    """Order numbers, texts and truth values among their own kind; null comes last."""
    if value is None:
        return (3, 0)
    if isinstance(value, bool):
        return (2, value)
    if isinstance(value, (int, float, Decimal)):
        return (0, Decimal(repr(value)) if isinstance(value, float) else value)
    if isinstance(value, str):
        return (1, value)
    raise MappingError("Only texts and numbers can be sorted by.")


def unique_rows(rows: Iterable[tuple[Any, ...]], column: int) -> Iterator[tuple[Any, ...]]:
    """Keep the first row of each value in one column."""
    seen: set[Any] = set()
    for row in rows:
        mark = identity(row[column])
        if mark not in seen:
            seen.add(mark)
            yield row


def chunks(rows: list[Any], size: Any) -> list[list[Any]]:
    """Cut a list into lists of at most ``size``."""
    size = count(size)
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def first_rows(rows: list[Any], limit: Any) -> list[Any]:
    """Keep at most so many rows; all of them where there is no limit."""
    return rows if limit is None else rows[: count(limit)]


def count(value: Any) -> int:
    """Give a limit or a chunk's size as a positive whole number."""
    if value is None:
        raise MappingError("The number for `$chunk` is missing.")
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)) or value != int(value) or value < 1:
        raise MappingError(f"`$limit` and `$chunk` take a whole number from 1, not {shown(value)}.")
    return int(value)


def is_empty(value: Any) -> bool:
    """Tell whether a value is null, or an empty text, list or object."""
    return value is None or (isinstance(value, (str, list, dict)) and not value)


def endless(template: str, depth: int, trail: tuple[Any, ...]) -> Endless:
    """Make the error of a template, or of loops, without end."""
    if depth > DEEPEST_TEMPLATE:
        message = f"The template {template!r} uses itself more than {DEEPEST_TEMPLATE} times without an end."
        return Endless(message, trail)
    return Endless(f"For this menu the mapping's loops and templates turn more than {MOST_TURNS:,} times.", trail)


def _kind(value: Any) -> str:
    names = {str: "a text", bool: "true or false", int: "a number", Decimal: "a number", float: "a number"}
    return names.get(type(value), "a single record")
