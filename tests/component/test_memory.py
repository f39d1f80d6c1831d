"""What a run has made goes with it."""

from __future__ import annotations

import gc

import pytest

from pipeline.collector import collector_paused
from pipeline.preview import preview
from pipeline.reading import read_menu
from tests.platforms import NOW, PLATFORMS, SETTINGS, compiled, menu_files


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_run_leaves_nothing_large_in_circles(platform: str) -> None:
    """What it made goes when nobody holds it any more, without waiting for the cycle collector."""
    mapping = compiled(platform)
    menu = read_menu(max(menu_files(), key=lambda path: path.stat().st_size).read_bytes()).menu
    assert menu is not None

    def run() -> int:
        made = preview(mapping, menu, store=SETTINGS[platform], now=NOW)
        assert made.shaped is not None
        assert made.facts is not None
        payload, recording = mapping.record(made.shaped.restaurant, made.shaped.menu, made.facts)
        assert payload
        assert recording
        return gc.get_count()[0]  # how much was made that the collector would look at

    run()  # what is made once stays
    gc.collect()
    with collector_paused():
        recorded = run()
        assert recorded > 20_000
        assert gc.collect() < recorded / 10
