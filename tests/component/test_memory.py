"""What a run has made goes with it."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from pipeline.collector import YOUNG, collector_paused, settle
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


class Knot:
    """A value that holds itself."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def collector() -> Iterator[None]:
    """Leave the collector as it was."""
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


@pytest.mark.usefixtures("collector")
def test_what_a_settled_process_has_stays_and_what_comes_later_goes() -> None:
    held = Knot()
    gone_before = weakref.ref(Knot())
    settle()
    assert gone_before() is None, "nothing is kept that was over by then"
    assert not any(each is held for each in gc.get_objects()), "the collector looks through it no more"
    gone_later = [weakref.ref(Knot()) for _ in range(YOUNG + 1_000)]
    assert gone_later[0]() is None, "what goes round is still found, if not after every 700 values"
