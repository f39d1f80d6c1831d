"""Servers on this machine that speak AWS's protocols: DynamoDB alone, and DynamoDB with S3.

``make test-servers`` installs both. DYNOXIDE_BIN and MINISTACK_BIN name other copies. Tests that need one
are skipped where none is found, and fail where ``CI`` is set.
"""

from __future__ import annotations

import atexit
import itertools
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from functools import cache
from pathlib import Path
from urllib.parse import urlencode

import pytest

from pipeline.store.dynamodb import DynamoStore
from tests.shared_files import REPOSITORY

FOLDER = REPOSITORY / "tests" / "servers" / "dynamodb"
STARTS_WITHIN = 30.0
_numbers = itertools.count(1)


def _missing(what: str) -> str:
    reason = f"{what} is not installed: run `make test-servers`"
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    return str(pytest.skip(reason))


def _program(variable: str, *places: Path | str | None) -> str:
    named = os.environ.get(variable)
    if named:
        return named
    return next((str(place) for place in places if place and Path(place).is_file()), "")


def dynoxide_program() -> str:
    return _program("DYNOXIDE_BIN", FOLDER / "node_modules" / "@dynoxide" / "linux-x64" / "dynoxide")


def ministack_program() -> str:
    return _program("MINISTACK_BIN", FOLDER / ".venv" / "bin" / "ministack", shutil.which("ministack"))


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@cache
def ministack_address() -> str:
    """Give the address of a server for DynamoDB and S3; one per process of the test run."""
    program = ministack_program() or _missing("ministack")
    port = free_port()
    settings = {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "LAMBDA_EXECUTOR": "local", "LOG_LEVEL": "ERROR"}
    return _start([program], port, settings)


@cache
def dynamodb_address() -> str:
    """Give the address of a server for DynamoDB; one per process of the test run."""
    program = dynoxide_program()
    if not program:
        if ministack_program():
            return ministack_address()
        _missing("dynoxide")
    port = free_port()
    return _start([program, "--host", "127.0.0.1", "--port", str(port)], port, {})


def _start(command: list[str], port: int, settings: dict[str, str]) -> str:
    folder = tempfile.TemporaryDirectory(prefix="menu-sync-aws-", ignore_cleanup_errors=True)
    process = subprocess.Popen(
        command,
        cwd=folder.name,
        env={**os.environ, **settings, "TMPDIR": folder.name},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def stop() -> None:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        folder.cleanup()

    atexit.register(stop)
    address = f"http://127.0.0.1:{port}"
    until = time.monotonic() + STARTS_WITHIN
    while not _answers(address):
        if process.poll() is not None or time.monotonic() > until:
            pytest.fail(f"{command[0]} did not start (exit code {process.poll()})", pytrace=False)
        time.sleep(0.02)
    return address


def _answers(address: str) -> bool:
    try:
        urllib.request.urlopen(address, timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def new_store_address(endpoint: str, *, time_to_live: bool = False, **options: str) -> str:
    """Make a store's tables and give its address.

    Without time to live, because a server that removes expired records does so by its own clock, and
    contract tests live at noon of a day of their own.
    """
    prefix = f"t{next(_numbers)}-{secrets.token_hex(4)}-"
    address = f"{prefix}?{urlencode({'endpoint': endpoint, **options})}"
    store = DynamoStore(address)
    store.create_tables(time_to_live=time_to_live)
    store.close()
    return f"dynamodb:{address}"
