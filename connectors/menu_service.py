"""Where menus come from: the menu service, asked for the whole menu or for its two lists.

``GET {url}/menus/{id}`` gives the whole menu where the service has it; its 404 means: ask for
``/items`` and ``/categories``, which are fetched side by side. Whatever the service does wrong (an
error page, a 5xx, a broken body) is a value, :class:`SourceFailure`, never an exception.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias
from urllib.parse import quote

from connectors.exchange import Fault, Request
from connectors.transport import Transport

TIMEOUT = timedelta(seconds=20)
MOST_BYTES = 64 * 1024 * 1024
ATTEMPTS = 2
BACKOFF = 0.5
LONGEST_WAIT = 10.0
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class WholeMenu:
    """The whole menu, as JSON bytes."""

    data: bytes


@dataclass(frozen=True, slots=True)
class MenuLists:
    """The two lists, as JSON bytes."""

    items: bytes
    categories: bytes


@dataclass(frozen=True, slots=True)
class SourceFailure:
    """Why there is no menu: one sentence, and whether asking again may help."""

    message: str
    passing: bool


Fetched: TypeAlias = WholeMenu | MenuLists | SourceFailure


@dataclass(frozen=True, slots=True)
class _NotThere:
    """A 404: the service has no such form."""


class MenuService:
    """The menu service, asked over the process's one HTTP client."""

    def __init__(
        self,
        url: str,
        api_key: str,
        transport: Transport,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._url = url.rstrip("/")
        self._headers = {"X-API-Key": api_key, "Accept": "application/json"}
        self._transport = transport
        self._sleep = sleep

    async def fetch(self, restaurant_id: str) -> Fetched:
        """Give a restaurant's menu in the richest form that the service has."""
        base = f"{self._url}/menus/{quote(restaurant_id, safe='')}"
        whole = await self._get(base)
        if not isinstance(whole, _NotThere):
            return whole if isinstance(whole, SourceFailure) else WholeMenu(whole)
        items, categories = await asyncio.gather(self._get(f"{base}/items"), self._get(f"{base}/categories"))
        for part, what in ((items, "items"), (categories, "categories")):
            if isinstance(part, SourceFailure):
                return part
            if isinstance(part, _NotThere):
                message = f"The menu service knows no list of {what} for {restaurant_id} (404)."
                return SourceFailure(f"{message} Check MENU_SERVICE_URL.", passing=False)
        assert isinstance(items, bytes)
        assert isinstance(categories, bytes)
        return MenuLists(items, categories)

    async def _get(self, url: str) -> bytes | _NotThere | SourceFailure:
        answer: bytes | _NotThere | SourceFailure = SourceFailure("The menu service was not asked.", passing=False)
        for attempt in range(1, ATTEMPTS + 1):
            answer, wait = await self._once(url)
            if not isinstance(answer, SourceFailure) or not answer.passing or attempt == ATTEMPTS:
                break
            pause = BACKOFF * 2 ** (attempt - 1) * random.uniform(0.5, 1.5)  # noqa: S311 - jitter is no secret
            await self._sleep(min(max(pause, wait), LONGEST_WAIT))
        return answer

    async def _once(self, url: str) -> tuple[bytes | _NotThere | SourceFailure, float]:
        reply = await self._transport.send(Request("GET", url, self._headers, timeout=TIMEOUT), limit=MOST_BYTES)
        if isinstance(reply, Fault):
            message = f"The menu service gave no answer: {reply.message} Check MENU_SERVICE_URL and that it runs."
            return SourceFailure(message, passing=reply.kind != "refused"), 0
        if reply.status == 404:
            return _NotThere(), 0
        if reply.status != 200:
            return _refusal(reply.status), _seconds(reply.headers.get("retry-after", ""))
        if reply.truncated:
            return SourceFailure(f"The menu service's answer is over {MOST_BYTES >> 20} MB.", passing=False), 0
        return _checked(reply.content, reply.headers.get("content-type", "").partition(";")[0].strip().lower()), 0


def _refusal(status: int) -> SourceFailure:
    if status in (401, 403):
        return SourceFailure(f"The menu service refused the API key ({status}). Check MENU_SERVICE_API_KEY.", False)
    if 300 <= status < 400:
        return SourceFailure(f"The menu service sent us elsewhere ({status}). Check MENU_SERVICE_URL.", False)
    return SourceFailure(f"The menu service answered with an error ({status}).", passing=status in PASSING)


def _checked(data: bytes, kind: str) -> bytes | SourceFailure:
    """Tell what is no JSON at all, such as a login page; what is wrong in it, reading tells."""
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if kind in ("text/html", "application/xhtml+xml") or start == b"<":
        return SourceFailure("The menu service answered with a web page instead of a menu.", passing=True)
    if start not in (b"{", b"["):
        return SourceFailure("The menu service's answer is no JSON.", passing=True)
    if data.rstrip()[-1:] not in (b"}", b"]"):
        return SourceFailure("The menu service's answer ends in the middle.", passing=True)
    return data


def _seconds(text: str) -> float:
    return float(text) if text.isdecimal() and len(text) < 6 else 0.0
