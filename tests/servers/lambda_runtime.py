"""Lambda's side of the Runtime API on this machine, and a function's process under AWS's own runtime client.

The process gets what Lambda gives: the standard library, the runtime client, and the package's folder,
and nothing of this checkout or its virtual environment. So a dependency that the package lacks is missing.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import queue
import shutil
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

CLIENT = ("awslambdaric", "simplejson", "snapshot-restore-py")
STARTS_WITHIN = 60.0
BOOTSTRAP = """
import os, sys
sys.path[:] = [each for each in sys.path if "site-packages" not in each] + [sys.argv[2], sys.argv[3]]
os.chdir(sys.argv[3])
from awslambdaric.__main__ import main
main(["bootstrap", sys.argv[1]])
"""


class FunctionError(Exception):
    """What a function raised, as Lambda tells it: ``error`` holds errorType, errorMessage and stackTrace."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(f"{error.get('errorType')}: {error.get('errorMessage')}")
        self.error = error


class FunctionDied(Exception):
    """The function's process ended before it answered."""


@dataclass
class _Invocation:
    body: bytes
    timeout: float
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    done: threading.Event = field(default_factory=threading.Event)
    answer: Any = None
    error: dict[str, Any] | None = None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body in one write
    server: _Server

    def do_GET(self) -> None:
        invocation = self.server.next()
        if invocation is None:
            self.close_connection = True
            return
        self.server.current = invocation
        self._reply(200, invocation.body, {
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + invocation.timeout) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:000000000000:function:test",
        })  # fmt: skip

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        invocation = self.server.current
        if self.path.endswith("/init/error"):
            self.server.init_error = json.loads(body)
        elif invocation is not None and self.path.endswith("/response"):
            invocation.answer = json.loads(body)
            invocation.done.set()
        elif invocation is not None and self.path.endswith("/error"):
            invocation.error = json.loads(body)
            invocation.done.set()
        self._reply(202, b"{}", {})

    def _reply(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.waiting: queue.Queue[_Invocation | None] = queue.Queue()
        self.current: _Invocation | None = None
        self.init_error: dict[str, Any] | None = None

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a process that is killed leaves its connection."""

    def next(self) -> _Invocation | None:
        return self.waiting.get()


class LambdaFunction:
    """One function's process: ``invoke`` it, ``kill`` it, ``start`` it again."""

    def __init__(self, handler: str, package: Path, client: Path, environment: Mapping[str, str], log: Path) -> None:
        self._server = _Server()
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self._command = [
            sys._base_executable,  # type: ignore[attr-defined]
            "-I", "-S", "-c", BOOTSTRAP, handler, str(client), str(package),
        ]  # fmt: skip
        self._environment = {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self._server.server_address[1]}",
            "LAMBDA_TASK_ROOT": str(package),
            "AWS_LAMBDA_FUNCTION_NAME": "test",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "PYTHONHASHSEED": "random",
            **environment,
        }
        self.log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, env=self._environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def begin(self, document: Any, timeout: float = 60.0) -> _Invocation:
        """Give an invocation to the process, which is started where it does not run, and wait for nothing."""
        if not self.running:
            self.start()
        invocation = _Invocation(json.dumps(document).encode(), timeout)
        self._server.waiting.put(invocation)
        return invocation

    def finish(self, invocation: _Invocation) -> Any:
        """Wait for an invocation's answer. Raises FunctionError and FunctionDied."""
        until = time.monotonic() + invocation.timeout + STARTS_WITHIN
        while not invocation.done.wait(0.02):
            if self._server.init_error is not None:
                raise FunctionError(self._server.init_error)
            if not self.running:
                assert self._process is not None
                raise FunctionDied(f"exit code {self._process.returncode}\n{self.text()[-2_000:]}")
            if time.monotonic() > until:
                self.kill()
                raise FunctionDied(f"no answer\n{self.text()[-2_000:]}")
        if invocation.error is not None:
            raise FunctionError(invocation.error)
        return invocation.answer

    def invoke(self, document: Any, timeout: float = 60.0) -> Any:
        return self.finish(self.begin(document, timeout))

    def kill(self) -> None:
        """End the process as Lambda does it: at once, without a word."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._server.waiting = queue.Queue()

    def text(self) -> str:
        """What the process wrote."""
        return self.log.read_text("utf-8", "replace") if self.log.exists() else ""

    def close(self) -> None:
        self.kill()
        self._server.shutdown()
        self._server.server_close()


def runtime_client(folder: Path) -> Path:
    """Copy the runtime client and what it needs, alone, into a folder."""
    for name in CLIENT:
        try:
            distribution = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            reason = f"{name} is not installed: run `make install`"
            if os.environ.get("CI"):
                pytest.fail(reason, pytrace=False)
            pytest.skip(reason)
        for file in distribution.files or ():
            if file.suffix != ".pyc" and ".dist-info" not in str(file):
                target = folder / str(file)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(distribution.locate_file(file), target)
    return folder
