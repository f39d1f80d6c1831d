"""A menu service on this machine, which gives what a test says, and fails as it says."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "menu-service-key-5e1f"


@dataclass
class MenuServer:
    """What the service answers by path; what is not there is a 404. ``answers`` are used up before that, in order."""

    address: str = ""
    bodies: dict[str, Any] = field(default_factory=dict)
    answers: list[tuple[int, str, bytes]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)

    def whole(self, menu: dict[str, Any]) -> None:
        """Give a whole menu."""
        self.bodies[f"/menus/{menu['restaurant']['restaurant_id']}"] = menu

    def lists(self, restaurant: str, items: list[Any], categories: list[Any]) -> None:
        """Give the two lists alone."""
        self.bodies[f"/menus/{restaurant}/items"] = items
        self.bodies[f"/menus/{restaurant}/categories"] = categories


@contextmanager
def menu_server() -> Iterator[MenuServer]:
    """Serve on a free port."""
    state = MenuServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append(self.path)
            state.keys.add(self.headers.get("X-API-Key", ""))
            if state.answers:
                status, kind, data = state.answers.pop(0)
            elif self.path in state.bodies:
                status, kind, data = 200, "application/json", json.dumps(state.bodies[self.path]).encode()
            else:
                status, kind, data = 404, "application/json", b'{"detail": "Not Found"}'
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
