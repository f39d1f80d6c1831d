"""Formulas with characters and words that formulas do not have: quotes, braces, dollars, choices, arrows, names."""

from __future__ import annotations

import re
import unicodedata

from pipeline.mapping.formulas.delimiters import unbalanced
from pipeline.mapping.formulas.detectors import PATH, character_at, corrected, detector, tokens_at
from pipeline.mapping.formulas.expression_parser import MAX_LENGTH, SyntaxFailure
from pipeline.mapping.mistakes import Mistake

SMART_QUOTES = "“”„‟‘’‚‛«»"
TERNARY = "A formula cannot choose between two values."

_TERNARY = re.compile(r"^([^?:]+)\?([^?:]+):([^?:]+)$")
_PYTHON_TERNARY = re.compile(r"^(\S+)\s+if\s+(.+?)\s+else\s+(\S+)$", re.IGNORECASE)


@detector
def _limit(text: str, failure: SyntaxFailure) -> Mistake | None:
    if failure.reason not in ("length", "depth"):
        return None
    what = f"longer than {MAX_LENGTH:,} characters" if failure.reason == "length" else "nested too deeply"
    return Mistake("formula-limit", 0, f"This formula is {what}.", "Split it up with $let.")


@detector
def _smart_quotes(text: str, failure: SyntaxFailure) -> Mistake | None:
    character = character_at(text, failure)
    if not character or character not in SMART_QUOTES:
        return None
    straight = re.sub(f"[{SMART_QUOTES}]", "'", text)
    return Mistake(
        "formula-smart-quotes",
        failure.offset,
        f"Curly quotes such as {character} mean nothing in a formula.",
        corrected(straight, "Type straight single quotes: 'text'"),
    )


@detector
def _invisible(text: str, failure: SyntaxFailure) -> Mistake | None:
    character = character_at(text, failure)
    if not character or unicodedata.category(character) not in ("Zs", "Cf", "Cc"):
        return None
    name = unicodedata.name(character, f"U+{ord(character):04X}").lower()
    return Mistake(
        "formula-invisible-character",
        failure.offset,
        f"An invisible character ({name}) stands in this formula, as it does in text copied from elsewhere.",
        "Delete it and type a space instead.",
    )


@detector
def _template_braces(text: str, failure: SyntaxFailure) -> Mistake | None:
    inner = text.strip("{} ")
    if not text.startswith("{{") and not (text.startswith("{") and re.fullmatch(PATH, inner)):
        return None
    return Mistake(
        "formula-template-braces",
        0,
        "A formula behind `=` has no braces around it.",
        corrected(inner, "Write the formula alone, without braces."),
    )


@detector
def _dollar(text: str, failure: SyntaxFailure) -> Mistake | None:
    if character_at(text, failure) != "$":
        return None
    without = re.sub(r"\$\{([^{}]*)\}|\$\.?", lambda match: match[1] or "", text)
    return Mistake(
        "formula-dollar",
        failure.offset,
        "A formula names things without a dollar sign.",
        corrected(without.strip(), "Begin with a name such as item, category or restaurant."),
    )


@detector
def _unclosed_quote(text: str, failure: SyntaxFailure) -> Mistake | None:
    if failure.reason != "unclosed":
        return None
    quote = text[failure.offset]
    return Mistake(
        "formula-unclosed-quote",
        failure.offset,
        f"The quote {quote} that opens here is never closed.",
        f"Close it with {quote}; an apostrophe inside is written \\'; "
        "if the text holds ` #` or `: `, put the whole formula in YAML quotes.",
    )


@detector
def _question_mark(text: str, failure: SyntaxFailure) -> Mistake | None:
    if character_at(text, failure) != "?":
        return None
    following = text[failure.offset + 1 : failure.offset + 2]
    if following == ".":
        hint = corrected(text.replace("?.", "."), "Write a plain dot.")
        message = "A formula needs no `?.`: where something is missing, the result is null anyway."
        return Mistake("formula-null-operators", failure.offset, message, hint)
    if following == "?":
        hint = corrected(text.replace("??", "||"), "Write || instead.")
        return Mistake("formula-null-operators", failure.offset, "Formulas have no `??`.", hint)
    return _ternary_mistake(failure.offset, _TERNARY.match(text), (1, 2, 3))


