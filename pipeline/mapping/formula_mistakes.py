"""Formulas that JMESPath cannot read: what the writer meant, and how to write that.

``explain`` asks each detector in turn; the first that recognises the text speaks. A detector sees
where reading stopped and what stands around; it never guesses a correction that it is not sure of.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from pipeline.mapping.delimiters import CLOSING, unbalanced
from pipeline.mapping.expression_parser import MAX_LENGTH, SyntaxFailure, Token, parse
from pipeline.mapping.mistakes import Mistake

SMART_QUOTES = "“”„‟‘’‚‛«»"
PATH = r"[A-Za-z_]\w*(?:\.\w+|\[\d*\])*"
TERNARY = "A formula cannot choose between two values."
COMPARISONS = ("eq", "ne", "lt", "lte", "gt", "gte")

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_TERNARY = re.compile(r"^([^?:]+)\?([^?:]+):([^?:]+)$")
_PYTHON_TERNARY = re.compile(r"^(\S+)\s+if\s+(.+?)\s+else\s+(\S+)$", re.IGNORECASE)
_ARITHMETIC = re.compile(rf"^({PATH})\s*([-+*/])\s*(\d+(?:\.\d+)?)$")

_OPERANDS = {"unquoted_identifier", "quoted_identifier", "literal", "rparen", "rbracket", "current"}

Detector = Callable[[str, SyntaxFailure], "Mistake | None"]
DETECTORS: list[Detector] = []


def explain(text: str, failure: SyntaxFailure) -> Mistake:
    """Say in one sentence why ``text`` is no formula, and in the next what to write.

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
    current, before, _ = _at(failure)
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


def _detector(function: Detector) -> Detector:
    DETECTORS.append(function)
    return function


def _character(text: str, failure: SyntaxFailure) -> str:
    return text[failure.offset] if failure.offset < len(text) else ""


def _at(failure: SyntaxFailure) -> tuple[Token | None, Token | None, Token | None]:
    """Give the token where reading stopped and the two before it."""
    tokens = failure.tokens
    index = next((number for number, token in enumerate(tokens) if token["start"] >= failure.offset), len(tokens))

    def get(number: int) -> Token | None:
        return tokens[number] if 0 <= number < len(tokens) else None

    return get(index), get(index - 1), get(index - 2)


def _corrected(text: str, otherwise: str) -> str:
    """Offer ``text`` as the correction if it can be read, else say ``otherwise``."""
    return f"Write: {text}" if isinstance(parse(text), dict) else otherwise


@_detector
def _limit(text: str, failure: SyntaxFailure) -> Mistake | None:
    if failure.reason not in ("length", "depth"):
        return None
    what = f"longer than {MAX_LENGTH:,} characters" if failure.reason == "length" else "nested too deeply"
    return Mistake("formula-limit", 0, f"This formula is {what}.", "Split it up with $let.")


@_detector
def _smart_quotes(text: str, failure: SyntaxFailure) -> Mistake | None:
    character = _character(text, failure)
    if not character or character not in SMART_QUOTES:
        return None
    straight = re.sub(f"[{SMART_QUOTES}]", "'", text)
    return Mistake(
        "formula-smart-quotes",
        failure.offset,
        f"Curly quotes such as {character} mean nothing in a formula.",
        _corrected(straight, "Type straight single quotes: 'text'"),
    )


@_detector
def _invisible(text: str, failure: SyntaxFailure) -> Mistake | None:
    character = _character(text, failure)
    if not character or unicodedata.category(character) not in ("Zs", "Cf", "Cc"):
        return None
    name = unicodedata.name(character, f"U+{ord(character):04X}").lower()
    return Mistake(
        "formula-invisible-character",
        failure.offset,
        f"An invisible character ({name}) stands in this formula, as it does in text copied from elsewhere.",
        "Delete it and type a space instead.",
    )


@_detector
def _template_braces(text: str, failure: SyntaxFailure) -> Mistake | None:
    inner = text.strip("{} ")
    if not text.startswith("{{") and not (text.startswith("{") and re.fullmatch(PATH, inner)):
        return None
    return Mistake(
        "formula-template-braces",
        0,
        "A formula behind `=` has no braces around it.",
        _corrected(inner, "Write the formula alone, without braces."),
    )


