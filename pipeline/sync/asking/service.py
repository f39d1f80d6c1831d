"""What people and events ask of the sync: publish, sold out, roll back, release, retry, connect. Quick; sends nothing.

Only a comparison asks platforms what stands there. Each other method puts work in line and writes
who asked. What cannot be done comes back as :class:`Refused`, which says why in a sentence.
"""

from __future__ import annotations

from pipeline.sync.asking.asking import Refused, Requested
from pipeline.sync.asking.connect import Connecting
from pipeline.sync.asking.drift import DriftRequests
from pipeline.sync.asking.publish import Publishing
from pipeline.sync.asking.sold_out import SoldOutAnswer, SoldOutRequests

__all__ = ["Refused", "Requested", "Service", "SoldOutAnswer"]


class Service(Publishing, SoldOutRequests, Connecting, DriftRequests):
    """The door of the sync."""
