"""The functions that formulas of the data files know beyond JMESPath's own; all of them total."""

from __future__ import annotations

import copy
import hashlib
import re
import uuid
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar

from jmespath import functions

ANYTHING: dict[str, list[str]] = {"types": []}
TEXT = {"types": ["string"]}
NUMBER = {"types": ["number"]}

Function = TypeVar("Function", bound=Callable[..., Any])


def takes(*arguments: Any) -> Callable[[Function], Function]:
    """Declare what a function takes; anything else is a mistake of the data file."""
    declare: Callable[[Function], Function] = functions.signature(*arguments)
    return declare


_NAMESPACE = uuid.UUID("6f1b9a54-3f43-4e0e-9d0a-2b8a4a3a1d10")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Functions(functions.Functions):
    """What JMESPath lacks for checking and answering requests."""

    @takes(ANYTHING, TEXT)
    def _func_find_all(self, value: Any, name: str) -> list[Any]:
        """Give everything under a key, at any depth; lists are opened."""
        found: list[Any] = []
        waiting = deque([value])
        while waiting:
            node = waiting.popleft()
            if isinstance(node, dict):
                here = node.get(name)
                found += here if isinstance(here, list) else [] if here is None else [here]
                waiting += node.values()
            elif isinstance(node, list):
                waiting += node
        return found

    @takes(ANYTHING, TEXT, ANYTHING)
    def _func_where(self, entries: Any, field: str, wanted: Any) -> list[Any]:
        """Give the objects whose field is a value, or is a list that holds it."""
        found = []
        for entry in entries or []:
            here = entry.get(field) if isinstance(entry, dict) else None
            if here == wanted or (isinstance(here, list) and wanted in here):
                found.append(entry)
        return found

    @takes(ANYTHING, ANYTHING)
    def _func_at(self, value: Any, key: Any) -> Any:
        """Give an object's field by a key that is worked out."""
        return value.get(key) if isinstance(value, dict) and isinstance(key, str) else None

    @takes(ANYTHING)
    def _func_all(self, value: Any) -> list[Any]:
        """Give an object's values; none of null."""
        return list((value or {}).values())

    @takes(ANYTHING)
    def _func_entries(self, value: Any) -> list[dict[str, Any]]:
        """Give an object's fields as ``{key, value}``; none of null."""
        return [{"key": key, "value": inner} for key, inner in (value or {}).items()]

    @takes(ANYTHING, TEXT)
    def _func_by(self, entries: Any, field: str) -> dict[str, Any]:
        """Give objects by one of their fields."""
        return {str(entry.get(field)): entry for entry in entries or []}

    @takes(ANYTHING, TEXT, ANYTHING)
    def _func_where_instant(self, entries: Any, field: str, wanted: Any) -> list[Any]:
        """Give the objects whose field is the same instant, however it is written."""
        moment = _instant(wanted)
        return [entry for entry in entries or [] if moment is not None and _instant(entry.get(field)) == moment]

    @takes(TEXT)
    def _func_words(self, text: str) -> list[str]:
        """Give a text's words."""
        return text.split()

    @takes(ANYTHING, ANYTHING)
    def _func_missing(self, wanted: Any, known: Any) -> list[Any]:
        """Give what is wanted and not known."""
        held = known or []
        return [one for one in wanted or [] if one not in held]

    @takes(ANYTHING)
    def _func_distinct(self, values: Any) -> list[Any]:
        """Give each value once."""
        kept: list[Any] = []
        for value in values or []:
            if value not in kept:
                kept.append(value)
        return kept

    @takes(ANYTHING)
    def _func_copy(self, value: Any) -> Any:
        """Give a copy that can be changed without changing the original."""
        return copy.deepcopy(value)

    @takes()
    def _func_new_uuid(self) -> str:
        """Give a new random UUID."""
        return str(uuid.uuid4())

    @takes(TEXT)
    def _func_uuid_of(self, text: str) -> str:
        """Give the UUID that always belongs to a text."""
        return str(uuid.uuid5(_NAMESPACE, text))

    @takes(TEXT, NUMBER)
    def _func_digits_of(self, text: str, count: int) -> str:
        """Give the digits that always belong to a text."""
        number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
        return str(10 ** (count - 1) + number % (9 * 10 ** (count - 1)))

    @takes(TEXT)
    def _func_letters(self, text: str) -> str:
        """Give a text's letters and digits in small letters, to compare names that are spelled alike."""
        return "".join(one for one in text.lower() if one.isalnum())

    @takes(TEXT, TEXT)
    def _func_matches(self, text: str, pattern: str) -> bool:
        """Tell whether a regular expression fits a whole text."""
        return re.fullmatch(pattern, text) is not None

    @takes(NUMBER)
    def _func_decimals(self, number: float) -> int:
        """Count a number's decimals, as it is written shortest."""
        exponent = Decimal(repr(number)).normalize().as_tuple().exponent
        return max(0, -exponent) if isinstance(exponent, int) else 0

    @takes(ANYTHING)
    def _func_instant(self, text: Any) -> float | None:
        """Give an RFC 3339 instant in unix seconds; ``now`` is now, anything else that is no instant null."""
        return datetime.now(UTC).timestamp() if text == "now" else _instant(text)

    @takes()
    def _func_now(self) -> str:
        """Give the present instant, RFC 3339 in UTC with microseconds."""
        return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _instant(text: Any) -> float | None:
    try:
        read = datetime.fromisoformat(text)
        return (read - _EPOCH).total_seconds() if read.tzinfo else None
    except (TypeError, ValueError, OverflowError):
        return None
