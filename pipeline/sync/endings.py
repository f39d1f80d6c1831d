"""How a piece of work ends or pauses: values, which :mod:`pipeline.sync.recording` writes down."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pipeline.findings import Finding
from pipeline.store.records import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What came of an operation. ``note`` is the sentence for its history.

    ``code``, ``message`` and ``hint`` are for the error queue, where ``state`` is FAILED. ``passing``: it may well
    work later by itself; ``reconnect``: the credentials are not accepted.
    """

    state: State
    note: str = ""
    code: str = ""
    message: str = ""
    hint: str = ""
    fields: tuple[dict[str, Any], ...] = ()
    findings: tuple[Finding, ...] = ()
    passing: bool = False
    outage: bool = False
    """The platform as a whole seems to be down: no answer, or a 5xx."""
    reconnect: bool = False
    account: bool = False
    """With ``reconnect``: the whole account is refused, not this restaurant alone."""
    full_refresh: bool = False
    """The platform asks for the whole menu."""
    again: bool = False
    """Not an end at all: the steps go on from another place, at once."""
    asked: bool = False
    """A pause that the platform asked for."""
    accepted: bool = False
    """The platform has taken the payload, whatever it says of it later."""
    published: bool = False
    """The platform has published this operation's payload, at least in part."""
    unchanged: bool = False
    partial: str = ""
    """What the platform says where it published only a part."""
    detail: str = ""
    """The platform's own words, in which ids of dishes are looked for."""
    not_before: datetime | None = None
    """When to go on, where it only pauses (PENDING, PROCESSING)."""
    deadline: datetime | None = None
    counts: bool = True
    """Whether the restaurant's status speaks of it; what ended without effect leaves it alone."""
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def pauses(self) -> bool:
        """Tell whether the operation goes on later."""
        return self.state in (State.PENDING, State.PROCESSING)


def failed(code: str, message: str, hint: str = "", **more: Any) -> Ending:
    """Give an ending as a failure."""
    return Ending(state=State.FAILED, note=message, code=code, message=message, hint=hint, **more)


def pause(until: datetime, note: str, **more: Any) -> Ending:
    """Give a pause before anything was accepted."""
    return Ending(state=State.PENDING, note=note, not_before=until, **more)
