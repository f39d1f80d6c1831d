"""A mapping's steps, webhooks and error rules, compiled: what to ask a platform and what its answers mean.

Nothing is sent here. A compiled step gives texts, headers and bodies for given names; whoever
publishes sends them, and hands the answers back as the name ``answer``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from pipeline.mapping.compiler.program import Program
from pipeline.mapping.compiler.slots import Condition, Slot
from pipeline.mapping.conversation.request_line import RequestLine
from pipeline.mapping.form.answers import Action, ErrorRule, WebhookForm
from pipeline.mapping.form.auth import Auth
from pipeline.mapping.form.pull import PullForm
from pipeline.mapping.form.requests import Limit
from pipeline.mapping.form.steps import FilePart, StepForm
from pipeline.mapping.nodes import Position
from pipeline.mapping.transforms.registry import RunFacts

Names = Mapping[str, Any]
Word = Literal["working", "done", "partial", "failed", "retry"]


@dataclass(frozen=True, slots=True)
class Rows:
    """A compiled loop outside the payload: each turn's names."""

    program: Program
    names: tuple[str, ...]

    def turns(self, names: Names, facts: RunFacts) -> list[dict[str, Any]]:
        """Give the loop's names, turn by turn; a failure gives none."""
        value = self.program.run(names, facts).value
        return [dict(zip(self.names, row, strict=True)) for row in value] if isinstance(value, list) else []


@dataclass(frozen=True, slots=True)
class CompiledOutcome:
    """What an answer's word means; with ``rows``, for each dish."""

    of: Slot
    words: Mapping[str, Word]
    rows: Rows | None
    id: Slot | None
    message: Slot | None
    at: Slot | None = None

    def word(self, names: Names, facts: RunFacts) -> tuple[str | None, Word]:
        """Give the answer's word and its meaning; an unlisted or missing word means: still working."""
        value = self.of.value(names, facts)
        text = None if value is None else str(value).casefold()
        if isinstance(value, bool):
            text = "true" if value else "false"
        return text, self.words.get(text, "working") if text is not None else "working"


@dataclass(frozen=True, slots=True)
class CompiledPoll:
    """Asking again and again for a result."""

    request: RequestLine
    headers: Mapping[str, Slot]
    every: timedelta


@dataclass(frozen=True, slots=True)
class CompiledWait:
    """Waiting for a platform's result; the first answer wins."""

    timeout: timedelta
    webhook: str | None
    poll: CompiledPoll | None


@dataclass(frozen=True, slots=True)
class CompiledFile:
    """A file that a request carries."""

    source: Slot
    form: FilePart
    type: Slot | None


@dataclass(frozen=True, slots=True)
class CompiledStep:
    """One step, its rules compiled; ``form`` keeps what is written plainly."""

    name: str
    position: Position
    form: StepForm
    only_if: Condition | None
    unless: Condition | None
    rows: Rows | None
    only_changed: Slot | None
    steps: tuple[CompiledStep, ...]
    host: Slot | None
    request: RequestLine | None
    query: Slot | None
    headers: Mapping[str, Slot]
    body: Slot | None
    form_fields: Slot | None
    file: CompiledFile | None
    write: Slot | None
    save: Mapping[str, Slot]
    add: Mapping[str, Slot]
    wait: CompiledWait | None
    outcome: CompiledOutcome | None
    message: Slot | None

    @property
    def limits(self) -> tuple[Limit, ...]:
        """Limits of this step's request, beside the general ones."""
        return self.form.limits

    def wanted(self, names: Names, facts: RunFacts) -> bool:
        """Tell whether the step's conditions hold."""
        if self.only_if is not None and not self.only_if.holds(names, facts):
            return False
        return self.unless is None or not self.unless.holds(names, facts)


@dataclass(frozen=True, slots=True)
class CompiledWebhook:
    """A message that the platform sends by itself. ``verify`` is the form, its slots by name."""

    name: str
    form: WebhookForm
    only_if: Condition | None
    unless: Condition | None
    verify: Mapping[str, Slot]
    store: Mapping[str, Slot]
    operation: Slot | None
    outcome: CompiledOutcome | None
    save: Mapping[str, Slot]
    message: Slot | None
    fields: Slot | None

    def wanted(self, names: Names, facts: RunFacts) -> bool:
        """Tell whether the message concerns this webhook."""
        if self.only_if is not None and not self.only_if.holds(names, facts):
            return False
        return self.unless is None or not self.unless.holds(names, facts)


@dataclass(frozen=True, slots=True)
class CompiledError:
    """One error rule: which answers it is for, what is done, what people are told."""

    form: ErrorRule
    position: Position
    only_if: Condition | None
    message: Slot | None
    fields: Slot | None

    @property
    def action(self) -> Action:
        """What is done."""
        return self.form.do

    def fits(self, status: int, raw: str, names: Names, facts: RunFacts) -> bool:
        """Tell whether an answer is meant; all that is said has to hold."""
        when = self.form.when
        if when.status and not any(status_is(status, wanted) for wanted in when.status):
            return False
        folded = raw.casefold()
        if when.says and not any(part.casefold() in folded for part in when.says):
            return False
        return self.only_if is None or self.only_if.holds(names, facts)


@dataclass(frozen=True, slots=True)
class CompiledReadMenu:
    """How the menu that stands at the platform is read; ``compare`` by key: items, id, name, price."""

    steps: tuple[CompiledStep, ...]
    menu: Slot
    compare: Mapping[str, Slot]


@dataclass(frozen=True, slots=True)
class CompiledPull:
    """How the platform fetches the menu itself; ``body`` is None where it gets the payload as it is."""

    form: PullForm
    body: Slot | None


@dataclass(frozen=True, slots=True)
class CompiledAuth:
    """An auth scheme: its form, and its formulas by key (``groups``: tables of them, such as headers).

    They see ``credentials``, ``environment``, ``store``, and, once there, ``token`` or ``signing``.
    """

    type: str
    form: Auth
    slots: Mapping[str, Slot]
    groups: Mapping[str, Mapping[str, Slot]]
    lines: Mapping[str, RequestLine] = field(default_factory=dict)
    """Its own requests, such as a login's."""


def status_is(status: int, wanted: int | str) -> bool:
    """Tell whether a status is the wanted one, or of the wanted class.

    >>> status_is(404, "4xx"), status_is(404, 400)
    (True, False)
    """
    return status == wanted if isinstance(wanted, int) else str(status)[0] == wanted[0]
