"""Drafts a mapping from a sample payload: formulas where a field can be guessed, else the sample's value."""

from __future__ import annotations

from pipeline.drafting.draft import Drafted, draft

__all__ = ["Drafted", "draft"]
