"""Pictures, fetched to be looked at: bounded in time, size and number at once, and never from the own network.

A menu's addresses are written by whoever writes menus. So a name is resolved here, and only public
addresses of it are connected to, at each of the few redirects that are followed, too.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import TypeAlias

import httpcore2
import httpx2

from connectors.exchange import Fault

HEAD_BYTES = 1024 * 1024
"""So much of a picture is kept to be looked at; the rest is only counted."""
MOST_BYTES = 32 * 1024 * 1024
SECONDS = 20.0
ALL_SECONDS = 900.0
"""After so long no further picture is begun, so that a menu with very many ends, too."""
AT_ONCE = 8
REDIRECTS = 3
_HEADERS = [(b"accept", b"image/*"), (b"accept-encoding", b"identity"), (b"user-agent", b"menu-sync")]
_UNICAST = ipaddress.ip_network("2000::/3")


@dataclass(frozen=True, slots=True)
class FetchedPicture:
    """A picture's first bytes and its length; ``whole`` is false where it goes on behind it."""

    head: bytes
    length: int
    whole: bool = True


Fetched: TypeAlias = FetchedPicture | Fault


class PictureFetcher:
    """Fetches pictures, some side by side. ``limit``: no more bytes of one are read; ``private``: also from here."""

    def __init__(self, *, limit: int = MOST_BYTES, private: bool = False) -> None:
        self._limit = min(limit, MOST_BYTES)
        self._until = time.monotonic() + ALL_SECONDS
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._pool = httpcore2.AsyncConnectionPool(
            max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE, network_backend=_PublicNetwork(private=private)
        )

    async def fetch(self, url: str) -> Fetched:
        """Fetch one picture; never raises for what its address or server does wrong."""
        async with self._gate:
            if time.monotonic() >= self._until:
                return Fault("limit", "The time for all pictures was over; this one was not asked for.")
            try:
                async with asyncio.timeout(SECONDS):
                    return await self._followed(url)
            except TimeoutError:
                return Fault("timeout", f"It was not there within {SECONDS:g} seconds.")
            except _NotPublic as error:
                return Fault("refused", str(error))
            except (httpx2.InvalidURL, httpcore2.LocalProtocolError, ValueError):
                return Fault("refused", "Its address cannot be read as a web address.")
            except httpcore2.ConnectError:
                return Fault("connect", "Its server cannot be reached.")
            except (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.TimeoutException, OSError):
                return Fault("reset", "Its server broke off.")

    async def _followed(self, written: str) -> Fetched:
        url = httpx2.URL(written)
        for _ in range(REDIRECTS + 1):
            if url.scheme not in ("http", "https") or not url.host or url.userinfo:
                return Fault("refused", "Its address is no plain http or https address.")
            found = await self._asked(url)
            if not isinstance(found, httpx2.URL):
                return found
            url = found
        return Fault("refused", f"Its server sent us on more than {REDIRECTS} times.")

    async def _asked(self, url: httpx2.URL) -> Fetched | httpx2.URL:
        target = httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        extensions = {"timeout": dict.fromkeys(("connect", "read", "write", "pool"), SECONDS)}
        async with self._pool.stream("GET", target, headers=_HEADERS, extensions=extensions) as answer:
            headers = {name.lower(): value for name, value in answer.headers}
            if answer.status in (301, 302, 303, 307, 308) and b"location" in headers:
                return url.join(headers[b"location"].decode("ascii", "replace"))
            if answer.status != 200:
                return Fault("unavailable", f"Its server answered {answer.status}.")
            return await self._read(answer.aiter_stream())

    async def _read(self, chunks: AsyncIterator[bytes]) -> FetchedPicture:
        head, length = bytearray(), 0
        async for chunk in chunks:
            head += chunk[: HEAD_BYTES - len(head)]
            length += len(chunk)
            if length > self._limit:
                return FetchedPicture(bytes(head), self._limit + 1, whole=False)
        return FetchedPicture(bytes(head), length)

    async def __aenter__(self) -> PictureFetcher:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._pool.aclose()


class _NotPublic(Exception):
    """An address of the own network; the text is the sentence."""


class _PublicNetwork(httpcore2.AsyncNetworkBackend):
    """Connects to public addresses alone; what a name means is decided once, so that it cannot change in between."""

    def __init__(self, *, private: bool) -> None:
        self._private = private
        self._network = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the interface's own
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError:
            raise httpcore2.ConnectError from None
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        allowed = [each for each in addresses if self._private or is_public(each)]
        if not allowed:
            raise _NotPublic("Its address leads into a private network, where no platform can fetch it.")
        for address in allowed[:-1]:
            try:
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        return await self._network.connect_tcp(allowed[-1], port, timeout, local_address, socket_options)


def is_public(address: str) -> bool:
    """Tell whether an IP address is one of the public network, also behind the ways in which IPv6 wraps IPv4.

    >>> is_public("93.184.215.14"), is_public("10.1.2.3"), is_public("::ffff:127.0.0.1"), is_public("64:ff9b::a00:1")
    (True, False, False, False)
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address) and (found not in _UNICAST or found.sixtofour or found.teredo):
        return False
    return found.is_global and not found.is_multicast
