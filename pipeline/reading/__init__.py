"""Untrusted JSON → :class:`pipeline.menu.Menu` and findings, in one run; never an exception for what the input is."""

from __future__ import annotations

from pipeline.reading.codes import KINDS, Kind
from pipeline.reading.files import read_file
from pipeline.reading.reader import Reading, read_lists, read_menu

__all__ = ["KINDS", "Kind", "Reading", "read_file", "read_lists", "read_menu"]
