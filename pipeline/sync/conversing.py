"""What answers mean for an operation: what is kept of them, how it goes on, pauses or ends."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, TypeAlias

from connectors.connector import Connector
from connectors.errors import said
from connectors.exchange import Answer, Fault
from connectors.verdicts import RowResult, Verdict
from pipeline import json_text
from pipeline.findings import Finding
from pipeline.mapping.conversation.steps import CompiledStep
from pipeline.store.records import State
from pipeline.sync.endings import Ending, failed, pause
from pipeline.sync.prepared import MENU_ID, Prepared
from pipeline.sync.run import Run

OTHER_JOB = timedelta(hours=2)
"""How long another job of the platform is waited for, where the mapping names no timeout."""
ASK_AGAIN = timedelta(seconds=60)
MOST_PAUSES = 10
MOST_RESULTS = 500

At: TypeAlias = tuple[int, ...]


class Conversing:
    """One operation's conversation with its platform, and what came of it so far."""

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

    def names(self) -> dict[str, Any]:
        """Give the names that steps see now."""
        return {**self.prepared.names(self.run.saved), "answer": self.answer}

    @property
    def facts(self) -> Any:
        """What transforms know."""
        return self.prepared.run_facts

    def _answered(self, place: At) -> None:
        self.run.operation.sending = False
        self.run.operation.details["at"] = list(place)

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

    # -- what is kept --------------------------------------------------------------------------

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


def _code(verdict: Verdict, *, outage: bool) -> str:
    if verdict.action == "reconnect":
        return "not-authorized"
    if outage:
        return "platform-unavailable"
    return "platform-busy" if verdict.action == "retry" else "platform-refused"


def _plain(value: Any) -> Any:
    """Give a value as the store keeps it."""
    return json.loads(json_text.encode(value))
