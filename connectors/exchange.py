"""Requests and answers as plain values: what crosses the line between a mapping's steps and HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal, Protocol, TypeAlias


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. ``url`` is whole; ``body`` are the exact bytes that are sent and signed.

    ``secrets`` are values that must never be shown: they are masked wherever the request is kept.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    timeout: timedelta | None = None
    secrets: frozenset[str] = frozenset()
    left_out: int = 0
    """So many bytes of the body are not kept here; only in what is kept of a long one."""
    readable: bytes | None = None
    """The body before it was compressed, for people."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. ``body`` is what JSON held, else None; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    seconds: float = 0.0
    truncated: bool = False
    """The answer was longer than what is read."""
    left_out: int = 0
    """So many bytes of what was read are not kept here."""

    @property
    def raw(self) -> str:
        """The body as text."""
        return self.content.decode("utf-8", "replace")

    @property
    def body(self) -> Any:
        """What the JSON body holds, numbers exact; None where it is no JSON."""
        try:
            if not self.content:
                return None
            return json.loads(self.content, parse_constant=lambda _: None, parse_float=Decimal)
        except (ValueError, ArithmeticError, RecursionError):
            return None


FaultKind: TypeAlias = Literal["connect", "timeout", "reset", "too_large", "refused", "auth", "unavailable", "limit"]


@dataclass(frozen=True, slots=True)
class Fault:
    """Why there is no answer. ``sent``: whether the platform may have received the request.

    ``kind``: ``connect`` (refused, no such host), ``timeout``, ``reset`` (broken off), ``too_large``,
    ``refused`` (not allowed here: plain http, a foreign host), ``auth`` (the credentials are not
    accepted or not there), ``unavailable`` (whoever gives tokens does not do so now), ``limit`` (a rate
    limit asks for a longer wait than is waited here). ``retry_after``: seconds, where it is known.
    """

    kind: FaultKind
    message: str
    sent: bool = False
    seconds: float = 0.0
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """A token as it was given. ``until`` is when a new one is to be had, shortly before it ends."""

    value: str
    until: datetime | None = None
    refresh_token: str = ""

    def good(self, now: datetime) -> bool:
        """Tell whether the token can still be used."""
        return bool(self.value) and (self.until is None or now < self.until)


Reply: TypeAlias = Answer | Fault
AuthFlow: TypeAlias = Generator[Request | Grant, Any, Request | Fault]
"""An auth scheme for one request. It yields requests of its own (a token's) and is sent their replies; it
yields a :class:`Grant` before it uses it and is sent the one that is kept from now on; it returns the
request made known, or why that failed. It does no I/O itself."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One request that went out and what came of it, secrets masked."""

    at: datetime
    request: Request
    reply: Reply


class Masks(Protocol):
    """What takes secrets out of what is kept."""

    def reply(self, reply: Reply) -> Reply:
        """Give an answer or fault as it may be kept."""
        ...

    def sent(self, sent: Sent) -> Sent:
        """Give one try as it may be kept."""
        ...


class Exchange:
    """All that happened for one request: every try, and the last reply; secrets masked.

    They are masked when somebody looks: of what goes well nobody does, and masking takes longest of all that is done
    about a request.
    """

    def __init__(self, reply: Reply, tries: Sequence[Sent], make_masks: Callable[[], Masks]) -> None:
        self._reply, self._tries, self._make_masks = reply, tuple(tries), make_masks

    def __repr__(self) -> str:
        return f"Exchange({self.reply!r}, {self.sent!r})"

    @cached_property
    def _masks(self) -> Masks:
        return self._make_masks()

    @cached_property
    def reply(self) -> Reply:
        """The last reply."""
        return self._masks.reply(self._reply)

    @cached_property
    def sent(self) -> tuple[Sent, ...]:
        """Every try."""
        return tuple(self._masks.sent(each) for each in self._tries)
