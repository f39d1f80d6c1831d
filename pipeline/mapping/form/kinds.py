"""Kinds of values that a mapping's keys take: texts, numbers, times, addresses, formulas."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from pipeline.mapping.form.kind import (
    INVALID,
    NAME_PATTERN,
    Invalid,
    Kind,
    Reader,
    Schema,
    Schemas,
    is_formula,
    matches,
    spoken_list,
    text_of,
)
from pipeline.mapping.form.meant import clock_meant, duration_meant, number_meant
from pipeline.mapping.nodes import Node, Scalar, Sequence, Table


@dataclass(frozen=True, slots=True)
class Text(Kind):
    """A literal text; ``empty`` ones only where said."""

    what: str = "a text"
    empty: bool = False

    @property
    def words(self) -> str:
        return self.what

    def read(self, node: Node, label: str, reader: Reader) -> str | Invalid:
        text = text_of(node)
        if text is None:
            number = isinstance(node, Scalar) and node.value is not None
            return self.refuse(node, label, reader, "Put it in quotes." if number else "")
        if text.startswith("="):
            return self.refuse(node, label, reader, "No formula can stand here: write the text itself.")
        if text or self.empty:
            return text
        return reader.problem("empty-text", node.position, f"`{label}` is empty.", "Write it or leave it out.")

    def schema(self, schemas: Schemas) -> Schema:
        return {"type": "string", "pattern": "^([^=]|$)" if self.empty else "^[^=]"}


@dataclass(frozen=True, slots=True)
class Name(Kind):
    """A name made of letters, digits and ``_``, as formulas can say it."""

    what: str = "a name"

    @property
    def words(self) -> str:
        return f"{self.what} of letters, digits and `_`"

    def read(self, node: Node, label: str, reader: Reader) -> str | Invalid:
        text = text_of(node)
        if text is not None and matches(NAME_PATTERN, text):
            return text
        meant = re.sub(r"[^A-Za-z0-9]+", "_", text or "").strip("_")
        return self.refuse(node, label, reader, f"Write {meant}." if matches(NAME_PATTERN, meant) else "")

    def schema(self, schemas: Schemas) -> Schema:
        return {"type": "string", "pattern": NAME_PATTERN}


@dataclass(frozen=True, slots=True)
class Enum(Kind):
    """One of a few words or numbers."""

    values: tuple[str | int, ...]
    docs: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        return spoken_list([f"`{value}`" for value in self.values])

    def read(self, node: Node, label: str, reader: Reader) -> str | int | Invalid:
        value = node.value if isinstance(node, Scalar) else None
        for known in self.values:
            if value == known and type(value) is type(known):
                return known
        texts = [str(known) for known in self.values]
        hint = reader.near(value, texts) if isinstance(value, str) else ""
        return self.refuse(node, label, reader, hint)

    def schema(self, schemas: Schemas) -> Schema:
        schema: Schema = {"enum": list(self.values)}
        return schema | {"enumDescriptions": list(self.docs)} if self.docs else schema


MOST = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Integer(Kind):
    """A whole number within bounds."""

    low: int = 0
    high: int = MOST

    @property
    def words(self) -> str:
        low = "" if self.low == -MOST else f" from {self.low}"
        return f"a whole number{low}" + ("" if self.high == MOST else f" to {self.high}")

    def read(self, node: Node, label: str, reader: Reader) -> int | Invalid:
        value = node.value if isinstance(node, Scalar) else None
        if type(value) is int and self.low <= value <= self.high:
            return value
        meant = number_meant(value) if isinstance(value, str) else ""
        return self.refuse(node, label, reader, f"Write {meant}." if meant.isdigit() else "")

    def schema(self, schemas: Schemas) -> Schema:
        return {"type": "integer", "minimum": self.low, "maximum": self.high}


@dataclass(frozen=True, slots=True)
class Number(Kind):
    """An exact number, with or without a fraction; ``low`` is the least, or with ``above`` just not reached."""

    low: int | None = None
    above: bool = False

    @property
    def words(self) -> str:
        return "a number" if self.low is None else f"a number {'above' if self.above else 'from'} {self.low}"

    def read(self, node: Node, label: str, reader: Reader) -> Decimal | Invalid:
        value = node.value if isinstance(node, Scalar) else None
        if isinstance(value, (int, Decimal)) and not isinstance(value, bool) and self._holds(value):
            return Decimal(value)
        meant = number_meant(value) if isinstance(value, str) else ""
        return self.refuse(node, label, reader, f"Write {meant}." if meant else "")

    def _holds(self, value: int | Decimal) -> bool:
        return self.low is None or (value > self.low if self.above else value >= self.low)

    def schema(self, schemas: Schemas) -> Schema:
        bound = {} if self.low is None else {"exclusiveMinimum" if self.above else "minimum": self.low}
        return {"type": "number", **bound}


@dataclass(frozen=True, slots=True)
class Boolean(Kind):
    """True or false."""

    @property
    def words(self) -> str:
        return "`true` or `false`"

    def read(self, node: Node, label: str, reader: Reader) -> bool | Invalid:
        if isinstance(node, Scalar) and isinstance(node.value, bool):
            return node.value
        # YAML 1.2 reads `yes` and `on` as texts; people still write them.
        word = (text_of(node) or "").casefold()
        meant = "true" if word in ("yes", "on", "true") else "false" if word in ("no", "off", "false") else ""
        return self.refuse(node, label, reader, f"Write `{meant}`, without quotes." if meant else "")

    def schema(self, schemas: Schemas) -> Schema:
        return {"type": "boolean"}


DURATION_PATTERN = r"^([1-9][0-9]{0,5})(ms|s|m|h|d)$"
DURATION_UNITS = {"ms": "milliseconds", "s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True, slots=True)
class Duration(Kind):
    """A length of time: ``500ms``, ``2s``, ``120m``, ``1h``, ``30d``."""

    @property
    def words(self) -> str:
        return "a length of time such as `2s`, `120m`, `1h` or `30d`"

    def read(self, node: Node, label: str, reader: Reader) -> timedelta | Invalid:
        value = node.value if isinstance(node, Scalar) else None
        duration = duration_of(value) if isinstance(value, str) else None
        if duration is not None:
            return duration
        if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
            return self.refuse(node, label, reader, f"Write the unit: `{value}s` or `{value}m`.")
        meant = duration_meant(value) if isinstance(value, str) else ""
        return self.refuse(node, label, reader, f"Write `{meant}`." if meant else "")

    def schema(self, schemas: Schemas) -> Schema:
        return {"type": "string", "pattern": DURATION_PATTERN}


def duration_of(text: str) -> timedelta | None:
    """Read a length of time, or give None.

    >>> duration_of("120m")
    datetime.timedelta(seconds=7200)
    """
    match = re.match(DURATION_PATTERN, text) if matches(DURATION_PATTERN, text) else None
    return timedelta(**{DURATION_UNITS[match[2]]: int(match[1])}) if match else None


@dataclass(frozen=True, slots=True)
class Clock(Kind):
    """A time of day at the store, ``HH:MM``; as an end also ``24:00``."""

    end: bool = False

    @property
    def words(self) -> str:
        return "a time of day such as `04:00`"

    @property
    def pattern(self) -> str:
        """The regular expression of such a time."""
        return rf"^([01][0-9]:[0-5][0-9]|2[0-3]:[0-5][0-9]{'|24:00' if self.end else ''})$"

    def read(self, node: Node, label: str, reader: Reader) -> str | Invalid:
        text = text_of(node)
        if text is not None and matches(self.pattern, text):
            return text
        meant = clock_meant(text or "")
        return self.refuse(node, label, reader, f'Write "{meant}": hours count from 00 to 23.' if meant else "")

    def schema(self, schemas: Schemas) -> Schema:
        return {"type": "string", "pattern": self.pattern}


@dataclass(frozen=True, slots=True)
class Address(Kind):
    """A web address with expressions in braces, kept as its node; ``plain``: without any, its text.

    ``http`` is refused unless ``plain_http``.
    """

    plain: bool = False
    plain_http: bool = False

    @property
    def words(self) -> str:
        return "a web address that starts with `https://`"

    def read(self, node: Node, label: str, reader: Reader) -> Node | str | Invalid:
        text = text_of(node)
        if text is None or not re.match(r"^https?://[^\s/{]" if self.plain else r"^(https?://[^\s/]|\{)", text):
            bare = re.fullmatch(r"[\w-]+(\.[\w-]+)+(:\d+)?(/\S*)?", text or "")
            return self.refuse(node, label, reader, f"Write `https://{text}`." if bare else "")
        if self.plain and (odd := _not_of_addresses(text)):
            what = "A space" if odd.isspace() else f"`{odd}`"
            return self.refuse(node, label, reader, f"{what} cannot stand there: take it out.")
        if insecure(node, label, reader, plain_http=self.plain_http):
            return INVALID
        return text if self.plain else node

    def schema(self, schemas: Schemas) -> Schema:
        scheme = "https?" if self.plain_http else "https"
        return {"type": "string", "pattern": rf"^{scheme}://[^\s/{{]" if self.plain else rf"^({scheme}://[^\s/]|\{{)"}


def _not_of_addresses(text: str) -> str:
    """Give the first character of a whole address that cannot stand there: of its host only few can."""
    found = re.search(r"[^!-~]|[<>\"\\^`{|}#]", text) or re.search(r"[^\w.:@\[\]-]", text.split("/")[2])
    return found[0] if found else ""


def insecure(node: Node, label: str, reader: Reader, *, plain_http: bool = False) -> bool:
    """Report an address that sends data unencrypted or carries a password."""
    text = text_of(node) or ""
    if text.startswith("http://") and not plain_http:
        message = f"`{label}` is an http:// address, so menus and credentials would travel unencrypted."
        reader.problem("insecure-address", node.position, message, "Write https://; only `sandbox` may use http://.")
        return True
    try:
        secret = urlsplit(text.split("{")[0]).password
    except ValueError:
        secret = None
    if secret:
        hint = "Leave it out of the address and declare it under `credentials`."
        reader.problem("literal-secret", node.position, f"`{label}` holds a password in its address.", hint)
        return True
    return False


@dataclass(frozen=True, slots=True)
class Expression(Kind):
    """A formula; the ``=`` in front may be left out. Kept as its node."""

    numbers: bool = False

    @property
    def words(self) -> str:
        return "a formula or a number" if self.numbers else "a formula"

    def read(self, node: Node, label: str, reader: Reader) -> Node | Invalid:
        value = node.value if isinstance(node, Scalar) else None
        if isinstance(value, str):
            return node if value.strip("= ") else self.refuse(node, label, reader)
        if self.numbers and isinstance(value, (int, Decimal)) and not isinstance(value, bool):
            return node
        hint = ""
        if isinstance(node, Scalar) and value is None:
            hint = "A formula that starts with `&`, `*`, `!` or `#` needs quotes, YAML reads those itself."
        elif isinstance(node, Table):
            hint = "A formula with `: ` or `{` in it needs quotes."
        elif isinstance(node, Sequence):
            hint = "A formula that starts with `[` needs quotes."
        return self.refuse(node, label, reader, hint)

    def schema(self, schemas: Schemas) -> Schema:
        return {
            "type": ["string", "number"] if self.numbers else "string",
            **({} if self.numbers else {"minLength": 1}),
        }


@dataclass(frozen=True, slots=True)
class OrFormula(Kind):
    """A plain value, or a formula (text that starts with ``=``) that gives it, kept as its node."""

    plain: Kind

    @property
    def words(self) -> str:
        return f"{self.plain.words}, or a formula"

    def read(self, node: Node, label: str, reader: Reader) -> Any:
        return node if is_formula(node) else self.plain.read(node, label, reader)

    def schema(self, schemas: Schemas) -> Schema:
        return {"anyOf": [{"type": "string", "pattern": "^="}, self.plain.schema(schemas)]}


@dataclass(frozen=True, slots=True)
class Secret(Kind):
    """A formula over ``credentials``; a literal is refused and never shown."""

    @property
    def words(self) -> str:
        return "a formula such as `= credentials.client_secret`"

    def read(self, node: Node, label: str, reader: Reader) -> Node | Invalid:
        text = text_of(node) or ""
        if is_formula(node) and re.search(r"\b(credentials|store)\b", text):
            return node
        if re.fullmatch(r"(credentials|store)\.\w+", text):
            message = f"`{text}` without `=` is sent as these very letters."
            return reader.problem("formula-without-equals", node.position, message, f"Write: = {text}")
        message = f"`{label}` takes {self.words}; a secret must not stand in a mapping."
        hint = (
            "Declare it under `credentials`, give its value in PLATFORM_CONFIGS, and write `= credentials.NAME` here."
        )
        return reader.problem("literal-secret", node.position, message, hint)

    def schema(self, schemas: Schemas) -> Schema:
        return {"type": "string", "pattern": r"^=.*\b(credentials|store)\b"}


@dataclass(frozen=True, slots=True)
class BraceText(Kind):
    """A text that may hold expressions in braces, or one formula; kept as its node."""

    @property
    def words(self) -> str:
        return "a text, with formulas in braces: `{item.name}`"

    def read(self, node: Node, label: str, reader: Reader) -> Node | Invalid:
        if text_of(node) is not None:
            return node
        hint = "A text that starts with `{` needs quotes." if isinstance(node, Table) else ""
        return self.refuse(node, label, reader, hint)

    def schema(self, schemas: Schemas) -> Schema:
        return {"type": "string"}
