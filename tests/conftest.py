"""What all tests share: markers by folder, and Hypothesis without time limits."""

from __future__ import annotations

from pathlib import Path

import hypothesis
import pytest
from hypothesis.internal.conjecture import providers

LEVELS = ("unit", "component", "integration", "e2e")
TESTS = Path(__file__).parent

# A slow machine is no failure, and a test that fails today must fail tomorrow.
hypothesis.settings.register_profile("steady", deadline=None, derandomize=True)
hypothesis.settings.load_profile("steady")
# Else it also draws constants out of whatever modules are imported by then, which differ with the order of tests.
providers._get_local_constants = lambda: providers._local_constants


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test with its folder's name; examples in docstrings are unit tests."""
    for item in items:
        inside = item.path.relative_to(TESTS).parts if item.path.is_relative_to(TESTS) else ()
        level = inside[0] if inside and inside[0] in LEVELS else "unit"
        item.add_marker(getattr(pytest.mark, level))
