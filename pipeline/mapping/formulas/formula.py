"""Formulas, texts with braces, and loops, parsed.

A formula is ``= EXPR -> NAME -> NAME``: JMESPath, then the names of transforms or chains. What is
wrong becomes findings whose line and column are the offending character's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias

from pipeline.findings import Finding, Severity
from pipeline.mapping.formulas.delimiters import find_outside, unbalanced
from pipeline.mapping.formulas.expression_parser import SyntaxFailure, Tree, parse
from pipeline.mapping.formulas.mistakes import explain
from pipeline.mapping.formulas.traps import find
from pipeline.mapping.mistakes import Mistake, finding
from pipeline.mapping.nodes import Position, Scalar

Names: TypeAlias = "Collection[str]"
Problems: TypeAlias = "list[Finding]"

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ARROW = re.compile("->")
_CLOSING_BRACE = re.compile(r"\}")
_LOOP = re.compile(r"\s*(?P<record>\S+?)\s*(?:,\s*(?P<counter>\S+)\s*)?\s+in\s+=?\s*(?=\S)")
_TEMPLATE = re.compile(r"\{\{\s*([A-Za-z_]\w*(?:\.\w+)+)\s*\}\}")
_FORMAT = re.compile(r"(?P<path>[A-Za-z_][\w.]*)(?P<format>:[^{}'\"`]*|![rsa])")
_FORMULA_START = re.compile(r"(?:!|\(|[a-z_]+\()*(?P<head>[A-Za-z_]\w*)(?:\.\w|\[)")
_BRACES = re.compile(r"(?<!\{)\{(?P<inner>\s*(?P<head>[A-Za-z_]\w*)(?:\.\w|\[|\s*->)[^{}]*)\}(?!\})")
_RESERVED = ("true", "false", "null", "in")


@dataclass(frozen=True, slots=True)
class Link:
    """The name of a transform or chain behind ``->``."""

    name: str
    position: Position


@dataclass(frozen=True, slots=True)
class Formula:
    """A parsed formula.

    ``text`` is the JMESPath expression; ``tree`` its syntax tree, in which every node has ``start``,
    its offset in ``text``; ``position`` is where the expression's first character stands.
    """

    text: str
    tree: Tree = field(hash=False)
    links: tuple[Link, ...]
    position: Position
    source: Scalar
    offset: int = 0

    def at(self, start: int) -> Position:
        """Give where the expression's character number ``start`` stands in the file."""
        return self.source.at(self.offset + start)


@dataclass(frozen=True, slots=True)
class Loop:
    """``RECORD[, POSITION] in SOURCE``; ``position`` is where the record's name stands."""

    record: str
    position_name: str | None
    source: Formula
    position: Position


def is_formula(scalar: Scalar) -> bool:
    """Tell whether a value is a formula: text that starts with ``=``."""
    return isinstance(scalar.value, str) and scalar.value.startswith("=")


def literal_text(scalar: Scalar) -> str:
    r"""Give the text that a literal stands for: ``\= x`` is ``= x``."""
    text = _text(scalar)
    # Of several backslashes before "=" the first is taken off, so that every text can be written.
    return text[1:] if re.match(r"\\+=", text) else text


def parse_formula(scalar: Scalar, problems: Problems, transform_names: Names = ()) -> Formula | None:
    """Parse ``= EXPR -> NAME -> NAME``; where it is wrong, add findings and give None.

    ``transform_names`` lets calls and pipes into a transform be told from unknown functions.
    """
    return parse_expression(scalar, problems, transform_names)


