"""What commands that look at a menu file share: the menu that is meant, and the environment's values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline.cli.errors import Failure, WrongUse
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


def fetched(restaurant: str, platform: str) -> tuple[Reading, dict[str, Any]]:
    """Give a restaurant's menu as the menu service gives it, and its settings on a platform, as far as there are any.

    Raises Failure where the service gives no menu.
    """
    from connectors.menu_service import SourceFailure
    from pipeline.cli.running import run
    from pipeline.sync.places import Place, place_of
    from pipeline.sync.runtime import Runtime

    async def work(runtime: Runtime) -> tuple[Reading, dict[str, Any]]:
        tools = runtime.engine.tools
        got = await runtime.engine.menus.get(restaurant, tools.now())
        if isinstance(got, SourceFailure):
            raise Failure(got.message)
        place = place_of(tools.store, tools.shelf, restaurant, platform)
        settings = dict(place.settings) if isinstance(place, Place) else {}
        return Reading(got.menu, got.findings), settings

    return run(work)
