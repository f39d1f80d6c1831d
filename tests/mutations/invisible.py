"""Mistakes that nothing but a menu, the platform or a person can tell from what was meant.

They are never chosen by a seed; ``--operator`` names them, so that what ``validate`` cannot know is on record.
"""

from __future__ import annotations

import random
import re

from tests.mutations.making import Edit, matches, misspelt, operator, pick
from tests.mutations.source import Source


@operator("unknown-field", "saved-unknown", chosen=False)
def misspelt_answer_field(source: Source, random_: random.Random) -> Edit | None:
    """Nothing says what a platform's answers hold."""
    found = matches(source, source.formulas("publish", "webhooks", "read_menu"), r"\banswer\.body\.(\w{3,})", 1)
    return pick(random_, [(*change[:3], misspelt(change[2], random_)) for _, _, change in found], source)


@operator("payload-type", chosen=False)
def another_field_of_the_same_type(source: Source, random_: random.Random) -> Edit | None:
    """A description is as good a text as a name."""
    found = matches(source, source.formulas("payload", "templates"), r"\b(?:item|category|option|group)\.(name)\b", 1)
    return pick(random_, [(*change[:3], "description") for _, _, change in found], source)


@operator("payload-type", chosen=False)
def another_price(source: Source, random_: random.Random) -> Edit | None:
    """A deposit is as good an amount as a price."""
    found = matches(source, source.formulas("payload", "templates"), r"\b(?:item|option)\.(price)\b", 1)
    return pick(random_, [(*change[:3], "deposit") for _, _, change in found], source)


@operator("wrong-kind", "payload-type", chosen=False)
def another_number(source: Source, random_: random.Random) -> Edit | None:
    """Whether a platform waits 15 or 25 minutes is written nowhere else."""
    found = [
        (number, place.start(1), place[1], place[1] + "5")
        for number, line in enumerate(source.lines, 1)
        for place in re.finditer(r": (\d+)(?:[smhd]|\.)?$", re.sub(r"\s*#.*", "", line))
    ]
    return pick(random_, found, source)


@operator("transform-unknown", chosen=False)
def cleaning_dropped(source: Source, random_: random.Random) -> Edit | None:
    """A text that is not cleaned or cut is a text."""
    found = matches(source, source.formulas("payload", "templates"), r"( -> (?:name|description))$", 1)
    return pick(random_, [(*change[:3], "") for _, _, change in found], source)