def parse_expression(scalar: Scalar, problems: Problems, transform_names: Names = ()) -> Formula | None:
    """Parse a formula whose ``=`` may be left out; a written number or truth value is a literal.

    >>> here = Position("x.yaml", 1, 5)
    >>> parse_expression(Scalar("item.name -> upper", here, here), []).links[0].position.column
    18
    """
    if isinstance(scalar.value, bool | int | Decimal):
        tree: Tree = {"type": "literal", "value": scalar.value, "children": [], "start": 0}
        return Formula(str(scalar.value), tree, (), scalar.inner, scalar)
    text = _text(scalar)
    if text.lstrip().startswith("=="):
        at = text.index("=")
        _tell(
            scalar,
            0,
            problems,
            Mistake(
                "formula-double-equals", at, "A formula starts with one `=`.", f"Write: = {text[at:].lstrip('= ')}"
            ),
        )
        return None
    return _formula(scalar, _after_equals(text, 0), len(text), problems, transform_names)


def parse_text(scalar: Scalar, problems: Problems, transform_names: Names = ()) -> tuple[str | Formula, ...]:
    """Parse a text with formulas in braces; ``{{`` and ``}}`` are braces, a text with ``=`` is one formula.

    What is wrong is told and left out.
    """
    if is_formula(scalar):
        formula = parse_formula(scalar, problems, transform_names)
        return (formula,) if formula is not None else ()
    text = literal_text(scalar)
    shift = len(_text(scalar)) - len(text)
    parts: list[str | Formula] = []
    literal: list[str] = []
    position = 0

    def mistake(code: str, at: int, message: str, hint: str, severity: Severity = "error") -> None:
        _tell(scalar, shift, problems, Mistake(code, at, message, hint, severity))

    while position < len(text):
        character = text[position]
        pair = text[position : position + 2]
        if pair in ("{{", "}}"):
            template = _TEMPLATE.match(text, position)
            if template:
                mistake(
                    "formula-template-braces",
                    position,
                    f"`{template[0]}` is sent as it stands, because double braces mean braces.",
                    f"Write: {{{template[1]}}}",
                    "warning",
                )
            literal.append(character)
            position += 2
        elif character == "}":
            mistake("text-brace", position, "This `}` closes nothing.", "Double it if a brace is meant: }}")
            position += 1
        elif character == "{":
            closing = find_outside(text, _CLOSING_BRACE, position + 1)
            if closing is None:
                _unclosed(text, position, mistake)
                break
            if literal:
                parts.append("".join(literal))
                literal = []
            formula = _in_braces(scalar, shift, position + 1, closing.start(), problems, transform_names)
            if formula is not None:
                parts.append(formula)
            position = closing.end()
        else:
            literal.append(character)
            position += 1
    if literal:
        parts.append("".join(literal))
    return tuple(parts)


def parse_loop(scalar: Scalar, problems: Problems, transform_names: Names = ()) -> Loop | None:
    """Parse ``NAME in EXPR`` or ``NAME, POSITION in EXPR``; where it is wrong, add findings and give None."""
    text = _text(scalar)
    match = _LOOP.match(text)
    if match is None or match["record"].startswith("("):
        _tell(scalar, 0, problems, _loop_mistake(text))
        return None
    record, counter = match["record"], match["counter"]
    good = True
    for group in ("record", "counter"):
        name = match[group]
        if name is not None and (not _NAME.fullmatch(name) or name in _RESERVED):
            hint = "A name has letters a to z, digits and _: item in menu.items"
            _tell(
                scalar,
                0,
                problems,
                Mistake("loop-form", match.start(group), f"`{name}` cannot be a loop's name.", hint),
            )
            good = False
    if counter is not None and counter == record:
        _tell(
            scalar,
            0,
            problems,
            Mistake(
                "loop-form",
                match.start("counter"),
                f"`{counter}` names two things here.",
                "Give the position a name of its own.",
            ),
        )
        good = False
    source = _formula(scalar, match.end(), len(text), problems, transform_names)
    if source is None or not good:
        return None
    return Loop(record, counter, source, scalar.at(match.start("record")))


