"""A draft's text: the payload with all that its formulas need beside it, and what comes next."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.drafting.guesses import Needs
from pipeline.drafting.writing import Branch, Leaf, lines, quoted, scalar


@dataclass(slots=True)
class Facts:
    """What a sample shows of how the menu has to be shaped, and the keys that no mapping can write."""

    nested_categories: bool = False
    sizes: bool = False
    skipped: dict[str, None] = field(default_factory=dict)


def mapping_text(platform: str, tree: Branch, needs: Needs, facts: Facts, schema: str) -> str:
    """Write the whole mapping; each leaf learns its line."""
    head = [
        f"# yaml-language-server: $schema={schema}",
        "#",
        "# A draft made from a sample payload. Read every line; remarks that start with `check:` say what is not sure.",
        "# `python cli.py validate` tells what is wrong with it, `python cli.py dry-run` what it makes of a menu.",
        "",
        f"platform: {platform}",
        f"title: {scalar(Leaf(platform.replace('_', ' ').title()))}",
        "format: 1",
        "",
        "shape:",
        f'  category_nesting: {{levels: {2 if facts.nested_categories else 1}, join: " / "}}',
        "  prices:",
        f"    channels: [{platform}, delivery]",
        f"  sizes: {'keep' if facts.sizes else 'modifier_group'}",
        "  empty_categories: drop",
        "",
    ]
    if facts.skipped:
        listed = ", ".join(quoted(key) for key in facts.skipped)
        head[4:4] = [
            f"# check: the sample's keys {listed} are left out, because keys that start with $ are instructions."
        ]
    if needs.tables:
        head.append("tables:")
        for name, table in needs.tables.items():
            head += [f"  {name}:", *(f"    {word}: {scalar(Leaf(value))}" for word, value in table.items())]
        head.append("")
    if needs.chains:
        head += ["transforms:", *(f"  {name}: {chain}" for name, chain in needs.chains.items()), ""]
    head.append("payload:")
    body = lines(tree, len(head) + 1)
    tail = [""]
    if needs.settings:
        tail.append("store_settings:")
        for name, example in needs.settings.items():
            tail += [
                f"  {name}:",
                f"    description: The platform's {name.replace('_', ' ')}  # check: say where a restaurant finds it",
                f"    example: {quoted(str(example))}",
            ]
        tail.append("")
    tail += [
        "# How the payload is published comes next: environments, credentials, auth, publish.",
        "# docs/new-platform.md goes through it step by step.",
    ]
    return "\n".join([*head, *body, *tail]) + "\n"
