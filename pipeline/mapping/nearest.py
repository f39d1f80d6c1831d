"""The known word that an unknown one was probably meant to be."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from itertools import islice

MOST_COMPARED = 200


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
    """Give the sentence ``Did you mean …?``, or ``otherwise`` where nothing is near."""
    near = nearest(word, known)
    return f"Did you mean `{near}`?" if near else otherwise
