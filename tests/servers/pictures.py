"""Pictures over HTTP in a process of its own: an address says what it serves, ``/1600x900.png``, ``/4x3/5242880.jpg``.

``/page`` is a web page, ``/missing`` a 404, ``/on?URL`` sends on to URL, ``/drip`` never ends, ``/count`` tells how
many requests there were before.
"""

from __future__ import annotations

import re
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from tests.shared_files import REPOSITORY

_PATH = re.compile(r"/(\d+)x(\d+)(?:/(\d+))?\.(\w+)")


def png(width: int, height: int, size: int = 0) -> bytes:
    """Make a picture without colours; of ``size`` bytes, where that is more."""
    rows = zlib.compress(b"".join(b"\0" + bytes((width + 7) // 8) for _ in range(height)))
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    whole = b"\x89PNG\r\n\x1a\n" + head + _chunk(b"IDAT", rows)
    filling = size - len(whole) - 12 - 12
    return whole + (_chunk(b"tEXt", b"k\0".ljust(filling, b"x")) if filling > 1 else b"") + _chunk(b"IEND", b"")


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def jpg(width: int, height: int, size: int = 0) -> bytes:
    """Make what a decoder takes for a picture until it looks for its colours."""
    frame = struct.pack(">BBHBHHB", 0xFF, 0xC0, 11, 8, height, width, 1) + b"\1\x11\0"
    return (b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0" + frame + b"\xff\xd9").ljust(size, b"\0")


def gif(width: int, height: int, size: int = 0) -> bytes:
    """Make the head of a picture."""
    return (b"GIF89a" + struct.pack("<HHBBB", width, height, 0, 0, 0)).ljust(size, b"\0")


def webp(width: int, height: int, size: int = 0) -> bytes:
    """Make the head of a picture."""
    body = b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4)
    body += (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return (b"RIFF" + struct.pack("<I", len(body)) + body).ljust(size, b"\0")


MAKERS = {"png": png, "jpg": jpg, "jpeg": jpg, "gif": gif, "webp": webp}


class _Handler(BaseHTTPRequestHandler):
    asked = 0

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        wanted = _PATH.fullmatch(path)
        if path == "/count":
            return self._answer(200, str(_Handler.asked).encode())
        _Handler.asked += 1
        if wanted is not None:
            width, height, size, kind = wanted.groups()
            return self._answer(200, MAKERS[kind](int(width), int(height), int(size or 0)), f"image/{kind}")
        if path == "/on":
            self.send_response(302)
            self.send_header("Location", query)
            self.send_header("Content-Length", "0")
            return self.end_headers()
        if path == "/page":
            return self._answer(200, b"<!doctype html><title>Log in</title>", "text/html")
        if path == "/drip":
            self.send_response(200)
            self.end_headers()
            while True:
                self.wfile.write(b"\0")
                time.sleep(0.05)
        return self._answer(404, b"")

    def _answer(self, status: int, body: bytes, kind: str = "text/plain") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that has seen enough goes away."""


@dataclass(frozen=True)
class PictureServer:
    """A running server's address."""

    address: str

    def url(self, path: str) -> str:
        """Give a picture's address: ``url("1600x900.png")``."""
        return f"{self.address}/{path}"

    @property
    def asked(self) -> int:
        """How many requests there were."""
        return int(httpx.get(self.url("count")).raise_for_status().text)


@pytest.fixture(scope="session")
def picture_server() -> Iterator[PictureServer]:
    """Run the server for the whole test run."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.servers.pictures"], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield PictureServer(process.stdout.readline().strip())
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


if __name__ == "__main__":
    with _Server(("127.0.0.1", 0), _Handler) as server:
        print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
        server.serve_forever()
