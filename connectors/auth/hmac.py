"""``hmac``: a signature over the very bytes of each request."""

from __future__ import annotations

import hashlib
import hmac
from typing import cast
from urllib.parse import urlsplit

from connectors.auth.encodings import decode, encode
from connectors.auth.scheme import Known, Scheme, with_headers
from connectors.exchange import AuthFlow, Fault, Grant, Request
from pipeline.mapping.conversation.steps import CompiledAuth
from pipeline.mapping.expressions.scope import SigningView
from pipeline.mapping.form.auth import HmacAuth


class Hmac(Scheme):
    """Signs a text over method, address, a value used once, and the body's hash."""

    renews = True
    signs_once = True

    def __init__(self, compiled: CompiledAuth) -> None:
        super().__init__(compiled)
        self.form = cast("HmacAuth", compiled.form)

    def flow(self, request: Request, known: Known, held: Grant | None = None) -> AuthFlow:
        """Sign the request."""
        yield from ()
        secret = self.secret("secret", known)
        if isinstance(secret, Fault):
            return secret
        key = decode(secret, self.form.secret_encoding)
        if not key:
            return Fault("auth", f"The signing secret is not written in {self.form.secret_encoding}. Check it.")
        signing = self._signing(request, known)
        text = self.value("sign", known, signing=signing)
        if not isinstance(text, str):
            return Fault("auth", "The text to sign has a part without a value: a credential is missing.")
        signing.signature = encode(hmac.digest(key, text.encode(), self.form.digest), self.form.encoding)
        headers = self.headers(known, signing=signing)
        if isinstance(headers, Fault):
            return headers
        return with_headers(request, headers, known.secrets | {secret})

    def _signing(self, request: Request, known: Known) -> SigningView:
        parts = urlsplit(request.url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        digest = hashlib.new(self.form.digest, request.body).digest() if request.body else b""
        return SigningView(
            method=request.method,
            path=path,
            host=(parts.hostname or "").lower(),
            port=str(parts.port or (443 if parts.scheme == "https" else 80)),
            nonce=known.nonce,
            timestamp=str(int(known.now.timestamp())),
            body_hash=encode(digest, self.form.encoding) if digest else "",
            signature="",
        )
