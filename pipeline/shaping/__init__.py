"""The internal menu → the views that a mapping sees, shaped for one platform, and what was changed on the way."""

from __future__ import annotations

from pipeline.shaping.settings import LeaveOut, Shape
from pipeline.shaping.shape import Shaped, shape_menu

__all__ = ["LeaveOut", "Shape", "Shaped", "shape_menu"]
