"""A mapping's steps, done in order, with a mark in the store before each request, so that any process can go on.

The operation's ``step`` counts top-level steps; ``details.at`` is the place inside one (loop turns and
inner steps) of the last request, ``sending`` whether its answer is still to be written down.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

from connectors.connector import Connector, StepResult
from connectors.errors import said
from connectors.exchange import Answer, Fault
from connectors.hosting import MIN_KEY_CHARACTERS, Signer
from connectors.requests import FROM_STEP
from connectors.retry import SAFE_METHODS
from connectors.verdicts import RowResult, Verdict
from connectors.webhooks import instant_of, read, view
from pipeline import json_text
from pipeline.findings import Finding
from pipeline.mapping.scope import AnswerView, HostedView
from pipeline.mapping.steps import CompiledStep
from pipeline.store.records import Hosted, Message, State
from pipeline.sync.endings import Ending, failed, pause
from pipeline.sync.prepared import MENU_ID, Prepared
from pipeline.sync.run import Run

OTHER_JOB = timedelta(hours=2)
"""How long another job of the platform is waited for, where the mapping names no timeout."""
ASK_AGAIN = timedelta(seconds=60)
RECONSIDERED = timedelta(seconds=60)
"""After a crash while sending a result may come within this time, before the same is sent again."""
MOST_PAUSES = 10
MOST_RESULTS = 500
MOST_HASHES = 5_000

At: TypeAlias = tuple[int, ...]


class Steps:
    """The steps of one operation: a publish, an availability update, an item update, reading a menu."""

    def __init__(self, run: Run, prepared: Prepared, connector: Connector, steps: Sequence[CompiledStep]) -> None:
        self.run = run
        self.prepared = prepared
        self.connector = connector
        self.steps = steps
        self.answer: Any = None
        self.findings: list[Finding] = []
        self.rows: list[RowResult] = []
        self.recovering = run.operation.sending
        """A process ended while the request at ``details.at`` was under way."""
        self.answerable = False
        """Whether its result can still come: by a message, or by asking."""

    # -- in order ------------------------------------------------------------------------------

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

    def names(self) -> dict[str, Any]:
        """Give the names that steps see now."""
        return {**self.prepared.names(self.run.saved), "answer": self.answer}

    @property
    def facts(self) -> Any:
        """What transforms know."""
        return self.prepared.run_facts

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
        names = await self._host(step, names)
        await self.run.checkpoint()
        async with self.run.leased():
            result = await self.connector.send(step, names, self.facts, body=body)
        if resent and result.verdict.action == "wait_for_other_job" and self.answerable:
            # The platform works on what was sent before the program stopped; its result comes to this operation.
            result = replace(result, verdict=Verdict("working"))
        return self._received(step, result, place)

    def _received(self, step: CompiledStep, result: StepResult, place: At) -> Ending | None:
        self._answered(place)
        if result.exchange is not None:
            self.run.sent(step.name, result.exchange.sent)
        if result.answer is not None:
            self.answer = result.answer
        self.keep(result.saved, result.added)
        self.note_rows(result.rows)
        return self.judged(step, result.verdict, reply=result.exchange.reply if result.exchange else None)

    def _answered(self, place: At) -> None:
        self.run.operation.sending = False
        self.run.operation.details["at"] = list(place)

    async def _recover(self, step: CompiledStep, names: dict[str, Any]) -> tuple[Ending | None, bool]:
        """A process ended while this request was under way: find out whether it arrived. Gives (ending, it arrived)."""
        operation = self.run.operation
        place = tuple(operation.details.get("at", (0,)))
        if self.run.messages:  # the platform has reported on it meanwhile
            self._answered(place)
            return None, True
        following = self.steps[operation.step + 1 :]
        wait = next((later for later in following if later.wait is not None), None)
        if wait is not None and wait.wait is not None:
            self.answerable = wait.wait.webhook is not None
            if wait.wait.poll is not None and await self._has_arrived(wait):
                self.findings.append(_taken_up(f"{self.run.place.label} says that it has it."))
                self._answered(place)
                return None, True
            if self.answerable and not operation.details.get("reconsidered"):
                operation.details["reconsidered"] = True
                return pause(self.run.now + RECONSIDERED, "the program had stopped while it was sending"), False
        if repeatable(step, names, self.facts):
            self.findings.append(_taken_up("it is sent again, which does no harm."))
            return None, False
        operation.sending = False
        message = (
            "This program stopped while it was sending, so it is not known whether "
            f"{self.run.place.label} has received it. It is not sent twice by itself."
        )
        return failed("outcome-unknown", message, "Look at the platform, then retry."), False

    async def _has_arrived(self, wait: CompiledStep) -> bool:
        """Ask the platform whether it has the request that was under way when the program stopped."""
        async with self.run.leased():
            result = await self.connector.poll(wait, self.names(), self.facts)
        if result.exchange is not None:
            self.run.sent(wait.name, result.exchange.sent)
        if result.answer is None or result.answer.status >= 300:
            return False
        self.answerable = True
        return self._is_ours(wait, result.answer)

    def _is_ours(self, wait: CompiledStep, answer: AnswerView) -> bool:
        """Tell whether an answer speaks of the request that was under way when the program stopped."""
        operation = self.run.operation
        if operation.reference and operation.reference in answer.raw:
            return True
        outcome, since = wait.outcome, operation.details.get("sent_at")
        if outcome is None or outcome.rows is not None or since is None:
            return False
        names = {**self.names(), "answer": answer}
        if outcome.at is not None:
            at = instant_of(outcome.at.value(names, self.facts))
            # Platforms tell whole seconds.
            return at is not None and at >= datetime.fromisoformat(since).replace(microsecond=0)
        word, meaning = outcome.word(names, self.facts)
        return word in outcome.words and meaning == "working"

    async def _host(self, step: CompiledStep, names: dict[str, Any]) -> dict[str, Any]:
        """Put a document where the platform can download it."""
        if step.host is None or step.form.host is None:
            return names
        settings, now = self.run.tools.settings, self.run.now
        signer = Signer(settings.signing_key.get_secret_value())
        token, url, until = signer.url(settings.public_base_url, step.form.host.valid, now)
        data = json_text.encode(step.host.value(names, self.facts))
        blob_id = f"hosted-{hashlib.sha256(data).hexdigest()[:40]}"
        hosted = Hosted(token=token, blob_id=blob_id, media_type="application/json", expires_at=until)
        await asyncio.to_thread(self.run.tools.store.put_hosted, hosted, data)
        return {**names, "hosted": HostedView(url)}

    async def _without_request(self, step: CompiledStep, names: dict[str, Any]) -> Ending | None:
        """Do a step that only saves or writes."""
        if step.write is not None:
            target = step.write.value(names, self.facts)
            data = json_text.encode(step.body.value(names, self.facts) if step.body is not None else None)
            problem = await asyncio.to_thread(_write, str(target), data, self.run.tools.settings.aws_region)
            if problem:
                return failed("not-written", problem)
        elif step.host is not None:
            names = await self._host(step, names)
        saved = {name: slot.value(names, self.facts) for name, slot in step.save.items()}
        added = {name: slot.value(names, self.facts) for name, slot in step.add.items()}
        self.keep(
            {name: value for name, value in saved.items() if value is not None},
            {name: value for name, value in added.items() if isinstance(value, dict)},
        )
        return None

    # -- waiting -------------------------------------------------------------------------------

    async def _wait(self, step: CompiledStep) -> Ending | None:
        """Wait for the platform's result; a message is as good as an answer, the first one wins."""
        operation, wait, now = self.run.operation, step.wait, self.run.now
        assert wait is not None
        every = wait.poll.every if wait.poll is not None else wait.timeout
        first = operation.state != State.PROCESSING
        if first:
            operation.deadline = now + wait.timeout
            operation.state = State.PROCESSING
        for report in self.run.messages:
            if report.number > operation.messages_read:
                operation.messages_read = report.number
                ending, settled = self._reported(step, report)
                if settled:
                    return ending
        over = operation.deadline is not None and now >= operation.deadline
        if first and not over:
            note = f"{self.run.place.label} has taken it and works on it"
            return Ending(
                state=State.PROCESSING, note=note, not_before=now + every, deadline=operation.deadline, accepted=True
            )
        if wait.poll is not None:
            async with self.run.leased():
                result = await self.connector.poll(step, self.names(), self.facts)
            if result.exchange is not None:
                self.run.sent(step.name, result.exchange.sent)
            reply = result.exchange.reply if result.exchange is not None else None
            answered = isinstance(reply, Answer) and reply.status < 300
            if answered or result.verdict.action in ("reconnect", "give_up"):
                self.answer = result.answer
                self.keep(result.saved, result.added)
                self.note_rows(result.rows)
                if result.verdict.action != "working":
                    return self.settled(step, result.verdict, reply)
                self._unlisted(result.verdict)
        if over:
            hours = f"{wait.timeout.total_seconds() / 60:g} minutes"
            message = f"{self.run.place.label} took the menu and did not say within {hours} what became of it."
            hint = "Look at the platform; a new publish may be sent now."
            return failed("no-result", message, hint, accepted=True)
        deadline = operation.deadline
        again = now + every
        return Ending(
            state=State.PROCESSING,
            not_before=min(again, deadline) if deadline is not None else again,
            deadline=deadline,
            accepted=True,
        )

    def _reported(self, step: CompiledStep, message: Message) -> tuple[Ending | None, bool]:
        """Take what a webhook brought; False where it says: still working."""
        webhook = self.connector.conversation.webhooks.get(message.webhook)
        if webhook is None:
            return None, False
        told = Answer(
            int(message.data.get("status", 200)),
            message.data.get("headers", {}),
            str(message.data.get("body", "")).encode(),
        )
        received = read(webhook, view(told), self.connector.names(self.names()), self.facts, self.connector.judge)
        self.keep(received.saved, {})
        self.note_rows(received.rows)
        self.answer = view(told)
        if received.verdict is None or received.verdict.action == "working":
            if received.verdict is not None:
                self._unlisted(received.verdict)
            return None, False
        return self.settled(step, received.verdict, told), True

    def settled(self, step: CompiledStep, verdict: Verdict, reply: Any) -> Ending | None:
        """Take a final word on what the platform had accepted."""
        operation = self.run.operation
        operation.deadline = None
        if verdict.action == "retry":
            tries = self.connector.judge.retry.attempts
            operation.tries += 1
            if operation.tries < tries:
                # From the beginning: with the newest menu, and a reference that no message of this try bears.
                operation.step, operation.sending, operation.payload_id = 0, False, ""
                operation.reference = self.run.tools.new_reference()
                operation.details.pop("at", None)
                backoff = self.connector.judge.retry.backoff
                return pause(self.run.now + backoff, f"{verdict.message or 'A passing problem'}; it is sent once more")
        operation.state = State.IN_PROGRESS
        return self.judged(step, verdict, reply=reply)

    # -- what is done about it -----------------------------------------------------------------

    def judged(self, step: CompiledStep, verdict: Verdict, reply: Any = None) -> Ending | None:
        """Give how the operation ends or pauses by a verdict; None where it goes on."""
        self._unlisted(verdict)
        operation, now = self.run.operation, self.run.now
        details = operation.details
        if verdict.action == "partial":
            details["partial"] = verdict.message or verdict.detail or "published in part"
        if verdict.good:
            return None
        if verdict.action in ("wait", "wait_for_other_job"):
            return self._pause(step, verdict)
        if verdict.action == "forget" and verdict.argument not in details.get("forgotten", []):
            details["forgotten"] = [*details.get("forgotten", []), verdict.argument]
            operation.saved.pop(verdict.argument, None)
            operation.step, operation.sending = 0, False
            details.pop("at", None)
            return pause(now, verdict.message or f"`{verdict.argument}` was forgotten; it is sent anew", again=True)
        if verdict.action == "run" and verdict.argument not in details.get("ran", []):
            details["ran"] = [*details.get("ran", []), verdict.argument]
            names = [known.name for known in self.steps]
            if verdict.argument in names:
                operation.step, operation.sending = names.index(verdict.argument), False
                details.pop("at", None)
                details["told_to_run"] = verdict.argument  # whatever its condition says
                return pause(now, f"the step `{verdict.argument}` is done first", again=True)
        outage = isinstance(reply, Fault) and reply.kind in ("connect", "timeout", "reset", "unavailable")
        outage = outage or (isinstance(reply, Answer) and reply.status >= 500)
        passing = verdict.action == "retry"
        code = _code(verdict, outage=outage)
        hint = verdict.detail if verdict.detail and verdict.detail not in verdict.message else ""
        if not hint and isinstance(reply, Answer):
            words = said(reply.body)
            hint = words if words and words not in verdict.message else ""
        return failed(
            code,
            verdict.message or f"{self.run.place.label} refused it.",
            f"{self.run.place.label} says: {hint}" if hint else "",
            fields=tuple({"path": each.path, "message": each.message} for each in verdict.fields),
            passing=passing,
            outage=outage,
            reconnect=verdict.action == "reconnect",
            account=isinstance(reply, Fault) or (isinstance(reply, Answer) and reply.status == 401),
            full_refresh=verdict.action == "full_refresh",
            detail=f"{verdict.detail} {said(reply.body) if isinstance(reply, Answer) else ''}",
        )

    def _pause(self, step: CompiledStep, verdict: Verdict) -> Ending:
        operation, now = self.run.operation, self.run.now
        operation.sending = False
        if verdict.action == "wait_for_other_job":
            wait = next((known.wait for known in self.steps if known.wait is not None), None)
            every = min(wait.poll.every, ASK_AGAIN) if wait is not None and wait.poll is not None else ASK_AGAIN
            operation.deadline = operation.deadline or now + (wait.timeout if wait is not None else OTHER_JOB)
            if now >= operation.deadline:
                message = f"{self.run.place.label} was busy with another job all the time."
                return failed("other-job", message, verdict.message, passing=True)
            operation.details["again"] = True
            deadline = operation.deadline
            return pause(min(now + every, deadline), verdict.message or "waits for another job", deadline=deadline)
        pauses = int(operation.details.get("pauses", 0)) + 1
        operation.details["pauses"] = pauses
        after = verdict.after or ASK_AGAIN
        if pauses > MOST_PAUSES:
            return failed("paused-too-often", verdict.message, passing=True)
        operation.details["again"] = True
        return pause(now + after, verdict.message or "the platform asked for a pause", asked=True)

    # -- small ---------------------------------------------------------------------------------

    def keep(self, saved: Mapping[str, Any], added: Mapping[str, Any]) -> None:
        """Keep what an answer gave."""
        operation = self.run.operation
        operation.saved.update({name: _plain(value) for name, value in saved.items()})
        for name, entries in added.items():
            known = operation.saved.get(name)
            operation.saved[name] = {**(known if isinstance(known, dict) else {}), **_plain(entries)}
        if MENU_ID in saved:
            operation.saved[MENU_ID] = str(saved[MENU_ID])

    def note_rows(self, rows: Sequence[RowResult]) -> None:
        """Keep what became of each dish."""
        self.rows += rows
        operation = self.run.operation
        operation.results += [
            {"id": row.id, "outcome": row.meaning, "word": row.word, "message": row.message} for row in rows
        ]
        del operation.results[MOST_RESULTS:]

    def _unlisted(self, verdict: Verdict) -> None:
        if verdict.unlisted:
            message = f"{self.run.place.label} says `{verdict.unlisted}`, which the mapping does not list."
            hint = "It is taken as: still working. Add the word to the step's `outcome`."
            finding = Finding("word-unlisted", "warning", message, hint)
            if finding not in self.findings:
                self.findings.append(finding)


