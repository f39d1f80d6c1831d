"""What is measured against each other makes the same bytes, or the figures would say nothing."""

from __future__ import annotations

import pytest

from benchmarks.enlarged import enlarged
from benchmarks.mapping import GOALS, MENUS, SHAPES, Contest, loading, ratios, report
from tests.shared_files import shared_path


@pytest.mark.parametrize("menu", MENUS)
@pytest.mark.parametrize("shape", SHAPES)
def test_compiled_walked_and_written_by_hand_make_the_same_bytes(shape: str, menu: str) -> None:
    contest = Contest(shape, enlarged(shared_path(menu), 30))
    contest.agree()
    assert len(contest.bytes_to_bytes()) > 10_000


def test_every_goal_has_figures() -> None:
    figures = report("flat", MENUS[0], 20, rounds=1)
    named = {ratio.goal for ratio in ratios(figures, before=figures)} | {"loading"}
    assert named == GOALS.keys()
    assert {name for name, _ in loading(rounds=1)} >= {"doordash", "grubhub", "ubereats"}
