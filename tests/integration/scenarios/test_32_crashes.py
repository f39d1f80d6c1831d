"""Scenario 32: whatever point a process is killed at, the next one goes on, and nothing is sent twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.store.records import Operation, State
from tests.crash_process import POINTS
from tests.live import RESTAURANT, Live
from tests.platforms import PLATFORMS
from tests.shared_files import REPOSITORY


def jobs(live: Live, platform: str) -> int:
    """Count the jobs that the platform has begun for the restaurant."""
    return len(live.sandbox.get(f"{platform}/jobs?store={live.sandbox.store(platform)}")["jobs"])


def killed_at(live: Live, folder: Path, platform: str, point: str, on: int = 1) -> Operation:
    """Publish in another process that is killed at the point; gives the operation that it leaves behind."""
    menu = folder / "menu.json"
    menu.write_text(json.dumps(live.menu))
    settings = live.runtime.settings
    environment = {
        **os.environ,
        "MENU_SYNC_CRASH_AT": point,
        "MENU_SYNC_CRASH_ON": str(on),
        "PLATFORM_CONFIGS": json.dumps(live.sandbox.configs),
        "SYNC_DATABASE": str(settings.sync_database),
        "SIGNING_KEY": settings.signing_key.get_secret_value(),
        "PUBLIC_BASE_URL": settings.public_base_url,
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.crash_process", RESTAURANT, platform, str(menu)],
        cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, (done.returncode, done.stdout, done.stderr[-2000:])
    left = live.store.operation(json.loads(done.stdout.splitlines()[0])["operation_id"])
    assert left is not None
    return left


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("platform", PLATFORMS)
def test_32_a_process_that_was_killed_loses_nothing_and_sends_nothing_twice(
    live: Live, tmp_path: Path, platform: str, point: str
) -> None:
    # The first request of a first publish reads what stands there; the second is the first that changes something.
    on = {"before-send": 2, "after-send": 3 if platform == "grubhub" else 2}.get(point, 1)
    left = killed_at(live, tmp_path, platform, point, on)
    assert left.state in (State.IN_PROGRESS, State.PROCESSING)
    assert live.sweep() == []  # its lease still holds others off
    live.turn(seconds=95)
    status = live.until_synced(platform)
    assert status.accepted_operation == left.operation_id
    if platform == "ubereats":  # a PUT has no job; where nobody can be asked the same is put again
        puts = live.sandbox.count(platform, method="PUT", path="menus$")
        assert puts == (2 if point in ("after-send", "before-finish") else 1)
    else:
        # Grubhub's jobs cannot be found without their id: a second one is harmless there, and declared so.
        lost = platform == "grubhub" and point in ("after-send", "before-finish")
        assert jobs(live, platform) == (2 if lost else 1)
    changed = live.sandbox.get(f"{platform}/menus?store={live.sandbox.store(platform)}")
    assert "Steak" in json.dumps(changed)
    assert live.store.due(live.clock()) == []


def test_32_a_job_that_was_accepted_before_the_crash_is_not_started_again(live: Live, tmp_path: Path) -> None:
    rule = live.sandbox.fault("job", "doordash", how="never_ends", times=1)
    left = killed_at(live, tmp_path, "doordash", "after-send", 2)
    assert left.sending
    assert live.sandbox.fired(rule) == 1
    live.turn(seconds=95)
    live.sweep()
    live.turn(seconds=65)  # it is waited for a message before the platform is asked by sending again
    live.sweep()
    taken_up = live.store.operation(left.operation_id)
    assert taken_up is not None
    assert taken_up.state == State.PROCESSING
    assert jobs(live, "doordash") == 1


def test_32_a_killed_process_that_waited_is_followed_by_another(live: Live, tmp_path: Path) -> None:
    left = killed_at(live, tmp_path, "doordash", "after-finish")
    assert left.state == State.PROCESSING
    assert live.until_synced("doordash").accepted_operation == left.operation_id
    assert jobs(live, "doordash") == 1
