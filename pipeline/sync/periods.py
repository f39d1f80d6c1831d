"""What is done once in a while by one process of many: whoever comes first in a period does it."""

from __future__ import annotations

from datetime import datetime, timedelta

from pipeline.store.protocol import SyncStore


def first_in_period(store: SyncStore, what: str, now: datetime, period: timedelta) -> bool:
    """Tell whether nobody has done this in the period that ``now`` is in, and note that it now is done.

    Raises StoreError.
    """
    number = int(now.timestamp() // period.total_seconds())
    return not store.seen(f"period:{what}:{number}", now, 2 * period)
