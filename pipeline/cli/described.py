"""Commands that carry their examples and the shape of their JSON, for ``--help`` and ``docs/cli.md`` alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

from pipeline.mapping_files import mapping_files


class DescribedCommand(click.Command):
    """A click command with examples; :class:`DescribedGroup` is one with commands of its own.

    ``examples`` are written without the program's name; ``{platform}`` in them becomes a platform
    that there is. ``json_examples`` holds, by the options that ask for it, JSON with the keys that it always has.
    """

    def __init__(
        self, *args: Any, examples: Sequence[str], json_examples: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.examples = tuple(examples)
        self.json_examples = dict(json_examples or {})

    def examples_for(self, program: str) -> list[str]:
        """Give the examples as they are typed."""
        platform = next(iter(mapping_files()), "PLATFORM")
        return [f"{program} {example.replace('{platform}', platform)}" for example in self.examples]

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples below the options."""
        with formatter.section("Examples" if len(self.examples) > 1 else "Example"):
            for example in self.examples_for(ctx.find_root().info_name or "menu-sync"):
                formatter.write(f"{'':>{formatter.current_indent}}{example}\n")
        super().format_epilog(ctx, formatter)


class DescribedGroup(DescribedCommand, click.Group):
    """A group of commands with examples of its own."""
