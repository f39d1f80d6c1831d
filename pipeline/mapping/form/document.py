"""A mapping file read by its form: nodes → :class:`Mapping`, and every problem of form at once.

Formulas, texts with braces and rules stay nodes here; later stages parse them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

from pipeline.findings import Finding, Place
from pipeline.mapping.form.answers import (
    ErrorRule,
    WebhookForm,
)
from pipeline.mapping.form.auth import (
    AUTH,
    Auth,
)
from pipeline.mapping.form.extends import Base, extended
from pipeline.mapping.form.grammar import (
    Form,
    ListOf,
    MapOf,
    OneOrMore,
    Part,
    key,
)
from pipeline.mapping.form.instructions import (
    Chain,
    Rule,
    RuleTable,
)
from pipeline.mapping.form.kind import (
    Invalid,
    Kind,
    Reader,
    Schema,
    Schemas,
    is_formula,
)
from pipeline.mapping.form.kinds import (
    Address,
    Enum,
    Integer,
    Name,
    Text,
)
from pipeline.mapping.form.menu import (
    CheckForm,
    ShapeForm,
)
from pipeline.mapping.form.pictures import PictureLimits
from pipeline.mapping.form.pull import PullForm
from pipeline.mapping.form.references import check_references
from pipeline.mapping.form.requests import Headers, Limit, Retry
from pipeline.mapping.form.settings import (
    CredentialForm,
    SettingForm,
)
from pipeline.mapping.form.steps import (
    AVAILABILITY,
    AvailabilityUpdate,
    ReadMenu,
    StepForm,
)
from pipeline.mapping.nodes import Node, Plain, Position, Scalar, Sequence, Table
from pipeline.mapping.yaml.source import Limits, Loaded, load

FORMAT = 1
"""The version of the language that this program reads."""


@dataclass(frozen=True, slots=True)
class TableForm:
    """A table: words of the menu → words of the platform; a list where one becomes several."""

    name: str
    entries: dict[str, Plain | list[Plain]]
    node: Table


@dataclass(frozen=True, slots=True)
class LookupTable(Kind):
    """Words with the word, or the list of words, that each becomes."""

    @property
    def words(self) -> str:
        return "words with what each becomes, such as `monday: MON`"

    def read(self, node: Node, label: str, reader: Reader) -> TableForm | Invalid:
        return self.read_named(node, label, reader, label)

    def read_named(self, node: Node, label: str, reader: Reader, name: str) -> TableForm | Invalid:
        if not isinstance(node, Table):
            return self.refuse(node, label, reader)
        entries: dict[str, Plain | list[Plain]] = {}
        for entry in node:
            items = entry.value.items if isinstance(entry.value, Sequence) else (entry.value,)
            values: list[Plain] = []
            for item in items:
                if not isinstance(item, Scalar) or is_formula(item):
                    message = f"`{label}.{entry.key[:60]}` takes a word, a number or a list of them."
                    hint = "A table holds no formulas; use `$if` in the payload for those." if is_formula(item) else ""
                    reader.problem("wrong-kind", item.position, message, hint)
                else:
                    values.append(item.value)
            if len(values) == len(items):
                entries[entry.key] = values if isinstance(entry.value, Sequence) else values[0]
        return TableForm(name, entries, node)

    def schema(self, schemas: Schemas) -> Schema:
        plain: Schema = {"type": ["string", "number", "boolean", "null"], "pattern": "^([^=]|$)"}
        return {"type": "object", "additionalProperties": {"anyOf": [plain, {"type": "array", "items": plain}]}}


SANDBOX = "sandbox"
MOST_ENVIRONMENTS = 20


@dataclass(frozen=True, slots=True)
class Environment(MapOf):
    """What ``environment.NAME`` is; names that end in ``_url`` are addresses, encrypted but in the sandbox."""

    value: Kind = Text()  # noqa: RUF009 -- immutable

    def kind_of(self, name: str, label: str) -> Kind:
        if name.endswith("_url"):
            return Address(plain=True, plain_http=label.rpartition(".")[2] == SANDBOX)
        return self.value


@dataclass(frozen=True, slots=True)
class Environments(MapOf):
    """The platform's environments by name."""

    value: Kind = Environment()

    def read(self, node: Node, label: str, reader: Reader) -> dict[str, Any] | Invalid:
        if isinstance(node, Table) and len(node.entries) > MOST_ENVIRONMENTS:
            message = f"There are more than {MOST_ENVIRONMENTS} environments."
            return reader.problem("too-many", node.position, message, "Values per restaurant are `store_settings`.")
        return MapOf.read(self, node, label, reader)

    def schema(self, schemas: Schemas) -> Schema:
        null: list[Schema] = [{"type": "null"}] if schemas.variant else []

        def environment(*, plain_http: bool) -> Schema:
            address = Address(plain=True, plain_http=plain_http).schema(schemas)
            names = {"^[A-Za-z_][A-Za-z0-9_]*_url$": {"anyOf": [address, *null]}}
            others = {"anyOf": [Text().schema(schemas), *null]}
            pattern = {"pattern": self.pattern}
            table = {
                "type": "object",
                "propertyNames": pattern,
                "patternProperties": names,
                "additionalProperties": others,
            }
            return {"anyOf": [table, *null]} if null else table

        return {
            "type": "object",
            "propertyNames": {"pattern": self.pattern},
            "maxProperties": MOST_ENVIRONMENTS,
            "properties": {SANDBOX: environment(plain_http=True)},
            "additionalProperties": environment(plain_http=False),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping(Part):
    """One platform: how its payload is made of the menu, and how it is published."""

    noun: ClassVar[str] = "a mapping"

    platform: str = key(
        Name("a name"), "The platform's name, as the file's.", example="platform: my_platform", required=True
    )
    title: str | None = key(Text(), "The platform's name for people.", example="title: My Platform")
    format: int = key(Enum((FORMAT,)), "The version of this language.", example="format: 1", default=FORMAT)
    extends: str | None = key(
        Name("a platform's name"),
        "Another mapping that this one is laid over: sections are merged by key, lists replaced, null removes; "
        "its payload schema counts where this one has none.",
        example="extends: my_platform",
    )
    notes: tuple[str, ...] = key(
        OneOrMore(Text()), "Notes for people.", example="notes: Agreed with the platform in May."
    )
    docs: tuple[Node, ...] = key(
        OneOrMore(Address()), "Where the platform describes its interface.", example="docs: https://example.com/api"
    )
    shape: ShapeForm | None = key(
        Form(ShapeForm), "How the menu is shaped before it is mapped.", example="shape: {empty_categories: drop}"
    )
    tables: dict[str, TableForm] = key(
        MapOf(LookupTable()), "Tables for `lookup`.", example="tables: {days: {monday: MON, tuesday: TUE}}"
    )
    transforms: dict[str, Sequence] = key(
        MapOf(Chain()),
        "Named chains of transforms, used with `->`.",
        example="transforms: {short_name: [collapse_spaces, {truncate: 120}]}",
    )
    let: Table | None = key(
        RuleTable(names=True), "Names for values, known everywhere.", example="let: {brand: = store.brand}"
    )
    payload: Node = key(
        Rule(),
        "What the platform gets, with formulas in place of values.",
        example="payload: {name: = restaurant.name}",
        required=True,
    )
    max_bytes: int | None = key(
        Integer(1),
        "The most bytes of a payload that the platform takes; a larger one is told and not sent.",
        example="max_bytes: 25000000",
    )
    templates: dict[str, Node] = key(
        MapOf(Rule()), "Named parts of the payload, for `$use`.", example="templates: {price: {amount: = value}}"
    )
    checks: tuple[CheckForm, ...] = key(
        ListOf(Form(CheckForm)),
        "Rules of the platform that its payload schema cannot say.",
        example='checks: [{unique: "items[].id", say: "An id occurs twice."}]',
    )
    pictures: PictureLimits | None = key(
        Form(PictureLimits),
        "Which pictures the platform takes; the command `pictures` looks at a menu's by it.",
        example="pictures: {of: [items], types: [jpg, png], max_bytes: 2000000, ratio: 16:9}",
    )
    not_sent: dict[str, str] = key(
        MapOf(Text(), "field", "."),
        "Fields of the payload or of the menu that are not sent, each with the reason.",
        example="not_sent: {item.allergens: the platform has no field for them}",
    )
    environments: dict[str, dict[str, str]] = key(
        Environments(),
        "Addresses and other values by environment; without `base_url`, PLATFORM_CONFIGS gives it.",
        example="environments: {sandbox: {base_url: https://sandbox.example.com}}",
    )
    credentials: dict[str, CredentialForm] = key(
        MapOf(Form(CredentialForm)),
        "What PLATFORM_CONFIGS supplies for the account.",
        example="credentials: {api_key: {description: The account's key, secret: true}}",
    )
    store_settings: dict[str, SettingForm] = key(
        MapOf(Form(SettingForm)),
        "What is set for each restaurant on the platform.",
        example="store_settings: {store_id: {description: The store's id, example: store-1}}",
    )
    auth: Auth | None = key(
        AUTH,
        "How requests are made known to the platform.",
        example='auth: {type: headers, headers: {X-Api-Key: "{credentials.api_key}"}}',
    )
    headers: dict[str, Node] = key(
        Headers(), "Headers of every request.", example='headers: {X-Store: "{store.store_id}"}'
    )
    limits: tuple[Limit, ...] = key(
        ListOf(Form(Limit)),
        "How many requests the platform takes.",
        example="limits: [{requests: 10, per: 1s, for: store}]",
    )
    retry: Retry | None = key(
        Form(Retry), "When a request is sent again.", example="retry: {statuses: [429, 5xx], attempts: 2, backoff: 2s}"
    )
    publish: tuple[StepForm, ...] = key(
        ListOf(Form(StepForm)),
        "How the payload is published, step by step.",
        example='publish: [{step: menu, request: "PUT /menus/{store.store_id}", body: = payload}]',
    )
    webhooks: dict[str, WebhookForm] = key(
        MapOf(Form(WebhookForm)),
        "Messages that the platform sends by itself.",
        example="webhooks: {menu_status: {verify: {token: = credentials.token, header: X-Token}}}",
    )
    errors: tuple[ErrorRule, ...] = key(
        ListOf(Form(ErrorRule)),
        "What is done about an answer; the first rule that fits wins, also over `retry`.",
        example="errors: [{when: {status: 401}, do: refresh_token}]",
    )
    availability_update: tuple[StepForm, ...] | AvailabilityUpdate | str | None = key(
        AVAILABILITY,
        "How sold out and back are told; `publish` where only a full publish does; left out: not at all.",
        example='availability_update: [{step: items, request: "POST /items", body: = changes.items}]',
    )
    item_update: tuple[StepForm, ...] = key(
        ListOf(Form(StepForm)),
        "Steps over `changed`, used where every changed field is one that the body reads.",
        example='item_update: [{step: items, request: "PATCH /items", body: = changed.items}]',
    )
    pull: PullForm | None = key(
        Form(PullForm),
        "How the platform fetches the menu itself.",
        example="pull: {header: Authorization, body: {menus: [= payload]}}",
    )
    read_menu: ReadMenu | None = key(
        Form(ReadMenu),
        "How the menu that stands at the platform is read.",
        example='read_menu: {request: "GET /menus/{store.store_id}", menu: answer.body}',
    )
    bases: tuple[str, ...] = ()
    """The platforms that it extends, the nearest first."""

    @property
    def file(self) -> str:
        """The file, as the user named it."""
        return self.node.position.file

    def schema_file(self, folder: Path) -> Path:
        """Give where the payload schema lies: the platform's own in ``folder``, else that of one that it extends."""
        own, *others = (folder / "payloads" / f"{name}.json" for name in (self.platform, *self.bases))
        return next((path for path in (own, *others) if path.exists()), own)

    @property
    def label(self) -> str:
        """The platform's name for people."""
        return self.title or self.platform

    @property
    def chains(self) -> dict[str, Sequence]:
        """The named chains of transforms."""
        return self.transforms

    @property
    def availability_steps(self) -> tuple[StepForm, ...]:
        """The steps of ``availability_update``, however it is written."""
        update = self.availability_update
        if isinstance(update, AvailabilityUpdate):
            return update.steps
        return update if isinstance(update, tuple) else ()


def read_document(root: Node | None, file: str, *, base: Base | None = None) -> tuple[Mapping | None, list[Finding]]:
    """Read a mapping by its form; ``base`` gives the file of another platform, for ``extends``.

    What could not be read is left out of the result, so that later stages can check the rest; a
    mapping with findings of severity ``error`` must not run. None where nothing can be said of it.
    """
    reader = Reader()
    mapping = _read(root, file, base, reader)
    findings = sorted(reader.findings, key=_place)
    if reader.more:
        message, place = f"There are {reader.more:,} problems more.", Place(file, 1)
        findings.append(Finding("more-problems", "error", message, "Correct these first.", place, count=reader.more))
    return mapping, findings


def _read(root: Node | None, file: str, base: Base | None, reader: Reader) -> Mapping | None:
    if root is None or not isinstance(root, Table):
        position = root.position if root is not None else Position(file, 1, 1)
        message = "A mapping file starts with keys such as `platform:` and `payload:`."
        reader.problem("not-a-mapping", position, message, "Begin the file with `platform: NAME`.")
        return None
    whole = extended(root, base, reader)
    if whole is None:
        return None
    merged, bases = whole
    value: Any = Form(Mapping).read(merged, "", reader)
    if not isinstance(value, Mapping):
        return None
    mapping = replace(value, bases=bases)
    check_references(mapping, reader)
    return mapping


def _place(finding: Finding) -> tuple[str, int, int]:
    place = finding.place
    return (place.file, place.line, place.column) if place else ("", 0, 0)


def read_mapping(path: Path) -> tuple[Mapping | None, list[Finding]]:
    """Read a mapping's file with all that is wrong with its YAML and its form; never raises.

    ``extends: NAME`` means the file ``NAME.yaml`` beside it.
    """
    loaded = load_file(path)
    if loaded is None:
        place = Place(str(path), 1)
        return None, [
            Finding("file-unreadable", "error", "This mapping file cannot be read.", "Check its path.", place)
        ]
    if loaded.root is None:
        return None, list(loaded.findings)
    mapping, findings = read_document(
        loaded.root, str(path), base=lambda name: load_file(path.with_name(f"{name}.yaml"))
    )
    return mapping, [*loaded.findings, *findings]


def load_file(path: Path) -> Loaded | None:
    """Load a mapping's YAML; None where the file cannot be read."""
    try:
        with path.open("rb") as file:
            return load(file.read(Limits().bytes + 1), str(path))
    except OSError:
        return None
