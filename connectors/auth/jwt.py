"""``jwt``: a token that is signed here, anew for each request (RFC 7519, HMAC algorithms)."""

from __future__ import annotations

import hmac
from typing import Any, cast

from connectors.auth.encodings import decode, encode
from connectors.auth.scheme import Known, Scheme, with_headers
from connectors.exchange import AuthFlow, Fault, Grant, Request
from pipeline import json_text
from pipeline.mapping.conversation.steps import CompiledAuth
from pipeline.mapping.form.auth import JwtAuth

_DIGESTS = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}


class Jwt(Scheme):
    """A self-made token; ``iat`` and ``exp`` are added to the claims."""

    renews = True

    def __init__(self, compiled: CompiledAuth) -> None:
        super().__init__(compiled)
        self.form = cast("JwtAuth", compiled.form)

    def flow(self, request: Request, known: Known, held: Grant | None = None) -> AuthFlow:
        """Sign a token and carry it."""
        yield from ()
        token = self.token(known)
        if isinstance(token, Fault):
            return token
        headers = self.headers(known, {"Authorization": f"Bearer {token}"}, token=token)
        if isinstance(headers, Fault):
            return headers
        return with_headers(request, headers, known.secrets | {token})

    def token(self, known: Known) -> str | Fault:
        """Give a token that is good from now on."""
        secret = self.secret("secret", known)
        if isinstance(secret, Fault):
            return secret
        key = decode(secret, self.form.secret_encoding)
        if not key:
            return Fault("auth", f"The signing secret is not written in {self.form.secret_encoding}. Check it.")
        header, claims = self._fields("header", known), self._fields("claims", known)
        missing = next((name for name, value in claims.items() if value is None), None)
        if missing is not None:
            return Fault("auth", f"The token's claim `{missing}` has no value: a credential is missing.")
        issued = int(known.now.timestamp())
        times = {"iat": issued, "exp": issued + int(self.form.lifetime.total_seconds())}
        parts = ({"alg": self.form.algorithm, "typ": "JWT", **header}, {**claims, **times})
        signed = ".".join(encode(json_text.encode(part), "base64url") for part in parts)
        signature = hmac.digest(key, signed.encode(), _DIGESTS[self.form.algorithm])
        return f"{signed}.{encode(signature, 'base64url')}"

    def _fields(self, group: str, known: Known) -> dict[str, Any]:
        slots = self.compiled.groups.get(group, {})
        return {name: slot.value(known.names, known.facts) for name, slot in slots.items()}
