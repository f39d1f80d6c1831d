"""How a mistake is made: the table of kinds, and what makes one change to one line."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence

from pipeline.mapping.nodes import Scalar
from tests.mutations.source import TYPED_ROOTS, Source

Change = tuple[int, int, str, str]  # line, column from 0, what is written there, what is written instead
Edit = tuple[list[str], set[int], str]  # new lines, the lines where it may be told, in words
Maker = Callable[[Source, random.Random], Edit | None]
OPERATORS: dict[str, tuple[Maker, frozenset[str]]] = {}
INVISIBLE: dict[str, tuple[Maker, frozenset[str]]] = {}


def operator(*codes: str, chosen: bool = True) -> Callable[[Maker], Maker]:
    """Register what makes a mistake, with the codes that it may be told by; ``chosen``: a seed may choose it."""

    def register(maker: Maker) -> Maker:
        (OPERATORS if chosen else INVISIBLE)[maker.__name__] = (maker, frozenset(codes))
        return maker

    return register


def changed(source: Source, change: Change, *also: int) -> Edit:
    line, column, old, new = change
    lines = list(source.lines)
    written = lines[line - 1]
    assert written[column:].startswith(old), (written, column, old)
    lines[line - 1] = written[:column] + new + written[column + len(old) :]
    return lines, {line, *also}, f"{written.strip()}  →  {lines[line - 1].strip()}"


def pick(random_: random.Random, found: Sequence[Change] | Iterator[Change], source: Source) -> Edit | None:
    places = list(found)
    return changed(source, random_.choice(places)) if places else None


def misspelt(word: str, random_: random.Random) -> str:
    """Leave a letter out, double one, or swap two."""
    at = random_.randrange(len(word) - 1)
    kinds = [
        word[:at] + word[at + 1 :],
        word[: at + 1] + word[at:],
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
    ]
    other = random_.choice(kinds)
    return other if other != word and other else word + "x"


def matches(
    source: Source, scalars: Iterator[Scalar], pattern: str, group: int = 0
) -> Iterator[tuple[Scalar, re.Match[str], Change]]:
    for scalar in scalars:
        text = str(scalar.value)
        quoted = [m.span() for m in re.finditer(r"'[^']*'|`[^`]*`|\"[^\"]*\"", text)]
        for match in re.finditer(pattern, text):
            if group == 0 or not any(start < match.start(group) < end for start, end in quoted):
                yield scalar, match, (*source.spot(scalar, match.start(group)), match[group], match[group])


PATHS = rf"(?<![\w.])(?:{'|'.join(TYPED_ROOTS)})\.(\w{{4,}})"
