"""Formulas that JMESPath cannot read: what the writer meant, and how to write that.

``explain`` asks each detector in turn; the first that recognises the text speaks. A detector sees
where reading stopped and what stands around; it never guesses a correction that it is not sure of.
"""

from __future__ import annotations

from pipeline.mapping.formulas import characters as formula_characters
from pipeline.mapping.formulas import operators as formula_operators
from pipeline.mapping.formulas.detectors import DETECTORS, tokens_at
from pipeline.mapping.formulas.expression_parser import SyntaxFailure
from pipeline.mapping.mistakes import Mistake

IN_THIS_ORDER = (formula_characters, formula_operators)
"""The modules whose detectors are asked."""

_OPERANDS = {"unquoted_identifier", "quoted_identifier", "literal", "rparen", "rbracket", "current"}


def explain(text: str, failure: SyntaxFailure) -> Mistake:
    """Say in one sentence why ``text`` is no formula, and in the next what to write.

    >>> from pipeline.mapping.formulas.expression_parser import parse
    >>> mistake = explain("a.b = 'x'", parse("a.b = 'x'"))
    >>> mistake.offset, mistake.hint
    (4, "Write: a.b == 'x'")
    """
    for detector in DETECTORS:
        mistake = detector(text, failure)
        if mistake is not None:
            return mistake
    at = min(failure.offset, len(text))
    rest = text[at : at + 20].strip()
    current, before, _ = tokens_at(failure)
    if failure.reason == "token" and current and before and {current["type"], before["type"]} <= _OPERANDS:
        return Mistake(
            "formula-syntax",
            at,
            f"Nothing connects this with what stands before `{rest}`.",
            "Write an operator between them, such as == or &&.",
        )
    return Mistake(
        "formula-syntax",
        at,
        f"This formula cannot be read from `{rest}` on." if rest else "This formula cannot be read to its end.",
        "A formula is a path such as item.name, compared with == or joined with && and ||.",
    )
