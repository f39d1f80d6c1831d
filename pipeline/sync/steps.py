"""A mapping's steps, done in order, with a mark in the store before each request, so that any process can go on.

The operation's ``step`` counts top-level steps; ``details.at`` is the place inside one (loop turns and
inner steps) of the last request, ``sending`` whether its answer is still to be written down.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from connectors.connector import StepResult
from connectors.requests import FROM_STEP
from connectors.verdicts import Verdict
from pipeline import json_text
from pipeline.findings import Finding
from pipeline.mapping.conversation.steps import CompiledStep
from pipeline.store.records import State
from pipeline.sync.conversing import At
from pipeline.sync.documents import host, write_document
from pipeline.sync.endings import Ending, failed
from pipeline.sync.recovery import Recovery

MOST_HASHES = 5_000


class Steps(Recovery):
    """The steps of one operation: a publish, an availability update, an item update."""

    async def go(self) -> Ending | None:
        """Do all steps; None when all are done, else how the operation ends or pauses."""
        operation = self.run.operation
        while operation.step < len(self.steps):
            step = self.steps[operation.step]
            begun = "at" in operation.details or operation.state == State.PROCESSING
            begun = begun or operation.details.pop("told_to_run", None) == step.name
            ending: Ending | None = None
            if begun or step.rows is not None or step.wanted(self.names(), self.facts):
                ending = await (self._wait(step) if step.wait is not None else self._do(step, {}, ()))
            if ending is not None and ending.again:
                continue  # from where ``operation.step`` stands now
            if ending is not None:
                return ending
            operation.step += 1
            operation.details.pop("at", None)
        return None

    async def _do(self, step: CompiledStep, outer: Mapping[str, Any], at: At) -> Ending | None:
        """Do a step: once, or for each turn of its loop. ``outer`` holds the variables of the loops around it."""
        if step.rows is None:
            return await self._unless_same(step, outer, at)
        turns = step.rows.turns({**self.names(), **outer}, self.facts)
        if step.form.batch is not None:
            wanted = [turn[step.rows.names[-1]] for turn in turns]
            turns = [{"batch": part} for part in _chunks(wanted, step.form.batch)]
        for number, turn in enumerate(turns):
            inner = {**outer, **turn}
            if step.form.batch is None and not step.wanted({**self.names(), **inner}, self.facts):
                continue
            ending = await self._unless_same(step, inner, (*at, number))
            if ending is not None:
                return ending
        return None

    async def _unless_same(self, step: CompiledStep, outer: Mapping[str, Any], at: At) -> Ending | None:
        """Do one turn of a step, unless it is as at the last success."""
        if step.only_changed is None:
            return await self._once(step, outer, at)
        value = step.only_changed.value({**self.names(), **outer}, self.facts)
        mark, key = json_text.canonical_hash(value)[:16], f"same_{step.name}"
        known = self.run.operation.saved.get(key, [])
        if mark in known:
            return None
        ending = await self._once(step, outer, at)
        if ending is None:
            kept = known if step.rows is not None else []
            self.run.operation.saved[key] = [*kept, mark][-MOST_HASHES:]
        return ending

    async def _once(self, step: CompiledStep, outer: Mapping[str, Any], at: At) -> Ending | None:
        if step.steps:
            for number, inner in enumerate(step.steps):
                if inner.rows is None and not inner.wanted({**self.names(), **outer}, self.facts):
                    continue
                ending = await self._do(inner, outer, (*at, number))
                if ending is not None:
                    return ending
            return None
        names = {**self.names(), **outer}
        if step.request is None:
            return await self._without_request(step, names)
        for number, body in enumerate(self._parts(step, names)):
            place = (*at, number)
            if self._is_behind(place):
                continue
            ending = await self._request(step, names, place, body)
            if ending is None:
                continue
            if not step.form.optional or ending.pauses or ending.reconnect:
                return ending
            message = f"The step `{step.name}` failed and was left out: {ending.message}"
            self.findings.append(Finding("step-failed", "warning", message))
        return None

    def _parts(self, step: CompiledStep, names: Mapping[str, Any]) -> list[Any]:
        """Give the bodies that a step sends: its own, or, with a mere ``batch``, parts of its list."""
        if step.form.batch is None or step.rows is not None or step.body is None:
            return [FROM_STEP]
        value = step.body.value(names, self.facts)
        if not isinstance(value, list):
            return [FROM_STEP]
        return _chunks(value, step.form.batch)

    def _is_behind(self, place: At) -> bool:
        """Tell whether a request was answered before this process took over."""
        operation = self.run.operation
        last = operation.details.get("at")
        if last is None:
            return False
        answered = not operation.sending and not operation.details.get("again")
        return place < tuple(last) or (place == tuple(last) and answered)

    # -- one request ---------------------------------------------------------------------------

    async def _request(self, step: CompiledStep, names: dict[str, Any], place: At, body: Any) -> Ending | None:
        operation, resent = self.run.operation, self.recovering
        if self.recovering:
            self.recovering = False
            ending, sent = await self._recover(step, names)
            if ending is not None or sent:
                return ending
        operation.sending = True
        operation.details["at"] = list(place)
        operation.details["sent_at"] = self.run.now.isoformat()
        operation.details.pop("again", None)
        operation.details.pop("reconsidered", None)
        written = self.prepared.written if self.prepared.payload is not None else None
        names, hosted = await host(self.run, step, names, self.facts, self.prepared)
        admitted = await self.run.checkpoint(self.connector.shared_buckets(step, names), hosted)
        async with self.run.leased():
            result = await self.connector.send(
                step, names, self.facts, body=body, written=written, before=self.run.still_ours, admitted=admitted
            )
        if resent and result.verdict.action == "wait_for_other_job" and self.answerable:
            # The platform works on what was sent before the program stopped; its result comes to this operation.
            result = replace(result, verdict=Verdict("working"))
        return self._received(step, result, place)

    def _received(self, step: CompiledStep, result: StepResult, place: At) -> Ending | None:
        self._answered(place)
        self.run.sent(step.name, result.exchange)
        if result.answer is not None:
            self.answer = result.answer
        self.keep(result.saved, result.added)
        self.note_rows(result.rows)
        return self.judged(step, result.verdict, reply=result.exchange.reply if result.exchange else None)

    async def _without_request(self, step: CompiledStep, names: dict[str, Any]) -> Ending | None:
        """Do a step that only saves or writes."""
        if step.write is not None:
            target = step.write.value(names, self.facts)
            data = json_text.encode(step.body.value(names, self.facts) if step.body is not None else None)
            problem = await asyncio.to_thread(write_document, str(target), data, self.run.tools.settings.aws_region)
            if problem:
                return failed("not-written", problem)
        elif step.host is not None:
            names, hosted = await host(self.run, step, names, self.facts, self.prepared)
            if hosted is not None:
                await self.run.checkpoint(hosted=hosted)
        saved = {name: slot.value(names, self.facts) for name, slot in step.save.items()}
        added = {name: slot.value(names, self.facts) for name, slot in step.add.items()}
        self.keep(
            {name: value for name, value in saved.items() if value is not None},
            {name: value for name, value in added.items() if isinstance(value, dict)},
        )
        return None


def _chunks(values: list[Any], size: int) -> list[list[Any]]:
    return [values[start : start + size] for start in range(0, len(values), size)]
