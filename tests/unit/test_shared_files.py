"""The files that tests are run on are really there."""

from __future__ import annotations

from tests.shared_files import COMMITTABLE, EXAMPLE_MENUS, bad_menus, real_menus, shared_path


def test_all_shared_menus_are_found():
    shared_path("menus")
    assert (len(real_menus()), len(bad_menus())) == (15, 12)


def test_committed_example_menus_are_open_ones():
    committed = {path.stem for path in EXAMPLE_MENUS.glob("*.json")}
    assert committed
    assert committed <= set(COMMITTABLE)