@_detector
def _dollar(text: str, failure: SyntaxFailure) -> Mistake | None:
    if _character(text, failure) != "$":
        return None
    without = re.sub(r"\$\{([^{}]*)\}|\$\.?", lambda match: match[1] or "", text)
    return Mistake(
        "formula-dollar",
        failure.offset,
        "A formula names things without a dollar sign.",
        _corrected(without.strip(), "Begin with a name such as item, category or restaurant."),
    )


@_detector
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


@_detector
def _question_mark(text: str, failure: SyntaxFailure) -> Mistake | None:
    if _character(text, failure) != "?":
        return None
    following = text[failure.offset + 1 : failure.offset + 2]
    if following == ".":
        hint = _corrected(text.replace("?.", "."), "Write a plain dot.")
        message = "A formula needs no `?.`: where something is missing, the result is null anyway."
        return Mistake("formula-null-operators", failure.offset, message, hint)
    if following == "?":
        hint = _corrected(text.replace("??", "||"), "Write || instead.")
        return Mistake("formula-null-operators", failure.offset, "Formulas have no `??`.", hint)
    return _ternary_mistake(failure.offset, _TERNARY.match(text), (1, 2, 3))


@_detector
def _python_ternary(text: str, failure: SyntaxFailure) -> Mistake | None:
    current, before, _ = _at(failure)
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


@_detector
def _semicolon(text: str, failure: SyntaxFailure) -> Mistake | None:
    if _character(text, failure) != ";":
        return None
    hint = _corrected(text.rstrip("; "), "Take the semicolon out.")
    return Mistake("formula-semicolon", failure.offset, "A formula has no semicolon.", hint)


@_detector
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
    match = re.compile(r"[→⇒➔]|=>|-\s+>|\|>").match(text, at) or re.compile(r"\|>").match(text, max(at - 1, 0))
    if match is None:
        return None
    arrow = match[0]
    return Mistake(
        "formula-arrow",
        match.start(),
        f"`{arrow}` is not an arrow that formulas know.",
        "Write `->` before a transform, `>=` to compare.",
    )


@_detector
def _dash(text: str, failure: SyntaxFailure) -> Mistake | None:
    at = failure.offset
    if text[at : at + 1] != "-" or not re.match(r"\w-[^\W\d]", text[max(at - 1, 0) : at + 2]):
        return None
    return _name_needs_quotes(text, at)


@_detector
def _long_number(text: str, failure: SyntaxFailure) -> Mistake | None:
    if failure.reason != "character" or not re.match(r"-?\d{19}", text[failure.offset : failure.offset + 20]):
        return None
    return Mistake("formula-limit", failure.offset, "This number is too long.", "Use at most 18 digits.")


@_detector
def _accent(text: str, failure: SyntaxFailure) -> Mistake | None:
    character = _character(text, failure)
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


@_detector
def _arithmetic(text: str, failure: SyntaxFailure) -> Mistake | None:
    character = _character(text, failure)
    if not character or character not in "+-*/%×÷^":
        return None
    _, before, _ = _at(failure)
    if failure.reason == "token" and (
        before is None or before["type"] in (*COMPARISONS, "or", "and", "not", "lparen", "comma")
    ):
        return None  # a negative number, not a subtraction
    match = _ARITHMETIC.match(text)
    hint = "Use a transform behind `->`: markup for percent, multiply, add, minor_units for cents."
    if match:
        path, operator, number = match.groups()
        if operator == "*" and number == "100":
            hint = f"For cents write: = {path} -> minor_units; otherwise use the transform multiply."
        elif operator == "/":
            hint = f"Use the transform multiply: $from: {path}, and below it $transform: [{{multiply: …}}]"
        else:
            name = "multiply" if operator == "*" else "add"
            sign = "-" if operator == "-" else ""
            hint = f"Write two lines: $from: {path}, and below it $transform: [{{{name}: {sign}{number}}}]"
            if operator == "*":
                hint += ", or markup for percent."
    elif character == "+" and "'" in text:
        hint = 'To put texts together write $text: "{item.name} {item.size}".'
    return Mistake("formula-arithmetic", failure.offset, f"A formula cannot calculate with `{character}`.", hint)


