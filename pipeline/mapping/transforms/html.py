"""Transforms between texts and HTML."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape, unescape

from pipeline.mapping.transforms.parameters import Parameter, yes_or_no
from pipeline.mapping.transforms.registry import RunFacts, transform
from pipeline.mapping.types import TEXT, Type

_LINE_TAGS = frozenset({
    "address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "figure", "footer", "form", "h1", "h2",
    "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "table", "td", "th",
    "tr", "ul",
})  # fmt: skip
_OTHER_TAGS = frozenset({
    "a", "abbr", "acronym", "applet", "area", "audio", "b", "base", "basefont", "bdi", "bdo", "big", "body", "button",
    "canvas", "caption", "center", "cite", "code", "col", "colgroup", "data", "datalist", "del", "details", "dfn",
    "dialog", "dir", "em", "embed", "fieldset", "figcaption", "font", "frame", "frameset", "head", "hgroup", "html",
    "i", "iframe", "img", "input", "ins", "kbd", "label", "legend", "link", "map", "mark", "marquee", "math", "menu",
    "meta", "meter", "nobr", "noframes", "noscript", "object", "optgroup", "option", "output", "param", "path",
    "picture", "progress", "q", "rp", "rt", "ruby", "s", "samp", "script", "search", "select", "slot", "small",
    "source", "span", "strike", "strong", "style", "sub", "summary", "sup", "svg", "tbody", "template", "textarea",
    "tfoot", "thead", "time", "title", "track", "tt", "u", "var", "video", "wbr",
})  # fmt: skip
_TAGS = _LINE_TAGS | _OTHER_TAGS
"""What HTML has; other words in angle brackets, such as <new>, are a menu's own. Names with a colon are an office's."""
_HIDDEN_END = {
    name: re.compile(rf"</{name}\b", re.IGNORECASE | re.ASCII) for name in ("script", "style", "template", "title")
}

_MARK = re.compile(r"</?([a-zA-Z][a-zA-Z0-9:-]*)|<!--|<[!?]")
_TAG_SIGN = re.compile("[>\"']")
_SPACES = re.compile(r"[^\S\n]+")
_LINE_BREAKS = re.compile(r" ?\n[ \n]*")
_ENDLESS_ENTITY = re.compile(r"&#(?:[0-9]{8,}|[xX][0-9a-fA-F]{8,});?")
_UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class _Marks:
    """Finds where the marks of an HTML text end, in time that grows with its length and no faster.

    The standard library's parser takes minutes for some texts and fails on others, and a menu's
    texts are anybody's. What can no longer end is known beforehand: it is then text.
    """

    def __init__(self, value: str) -> None:
        self.value = value
        self.last = {sign: value.rfind(sign) for sign in (">", "-->", '"', "'")}

    def end(self, start: int, mark: re.Match[str]) -> int:
        """Give the position behind the tag or comment that begins at ``start``, or -1 where it does not end."""
        if mark[0] == "<!--" and self.last["-->"] >= start:
            return self.value.find("-->", start) + 3
        if self.last[">"] < start:
            return -1
        position = mark.end()
        while (sign := _TAG_SIGN.search(self.value, position)) is not None:
            position = sign.end()
            if sign[0] == ">":
                return position
            if self.last[sign[0]] >= position:  # a quoted attribute, which may hold a >
                position = self.value.find(sign[0], position) + 1
        self.last[">"] = -1
        return -1


def html_to_text(value: str) -> str:
    """Give the text that a browser would show of a piece of HTML, each block on its own line.

    Line breaks of the text itself stay, and so does ``<`` that begins no tag of HTML.

    >>> html_to_text("<b>Hot</b> &amp; 5 < 6"), html_to_text("Burger <new>")
    ('Hot & 5 < 6', 'Burger <new>')
    """
    if "<" not in value:
        return _characters(value)
    marks, parts, position, has_tags = _Marks(value), [], 0, False
    while (start := value.find("<", position)) >= 0:
        parts.append(_characters(value[position:start]))
        mark = _MARK.match(value, start)
        name = (mark[1] or "").lower() if mark else ""
        is_tag = mark is not None and (not name or name in _TAGS or ":" in name)
        end = marks.end(start, mark) if mark is not None and is_tag else -1
        if mark is None or end < 0:
            parts.append("<")
            position = start + 1
            continue
        has_tags, position = True, end
        if name in _LINE_TAGS:
            parts.append("\n")
        elif name in _HIDDEN_END and mark[0][1] != "/":
            closing = _HIDDEN_END[name].search(value, end)
            position = closing.start() if closing else len(value)
    parts.append(_characters(value[position:]))
    shown = "".join(parts)
    return _LINE_BREAKS.sub("\n", _SPACES.sub(" ", shown)).strip() if has_tags else shown


def _characters(value: str) -> str:
    """Write entities as characters, but for those that no text should hold (control, change of direction)."""
    if "&" not in value:
        return value
    return _UNWANTED.sub("", unescape(_ENDLESS_ENTITY.sub("\ufffd", value)))


@transform(
    takes="text",
    gives=lambda value, options, tables: Type("text", max_length=value.max_length),
    examples=(
        ("<p>Rice &amp; <b>beans</b></p><p>Hot</p>", None, "Rice & beans\nHot"),
        ("Two<br/>lines", None, "Two\nlines"),
        ("Under 5 < 6 &euro;", None, "Under 5 < 6 €"),
        ('<a title="a > b">Tea</a><script>alert(1)</script>', None, "Tea"),
        ("Burger <new>", None, "Burger <new>"),
    ),
)
def strip_html(run: RunFacts) -> Callable[[str], str]:
    """Takes HTML tags away and writes entities such as `&euro;` as characters; paragraphs become line breaks."""
    return html_to_text


@transform(
    takes="text",
    gives=TEXT,
    parameters=(Parameter("paragraphs", yes_or_no(), "whether an empty line begins a new `<p>`", True),),
    examples=(
        ("Rice & beans\nhot\n\nMild", None, "<p>Rice &amp; beans<br>hot</p><p>Mild</p>"),
        ("Rice\nbeans", {"paragraphs": False}, "Rice<br>beans"),
    ),
)
def html(run: RunFacts, paragraphs: bool) -> Callable[[str], str]:
    """Makes HTML of a plain text: the signs that HTML reserves are escaped, line breaks become `<br>` and `<p>`."""

    def lines(value: str) -> str:
        return "<br>".join(escape(value, quote=False).splitlines())

    def make(value: str) -> str:
        if not paragraphs:
            return lines(value)
        return "".join(f"<p>{lines(part.strip())}</p>" for part in _EMPTY_LINES.split(value) if part.strip())

    return make


_EMPTY_LINES = re.compile(r"\n[^\S\n]*\n")
