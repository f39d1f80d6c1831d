"""Signed, expiring tokens of documents that platforms download; the documents themselves lie elsewhere."""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime, timedelta

from connectors.auth.encodings import decode, encode

MIN_KEY_CHARACTERS = 16
_RANDOM_BYTES = 19  # 48 bytes in all fill base64 to its last bit: one token has one way to be written
_TIME_BYTES = 5
_SIGNATURE_BYTES = 24


class Signer:
    """Makes and checks tokens. Nobody can guess one, or make it last longer.

    >>> from datetime import UTC
    >>> signer, now = Signer("an example of a key"), datetime(2026, 5, 1, tzinfo=UTC)
    >>> token = signer.token(now + timedelta(hours=1))
    >>> signer.good(token, now), signer.good(token, now + timedelta(hours=2)), signer.good(token[:-1] + "~", now)
    (True, False, False)
    """

    def __init__(self, key: str) -> None:
        """Take the SIGNING_KEY. Raises ValueError where it is too short to protect anything."""
        if len(key) < MIN_KEY_CHARACTERS:
            raise ValueError(f"SIGNING_KEY has fewer than {MIN_KEY_CHARACTERS} characters. Set a longer, random one.")
        self._key = key.encode()

    def token(self, expires_at: datetime) -> str:
        """Give a new token that works until then."""
        data = secrets.token_bytes(_RANDOM_BYTES) + int(expires_at.timestamp()).to_bytes(_TIME_BYTES, "big")
        return encode(data + self._signature(data), "base64url")

    def good(self, token: str, now: datetime) -> bool:
        """Tell whether a token was made here and has not expired."""
        data = decode(token, "base64url") if token.isascii() and len(token) < 200 else None
        if data is None or len(data) != _RANDOM_BYTES + _TIME_BYTES + _SIGNATURE_BYTES:
            return False
        signed, signature = data[:-_SIGNATURE_BYTES], data[-_SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._signature(signed)):
            return False
        return now.timestamp() < int.from_bytes(signed[_RANDOM_BYTES:], "big")

    def url(self, public_base_url: str, valid: timedelta, now: datetime) -> tuple[str, str, datetime]:
        """Give a new token, the address where its document is served, and when that ends."""
        expires_at = (now + valid).replace(microsecond=0)
        token = self.token(expires_at)
        return token, f"{public_base_url.rstrip('/')}/hosted/{token}", expires_at

    def _signature(self, data: bytes) -> bytes:
        return hmac.digest(self._key, b"hosted\0" + data, "sha256")[:_SIGNATURE_BYTES]
