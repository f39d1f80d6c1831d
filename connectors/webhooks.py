"""Messages that a platform sends by itself: is it really the platform, whom does it concern, what does it say."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from connectors.auth.encodings import decode
from connectors.errors import Judge
from connectors.exchange import Answer
from connectors.verdicts import RowResult, Verdict, field_problems, short
from pipeline.mapping.conversation.steps import CompiledWebhook
from pipeline.mapping.expressions.scope import AnswerView
from pipeline.mapping.transforms.registry import RunFacts

MAX_MESSAGE_BYTES = 5 * 1024 * 1024
_LATEST = timedelta(minutes=1)
"""How far a sender's clock may be ahead."""


@dataclass(frozen=True, slots=True)
class Received:
    """What a message says. ``wanted`` is false where it is to be acknowledged and left alone.

    ``store`` names store settings with their values, and so the restaurants that are meant;
    ``operation`` is the reference that a payload sent; ``do`` is ``full_refresh`` or ``give_up`` where
    the platform asks for that. ``saved`` is kept on failure, too.
    """

    wanted: bool
    store: Mapping[str, Any] = field(default_factory=dict)
    operation: str = ""
    verdict: Verdict | None = None
    saved: Mapping[str, Any] = field(default_factory=dict)
    rows: tuple[RowResult, ...] = ()
    do: str = ""


def verify(webhook: CompiledWebhook, message: Answer, names: Mapping[str, Any], facts: RunFacts, now: datetime) -> str:
    """Tell why a message is not taken for the platform's; empty where it is.

    ``names`` hold ``credentials`` and, where a secret is a store's, ``store``. Header names are in lower
    case. The reason is for the log: the sender is only told that the message is refused.
    """
    form = webhook.form.verify
    if len(message.content) > MAX_MESSAGE_BYTES:
        return "The message is too large."
    header = message.headers.get(form.header.lower())
    if not header:
        return f"The header `{form.header}` is missing."
    names = {**names, "answer": view(message)}
    if form.max_age is not None and (late := _late(webhook, names, facts, form.max_age, now)):
        return late
    shown = _shown(header, form.prefix or "")
    if not shown:
        return f"The header `{form.header}` does not hold what it should start with."
    secret_name = "token" if form.hmac is None else "secret"
    slot = webhook.verify.get(secret_name)
    secret = slot.value(names, facts) if slot is not None else None
    if not isinstance(secret, str) or not secret:
        return f"The webhook's {secret_name} is not set, so that no message can be checked."
    if form.hmac is None:
        good = [hmac.compare_digest(part.encode(), secret.encode()) for part in shown]
        return "" if any(good) else f"The header `{form.header}` holds another token."
    key = decode(secret, form.secret_encoding)
    if not key:
        return f"The webhook's secret is not written in {form.secret_encoding}."
    signed = message.content
    if "text" in webhook.verify:
        text = webhook.verify["text"].value(names, facts)
        if not isinstance(text, str):
            return "The text that was signed has a part that the message does not hold."
        # What was signed are bytes: a body that is no UTF-8 must not pass for one that was mended.
        if message.raw.encode() != message.content:
            return "The message is no UTF-8 text."
        signed = text.encode()
    expected = hmac.digest(key, signed, form.hmac)
    good = [_same(part, expected, form.encoding) for part in shown]
    return "" if any(good) else "The signature does not fit the message."


def read(
    webhook: CompiledWebhook, message: AnswerView, names: Mapping[str, Any], facts: RunFacts, judge: Judge
) -> Received:
    """Read a message that was verified."""
    names = {**names, "answer": message}
    if not webhook.wanted(names, facts):
        return Received(wanted=False)
    verdict: Verdict | None = None
    rows: tuple[RowResult, ...] = ()
    if webhook.outcome is not None:
        verdict, rows = judge.words(message, names, facts, webhook.outcome, webhook.message, waits=True)
        if not verdict.good:
            verdict = judge.failed(verdict, message, names, facts)
        if webhook.fields is not None and not verdict.fields:
            verdict = replace(verdict, fields=field_problems(webhook.fields.value(names, facts)))
    store = {name: slot.value(names, facts) for name, slot in webhook.store.items()}
    saved = {name: slot.value(names, facts) for name, slot in webhook.save.items()}
    return Received(
        wanted=True,
        store={name: value for name, value in store.items() if value is not None},
        operation=short(webhook.operation.value(names, facts)) if webhook.operation is not None else "",
        verdict=verdict,
        saved={name: value for name, value in saved.items() if value is not None},
        rows=rows,
        do=webhook.form.do.word if webhook.form.do is not None else "",
    )


def view(message: Answer) -> AnswerView:
    """Give a message as formulas see it."""
    return AnswerView(message.status, dict(message.headers), message.body, message.raw)


def _shown(header: str, prefix: str) -> list[str]:
    """Give what the header shows: all of it behind the prefix, or each of its parts that has the prefix."""
    header = header.strip()
    if not prefix:
        return [header]
    if header.startswith(prefix):
        return [header[len(prefix) :].strip()]
    parts = re.split(r"[,;\s]+", header)
    return [part[len(prefix) :] for part in parts if part.startswith(prefix) and len(part) > len(prefix)]


def _same(shown: str, expected: bytes, encoding: str) -> bool:
    """Compare in constant time; hex in any case, base64 with or without padding."""
    return hmac.compare_digest(decode(shown, encoding) or b"", expected)


def _late(
    webhook: CompiledWebhook, names: Mapping[str, Any], facts: RunFacts, max_age: timedelta, now: datetime
) -> str:
    slot = webhook.verify.get("time")
    at = instant_of(slot.value(names, facts) if slot is not None else None)
    if at is None:
        return "The message does not say when it was sent."
    if now - at > max_age:
        return "The message is too old."
    return "The message is from the future." if at - now > _LATEST else ""


def instant_of(value: Any) -> datetime | None:
    """Read unix seconds (or milliseconds), or RFC 3339."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,13}(\.[0-9]{1,6})?", value.strip()):
        value = Decimal(value.strip())
    try:
        if isinstance(value, (int, Decimal)):
            seconds = float(value)
            return datetime.fromtimestamp(seconds / 1000 if seconds > 1e11 else seconds, UTC)
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except (ValueError, OverflowError, OSError):
        return None
    return at if at is not None and at.tzinfo is not None else None
