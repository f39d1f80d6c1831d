"""What an endpoint or a job does: a list of steps, each of one kind from a table.

A step is ``{KIND: ARGUMENTS}``, with ``if: FORMULA`` beside it where it is not always done. One that
gives an answer ends the list.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from sandbox.exchange import Answer
from sandbox.formulas import Formula
from sandbox.reading import one_kind, reads
from sandbox.refusals import Refusal
from sandbox.state import Job

if TYPE_CHECKING:
    from sandbox.platform import Platform

FALSE: tuple[Any, ...] = (None, False, [], {}, "")
"""What JMESPath calls false."""


class Finished(Exception):
    """Ends a job's steps early."""


@dataclass(slots=True)
class Context:
    """What steps work on: the platform's stand-in, and the names that formulas know."""

    platform: Platform
    names: dict[str, Any]
    job: Job | None = None
    started: list[Job] = field(default_factory=list)

    def refuse(self, refusal: Refusal, **more: Any) -> Answer:
        """Give the platform's own form of a refusal."""
        return refusal.answer(self.names.get("refusal_form") or self.platform.definition.refusal, self.names, **more)


class Step(Protocol):
    """One kind of step."""

    async def run(self, context: Context) -> Answer | None:
        """Do it; an answer ends the list."""
        ...


Kind = TypeVar("Kind", bound=type)
KINDS: dict[str, Any] = {}


def step(name: str) -> Any:
    """Register a class as a kind of step."""

    def register(kind: Kind) -> Kind:
        KINDS[name] = kind
        return kind

    return register


class Steps:
    """Steps in their order."""

    def __init__(self, steps: list[tuple[Formula | None, Step]]) -> None:
        self._steps = steps

    async def run(self, context: Context) -> Answer | None:
        """Do them until one gives an answer."""
        for condition, one in self._steps:
            if condition is not None and condition.value(context.names) in FALSE:
                continue
            answer = await one.run(context)
            if answer is not None:
                return answer
        return None

    def needs(self) -> list[tuple[str, str]]:
        """Give what these steps refer to in other sections of the data file, as section and name."""
        found: list[tuple[str, str]] = []
        for _, one in self._steps:
            needs = getattr(one, "needs", None)
            found += needs() if needs else []
        return found


@reads(Steps)
def _read(raw: Any) -> Steps:
    if not isinstance(raw, list):
        raise ValueError("steps are a list")
    steps = []
    for place, entry in enumerate(raw):
        try:
            one = one_kind(entry, KINDS, "step", beside=("if",))
            condition = Formula(entry["if"]) if "if" in entry else None
        except ValueError as error:
            raise ValueError(f"step {place}: {error}") from None
        steps.append((condition, one))
    return Steps(steps)
