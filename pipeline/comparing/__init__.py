"""What changes on a platform between two menus, two mappings, or both: by dish, in words and as data."""

from pipeline.comparing.changes import Change, FieldChange
from pipeline.comparing.compare import Difference, compare
from pipeline.comparing.movement import Movement, measure, prices_of
from pipeline.comparing.sides import Made, Side, make

__all__ = ["Change", "Difference", "FieldChange", "Made", "Movement", "Side", "compare", "make", "measure", "prices_of"]
