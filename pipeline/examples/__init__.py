"""Examples of "this menu gives this payload", written in YAML and run as tests of a mapping."""

from __future__ import annotations
