"""JMESPath text → the library's syntax tree, in which every node also knows where it stands.

The grammar is the ``jmespath`` library's own. Three things are added: each node carries ``start``,
the offset of its first character; a literal's decimals are exact (``Decimal``), because prices are;
and nothing is remembered between calls, so a tree may be changed by whoever asked for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from json import loads
from typing import Any, NoReturn, TypeAlias

from jmespath import lexer, parser
from jmespath.exceptions import IncompleteExpressionError, JMESPathError, LexerError

Tree: TypeAlias = dict[str, Any]
Token: TypeAlias = dict[str, Any]

# The methods that are extended here are the library's own, which its type stubs leave out.
_LibraryLexer: Any = lexer.Lexer
_LibraryParser: Any = parser.Parser

MAX_LENGTH = 10_000
MAX_DEPTH = 200


@dataclass(frozen=True, slots=True)
class SyntaxFailure:
    """Why an expression is not JMESPath.

    ``offset`` is where reading stopped; ``tokens`` are those before that and, where the text could
    be cut into tokens at all, those behind it. ``reason`` is one of ``token`` (an unexpected one),
    ``character`` (one that starts no token), ``end`` (the text ends too early), ``literal`` (what
    stands in backticks is not JSON), ``unclosed`` (a quote), ``length`` and ``depth`` (limits).
    """

    offset: int
    reason: str
    tokens: tuple[Token, ...] = ()


def parse(expression: str) -> Tree | SyntaxFailure:
    """Parse one expression.

    >>> parse("a.b == 'x'")["children"][1]
    {'type': 'literal', 'value': 'x', 'children': [], 'start': 7}
    >>> parse("a.b +").reason
    'character'
    """
    if len(expression) > MAX_LENGTH:
        return SyntaxFailure(MAX_LENGTH, "length")
    reader = _Parser()
    try:
        tree: Tree = reader.read(expression)
        too_deep = _finish(tree)
    except LexerError as error:
        return SyntaxFailure(error.lexer_position, _lexer_reason(error), tuple(reader.cut))
    except IncompleteExpressionError:
        return SyntaxFailure(len(expression.rstrip()), "end", tuple(reader.cut))
    except JMESPathError as error:
        offset = getattr(error, "lex_position", 0)
        return SyntaxFailure(offset, "token", tuple(reader.cut))
    except RecursionError:
        return SyntaxFailure(0, "depth")
    if too_deep is not None:
        return SyntaxFailure(too_deep, "depth")
    return tree


def walk(tree: Tree) -> Iterator[Tree]:
    """Go through a tree's nodes, each before its children."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(child for child in reversed(node["children"]) if isinstance(child, dict))


def _lexer_reason(error: LexerError) -> str:
    if error.message.startswith("Unclosed"):
        return "unclosed"
    return "literal" if error.message.startswith("Bad token") else "character"


def _finish(tree: Tree) -> int | None:
    """Give the nodes that the grammar invents (``identity`` and the like) their parent's offset.

    Returns the offset of a node that stands too deep for the engine, or None.
    """
    waiting = [(tree, 0, 0)]
    while waiting:
        node, outer, depth = waiting.pop()
        start: int = node.setdefault("start", outer)
        if depth > MAX_DEPTH:
            return start
        waiting.extend((child, start, depth + 1) for child in node["children"] if isinstance(child, dict))
    return None


class _Lexer(_LibraryLexer):  # type: ignore[misc]
    def _consume_number(self) -> str:
        start = self._position
        digits: str = super()._consume_number()
        if len(digits) > 18:  # also keeps int() from refusing
            raise LexerError(start, digits, "Number too long")
        return digits

    def _consume_literal(self) -> Token:
        """Read a JSON literal with exact decimals; text that is not JSON is text, as in the library."""
        start = self._position
        lexeme = self._consume_until("`").replace("\\`", "`")
        try:
            value = _json(lexeme)
        except ValueError:
            try:
                value = _json(f'"{lexeme.lstrip()}"')
            except ValueError:
                raise LexerError(start, lexeme, "Bad token") from None
        except (_NotJSON, RecursionError):
            raise LexerError(start, lexeme, "Bad token") from None
        return {"type": "literal", "value": value, "start": start, "end": self._position - start}


class _NotJSON(Exception):
    """A number that JSON does not have, or that nobody could write out."""


def _json(text: str) -> Any:
    return loads(text, parse_float=_decimal, parse_int=_integer, parse_constant=_refuse_constant)


def _integer(digits: str) -> int:
    if len(digits) > 60:
        raise _NotJSON(digits)
    return int(digits)


def _decimal(digits: str) -> Decimal:
    value = Decimal(digits)
    # An exponent of a million would make a number of a million digits when written out.
    if abs(value.adjusted()) > 60 or len(digits) > 60:
        raise _NotJSON(digits)
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise _NotJSON(name)  # NaN and Infinity are not JSON


class _Parser(_LibraryParser):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.cut: list[Token] = []
        self._key_starts: list[list[int]] = []

    def read(self, expression: str) -> Tree:
        """Parse without the library's cache, which would share one tree between callers."""
        for token in _Lexer().tokenize(expression):
            self.cut.append(token)
        self._tokens = self.cut
        self._index = 0
        tree: Tree = self._expression()
        if self._current_token() != "eof":
            self._raise_parse_error_for_token(self._lookahead_token(0), "unexpected token")
        return tree

    def _expression(self, binding_power: int = 0) -> Tree:
        first = self._lookahead_token(0)
        self._advance()
        left: Tree = self._rule("nud", first["type"], self._error_nud_token)(first)
        left.setdefault("start", first["start"])
        token = self._current_token()
        while binding_power < self.BINDING_POWER[token]:
            led = self._rule("led", token, None)
            if led is None:
                self._error_led_token(self._lookahead_token(0))
            self._advance()
            # What an operator makes starts where its left side starts.
            left = led(left)
            left.setdefault("start", first["start"])
            token = self._current_token()
        return left

    def _rule(self, side: str, token: str, otherwise: Any) -> Any:
        return getattr(self, f"_token_{side}_{token}", otherwise)

    def _parse_index_expression(self) -> Tree:
        return self._placed(super()._parse_index_expression)

    def _parse_multi_select_list(self) -> Tree:
        return self._placed(super()._parse_multi_select_list)

    def _parse_multi_select_hash(self) -> Tree:
        self._key_starts.append([])
        node = self._placed(super()._parse_multi_select_hash)
        for pair, start in zip(node["children"], self._key_starts.pop(), strict=True):
            pair["start"] = start
        return node

    def _match_multiple_tokens(self, token_types: list[str]) -> None:
        # The library calls this for the keys of a multi-select hash only.
        self._key_starts[-1].append(self._lookahead_token(0)["start"])
        super()._match_multiple_tokens(token_types)

    # Each of these rules is called when its opening bracket has just been passed.
    def _placed(self, rule: Callable[[], Tree]) -> Tree:
        start = self._lookahead_token(-1)["start"]
        node = rule()
        node.setdefault("start", start)
        return node
