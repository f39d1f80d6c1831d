"""Requests and answers as plain values: what crosses the line between a mapping's steps and HTTP."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeAlias


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


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. ``body`` is what JSON held, else None; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    seconds: float = 0.0
    truncated: bool = False
    """The answer was longer than what is read."""

    @property
    def raw(self) -> str:
        """The body as text."""
        return self.content.decode("utf-8", "replace")

    @property
    def body(self) -> Any:
        """What the JSON body holds; None where it is no JSON."""
        try:
            return json.loads(self.content, parse_constant=lambda _: None) if self.content else None
        except (ValueError, RecursionError):
            return None


@dataclass(frozen=True, slots=True)
class Fault:
    """Why there is no answer. ``sent``: whether the platform may have received the request.

    ``kind``: ``connect`` (refused, no such host), ``timeout``, ``reset`` (broken off), ``too_large``,
    ``refused`` (not allowed here: plain http, a foreign host), ``auth`` (no token could be had).
    """

    kind: str
    message: str
    sent: bool
    seconds: float = 0.0


Reply: TypeAlias = Answer | Fault
AuthFlow: TypeAlias = Generator[Request, Reply, Request | Fault]
"""An auth scheme for one request: yields requests of its own (a token's), gets their replies, and
returns the request made known, or why that failed. It does no I/O itself."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One request that went out and what came of it, secrets masked."""

    at: datetime
    request: Request
    reply: Reply


@dataclass(frozen=True, slots=True)
class Exchange:
    """All that happened for one request: every try, and the last reply."""

    reply: Reply
    sent: tuple[Sent, ...]
