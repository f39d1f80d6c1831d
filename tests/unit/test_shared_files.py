"""The files that tests are run on are really there."""

from __future__ import annotations

import json

from tests.shared_files import COMMITTABLE, EXAMPLE_MENUS, bad_menus, real_menus, shared_path


def test_all_shared_menus_are_found():
    shared_path("menus")
    assert (len(real_menus()), len(bad_menus())) == (15, 12)


def test_no_real_menu_without_an_open_licence_is_committed():
    """By name and by restaurant, as a copy may have another name; a made-up menu may be committed."""
    shared_path("menus")
    real = {json.loads(path.read_text())["restaurant"]["restaurant_id"] for path in real_menus()}
    real |= {path.stem for path in real_menus()}
    committed = list(EXAMPLE_MENUS.glob("*.json"))
    found = {json.loads(path.read_text())["restaurant"]["restaurant_id"] for path in committed}
    found |= {path.stem for path in committed}
    assert found & real
    assert found & real <= set(COMMITTABLE)


def test_every_committed_real_menu_names_its_source():
    attribution = (EXAMPLE_MENUS / "ATTRIBUTION.md").read_text()
    committed = {path.stem for path in EXAMPLE_MENUS.glob("*.json")} & set(COMMITTABLE)
    assert committed
    assert [name for name in committed if f"`{name}.json`" not in attribution] == []
