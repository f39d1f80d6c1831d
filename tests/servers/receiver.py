"""A server of the tests' own: takes what platforms send, and serves what they download."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


@dataclass(frozen=True)
class Message:
    """One message that came in."""

    path: str
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        """The body's JSON."""
        return json.loads(self.raw)


@dataclass
class Receiver:
    """``messages`` are what came; ``documents`` what is served, by path; ``failures`` downloads fail first."""

    address: str = ""
    messages: list[Message] = field(default_factory=list)
    documents: dict[str, bytes] = field(default_factory=dict)
    failures: int = 0
    downloads: int = 0
    status: int = 200

    def serve(self, name: str, document: Any) -> str:
        """Serve a document, bytes or JSON, and give its address."""
        self.documents[f"/{name}"] = document if isinstance(document, bytes) else json.dumps(document).encode()
        return f"{self.address}/{name}"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Run a receiver on a free port of 127.0.0.1."""
    held = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            held.messages.append(Message(self.path, {name.lower(): text for name, text in self.headers.items()}, raw))
            self._answer(held.status, b"")

        def do_GET(self) -> None:
            held.downloads += 1
            if held.downloads <= held.failures or self.path not in held.documents:
                self._answer(503, b"")
            else:
                self._answer(200, held.documents[self.path])

        def _answer(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    held.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield held
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
