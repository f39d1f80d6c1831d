"""Tokens that are kept: shared by all syncs of a process, and, through the store, by all processes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Protocol

from connectors.exchange import AuthFlow, Fault, Grant, Reply, Request
from pipeline.store.records import Token

MakeFlow = Callable[[Grant | None], AuthFlow]
Send = Callable[[Request], Awaitable[Reply]]
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class TokenStore(Protocol):
    """Keeps tokens for all processes."""

    def token(self, key: str) -> Token | None:
        """Give a token."""
        ...

    def put_token(self, token: Token, *, expected_version: int) -> bool:
        """Write a token as version ``expected_version + 1``; False where another process wrote one meanwhile."""
        ...


class LocalTokens:
    """Keeps tokens in this process alone."""

    def __init__(self) -> None:
        self._tokens: dict[str, Token] = {}

    def token(self, key: str) -> Token | None:
        """Give a token."""
        return self._tokens.get(key)

    def put_token(self, token: Token, *, expected_version: int) -> bool:
        """Write a token, unless another one was written meanwhile."""
        known = self._tokens.get(token.key)
        if (known.version if known is not None else 0) != expected_version:
            return False
        self._tokens[token.key] = Token(
            key=token.key,
            value=token.value,
            expires_at=token.expires_at,
            refresh_token=token.refresh_token,
            version=expected_version + 1,
        )
        return True


class TokenKeeper:
    """Drives auth flows. Of all that need one token at once, one asks for it and the others wait for that.

    Make one per process, for use in one event loop. Raises what the store raises.
    """

    def __init__(self, store: TokenStore) -> None:
        self._store = store
        self._grants: dict[str, Grant] = {}
        self._refused: dict[str, str] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def authorize(self, key: str, make: MakeFlow, send: Send, now: datetime) -> Request | Fault:
        """Make a request known; ``key`` names the token, empty where the scheme keeps none."""
        held = self._grants.get(key) if key else None
        if not key or (held is not None and held.good(now)):
            return await _drive(make(held), send, _nothing_to_keep)
        async with self._locks.setdefault(key, asyncio.Lock()):
            stored = await asyncio.to_thread(self._store.token, key)
            held = self._usable(key, stored)

            async def keep(grant: Grant) -> Grant:
                return await self._keep(key, grant, stored.version if stored is not None else 0)

            made = await _drive(make(held), send, keep)
            if isinstance(made, Fault) and made.kind == "auth":
                # Another process may have used the refresh token first: then its token is there by now.
                newer = await asyncio.to_thread(self._store.token, key)
                if newer is not None and newer.version != (stored.version if stored is not None else 0):
                    made = await _drive(make(self._usable(key, newer)), send, keep)
                    stored = newer
            elif held is not None and held.good(now):
                self._grants[key] = held
            return made

    def refuse(self, key: str, carried: frozenset[str]) -> None:
        """Note that the platform does not take the token that a request carried.

        Where another sync, or another process, has had a newer one meanwhile, that is used.
        """
        grant = self._grants.get(key)
        if grant is not None and grant.value in carried:
            self._refused[key] = grant.value
            del self._grants[key]

    def _usable(self, key: str, stored: Token | None) -> Grant | None:
        """Give the stored token; one that was refused counts as ended, but its refresh token is good."""
        if stored is None:
            return None
        until = _LONG_AGO if stored.value == self._refused.get(key) else stored.expires_at
        return Grant(stored.value, until, stored.refresh_token)

    async def _keep(self, key: str, grant: Grant, version: int) -> Grant:
        token = Token(key=key, value=grant.value, expires_at=grant.until, refresh_token=grant.refresh_token)
        if not await asyncio.to_thread(self._store.put_token, token, expected_version=version):
            stored = await asyncio.to_thread(self._store.token, key)
            if stored is not None and stored.value != self._refused.get(key):
                grant = Grant(stored.value, stored.expires_at, stored.refresh_token)
        self._grants[key] = grant
        return grant


async def _drive(flow: AuthFlow, send: Send, keep: Callable[[Grant], Awaitable[Grant]]) -> Request | Fault:
    """Run a flow: send what it asks for, keep what it was granted."""
    try:
        asked = next(flow)
        while True:
            asked = flow.send(await send(asked) if isinstance(asked, Request) else await keep(asked))
    except StopIteration as stop:
        made: Request | Fault = stop.value
        return made


async def _nothing_to_keep(grant: Grant) -> Grant:
    return grant
