"""The page at ``/``: its files, read once, with a policy that lets nothing in from elsewhere."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Header, Response

from pipeline.api.problems import ProblemError

FOLDER = Path(__file__).parent / "static" / "dashboard"
TYPES: dict[str, str] = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
"""What is served of the folder; nothing else is."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
"""No script or style but our files, no request to another host, no text that becomes markup."""
router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class File:
    """One file with its type and the mark by which browsers know that it has not changed."""

    data: bytes
    media_type: str
    tag: str


@cache
def files() -> dict[str, File]:
    """Read the folder: what may be asked for, by its path in it."""
    found = {}
    for path in sorted(FOLDER.rglob("*")):
        if path.suffix in TYPES:
            data = path.read_bytes()
            tag = f'W/"{hashlib.sha256(data).hexdigest()[:32]}"'  # weak: it may go out compressed
            found[path.relative_to(FOLDER).as_posix()] = File(data, TYPES[path.suffix], tag)
    return found


Known = Annotated[str, Header(alias="if-none-match")]


@router.get("/")
def page(known: Known = "") -> Response:
    """Give the page. What it shows it reads by the admin API, with a key that it asks for."""
    return _answer("index.html", known)


@router.get("/static/{path:path}")
def file(path: str, known: Known = "") -> Response:
    """Give one of its files."""
    return _answer(path, known)


def _answer(path: str, known: str) -> Response:
    found = files().get(path)
    if found is None:
        raise ProblemError(404, "There is nothing at this address.")
    headers = {"ETag": found.tag, "Cache-Control": "no-cache", "Content-Security-Policy": POLICY}
    if found.tag in [each.strip() for each in known.split(",")]:
        return Response(status_code=304, headers=headers)
    return Response(found.data, media_type=found.media_type, headers=headers)
