"""The form of what a platform says by itself and of what its errors mean: webhooks, error rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Literal

from pipeline.mapping.form.grammar import (
    Form,
    MapOf,
    OneOrMore,
    Part,
    key,
)
from pipeline.mapping.form.instructions import (
    Rule,
)
from pipeline.mapping.form.key_rules import AtLeastOne, AtMostOne, KeyRule, Needs
from pipeline.mapping.form.kind import (
    NAME_PATTERN,
    Invalid,
    Kind,
    Reader,
    Schema,
    Schemas,
    matches,
    text_of,
)
from pipeline.mapping.form.kinds import (
    BraceText,
    Duration,
    Enum,
    Expression,
    Secret,
    Text,
    duration_of,
)
from pipeline.mapping.form.requests import Status
from pipeline.mapping.form.steps import (
    Outcome,
)
from pipeline.mapping.nodes import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Verify(Part):
    """How a webhook's sender is known: a signature (`hmac`) or a plain `token`."""

    noun: ClassVar[str] = "`verify`"
    rules: ClassVar[tuple[KeyRule, ...]] = (
        AtLeastOne(("hmac", "token")),
        AtMostOne(("hmac", "token")),
        Needs(("secret",), "hmac"),
        *(Needs(("hmac",), name) for name in ("secret", "secret_encoding", "encoding", "text")),
        Needs(("time",), "max_age"),
        Needs(("max_age",), "time"),
    )

    header: str = key(
        Text("a header's name"),
        "The header that holds the signature or token.",
        example="header: X-Signature",
        required=True,
    )
    hmac: Literal["sha1", "sha256", "sha512"] | None = key(
        Enum(("sha1", "sha256", "sha512")), "The signature's digest.", example="hmac: sha256"
    )
    secret: Node | None = key(Secret(), "The signature's key.", example="secret: = credentials.webhook_secret")
    secret_encoding: Literal["text", "base64", "base64url", "hex"] = key(
        Enum(("text", "base64", "base64url", "hex")),
        "How the key is written.",
        example="secret_encoding: base64",
        default="text",
    )
    encoding: Literal["hex", "base64", "base64url"] = key(
        Enum(("hex", "base64", "base64url")), "How the signature is written.", example="encoding: base64", default="hex"
    )
    text: Node | None = key(
        BraceText(),
        "What was signed; the raw body, if not said.",
        example='text: "{answer.headers.\\"x-guid\\"} {answer.raw}"',
    )
    token: Node | None = key(
        Secret(), "The token that the header has to hold.", example="token: = credentials.webhook_token"
    )
    prefix: str | None = key(
        Text(), "What stands before the signature or token in the header.", example='prefix: "sha256="'
    )
    time: Node | None = key(
        Expression(),
        "When the message was sent: unix seconds or RFC 3339.",
        example='time: answer.headers."x-timestamp"',
    )
    max_age: timedelta | None = key(Duration(), "An older message is refused.", example="max_age: 5m")


ACTIONS = {
    "retry": "Send the request again, after a pause.",
    "wait_for_other_job": "Wait until the platform's running job is over, then send it.",
    "refresh_token": "Get a new token and send it once more.",
    "reconnect": "Hold the connection until people renew its credentials.",
    "full_refresh": "Publish the whole menu.",
    "give_up": "Put it into the error queue.",
}
ACTIONS_WITH = {
    "wait": "`wait 60s`: send it again after that time.",
    "forget": "`forget NAME`: drop `saved.NAME` and start again.",
    "run": "`run STEP`: do that step, then send it again.",
}


@dataclass(frozen=True, slots=True)
class Action:
    """What is done: a word, and what it concerns (`wait`: a time, `forget`: a name, `run`: a step)."""

    word: str
    argument: str | timedelta | None
    node: Node


