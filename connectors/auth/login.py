"""``login``: a request of the platform's own kind that gives a token."""

from __future__ import annotations

from typing import cast
from urllib.parse import urlencode

from connectors.auth.scheme import Known
from connectors.auth.tokens import TokenScheme, answer_view, refusal
from connectors.exchange import Answer, Fault, Grant, Request
from pipeline import json_text
from pipeline.mapping.compiler.runtime import text_of
from pipeline.mapping.conversation.steps import CompiledAuth, status_is
from pipeline.mapping.form.auth import LoginAuth


class Login(TokenScheme):
    """A token from a login request."""

    def __init__(self, compiled: CompiledAuth) -> None:
        super().__init__(compiled)
        self.form = cast("LoginAuth", compiled.form)
        self.holds = self.form.tokens

    def ask(self, known: Known, held: Grant | None) -> Request | Fault:
        """Give the login request: JSON, form fields, or without a body."""
        asked = self.asked("request", known)
        if isinstance(asked, Fault):
            return asked
        method, url = asked
        headers = {"Accept": "application/json"}
        content = b""
        if "form" in self.compiled.slots:
            fields = self.value("form", known) or {}
            content = urlencode({name: text_of(value) for name, value in fields.items()}).encode()
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        elif "body" in self.compiled.slots:
            content = json_text.encode(self.value("body", known))
            headers["Content-Type"] = "application/json"
        return Request(method, url, headers, content, secrets=known.secrets)

    def read(self, answer: Answer, known: Known, held: Grant | None) -> Grant | Fault:
        """Read the token where the mapping says that it stands."""
        if not any(status_is(answer.status, wanted) for wanted in self.form.success):
            return refusal(answer)
        view = answer_view(answer)
        return self.granted(
            answer, known, self.value("token", known, answer=view), self.value("expires_in", known, answer=view)
        )
