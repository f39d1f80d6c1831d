"""What people write that YAML or JMESPath reads otherwise: the codes, and findings made of them."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from pipeline.findings import Finding, Place, Severity
from pipeline.mapping.nodes import Position

CODES = MappingProxyType(
    {
        # The file
        "yaml-anchor-empty": "`&x` where text was meant: YAML reads it as a name for nothing",
        "yaml-alias": "`*x` where text was meant: YAML reads it as a reference",
        "yaml-block-text": "text behind `|` or `>`, which belongs on the lines below",
        "yaml-comment": "` #` in a text without quotes: YAML drops the rest",
        "yaml-control-character": "an invisible character that a mapping cannot hold",
        "yaml-documents": "a second document in one file",
        "yaml-empty": "a file without content",
        "yaml-encoding": "a file that is not UTF-8 text",
        "yaml-escape": "an unknown `\\` escape in double quotes",
        "yaml-flow": "a comma or a closing bracket is missing in `{ }` or `[ ]`",
        "yaml-indentation": "a line that is indented differently from its neighbours",
        "yaml-key-form": "a key that is not text",
        "yaml-key-missing": "a colon without a key in front",
        "yaml-key-twice": "the same key twice in one place",
        "yaml-key-without-value": "a word without a colon inside `{ }`",
        "yaml-limit": "a file that is larger, deeper or longer than a mapping may be",
        "yaml-list-on-key-line": "a list entry on the line of its key",
        "yaml-merge": "the merge key `<<`",
        "yaml-missing-colon": "a line without a colon, or without a space behind it",
        "yaml-number": "a number of more digits than any platform takes",
        "yaml-reserved-character": "text that starts with a character that YAML keeps for itself",
        "yaml-reference-loop": "an alias to what it stands in",
        "yaml-smart-quotes": "a text between curly quotes, which are letters to YAML",
        "yaml-syntax": "what YAML cannot read and no other code explains",
        "yaml-tab": "a tab in the indentation",
        "yaml-tag": "`!x` where text was meant: YAML reads it as a tag",
        "yaml-text-after-quote": "text behind a closing quote",
        "yaml-text-colon": "a colon and a space inside text",
        "yaml-text-in-braces": "a text that starts with a brace: YAML reads it as an object",
        "yaml-unclosed-bracket": "a `{` or `[` that is never closed",
        "yaml-unclosed-quote": "a quote that is never closed",
        # Formulas that YAML changes
        "formula-colon": "`: ` in a formula without quotes: YAML reads a key",
        "formula-comment": "` #` in a formula without quotes: YAML drops the rest",
        "formula-split": "a formula with `, [ ] { }` inside `{ }` or `[ ]`: YAML splits it",
        # Formulas
        "formula-arrow": "an arrow that is not `->`, or `->` inside a formula",
        "formula-arithmetic": "`+ - * / %`, which formulas do not have",
        "formula-bad-literal": "backticks around what is not JSON",
        "formula-bare-number": "a number without backticks",
        "formula-bare-word": "`true`, `false` or `null` without backticks: a field of that name",
        "formula-bracket": "a bracket without its partner",
        "formula-dollar": "`$.x`, `$x` or `${x}`",
        "formula-dot": "a dot where no name follows or none stands in front",
        "formula-double-equals": "a formula that starts with `==`",
        "formula-double-quotes": "text in double quotes: a field of that name",
        "formula-empty": "`=` without a formula",
        "formula-ends-early": "a formula that breaks off",
        "formula-in-operator": "`x in list`",
        "formula-invisible-character": "an invisible character in a formula",
        "formula-key-in-brackets": '`item["name"]` or `list.[0]`',
        "formula-limit": "a formula that is too long or too deeply nested",
        "formula-name-quotes": "a name with a dash or accent, without double quotes",
        "formula-not": "`!a.b`: JMESPath reads `(!a).b`, which is always null",
        "formula-null-operators": "`?.` or `??`",
        "formula-number-colon": "a time such as `10:00` without quotes",
        "formula-operator": "an operator of another language: `=`, `===`, `<>`, `&`",
        "formula-or-text": "`a == 'x' || 'y'`, which is always true",
        "formula-pipe": "`| upper`: a pipe into a transform's name looks for a field of that name",
        "formula-semicolon": "a semicolon",
        "formula-smart-quotes": "curly quotes",
        "formula-syntax": "what JMESPath cannot read and no other code explains",
        "formula-template-braces": "`{{ x }}`",
        "formula-ternary": "`a ? b : c`, or `b if a else c`",
        "formula-transform-call": "`upper(x)` where `upper` is a transform",
        "formula-transform-name": "what stands behind `->` is not one name",
        "formula-unclosed-quote": "a quote in a formula that is never closed",
        "formula-without-equals": "a path as plain text: the `=` is missing",
        "formula-word-operator": "`and`, `or`, `not`, `is`",
        # Loops and texts
        "loop-form": "`$for` that is not `NAME in LIST` or `NAME, POSITION in LIST`",
        "text-brace": "a brace without its partner in a text",
        "text-braces-empty": "`{}` without a formula in a text",
        "text-format": "a format such as `{price:.2f}` in a text",
        "text-without-instruction": "`{item.name}` in a text that is no `$text`",
    }
)
"""Every code with one line that says what was written."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """A mistake in a formula; ``offset`` counts characters from the start of its text."""

    code: str
    offset: int
    message: str
    hint: str
    severity: Severity = "error"


def finding(code: str, position: Position, message: str, hint: str, severity: Severity = "error") -> Finding:
    """Make a finding of a listed code."""
    if code not in CODES:
        raise KeyError(code)
    place = Place(position.file, position.line, position.column)
    return Finding(code, severity, _readable(message), _readable(hint), place)


def _readable(text: str) -> str:
    """Keep a quotation of a hostile file from filling the screen or steering the terminal."""
    text = "".join(character if character.isprintable() else " " for character in text)
    return text if len(text) <= 400 else f"{text[:300]} … {text[-80:]}"
