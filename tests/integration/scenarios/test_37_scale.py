"""Scenario 37: one menu for many stores on every platform: limits hold, progress is seen, few failures stay few."""

from __future__ import annotations

import copy
import json
import os
import pty
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors import connector
from connectors.limits import Gate
from pipeline.store.records import State
from pipeline.sync.asking.service import Requested
from tests.live import Live, served, small_menu, until
from tests.platforms import PLATFORMS
from tests.servers.menu_service import KEY, menu_server
from tests.servers.sandbox import SandboxServer, start_sandbox, stop_sandbox
from tests.shared_files import REPOSITORY

STORES = 1000
"""Grubhub takes 200 requests in a minute, and each of its publishes makes four: by the clock it takes 20 minutes."""
COMMANDS_STORES = 40
SWITCHED_OFF = {"doordash": 7, "grubhub": 431, "ubereats": 829}
"""The number of the store that each platform does not know."""


def store_id(platform: str, number: int) -> str:
    """Give a store's id in the form that the platform's ids have."""
    return {"doordash": f"dd-{number}", "grubhub": f"{7_000_000 + number}"}.get(
        platform, f"2b6c1a52-9b1c-4d3e-8f00-{number:012}"
    )


def restaurant(number: int) -> str:
    """Give a restaurant's id."""
    return f"bulk_{number:04}"


def master_menu(number: int) -> dict[str, Any]:
    """Give the one menu of all stores, of one dish."""
    menu = small_menu(restaurant(number))
    return {**menu, "items": menu["items"][:1], "categories": menu["categories"][:1], "modifier_groups": []}


def with_stores(sandbox: SandboxServer, stores: int, *, unknown: dict[str, int]) -> SandboxServer:
    """Give the sandbox with so many stores on each platform, but for those that it is not to know."""
    configs = copy.deepcopy(sandbox.configs)
    for platform, config in configs.items():
        seed = next(iter(config["stores"].values()))
        config["stores"] = {
            restaurant(number): {**seed, "store_id": store_id(platform, number)} for number in range(stores)
        }
        known = [{"id": store_id(platform, number)} for number in range(stores) if number != unknown.get(platform)]
        sandbox.post(f"{platform}/stores", known)
    return replace(sandbox, configs=configs)


@pytest.fixture
def own_sandbox() -> Iterator[SandboxServer]:
    """Run a sandbox of its own, whose clock this test alone turns on."""
    process, configs = start_sandbox("--time-scale", "200", "--seed", "rest_001")
    try:
        address = next(iter(configs.values()))["base_url"].rpartition("/")[0]
        with httpx.Client(base_url=address, timeout=30) as client:
            yield SandboxServer(address, configs, client)
    finally:
        stop_sandbox(process)


def states(live: Live, stores: int) -> Counter[State]:
    """Count where all stores stand on all platforms."""
    return Counter(status.state for number in range(stores) for status in live.store.statuses(restaurant(number)))


def by_platform(live: Live, platform: str, stores: int) -> Counter[State]:
    """Count where all stores stand on one platform."""
    return Counter(live.status(platform, restaurant(number)).state for number in range(stores))


