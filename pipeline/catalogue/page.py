"""The page ``docs/findings.md``, made of the catalogue."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.catalogue import AREAS, Entry, catalogue

HEAD = """\
# Findings

Made by `make generated` from `pipeline/catalogue`; not edited by hand. `python cli.py validate` tells what is wrong
with mappings before any menu is read, with file, line and column; `validate --fix` repairs what can only be meant one
way.

`error` and `hold` keep a menu from being published, a `warning` and a `note` do not. The severity given here is the
usual one. Examples are fields of one dish (`item`), unless they begin with a section's name.
"""


def markdown() -> str:
    """Give the page's text."""
    parts = [HEAD]
    entries = catalogue().values()
    for area, heading in AREAS.items():
        parts.append(f"- [{heading}](#{_anchor(heading)})")
        parts += [
            f"  - [`{entry.code}`](#{entry.code}): {_inline(entry.title)}" for entry in entries if entry.area == area
        ]
    for area, heading in AREAS.items():
        parts += ["", f"## {heading}"]
        for entry in entries:
            if entry.area == area:
                parts += _section(entry)
    return "\n".join(parts) + "\n"


def _section(entry: Entry) -> Iterator[str]:
    yield ""
    yield f"### {entry.code}"
    yield ""
    yield f"`{entry.severity}`: {entry.title}."
    if entry.about.rstrip(".").casefold() != entry.title.casefold():
        yield ""
        yield entry.about
    for heading, example in (("Wrong:", entry.wrong), ("Right:", entry.right)):
        if example:
            yield ""
            yield heading
            yield ""
            yield "```yaml"
            yield _visible(example.rstrip("\n"))
            yield "```"


def _visible(text: str) -> str:
    """Show what cannot be seen."""
    return text.replace("\t", "→   ").replace("\u00a0", "⍽").replace("\u202e", "�")


def _inline(text: str) -> str:
    return " ".join(text.split())


def _anchor(heading: str) -> str:
    return "".join(c for c in heading.lower() if c.isalnum() or c in " -").replace(" ", "-")
