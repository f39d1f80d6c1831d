"""The known word that an unknown one was probably meant to be."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches
from itertools import islice

MOST_COMPARED = 200
AS_NEAR = 0.03
"""Two words whose likeness differs by less than this are as near as each other."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Give the known word that is clearly near, or None where none is.

    Only near words are named: a wrong guess costs more than none.

    >>> nearest("tempaltes", ["tables", "templates", "transforms"])
    'templates'
    >>> nearest("colour", ["tables", "templates", "transforms"]) is None
    True
    """
    # A hostile word of a megabyte is not worth comparing.
    if len(word) > 80:
        return None
    folded = word.casefold().replace("-", "_")
    alike = (candidate for candidate in known if 2 * len(candidate) >= len(word) >= len(candidate) / 2)
    by_folded = {candidate.casefold().replace("-", "_"): candidate for candidate in islice(alike, MOST_COMPARED)}
    near = get_close_matches(folded, by_folded, n=1, cutoff=0.7)
    return by_folded[near[0]] if near else None


def did_you_mean(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """Give the sentence ``Did you mean …?``, or ``otherwise`` where nothing is near; of two that are as near, both.

    >>> did_you_mean("tem", ["item", "team", "menu"])
    'Did you mean `team` or `item`?'
    """
    listed = list(known)
    near = nearest(word, listed)
    if near is None:
        return otherwise
    other = nearest(word, [candidate for candidate in listed if candidate != near])
    if other is not None and abs(_likeness(word, near) - _likeness(word, other)) < AS_NEAR:
        return f"Did you mean `{near}` or `{other}`?"
    return f"Did you mean `{near}`?"


def _likeness(word: str, other: str) -> float:
    return SequenceMatcher(None, other.casefold().replace("-", "_"), word.casefold().replace("-", "_")).ratio()
