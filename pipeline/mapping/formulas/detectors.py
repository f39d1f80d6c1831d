"""What every detector of a mistake in a formula shares: the list they stand in, and where reading stopped."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.mapping.formulas.expression_parser import SyntaxFailure, Token, parse
from pipeline.mapping.mistakes import Mistake

PATH = r"[A-Za-z_]\w*(?:\.\w+|\[\d*\])*"
COMPARISONS = ("eq", "ne", "lt", "lte", "gt", "gte")

Detector = Callable[[str, SyntaxFailure], "Mistake | None"]
DETECTORS: list[Detector] = []


def detector(function: Detector) -> Detector:
    """Register a detector; the first registered that recognises a text speaks."""
    DETECTORS.append(function)
    return function


def character_at(text: str, failure: SyntaxFailure) -> str:
    """Give the character where reading stopped, nothing at the end."""
    return text[failure.offset] if failure.offset < len(text) else ""


def tokens_at(failure: SyntaxFailure) -> tuple[Token | None, Token | None, Token | None]:
    """Give the token where reading stopped and the two before it."""
    tokens = failure.tokens
    index = next((number for number, token in enumerate(tokens) if token["start"] >= failure.offset), len(tokens))

    def get(number: int) -> Token | None:
        return tokens[number] if 0 <= number < len(tokens) else None

    return get(index), get(index - 1), get(index - 2)


def corrected(text: str, otherwise: str) -> str:
    """Offer ``text`` as the correction if it can be read, else say ``otherwise``."""
    return f"Write: {text}" if isinstance(parse(text), dict) else otherwise
