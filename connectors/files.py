"""Files that a request carries, read from an address that the menu gives.

Such an address is anybody's: it gets no credentials, no redirect is followed, and it may not lead into
this machine's own network, except in the sandbox.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from connectors.addresses import SANDBOX, insecure, refused
from connectors.exchange import Fault, Request
from connectors.requests import USER_AGENT, FileContent
from connectors.transport import Transport

MAX_FILE_BYTES = 25 * 1024 * 1024


async def fetch(
    transport: Transport, url: str, environment: str, max_bytes: int | None, media_type: str | None
) -> FileContent | Fault:
    """Read a file; one that is larger than ``max_bytes`` is a fault of kind ``too_large``."""
    wrong = await _unreachable(url, environment)
    if wrong is not None:
        return wrong
    limit = min(max_bytes or MAX_FILE_BYTES, MAX_FILE_BYTES)
    answer = await transport.send(Request("GET", url, {"User-Agent": USER_AGENT}), limit=limit)
    if isinstance(answer, Fault):
        return Fault(answer.kind, f"The file cannot be read: {answer.message}", False, answer.seconds)
    if answer.status != 200:
        told = f"The file cannot be read: its server answered with status {answer.status}."
        return Fault("unavailable" if answer.status >= 500 else "refused", told)
    if answer.truncated:
        return Fault("too_large", f"The file is larger than {limit:,} bytes.")
    said = answer.headers.get("content-type", "").split(";")[0].strip()
    name = PurePosixPath(urlsplit(url).path).name or "file"
    return FileContent(answer.content, media_type or said or "application/octet-stream", name[:100])


async def _unreachable(url: str, environment: str) -> Fault | None:
    """Say why an address is not asked."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or 443
    except ValueError:
        host, port = None, 0
    if not host or parts.scheme not in ("http", "https") or "@" in parts.netloc or not url.isprintable():
        return refused("The file's address is no web address.")
    if environment == SANDBOX:
        return None
    unencrypted = insecure(parts, environment)
    if unencrypted is not None:
        return unencrypted
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        return Fault("connect", f"The file's host {host} is not known.")
    if any(not ipaddress.ip_address(entry[4][0]).is_global for entry in found):
        return refused(f"The file's address leads into this machine's own network ({host}).")
    return None