def test_37_one_menu_for_all_stores_of_all_platforms_of_which_three_fail(
    own_sandbox: SandboxServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = with_stores(own_sandbox, STORES, unknown=SWITCHED_OFF)
    with served(sandbox, tmp_path) as live:
        paced_by(live, monkeypatch)
        began = live.clock()
        for number in range(STORES):
            live.source.menus[restaurant(number)] = master_menu(number)
            live.ask(*PLATFORMS, restaurant=restaurant(number))
        seen = [states(live, STORES)]
        over = Counter({State.SYNCED: 3 * STORES - 3, State.FAILED: 3})
        for _ in range(120):
            while live.sweep():
                seen.append(states(live, STORES))
            if seen[-1] == over:  # on a busy machine more may fail on the way, and are caught up with
                break
            turn(live)
        assert seen[0] == Counter({State.PENDING: 3 * STORES})
        assert seen[-1] == over
        synced = [found[State.SYNCED] for found in seen]
        assert synced == sorted(synced)
        assert len(set(synced)) > 3  # it is seen how far it is, not only that it is over
        for platform in PLATFORMS:
            assert by_platform(live, platform, STORES) == Counter({State.SYNCED: STORES - 1, State.FAILED: 1})
            # The sandbox holds requests to the platform's limits and tells whoever hurries; it keeps the last thousand.
            asked = sandbox.http.get(f"/_sandbox/{platform}/requests").raise_for_status().json()
            assert 429 not in {each["status"] for each in asked["requests"]}
            if platform == "grubhub":
                minutes = (live.clock() - began) // timedelta(minutes=1) + 1
                assert STORES * 3 < asked["count"] <= 200 * (minutes + 1)
        failed = live.store.list_errors(status="open").items
        assert {(error.platform, error.restaurant_id) for error in failed} == {
            (platform, restaurant(number)) for platform, number in SWITCHED_OFF.items()
        }
        for platform, number in SWITCHED_OFF.items():
            sandbox.post(f"{platform}/stores", [{"id": store_id(platform, number)}])
        for error in failed:
            assert isinstance(live.runtime.service.retry(error.error_id, by="tester"), Requested)
        for platform in PLATFORMS:
            settle(live, platform, restaurant(SWITCHED_OFF[platform]))
        assert states(live, STORES) == Counter({State.SYNCED: 3 * STORES})
        assert not any(live.store.error_depth().values())


def paced_by(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let limits count by the test's clock, and give work back instead of sleeping until they let it go on."""

    class Paced(Gate):
        def __init__(self, limits: Any, clock: Any, sleep: Any, patience: timedelta) -> None:
            super().__init__(limits, live.clock, sleep, timedelta())

    monkeypatch.setattr(connector, "Gate", Paced)


def turn(live: Live) -> None:
    """Turn all clocks on by a minute, once no platform is at work: its jobs take real time."""
    until(lambda: not any(job["running"] for name in PLATFORMS for job in live.sandbox.get(f"{name}/jobs")["jobs"]))
    live.turn(seconds=61)
    live.sandbox.post("clock", {"advance": 61})


def settle(live: Live, platform: str, where: str) -> None:
    """Do what is due until one store is up to date."""
    for _ in range(40):
        live.sweep()
        if live.status(platform, where).state == State.SYNCED:
            return
        turn(live)
    pytest.fail(f"{where} is still {live.status(platform, where)}")


def test_37_a_command_shows_how_far_it_is_and_tries_the_failed_ones_again_as_a_set(
    own_sandbox: SandboxServer, tmp_path: Path
) -> None:
    bad = (4, 17, 38)
    sandbox = with_stores(own_sandbox, COMMANDS_STORES, unknown={})
    with menu_server() as menus:
        environment = {
            **os.environ,
            "PLATFORM_CONFIGS": json.dumps(sandbox.configs),
            "SYNC_DATABASE": str(tmp_path / "sync.db"),
            "MENU_SERVICE_URL": menus.address,
            "MENU_SERVICE_API_KEY": KEY,
        }
        for number in range(COMMANDS_STORES):
            menus.whole(master_menu(number))
            if number in bad:
                menus.bodies.pop(f"/menus/{restaurant(number)}")
        code, out, shown = in_terminal(
            "sync", "--all", "--platform", "ubereats", "--format", "json", environment=environment
        )
        assert code == 1
        operations = json.loads(out)["operations"]
        found = Counter(each["status"] for each in operations)
        assert found == Counter({"SYNCED": COMMANDS_STORES - len(bad), "FAILED": len(bad)})
        assert "Publishing" in shown
        for done in ("1", "20", str(COMMANDS_STORES)):
            assert f"{done}/{COMMANDS_STORES}" in shown
        for number in bad:
            menus.whole(master_menu(number))
        errors = [each["error_id"] for each in operations if each["status"] == "FAILED"]
        code, out, _ = in_terminal("errors", "retry", *errors, "--format", "json", environment=environment)
        assert (code, [each["status"] for each in json.loads(out)]) == (0, ["SYNCED"] * len(bad))


def in_terminal(*arguments: str, environment: dict[str, str]) -> tuple[int, str, str]:
    """Run a command whose stderr is a terminal; gives its exit code, stdout, and what the terminal showed."""
    above, below = pty.openpty()
    shown = bytearray()

    def look() -> None:
        try:
            while piece := os.read(above, 4096):
                shown.extend(piece)
        except OSError:  # the other end was closed: the command is over
            return

    watching = threading.Thread(target=look)
    watching.start()
    try:
        done = subprocess.run(
            [sys.executable, "cli.py", *arguments],
            cwd=REPOSITORY, env=environment, stdout=subprocess.PIPE, stderr=below, text=True, timeout=120, check=False,
        )  # fmt: skip
    finally:
        os.close(below)
        watching.join(10)
        os.close(above)
    return done.returncode, done.stdout, shown.decode()
