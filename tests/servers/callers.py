"""Genuine calls to the sandbox, signed by each platform's own documents and not by the product's code."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import uuid
from typing import Any
from urllib.parse import urlsplit

import httpx
import jwt

from tests.servers.sandbox import SandboxServer


class DoorDash:
    """Makes its own tokens; ``agent`` goes with the payload's provider type."""

    name = "doordash"

    def __init__(self, server: SandboxServer) -> None:
        self.server = server
        self.config = server.configs[self.name]

    def headers(self, agent: str = "MenuSyncSandbox/1.0", key: bytes | None = None, **changes: Any) -> dict[str, str]:
        """Give genuine headers; ``changes`` are claims that are other, None takes one away."""
        now = int(time.time())
        claims = {
            "aud": "doordash",
            "iss": self.config["developer_id"],
            "kid": self.config["key_id"],
            "iat": now,
            "exp": now + 300,
            **changes,
        }
        secret = self.config["signing_secret"]
        token = jwt.encode(
            {name: value for name, value in claims.items() if value is not None},
            key or base64.urlsafe_b64decode(secret + "=" * (-len(secret) % 4)),
            algorithm="HS256",
            headers={"dd-ver": "DD-JWT-V1"},
        )
        return {"Authorization": f"Bearer {token}", "auth-version": "v2", "User-Agent": agent}

    def call(self, method: str, path: str, body: Any = None, **headers: Any) -> httpx.Response:
        """Call with genuine headers."""
        return self.server.http.request(
            method, f"/{self.name}{path}", json=body, headers=self.headers(agent(body), **headers)
        )


def agent(body: Any) -> str:
    """Give the User-Agent that goes with a payload's provider type."""
    try:
        provider = body["store"]["provider_type"]
    except (KeyError, TypeError):
        provider = None
    if not isinstance(provider, str) or not provider:
        provider = "menu_sync_sandbox"
    return "".join(word.capitalize() for word in provider.partition("/")[0].split("_")) + "/1.0"


class UberEats:
    """Gets a token once."""

    name = "ubereats"

    def __init__(self, server: SandboxServer) -> None:
        self.server = server
        self.config = server.configs[self.name]
        self._token = ""

    def ask_token(self, **changes: Any) -> httpx.Response:
        """Ask for a token; ``changes`` are form fields that are other, None takes one away."""
        form = {
            "client_id": self.config["client_id"],
            "client_secret": self.config["client_secret"],
            "grant_type": "client_credentials",
            "scope": "eats.store eats.store.status.write",
            **changes,
        }
        form = {name: value for name, value in form.items() if value is not None}
        return self.server.http.post(f"{self.config['auth_url']}/oauth/v2/token", data=form)

    def call(self, method: str, path: str, body: Any = None, **kwargs: Any) -> httpx.Response:
        """Call with a genuine token."""
        if not self._token:
            self._token = self.ask_token().json()["access_token"]
        headers = {"Authorization": f"Bearer {self._token}", **kwargs.pop("headers", {})}
        return self.server.http.request(method, f"/{self.name}{path}", json=body, headers=headers, **kwargs)


class Grubhub:
    """Signs each request over its bytes."""

    name = "grubhub"

    def __init__(self, server: SandboxServer) -> None:
        self.server = server
        self.config = server.configs[self.name]

    def headers(
        self,
        method: str,
        path: str,
        content: bytes = b"",
        *,
        nonce: str = "",
        secret: str = "",
        hashed: bytes | None = None,
    ) -> dict[str, str]:
        """Give genuine headers; ``nonce``, ``secret`` and ``hashed`` (other bytes than the body's) can be other."""
        nonce = nonce or f"7349622:{uuid.uuid4()}"
        address = urlsplit(self.server.address)
        body_hash = base64.b64encode(hashlib.sha256(content if hashed is None else hashed).digest()).decode()
        body_hash = body_hash if content else ""
        lines = [nonce, method, f"/{self.name}{path}", address.hostname, str(address.port), body_hash, ""]
        key = (secret or self.config["secret_key"]).encode()
        code = hmac.digest(key, "".join(f"{line}\n" for line in lines).encode(), "sha256")
        parts = {"id": self.config["client_id"], "nonce": nonce}
        parts |= {"bodyhash": body_hash} if body_hash else {}
        parts["mac"] = base64.b64encode(code).decode()
        return {
            "Authorization": "MAC " + ",".join(f'{name}="{value}"' for name, value in parts.items()),
            "X-GH-PARTNER-KEY": self.config["partner_key"],
            "Content-Type": "application/json",
        }

    def call(self, method: str, path: str, body: Any = None, **changes: Any) -> httpx.Response:
        """Call with genuine headers."""
        content = b"" if body is None else json.dumps(body).encode()
        return self.server.http.request(
            method, f"/{self.name}{path}", content=content, headers=self.headers(method, path, content, **changes)
        )

    def ingest(self, store: str, url: str, **more: Any) -> httpx.Response:
        """Ask for a menu to be taken from an address."""
        body = {"merchant_ids": [store], "menu_url": url, "normalized_menu": True, **more}
        return self.call("POST", "/pos/v1/menu/ingestion", body)

    def outcome(self, job: str) -> dict[str, Any]:
        """Poll a job until it has ended; gives the merchant's part."""
        return until(
            lambda: self.call("GET", f"/pos/v1/menu/ingestion/jobs/{job}").json()["merchant_statuses"][0],
            lambda status: status["status"] not in ("REQUESTED", "IN_PROGRESS"),
        )


def until(ask: Any, done: Any, seconds: float = 20.0) -> Any:
    """Ask again and again until the answer is as wanted; fails with the last answer."""
    end = time.monotonic() + seconds
    while True:
        answer = ask()
        if done(answer):
            return answer
        assert time.monotonic() < end, answer
        time.sleep(0.01)
