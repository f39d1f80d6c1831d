"""Mistakes at random places of shipped mappings are found, at the right line and by the right code."""

from __future__ import annotations

import random

import pytest

from tests.mutations.making import OPERATORS
from tests.mutations.source import MAPPINGS
from tests.mutations.trying import caught, found, make, mutations, sources


def test_of_a_hundred_mistakes_nearly_all_are_caught() -> None:
    passed = [made.what for made in mutations(seed=11, count=100) if not caught(made, found(made, MAPPINGS))]
    assert len(passed) <= 5, passed


@pytest.mark.parametrize("name", OPERATORS)
def test_every_kind_of_mistake_is_caught_somewhere(name: str) -> None:
    tried = [made for seed in range(3) for source in sources() if (made := make(name, source, random.Random(seed)))]
    assert tried
    assert any(caught(made, found(made, MAPPINGS)) for made in tried)


def test_a_seed_makes_the_same_mistakes_again() -> None:
    assert [made.what for made in mutations(3, 30)] == [made.what for made in mutations(3, 30)]


def test_shipped_mappings_without_a_mistake_are_not_taken_for_caught() -> None:
    for made in mutations(5, 10):
        assert not caught(made, ())
