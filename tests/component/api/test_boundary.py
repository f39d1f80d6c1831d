"""What every answer keeps to: problem details, headers, sizes, rates, nothing secret, whatever goes wrong."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from pipeline.api.app import create_app
from pipeline.api.boundary import HEADERS, MOST_BYTES
from pipeline.store.protocol import LimitExceeded, StoreBusy, StoreError
from tests.api_world import API_KEYS, KEYS, MINE, NOW, SECRETS, World, world

LATER = "2099-01-01T00:00:00Z"
HOSTILE = [
    "a" * 121,
    "%00",
    "%ff%fe",
    "..%2f..%2fetc%2fpasswd",
    "{{7*7}}",
    "'; DROP TABLE x; --",
    "%F0%9F%8D%95",
]


def test_every_answer_has_the_headers(fresh: World):
    for path in ("/health", "/admin/me", "/nothing", "/docs", "/openapi.json", "/hosted/x"):
        answer = fresh.get(path)
        for name, value in HEADERS.items():
            assert answer.headers[name] == value
    assert fresh.get("/admin/me").headers["cache-control"] == "private, no-cache"
    assert fresh.get("/admin/me", key="").headers["cache-control"] == "private, no-cache"
    assert fresh.post(f"/admin/sync/{MINE}/full-refresh").headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in fresh.get("/admin/me", headers={"Origin": "https://e.org"}).headers


def test_no_such_address_and_no_such_method(fresh: World):
    fresh.problem(fresh.get("/admin/nothing"), 404)
    fresh.problem(fresh.get("/admin/me/"), 404)
    answer = fresh.call("DELETE", "/admin/me")
    fresh.problem(answer, 405)
    assert answer.headers["allow"] == "GET"


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        (f"/admin/sync/{MINE}/full-refresh", {"platforms": "doordash"}, "body.platforms"),
        (f"/admin/sync/{MINE}/full-refresh", {"platforms": [1]}, "body.platforms.0"),
        (f"/admin/sync/{MINE}/full-refresh", {"force": "perhaps"}, "body.force"),
        (f"/admin/sync/{MINE}/full-refresh", {"forced": True}, "body.forced"),
        (f"/admin/sync/{MINE}/full-refresh", [], "body"),
        (f"/admin/availability/{MINE}", {}, "body.items"),
        (f"/admin/availability/{MINE}", {"items": []}, "body.items"),
        (f"/admin/availability/{MINE}", {"items": ["Soup"], "until": "2027-01-01T00:00:00"}, "body.until"),
        (f"/admin/availability/{MINE}", {"items": ["Soup"], "until": "tomorrow"}, "body.until"),
        (f"/admin/availability/{MINE}", {"items": ["Soup"], "available": True, "until": LATER}, "body"),
        ("/admin/errors/retry", {"error_ids": []}, "body.error_ids"),
    ],
)  # fmt: skip
def test_a_wrong_body_is_told_with_the_place(fresh: World, path: str, body: Any, field: str):
    problem = fresh.problem(fresh.post(path, body), 422, "request-wrong")
    assert field in [error["field"] for error in problem["errors"]]
    assert problem["detail"].startswith(problem["errors"][0]["field"])


@pytest.mark.parametrize(
    "path",
    [
        "/admin/errors?limit=0", "/admin/errors?limit=201", "/admin/errors?limit=x", "/admin/errors?status=closed",
        "/admin/errors?cursor=x", "/admin/audit?since=yesterday", "/admin/audit?since=2026-01-01T00:00:00",
        "/admin/audit?cursor=WyJ4Il0", "/admin/restaurants?cursor=x", "/admin/restaurants?status=BAD",
        "/admin/restaurants?search=%00", "/admin/history/rest_001?cursor=WyJlcnJvcnMiLDFd", "/admin/summary?days=91",
    ],
)  # fmt: skip
def test_a_wrong_query_is_told(fresh: World, path: str):
    assert fresh.problem(fresh.get(path), 422, "request-wrong")["errors"]


@pytest.mark.parametrize(
    "content", [b"{", b"\xff", b'{"platforms": ' + b"[" * 100_000, b'{"items": ["\\ud800"]}', b"nul"]
)
@pytest.mark.parametrize(
    "path", [f"/admin/sync/{MINE}/full-refresh", f"/admin/availability/{MINE}", "/admin/preview/doordash"]
)
def test_what_is_no_json_is_told(fresh: World, path: str, content: bytes):
    answer = fresh.call("POST", path, content=content, headers={"Content-Type": "application/json"})
    fresh.problem(answer, 422, "request-wrong")


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize(
    "path", ["/admin/sync-status/{}", "/admin/operations/{}", "/admin/errors/{}", "/admin/platforms/{}"]
)
def test_hostile_names_are_unknown_or_wrong(fresh: World, path: str, hostile: str):
    for key in ("operator", "mine"):
        answer = fresh.get(path.format(hostile), key)
        assert answer.status_code in (403, 404, 422)
        fresh.problem(answer, answer.status_code)


def test_half_a_character_in_settings_is_wrong(fresh: World):
    content = b'{"settings": {"store_id": "\\ud800"}}'
    answer = fresh.call("PUT", f"/admin/restaurants/{MINE}/platforms/doordash", content=content)
    fresh.problem(answer, 422, "request-wrong")


def test_a_request_that_is_too_large_is_refused_before_it_is_read(fresh: World):
    path = f"/admin/sync/{MINE}/full-refresh"
    fresh.problem(fresh.call("POST", path, content=b" " * (MOST_BYTES + 1)), 413, "too-large")

    def endless() -> Any:
        for _ in range(40):
            yield b" " * 65_536

    fresh.problem(fresh.call("POST", path, content=endless()), 413)


def test_a_key_is_not_used_too_often(tmp_path: Path):
    now = [NOW]
    with world(tmp_path, clock=lambda: now[0], API_REQUESTS_PER_MINUTE="3") as api:
        assert [api.get("/admin/me").status_code for _ in range(3)] == [200, 200, 200]
        answer = api.get("/admin/me")
        api.problem(answer, 429, "too-often")
        assert 0 < int(answer.headers["retry-after"]) <= 62
        assert api.get("/admin/me", "reader").status_code == 200
        now[0] += timedelta(seconds=int(answer.headers["retry-after"]))
        assert api.get("/admin/me").status_code == 200


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (ValueError("a secret word"), 500, "bug"),
        (RecursionError("a secret word"), 500, "bug"),
        (StoreError("a secret word"), 503, "store-failed"),
        (StoreBusy("a secret word"), 503, "store-failed"),
        (LimitExceeded("a secret word"), 422, "too-long"),
    ],
)
def test_what_fails_inside_is_told_without_its_words(
    fresh: World,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    status: int,
    code: str,
):
    def fail(*_: Any, **__: Any) -> Any:
        raise error

    monkeypatch.setattr(type(fresh.store), "list_errors", fail)
    answer = fresh.get("/admin/errors")
    fresh.problem(answer, status, code)
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    if code == "bug":
        (logged,) = [record.getMessage() for record in caplog.records if record.name == "menu_sync.api"]
        assert type(error).__name__ in logged
        assert "secret" not in logged


def test_a_database_that_cannot_be_opened_is_told(tmp_path: Path):
    def opener() -> Any:
        raise StoreError("a secret word")

    answer = TestClient(create_app(opener, work=False)).get("/admin/me")
    assert answer.status_code == 503
    assert "secret" not in answer.text


def test_an_unchanged_answer_has_no_body(fresh: World):
    first = fresh.get("/admin/restaurants")
    again = fresh.get("/admin/restaurants", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    fresh.post(f"/admin/sync/{MINE}/full-refresh")
    changed = fresh.get("/admin/restaurants", headers={"If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200
    assert changed.headers["etag"] != first.headers["etag"]


def test_long_answers_are_packed_for_whom_asks_and_are_the_same_ones(fresh: World):
    address = "/admin/coverage"
    plain = fresh.get(address, headers={"Accept-Encoding": "identity"})
    packed = fresh.get(address, headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(plain.content) / 4
    assert (packed.json(), packed.headers["etag"]) == (plain.json(), plain.headers["etag"])
    again = fresh.get(address, headers={"Accept-Encoding": "gzip", "If-None-Match": packed.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_pages_of_others_may_use_it_where_they_are_named(tmp_path: Path):
    with world(tmp_path, CORS_ORIGINS="https://ops.example.org") as api:
        asked = {"Origin": "https://ops.example.org", "Access-Control-Request-Method": "GET"}
        answer = api.client.options("/admin/me", headers={**asked, "Access-Control-Request-Headers": "X-API-Key"})
        assert answer.headers["access-control-allow-origin"] == "https://ops.example.org"
        other = api.get("/admin/me", headers={"Origin": "https://evil.example.org"})
        assert "access-control-allow-origin" not in other.headers


def test_no_answer_holds_a_secret(fresh: World):
    seen = [fresh.get(path).text for path in ("/admin/platforms", "/admin/platforms/doordash", "/admin/me", "/ready")]
    seen.append(fresh.get(f"/admin/restaurants/{MINE}/platforms/doordash").text)
    seen.append(json.dumps(fresh.app.openapi()))
    for secret in (*SECRETS, *KEYS.values(), API_KEYS):
        assert not [text for text in seen if secret in text]
