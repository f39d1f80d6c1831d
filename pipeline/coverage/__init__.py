"""Which field of the internal menu reaches which platform, and which field of a platform is never filled.

Computed from the mappings alone, without any menu.
"""

from __future__ import annotations

from pipeline.coverage.matrix import Matrix, coverage

__all__ = ["Matrix", "coverage"]
