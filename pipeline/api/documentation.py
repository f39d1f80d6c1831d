"""The OpenAPI document, and a page that shows it without any other server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import FileResponse, JSONResponse
from starlette.responses import Response

from pipeline.api.looking import BODIES
from pipeline.api.problems import Problem, ProblemError

FOLDER = Path(__file__).parent / "static" / "docs"
FILES: dict[str, str] = {
    "index.html": "text/html; charset=utf-8",
    "start.js": "text/javascript; charset=utf-8",
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "swagger-ui.css": "text/css; charset=utf-8",
}
"""The page's files with their types; no other file of the folder is served."""
VERSION = "1"
DESCRIPTION = """\
Publishes restaurants' menus to delivery platforms, and tells what became of each.

Everything under `/admin` needs a key in `X-API-Key`. A key belongs to a *reader*, who may look, or an *operator*; it \
may be for some restaurants alone, and then nothing of any other restaurant is seen. Long work answers 202 with an \
operation, which can be followed. Lists are pages: `next_cursor` of one is the `cursor` of the next, and null at the \
end. What is not done is told as problem details (RFC 9457): `detail` for people, `code` for programs, `hint` for what \
to do next. `GET` answers have an `ETag`; asked again with `If-None-Match`, an unchanged one is 304 without a body."""
TAGS = [
    {"name": "insight", "description": "Who did what, how syncs went, which field reaches which platform."},
    {"name": "restaurants", "description": "Where restaurants stand, and which platforms they are on."},
    {"name": "platforms", "description": "What each platform needs and can do."},
    {"name": "mappings", "description": "The YAML files that make each platform's payload."},
    {"name": "publishing", "description": "Publishing and rolling back."},
    {"name": "operations", "description": "Pieces of work, one by one."},
    {"name": "errors", "description": "The error queue."},
    {"name": "availability", "description": "Sold out, and back."},
    {"name": "looking", "description": "What would be sent or would change, and why; nothing is sent."},
    {"name": "platforms call", "description": "What platforms ask of this program."},
    {"name": "health", "description": "For load balancers."},
]
router = APIRouter(include_in_schema=False)


def install(app: FastAPI) -> None:
    """Let an application describe itself."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = document(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def document(app: FastAPI) -> dict[str, Any]:
    """Make the OpenAPI document of an application."""
    found = get_openapi(title="Menu Sync", version=VERSION, description=DESCRIPTION, routes=app.routes, tags=TAGS)
    for methods in found["paths"].values():
        for operation in methods.values():
            for parameter in operation.get("parameters", ()):  # where pages fill in what is tried
                if examples := parameter["schema"].get("examples"):
                    parameter["example"] = examples[0]
            operation["summary"] = operation["description"].split("\n\n")[0].split(". ")[0].split(": ")[0].rstrip(".")
    schemas = found.setdefault("components", {}).setdefault("schemas", {})
    for model in (Problem, *BODIES):
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= schema.pop("$defs", {})
        schemas[model.__name__] = schema
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    return found


@router.get("/openapi.json")
def openapi(request: Request) -> JSONResponse:
    """Give the OpenAPI document."""
    return JSONResponse(request.app.openapi())


@router.get("/docs")
def page() -> Response:
    """Give the page that shows the API."""
    return file("index.html")


@router.get("/docs/{name}")
def file(name: str) -> Response:
    """Give one of the page's files."""
    if name not in FILES:
        raise ProblemError(404, "There is nothing at this address.")
    return FileResponse(FOLDER / name, media_type=FILES[name])
