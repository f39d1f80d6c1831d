"""A small menu service: real menus over HTTP, in both forms that a menu service answers in.

``GET /menus/{restaurant}`` gives the whole menu, ``/items`` and ``/categories`` below it the two lists.
``PATCH /menus/{restaurant}/items/{item}`` changes a dish, so that there is something to publish.
Run ``python -m demo.menu_service --port 9100 rest_001=mappings/examples/menus/de-little-dragon.json``.
"""

from __future__ import annotations

import argparse
import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

LARGEST_CHANGE = 64 * 1024


class Menus:
    """Menus by restaurant, whatever id their files say."""

    def __init__(self, files: dict[str, Path]) -> None:
        self._menus = {
            restaurant: _renamed(json.loads(path.read_text("utf-8")), restaurant) for restaurant, path in files.items()
        }
        self._lock = threading.Lock()

    @property
    def restaurants(self) -> tuple[str, ...]:
        """The restaurants."""
        return tuple(self._menus)

    def whole(self, restaurant: str) -> dict[str, Any] | None:
        """Give a menu, or None where there is none."""
        return self._menus.get(restaurant)

    def listed(self, restaurant: str, what: str) -> list[dict[str, Any]]:
        """Give one of the two lists; an unknown restaurant has empty ones."""
        found: list[dict[str, Any]] = self._menus.get(restaurant, {}).get(what, [])
        return found

    def change(self, restaurant: str, item_id: str, fields: dict[str, Any]) -> bool:
        """Change a dish; False where there is none."""
        with self._lock:
            for item in self.listed(restaurant, "items"):
                if item["item_id"] == item_id:
                    item.update(fields)
                    return True
        return False


def _renamed(menu: dict[str, Any], restaurant: str) -> dict[str, Any]:
    menu["restaurant"]["restaurant_id"] = restaurant
    for record in (*menu["categories"], *menu["items"]):
        record["restaurant_id"] = restaurant
    return menu


def handler_of(menus: Menus, key: str) -> type[BaseHTTPRequestHandler]:
    """Make the handler of one service; without a key every request is answered."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = self.path.partition("?")[0].strip("/").split("/")
            if not self._known():
                return
            if len(parts) == 2 and parts[0] == "menus":
                menu = menus.whole(parts[1])
                self._answer(200 if menu is not None else 404, menu if menu is not None else {"error": "unknown"})
            elif len(parts) == 3 and parts[0] == "menus" and parts[2] in ("items", "categories"):
                self._answer(200, menus.listed(parts[1], parts[2]))
            else:
                self._answer(404, {"error": "unknown"})

        def do_PATCH(self) -> None:
            parts = self.path.strip("/").split("/")
            length = min(int(self.headers.get("Content-Length", 0)), LARGEST_CHANGE)
            body = self.rfile.read(length)
            if not self._known():
                return
            try:
                fields = json.loads(body)
            except ValueError:
                fields = None
            if len(parts) != 4 or not isinstance(fields, dict):
                self._answer(400, {"error": "PATCH /menus/RESTAURANT/items/ITEM with an object"})
            else:
                self._answer(200 if menus.change(parts[1], parts[3], fields) else 404, {})

        def _known(self) -> bool:
            if not key or hmac.compare_digest(self.headers.get("X-API-Key", "").encode(), key.encode()):
                return True
            self._answer(401, {"error": "X-API-Key is missing or wrong"})
            return False

        def _answer(self, status: int, value: Any) -> None:
            body = json.dumps(value, ensure_ascii=False).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *values: Any) -> None:  # noqa: A002  # the name is the base class's
            """Say nothing: the demo's own lines are what is read."""

    return Handler


def server_of(menus: Menus, port: int = 0, key: str = "") -> ThreadingHTTPServer:
    """Make the server, on this machine alone."""
    return ThreadingHTTPServer(("127.0.0.1", port), handler_of(menus, key))


def main() -> None:
    """Serve until ended."""
    parser = argparse.ArgumentParser(description="A small menu service for trying things out.")
    parser.add_argument("--port", type=int, default=9100)
    parser.add_argument("--key", default="", help="the X-API-Key that is asked for")
    parser.add_argument("menus", nargs="+", metavar="RESTAURANT=FILE")
    options = parser.parse_args()
    files = {name: Path(file) for name, _, file in (entry.partition("=") for entry in options.menus)}
    server = server_of(Menus(files), options.port, options.key)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()


if __name__ == "__main__":
    main()