@detector
def _python_ternary(text: str, failure: SyntaxFailure) -> Mistake | None:
    current, before, _ = tokens_at(failure)
    token = next((token for token in (before, current) if token and token["value"] == "if"), None)
    if token is None:
        return None
    return _ternary_mistake(token["start"], _PYTHON_TERNARY.match(text), (2, 1, 3))


def _ternary_mistake(offset: int, match: re.Match[str] | None, order: tuple[int, int, int]) -> Mistake:
    return Mistake("formula-ternary", offset, TERNARY, _ternary_hint(match, order))


def _ternary_hint(match: re.Match[str] | None, order: tuple[int, int, int]) -> str:
    if match is None:
        return "Write three lines: $if: with the condition, $value: with the one value, $else: with the other."
    condition, value, otherwise = (match[number].strip() for number in order)
    return f"Write three lines: $if: {condition}, $value: = {value}, $else: = {otherwise}"


def ternary_hint(text: str) -> str:
    """Say how to write ``a ? b : c``."""
    return _ternary_hint(_TERNARY.match(text), (1, 2, 3))


@detector
def _semicolon(text: str, failure: SyntaxFailure) -> Mistake | None:
    if character_at(text, failure) != ";":
        return None
    hint = corrected(text.rstrip("; "), "Take the semicolon out.")
    return Mistake("formula-semicolon", failure.offset, "A formula has no semicolon.", hint)


@detector
def _arrow(text: str, failure: SyntaxFailure) -> Mistake | None:
    at = failure.offset
    if text.startswith("->", at):
        if (opening := unbalanced(text)) is not None and text[opening] in "([{":
            message = f"The `{text[opening]}` that opens here is never closed."
            return Mistake("formula-bracket", opening, message, "Add what closes it before the `->`.")
        return Mistake(
            "formula-arrow",
            at,
            "`->` stands behind the whole formula, not inside brackets.",
            "Move it to the end, or make the value with $let first.",
        )
    match = re.compile(r"[→⇒➔➜⟶]|[–—‑]>|=>|-\s+>|\|>").match(text, at) or re.compile(r"\|>").match(text, max(at - 1, 0))
    if match is None:
        return None
    arrow = match[0]
    return Mistake(
        "formula-arrow",
        match.start(),
        f"`{arrow}` is not an arrow that formulas know.",
        "Write `->` before a transform, `>=` to compare.",
    )


@detector
def _dash(text: str, failure: SyntaxFailure) -> Mistake | None:
    at = failure.offset
    if text[at : at + 1] != "-" or not re.match(r"\w-[^\W\d]", text[max(at - 1, 0) : at + 2]):
        return None
    return _name_needs_quotes(text, at)


@detector
def _long_number(text: str, failure: SyntaxFailure) -> Mistake | None:
    if failure.reason != "character" or not re.match(r"-?\d{19}", text[failure.offset : failure.offset + 20]):
        return None
    return Mistake("formula-limit", failure.offset, "This number is too long.", "Use at most 18 digits.")


@detector
def _accent(text: str, failure: SyntaxFailure) -> Mistake | None:
    character = character_at(text, failure)
    if failure.reason != "character" or not character or not (character.isalnum() or unicodedata.combining(character)):
        return None
    return _name_needs_quotes(text, failure.offset)


def _name_needs_quotes(text: str, at: int) -> Mistake:
    start = end = at
    while start and (text[start - 1].isalnum() or text[start - 1] in "_-" or unicodedata.combining(text[start - 1])):
        start -= 1
    while end < len(text) and (text[end].isalnum() or text[end] in "_-" or unicodedata.combining(text[end])):
        end += 1
    name = text[start:end].strip("-")
    what = "a dash" if "-" in name else "letters other than a to z"
    before, behind = text[:start], text[start + len(name) :]
    if before.endswith(".") or "[?" in before:
        needs, hint = "double", f'Write: {before}"{name}"{behind}'
    else:  # no name in scope is written so
        needs, hint = "single", f"If it is text, write: {before}'{name}'{behind}"
    if "-" in name:
        hint += " (to subtract, use the transform add)"
    message = f"`{name}` has {what} and needs {needs} quotes."
    return Mistake("formula-name-quotes", at, message, hint)
