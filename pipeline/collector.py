"""Python's cycle collector, paused while many values are made that all stay.

A recorded payload is tens of thousands of small values; the collector would look through them again
and again and find nothing, at more than the cost of making them.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_paused = 0
_was_on = False


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pause the collector; it goes on when the last of all that paused it, in any thread, has ended.

    >>> with collector_paused():
    ...     gc.isenabled()
    False
    """
    global _paused, _was_on  # the collector is one for the process
    with _lock:
        if _paused == 0:
            _was_on = gc.isenabled()
            gc.disable()
        _paused += 1
    try:
        yield
    finally:
        with _lock:
            _paused -= 1
            if _paused == 0 and _was_on:
                gc.enable()
