"""Steps that check a request, answer it, and hold things under names."""

from __future__ import annotations

import secrets
from email.parser import BytesParser
from typing import Any, ClassVar
from urllib.parse import parse_qsl

import msgspec

from sandbox.durations import Duration
from sandbox.exchange import Answer
from sandbox.faults import EntitiesFault
from sandbox.formulas import Formula, Template, shown
from sandbox.refusals import Refusal
from sandbox.state import Token
from sandbox.steps import FALSE, Context, Steps, step


@step("use")
class Use(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Does the steps of a named group."""

    shorthand: ClassVar[str] = "group"

    group: str

    async def run(self, context: Context) -> Answer | None:
        return await context.platform.definition.groups[self.group].run(context)

    def needs(self) -> list[tuple[str, str]]:
        return [("groups", self.group)]


@step("let")
class Let(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Holds values under names, each from the names before it; null takes a name away."""

    shorthand: ClassVar[str] = "values"

    values: dict[str, Template]

    async def run(self, context: Context) -> Answer | None:
        for name, template in self.values.items():
            context.names[name] = template.make(context.names)
        return None


@step("require")
class Require(Refusal, frozen=True, kw_only=True):
    """Refuses where a formula is not true."""

    that: Formula

    async def run(self, context: Context) -> Answer | None:
        return context.refuse(self) if self.that.value(context.names) in FALSE else None


@step("json")
class Json(Refusal, frozen=True, kw_only=True):
    """Refuses a body that is no JSON, or whose content type does not say so; ``problem`` is a name."""

    async def run(self, context: Context) -> Answer | None:
        media_type, _, parameters = context.names["headers"].get("content-type", "").partition(";")
        if media_type.strip().lower() != "application/json":
            return context.refuse(self, problem="the Content-Type is not application/json")
        if "charset" in parameters.lower() and "utf-8" not in parameters.lower():
            return context.refuse(self, problem="the body must be UTF-8")
        problem = context.names["body_problem"]
        return context.refuse(self, problem=problem) if problem else None


@step("form")
class Form(Refusal, frozen=True, kw_only=True):
    """Reads a form, urlencoded or multipart, as the name ``form``; refuses anything else."""

    async def run(self, context: Context) -> Answer | None:
        content_type: str = context.names["headers"].get("content-type", "")
        raw: bytes = context.names["raw"]
        media_type = content_type.partition(";")[0].strip().lower()
        if media_type == "application/x-www-form-urlencoded":
            context.names["form"] = dict(parse_qsl(raw.decode("utf-8", "replace"), max_num_fields=100))
        elif media_type == "multipart/form-data":
            head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1", "replace")
            message = BytesParser().parsebytes(head + raw)
            parts: Any = message.get_payload() if message.is_multipart() else []
            context.names["form"] = {
                str(part.get_param("name", header="content-disposition")): _part_text(part) for part in parts
            }
        else:
            return context.refuse(self, problem="the body must be a form")
        return None


def _part_text(part: Any) -> str:
    content = part.get_payload(decode=True)
    return content.decode("utf-8", "replace").rstrip("\r\n") if isinstance(content, bytes) else ""


@step("check")
class Check(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Holds a document against named rules. Refuses, or with ``into`` holds the problems under that name.

    ``problem`` is a name in the refusal: the first ones, joined. What the rules only note is held as ``notes``.
    """

    document: Formula
    rules: str
    refuse: Refusal | None = None
    into: str = ""

    async def run(self, context: Context) -> Answer | None:
        document = self.document.value(context.names)
        problems, notes = context.platform.definition.rules[self.rules].broken(document, context.names)
        context.names["notes"] = [*context.names.get("notes", []), *notes]
        if self.into:
            context.names[self.into] = problems
        elif problems and self.refuse is not None:
            return context.refuse(self.refuse, problem="; ".join(problems[:5]))
        return None

    def needs(self) -> list[tuple[str, str]]:
        return [("rules", self.rules)]


@step("find_store")
class FindStore(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Finds the store as ``store``, and what runs on it as ``running``; ``foreign`` are stores of somebody else."""

    id: Formula
    unknown: Refusal
    foreign: Refusal

    async def run(self, context: Context) -> Answer | None:
        wanted = self.id.value(context.names)
        state = context.platform.state
        store = state.stores.get(wanted) if isinstance(wanted, str) else None
        if store is None:
            return context.refuse(self.unknown)
        context.names["store"] = store
        if store.get("foreign"):
            return context.refuse(self.foreign)
        context.names["running"] = state.running(store)
        return None


@step("each")
class Each(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"entries": "in"}):
    """Does steps for each entry of a list, as the name ``name`` and its ``place``.

    ``id`` is an entry's id: where a fault is for it, the fault's result is the name ``fault``.
    """

    name: str
    entries: Formula
    do: Steps
    id: Formula | None = None

    async def run(self, context: Context) -> Answer | None:
        entries = self.entries.value(context.names) or []
        faults: dict[str, str] = {}
        if self.id is not None and entries:
            facts = context.platform.facts(context)
            ids = {self.id.value({**context.names, self.name: entry}) for entry in entries}
            fault = context.platform.faults.take(
                "entities", context.platform.name, facts, only=lambda one: not ids.isdisjoint(one.ids)
            )
            if isinstance(fault, EntitiesFault):
                faults = dict.fromkeys(fault.ids, fault.result)
        for place, entry in enumerate(entries):
            context.names.update({self.name: entry, "place": place, "fault": None})
            if self.id is not None:
                context.names["fault"] = faults.get(self.id.value(context.names))
            answer = await self.do.run(context)
            if answer is not None:
                return answer
        return None

    def needs(self) -> list[tuple[str, str]]:
        return self.do.needs()


@step("collect")
class Collect(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Adds a value to the end of each named list, which it begins where there is none."""

    shorthand: ClassVar[str] = "values"

    values: dict[str, Template]

    async def run(self, context: Context) -> Answer | None:
        for name, template in self.values.items():
            context.names[name] = [*context.names.get(name, []), template.make(context.names)]
        return None


@step("issue_token")
class IssueToken(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Gives out a token as the name ``token``; the oldest beyond ``live`` ends."""

    lifetime: Duration
    scopes: Formula
    live: int
    prefix: str = ""

    async def run(self, context: Context) -> Answer | None:
        tokens = context.platform.state.tokens
        text = self.prefix + secrets.token_urlsafe(48)
        scopes = frozenset(map(str, self.scopes.value(context.names) or []))
        tokens[text] = Token(context.platform.clock.now() + self.lifetime, scopes)
        while len(tokens) > self.live:
            tokens.popitem(last=False)
        context.names["token"] = text
        return None


@step("answer")
class Respond(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Answers, and so ends the steps."""

    status: int
    body: Template | None = None
    headers: dict[str, Template] = {}

    async def run(self, context: Context) -> Answer | None:
        headers = {name: shown(template.make(context.names)) for name, template in self.headers.items()}
        return Answer(self.status, self.body.make(context.names) if self.body else None, headers)
