"""Schemes that only put headers on each request."""

from __future__ import annotations

import base64

from connectors.auth.scheme import Known, Scheme, with_headers
from connectors.exchange import AuthFlow, Fault, Grant, Request
from pipeline.mapping.conversation.steps import CompiledAuth


class NoAuth(Scheme):
    """``none``, or no ``auth`` at all: requests go as they are."""

    def __init__(self, compiled: CompiledAuth | None = None) -> None:
        """Need nothing."""

    def flow(self, request: Request, known: Known, held: Grant | None = None) -> AuthFlow:
        """Give the request as it is."""
        yield from ()
        return request


class HeadersAuth(Scheme):
    """``headers``: static headers made of credentials."""

    def flow(self, request: Request, known: Known, held: Grant | None = None) -> AuthFlow:
        """Put the headers on the request."""
        yield from ()
        headers = self.headers(known)
        if isinstance(headers, Fault):
            return headers
        return with_headers(request, headers, known.secrets)


class BasicAuth(Scheme):
    """``basic``: user and password (RFC 7617)."""

    def flow(self, request: Request, known: Known, held: Grant | None = None) -> AuthFlow:
        """Put the Authorization header on the request."""
        yield from ()
        user, password = self.secret("username", known), self.secret("password", known)
        if isinstance(user, Fault):
            return user
        if isinstance(password, Fault):
            return password
        header = basic(user, password)
        return with_headers(request, {"Authorization": header}, known.secrets | {password, header})


def basic(user: str, password: str) -> str:
    """Give the value of an Authorization header.

    >>> basic("user", "pässword")
    'Basic dXNlcjpww6Rzc3dvcmQ='
    """
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