@_detector
def _operators(text: str, failure: SyntaxFailure) -> Mistake | None:
    for pattern, right in _FOREIGN_OPERATORS:
        match = pattern.match(text, max(failure.offset - 2, 0)) or pattern.match(text, max(failure.offset - 1, 0))
        match = match or pattern.match(text, failure.offset)
        if match is None or not match.start() <= failure.offset < match.end():
            continue
        written = match[0]
        hint = _corrected(text[: match.start()] + right + text[match.end() :], f"Write {right} instead.")
        return Mistake("formula-operator", match.start(), f"Formulas have no `{written}`.", hint)
    return None


_FOREIGN_OPERATORS = tuple(
    (re.compile(pattern), right)
    for pattern, right in (
        (r"===", "=="),
        (r"!==", "!="),
        (r"=!", "!="),
        (r"=<", "<="),
        (r"<>", "!="),
        (r"(?<![=!<>])=(?![=>])", "=="),
        (r"(?<!&)&(?!&)", "&&"),
    )
)

_WORD_OPERATORS = {"and": "&&", "or": "||", "eq": "==", "ne": "!=", "gt": ">", "lt": "<", "gte": ">=", "lte": "<="}


@_detector
def _word_operator(text: str, failure: SyntaxFailure) -> Mistake | None:
    if failure.reason not in ("token", "end"):
        return None
    for token in _at(failure):
        if token is None or token["type"] != "unquoted_identifier":
            continue
        word, start = token["value"], token["start"]
        lower = word.lower()
        before, behind = text[:start].rstrip(), text[start + len(word) :].lstrip()
        if lower in _WORD_OPERATORS and before:
            right = _WORD_OPERATORS[lower]
            hint = _corrected(_with_operators(text, failure.tokens), f"Write {right} instead.")
            return Mistake("formula-word-operator", start, f"Formulas have no `{word}`.", hint)
        if lower == "not" and behind[:3].lower() != "in ":
            hint = _corrected(f"{before} !({behind})".strip(), "Write !(…) with brackets, or $unless.")
            if not before and hint.startswith("Write: "):
                hint += f" (under $if better $unless: {behind})"
            return Mistake("formula-word-operator", start, f"Formulas have no `{word}`.", hint)
        if lower == "is" and before:
            match = re.match(r"(not\s+)?(null|none|true|false)\b", behind, re.IGNORECASE)
            if match is None:
                hint = _corrected(f"{before} == {behind}", "Write == instead.")
            else:
                value = {"none": "null"}.get(match[2].lower(), match[2].lower())
                hint = f"Write: {before} {'!=' if match[1] else '=='} `{value}`{behind[match.end() :]}"
            return Mistake("formula-word-operator", start, f"Formulas have no `{word}`.", hint)
        if lower in ("in", "not") and before:
            negated = lower == "not"
            rest = behind[3:].lstrip() if negated else behind
            call = f"contains({rest}, {before})"
            hint = _corrected(f"!{call}" if negated else call, "Write contains(LIST, VALUE).")
            return Mistake("formula-in-operator", start, "Formulas have no `in`.", hint)
    return None


def _with_operators(text: str, tokens: tuple[Token, ...]) -> str:
    for token in reversed(tokens):
        if token["type"] == "unquoted_identifier" and token["value"].lower() in _WORD_OPERATORS:
            start = token["start"]
            text = text[:start] + _WORD_OPERATORS[token["value"].lower()] + text[start + len(token["value"]) :]
    return text


@_detector
def _key_in_brackets(text: str, failure: SyntaxFailure) -> Mistake | None:
    current, before, second = _at(failure)
    if current is None or before is None or before["type"] != "lbracket" or second is None:
        return None
    start = before["start"]
    if second["type"] == "dot" and current["type"] in ("number", "colon", "star"):
        hint = _corrected(text[: second["start"]] + text[start:], "Leave the dot out.")
        return Mistake("formula-key-in-brackets", second["start"], "No dot stands before `[`.", hint)
    if current["type"] not in ("literal", "quoted_identifier", "unquoted_identifier"):
        return None
    closing = text.find("]", start)
    hint = "Write a name behind a dot, and a condition in [? ]."
    inner = text[start + 1 : closing].strip() if closing > 0 else ""
    name = current["value"]
    if re.fullmatch(r"\w+|'[^']*'|\"[^\"]*\"", inner) and isinstance(name, str):
        written = name if re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII) else f'"{name}"'
        hint = _corrected(f"{text[:start]}.{written}{text[closing + 1 :]}", hint)
    elif inner:
        hint = _corrected(f"{text[: start + 1]}?{text[start + 1 :]}", hint)
    return Mistake("formula-key-in-brackets", start, "A field's name does not stand in brackets.", hint)


