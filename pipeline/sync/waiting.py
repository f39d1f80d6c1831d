"""Waiting for a platform's result: by its message or by asking, the first one wins; nobody waits for that here."""

from __future__ import annotations

from connectors.exchange import Answer
from connectors.webhooks import read, view
from pipeline.mapping.conversation.steps import CompiledStep
from pipeline.store.records import Message, State
from pipeline.sync.conversing import Conversing
from pipeline.sync.endings import Ending, failed


class Waiting(Conversing):
    """A conversation that waits."""

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
            self.run.sent(step.name, result.exchange)
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
