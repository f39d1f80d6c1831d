"""Which addresses a platform's requests may go to.

Hosts come from the chosen environment (or the ``base_url`` that PLATFORM_CONFIGS sets instead) and from
what a mapping's author wrote; a value of a menu or an answer fills a part of a path, and leads nowhere else.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from urllib.parse import SplitResult, unquote, urlsplit

from connectors.exchange import Fault
from pipeline.mapping.conversation.request_line import Line

SANDBOX = "sandbox"
_WRITTEN_HOST = re.compile(r"https?://[^/?#]+[/?#]")
_VISIBLE = re.compile(r"[!-~]*")


class Addresses:
    """The addresses of one environment.

    >>> addresses = Addresses("production", {"base_url": "https://api.example/v1"})
    >>> addresses.url(Line("GET", "/menus/a%2Fb", "/menus/"))
    'https://api.example/v1/menus/a%2Fb'
    >>> addresses.url(Line("GET", "/menus/../admin", "/menus/")).kind
    'refused'
    >>> addresses.url(Line("GET", "/menus/..%2Fadmin", "/menus/")).kind  # some servers take %2F for /
    'refused'
    """

    def __init__(self, environment: str, values: Mapping[str, str]) -> None:
        self.environment = environment
        self.base_url = values.get("base_url", "").rstrip("/")
        self._origins = {_origin(parts) for value in values.values() if (parts := _split(value)) is not None}

    def url(self, line: Line) -> str | Fault:
        """Give the whole address of a request line, or why it is not asked."""
        address = line.address
        if not address.startswith(("http://", "https://")):
            if not self.base_url:
                return refused(f"The environment `{self.environment}` has no `base_url`. Set it in PLATFORM_CONFIGS.")
            if not address.startswith("/"):
                return refused("The request's address does not start with `/`.")
            return self._checked(self.base_url + address, below=self.base_url)
        parts = _split(address)
        chosen = _WRITTEN_HOST.match(line.written) or line.written == address
        if parts is None or not (chosen or _origin(parts) in self._origins):
            host = parts.hostname if parts is not None else address[:60]
            return refused(f"The address leads to {host}, which is not a host of this platform in the mapping.")
        return self._checked(address, below=f"{parts.scheme}://{parts.netloc}")

    def _checked(self, url: str, below: str) -> str | Fault:
        parts, base = _split(url), _split(below)
        if parts is None or base is None or parts.netloc != base.netloc or parts.scheme != base.scheme:
            return refused("The request's address cannot be read as a web address of the platform.")
        path = parts.path
        if not _VISIBLE.fullmatch(url) or "\\" in url or "#" in url:
            return refused("The request's address holds characters that no address can hold.")
        if "//" in path or any(part in (".", "..") for part in re.split(r"[/\\]", unquote(path))):
            return refused("The request's path has an empty part, `.` or `..` in it, which leads elsewhere.")
        return insecure(parts, self.environment) or url


def insecure(parts: SplitResult, environment: str) -> Fault | None:
    """Refuse what would travel unencrypted, except to the sandbox and to this machine itself."""
    if parts.scheme == "https" or environment == SANDBOX or is_loopback(parts.hostname or ""):
        return None
    return refused(f"{parts.hostname} is asked by http://, so menus and credentials would travel unencrypted.")


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost.example")
    (True, False)
    """
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def refused(message: str) -> Fault:
    """Give the fault of a request that is not sent."""
    return Fault("refused", message)


def _split(url: str) -> SplitResult | None:
    """Read a web address; None where it has no host, a user, or cannot be read."""
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc
        return parts if known and parts.port != 0 else None
    except ValueError:
        return None


def _origin(parts: SplitResult) -> tuple[str, str, int]:
    return parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
