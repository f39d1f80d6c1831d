"""The form of how a platform is called: steps, waiting, outcomes, limits, reading a menu back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Literal

from pipeline.mapping.form.grammar import (
    Form,
    ListOf,
    MapOf,
    OneOf,
    Part,
    key,
)
from pipeline.mapping.form.instructions import (
    Loops,
    Request,
    Rule,
    RuleTable,
)
from pipeline.mapping.form.key_rules import AtLeastOne, AtMostOne, KeyRule, Needs
from pipeline.mapping.form.kind import (
    Reader,
)
from pipeline.mapping.form.kinds import (
    Boolean,
    BraceText,
    Clock,
    Duration,
    Enum,
    Expression,
    Integer,
    Name,
    Text,
)
from pipeline.mapping.form.requests import Headers, Limit, Status, Word
from pipeline.mapping.nodes import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll(Part):
    """Asking the platform again and again."""

    noun: ClassVar[str] = "`poll`"

    request: Node = key(Request(), "What is asked.", example='request: "GET /jobs/{saved.job_id}"', required=True)
    every: timedelta = key(Duration(), "The pause in between.", example="every: 5s", required=True)
    headers: dict[str, Node] = key(Headers(), "Further headers.", example="headers: {Accept: application/json}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait(Part):
    """Waiting for the platform's result; the first answer wins."""

    noun: ClassVar[str] = "`wait`"
    rules: ClassVar[tuple[KeyRule, ...]] = (AtLeastOne(("webhook", "poll")),)

    timeout: timedelta = key(
        Duration(), "How long; then the platform is asked once more.", example="timeout: 120m", required=True
    )
    webhook: str | None = key(
        Name("a webhook's name"), "The webhook that brings the result.", example="webhook: menu_status"
    )
    poll: Poll | None = key(
        Form(Poll), "How the platform is asked.", example='poll: {request: "GET /jobs/{saved.job_id}", every: 5s}'
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome(Part):
    """What an answer's words mean; with `for`, results per dish."""

    noun: ClassVar[str] = "`outcome`"
    rules: ClassVar[tuple[KeyRule, ...]] = (
        AtLeastOne(("done", "failed")),
        Needs(("for",), "id"),
        Needs(("id",), "for"),
        Needs(("for",), "message"),
        AtMostOne(("for", "at")),
    )

    of: Node = key(
        Expression(), "Where the word stands in the answer.", example="of: answer.body.status", required=True
    )
    at: Node | None = key(
        Expression(),
        "When that happened: unix seconds or RFC 3339. By it a result is told from that of an earlier request, where"
        " the program had stopped in between.",
        example="at: answer.body.created_at",
    )
    for_: Node | None = key(Loops(), "The rows of an answer that has one per dish.", example="for: row in answer.body")
    id: Node | None = key(Expression(), "The id in the row, as the payload sent it.", example="id: row.id")
    working: tuple[str, ...] = key(
        ListOf(Word()),
        "Words for: still at it. An unlisted word means this, too, and is reported once.",
        example="working: [requested, in_progress]",
    )
    done: tuple[str, ...] = key(ListOf(Word()), "Words for: published.", example="done: [success]")
    partial: tuple[str, ...] = key(
        ListOf(Word()), "Words for: published in part.", example="partial: [partial_success]"
    )
    failed: tuple[str, ...] = key(ListOf(Word()), "Words for: refused.", example="failed: [failed]")
    retry: tuple[str, ...] = key(ListOf(Word()), "Words for: send this again.", example="retry: [server error]")
    message: Node | None = key(
        BraceText(), "Beside `for`: what the platform says about the row.", example="message: = row.detail"
    )

    def examine(self, reader: Reader) -> None:
        seen: dict[str, str] = {}
        for group in ("working", "done", "partial", "failed", "retry"):
            for word in getattr(self, group):
                if word in seen:
                    place = self.node.entry(group)
                    assert place is not None
                    message = f'The word "{word[:60]}" cannot mean both `{seen[word]}` and `{group}`.'
                    reader.problem("word-twice", place.position, message, "Keep it in one of the lists.")
                seen[word] = group


@dataclass(frozen=True, slots=True, kw_only=True)
class Host(Part):
    """A document that the platform downloads from a signed, expiring address: `hosted.url`."""

    noun: ClassVar[str] = "`host`"

    body: Node = key(Rule(), "The document.", example="body: = payload", required=True)
    valid: timedelta = key(Duration(), "How long the address works.", example="valid: 2h", required=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePart(Part):
    """A file that a request carries, read from an address."""

    noun: ClassVar[str] = "`file`"

    from_: Node = key(Expression(), "The address of the file.", example="from: image.url", required=True)
    field: str | None = key(
        Text(), "The form field that carries it; without one the file is the whole body.", example="field: image_data"
    )
    type: Node | None = key(BraceText(), "Its media type; else as its server says.", example="type: image/jpeg")
    max_bytes: int | None = key(Integer(1), "A larger one is left out and reported.", example="max_bytes: 1000000")


@dataclass(frozen=True, slots=True, kw_only=True)
class StepForm(Part):
    """One step of a conversation with the platform: a request, a written file, a wait, or steps in a loop."""

    noun: ClassVar[str] = "a step"
    rules: ClassVar[tuple[KeyRule, ...]] = (
        AtLeastOne(("request", "write", "wait", "host", "steps", "save", "add")),
        AtMostOne(("request", "write", "wait", "steps")),
        AtMostOne(("body", "form")),
        *(
            Needs(("request",), name)
            for name in ("query", "form", "file", "success", "limits", "timeout", "repeatable")
        ),
        Needs(("request", "write"), "body"),
        Needs(("request", "write"), "compress"),
        Needs(("request", "write"), "headers"),
        Needs(("request", "wait"), "outcome"),
        Needs(("request", "wait"), "message"),
        Needs(("for",), "steps"),
        Needs(("for", "body"), "batch"),
        Needs(("body", "form"), "schema"),
    )

    step: str = key(
        Name("a name"), "The step's name, in messages and for `run STEP`.", example="step: menu", required=True
    )
    if_: Node | None = key(Expression(), "The step is done only if this holds.", example="if: saved.catalog_id")
    unless: Node | None = key(
        Expression(), "The step is done only if this does not hold.", example="unless: saved.catalog_id"
    )
    for_: Node | None = key(Loops(), "The step is done for each element.", example="for: image in menu.images")
    batch: int | None = key(
        Integer(1),
        "Beside `for`: so many elements at a time, as the list `batch`; else the body's list is sent in parts.",
        example="batch: 40",
    )
    only_changed: Node | None = key(
        Expression(),
        "The step, or the loop's element, is skipped where this is as at the last success.",
        example="only_changed: image.url",
    )
    steps: tuple[StepForm, ...] = key(
        ListOf(Form(lambda: StepForm), 1),
        "Steps that are done for each element, in order.",
        example='steps: [{step: image, request: "POST /images"}]',
    )
    host: Host | None = key(
        Form(Host),
        "A document that the platform downloads; `hosted.url` is its address.",
        example="host: {body: = payload, valid: 2h}",
    )
    request: Node | None = key(
        Request(),
        "Method and path under `base_url`, or a choice of two.",
        example='request: "PUT /menus/{store.menu_id}"',
    )
    query: Node | None = key(RuleTable(), "What stands behind `?`.", example="query: {mask: menus}")
    headers: dict[str, Node] = key(
        Headers(), "Further headers.", example="headers: {Content-Type: application/ld+json}"
    )
    body: Node | None = key(Rule(), "What is sent, as JSON.", example="body: = payload")
    form: Node | None = key(RuleTable(), "What is sent as form fields.", example="form: {name: = restaurant.name}")
    file: FilePart | None = key(Form(FilePart), "A file that is sent along.", example="file: {from: image.url}")
    write: Node | None = key(
        Rule(),
        "Instead of a request: the file or object (`s3://bucket/key`) that the body is written to.",
        example="write: = store.output_file",
    )
    compress: Literal["gzip"] | None = key(Enum(("gzip",)), "How the body is compressed.", example="compress: gzip")
    schema: str | None = key(
        Text(), "The schema under `payloads/` that the body is checked with.", example="schema: items"
    )
    success: tuple[int | str, ...] = key(
        ListOf(Status(), 1), "The statuses that mean success.", example="success: [200, 204]", default=("2xx",)
    )
    save: dict[str, Node] = key(
        MapOf(Rule()), "What is kept of the answer, as `saved.NAME`.", example="save: {job_id: = answer.body.job_id}"
    )
    add: dict[str, Node] = key(
        MapOf(Rule()),
        "Objects whose entries are added to a kept object `saved.NAME`.",
        example="add: {image_ids: {$value: = answer.body.ids}}",
    )
    wait: Wait | None = key(
        Form(Wait), "Waits for the platform's result.", example="wait: {timeout: 120m, webhook: menu_status}"
    )
    outcome: Outcome | None = key(
        Form(Outcome), "What the answer's words mean.", example="outcome: {of: answer.body.status, done: [success]}"
    )
    message: Node | None = key(
        BraceText(), "What the platform says about it.", example="message: = answer.body.message"
    )
    optional: bool = key(
        Boolean(), "A failure is reported and the next steps go on.", example="optional: true", default=False
    )
    limits: tuple[Limit, ...] = key(
        ListOf(Form(Limit)),
        "Limits of this request, beside the general ones.",
        example="limits: [{requests: 1, per: 1m, for: store}]",
    )
    timeout: timedelta | None = key(Duration(), "How long one answer may take.", example="timeout: 30s")
    repeatable: bool | None = key(
        Boolean(),
        "Whether sending the same twice does no harm, so that a request without an answer is sent again; if not said,"
        " yes for all methods but POST.",
        example="repeatable: true",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AvailabilityUpdate(Part):
    """Sold out and back, where they have to wait for a publish or are reset by the platform."""

    noun: ClassVar[str] = "`availability_update`"

    after: Literal["publish"] | None = key(
        Enum(("publish",)), "Only after the result of a running publish.", example="after: publish"
    )
    resets: str | None = key(
        Clock(),
        "When the platform makes everything available again; it is told once more then.",
        example='resets: "04:00"',
    )
    steps: tuple[StepForm, ...] = key(
        ListOf(Form(StepForm), 1),
        "The steps, over `changes.items`, `.options` and `.all`.",
        example='steps: [{step: items, request: "POST /items", body: = changes.items}]',
        required=True,
    )


AVAILABILITY = OneOf(
    scalar=Enum(("publish",), ("Only a full publish carries it.",)),
    listed=ListOf(Form(StepForm)),
    table=Form(AvailabilityUpdate),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compare(Part):
    """Where a read menu has its dishes, so that drift is seen."""

    noun: ClassVar[str] = "`compare`"

    items: Node = key(Expression(), "The list of dishes.", example="items: answer.body.items", required=True)
    id: Node = key(Expression(), "A dish's id, as the payload sent it.", example="id: id", required=True)
    name_: Node | None = key(Expression(), "A dish's name.", example="name: title")
    price: Node | None = key(Expression(), "A dish's price, as the payload sent it.", example="price: price_info.price")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadMenu(Part):
    """How the menu that stands at the platform is read."""

    noun: ClassVar[str] = "`read_menu`"
    rules: ClassVar[tuple[KeyRule, ...]] = (AtLeastOne(("request", "steps")), AtMostOne(("request", "steps")))

    request: Node | None = key(Request(), "The request that gives it.", example='request: "GET /menus/{store.menu_id}"')
    steps: tuple[StepForm, ...] = key(
        ListOf(Form(StepForm), 1),
        "Steps, where one request is not enough.",
        example='steps: [{step: menu, request: "GET /menus/{store.menu_id}"}]',
    )
    query: Node | None = key(RuleTable(), "What stands behind `?`.", example="query: {type: delivery}")
    headers: dict[str, Node] = key(Headers(), "Further headers.", example="headers: {Accept: application/json}")
    success: tuple[int | str, ...] = key(
        ListOf(Status(), 1), "The statuses that mean success.", example="success: [200]", default=("2xx",)
    )
    menu: Node = key(
        Expression(), "Where the menu stands in the last answer.", example="menu: answer.body", required=True
    )
    compare: Compare | None = key(
        Form(Compare),
        "Where its dishes stand, so that drift is seen.",
        example="compare: {items: answer.body.items, id: id, name: title, price: price}",
    )
