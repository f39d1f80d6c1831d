"""Generated menus that bite, and what a mapping makes of each."""

from __future__ import annotations
