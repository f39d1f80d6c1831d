"""What commands that look at a menu file share: the menu that is meant, and the environment's values."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.cli.errors import Failure, WrongUse
from pipeline.cli.files import STANDARD, read_file
from pipeline.mapping.compiled import CompiledMapping
from pipeline.mapping.nearest import did_you_mean
from pipeline.menu import Menu
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


@dataclass(frozen=True, slots=True)
class AtRestaurant:
    """A restaurant's menu as the menu service gives it, and what is kept of the restaurant on one platform.

    ``published`` is the menu that the platform took last, None where it has taken none.
    """

    reading: Reading
    settings: dict[str, Any] = field(default_factory=dict)
    published: Menu | None = None
    saved: dict[str, Any] = field(default_factory=dict)
    external_menu_id: str | None = None


def fetched(restaurant: str, platform: str) -> AtRestaurant:
    """Ask the menu service for a restaurant's menu, and the store for what is kept of it on a platform.

    Raises Failure where the service gives no menu.
    """
    from connectors.menu_service import SourceFailure
    from pipeline.cli.running import run
    from pipeline.sync.menus import published_menu
    from pipeline.sync.places import Place, place_of
    from pipeline.sync.runtime import Runtime

    async def work(runtime: Runtime) -> AtRestaurant:
        tools = runtime.engine.tools
        got = await runtime.engine.menus.get(restaurant, tools.now())
        if isinstance(got, SourceFailure):
            raise Failure(got.message)
        place = place_of(tools.store, tools.shelf, restaurant, platform)
        settings = dict(place.settings) if isinstance(place, Place) else {}
        status = tools.store.status(restaurant, platform)
        reading = Reading(got.menu, got.findings)
        if status is None:
            return AtRestaurant(reading, settings)
        published = published_menu(tools.store, status)
        return AtRestaurant(reading, settings, published, status.saved, status.external_menu_id)

    return run(work)
