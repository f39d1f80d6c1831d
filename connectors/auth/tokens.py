"""What schemes with a kept token share: ask for one, read it, keep it before it is used."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from connectors.auth.scheme import Known, Scheme, with_headers
from connectors.exchange import Answer, AuthFlow, Fault, Grant, Reply, Request
from pipeline.mapping.expressions.scope import AnswerView

EARLY = timedelta(seconds=60)
"""A token is renewed so long before it ends, or after nine tenths of its life if that is shorter."""
_PASSING = frozenset({408, 425, 429})


class TokenScheme(Scheme):
    """A scheme whose token is asked for, kept, and carried by each request."""

    renews = True

    def ask(self, known: Known, held: Grant | None) -> Request | Fault:
        """Give the request for a new token; ``held`` is the one that ends."""
        raise NotImplementedError

    def read(self, answer: Answer, known: Known, held: Grant | None) -> Grant | Fault:
        """Read the token in an answer."""
        raise NotImplementedError

    def flow(self, request: Request, known: Known, held: Grant | None = None) -> AuthFlow:
        """Carry the token that is held, or get one, have it kept, and carry that."""
        if held is None or not held.good(known.now):
            asked = self.ask(known, held)
            if isinstance(asked, Fault):
                return asked
            reply: Reply = yield asked
            granted = reply if isinstance(reply, Fault) else self.read(reply, known, held)
            if isinstance(granted, Fault):
                return _for_the_token(granted)
            # Kept before it is used: a refresh token that was given only once must never be lost.
            held = yield granted
        headers = self.headers(known, {"Authorization": f"Bearer {held.value}"}, token=held.value)
        if isinstance(headers, Fault):
            return headers
        return with_headers(request, headers, known.secrets | {held.value})

    def granted(self, answer: Answer, known: Known, token: Any, seconds: Any, refresh_token: str = "") -> Grant | Fault:
        """Make the grant of what an answer gave."""
        if not isinstance(token, str) or not token or not token.isprintable():
            return Fault("unavailable", "The answer to the request for a token holds no token.")
        lifetime = _lifetime(seconds) or getattr(self.compiled.form, "lifetime", None)
        until = known.now + lifetime - min(EARLY, lifetime / 10) if lifetime is not None else None
        return Grant(token, until, refresh_token)


def answer_view(answer: Answer) -> AnswerView:
    """Give an answer as formulas see it."""
    return AnswerView(answer.status, dict(answer.headers), answer.body, answer.raw)


def refusal(answer: Answer) -> Fault:
    """Say that no token was given: for good where the credentials are refused, else for now."""
    body = answer.body
    words = [body.get(name) for name in ("error", "error_description", "message")] if isinstance(body, dict) else []
    said = ", ".join(word[:200] for word in words if isinstance(word, str))
    told = f"The platform gave no token (status {answer.status}{': ' + said if said else ''})."
    if 400 <= answer.status < 500 and answer.status not in _PASSING:
        return Fault("auth", f"{told} Check the credentials, and that they belong to the chosen environment.")
    return Fault("unavailable", told)


def _for_the_token(fault: Fault) -> Fault:
    """Tell of a failed request for a token: the request itself was never sent."""
    message = fault.message if fault.kind in ("auth", "unavailable", "refused") else f"For the token: {fault.message}"
    return Fault(fault.kind, message, False, fault.seconds, fault.retry_after)


def _lifetime(seconds: Any) -> timedelta | None:
    """Read the seconds that a token lives; None for what is no such number."""
    if isinstance(seconds, str) and seconds.isascii() and seconds.isdigit():
        seconds = int(seconds)
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float, Decimal)) or not 0 < seconds < 10**10:
        return None
    return timedelta(seconds=float(seconds))
