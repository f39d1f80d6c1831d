"""Files that YAML cannot read: what the writer meant, and how to write that.

``explain`` asks each detector in turn; the first that recognises the line speaks, instead of the
parser, whose own words ("did not find expected ',' or '}'") tell nobody what to do.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from pipeline.findings import Finding
from pipeline.mapping.formulas.characters import TERNARY, ternary_hint
from pipeline.mapping.formulas.delimiters import CLOSING, OPENING, after_quoted, yaml_quoted
from pipeline.mapping.mistakes import finding
from pipeline.mapping.yaml.failure import Failure
from pipeline.mapping.yaml.flow_formulas import formula_end, holds_formula

_FLOW_VALUE = re.compile(r"""(?P<key>"[^"\r\n]*"|'[^'\r\n]*'|[^\s"'{}\[\],:=][^{}\[\],:\r\n]*?)\s*:\s+(?=[^\s{\["'])""")
_NEXT_ENTRY = re.compile(r"""\s*(?:#|-\s|(?:[\w$.-]+|"[^"]*"|'[^']*'):(?:\s|$))""")
MOST_SWALLOWED = 200


Told = tuple[str, int, str, str]
Detector = Callable[[Failure], "Told | None"]
DETECTORS: list[Detector] = []


def explain(failure: Failure) -> Finding:
    """Say in one sentence why the file cannot be read, and in the next what to write."""
    for detector in DETECTORS:
        told = detector(failure)
        if told is not None:
            code, index, message, hint = told
            return finding(code, failure.position(index), message, hint)
    message = "YAML cannot read this line."
    hint = "Look at the line and the one above: indentation, quotes, colons."
    return finding("yaml-syntax", failure.position(failure.index), message, hint)


def _detector(function: Detector) -> Detector:
    DETECTORS.append(function)
    return function


def _lines(failure: Failure) -> tuple[int, ...]:
    """Give an offset on each line that may hold the mistake: where the parser began, and where it stopped."""
    begin, stop = failure.line_start(failure.context_index), failure.line_start(failure.index)
    return (begin,) if begin == stop else (begin, stop)


@_detector
def _tab(failure: Failure) -> Told | None:
    start = failure.line_start(failure.index)
    match = re.compile(r"[ \t]*").match(failure.text, start)
    assert match is not None
    if "\t" not in match[0]:
        return None
    at = start + match[0].index("\t")
    return (
        "yaml-tab",
        at,
        "This line is indented with a tab, and YAML takes spaces only.",
        "Type two spaces instead of each tab.",
    )


@_detector
def _escape(failure: Failure) -> Told | None:
    if "escape" not in failure.problem and "hexdecimal" not in failure.problem and "hexadecimal" not in failure.problem:
        return None
    text = failure.text
    at = text.rfind("\\", 0, failure.index + 1)
    behind = (
        after_quoted(text, failure.context_index, failure.line_end(failure.index))
        if text[failure.context_index : failure.context_index + 1] == '"'
        else None
    )
    hint = "Use single quotes, in which \\ is only a \\."
    if behind is not None:
        inner = text[failure.context_index + 1 : behind - 1].replace("'", "''")
        hint = f"Use single quotes, in which \\ is only a \\: '{inner}'"
    return "yaml-escape", at, f"In double quotes `{text[at : at + 2]}` means nothing.", hint


@_detector
def _double_braces(failure: Failure) -> Told | None:
    for index in _lines(failure):
        _, value, start = failure.value(index)
        if value.startswith("{{"):
            match = re.fullmatch(r"\{\{\s*([^{}]+?)\s*\}\}", value)
            hint = (
                f"Write: = {match[1]}" if match else 'Write a formula, = item.name, or $text: "{item.name} and more".'
            )
            return "formula-template-braces", start, "YAML reads double braces as an object in an object.", hint
    return None


@_detector
def _quote_runs_on(failure: Failure) -> Told | None:
    """A quote that is not closed on its line swallows the lines up to the next one, where reading fails."""
    start = failure.line_start(failure.index)
    for _ in range(MOST_SWALLOWED):
        if start == 0:
            return None
        start = failure.line_start(start - 1)
        _, value, at = failure.value(start)
        quote = value[:1]
        if not quote or quote not in "'\"" or (after_quoted(value, 0) if quote == '"' else _after_single(value)):
            continue
        closing = failure.text.find(quote, at + 1)
        following = failure.text[failure.line_end(start) :].lstrip("\r\n")
        if not 0 <= failure.position(failure.index).line - failure.position(closing).line <= 2:
            return None
        if closing <= failure.line_end(start) or not _NEXT_ENTRY.match(following):
            return None
        message = f"The quote {quote} that opens here is not closed on this line."
        return "yaml-unclosed-quote", at, message, f"Close it with {quote} at the end of the text."
    return None


@_detector
def _text_in_braces(failure: Failure) -> Told | None:
    for index in _lines(failure):
        _, value, start = failure.value(index)
        if re.match(r"\{\s*[A-Za-z_]\w*(\.\w+)+[^{}:]*\}.", value):
            message = "YAML reads a text that starts with a brace as an object."
            return "yaml-text-in-braces", start, message, f"Put the whole text in quotes: {yaml_quoted(value)}"
    return None


@_detector
def _tag_or_anchor(failure: Failure) -> Told | None:
    for index in _lines(failure):
        key, value, start = failure.value(index)
        if not value or value[0] not in "!&*" or not start <= failure.index <= start + len(value):
            continue
        label = f"{key}: " if key else ""
        if value[0] == "!":
            hint = f"Put it in quotes, with brackets behind the !: {label}{yaml_quoted(_bracketed(value))}"
            return "yaml-tag", start, "YAML reads what starts with ! as a tag, not as a negation.", hint
        code, what = ("yaml-alias", "a reference") if value[0] == "*" else ("yaml-anchor-empty", "a name for a value")
        return (
            code,
            start,
            f"YAML reads what starts with {value[0]} as {what}.",
            f"Put it in quotes: {label}{yaml_quoted(value)}",
        )
    return None


def _bracketed(expression: str) -> str:
    return re.sub(r"!\s*([A-Za-z_]\w*(?:\.\w+)+)", r"!(\1)", expression)


@_detector
def _split_formula(failure: Failure) -> Told | None:
    begin = failure.line_start(failure.context_index)
    for at, key in _flow_values(failure.text, begin, failure.line_end(failure.index)):
        stop = formula_end(failure.text, at, key)
        written = failure.text[at:stop] if stop is not None else ""
        split = re.search(r"[,\[\]{}]", written)
        if split is None:
            continue
        label = f"{key}: " if key else ""
        hint = f"Put it in quotes or on its own line: {label}{yaml_quoted(written)}"
        message = "YAML splits a formula with , [ ] { } that stands inside { } or [ ]."
        return "formula-split", at + split.start(), message, hint
    return None


def _flow_values(text: str, start: int, end: int) -> list[tuple[int, str]]:
    """Give offset and key of each formula that stands without quotes inside ``{ }`` or ``[ ]``."""
    found: list[tuple[int, str]] = []
    depth = 0
    position = start
    expecting = True  # a value or key may start here, so a quote is YAML's
    while position < end:
        character = text[position]
        if depth and expecting:
            match = _FLOW_VALUE.match(text, position, end)
            at, key = (match.end(), match["key"].strip("\"'")) if match else (position, "")
            if holds_formula(text[at : at + 1] if text[at] == "=" else key and text[at : at + 2], key):
                found.append((at, key))
                position = max(formula_end(text, at, key) or at + 1, position + 1)
                expecting = False
                continue
        if expecting and character in "'\"" and (behind := after_quoted(text, position, end)):
            position, expecting = behind, False
            continue
        if character in OPENING and character != "(":
            depth += 1
            expecting = True
        elif character in CLOSING and character != ")":
            depth = max(depth - 1, 0)
            expecting = False
        elif character in ",:\r\n-":
            expecting = True
        elif not character.isspace():
            expecting = False
        position += 1
    return found


@_detector
def _colon_in_text(failure: Failure) -> Told | None:
    if "mapping values" not in failure.problem:
        return None
    key, value, start = failure.value(failure.index)
    if not key or failure.index < start or not value:
        return None
    label = f"{key}: "
    if re.search(r"\s\?\s", value) and holds_formula(value, key):
        return "formula-ternary", start + value.index("?"), TERNARY, ternary_hint(value.removeprefix("="))
    argument = re.search(r"^=?(.*?)->\s*(\w+)\s*$", value[: failure.index - start], re.DOTALL)
    if argument and holds_formula(value, key):
        given = value[failure.index - start + 1 :].strip()
        hint = f"Write two lines: $from: {argument[1].strip()}, and below it $transform: [{{{argument[2]}: {given}}}]"
        return "formula-colon", failure.index, "A transform's argument does not stand behind `->`.", hint
    if holds_formula(value, key):
        hint = f"Put the formula in quotes: {label}{yaml_quoted(value)}"
        return "formula-colon", failure.index, "YAML reads `: ` in a formula as the end of a key.", hint
    if value[0] in "'\"":
        return None
    hint = f"Put the text in quotes: {label}{yaml_quoted(value)}"
    return "yaml-text-colon", failure.index, "YAML reads `: ` in a text as the end of a key.", hint


@_detector
def _key_missing(failure: Failure) -> Told | None:
    line = failure.text[failure.line_start(failure.index) : failure.line_end(failure.index)]
    if not re.match(r"\s*(?:-\s+)*:(\s|$)", line):
        return None
    return "yaml-key-missing", failure.index, "No key stands before this colon.", "Write KEY: VALUE."


@_detector
def _reserved(failure: Failure) -> Told | None:
    if "cannot start any token" not in failure.problem and "directive" not in failure.problem + failure.context:
        return None
    character = failure.text[failure.index : failure.index + 1]
    if character not in ("`", "@", "%"):
        return None
    key, value, start = failure.value(failure.index)
    hint = "Put it in quotes."
    if start == failure.index:
        hint = f"Put it in quotes: {key + ': ' if key else ''}{yaml_quoted(value)}"
    return "yaml-reserved-character", failure.index, f"YAML takes no text that starts with {character}.", hint


@_detector
def _unclosed_quote(failure: Failure) -> Told | None:
    at = failure.context_index
    quote = failure.text[at : at + 1]
    if "quoted scalar" not in failure.context or quote not in ("'", '"'):
        return None
    message = f"The quote {quote} that opens here is never closed."
    return "yaml-unclosed-quote", at, message, f"Close it with {quote} at the end of the text."


@_detector
def _colon_before_bracket(failure: Failure) -> Told | None:
    """``cents [multiply]``: a key whose colon is missing, and a list or object behind it."""
    for index in _lines(failure)[::-1]:
        start = failure.line_start(index)
        match = re.match(
            r"\s*(?:- +)*([\w$-]+)\s+[\[{].*[\]}]\s*(?:#.*)?$", failure.text[start : failure.line_end(start)]
        )
        if match:
            message = f"A colon is missing behind `{match[1]}`."
            return "yaml-missing-colon", start + match.start(1), message, f"Write: {match[1]}: VALUE"
    return None


@_detector
def _text_after_quote(failure: Failure) -> Told | None:
    for index in _lines(failure)[::-1]:
        key, value, start = failure.value(index)
        if not value or value[0] not in "'\"":
            continue
        behind = after_quoted(value, 0) if value[0] == '"' else _after_single(value)
        if behind is None or not value[behind:].strip() or value[behind:].lstrip().startswith("#"):
            continue
        if not start <= failure.index <= start + len(value):
            continue
        at = start + behind + len(value[behind:]) - len(value[behind:].lstrip())
        hint = f"Put the whole text in quotes: {key + ': ' if key else ''}{_requoted(value)}"
        return "yaml-text-after-quote", at, "Text stands behind the closing quote.", hint
    return None


def _after_single(value: str) -> int | None:
    match = re.match(r"'(?:[^']|'')*+'", value)
    return match.end() if match else None


def _requoted(value: str) -> str:
    r"""Quote a text again whose own first quote was taken for YAML's; an apostrophe inside shows that it was.

    >>> _requoted("'No dish's left for it."), _requoted("'= item.name' -> upper")
    ('"No dish\'s left for it."', '"= item.name -> upper"')
    """
    if len(value) > 2 and value[0] == value[-1]:
        return yaml_quoted(value[1:-1])
    formula = re.fullmatch(r"(['\"])(=[^'\"]*)\1\s*(->.*)", value)
    if formula:
        return yaml_quoted(f"{formula[2]} {formula[3]}")
    opened_only = re.match(r"'[^']*\w'\w[^']*$", value)
    return yaml_quoted(value[1:] if opened_only else value)


@_detector
def _list_on_key_line(failure: Failure) -> Told | None:
    if "sequence entries" not in failure.problem:
        return None
    hint = "Begin the list on the next line, each entry with its own - ."
    return "yaml-list-on-key-line", failure.index, "A list entry stands on the line of its key.", hint


@_detector
def _block_text(failure: Failure) -> Told | None:
    if "block scalar" not in failure.context:
        return None
    hint = "Write the text on the next lines, indented, or put it in quotes."
    return "yaml-block-text", failure.index, "No text can stand on the line of | or >.", hint


@_detector
def _flow(failure: Failure) -> Told | None:
    if not failure.in_flow:
        return None
    at = failure.context_index
    bracket = failure.text[at : at + 1]
    if bracket not in ("{", "["):
        return None
    closing = OPENING[bracket]
    if failure.index >= len(failure.text.rstrip()) or failure.line_start(failure.index) != failure.line_start(at):
        return (
            "yaml-unclosed-bracket",
            at,
            f"The {bracket} that opens here is never closed.",
            f"Add {closing} where it ends.",
        )
    hint = f"Put a comma between two entries, {closing} at the end, and texts with special characters in quotes."
    return "yaml-flow", failure.index, f"A comma or a {closing} is missing before this.", hint


@_detector
def _closes_nothing(failure: Failure) -> Told | None:
    character = failure.text[failure.index : failure.index + 1]
    if character not in ("]", "}", ","):
        return None
    message = f"A `{character}` stands here that belongs to nothing before it."
    return "yaml-flow", failure.index, message, "Take it out, or put the whole text in quotes."


@_detector
def _missing_colon(failure: Failure) -> Told | None:
    if "':'" not in failure.problem and "mapping values" not in failure.problem:
        return None
    above = failure.line_start(max(failure.line_start(failure.index) - 1, 0))
    for index in (above, *_lines(failure)):
        start = failure.line_start(index)
        line = failure.text[start : failure.line_end(start)]
        bare = line.strip()
        at = start + len(line) - len(line.lstrip())
        glued = re.match(r"(?:- +)*([\w$.-]+):(?=[^\s:])", bare)
        if glued:
            place = at + glued.end() - 1
            return (
                "yaml-missing-colon",
                place,
                "A space is missing behind this colon.",
                f"Write: {bare[: glued.end()]} {bare[glued.end() :]}",
            )
        equals = re.match(r"(?:- +)*([\w$.-]+)\s*=\s+([^=].*)", bare)
        if equals:
            message = "This line has `=` where a key needs its colon."
            return "yaml-missing-colon", at, message, f"Write: {equals[1]}: = {equals[2]}"
        if index != above and "':'" in failure.problem and bare and not re.search(r":(\s|$)", bare):
            words = bare.split(None, 1)
            hint = f"Write: {words[0]}: {words[1]}" if len(words) == 2 else f"Write: {bare}: VALUE"
            return "yaml-missing-colon", at, "This line has no colon.", hint
    return None


@_detector
def _indentation(failure: Failure) -> Told | None:
    problem = failure.problem
    if not any(
        part in problem for part in ("expected key", "'-' indicator", "block end", "mapping values", "<block end>")
    ):
        return None
    start = failure.line_start(failure.index)
    line = failure.text[start : failure.line_end(start)]
    at = start + len(line) - len(line.lstrip())
    hint = "Let what belongs together start in the same column, and what belongs below start two spaces further right."
    return "yaml-indentation", at, "This line is not indented as the lines around it are.", hint
