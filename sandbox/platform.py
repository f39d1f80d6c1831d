"""One platform's stand-in: finds the endpoint, lets faults happen, checks who calls, does the steps."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, unquote

from sandbox.clock import Clock
from sandbox.definition import Definition, Endpoint
from sandbox.exchange import Answer, Request
from sandbox.faults import (
    DelayFault,
    Fault,
    Faults,
    NotJsonFault,
    ResetFault,
    StatusFault,
    TruncatedFault,
)
from sandbox.formulas import FormulaError
from sandbox.job_steps import read_json, unpacked
from sandbox.limits import Limit
from sandbox.outgoing import Webhooks
from sandbox.state import MAX_LOGGED_BODY, State
from sandbox.steps import Context

LOG = logging.getLogger(__name__)
MAX_UNPACKED = 64 * 1024 * 1024
MAX_HURRY = 30.0
PAGE = b"<!DOCTYPE html><html><head><title>Bad gateway</title></head><body>The upstream did not answer.</body></html>"
HIDDEN = ("authorization", "x-api-key")


class Platform:
    """A stand-in: what its data file says, what it remembers, and where its webhooks go."""

    def __init__(self, definition: Definition, address: str, clock: Clock, faults: Faults) -> None:
        self.definition = definition
        self.name = definition.platform
        self.address = address
        self.clock = clock
        self.faults = faults
        self.callback: str | None = None
        self.state = State()
        self.webhooks = Webhooks(self)

    def reset(self, restaurants: list[str]) -> None:
        """Forget everything; what is left are the stores of these restaurants and those of the data file."""
        for job in list(self.state.jobs.values()):
            self.state.drop_job(job)
        self.webhooks.stop()
        self.state = State()
        self.webhooks = Webhooks(self)
        forms = self.definition.stores
        for restaurant in restaurants:
            store_id = forms.id.value({"restaurant": restaurant})
            self.state.add_store({"id": store_id, "restaurant": restaurant, **forms.attributes})
        for store in forms.others:
            self.state.add_store({**forms.attributes, **store})

    def configuration(self, restaurants: list[str]) -> dict[str, Any]:
        """Give what the product must be told to talk to this stand-in: its part of PLATFORM_CONFIGS."""
        names = self.names()
        settings = {}
        for restaurant in restaurants:
            known = {
                **names,
                "restaurant": restaurant,
                "id": self.definition.stores.id.value({"restaurant": restaurant}),
            }
            settings[restaurant] = {
                name: template.make(known) for name, template in self.definition.stores.settings.items()
            }
        environment = {name: template.make(names) for name, template in self.definition.environment.items()}
        return {"environment": "sandbox", **environment, **self.definition.credentials, "stores": settings}

    def names(self) -> dict[str, Any]:
        """Give the names that every formula knows."""
        return {
            "platform": self.name,
            "address": self.address,
            "credentials": self.definition.credentials,
            "stores": self.state.stores,
        }

    def facts(self, context: Context) -> dict[str, str]:
        """Give what faults are matched with inside steps."""
        facts: dict[str, str] = dict(context.names.get("facts", {}))
        if "store" in context.names:
            facts["store"] = context.names["store"]["id"]
        return facts

    async def handle(self, request: Request, path: str) -> Answer:
        """Answer one request; ``path`` is without the platform's own prefix."""
        endpoint, parameters, names = self._route(request, path)
        if endpoint is None:
            refusals = self.definition.refusals
            refusal = refusals.wrong_method if parameters else refusals.unknown_path
            self._log(request, path, names, 404)
            return refusal.answer(self.definition.refusal, names)
        names |= {
            "path": parameters,
            "query": dict(parse_qsl(request.query, keep_blank_values=True, max_num_fields=100)),
            "headers": request.headers,
        }
        if endpoint.refusal is not None:
            names["refusal_form"] = endpoint.refusal
        self._read_body(request, names)
        store = endpoint.store.value(names) if endpoint.store else None
        facts = {"method": request.method, "path": path} | ({"store": store} if isinstance(store, str) else {})
        names["facts"] = facts
        entry = self._log(request, path, names, 0)
        answer = await self._with_faults(endpoint, request, names, facts)
        entry["status"] = 0 if answer.broken == "reset" else answer.status
        return answer

    def _route(self, request: Request, path: str) -> tuple[Endpoint | None, dict[str, str], dict[str, Any]]:
        other_method = {}
        for endpoint in self.definition.endpoints.values():
            found = endpoint.request.path.fullmatch(path)
            if found is None:
                continue
            if endpoint.request.method == request.method:
                return endpoint, {name: unquote(text) for name, text in found.groupdict().items()}, self.names()
            other_method = {"path": path}
        return None, other_method, self.names()

    def _read_body(self, request: Request, names: dict[str, Any]) -> None:
        names |= {"body": None, "body_problem": None, "raw": request.body}
        encoding = request.headers.get("content-encoding", "identity").strip().lower()
        try:
            if encoding == "gzip":
                names["raw"] = unpacked(request.body, MAX_UNPACKED)
            elif encoding != "identity":
                raise ValueError(f"the Content-Encoding {encoding} is not known")
        except ValueError as error:
            names["body_problem"] = str(error)
            return
        names["body"], names["body_problem"] = read_json(names["raw"])

    async def _with_faults(
        self, endpoint: Endpoint, request: Request, names: dict[str, Any], facts: dict[str, str]
    ) -> Answer:
        after: list[Fault] = []
        while (fault := self.faults.take("request", self.name, facts, only=lambda one: one not in after)) is not None:
            if isinstance(fault, DelayFault):
                await asyncio.sleep(fault.seconds)
            elif isinstance(fault, ResetFault) and fault.when == "before":
                return Answer(0, broken="reset")
            elif isinstance(fault, StatusFault) and not fault.processed:
                return fault.answer()
            elif isinstance(fault, NotJsonFault) and not fault.processed:
                return Answer(fault.status, PAGE, {"Content-Type": "text/html"})
            else:
                after.append(fault)
                continue
            after.append(fault)
        answer = await self._answer(endpoint, request, names, facts)
        for fault in after:
            answer = _spoiled(answer, fault)
        return answer

    async def _answer(
        self, endpoint: Endpoint, request: Request, names: dict[str, Any], facts: dict[str, str]
    ) -> Answer:
        context = Context(self, names)
        refusals = self.definition.refusals
        if endpoint.auth:
            problem = self.definition.auth[endpoint.auth].problem(request, names, self.state, self.clock)
            if problem is not None:
                return context.refuse(refusals.unauthorized, problem=problem)
        limits: list[tuple[str, Limit]] = [("", limit) for limit in self.definition.limits]
        limits += [(endpoint.request.text, limit) for limit in endpoint.limits]
        for place, limit in limits:
            if not self.state.windows.allows(place, limit, facts.get("store", ""), self.clock.now()):
                return context.refuse(refusals.too_many)
        if max(len(request.body), len(names["raw"])) > endpoint.max_bytes:
            return context.refuse(endpoint.too_large or refusals.too_large)
        try:
            answer = await endpoint.steps.run(context)
        except FormulaError as error:
            LOG.error("The data file of %s could not answer %s: %s", self.name, endpoint.request.text, error)
            return Answer(500, {"sandbox_error": str(error)})
        if context.started:
            await self._hurry(context)
        return answer or Answer(204)

    async def _hurry(self, context: Context) -> None:
        """Let the jobs end, and their webhooks arrive, before the answer, where a fault asks for it."""
        facts = self.facts(context) | {"job": context.started[0].kind}
        fault = None
        for webhook in self.definition.webhooks:
            fault = fault or self.faults.take(
                "webhook", self.name, {**facts, "webhook": webhook}, only=lambda one: one.how == "before_answer"
            )
        if fault is None:
            return
        for job in context.started:
            job.hurried = True
            if job.task is not None:
                await asyncio.wait({job.task}, timeout=MAX_HURRY)
        await self.webhooks.settle()

    def _log(self, request: Request, path: str, names: dict[str, Any], status: int) -> dict[str, Any]:
        self.state.request_count += 1
        raw = names.get("raw", b"")
        entry = {
            "number": self.state.request_count,
            "at": datetime.now(UTC).isoformat(),
            "method": request.method,
            "path": path,
            "query": request.query,
            "store": names.get("facts", {}).get("store"),
            "headers": {name: "…" if name in HIDDEN else text for name, text in request.headers.items()},
            "bytes": len(request.body),
            "raw": raw if len(raw) <= MAX_LOGGED_BODY else None,
            "status": status,
        }
        self.state.requests.append(entry)
        return entry


def _spoiled(answer: Answer, fault: Fault) -> Answer:
    match fault:
        case StatusFault():
            return fault.answer()
        case ResetFault():
            return Answer(answer.status, broken="reset")
        case TruncatedFault():
            return Answer(answer.status, answer.body, answer.headers, "truncated")
        case NotJsonFault():
            return Answer(fault.status, PAGE, {"Content-Type": "text/html"})
    return answer
