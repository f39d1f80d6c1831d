"""Auth schemes: how requests are made known to a platform, by the word in ``type``.

Each is a generator without I/O (:data:`~connectors.exchange.AuthFlow`): it yields the requests that it
needs itself, and whoever drives it sends them. So one test of ``next`` and ``send`` shows all that a
scheme does, and nothing of it depends on a client.
"""

from __future__ import annotations

from connectors.auth import hmac, jwt, login, oauth2, static
from connectors.auth.scheme import Known, Scheme
from pipeline.mapping.conversation.steps import CompiledAuth

SCHEMES: dict[str, type[Scheme]] = {
    "none": static.NoAuth,
    "headers": static.HeadersAuth,
    "basic": static.BasicAuth,
    "oauth2": oauth2.OAuth2,
    "login": login.Login,
    "jwt": jwt.Jwt,
    "hmac": hmac.Hmac,
}
"""The schemes by the word in ``type``; the mapping language has the same words."""

__all__ = ["SCHEMES", "Known", "Scheme", "scheme_of"]


def scheme_of(compiled: CompiledAuth | None) -> Scheme:
    """Give the scheme that a mapping declares; without ``auth`` nothing is added to requests."""
    return static.NoAuth() if compiled is None else SCHEMES[compiled.type](compiled)
