"""What tests of the SQLite store share."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta

import pytest

from pipeline.store.protocol import StoreError
from tests.shared_files import REPOSITORY

SHORT = timedelta(milliseconds=50)


def refusal(do: Callable[[], object]) -> StoreError:
    """Give the StoreError that a call raises: one sentence, with nothing of SQLite's own behind it."""
    with pytest.raises(StoreError) as caught:
        do()
    text = str(caught.value)
    assert text.endswith(".")
    assert "\n" not in text
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return caught.value


def run(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
