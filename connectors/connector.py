"""One platform account in one environment: sends the steps of its mapping and says what became of them."""

from __future__ import annotations

import asyncio
import hashlib
import random
import secrets as randomness
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeAlias

from connectors import files
from connectors.addresses import Addresses
from connectors.auth import Known, scheme_of
from connectors.auth.tokens import answer_view
from connectors.errors import Judge
from connectors.exchange import Answer, Exchange, Fault, Grant, Reply, Request, Sent
from connectors.limits import Gate, RateLimits, Sleep, buckets
from connectors.masking import MASK, Masker
from connectors.requests import FROM_STEP, Builder, FileContent
from connectors.retry import RetryPolicy, retry_after
from connectors.token_keeper import TokenKeeper
from connectors.transport import Transport
from connectors.verdicts import RowResult, Verdict
from pipeline.json_text import Written
from pipeline.mapping.compiler.slots import Slot
from pipeline.mapping.conversation.conversation import Conversation
from pipeline.mapping.conversation.steps import CompiledOutcome, CompiledStep
from pipeline.mapping.expressions.scope import AnswerView
from pipeline.mapping.transforms.registry import RunFacts
from pipeline.store.records import Bucket

PATIENCE = timedelta(seconds=10)
"""Longer pauses are not waited here: the verdict says `wait`, and no process is held meanwhile."""
OK: tuple[int | str, ...] = ("2xx",)
Before: TypeAlias = Callable[[], Awaitable[None]]
"""What is done right before each try; what it raises ends them all."""


@dataclass(frozen=True, slots=True)
class StepResult:
    """What became of a step: the verdict, the last answer, every try (masked), and what is to be kept.

    ``saved`` and ``added`` hold the step's ``save`` and ``add``; ``rows`` what became of each dish.
    """

    verdict: Verdict
    answer: AnswerView | None
    exchange: Exchange | None
    saved: Mapping[str, Any] = field(default_factory=dict)
    added: Mapping[str, Any] = field(default_factory=dict)
    rows: tuple[RowResult, ...] = ()


@dataclass(frozen=True, slots=True)
class _Asking:
    """One request and what belongs to judging its answer."""

    request: Request
    names: Mapping[str, Any]
    facts: RunFacts
    store: str
    through: tuple[Bucket, ...]
    success: tuple[int | str, ...]
    outcome: CompiledOutcome | None = None
    message: Slot | None = None
    waits: bool = False
    repeatable: bool | None = None
    before: Before | None = None
    admitted: datetime | None = None