@_detector
def _bare_number(text: str, failure: SyntaxFailure) -> Mistake | None:
    current, before, _ = _at(failure)
    if failure.reason != "token" or current is None or current["type"] != "number":
        return None
    if before is not None and before["type"] not in (
        *COMPARISONS,
        "or",
        "and",
        "not",
        "lparen",
        "comma",
        "colon",
        "pipe",
    ):
        return None
    start = current["start"]
    time = re.compile(r"\d+:\d\d(:\d\d)?").match(text, start)
    if time:
        hint = _corrected(f"{text[:start]}'{time[0]}'{text[time.end() :]}", f"Write '{time[0]}'.")
        return Mistake("formula-number-colon", start, f"The time {time[0]} is text and needs single quotes.", hint)
    match = _NUMBER.match(text, start)
    number = match[0] if match else str(current["value"])
    hint = _corrected(f"{text[:start]}`{number}`{text[start + len(number) :]}", f"Write `{number}`")
    return Mistake("formula-bare-number", start, f"The number {number} needs backticks in a formula.", hint)


@_detector
def _dot(text: str, failure: SyntaxFailure) -> Mistake | None:
    current, before, _ = _at(failure)
    if failure.reason == "token" and current is not None and current["type"] == "dot":
        if before is not None and before["type"] == "lbracket":
            message = "The `[` that opens here is never closed."
            return Mistake(
                "formula-bracket", before["start"], message, "Write [] for every element, [0] for the first."
            )
        message = (
            "Two dots stand in a row."
            if before is not None and before["type"] == "dot"
            else "No name stands before this dot."
        )
        hint = (
            "Begin with a name such as item, category or restaurant."
            if before is None
            else "Write one dot between names."
        )
        return Mistake("formula-dot", current["start"], message, hint)
    if failure.reason in ("token", "end") and before is not None and before["type"] == "dot":
        return Mistake(
            "formula-dot", before["start"], "No name follows this dot.", "Add the field's name, or take the dot out."
        )
    return None


@_detector
def _bracket(text: str, failure: SyntaxFailure) -> Mistake | None:
    if failure.reason == "literal":
        return None
    at = unbalanced(text)
    if at is None:
        return None
    bracket = text[at]
    if bracket in CLOSING:
        return Mistake(
            "formula-bracket",
            at,
            f"Nothing is open that `{bracket}` could close.",
            f"Take it out, or add `{CLOSING[bracket]}` before.",
        )
    return Mistake("formula-bracket", at, f"The `{bracket}` that opens here is never closed.", "Add what closes it.")


@_detector
def _ends_early(text: str, failure: SyntaxFailure) -> Mistake | None:
    if failure.reason != "end":
        return None
    last = text.rstrip().rsplit(maxsplit=1)[-1:] or [""]
    message = f"The formula breaks off behind `{last[0]}`."
    return Mistake("formula-ends-early", max(len(text.rstrip()) - 1, 0), message, "Complete it, or take that away.")


@_detector
def _bad_literal(text: str, failure: SyntaxFailure) -> Mistake | None:
    if failure.reason != "literal":
        return None
    return Mistake(
        "formula-bad-literal",
        failure.offset,
        "What stands in backticks is not a number, true, false, null or JSON.",
        "Text takes single quotes: 'text'; numbers have at most 60 digits.",
    )


@_detector
def _hash(text: str, failure: SyntaxFailure) -> Mistake | None:
    if _character(text, failure) != "#":
        return None
    return Mistake(
        "formula-comment",
        failure.offset,
        "`#` means nothing inside a formula.",
        "Text takes single quotes: ' #'; a comment stands behind the closing YAML quote.",
    )
