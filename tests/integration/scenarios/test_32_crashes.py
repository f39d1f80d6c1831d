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
from pipeline.sync.asking.service import Requested
from tests.live import RESTAURANT, Live
from tests.platforms import PLATFORMS
from tests.shared_files import REPOSITORY


def jobs(live: Live, platform: str) -> int:
    """Count the jobs that the platform has begun for the restaurant."""
    return len(live.sandbox.get(f"{platform}/jobs?store={live.sandbox.store(platform)}")["jobs"])


REQUESTS = {"doordash": 2, "grubhub": 3, "ubereats": 2}
"""Requests of a first publish: reading what stands there, then each step's."""
PLACES = [
    *((platform, point, on) for platform, count in REQUESTS.items()
      for point in ("before-send", "after-send") for on in range(1, count + 1)),
    *((platform, "after-record", on) for platform, count in REQUESTS.items() for on in range(1, count)),
    *((platform, point, 1) for platform in REQUESTS for point in ("before-finish", "after-finish")),
]  # fmt: skip


def environment_of(live: Live) -> dict[str, str]:
    """Give the environment of another process on the same store."""
    settings = live.runtime.settings
    return {
        **os.environ,
        "PLATFORM_CONFIGS": json.dumps(live.sandbox.configs),
        "SYNC_DATABASE": str(settings.sync_database),
        "SIGNING_KEY": settings.signing_key.get_secret_value(),
        "PUBLIC_BASE_URL": settings.public_base_url,
    }


def killed_at(live: Live, folder: Path, platform: str, point: str, on: int = 1, *sold_out: str) -> Operation:
    """Publish, or tell what is sold out, in another process that is killed at the point; gives what it leaves."""
    menu = folder / "menu.json"
    menu.write_text(json.dumps(live.menu))
    environment = {**environment_of(live), "MENU_SYNC_CRASH_AT": point, "MENU_SYNC_CRASH_ON": str(on)}
    done = subprocess.run(
        [sys.executable, "-m", "tests.crash_process", RESTAURANT, platform, str(menu), *sold_out],
        cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, (done.returncode, done.stdout, done.stderr[-2000:])
    left = live.store.operation(json.loads(done.stdout.splitlines()[0])["operation_id"])
    assert left is not None
    return left


@pytest.mark.parametrize(("platform", "point", "on"), PLACES)
def test_32_a_process_that_was_killed_loses_nothing_and_sends_nothing_twice(
    live: Live, tmp_path: Path, platform: str, point: str, on: int
) -> None:
    left = killed_at(live, tmp_path, platform, point, on)
    if point != "after-finish":
        assert left.state == State.IN_PROGRESS
        assert live.sweep() == []  # its lease still holds others off
    live.turn(seconds=95)
    status = live.until_synced(platform)
    assert status.accepted_operation == left.operation_id
    # Whether the last request had been answered, and nobody had written that down.
    lost = point == "before-finish" or (point == "after-send" and on == REQUESTS[platform])
    if platform == "ubereats":  # a PUT has no job; where nobody can be asked the same is put again
        assert live.sandbox.count(platform, method="PUT", path="menus$") == (2 if lost else 1)
    else:
        # Grubhub's jobs cannot be found without their id: a second one is harmless there, and declared so.
        assert jobs(live, platform) == (2 if lost and platform == "grubhub" else 1)
    changed = live.sandbox.get(f"{platform}/menus?store={live.sandbox.store(platform)}")
    assert "Steak" in json.dumps(changed)
    assert live.store.due(live.clock()) == []


@pytest.mark.parametrize("point", ["before-send", "after-send", "after-record", "before-finish", "after-finish"])
@pytest.mark.parametrize("platform", PLATFORMS)
def test_32_what_is_sold_out_is_told_although_the_process_was_killed(
    live: Live, tmp_path: Path, platform: str, point: str
) -> None:
    live.publish(platform)
    left = killed_at(live, tmp_path, platform, point, 1, "i-3", "i-4")
    live.turn(seconds=95)
    done = live.settle(left)
    if platform == "grubhub" and point != "after-finish":
        # Each call adds there, and nothing tells whether one arrived: people are told, who look and then retry.
        assert live.error(done).code == "outcome-unknown"
        again = live.runtime.service.retry(done.error_id, by="tester")
        assert isinstance(again, Requested)
        done = live.settle(again.operation)
    assert done.state == State.SYNCED, done.error
    assert {entry.id: entry.told for entry in live.store.sold_out(RESTAURANT, platform)} == {"i-3": True, "i-4": True}
    held = json.dumps(live.sandbox.get(f"{platform}/availability?store={live.sandbox.store(platform)}"))
    assert all(item in held for item in ("i-3", "i-4"))
    assert live.store.list_errors(status="open").items == []


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