def check_literal(scalar: Scalar, names: Names, problems: Problems) -> None:
    """Tell where a literal was probably meant to be a formula: ``store.tax`` without ``=``.

    ``names`` are the names in scope. Quoted text is taken at its word.
    """
    if scalar.quoted or not isinstance(scalar.value, str):
        return
    text = scalar.value
    template = re.fullmatch(r"\$?\{+\s*([A-Za-z_][\w.]*)\s*\}+", text)
    path = template[1] if template else text
    match = _FORMULA_START.match(path)
    if match is None or match["head"] not in names or not _reads(path):
        return
    message = f"`{text}` without `=` is sent as these very letters."
    _tell(
        scalar,
        0,
        problems,
        Mistake(
            "formula-without-equals", 0, message, f"Write: = {path} (or put it in quotes if the letters are meant)"
        ),
    )


def check_braces(scalar: Scalar, names: Names, problems: Problems) -> None:
    """Tell where a literal holds ``{item.name}``, as only ``$text`` and its like may, quoted or not."""
    text = literal_text(scalar)
    match = next((match for match in _BRACES.finditer(text) if match["head"] in names and _reads(match["inner"])), None)
    if match is None:
        return
    message = f"`{match[0]}` is sent as these very letters: a field's own text holds no formulas."
    whole = match[0] == text.strip()
    hint = f"Write: = {match['inner'].strip()}" if whole else "Write it on the next line, behind `$text: `."
    _tell(scalar, match.start(), problems, Mistake("text-without-instruction", 0, message, hint))


def _reads(text: str) -> bool:
    """Tell whether a text can be read as a formula from its first to its last letter."""
    arrow = find_outside(text, _ARROW)
    return len(text) < 500 and isinstance(parse((text[: arrow.start()] if arrow else text).strip()), dict)


def _formula(scalar: Scalar, start: int, end: int, problems: Problems, transform_names: Names) -> Formula | None:
    """Parse the characters ``start`` to ``end`` of the scalar's text as ``EXPR -> NAME -> NAME``."""
    written = _text(scalar)[start:end]
    arrow = find_outside(written, _ARROW)
    expression = written[: arrow.start()] if arrow else written
    begin = start
    start += len(expression) - len(expression.lstrip())
    expression = expression.strip()
    known = len(problems)
    if not expression:
        hint = (
            "Write a path behind it, such as = item.name"
            if arrow is None
            else "Write a path before `->`, such as item.name"
        )
        at = start if arrow else max(begin - 1, 0)  # the arrow, or the `=`
        _tell(scalar, at, problems, Mistake("formula-empty", 0, "There is no formula here.", hint))
        return None
    tree = parse(expression)
    if isinstance(tree, SyntaxFailure):
        _tell(scalar, start, problems, explain(expression, tree))
    else:
        for trap in find(expression, tree, transform_names):
            _tell(scalar, start, problems, trap)
    links = _links(scalar, end - (len(written) - arrow.end()), end, problems) if arrow else ()
    if isinstance(tree, SyntaxFailure) or len(problems) > known:
        return None
    return Formula(expression, tree, links, scalar.at(start), scalar, start)


def _links(scalar: Scalar, start: int, end: int, problems: Problems) -> tuple[Link, ...]:
    links: list[Link] = []
    text = _text(scalar)
    while True:
        arrow = find_outside(text[start:end], _ARROW)
        stop = start + arrow.start() if arrow else end
        name = text[start:stop].strip()
        at = start + len(text[start:stop]) - len(text[start:stop].lstrip())
        if not name:
            behind = max(start - 2, 0)  # the arrow itself
            _tell(
                scalar,
                behind,
                problems,
                Mistake(
                    "formula-transform-name",
                    0,
                    "No transform follows this `->`.",
                    "Add its name, such as -> upper, or take the arrow out.",
                ),
            )
        elif not _NAME.fullmatch(name):
            _tell(scalar, at, problems, _link_mistake(name))
        else:
            links.append(Link(name, scalar.at(at)))
        if arrow is None:
            return tuple(links)
        start = stop + 2


