"""The whole way by commands: a menu service, the sandbox, a served sync, and what a person types."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.live import small_menu
from tests.servers.menu_service import KEY, MenuServer, menu_server
from tests.servers.sandbox import SandboxServer, sandbox_process, sandbox_server
from tests.shared_files import REPOSITORY

__all__ = ["sandbox_process", "sandbox_server"]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def menus() -> Iterator[MenuServer]:
    with menu_server() as running:
        running.whole(small_menu())
        yield running


@pytest.fixture
def environment(sandbox_server: SandboxServer, menus: MenuServer, tmp_path: Path) -> dict[str, str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return {
        **os.environ,
        "PLATFORM_CONFIGS": json.dumps(sandbox_server.configs),
        "SYNC_DATABASE": str(tmp_path / "sync.db"),
        "MENU_SERVICE_URL": menus.address,
        "MENU_SERVICE_API_KEY": KEY,
        "SIGNING_KEY": "a key for signing in tests",
        "PUBLIC_BASE_URL": f"http://127.0.0.1:{port}",
        "PORT": str(port),
        "API_KEYS": "tester:operator:a-key-of-the-tests-0123456789abcdef",
    }


@pytest.fixture
def run(environment: dict[str, str]) -> Run:
    def run(*arguments: str) -> tuple[int, str, str]:
        done = subprocess.run(
            [sys.executable, "cli.py", *arguments],
            cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout, done.stderr

    return run


def data(result: tuple[int, str, str], code: int = 0) -> Any:
    assert result[0] == code, result
    return json.loads(result[1])


def test_a_restaurants_day(run: Run, menus: MenuServer, sandbox_server: SandboxServer) -> None:
    synced = data(run("sync", "rest_001", "--platform", "ubereats", "--format", "json"))
    assert [operation["status"] for operation in synced["operations"]] == ["SYNCED"]
    (status,) = data(run("status", "rest_001", "--format", "json"))
    assert status["platforms"]["ubereats"]["item_count"] == 6
    assert run("status", "--state", "HELD") == (0, "", "There is no such status.\n")
    assert run("history", "rest_001", "--platform", "grubhub") == (
        0,
        "",
        "Nothing was done for rest_001 on grubhub yet.\n",
    )
    assert run("audit", "--restaurant", "rest_002") == (0, "", "Nothing was done for rest_002 yet.\n")
    assert "unchanged" in run("sync", "rest_001", "--platform", "ubereats")[1]

    sold = data(run("sold-out", "rest_001", "Steak", "--platform", "ubereats", "--format", "json"))
    assert [(entry["id"], entry["told"]) for entry in sold["entries"]] == [("i-3", True)]
    code, _, err = run("sold-out", "rest_001", "Steek", "--platform", "ubereats")
    assert code == 1
    assert "Did you mean `Steak`?" in err
    assert run("back", "rest_001", "i-3", "--platform", "ubereats")[0] == 0

    sandbox_server.fault("status", "ubereats", status=400, body={"message": "price of i-2 above the allowed maximum"})
    menu = small_menu()
    menu["items"][1]["name"] = "Golden pasta"
    menus.whole(menu)
    changed = data(run("diff", "ubereats", "--restaurant", "rest_001", "--format", "json"))
    assert [(change["code"], change["record"]["id"], change["new"]) for change in changed["menu"]] == [
        ("name", "i-2", "Golden pasta")
    ]
    failed = data(run("sync", "rest_001", "--platform", "ubereats", "--format", "json"), code=1)
    error_id = failed["operations"][0]["error_id"]
    assert run("status", "rest_001")[0] == 1
    listed = data(run("errors", "list", "--status", "open", "--format", "json"))
    assert [error["error_id"] for error in listed["errors"]] == [error_id]
    code, shown, _ = run("errors", "show", error_id)
    assert code == 0
    assert "Golden pasta" in shown
    assert sandbox_server.configs["ubereats"]["client_secret"] not in shown
    assert run("errors", "retry", error_id)[0] == 0
    assert data(run("errors", "show", error_id, "--format", "json"))["status"] == "resolved"

    assert run("rollback", "rest_001", "ubereats")[0] == 0
    kinds = [each["kind"] for each in data(run("history", "rest_001", "--format", "json"))["operations"]]
    assert kinds[0] == "rollback"
    actions = [entry["action"] for entry in data(run("audit", "--format", "json"))["entries"]]
    assert {"rollback synced", "retry", "sold-out", "back", "publish synced"} <= set(actions)
    assert run("disconnect", "rest_001", "ubereats")[0] == 0
    code, _, err = run("sync", "rest_001", "--platform", "ubereats")
    assert code == 1
    assert "connect rest_001 ubereats" in err
    everyone = data(
        run("sync", "--all", "--platform", "ubereats", "--format", "json"), code=1
    )  # others' menus are empty
    assert (everyone["refused"], everyone["left_out"]) == ([], ["rest_001"])
    assert run("sync", "rest_001", "--platform", "uber")[0] == 2
    assert run("connect", "rest_001", "ubereats", "--set", "store_idd=x")[0] == 2
    assert run("connect", "rest_001", "ubereats")[0] == 0


def test_a_held_menu_is_released(run: Run, menus: MenuServer) -> None:
    assert run("sync", "rest_001", "--platform", "ubereats")[0] == 0
    menu = small_menu()
    del menu["items"][1:]
    menus.whole(menu)
    held = data(run("sync", "rest_001", "--platform", "ubereats", "--format", "json"), code=1)["operations"][0]
    assert held["status"] == "HELD"
    assert run("release", held["operation_id"])[0] == 0
    assert run("release", held["operation_id"])[0] == 1


def test_a_restaurants_own_menu_is_previewed(run: Run) -> None:
    code, out, _ = run("dry-run", "ubereats", "--restaurant", "rest_001", "--show", "requests")
    assert code == 0
    assert "PUT https://" in out
    assert "curl -X PUT" in out


def test_what_was_never_published_is_not_compared(run: Run) -> None:
    code, out, err = run("diff", "ubereats", "--restaurant", "rest_001")
    assert (code, out) == (1, "")
    assert "Nothing of rest_001 was published on Uber Eats yet" in err
    assert run("diff", "ubereats", "--restaurant", "rest_001", "--menu", "menu.json")[0] == 2


def test_served_to_three_platforms(
    run: Run, environment: dict[str, str], sandbox_server: SandboxServer, menus: MenuServer
) -> None:
    sandbox_server.post("callback", {"url": environment["PUBLIC_BASE_URL"]})
    served = subprocess.Popen([sys.executable, "cli.py", "serve"], cwd=REPOSITORY, env=environment)
    try:
        _until(lambda: httpx.get(f"{environment['PUBLIC_BASE_URL']}/ready").status_code == 200)
        synced = data(run("sync", "rest_001", "--wait", "60", "--format", "json"))
        assert {each["platform"]: each["status"] for each in synced["operations"]} == {
            "doordash": "SYNCED", "grubhub": "SYNCED", "ubereats": "SYNCED",
        }  # fmt: skip
        assert menus.asked.count("/menus/rest_001") == 1
        menu = small_menu()
        menu["items"][0]["name"] = "Soap"
        menus.whole(menu)
        assert run("sync", "rest_001", "--platform", "doordash")[0] == 0
        back = data(run("rollback", "rest_001", "doordash", "--format", "json"))
        assert (back["kind"], back["status"]) == ("rollback", "SYNCED")  # it is waited for
    finally:
        served.send_signal(signal.SIGTERM)
        assert served.wait(30) in (0, -signal.SIGTERM)


def _until(good: Callable[[], bool]) -> None:
    for _ in range(150):
        try:
            if good():
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    raise AssertionError("it did not come up")
