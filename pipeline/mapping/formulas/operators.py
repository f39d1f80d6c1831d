"""Formulas that calculate, use another language's operators, or lack a bracket, a backtick or an end."""

from __future__ import annotations

import re

from pipeline.mapping.formulas.delimiters import CLOSING, unbalanced
from pipeline.mapping.formulas.detectors import COMPARISONS, PATH, character_at, corrected, detector, tokens_at
from pipeline.mapping.formulas.expression_parser import SyntaxFailure, Token
from pipeline.mapping.mistakes import Mistake

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_ARITHMETIC = re.compile(rf"^({PATH})\s*([-+*/])\s*(\d+(?:\.\d+)?)$")


@detector
def _arithmetic(text: str, failure: SyntaxFailure) -> Mistake | None:
    character = character_at(text, failure)
    if not character or character not in "+-*/%×÷^":
        return None
    _, before, _ = tokens_at(failure)
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


@detector
def _operators(text: str, failure: SyntaxFailure) -> Mistake | None:
    for pattern, right in _FOREIGN_OPERATORS:
        match = pattern.match(text, max(failure.offset - 2, 0)) or pattern.match(text, max(failure.offset - 1, 0))
        match = match or pattern.match(text, failure.offset)
        if match is None or not match.start() <= failure.offset < match.end():
            continue
        written = match[0]
        hint = corrected(text[: match.start()] + right + text[match.end() :], f"Write {right} instead.")
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


@detector
def _word_operator(text: str, failure: SyntaxFailure) -> Mistake | None:
    if failure.reason not in ("token", "end"):
        return None
    for token in tokens_at(failure):
        if token is None or token["type"] != "unquoted_identifier":
            continue
        word, start = token["value"], token["start"]
        lower = word.lower()
        before, behind = text[:start].rstrip(), text[start + len(word) :].lstrip()
        if lower in _WORD_OPERATORS and before:
            right = _WORD_OPERATORS[lower]
            hint = corrected(_with_operators(text, failure.tokens), f"Write {right} instead.")
            return Mistake("formula-word-operator", start, f"Formulas have no `{word}`.", hint)
        if lower == "not" and behind[:3].lower() != "in ":
            hint = corrected(f"{before} !({behind})".strip(), "Write !(…) with brackets, or $unless.")
            if not before and hint.startswith("Write: "):
                hint += f" (under $if better $unless: {behind})"
            return Mistake("formula-word-operator", start, f"Formulas have no `{word}`.", hint)
        if lower == "is" and before:
            match = re.match(r"(not\s+)?(null|none|true|false)\b", behind, re.IGNORECASE)
            if match is None:
                hint = corrected(f"{before} == {behind}", "Write == instead.")
            else:
                value = {"none": "null"}.get(match[2].lower(), match[2].lower())
                hint = f"Write: {before} {'!=' if match[1] else '=='} `{value}`{behind[match.end() :]}"
            return Mistake("formula-word-operator", start, f"Formulas have no `{word}`.", hint)
        if lower in ("in", "not") and before:
            negated = lower == "not"
            rest = behind[3:].lstrip() if negated else behind
            call = f"contains({rest}, {before})"
            hint = corrected(f"!{call}" if negated else call, "Write contains(LIST, VALUE).")
            return Mistake("formula-in-operator", start, "Formulas have no `in`.", hint)
    return None


def _with_operators(text: str, tokens: tuple[Token, ...]) -> str:
    for token in reversed(tokens):
        if token["type"] == "unquoted_identifier" and token["value"].lower() in _WORD_OPERATORS:
            start = token["start"]
            text = text[:start] + _WORD_OPERATORS[token["value"].lower()] + text[start + len(token["value"]) :]
    return text


@detector
def _key_in_brackets(text: str, failure: SyntaxFailure) -> Mistake | None:
    current, before, second = tokens_at(failure)
    if current is None or before is None or before["type"] != "lbracket" or second is None:
        return None
    start = before["start"]
    if second["type"] == "dot" and current["type"] in ("number", "colon", "star"):
        hint = corrected(text[: second["start"]] + text[start:], "Leave the dot out.")
        return Mistake("formula-key-in-brackets", second["start"], "No dot stands before `[`.", hint)
    if current["type"] not in ("literal", "quoted_identifier", "unquoted_identifier"):
        return None
    closing = text.find("]", start)
    hint = "Write a name behind a dot, and a condition in [? ]."
    inner = text[start + 1 : closing].strip() if closing > 0 else ""
    name = current["value"]
    if re.fullmatch(r"\w+|'[^']*'|\"[^\"]*\"", inner) and isinstance(name, str):
        written = name if re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII) else f'"{name}"'
        hint = corrected(f"{text[:start]}.{written}{text[closing + 1 :]}", hint)
    elif inner:
        hint = corrected(f"{text[: start + 1]}?{text[start + 1 :]}", hint)
    return Mistake("formula-key-in-brackets", start, "A field's name does not stand in brackets.", hint)


@detector
def _bare_number(text: str, failure: SyntaxFailure) -> Mistake | None:
    current, before, _ = tokens_at(failure)
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
        hint = corrected(f"{text[:start]}'{time[0]}'{text[time.end() :]}", f"Write '{time[0]}'.")
        return Mistake("formula-number-colon", start, f"The time {time[0]} is text and needs single quotes.", hint)
    match = _NUMBER.match(text, start)
    number = match[0] if match else str(current["value"])
    hint = corrected(f"{text[:start]}`{number}`{text[start + len(number) :]}", f"Write `{number}`")
    return Mistake("formula-bare-number", start, f"The number {number} needs backticks in a formula.", hint)


@detector
def _dot(text: str, failure: SyntaxFailure) -> Mistake | None:
    current, before, _ = tokens_at(failure)
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


@detector
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


@detector
def _ends_early(text: str, failure: SyntaxFailure) -> Mistake | None:
    if failure.reason != "end":
        return None
    last = text.rstrip().rsplit(maxsplit=1)[-1:] or [""]
    message = f"The formula breaks off behind `{last[0]}`."
    return Mistake("formula-ends-early", max(len(text.rstrip()) - 1, 0), message, "Complete it, or take that away.")


@detector
def _bad_literal(text: str, failure: SyntaxFailure) -> Mistake | None:
    if failure.reason != "literal":
        return None
    return Mistake(
        "formula-bad-literal",
        failure.offset,
        "What stands in backticks is not a number, true, false, null or JSON.",
        "Text takes single quotes: 'text'; numbers have at most 60 digits.",
    )


@detector
def _hash(text: str, failure: SyntaxFailure) -> Mistake | None:
    if character_at(text, failure) != "#":
        return None
    return Mistake(
        "formula-comment",
        failure.offset,
        "`#` means nothing inside a formula.",
        "Text takes single quotes: ' #'; a comment stands behind the closing YAML quote.",
    )
