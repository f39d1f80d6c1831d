"""What people and events ask of the sync: publish, sold out, roll back, release, retry, connect. Quick; sends nothing.

Only a comparison asks platforms what stands there. Each other method puts work in line and writes
who asked. What cannot be done comes back as :class:`Refused`, which says why in a sentence.
"""

from __future__ import annotations

from pipeline.sync.asking import Refused, Requested
from pipeline.sync.asking_for_drift import DriftRequests
from pipeline.sync.asking_sold_out import SoldOutAnswer, SoldOutRequests
from pipeline.sync.asking_to_connect import Connecting
from pipeline.sync.asking_to_publish import Publishing

__all__ = ["Refused", "Requested", "Service", "SoldOutAnswer"]


class Service(Publishing, SoldOutRequests, Connecting, DriftRequests):
    """The door of the sync."""
