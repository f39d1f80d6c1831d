"""Transforms between texts and HTML."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape, unescape
from html.parser import HTMLParser

from pipeline.mapping.transforms.parameters import Parameter, yes_or_no
from pipeline.mapping.transforms.registry import RunFacts, transform
from pipeline.mapping.types import TEXT

_BREAKS = frozenset({"br", "hr"})
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "dd", "div", "dl", "dt", "figure", "footer", "form", "h1", "h2", "h3",
    "h4", "h5", "h6", "header", "li", "main", "nav", "ol", "p", "pre", "section", "table", "td", "th", "tr", "ul",
})  # fmt: skip
_HIDDEN = frozenset({"script", "style", "template", "title"})
_MARKUP = re.compile(r"[<&]")
_TAG_START = re.compile(r"</?[a-zA-Z]|<!")
_SPACES = re.compile(r"[^\S\n]+")
_LINE_BREAKS = re.compile(r" ?\n[ \n]*")


class _TextParser(HTMLParser):
    """Collects what a browser would show, with a line break where a block ends."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _HIDDEN:
            self.hidden += 1
        elif tag in _BREAKS or tag in _BLOCKS:
            self.parts.append("\n")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BREAKS or tag in _BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN:
            self.hidden = max(self.hidden - 1, 0)
        elif tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.parts.append(data)


def html_to_text(value: str) -> str:
    """Give the text that a browser would show of a piece of HTML.

    Texts without a tag keep their line breaks; ``<`` that begins no tag (``a < b``) stays.
    """
    if not _MARKUP.search(value):
        return value
    if not _TAG_START.search(value):
        return unescape(value)
    parser = _TextParser()
    parser.feed(value)
    parser.close()
    shown = _SPACES.sub(" ", "".join(parser.parts))
    return _LINE_BREAKS.sub("\n", shown).strip()


@transform(
    takes="text",
    gives=TEXT,
    examples=(
        ("<p>Rice &amp; <b>beans</b></p><p>Hot</p>", None, "Rice & beans\nHot"),
        ("Two<br/>lines", None, "Two\nlines"),
        ("Under 5 < 6 &euro;", None, "Under 5 < 6 €"),
        ("Tea<script>alert(1)</script>", None, "Tea"),
    ),
)
def strip_html(run: RunFacts) -> Callable[[str], str]:
    """Takes HTML tags away and writes entities (&amp;euro;) as characters; paragraphs become line breaks."""
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
    """Makes HTML of a plain text: signs that HTML reserves are escaped, line breaks become breaks and paragraphs."""

    def lines(value: str) -> str:
        return "<br>".join(escape(value, quote=False).splitlines())

    def make(value: str) -> str:
        if not paragraphs:
            return lines(value)
        return "".join(f"<p>{lines(part.strip())}</p>" for part in re.split(r"\n\s*\n", value) if part.strip())

    return make
