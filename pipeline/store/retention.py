"""How long a store keeps what is over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Retention:
    """Times to live, counted from an operation's end, an error's resolution, an audit entry's time."""

    history: timedelta = timedelta(days=90)
    audit: timedelta = timedelta(days=400)
    publishes: int = 5
    """So many of the last successful publishes of a restaurant on a platform stay, however old they are."""