@dataclass(frozen=True, slots=True)
class ActionKind(Kind):
    """One of :data:`ACTIONS`, or a word of :data:`ACTIONS_WITH` with its argument."""

    only: tuple[str, ...] = ()

    @property
    def known(self) -> list[str]:
        """The actions in words."""
        return list(self.only) or [*ACTIONS, "wait 60s", "forget NAME", "run STEP"]

    @property
    def words(self) -> str:
        return " · ".join(self.known)

    def read(self, node: Node, label: str, reader: Reader) -> Action | Invalid:
        text = text_of(node) or ""
        if text in (self.only or ACTIONS):
            return Action(text, None, node)
        word, _, argument = text.partition(" ")
        if not self.only and word in ACTIONS_WITH:
            if word == "wait":
                duration = duration_of(argument)
                if duration is not None:
                    return Action(word, duration, node)
            elif matches(NAME_PATTERN, argument):
                return Action(word, argument, node)
            return self.refuse(node, label, reader, ACTIONS_WITH[word])
        return self.refuse(node, label, reader, reader.near(text, self.only or ACTIONS))

    def schema(self, schemas: Schemas) -> Schema:
        if self.only:
            return {"enum": list(self.only)}
        pattern = r"^(wait [1-9][0-9]{0,5}(ms|s|m|h|d)|(forget|run) [A-Za-z_][A-Za-z0-9_]*)$"
        enum: Schema = {"enum": list(ACTIONS), "enumDescriptions": list(ACTIONS.values())}
        return {"anyOf": [enum, {"type": "string", "pattern": pattern}]}


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookForm(Part):
    """A message that the platform sends by itself, at `/webhooks/PLATFORM/NAME`."""

    noun: ClassVar[str] = "a webhook"

    verify: Verify = key(
        Form(Verify),
        "How its sender is known.",
        example="verify: {hmac: sha256, secret: = credentials.webhook_secret, header: X-Signature}",
        required=True,
    )
    if_: Node | None = key(
        Expression(),
        "Messages for which this does not hold are acknowledged and left alone.",
        example="if: answer.body.event_type == 'menu.upload_result'",
    )
    unless: Node | None = key(
        Expression(),
        "Messages for which this holds are acknowledged and left alone.",
        example="unless: answer.body.test",
    )
    store: dict[str, Node] = key(
        MapOf(Rule(), "store setting"),
        "Which restaurant it concerns, by its store settings.",
        example="store: {store_id: = answer.body.store_id}",
    )
    operation: Node | None = key(
        Rule(),
        "Which operation it concerns: the reference that the payload sent.",
        example="operation: = answer.body.event.reference",
    )
    outcome: Outcome | None = key(
        Form(Outcome), "What its words mean.", example="outcome: {of: answer.body.event.status, done: [success]}"
    )
    save: dict[str, Node] = key(
        MapOf(Rule()),
        "What is kept of it as `saved.NAME`, on failure, too.",
        example="save: {external_menu_id: = answer.body.menu.id}",
    )
    message: Node | None = key(
        BraceText(), "What the platform says about it.", example="message: = answer.body.event.details"
    )
    fields: Node | None = key(
        Expression(),
        "The payload fields that the platform complains of: a list of `{path, message}`.",
        example='fields: "= answer.body.errors[].{path: field, message: detail}"',
    )
    do: Action | None = key(
        ActionKind(("full_refresh", "give_up")),
        "What is done then, where the platform asks for it.",
        example="do: full_refresh",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class When(Part):
    """What an answer has to be for a rule to fit; all that is said has to hold."""

    noun: ClassVar[str] = "`when`"
    rules: ClassVar[tuple[KeyRule, ...]] = (AtLeastOne(("status", "says", "if")),)

    status: tuple[int | str, ...] = key(
        OneOrMore(Status()), "The status, a list, or a class of them.", example="status: [404, 5xx]"
    )
    says: tuple[str, ...] = key(
        OneOrMore(Text()),
        "A part of the body, whatever its case; one of a list is enough.",
        example="says: already have a job in_progress",
    )
    if_: Node | None = key(Expression(), "What has to hold of the answer.", example="if: answer.body.errors")


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRule(Part):
    """What is done about an answer, and what people are told; the first rule that fits wins."""

    noun: ClassVar[str] = "an error rule"

    when: When = key(Form(When), "Which answers it is for.", example="when: {status: 401}", required=True)
    do: Action = key(ActionKind(), "What is done.", example="do: refresh_token", required=True)
    message: Node | None = key(
        BraceText(),
        "The sentence that the restaurant's manager reads.",
        example='message: "The platform refused the menu: {answer.body.message}"',
    )
    fields: Node | None = key(
        Expression(),
        "The payload fields that the platform complains of: a list of `{path, message}`.",
        example='fields: "= answer.body.errors[].{path: field, message: detail}"',
    )
