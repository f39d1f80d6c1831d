"""Faults on request: rules that say when the stand-ins misbehave, and how.

A rule fires on what fits its ``match``, ``times`` often, after it let ``after`` pass. Each kind of
fault belongs to one stage: a request, a webhook, a job, or an entity in a list.
"""

from __future__ import annotations

import itertools
import re
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from fnmatch import fnmatchcase
from typing import Annotated, Any, ClassVar, Literal

import msgspec

from sandbox.exchange import Answer
from sandbox.reading import DefinitionError, convert

MAX_RULES = 1_000
MAX_FIRED = 1_000
Status = Annotated[int, msgspec.Meta(ge=200, le=599)]


class Match(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a fault is for; what is left out fits everything.

    ``path`` is a pattern such as ``/api/*/menus``, or a regular expression that starts with ``^``,
    over the path without the platform's own prefix.
    """

    method: str | None = None
    path: str | None = None
    store: str | None = None
    webhook: str | None = None
    job: str | None = None

    def fits(self, facts: Mapping[str, str]) -> bool:
        """Compare with the facts of a request, webhook or job."""
        for name in self.__struct_fields__:
            wanted = getattr(self, name)
            if wanted is None:
                continue
            here = facts.get(name)
            if here is None or not _fits(name, wanted, here):
                return False
        return True


def _fits(name: str, wanted: str, here: str) -> bool:
    if name == "path":
        return bool(re.search(wanted, here)) if wanted.startswith("^") else fnmatchcase(here, wanted)
    return wanted.casefold() == here.casefold() if name == "method" else wanted == here


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One rule; ``times: null`` fires for ever."""

    stage: ClassVar[str] = ""

    kind: str
    platform: str | None = None
    match: Match = Match()
    times: int | None = 1
    after: int = 0


class RetryAfter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The header of that name: as ``seconds``, or as the date that lies ``date_in`` seconds ahead."""

    seconds: int | None = None
    date_in: int | None = None

    def text(self) -> str:
        """Give the header's value."""
        if self.date_in is None:
            return str(self.seconds or 0)
        return format_datetime(datetime.now(UTC) + timedelta(seconds=self.date_in), usegmt=True)


class StatusFault(Fault, frozen=True, kw_only=True):
    """Answers by itself: any status, 200 too, with any body; ``processed`` does the work all the same."""

    stage: ClassVar[str] = "request"

    status: Status
    body: Any = None
    headers: dict[str, str] = {}
    retry_after: RetryAfter | None = None
    processed: bool = False

    def answer(self) -> Answer:
        """Give the answer that is sent in the platform's place."""
        headers = dict(self.headers)
        if self.retry_after is not None:
            headers["Retry-After"] = self.retry_after.text()
        body = self.body.encode() if isinstance(self.body, str) else self.body
        return Answer(self.status, body, headers)


class DelayFault(Fault, frozen=True, kw_only=True):
    """Lets the caller wait, real ``seconds``, before anything is done."""

    stage: ClassVar[str] = "request"

    seconds: float


class ResetFault(Fault, frozen=True, kw_only=True):
    """Breaks the connection off, ``before`` or ``after`` the work is done."""

    stage: ClassVar[str] = "request"

    when: Literal["before", "after"] = "before"


class TruncatedFault(Fault, frozen=True, kw_only=True):
    """Does the work, then sends half of the body that it promised."""

    stage: ClassVar[str] = "request"


class NotJsonFault(Fault, frozen=True, kw_only=True):
    """Answers with a page of HTML, as a proxy on the way does; ``processed`` does the work all the same."""

    stage: ClassVar[str] = "request"

    status: Status = 200
    processed: bool = False


class WebhookFault(Fault, frozen=True, kw_only=True):
    """A webhook that is lost, comes ``seconds`` late, twice, before the answer, or with a wrong proof."""

    stage: ClassVar[str] = "webhook"

    how: Literal["lost", "late", "twice", "before_answer", "bad_signature"]
    seconds: float = 1.0


class JobFault(Fault, frozen=True, kw_only=True):
    """A job that never ends, fails, or succeeds in part, as the platform's data file says that these look."""

    stage: ClassVar[str] = "job"

    how: Literal["never_ends", "fails", "partly"]


class EntitiesFault(Fault, frozen=True, kw_only=True):
    """Some entities of a list get another ``result`` than they would; the others take effect."""

    stage: ClassVar[str] = "entities"

    ids: list[str]
    result: str


KINDS: dict[str, type[Fault]] = {
    "status": StatusFault,
    "delay": DelayFault,
    "reset": ResetFault,
    "truncated": TruncatedFault,
    "not_json": NotJsonFault,
    "webhook": WebhookFault,
    "job": JobFault,
    "entities": EntitiesFault,
}


class _Rule(msgspec.Struct):
    id: str
    fault: Fault
    left: int | None
    waits: int
    fired: int = 0


class Faults:
    """The rules that stand, in their order, and what they did."""

    def __init__(self) -> None:
        self._rules: list[_Rule] = []
        self._log: deque[dict[str, Any]] = deque(maxlen=MAX_FIRED)
        self._numbers = itertools.count(1)

    def add(self, raw: Any, platforms: list[str]) -> list[str]:
        """Take one rule or a list of them, all or none; gives their ids, raises :class:`DefinitionError`."""
        faults = [_fault(one, platforms) for one in (raw if isinstance(raw, list) else [raw])]
        if len(self._rules) + len(faults) > MAX_RULES:
            raise DefinitionError(f"the sandbox keeps at most {MAX_RULES} fault rules; DELETE them first")
        rules = [_Rule(f"fault-{next(self._numbers)}", fault, fault.times, fault.after) for fault in faults]
        self._rules += rules
        return [rule.id for rule in rules]

    def clear(self) -> None:
        """Take all rules away, and what they did."""
        self._rules.clear()
        self._log.clear()

    def data(self) -> list[dict[str, Any]]:
        """Give the rules as JSON, each with how often it fired and how often it still will."""
        return [
            {"id": rule.id, "fired": rule.fired, "left": rule.left, **msgspec.to_builtins(rule.fault)}
            for rule in self._rules
        ]

    def fired(self) -> dict[str, Any]:
        """Give how often each rule fired, and the last firings."""
        return {"rules": {rule.id: rule.fired for rule in self._rules}, "log": list(self._log)}

    def take(
        self,
        stage: str,
        platform: str,
        facts: Mapping[str, str],
        only: Callable[[Any], bool] = lambda fault: True,
    ) -> Fault | None:
        """Give the first fault of a stage that fits, and count it; None where none does."""
        for rule in self._rules:
            fault = rule.fault
            if fault.stage != stage or rule.left == 0 or fault.platform not in (None, platform):
                continue
            if not fault.match.fits(facts) or not only(fault):
                continue
            if rule.waits:
                rule.waits -= 1
                continue
            rule.fired += 1
            if rule.left is not None:
                rule.left -= 1
            self._log.append(
                {"id": rule.id, "kind": fault.kind, "platform": platform, "at": datetime.now(UTC).isoformat(), **facts}
            )
            return fault
        return None


def _fault(raw: Any, platforms: list[str]) -> Fault:
    if not isinstance(raw, dict) or raw.get("kind") not in KINDS:
        raise DefinitionError(f"a fault is an object whose kind is one of: {', '.join(KINDS)}")
    fault = convert(raw, KINDS[raw["kind"]])
    if fault.platform is not None and fault.platform not in platforms:
        raise DefinitionError(f"there is no platform `{fault.platform}`; there are: {', '.join(platforms)}")
    if fault.match.path is not None and fault.match.path.startswith("^"):
        try:
            re.compile(fault.match.path)
        except re.error as error:
            raise DefinitionError(f"match.path is no regular expression: {error}") from None
    return fault
