"""Scenario 32, where it is the store that fails: a full disk, a locked file, several processes on one restaurant."""

from __future__ import annotations

import json
import random
import sqlite3
import string
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.connector import Connector
from pipeline.store.protocol import StoreBusy, StoreError
from pipeline.store.records import State
from pipeline.store.sqlite import SqliteStore
from tests.integration.scenarios.test_32_crashes import environment_of, jobs
from tests.live import RESTAURANT, Live, served, small_menu
from tests.platforms import PLATFORMS
from tests.servers.sandbox import SandboxServer
from tests.shared_files import REPOSITORY


def sent(live: Live, platform: str) -> int:
    """Count how often the menu came to the platform: its jobs, or where it has none the requests."""
    if platform == "ubereats":
        return live.sandbox.count(platform, method="PUT", path="menus$")
    return jobs(live, platform)


def long_menu() -> dict[str, Any]:
    """Give a menu that takes many pages, however it is compressed."""
    menu, letters = small_menu(), random.Random(7)
    for number in range(60):
        text = "".join(letters.choices(string.ascii_letters, k=900))
        menu["items"].append(
            {**menu["items"][0], "item_id": f"i-1{number}", "name": f"No. {number}", "description": text}
        )
    return menu


def published(live: Live, platform: str) -> tuple[State | None, str]:
    """Publish, after what is left of earlier tries; gives how it ended, or why the store did not do its work."""
    try:
        live.ask(platform)
        return live.until_synced(platform).state, ""
    except StoreError as error:
        return None, str(error)


@pytest.mark.parametrize("platform", ["doordash", "ubereats"])
def test_32_a_disk_that_is_full_at_any_point_of_a_publish_loses_nothing(
    sandbox_server: SandboxServer, tmp_path: Path, platform: str
) -> None:
    path = tmp_path / "sync.db"
    SqliteStore(path).close()
    with sqlite3.connect(path) as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.close()
    full = 0
    for room in range(0, 80, 2):  # a little more of the publish is written each time
        store = SqliteStore(path, max_pages=pages + room)
        with served(sandbox_server, tmp_path, store=store) as live:
            live.source.menus[RESTAURANT] = long_menu()
            live.turn(seconds=100 * room)  # nobody holds a lease any more
            ended, problem = published(live, platform)
        store.close()
        if ended is not None:
            break
        assert "is full" in problem
        full += 1
    assert ended == State.SYNCED
    assert full >= 3
    with served(sandbox_server, tmp_path) as live:
        live.source.menus[RESTAURANT] = long_menu()
        live.turn(days=1)
        status = live.until_synced(platform)
        accepted = live.store.operation(status.accepted_operation)
        assert accepted is not None
        assert live.store.blob(accepted.payload_id)
        assert live.store.due(live.clock()) == []
        assert platform != "doordash" or jobs(live, platform) == 1
        assert "Steak" in json.dumps(live.sandbox.get(f"{platform}/menus?store={live.sandbox.store(platform)}"))


@pytest.mark.parametrize("platform", ["doordash", "ubereats"])
def test_32_a_database_that_is_locked_when_the_answer_comes_is_caught_up_with(
    sandbox_server: SandboxServer, tmp_path: Path, platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SqliteStore(tmp_path / "sync.db", busy_timeout=timedelta(seconds=0.2))
    outsider = sqlite3.connect(tmp_path / "sync.db", isolation_level=None, check_same_thread=False)
    send = Connector.send

    async def sending(self: Connector, *arguments: Any, **more: Any) -> Any:
        result = await send(self, *arguments, **more)
        if arguments[0].name == "menu":
            outsider.execute("BEGIN IMMEDIATE")
        return result

    with served(sandbox_server, tmp_path, store=store) as live:
        live.sandbox.fault("webhook", platform, how="lost", times=None)
        asked = live.ask(platform)[0]
        monkeypatch.setattr(Connector, "send", sending)
        with pytest.raises(StoreBusy):
            live.run(asked)
        monkeypatch.setattr(Connector, "send", send)
        outsider.execute("ROLLBACK")
        outsider.close()
        live.turn(seconds=95)
        live.sweep()
        live.turn(minutes=16)  # no message comes, so the platform is asked
        status = live.until_synced(platform)
        assert status.accepted_operation == asked.operation_id
        assert sent(live, platform) == (2 if platform == "ubereats" else 1)  # the same is put again
    store.close()


@pytest.mark.parametrize("platform", PLATFORMS)
def test_32_processes_that_publish_the_same_restaurant_at_once_send_it_once(
    live: Live, tmp_path: Path, platform: str
) -> None:
    menu = tmp_path / "menu.json"
    menu.write_text(json.dumps(live.menu))
    command = [sys.executable, "-m", "tests.crash_process", RESTAURANT, platform, str(menu)]
    running = [
        subprocess.Popen(command, cwd=REPOSITORY, env=environment_of(live), stdout=subprocess.PIPE) for _ in range(3)
    ]
    assert [process.communicate(timeout=60) and process.returncode for process in running] == [0, 0, 0]
    live.until_synced(platform)
    assert sent(live, platform) == 1
    done = live.store.history(RESTAURANT, platform).items
    assert [each.changes[-1].note for each in done].count("published") == 1
