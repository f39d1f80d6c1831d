"""When a request is sent again, and after what pause."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from connectors.exchange import Fault, Reply
from pipeline.mapping.conversation.steps import status_is
from pipeline.mapping.form.requests import Retry

MAX_PAUSE = timedelta(hours=24)
"""What a platform may ask for at most; more than that is a mistake of its clock."""
_STATUSES: tuple[int | str, ...] = (408, 425, 429, 500, 502, 503, 504)
_PASSING = frozenset({408, 425, 429})
SAFE_METHODS = frozenset({"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Which replies are followed by another try; ``attempts`` counts the first one, too."""

    statuses: tuple[int | str, ...] = _STATUSES
    attempts: int = 2
    backoff: timedelta = timedelta(seconds=2)

    @classmethod
    def of(cls, form: Retry | None, backoff: timedelta | None = None) -> RetryPolicy:
        """Take what a mapping says under ``retry``; ``backoff`` is the first pause in place of the mapping's."""
        found = cls() if form is None else cls(form.statuses, form.attempts, form.backoff)
        return found if backoff is None else replace(found, backoff=backoff)

    def passing(self, status: int) -> bool:
        """Tell whether a status may pass by itself; a refusal (4xx other than 408, 425, 429) never does."""
        if 400 <= status < 500 and status not in _PASSING:
            return False
        return any(status_is(status, wanted) for wanted in self.statuses)

    def pause(self, attempt: int, reply: Reply, now: datetime, random: Callable[[], float]) -> timedelta:
        """Give the pause after try number ``attempt`` (from 1): what was asked for, else doubling, with jitter.

        The jitter keeps restaurants that failed together from coming back together: between half and the whole.
        """
        asked = retry_after(reply, now)
        if asked is not None:
            return asked
        whole: timedelta = min(self.backoff * (1 << (attempt - 1)), MAX_PAUSE)
        return whole / 2 + whole / 2 * random()


def repeatable(fault: Fault, method: str, declared: bool | None) -> bool:
    """Tell whether a request without an answer may be sent again.

    One that never left may always be. One that may have arrived only where twice does no harm: as the
    step says, else by its method.

    >>> repeatable(Fault("timeout", "", sent=True), "POST", None), repeatable(Fault("connect", ""), "POST", None)
    (False, True)
    """
    if fault.kind in ("refused", "auth", "too_large"):
        return False
    return not fault.sent or (declared if declared is not None else method in SAFE_METHODS)


def retry_after(reply: Reply, now: datetime) -> timedelta | None:
    """Give how long a reply asks to wait: seconds, or a date; None where it does not say.

    >>> from connectors.exchange import Answer
    >>> retry_after(Answer(429, {"retry-after": "30"}, b""), datetime(2026, 5, 1, tzinfo=UTC))
    datetime.timedelta(seconds=30)
    """
    if isinstance(reply, Fault):
        return None if reply.retry_after is None else timedelta(seconds=reply.retry_after)
    seconds = _seconds(reply.headers, now)
    if seconds is None or math.isnan(seconds):
        return None
    return timedelta(seconds=min(max(seconds, 0.0), MAX_PAUSE.total_seconds()))


def _seconds(headers: Mapping[str, str], now: datetime) -> float | None:
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.replace(".", "", 1).isdigit():
        return float(value)
    try:
        at = parsedate_to_datetime(value) if value else None
    except (ValueError, IndexError, OverflowError):
        return None
    if at is None:
        return None
    return ((at if at.tzinfo is not None else at.replace(tzinfo=UTC)) - now).total_seconds()
