"""Problem details (RFC 9457): the one form of everything that is not done; no traceback, no secret."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from pipeline.findings import Finding, as_json
from pipeline.store.protocol import BadCursor, LimitExceeded, StoreBusy, StoreError
from pipeline.sync.asking.service import Refused

MEDIA_TYPE = "application/problem+json"
MOST_FIELDS = 50
log = logging.getLogger("menu_sync.api")

STATUSES: dict[int, str] = {
    401: "No key, or one that is not known.",
    403: "The key may not do this, or not with this restaurant.",
    404: "There is no such thing.",
    405: "This address knows other methods; `Allow` names them.",
    409: "It cannot be done as things stand; `detail` says why.",
    413: "The request is too large.",
    422: "The request is understood and something in it is wrong; `errors` says where.",
    429: "Too many requests with this key; `Retry-After` says when to go on.",
    500: "A bug in this program.",
    502: "What this program asked for the answer, such as the menu's source, failed.",
    503: "It cannot be done now; ask again.",
}
"""Every status that a problem has, with what it means here."""

EXAMPLES: dict[int, dict[str, Any]] = {
    401: {"detail": "Give a key in X-API-Key.", "code": "key-unknown"},
    403: {
        "detail": "The key of ana is not for this restaurant.",
        "code": "not-allowed-restaurant",
        "hint": "It is for rest_001.",
    },
    404: {
        "detail": "There is no platform `piza_post`.",
        "code": "platform-unknown",
        "hint": "Did you mean `pizza_post`?",
    },
    409: {"detail": "rest_001 is not on Pizza Post.", "code": "not-connected", "hint": "Connect it first."},
    413: {"detail": "The request is larger than 1,024 KB.", "code": "too-large"},
    422: {
        "detail": "query.limit: Input should be less than or equal to 200",
        "code": "request-wrong",
        "errors": [{"field": "query.limit", "message": "Input should be less than or equal to 200"}],
    },
    429: {"detail": "The key of ana may ask 600 times a minute, and has.", "code": "too-often"},
    500: {
        "detail": "Something went wrong inside this program; this is a bug.",
        "code": "bug",
        "hint": "Its place is in the program's log.",
    },
    502: {"detail": "The menu's source failed: it answered 500.", "code": "source-failed"},
    503: {"detail": "The database does not do its work now.", "code": "store-failed", "hint": "Ask again soon."},
}
"""What the OpenAPI document shows of each."""

OF_REFUSALS: dict[str, int] = {
    "platform-unknown": 404,
    "mapping-missing": 404,
    "operation-unknown": 404,
    "error-unknown": 404,
    "dish-unknown": 422,
    "setting-unknown": 422,
    "setting-wrong": 422,
    "setting-missing": 422,
    "time-is-past": 422,
    "source-failed": 502,
    "menu-unreadable": 502,
}
"""The status of each refusal; one that is not here conflicts with how things stand (409)."""


class WrongField(BaseModel):
    """One part of a request that is wrong."""

    field: str = Field(description="Where it is: `body.platforms.0`, `query.limit`.", examples=["body.platforms.0"])
    message: str = Field(description="What is wrong with it.", examples=["Input should be a valid string"])


class Problem(BaseModel):
    """Problem details as of RFC 9457, with a code for programs and a hint for people."""

    model_config = ConfigDict(title="Problem")

    type: str = Field(default="about:blank", examples=["about:blank"])
    title: str = Field(description="The status in words.", examples=["Conflict"])
    status: int = Field(examples=[409])
    detail: str = Field(description="What happened, for people.", examples=["rest_001 is not on Pizza Post."])
    code: str | None = Field(default=None, description="What happened, for programs.", examples=["not-connected"])
    hint: str | None = Field(default=None, description="What to do next.", examples=["Connect it first."])
    errors: list[WrongField] | None = Field(default=None, description="The parts of the request that are wrong.")
    findings: list[dict[str, Any]] | None = Field(default=None, description="What is wrong with a menu or a mapping.")


class ProblemError(Exception):
    """Ends a request with problem details."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        code: str = "",
        hint: str = "",
        errors: Iterable[WrongField] = (),
        findings: Iterable[Finding] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.problem = Problem(
            title=HTTPStatus(status).phrase,
            status=status,
            detail=detail,
            code=code or None,
            hint=hint or None,
            errors=list(errors) or None,
            findings=[as_json(finding) for finding in findings] or None,
        )
        self.headers = dict(headers or {})

    def response(self) -> JSONResponse:
        """Give the answer."""
        body = self.problem.model_dump(exclude_none=True)
        return JSONResponse(body, self.problem.status, headers=self.headers, media_type=MEDIA_TYPE)


