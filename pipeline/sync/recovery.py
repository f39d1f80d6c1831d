"""A process ended while a request was under way, and it is to be found out whether it arrived.

First by messages of the platform, then by asking it. Where neither tells, it is sent again if that
does no harm; else people are told.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from connectors.retry import SAFE_METHODS
from connectors.webhooks import instant_of
from pipeline.findings import Finding
from pipeline.mapping.conversation.steps import CompiledStep
from pipeline.mapping.expressions.scope import AnswerView
from pipeline.sync.endings import Ending, failed, pause
from pipeline.sync.waiting import Waiting

RECONSIDERED = timedelta(seconds=60)
"""After a crash while sending a result may come within this time, before the same is sent again."""


class Recovery(Waiting):
    """A conversation that another process may have begun."""

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
        self.run.sent(wait.name, result.exchange)
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


def repeatable(step: CompiledStep, names: Mapping[str, Any], facts: Any) -> bool:
    """Tell whether a step's request may be sent twice: as it says, else by its method."""
    if step.form.repeatable is not None:
        return step.form.repeatable
    assert step.request is not None
    line = step.request.line(names, facts)
    return not isinstance(line, Finding) and line.method in SAFE_METHODS


def _taken_up(what: str) -> Finding:
    message = f"This was taken up again after the program had stopped while it was sending: {what}"
    return Finding("taken-up-again", "note", message)
