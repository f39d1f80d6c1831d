"""The sandbox refuses every wrong way to say who calls."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import jwt
import pytest

from tests.servers.callers import DoorDash, Grubhub, UberEats
from tests.servers.sandbox import SandboxServer, sandbox_process, sandbox_server

__all__ = ["sandbox_process", "sandbox_server"]

DETAILS = "/doordash/api/v1/stores/dd-rest_001/menu_details"


def doordash(server: SandboxServer, headers: dict[str, str]) -> int:
    answer = server.http.get(DETAILS, headers=headers)
    if answer.status_code == 401:
        assert answer.json()["message"].startswith("Unauthenticated: ")
    return answer.status_code


def test_a_genuine_self_made_token_is_taken(sandbox_server: SandboxServer):
    caller = DoorDash(sandbox_server)
    assert doordash(sandbox_server, caller.headers()) == 200
    now = int(time.time())
    assert doordash(sandbox_server, caller.headers(iat=now, exp=now + 1800)) == 200
    assert doordash(sandbox_server, caller.headers(iat=str(now), exp=str(now + 60))) == 200


CLAIMS: dict[str, Any] = {
    "expired": lambda now: {"iat": now - 400, "exp": now - 1},
    "issued in the future": lambda now: {"iat": now + 60, "exp": now + 120},
    "longer than half an hour": lambda now: {"iat": now - 10, "exp": now + 1791},
    "no iat": lambda now: {"iat": None},
    "no exp": lambda now: {"exp": None},
    "exp is no number": lambda now: {"exp": "soon"},
    "another audience": lambda now: {"aud": "uber"},
    "no audience": lambda now: {"aud": None},
    "another issuer": lambda now: {"iss": "582e4f20-0f48-4bc2-99c2-e094675e2910"},
    "another key id": lambda now: {"kid": "585698aa-2aa6-4bb4-8b3f-dd9d3f47dc20"},
    "no key id": lambda now: {"kid": None},
    "another key": lambda now: {"key": b"another-key-of-thirty-two-bytes-or-more"},
}


@pytest.mark.parametrize("wrong", CLAIMS)
def test_a_wrong_self_made_token_is_refused(sandbox_server: SandboxServer, wrong: str):
    headers = DoorDash(sandbox_server).headers(**CLAIMS[wrong](int(time.time())))
    assert doordash(sandbox_server, headers) == 401


@pytest.mark.parametrize(
    "change",
    [
        {"Authorization": None},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer a.b.c"},
        {"Authorization": "Basic YTpi"},
        {"auth-version": None},
        {"auth-version": "v1"},
        {"User-Agent": "python-httpx/0.28.1"},
        {"User-Agent": "menu_sync_sandbox"},
    ],
    ids=str,
)
def test_wrong_headers_are_refused(sandbox_server: SandboxServer, change: dict[str, str | None]):
    headers = {**DoorDash(sandbox_server).headers(), **change}
    assert doordash(sandbox_server, {name: text for name, text in headers.items() if text is not None}) == 401


def test_the_tokens_own_header_is_looked_at(sandbox_server: SandboxServer):
    caller = DoorDash(sandbox_server)
    genuine = caller.headers()
    claims = jwt.decode(genuine["Authorization"].split()[1], options={"verify_signature": False})
    key = base64.urlsafe_b64decode(caller.config["signing_secret"])
    unsigned = jwt.encode(claims, None, algorithm="none", headers={"dd-ver": "DD-JWT-V1"})
    for token in (
        jwt.encode(claims, key, algorithm="HS256"),
        jwt.encode(claims, key, algorithm="HS256", headers={"dd-ver": "DD-JWT-V2"}),
        jwt.encode(claims, key.ljust(48, b"\0"), algorithm="HS384", headers={"dd-ver": "DD-JWT-V1"}),
        jwt.encode(claims, caller.config["signing_secret"], algorithm="HS256", headers={"dd-ver": "DD-JWT-V1"}),
        unsigned,
    ):
        assert doordash(sandbox_server, {**genuine, "Authorization": f"Bearer {token}"}) == 401


def test_the_user_agent_goes_with_the_provider(sandbox_server: SandboxServer):
    body = {
        "store": {"merchant_supplied_id": "dd-rest_001", "provider_type": "pizza_post"},
        "open_hours": [{"day_index": "MON", "start_time": "10:00", "end_time": "20:00"}],
        "special_hours": [],
        "menu": {"name": "A"},
    }
    caller = DoorDash(sandbox_server)
    url = "/doordash/api/v1/menus"
    refused = sandbox_server.http.post(url, json=body, headers=caller.headers("OtherPost/1.0"))
    assert (refused.status_code, "User-Agent" in refused.json()["message"]) == (400, True)
    assert sandbox_server.http.post(url, json=body, headers=caller.headers("PizzaPost/1.0")).status_code == 200


# ---- tokens that the platform gives ----


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "wrong"}, 401, "invalid_client"),
        ({"client_id": None}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"scope": None}, 400, "invalid_scope"),
        ({"scope": "eats.everything"}, 400, "invalid_scope"),
    ],
    ids=str,
)
def test_wrong_asks_for_a_token_are_refused(sandbox_server: SandboxServer, change: Any, status: int, code: str):
    answer = UberEats(sandbox_server).ask_token(**change)
    assert (answer.status_code, answer.json()["error"]) == (status, code)
    assert answer.json()["error_description"]


def test_a_token_is_asked_for_with_a_form(sandbox_server: SandboxServer):
    config = sandbox_server.configs["ubereats"]
    form = {
        "client_id": config["client_id"],
        "client_secret": config["client_secret"],
        "grant_type": "client_credentials",
        "scope": "eats.store",
    }
    url = f"{config['auth_url']}/oauth/v2/token"
    refused = sandbox_server.http.post(url, json=form)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")
    parts = {name: (None, text) for name, text in form.items()}
    for answer in (sandbox_server.http.post(url, data=form), sandbox_server.http.post(url, files=parts)):
        assert answer.status_code == 200, answer.text
        assert answer.json().keys() == {"access_token", "expires_in", "token_type", "scope", "refresh_token"}
        assert answer.json()["expires_in"] == 2_592_000


def uber(server: SandboxServer, token: str | None, path: str = "v2/eats/stores/{}/menus") -> tuple[int, str]:
    url = f"/ubereats/{path.format(server.store('ubereats'))}"
    headers = {"Authorization": token} if token else {}
    answer = server.http.get(url, headers=headers)
    return answer.status_code, answer.json()["code"]


def test_a_token_opens_what_its_scope_covers(sandbox_server: SandboxServer):
    caller = UberEats(sandbox_server)
    good = caller.ask_token().json()["access_token"]
    assert uber(sandbox_server, f"Bearer {good}") == (404, "resource_not_found")
    narrow = caller.ask_token(scope="eats.order").json()["access_token"]
    for token in (None, "Bearer", "Bearer unknown", good, f"Basic {good}", f"Bearer {good}x", f"Bearer {narrow}"):
        assert uber(sandbox_server, token) == (401, "unauthorized")


def test_a_token_runs_out(sandbox_server: SandboxServer):
    token = UberEats(sandbox_server).ask_token().json()["access_token"]
    sandbox_server.post("clock", {"advance": 30 * 86400 - 60})
    assert uber(sandbox_server, f"Bearer {token}")[0] == 404
    sandbox_server.post("clock", {"advance": 61})
    assert uber(sandbox_server, f"Bearer {token}") == (401, "unauthorized")


def test_a_hundred_tokens_an_hour_and_a_hundred_alive(sandbox_server: SandboxServer):
    caller = UberEats(sandbox_server)
    first, *others = [caller.ask_token().json()["access_token"] for _ in range(100)]
    refused = caller.ask_token()
    assert (refused.status_code, refused.json()["error"]) == (429, "rate_limited")
    assert uber(sandbox_server, f"Bearer {first}")[0] == 404
    sandbox_server.post("clock", {"advance": 3601})
    newest = caller.ask_token().json()["access_token"]
    assert uber(sandbox_server, f"Bearer {first}")[0] == 401
    assert [uber(sandbox_server, f"Bearer {token}")[0] for token in (others[0], newest)] == [404, 404]


# ---- signed requests ----

VALIDATE = "/pos/v1/menu/ingestion/validate?is_normalized_menu=true"


def grubhub(server: SandboxServer, headers: dict[str, str], content: bytes = b"{}", path: str = VALIDATE) -> int:
    return server.http.post(f"/grubhub{path}", content=content, headers=headers).status_code


def test_a_signed_request_is_taken_once(sandbox_server: SandboxServer):
    headers = Grubhub(sandbox_server).headers("POST", VALIDATE, b"{}")
    assert grubhub(sandbox_server, headers) == 200
    assert grubhub(sandbox_server, headers) == 401


def test_a_nonce_is_used_once_whatever_it_signs(sandbox_server: SandboxServer):
    caller = Grubhub(sandbox_server)
    assert grubhub(sandbox_server, caller.headers("POST", VALIDATE, b"{}", nonce="1:a")) == 200
    assert grubhub(sandbox_server, caller.headers("POST", VALIDATE, b"[]", nonce="1:a"), b"[]") == 401
    assert grubhub(sandbox_server, caller.headers("POST", VALIDATE, b"[]", nonce="1:b"), b"[]") == 200


def test_a_refused_request_does_not_use_its_nonce_up(sandbox_server: SandboxServer):
    caller = Grubhub(sandbox_server)
    assert grubhub(sandbox_server, caller.headers("POST", VALIDATE, b"{}", nonce="1:a", secret="wrong")) == 401
    assert grubhub(sandbox_server, caller.headers("POST", VALIDATE, b"{}", nonce="1:a")) == 200


def test_what_is_signed_cannot_be_changed(sandbox_server: SandboxServer):
    caller = Grubhub(sandbox_server)
    assert grubhub(sandbox_server, caller.headers("POST", VALIDATE, b"{}"), b"[]") == 401
    assert grubhub(sandbox_server, caller.headers("POST", VALIDATE, b"{}", hashed=b"[]")) == 401
    assert grubhub(sandbox_server, caller.headers("PUT", VALIDATE, b"{}")) == 401
    assert grubhub(sandbox_server, caller.headers("POST", VALIDATE, b"{}"), path=f"{VALIDATE}&merchant_id=1") == 401
    assert grubhub(sandbox_server, {**caller.headers("POST", VALIDATE, b"{}"), "Host": "elsewhere:443"}) == 401


@pytest.mark.parametrize("part", ["id", "nonce", "mac", "bodyhash"])
def test_no_part_may_be_missing(sandbox_server: SandboxServer, part: str):
    headers = Grubhub(sandbox_server).headers("POST", VALIDATE, b"{}")
    parts = headers["Authorization"].removeprefix("MAC ").split(",")
    kept = [one for one in parts if not one.startswith(f"{part}=")]
    assert len(kept) == 3
    headers["Authorization"] = "MAC " + ",".join(kept)
    assert grubhub(sandbox_server, headers) == 401


@pytest.mark.parametrize(
    "change",
    [
        {"X-GH-PARTNER-KEY": None},
        {"X-GH-PARTNER-KEY": "another"},
        {"Authorization": None},
        {"Authorization": "MAC"},
        {"Authorization": "MAC nonsense"},
        {"Authorization": "Bearer x"},
    ],
    ids=str,
)
def test_wrong_partner_headers_are_refused(sandbox_server: SandboxServer, change: dict[str, str | None]):
    headers = {**Grubhub(sandbox_server).headers("POST", VALIDATE, b"{}"), **change}
    assert grubhub(sandbox_server, {name: text for name, text in headers.items() if text is not None}) == 401


def test_the_secret_is_used_as_it_is_written(sandbox_server: SandboxServer):
    caller = Grubhub(sandbox_server)
    decoded = base64.b64decode(caller.config["secret_key"]).decode()
    assert grubhub(sandbox_server, caller.headers("POST", VALIDATE, b"{}", secret=decoded)) == 401


def test_an_empty_body_needs_no_hash(sandbox_server: SandboxServer):
    path = f"/pos/v1/merchant/{sandbox_server.store('grubhub')}/menu/normalized"
    assert Grubhub(sandbox_server).call("GET", path).status_code == 404


# ---- stores of somebody else, and of nobody ----


@pytest.mark.parametrize(
    ("caller", "method", "path", "statuses"),
    [
        (DoorDash, "GET", "/api/v1/stores/{}/menu_details", {"dd-foreign": 403, "nowhere": 404}),
        (
            UberEats,
            "GET",
            "/v2/eats/stores/{}/menus",
            {"99999999-0000-4000-8000-000000000001": 403, "99999999-0000-4000-8000-000000000002": 404, "rest_001": 400},
        ),
        (Grubhub, "GET", "/pos/v1/merchant/{}/menu/normalized", {"90000001": 403, "90000002": 404}),
    ],
    ids=["doordash", "ubereats", "grubhub"],
)
def test_stores(sandbox_server: SandboxServer, caller: Any, method: str, path: str, statuses: dict[str, int]):
    genuine = caller(sandbox_server)
    assert {store: genuine.call(method, path.format(store)).status_code for store in statuses} == statuses


def test_what_is_logged_holds_no_credentials(sandbox_server: SandboxServer):
    headers = DoorDash(sandbox_server).headers()
    assert doordash(sandbox_server, headers) == 200
    logged = json.dumps(sandbox_server.get("doordash/requests"))
    assert headers["Authorization"].split()[1] not in logged
    assert sandbox_server.count("doordash", method="GET", store="dd-rest_001", path="menu_details$") == 1
