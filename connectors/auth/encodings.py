"""How keys and signatures are written: text, base64, base64url, hex."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable

_DECODE: dict[str, Callable[[str], bytes]] = {
    "text": str.encode,
    "base64": lambda text: base64.b64decode(_padded(text), validate=True),
    "base64url": lambda text: base64.b64decode(_padded(text), altchars=b"-_", validate=True),
    "hex": bytes.fromhex,
}
_ENCODE: dict[str, Callable[[bytes], str]] = {
    "base64": lambda data: base64.b64encode(data).decode(),
    "base64url": lambda data: base64.urlsafe_b64encode(data).rstrip(b"=").decode(),
    "hex": bytes.hex,
}


def decode(text: str, encoding: str) -> bytes | None:
    """Give the bytes of a written key; None where it is not written so. Padding may be missing.

    >>> decode("bWVudQ", "base64url"), decode("menu!", "hex")
    (b'menu', None)
    """
    try:
        return _DECODE[encoding](text.strip() if encoding != "text" else text)
    except (ValueError, binascii.Error):
        return None


def encode(data: bytes, encoding: str) -> str:
    """Write bytes.

    >>> encode(b"menu", "base64"), encode(b"menu", "base64url")
    ('bWVudQ==', 'bWVudQ')
    """
    return _ENCODE[encoding](data)


def _padded(text: str) -> str:
    bare = text.rstrip("=")
    return bare + "=" * (-len(bare) % 4)
