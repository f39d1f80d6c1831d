"""Requests and answers as plain values; what a connection can do to an answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came: ``target`` is path and query, header names are in lower case, ``body`` raw."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """The path without the query."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """The query, without its question mark."""
        return self.target.partition("?")[2]


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. ``body`` is JSON unless it is bytes; None is an empty body.

    ``broken``: ``reset`` breaks the connection off without a word, ``truncated`` promises the whole
    body, sends a part and closes.
    """

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    broken: Literal["", "reset", "truncated"] = ""

    def content(self) -> bytes:
        """Give the body's bytes."""
        if self.body is None:
            return b""
        return self.body if isinstance(self.body, bytes) else msgspec.json.encode(self.body)
