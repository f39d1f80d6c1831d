"""Nothing secret in what is kept: credentials and tokens by their values, headers and fields by their names."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from urllib.parse import quote, quote_plus

from connectors.exchange import Answer, Fault, Reply, Request, Sent

MASK = "***"
SHORT = 4
"""A secret with fewer characters is masked only where it stands by itself, or most texts would be unreadable."""
MOST_KEPT = 4_000
"""So much of a body is kept with a try, about; a whole menu would have to be masked to be thrown away."""

SECRET_WORDS = r"authorization|cookie|secret|token|passw|signature|hmac|(?:api|access|partner|application)[-_]?key"  # noqa: S105
_SECRET_NAME = re.compile(SECRET_WORDS, re.IGNORECASE)
_MASK = MASK.encode()
_WORDS = (b"authorization", b"cookie", b"secret", b"token", b"passw", b"signature", b"hmac")
_BEFORE_KEY = (b"api", b"access", b"partner", b"application")
_NO_SECRET = frozenset({"token_type", "token-type", "expires_in"})
_JSON_FIELD = re.compile(rb'("(?:[^"\\]|\\.)*")(\s*:\s*)"(?:[^"\\]|\\.)*(?:"|\\?\Z)')
"""A field with a text, be it that the data ends within it."""
_FORM_FIELD = re.compile(r"(?<![^?&])([^=&?#]+)=([^&#]*)")


class Masker:
    """Masks given secrets in any text, in the forms in which they travel.

    >>> Masker(["p&ss word"]).text("user=x&password=p%26ss+word")
    'user=x&password=***'
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for secret in secrets if secret for form in _forms(secret)}
        # Longest first: a secret that is a part of another one must not save the rest of it.
        ordered = sorted(forms, key=lambda form: (-len(form), form))
        # Replaced one after another: over a whole menu that takes a fraction of what one large pattern takes.
        self._long = [(form, _bytes(form)) for form in ordered if len(form) >= SHORT]
        self._short = [form for form in ordered if len(form) < SHORT]

    def text(self, text: str) -> str:
        """Mask a text."""
        for form, _ in self._long:
            text = text.replace(form, MASK)
        for form in self._short:
            text = re.sub(rf"(?<!\w){re.escape(form)}(?!\w)", MASK, text)
        return text

    def content(self, data: bytes) -> bytes:
        """Mask bytes: given secrets, and JSON fields whose names say that they hold one."""
        for _, form in self._long:
            data = data.replace(form, _MASK)
        for short in self._short:
            data = re.sub(rb"(?<!\w)" + re.escape(_bytes(short)) + rb"(?!\w)", _MASK, data)
        return _JSON_FIELD.sub(_json_field, data) if _names_secret(data) else data

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Mask headers; of those that carry secrets nothing is left."""
        return {name: MASK if _is_secret(name) else self.text(value) for name, value in headers.items()}

    def url(self, url: str) -> str:
        """Mask an address, in its query by name, too."""
        path, mark, query = url.partition("?")
        return self.text(path) + mark + self.text(_form(query))

    def request(self, request: Request, most: int | None = None) -> Request:
        """Give a request as it may be kept; a compressed body as it was before, so that people can read it.

        With ``most`` only so much of the body, about: a secret that stands across the cut is left whole, and masked.
        """
        body = request.body if request.readable is None else request.readable
        headers = dict(request.headers)
        kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
        if "x-www-form-urlencoded" in kind:
            body = _form(body.decode("utf-8", "replace")).encode()
        cut = len(body) if most is None else self._cut(body, most)
        return Request(
            request.method,
            self.url(request.url),
            self.headers(headers),
            self.content(body[:cut]),
            request.timeout,
            left_out=len(body) - cut,
        )

    def reply(self, reply: Reply, most: int | None = None) -> Reply:
        """Give an answer or fault as it may be kept; ``most`` as for requests."""
        if isinstance(reply, Fault):
            return replace(reply, message=self.text(reply.message))
        cut = len(reply.content) if most is None else self._cut(reply.content, most)
        return Answer(
            reply.status,
            self.headers(reply.headers),
            self.content(reply.content[:cut]),
            reply.seconds,
            reply.truncated,
            len(reply.content) - cut,
        )

    def _cut(self, data: bytes, most: int) -> int:
        """Give where data is cut, so that no secret is cut with it."""
        cut, moved = min(most, len(data)), True
        while moved and cut < len(data):
            moved = False
            for _, form in self._long:
                at = data.find(form, max(cut - len(form) + 1, 0), cut + len(form) - 1)
                if 0 <= at < cut:
                    cut, moved = at + len(form), True
        return cut

    def sent(self, sent: Sent) -> Sent:
        """Give one try as it may be kept."""
        return Sent(sent.at, self.request(sent.request, MOST_KEPT), self.reply(sent.reply, MOST_KEPT))


def _bytes(form: str) -> bytes:
    return form.encode("utf-8", "surrogatepass")


def _names_secret(data: bytes) -> bool:
    """Tell whether a name of a secret may be anywhere in the data, at a hundredth of what the pattern takes.

    >>> _names_secret(b'{"Api_Key": "x"}'), _names_secret(b'{"name": "Turkey"}')
    (True, False)
    """
    lower = data.lower()
    if any(word in lower for word in _WORDS):
        return True
    at = lower.find(b"key")
    while at >= 0:
        if lower[max(at - 12, 0) : at].rstrip(b"-_").endswith(_BEFORE_KEY):
            return True
        at = lower.find(b"key", at + 3)
    return False


def _is_secret(name: str) -> bool:
    return bool(_SECRET_NAME.search(name)) and name.lower() not in _NO_SECRET


def _json_field(match: re.Match[bytes]) -> bytes:
    name = match[1].decode("utf-8", "replace")[1:-1]
    return match[1] + match[2] + b'"' + _MASK + b'"' if _is_secret(name) else match[0]


def _form(text: str) -> str:
    return _FORM_FIELD.sub(lambda match: f"{match[1]}={MASK}" if _is_secret(match[1]) else match[0], text)


@lru_cache(maxsize=256)
def _forms(secret: str) -> frozenset[str]:
    """Give the ways in which a secret can stand in a request or an answer."""
    data = secret.encode("utf-8", "surrogatepass")
    escaped = (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1])
    quoted = (quote(data, safe=""), quote_plus(data), quote(data))
    packed = (base64.b64encode(data).decode().rstrip("="), base64.urlsafe_b64encode(data).decode().rstrip("="))
    return frozenset({secret, *escaped, *quoted, *(form for form in packed if len(form) >= SHORT)})
