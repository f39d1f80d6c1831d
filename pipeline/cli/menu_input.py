"""What commands that look at a menu file share: the menu that is meant, and the environment's values."""

from __future__ import annotations

from pathlib import Path

from pipeline.cli.errors import WrongUse
from pipeline.cli.files import STANDARD, read_file
from pipeline.mapping.compiled import CompiledMapping
from pipeline.mapping.nearest import did_you_mean
from pipeline.reading import Reading, read_menu
from pipeline.reading import read_file as read_menu_file


def read_menu_input(menu: str) -> Reading:
    """Read a menu; a name that means no file is wrong usage, a pipe is read as far as a menu can be long."""
    try:
        plain = menu != STANDARD and Path(menu).is_file()
    except (OSError, ValueError):
        plain = False
    return read_menu_file(menu) if plain else read_menu(read_file(menu, "the menu"))


def environment_values(mapping: CompiledMapping, name: str) -> dict[str, str]:
    """Give what stands under one of a mapping's environments; raises :class:`WrongUse` for an unknown one."""
    environments = mapping.document.environments
    if name in environments:
        return dict(environments[name])
    if not environments and name == "sandbox":  # the option's default; the mapping has none to choose from
        return {}
    known = f"It has {', '.join(environments)}." if environments else "It has none."
    hint = did_you_mean(name, environments)
    sentence = f"{mapping.document.title or mapping.platform} has no environment `{name[:80]}`."
    raise WrongUse(" ".join(part for part in (sentence, hint, known) if part))