def refused(refusal: Refused) -> ProblemError:
    """Give the problem that a refusal of the sync is."""
    status = OF_REFUSALS.get(refusal.code, 409)
    return ProblemError(status, refusal.message, code=refusal.code, hint=refusal.hint)


def of_store(error: StoreError) -> ProblemError:
    """Give the problem that a database is which does not do its work; its words may name files, and are logged only."""
    if isinstance(error, LimitExceeded):
        return ProblemError(422, "Something in this request is longer than what can be kept.", code="too-long")
    if not isinstance(error, StoreBusy):
        log.error("the database does not do its work: %s", error)
    detail = "The database does not do its work now."
    return ProblemError(503, detail, code="store-failed", hint="Ask again soon.", headers={"Retry-After": "5"})


def bug(error: Exception) -> ProblemError:
    """Give the problem that a bug is. Its kind and place are logged; its words may hold data, even secrets."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames[-4:]]
    log.error("a request failed by a bug: %s at %s", type(error).__name__, " < ".join(reversed(places)))
    detail = "Something went wrong inside this program; this is a bug."
    return ProblemError(500, detail, code="bug", hint="Its place is in the program's log.")


def install(app: FastAPI) -> None:
    """Let every failure of an application's routes be told as problem details."""
    app.add_exception_handler(ProblemError, _problem)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(BadCursor, _cursor)
    app.add_exception_handler(StoreError, _store)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Give the OpenAPI responses of some problems."""
    return {
        status: {
            "description": STATUSES[status],
            "content": {
                MEDIA_TYPE: {
                    "schema": {"$ref": "#/components/schemas/Problem"},
                    "example": {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
                    | EXAMPLES[status],
                }
            },
        }
        for status in sorted(statuses)
    }


def _problem(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ProblemError)
    return error.response()


def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    if error.status_code == 400:  # the framework's word for a body that its parser gave up on
        return ProblemError(422, "The body cannot be read as JSON.", code="request-wrong").response()
    details = {404: "There is nothing at this address.", 405: f"{request.method} is not known at this address."}
    detail = details.get(error.status_code) or STATUSES.get(error.status_code) or HTTPStatus(error.status_code).phrase
    return ProblemError(error.status_code, detail, headers=error.headers).response()


def _invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    found = [
        WrongField(field=_written(problem["loc"]), message=str(problem["msg"]).removeprefix("Value error, "))
        for problem in error.errors()[:MOST_FIELDS]
    ]
    detail = f"{found[0].field}: {found[0].message}" if found else STATUSES[422]
    more = f" ({len(found) - 1} more)" if len(found) > 1 else ""
    return ProblemError(422, f"{detail}{more}", code="request-wrong", errors=found).response()


def _cursor(_: Request, error: Exception) -> JSONResponse:
    wrong = [WrongField(field="query.cursor", message=str(error))]
    return ProblemError(422, f"{error}.", code="request-wrong", errors=wrong).response()


def _store(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, StoreError)
    return of_store(error).response()


def _written(place: Iterable[Any]) -> str:
    text = ".".join(str(part) for part in place)
    return text.encode("utf-8", "replace").decode()[:200]