def _chunks(values: list[Any], size: int) -> list[list[Any]]:
    return [values[start : start + size] for start in range(0, len(values), size)]


def repeatable(step: CompiledStep, names: Mapping[str, Any], facts: Any) -> bool:
    """Tell whether a step's request may be sent twice: as it says, else by its method."""
    if step.form.repeatable is not None:
        return step.form.repeatable
    assert step.request is not None
    line = step.request.line(names, facts)
    return not isinstance(line, Finding) and line.method in SAFE_METHODS


def signing_problem(key: str, public_base_url: str) -> Finding | None:
    """Tell what hosting documents lacks."""
    if len(key) < MIN_KEY_CHARACTERS:
        message = "SIGNING_KEY is missing or too short, so that the menu cannot be offered for download."
        hint = f"Set SIGNING_KEY to at least {MIN_KEY_CHARACTERS} random characters."
        return Finding("setting-missing", "error", message, hint, field="SIGNING_KEY")
    if not public_base_url:
        message = "PUBLIC_BASE_URL is missing, so that the platform cannot download the menu."
        hint = "Set it to the address at which platforms reach this service."
        return Finding("setting-missing", "error", message, hint, field="PUBLIC_BASE_URL")
    return None


def _code(verdict: Verdict, *, outage: bool) -> str:
    if verdict.action == "reconnect":
        return "not-authorized"
    if outage:
        return "platform-unavailable"
    return "platform-busy" if verdict.action == "retry" else "platform-refused"


def _taken_up(what: str) -> Finding:
    message = f"This was taken up again after the program had stopped while it was sending: {what}"
    return Finding("taken-up-again", "note", message)


def _plain(value: Any) -> Any:
    """Give a value as the store keeps it."""
    import json

    return json.loads(json_text.encode(value))


def _write(target: str, data: bytes, region: str) -> str:
    """Write a document to a file or an object; gives what went wrong."""
    if target.startswith("s3://"):
        import boto3  # type: ignore[import-untyped]

        bucket, _, key = target[5:].partition("/")
        try:
            boto3.client("s3", region_name=region).put_object(Bucket=bucket, Key=key, Body=data)
        except Exception as error:  # noqa: BLE001 - whatever the library says, people are told
            return f"{target} cannot be written ({type(error).__name__})."
        return ""
    path = Path(target)
    try:
        temporary = path.with_name(f".{path.name}.part")
        temporary.write_bytes(data)
        temporary.replace(path)
    except (OSError, ValueError) as error:
        return f"{target} cannot be written: {getattr(error, 'strerror', None) or error}."
    return ""