class Connector:
    """Sends requests of one platform account. Cheap to make; tokens, limits and transport are shared."""

    def __init__(
        self,
        conversation: Conversation,
        *,
        credentials: Mapping[str, str],
        environment: str,
        addresses: Mapping[str, str],
        tokens: TokenKeeper,
        limits: RateLimits,
        transport: Transport,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Sleep = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
        patience: timedelta = PATIENCE,
        backoff: timedelta | None = None,
    ) -> None:
        """``addresses`` are the environment's values (``base_url`` …), as PLATFORM_CONFIGS overrides them."""
        self.conversation = conversation
        self.environment = environment
        self.addresses = Addresses(environment, addresses)
        self.secrets = frozenset(value for value in credentials.values() if value)
        self.judge = Judge(conversation.title, conversation.errors, RetryPolicy.of(conversation.retry, backoff))
        self._credentials = conversation.credentials_class(
            *(credentials.get(name) or None for name in conversation.credentials_class.__struct_fields__)
        )
        known = conversation.environment_class.__struct_fields__
        self._environment = conversation.environment_class(*(addresses.get(name, "") for name in known))
        self._scheme = scheme_of(conversation.auth)
        self._builder = Builder(self.addresses, conversation.headers, self.secrets)
        # Whoever gets new credentials starts with new tokens and fresh limits.
        written = "\0".join(f"{name}={value}" for name, value in sorted(credentials.items()))
        digest = hashlib.sha256(f"{self.addresses.base_url}\0{written}".encode()).hexdigest()[:16]
        self.account = f"{conversation.platform}:{environment}:{digest}"
        self._tokens = tokens
        self._transport = transport
        self._clock = clock
        self._sleep = sleep
        self._jitter = jitter
        self._patience = patience
        self._gate = Gate(limits, clock, sleep, patience)

    # -- for the outside -----------------------------------------------------------------------

    async def send(
        self,
        step: CompiledStep,
        names: Mapping[str, Any],
        facts: RunFacts,
        *,
        body: Any = FROM_STEP,
        store: str = "",
        written: Written | None = None,
        before: Before | None = None,
        admitted: datetime | None = None,
    ) -> StepResult:
        """Send a step's request, again where that helps, and judge the answer.

        ``body`` takes the place of the step's own, where that is sent in parts; ``written`` is a value of the names
        whose bytes are known. ``store`` says whose requests are counted together; the restaurant's id, if not said.
        ``before`` is done right before each try. When one was taken for the first try from each of
        :meth:`shared_buckets`, ``admitted`` says when. Expected failures are verdicts.
        """
        names = self.names(names)
        store = store or _store_of(names)
        file = await self._file(step, names, facts)
        if isinstance(file, Fault):
            if file.kind == "too_large" and step.file is not None and step.file.form.max_bytes is not None:
                return StepResult(Verdict("skipped", file.message), None, None)
            return self._unsent(file, step)
        request = self._builder.request(step, names, facts, body=body, file=file, written=written)
        if isinstance(request, Fault):
            return self._unsent(request, step)
        asking = _Asking(
            request, names, facts, store, self._buckets(step, store), step.form.success, step.outcome, step.message,
            repeatable=step.form.repeatable, before=before, admitted=admitted,
        )  # fmt: skip
        result = await self._ask(asking)
        if result.answer is None or not result.verdict.good:
            return result
        inner = {**names, "answer": result.answer}
        return replace(
            result,
            saved=_values(step.save, inner, facts),
            added={key: value for key, value in _values(step.add, inner, facts).items() if isinstance(value, dict)},
        )

    async def poll(
        self, step: CompiledStep, names: Mapping[str, Any], facts: RunFacts, *, store: str = ""
    ) -> StepResult:
        """Ask once for the result that a step waits for; without one yet the verdict is ``working``."""
        assert step.wait is not None
        assert step.wait.poll is not None
        names = self.names(names)
        store = store or _store_of(names)
        request = self._builder.bare(step.wait.poll.request, step.wait.poll.headers, names, facts)
        if isinstance(request, Fault):
            return self._unsent(request, step)
        through = buckets(self.conversation.limits, self.account, store)
        asking = _Asking(request, names, facts, store, through, OK, step.outcome, step.message, waits=True)
        result = await self._ask(asking)
        if result.answer is None or not result.verdict.good or not step.save:
            return result
        return replace(result, saved=_values(step.save, {**names, "answer": result.answer}, facts))

    def shared_buckets(self, step: CompiledStep, names: Mapping[str, Any]) -> tuple[Bucket, ...]:
        """Give the buckets of a step's request in which other processes count, too."""
        return self._buckets(step, _store_of(names)) if self._gate.is_shared else ()

    def sketch(
        self, step: CompiledStep, names: Mapping[str, Any], facts: RunFacts, *, body: Any = FROM_STEP
    ) -> Request | Fault:
        """Give the request that a step would send, signed and masked, without asking anybody for anything."""
        names = self.names(names)
        request = self._builder.request(step, names, facts, body=body)
        if isinstance(request, Fault):
            return request
        flow = self._scheme.flow(request, self._known(names, facts), Grant(MASK))
        try:
            next(flow)
        except StopIteration as stop:
            made = stop.value
        else:
            raise AssertionError("a scheme that holds a token asks for none")
        return made if isinstance(made, Fault) else Masker(made.secrets).request(made)

    def names(self, names: Mapping[str, Any]) -> dict[str, Any]:
        """Give the names of formulas in steps: the given ones, with this account's credentials and environment."""
        return {**names, "credentials": self._credentials, "environment": self._environment}

    # -- one request, tried as often as it helps -----------------------------------------------

    async def _ask(self, asking: _Asking) -> StepResult:
        tries: list[Sent] = []
        attempt, refreshed, admitted = 1, False, asking.admitted
        while True:
            reply = await self._try(asking, tries, admitted)
            admitted = None
            view = answer_view(reply) if isinstance(reply, Answer) else None
            verdict, rows = self._judged(asking, reply, view)
            if verdict.action == "refresh_token":
                if self._scheme.renews and not refreshed:
                    refreshed = True
                    self._tokens.refuse(self._token_key(asking.store), tries[-1].request.secrets)
                    continue
                verdict = replace(verdict, action="reconnect")
            if verdict.action == "retry" and attempt < self.judge.retry.attempts:
                pause = verdict.after or self.judge.retry.pause(attempt, reply, self._clock(), self._jitter)
                if pause <= self._patience:
                    await self._sleep(pause.total_seconds())
                    attempt += 1
                    continue
                verdict = replace(verdict, action="wait", after=pause)
            elif verdict.action == "retry":
                verdict = replace(verdict, after=retry_after(reply, self._clock()))
            exchange = Exchange(reply, tries, partial(self._masker, asking, tries))
            if verdict.message or verdict.detail or verdict.fields:
                verdict = _masked(verdict, self._masker(asking, tries))
            return StepResult(verdict, view, exchange, rows=rows)

    async def _try(self, asking: _Asking, tries: list[Sent], admitted: datetime | None) -> Reply:
        """Make the request known, wait for the limits, send it."""
        key = self._token_key(asking.store)
        known = self._known(asking.names, asking.facts)
        form = self.conversation.auth.form if self.conversation.auth is not None else None
        token_limits = buckets(getattr(form, "limits", ()), self.account, asking.store, "token")

        async def send_own(request: Request) -> Reply:
            return await self._gate.enter(token_limits) or await self._sent(request, tries)

        made = await self._tokens.authorize(
            key, lambda held: self._scheme.flow(asking.request, known, held), send_own, known.now
        )
        if isinstance(made, Fault):
            return made
        stopped = await self._gate.enter(asking.through, admitted)
        if stopped is not None:
            return stopped
        if asking.before is not None:
            await asking.before()
        return await self._sent(made, tries)

    async def _sent(self, request: Request, tries: list[Sent]) -> Reply:
        at = self._clock()
        reply = await self._transport.send(request)
        tries.append(Sent(at, request, reply))
        return reply

    def _judged(self, asking: _Asking, reply: Reply, view: AnswerView | None) -> tuple[Verdict, tuple[RowResult, ...]]:
        if isinstance(reply, Fault):
            return self.judge.fault(reply, asking.request.method, asking.repeatable), ()
        assert view is not None
        names = {**asking.names, "answer": view}
        return self.judge.answer(
            reply, view, asking.success, names, asking.facts,
            outcome=asking.outcome, message=asking.message, waits=asking.waits,
        )  # fmt: skip

    # -- parts ---------------------------------------------------------------------------------

    def _buckets(self, step: CompiledStep, store: str) -> tuple[Bucket, ...]:
        return (
            *buckets(step.limits, self.account, store, step.name),
            *buckets(self.conversation.limits, self.account, store),
        )

    def _known(self, names: Mapping[str, Any], facts: RunFacts) -> Known:
        nonce = randomness.token_urlsafe(18) if self._scheme.signs_once else ""
        return Known(names, facts, self._clock(), nonce, self.addresses.url, self.secrets)

    def _token_key(self, store: str) -> str:
        if self._scheme.holds is None:
            return ""
        return f"{self.account}:{store}" if self._scheme.holds == "store" else self.account

    async def _file(self, step: CompiledStep, names: Mapping[str, Any], facts: RunFacts) -> FileContent | Fault | None:
        if step.file is None:
            return None
        url = step.file.source.value(names, facts)
        kind = step.file.type.value(names, facts) if step.file.type is not None else None
        if not isinstance(url, str):
            return Fault("refused", f"The step `{step.name}` has no file to send: its address has no value.")
        return await files.fetch(self._transport, url, self.environment, step.file.form.max_bytes, kind)

    def _masker(self, asking: _Asking, tries: list[Sent]) -> Masker:
        return Masker(self.secrets.union(asking.request.secrets, *(sent.request.secrets for sent in tries)))

    def _unsent(self, fault: Fault, step: CompiledStep) -> StepResult:
        """Tell of a request that never was."""
        masker = Masker(self.secrets)
        verdict = self.judge.fault(replace(fault, sent=False), "GET", step.form.repeatable)
        return StepResult(_masked(verdict, masker), None, Exchange(fault, (), lambda: masker))


def _masked(verdict: Verdict, masker: Masker) -> Verdict:
    """Mask what a platform may have echoed."""
    return replace(
        verdict,
        message=masker.text(verdict.message),
        detail=masker.text(verdict.detail),
        fields=tuple(replace(each, message=masker.text(each.message)) for each in verdict.fields),
    )


def _values(slots: Mapping[str, Slot], names: Mapping[str, Any], facts: RunFacts) -> dict[str, Any]:
    found = {name: slot.value(names, facts) for name, slot in slots.items()}
    return {name: value for name, value in found.items() if value is not None}


def _store_of(names: Mapping[str, Any]) -> str:
    return str(getattr(names.get("restaurant"), "restaurant_id", "") or "")
