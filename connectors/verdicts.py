"""What became of a request or message, in a form that decides what is done and what people are told."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, TypeAlias

from pipeline.mapping.conversation.steps import Word
from pipeline.mapping.nodes import Position

Action: TypeAlias = Literal[
    "done", "working", "partial", "skipped",
    "retry", "wait", "wait_for_other_job", "refresh_token", "reconnect", "full_refresh", "forget", "run", "give_up",
]  # fmt: skip
"""``done``, ``working`` (accepted, its result comes later), ``partial``, ``skipped`` (nothing was to be sent), or
what is to be done now; ``retry`` in a result means that the tries made here are used up."""

GOOD: frozenset[Action] = frozenset({"done", "working", "partial", "skipped"})
MAX_TEXT = 2_000
MAX_FIELDS = 1_000
_POINTER_PART = re.compile(r"/((?:[^/~]|~[01])*)")


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """A payload field that the platform complains of; ``path`` is written as payload paths are."""

    path: str
    message: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a reply means. ``message`` is for the restaurant's manager, ``detail`` the platform's own words."""

    action: Action
    message: str = ""
    detail: str = ""
    argument: str = ""
    """``forget``: the name; ``run``: the step."""
    after: timedelta | None = None
    """``wait``, and ``retry`` where the platform asked for a pause: how long."""
    fields: tuple[FieldProblem, ...] = ()
    rule: Position | None = None
    """Where the error rule stands that decided."""
    unlisted: str = ""
    """A word that the mapping's ``outcome`` does not list."""

    @property
    def good(self) -> bool:
        """Tell whether nothing went wrong, or not wholly."""
        return self.action in GOOD


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of one dish or option; ``id`` is as the payload sent it."""

    id: str
    meaning: Word
    word: str
    message: str = ""


def field_problems(value: Any) -> tuple[FieldProblem, ...]:
    """Read what a rule's ``fields`` gives: ``{path, message}`` or a list of them; anything else is left out."""
    rows = value if isinstance(value, list) else [value]
    told = [row for row in rows[:MAX_FIELDS] if isinstance(row, dict) and isinstance(row.get("path"), str)]
    return tuple(FieldProblem(payload_path(row["path"]), short(row.get("message"))) for row in told)


def payload_path(text: str) -> str:
    """Write a platform's way to name a field as a payload path: JSON pointer, ``$.a``, or a path already.

    >>> payload_path("/menu/items/0/name"), payload_path("$.items[2].price"), payload_path("items.0.price")
    ('menu.items[0].name', 'items[2].price', 'items[0].price')
    """
    text = text.strip().removeprefix("#")[:500]
    if text.startswith("/"):
        parts: Iterable[str] = (p.replace("~1", "/").replace("~0", "~") for p in _POINTER_PART.findall(text))
        text = ".".join(parts)
    text = text.removeprefix("$").removeprefix(".")
    return re.sub(r"(?:^|\.)(\d+)(?=\.|\[|$)", r"[\1]", text)


def short(value: Any) -> str:
    """Give a text of a bounded length of whatever a platform said."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else "; ".join(map(str, value)) if isinstance(value, list) else str(value)
    text = " ".join(text.split())
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"
