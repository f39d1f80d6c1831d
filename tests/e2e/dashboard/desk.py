"""Everything that a person at the dashboard has behind it: the served product, stand-ins of the platforms, menus."""

from __future__ import annotations

import copy
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar

import httpx

from tests.live import small_menu
from tests.servers.sandbox import SandboxServer, start_sandbox, stop_sandbox
from tests.shared_files import REPOSITORY

T = TypeVar("T")
OPERATOR, READER = "operator-key-of-the-browser-tests", "reader-key-of-the-browser-tests"
RESTAURANTS = tuple(f"rest_{number:03}" for number in range(1, 41))
WAIT = 60.0


class MenuService:
    """A menu service in a thread: what it gives can be changed, so that a menu can be corrected at its source."""

    def __init__(self) -> None:
        self.menus: dict[str, dict[str, Any]] = {}
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                menu = service.menus.get(self.path.removeprefix("/menus/"))
                body = json.dumps(menu).encode()
                self.send_response(404 if menu is None else 200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End it."""
        self._server.shutdown()
        self._thread.join(5)
        self._server.server_close()


@dataclass
class Desk:
    """The running parts. ``new()`` gives a restaurant that no other test has touched."""

    address: str
    sandbox: SandboxServer
    service: MenuService
    api: httpx.Client
    _taken: list[str] = field(default_factory=list)

    def new(self, name: str) -> str:
        """Give a restaurant with a small menu of its own; nothing is published yet."""
        restaurant = RESTAURANTS[len(self._taken)]
        self._taken.append(restaurant)
        menu = small_menu(restaurant)
        menu["restaurant"]["name"] = name
        self.service.menus[restaurant] = menu
        return restaurant

    def live(self, name: str, *platforms: str) -> str:
        """Give a restaurant whose menu is live on some platforms, or on all."""
        restaurant = self.new(name)
        self.publish(restaurant, *platforms)
        return restaurant

    def publish(self, restaurant: str, *platforms: str, expect: str = "SYNCED") -> None:
        """Publish by the API and wait for the end."""
        answer = self.api.post(f"/admin/sync/{restaurant}/full-refresh", json={"platforms": list(platforms)})
        assert answer.status_code == 202, answer.text
        for operation in answer.json()["operations"]:
            self.until(lambda found=operation: self.api.get(found["href"]).json(), lambda one: one["state"] == expect)

    def until(self, read: Callable[[], T], good: Callable[[T], bool]) -> T:
        """Wait until something is so."""
        end = time.monotonic() + WAIT
        while True:
            found = read()
            if good(found):
                return found
            assert time.monotonic() < end, found
            time.sleep(0.1)

    def held_by(self, platform: str, restaurant: str) -> str:
        """Give what a platform holds of a restaurant, as text."""
        menus = self.sandbox.get(f"{platform}/menus?store={self.sandbox.store(platform, restaurant)}")
        return json.dumps(menus)

    def availability(self, platform: str, restaurant: str) -> Any:
        """Give what a platform knows of what is sold out."""
        return self.sandbox.get(f"{platform}/availability?store={self.sandbox.store(platform, restaurant)}")


@contextmanager
def open_desk(folder: Path, change: Callable[[dict[str, Any]], None] = lambda _: None) -> Iterator[Desk]:
    """Start all parts, and end them. ``change`` may change the PLATFORM_CONFIGS first."""
    seeds = [part for restaurant in RESTAURANTS for part in ("--seed", restaurant)]
    service = MenuService()
    with (folder / "sandbox.log").open("w+") as log:
        process, configs = start_sandbox("--time-scale", "200", *seeds, log=log)
        try:
            address = next(iter(configs.values()))["base_url"].rpartition("/")[0]
            with httpx.Client(base_url=address, timeout=30) as client:
                sandbox = SandboxServer(address, configs, client)
                given = copy.deepcopy(configs)
                change(given)
                with serve(folder, given, service) as served, _api(served) as api:
                    sandbox.post("callback", {"url": served})
                    yield Desk(served, sandbox, service, api)
        finally:
            stop_sandbox(process)
            service.close()


@contextmanager
def serve(folder: Path, configs: dict[str, Any], service: MenuService | None = None) -> Iterator[str]:
    """Run ``cli.py serve`` with a store of its own; gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ},
        "API_KEYS": f"Ana:operator:{OPERATOR},Rita:reader:{READER}",
        "API_REQUESTS_PER_MINUTE": "0",
        "PLATFORM_CONFIGS": json.dumps(configs),
        "SYNC_DATABASE": str(folder / "sync.db"),
        "SIGNING_KEY": "a key for signing in tests",
        "PUBLIC_BASE_URL": address,
        "MENU_SERVICE_URL": service.address if service is not None else "http://127.0.0.1:9",
        "LOG_LEVEL": "WARNING",
    }
    with (folder / "serve.log").open("w+") as log:
        process = subprocess.Popen(
            [sys.executable, str(REPOSITORY / "cli.py"), "serve", "--port", str(port)],
            cwd=folder, env=environment, stdout=log, stderr=log,
        )  # fmt: skip
        try:
            _ready(address, process, folder / "serve.log")
            yield address
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)


def _ready(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + WAIT
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text()
        try:
            if httpx.get(f"{address}/ready", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError(log.read_text())


@contextmanager
def _api(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, headers={"X-API-Key": OPERATOR}, timeout=30) as client:
        yield client
