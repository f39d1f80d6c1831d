"""Requests that the stand-ins make themselves: webhooks, and documents that they download."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import http.client
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sandbox.faults import WebhookFault
from sandbox.state import Job

if TYPE_CHECKING:
    from sandbox.definition import Webhook
    from sandbox.platform import Platform

TIMEOUT = 10.0
MAX_ANSWER = 64 * 1024


async def fetch(
    method: str,
    url: str,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    limit: int = MAX_ANSWER,
) -> tuple[int, bytes, str | None]:
    """Make one request, without following redirects; gives status, body and what went wrong."""
    return await asyncio.to_thread(_fetch, method, url, body, dict(headers or {}), limit)


def _fetch(
    method: str, url: str, body: bytes | None, headers: dict[str, str], limit: int
) -> tuple[int, bytes, str | None]:
    connection: http.client.HTTPConnection | None = None
    try:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            return 0, b"", "the address is neither http nor https"
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname, parts.port, timeout=TIMEOUT)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target, body=body, headers=headers)
        answer = connection.getresponse()
        content = answer.read(limit + 1)
        if len(content) > limit:
            return answer.status, b"", "the answer is too large"
        return answer.status, content, None
    except (OSError, http.client.HTTPException, ValueError) as error:
        return 0, b"", f"the address could not be reached: {type(error).__name__}"
    finally:
        if connection is not None:
            connection.close()


class Webhooks:
    """Sends a platform's webhooks to ``{callback}/webhooks/{platform}/{webhook}``, and logs each delivery."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._tasks: set[asyncio.Task[None]] = set()

    def post(self, name: str, names: dict[str, Any], job: Job | None) -> None:
        """Send one without waiting for it, as the faults that stand allow."""
        platform = self._platform
        form = platform.definition.webhooks[name]
        facts = {"webhook": name, "store": str((names.get("store") or {}).get("id", ""))}
        if job is not None:
            facts["job"] = job.kind
        fault = platform.faults.take("webhook", platform.name, facts, only=lambda one: one.how != "before_answer")
        how = fault.how if isinstance(fault, WebhookFault) else ""
        late = fault.seconds if isinstance(fault, WebhookFault) and how == "late" else 0.0
        body = json.dumps(form.body.make(names), ensure_ascii=False).encode()
        headers = self._headers(form, body, names, spoiled=how == "bad_signature")
        entry: dict[str, Any] = {
            "webhook": name,
            "store": facts["store"],
            "body": json.loads(body),
            "fault": how or None,
            "deliveries": [],
        }
        platform.state.webhooks.append(entry)
        if how == "lost":
            return
        for _ in range(2 if how == "twice" else 1):
            task = asyncio.get_running_loop().create_task(self._deliver(form, name, body, headers, late, entry))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def settle(self) -> None:
        """Wait until everything that was sent has arrived or failed."""
        if self._tasks:
            await asyncio.wait(set(self._tasks))

    def stop(self) -> None:
        """Give up what is on its way."""
        for task in self._tasks:
            task.cancel()

    async def _deliver(
        self, form: Webhook, name: str, body: bytes, headers: dict[str, str], late: float, entry: dict[str, Any]
    ) -> None:
        await asyncio.sleep(late)
        pause = float(form.pause)
        for number in range(form.tries):
            base = self._platform.callback
            if base is None:
                entry["deliveries"].append({"problem": "no callback address is set (--webhook-url)"})
                return
            if number:
                await self._platform.clock.wait(pause)
                pause *= 2
            url = f"{base.rstrip('/')}/webhooks/{self._platform.name}/{name}"
            status, _, problem = await fetch("POST", url, body=body, headers=headers)
            entry["deliveries"].append({"at": datetime.now(UTC).isoformat(), "status": status, "problem": problem})
            if problem is None and 200 <= status < 300:
                return

    def _headers(self, form: Webhook, body: bytes, names: dict[str, Any], *, spoiled: bool) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "User-Agent": "sandbox/1.0"}
        headers |= {name: template.make(names) for name, template in form.headers.items()}
        proof = {name: template.make(names) for name, template in form.proof.items()}
        if form.signature is not None:
            secret: str = form.signature.secret.make(names)
            proof[form.signature.header] = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        if spoiled:
            proof = {name: text[:-1] + ("0" if text[-1:] != "0" else "1") for name, text in proof.items()}
        return headers | proof
