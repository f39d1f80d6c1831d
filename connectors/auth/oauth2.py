"""``oauth2``: client credentials, or a refresh token that may change with each use (RFC 6749)."""

from __future__ import annotations

from typing import cast
from urllib.parse import urlencode

from connectors.auth.scheme import Known
from connectors.auth.static import basic
from connectors.auth.tokens import TokenScheme, answer_view, refusal
from connectors.exchange import Answer, Fault, Grant, Request
from pipeline.mapping.compiler.runtime import text_of
from pipeline.mapping.conversation.steps import CompiledAuth
from pipeline.mapping.form.auth import OAuth2 as Form


class OAuth2(TokenScheme):
    """A token from the token endpoint."""

    def __init__(self, compiled: CompiledAuth) -> None:
        super().__init__(compiled)
        self.form = cast("Form", compiled.form)
        self.holds = self.form.tokens

    def ask(self, known: Known, held: Grant | None) -> Request | Fault:
        """Give the token request, form-encoded; client id and secret in the form or as HTTP Basic."""
        asked = self.asked("token_url", known)
        client = self.secret("client_id", known, "client_id")
        secret = self.secret("client_secret", known, "client_secret")
        token = self._refresh_token(known, held)
        if isinstance(asked, Fault):
            return asked
        if isinstance(client, Fault):
            return client
        if isinstance(secret, Fault):
            return secret
        if isinstance(token, Fault):
            return token
        fields: dict[str, str] = {"grant_type": self.form.grant}
        if token:
            fields["refresh_token"] = token
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        if self.form.client == "basic":
            headers["Authorization"] = basic(client, secret)
        else:
            fields |= {"client_id": client, "client_secret": secret}
        scope = self.value("scope", known)
        if scope:
            fields["scope"] = text_of(scope)
        more = self.value("form", known)
        fields |= {name: text_of(value) for name, value in (more if isinstance(more, dict) else {}).items()}
        method, url = asked
        return Request(method, url, headers, urlencode(fields).encode(), secrets=known.secrets | {secret, token})

    def _refresh_token(self, known: Known, held: Grant | None) -> str | Fault:
        """Give the newest refresh token; the first one is a credential."""
        if self.form.grant != "refresh_token":
            return ""
        return held.refresh_token if held is not None and held.refresh_token else self.secret("refresh_token", known)

    def read(self, answer: Answer, known: Known, held: Grant | None) -> Grant | Fault:
        """Read the token; a refresh token that is not renewed stays the one that was used."""
        body = answer.body
        if not 200 <= answer.status < 300 or not isinstance(body, dict):
            return refusal(answer)
        view = answer_view(answer)
        token = self.value("token", known, answer=view) if "token" in self.compiled.slots else body.get("access_token")
        named = "expires_in" in self.compiled.slots
        seconds = self.value("expires_in", known, answer=view) if named else body.get("expires_in")
        refresh = ""
        if self.form.grant == "refresh_token":
            renewed = body.get("refresh_token")
            used = held.refresh_token if held is not None else ""
            refresh = renewed if isinstance(renewed, str) and renewed else used
        return self.granted(answer, known, token, seconds, refresh)
