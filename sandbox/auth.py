"""Who may call: one class per auth scheme, each checked to the letter.

A scheme gives None where a request is genuine, else what is wrong with it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import time
from collections.abc import Callable
from typing import Any, ClassVar, Literal, Protocol

import msgspec

from sandbox.clock import Clock
from sandbox.durations import Duration
from sandbox.exchange import Request
from sandbox.formulas import Names, Template
from sandbox.reading import one_kind, reads
from sandbox.state import State


class Scheme(Protocol):
    """One way to prove who calls."""

    def problem(self, request: Request, names: Names, state: State, clock: Clock) -> str | None:
        """Give what is wrong, or None; ``names`` hold the ``credentials``."""
        ...


class Headers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Headers that must be there: each with a template of its exact value, or ``^`` and a regular expression."""

    shorthand: ClassVar[str] = "headers"

    headers: dict[str, Template]

    def problem(self, request: Request, names: Names, state: State, clock: Clock) -> str | None:
        for name, template in self.headers.items():
            wanted = template.make(names)
            here = request.headers.get(name.lower())
            if here is None:
                return f"the header {name} is missing"
            same = re.fullmatch(wanted, here) if wanted.startswith("^") else _same(wanted, here)
            if not same:
                return f"the header {name} is wrong"
        return None


class SelfSignedToken(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A JSON Web Token that the caller makes: its header, claims, signature and lifetime are checked."""

    algorithm: str
    secret: Template
    secret_encoding: Literal["base64url", "text"]
    header: dict[str, Template]
    claims: dict[str, Template]
    longest: Duration

    def problem(self, request: Request, names: Names, state: State, clock: Clock) -> str | None:
        import jwt  # only where a platform asks for it, so that a start stays quick

        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or not token:
            return "the header Authorization: Bearer is missing"
        secret: str = self.secret.make(names)
        key = _KEYS[self.secret_encoding](secret)
        try:
            decoded = jwt.decode_complete(token, key, algorithms=[self.algorithm], options=_OURS)
        except jwt.InvalidTokenError as error:
            return f"the token is not valid: {error}"
        for part, wanted in (("header", self.header), ("payload", self.claims)):
            for name, template in wanted.items():
                if decoded[part].get(name) != template.make(names):
                    return f"the token's {name} is wrong"
        return self._time_problem(decoded["payload"])

    def _time_problem(self, claims: dict[str, Any]) -> str | None:
        try:
            issued, expires = float(claims["iat"]), float(claims["exp"])
        except (KeyError, TypeError, ValueError):
            return "the token's iat and exp must be unix seconds"
        now = time.time()
        if not issued <= now:
            return "the token's iat lies in the future"
        if not now < expires:
            return "the token has expired"
        if not expires - issued <= self.longest:
            return f"the token's lifetime is longer than {self.longest:.0f} seconds"
        return None


_KEYS: dict[str, Callable[[str], bytes]] = {
    "base64url": lambda secret: base64.urlsafe_b64decode(secret + "=" * (-len(secret) % 4)),
    "text": str.encode,
}

_OURS: Any = dict.fromkeys(
    ("verify_aud", "verify_iat", "verify_exp", "verify_nbf", "verify_iss", "verify_sub", "verify_jti"), False
)
"""The library checks form and signature; claims and times are compared here, to the letter."""


class IssuedToken(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A bearer token that this stand-in gave out; ``scope`` must be among what it is good for."""

    scope: str = ""

    def problem(self, request: Request, names: Names, state: State, clock: Clock) -> str | None:
        scheme, _, text = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not text:
            return "the header Authorization: Bearer is missing"
        token = state.tokens.get(text)
        if token is None:
            return "the token is not known"
        if token.expires <= clock.now():
            return "the token has expired"
        if self.scope and self.scope not in token.scopes:
            return f"the token lacks the scope {self.scope}"
        return None


class MessageCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A MAC over the request (draft-ietf-oauth-v2-http-mac-00): id, nonce, body hash and code; no nonce twice.

    Signed is, each with a line end: nonce, method, path with query, host, port, body hash, and an
    empty extension. ``key``: the secret's text itself (``utf8``) or what it encodes (``base64``).
    """

    id: Template
    secret: Template
    key: Literal["utf8", "base64"] = "utf8"

    def problem(self, request: Request, names: Names, state: State, clock: Clock) -> str | None:
        scheme, _, rest = request.headers.get("authorization", "").partition(" ")
        if scheme != "MAC":
            return "the header Authorization: MAC is missing"
        if re.fullmatch(rf"\s*{_PART}(\s*,\s*{_PART})*\s*", rest) is None:
            return "the header Authorization cannot be read"
        parts = dict(re.findall(r'(\w+)="([^"]*)"', rest))
        missing = [name for name in ("id", "nonce", "mac") if not parts.get(name)]
        if missing:
            return f"{missing[0]} is missing in the header Authorization"
        if not _same(self.id.make(names), parts["id"]):
            return "the id is not known"
        hashed = base64.b64encode(hashlib.sha256(request.body).digest()).decode() if request.body else ""
        if not _same(hashed, parts.get("bodyhash", "")):
            return "the bodyhash is not that of the body"
        host, _, port = request.headers.get("host", "").lower().partition(":")
        lines = [parts["nonce"], request.method, request.target, host, port or "80", hashed, ""]
        signed = "".join(f"{line}\n" for line in lines).encode()
        secret: str = self.secret.make(names)
        try:
            key = base64.b64decode(secret, validate=True) if self.key == "base64" else secret.encode()
        except binascii.Error:
            return "the secret of this stand-in is no Base64"
        code = base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
        if not _same(code, parts["mac"]):
            return "the mac does not fit the request"
        if not state.use_nonce(parts["nonce"]):
            return "the nonce was used before"
        return None


_PART = r'\w+="[^"]*"'

SCHEMES: dict[str, Any] = {
    "headers": Headers,
    "self_signed_token": SelfSignedToken,
    "issued_token": IssuedToken,
    "message_code": MessageCode,
}


class Auth:
    """What an endpoint asks of its callers: schemes that must all be content."""

    def __init__(self, schemes: list[Scheme]) -> None:
        self._schemes = schemes

    def problem(self, request: Request, names: Names, state: State, clock: Clock) -> str | None:
        """Give the first thing that is wrong, or None."""
        for scheme in self._schemes:
            problem = scheme.problem(request, names, state, clock)
            if problem is not None:
                return problem
        return None


@reads(Auth)
def _read(raw: Any) -> Auth:
    if not isinstance(raw, list):
        raise ValueError("auth is a list of schemes")
    return Auth([one_kind(entry, SCHEMES, "scheme") for entry in raw])


def _same(wanted: str, here: str) -> bool:
    return hmac.compare_digest(wanted.encode(), here.encode())
