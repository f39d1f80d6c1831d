"""Python's cycle collector, paused while many values are made that all stay, and seldom where many come and go.

A recorded payload is tens of thousands of small values; the collector would look through them again
and again and find nothing, at more than the cost of making them.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

YOUNG = 10_000
"""So many more values made than gone are looked through at a time: about what a menu makes. Python's own number is
700, at which most of a menu is still in use, and is soon counted among what is old."""
OLDER = 5
"""After so many such looks what is older is looked through, too. With Python's own 10 memory still grew after a
thousand restaurants."""

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


def settle() -> None:
    """Set the collector for a process that has started and will work on menus for long.

    What is there by now, modules and compiled mappings, stays: the collector looks through it no more.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, OLDER, OLDER)
