"""Stands between a store and a DynamoDB server: notes every request, and lets some of them fail as AWS does."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Answer:
    """An answer that the server never gave."""

    status: int
    body: dict[str, Any]


@dataclass(frozen=True)
class Cut:
    """The connection breaks: before the server hears of the request, or when its answer is on the way."""

    after: bool


Fault = Answer | Cut | None


def refusal(code: str, *, status: int = 400, **fields: Any) -> Answer:
    """Give an error as DynamoDB words it."""
    return Answer(
        status, {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": f"{code} injected", **fields}
    )


def cancelled(*codes: str) -> Answer:
    """Give a transaction that was cancelled for these reasons, one per write."""
    reasons = [{"Code": code, "Message": f"{code} injected"} for code in codes]
    return refusal("TransactionCanceledException", CancellationReasons=reasons)


@dataclass
class Proxy:
    """``fault`` decides over each request by its operation ("GetItem") and body; None lets it through."""

    address: str = ""
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    fault: Callable[[str, dict[str, Any]], Fault] = lambda _operation, _body: None

    def operations(self) -> set[str]:
        return {operation for operation, _ in self.calls}

    def fail(self, times: int, fault: Fault, *operations: str) -> None:
        """Let the next requests of these operations (none named: any) fail."""
        left = [times]
        lock = threading.Lock()

        def decide(operation: str, _body: dict[str, Any]) -> Fault:
            with lock:
                if left[0] and (not operations or operation in operations):
                    left[0] -= 1
                    return fault
            return None

        self.fault = decide


@contextmanager
def proxy_to(upstream: str) -> Iterator[Proxy]:
    """Run a proxy before a server."""
    proxy = Proxy()
    host = urlsplit(upstream).netloc

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            operation = self.headers["X-Amz-Target"].rpartition(".")[2]
            body = json.loads(raw)
            proxy.calls.append((operation, body))
            fault = proxy.fault(operation, body)
            if isinstance(fault, Cut) and not fault.after:
                self._break()
                return
            if isinstance(fault, Answer):
                self._answer(fault.status, json.dumps(fault.body).encode())
                return
            connection = http.client.HTTPConnection(host, timeout=30)
            connection.request("POST", self.path, raw, dict(self.headers))
            answer = connection.getresponse()
            data = answer.read()
            connection.close()
            if isinstance(fault, Cut):
                self._break()
                return
            self._answer(answer.status, data)

        def _break(self) -> None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

        def _answer(self, status: int, data: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.0")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
            self.wfile.flush()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

        def handle_error(self, *_: object) -> None:
            """A client that went away is no matter."""

    server = Server(("127.0.0.1", 0), Handler)
    proxy.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
