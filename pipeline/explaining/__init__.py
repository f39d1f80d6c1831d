"""Why a payload field has its value, or is not there; what a mapping line made; where a dish is."""

from pipeline.explaining.dishes import Presence
from pipeline.explaining.explain import Explained, Explainer
from pipeline.explaining.explanation import Explanation
from pipeline.explaining.lines import LineUse
from pipeline.explaining.selection import WrongField

__all__ = ["Explained", "Explainer", "Explanation", "LineUse", "Presence", "WrongField"]