def _link_mistake(written: str) -> Mistake:
    argument = re.fullmatch(r"\{?\s*([A-Za-z_]\w*)\s*(?:\(\s*(.*?)\s*\)|:?\s+(.*?))\s*\}?;?", written, re.DOTALL)
    if argument:
        name, value = argument[1], argument[2] or argument[3]
        hint = (
            f"Write: -> {name}"
            if not value
            else f"Write two lines: $from: with the formula, and below it $transform: [{{{name}: {value}}}]"
        )
        return Mistake("formula-transform-name", 0, f"`{written}` is more than a transform's name.", hint)
    first = _NAME.match(written)
    at = first.end() if first else 0
    return Mistake(
        "formula-transform-name",
        at,
        f"`{written}` is not a transform's name.",
        "Behind `->` stands one name, such as upper.",
    )


def _in_braces(
    scalar: Scalar, shift: int, start: int, end: int, problems: Problems, transform_names: Names
) -> Formula | None:
    text = literal_text(scalar)
    inner = text[start:end]
    if not inner.strip():
        _tell(
            scalar,
            shift,
            problems,
            Mistake(
                "text-braces-empty",
                start - 1,
                "Nothing stands in these braces.",
                "Write a path, such as {item.name}, or {{}} if braces are meant.",
            ),
        )
        return None
    formatted = _FORMAT.fullmatch(inner.strip())
    if formatted:
        at = start + inner.index(formatted["format"][0])
        _tell(
            scalar,
            shift,
            problems,
            Mistake(
                "text-format",
                at,
                f"`{formatted['format']}` is a format that texts do not know.",
                f"Use a transform: {{{formatted['path']} -> NAME}}",
            ),
        )
        return None
    return _formula(scalar, _after_equals(text, start) + shift, end + shift, problems, transform_names)


def _unclosed(text: str, at: int, mistake: Callable[[str, int, str, str], None]) -> None:
    inside = unbalanced(text[at + 1 :])
    if inside is not None and text[at + 1 + inside] in "'\"`":
        quote = text[at + 1 + inside]
        mistake(
            "formula-unclosed-quote",
            at + 1 + inside,
            f"The quote {quote} that opens here is never closed.",
            f"Close it with {quote} before the closing brace.",
        )
    else:
        mistake(
            "text-brace",
            at,
            "The `{` that opens here is never closed.",
            "Close it with }, or double it if a brace is meant: {{",
        )


def _loop_mistake(text: str) -> Mistake:
    stripped = text.strip()
    at = len(text) - len(text.lstrip())
    message = "A loop says which name each element gets."
    other = re.match(
        r"=?\s*(?:for\s+)?(?:\(\s*)?([A-Za-z_]\w*(?:\s*,\s*[A-Za-z_]\w*)?)\s*\)?\s+(?:in|of|from)\s+(\S.*)",
        stripped,
        re.DOTALL,
    )
    if other:
        return Mistake("loop-form", at, message, f"Write: {other[1]} in {other[2]}")
    path = re.fullmatch(r"=?\s*([A-Za-z_]\w*(?:\.\w+)*)", stripped)
    if path and "." in path[1]:
        return Mistake("loop-form", at, message, f"Write: NAME in {path[1]}")
    return Mistake("loop-form", at, message, "Write NAME in LIST, such as: item in category.items")


def _after_equals(text: str, start: int) -> int:
    """Give the offset behind an ``=`` that stands first, or ``start``."""
    match = re.compile(r"\s*=(?!=)").match(text, start)
    return match.end() if match else start


def _text(scalar: Scalar) -> str:
    return scalar.value if isinstance(scalar.value, str) else "" if scalar.value is None else str(scalar.value)


def _tell(scalar: Scalar, start: int, problems: Problems, mistake: Mistake) -> None:
    position = scalar.at(start + mistake.offset)
    problems.append(finding(mistake.code, position, mistake.message, mistake.hint, mistake.severity))
