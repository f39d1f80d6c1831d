"""The form of what concerns the menu: ``shape``, ``checks``, ``store_settings`` and ``credentials``."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, Literal

from pipeline.mapping.grammar import (
    AtLeastOne,
    AtMostOne,
    Form,
    KeyRule,
    ListOf,
    MapOf,
    Needs,
    OneOf,
    OneOrMore,
    Part,
    key,
)
from pipeline.mapping.instructions import Loops
from pipeline.mapping.kinds import (
    INVALID,
    MOST,
    Boolean,
    BraceText,
    Clock,
    Enum,
    Expression,
    Integer,
    Kind,
    Number,
    OrFormula,
    Reader,
    Schema,
    Schemas,
    Text,
    is_formula,
)
from pipeline.mapping.nodes import Node, Position, Scalar, Table
from pipeline.menu import DAYS

KEEP_OR_DROP = Enum(("keep", "drop"))


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryNesting(Part):
    """How deep the category tree may be; a deeper one is flattened and the names are joined."""

    noun: ClassVar[str] = "`category_nesting`"

    levels: int = key(Integer(1, 20), "How many levels the platform takes.", example="levels: 1", required=True)
    join: str = key(
        Text(), "What stands between the names of levels that become one.", example='join: " / "', default=" / "
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ModifierNesting(Part):
    """How deep modifier groups may nest; one level is groups on the dish only."""

    noun: ClassVar[str] = "`modifier_nesting`"

    levels: int = key(
        Integer(1, 20), "How many levels of groups the platform takes.", example="levels: 6", required=True
    )
    beyond: Literal["error", "flatten", "drop"] = key(
        Enum(
            ("error", "flatten", "drop"),
            (
                "A deeper group is an error.",
                "A required single group is multiplied out, an optional one is lifted to the dish.",
                "A deeper group is left out and reported.",
            ),
        ),
        "What becomes of groups that stand deeper.",
        example="beyond: flatten",
        default="error",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices(Part):
    """What ``item.price`` and ``option.price`` are."""

    noun: ClassVar[str] = "`prices`"

    channels: tuple[str, ...] = key(
        ListOf(Text()), "Whose prices are taken, the first that a record has.", example="channels: [doordash, delivery]"
    )
    markup_percent: Decimal | Node | None = key(
        OrFormula(Number()),
        "What is added to every price, in percent.",
        example="markup_percent: = store.markup_percent",
    )
    round_to: Decimal | Node | None = key(
        OrFormula(Number()), "What a price with markup is rounded to.", example="round_to: 0.05"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours(Part):
    """How opening hours are filled in and written."""

    noun: ClassVar[str] = "`hours`"

    when_missing: str | Node = key(
        OrFormula(Enum(("keep", "always_open", "error"))),
        "What is assumed where the restaurant has no hours; a formula gives them; always reported.",
        example="when_missing: = store.hours",
        default="keep",
    )
    end_of_day: Literal["midnight", "last_minute"] = key(
        Enum(("midnight", "last_minute"), ("24:00", "23:59")),
        "How the end of a day is written.",
        example="end_of_day: last_minute",
        default="midnight",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveOut(Part):
    """Records that are not for this platform."""

    noun: ClassVar[str] = "an entry of `leave_out`"

    where: Node = key(
        Expression(),
        "Which records are left out; the record has its usual name (`category`, `item`, `group`, `option`).",
        example="where: item.is_alcohol",
        required=True,
    )
    because: Node = key(
        OrFormula(Text()),
        "The reason that is told for each.",
        example="because: alcohol is not sold here",
        required=True,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveOuts(Part):
    """What is left out of the menu, by kind of record."""

    noun: ClassVar[str] = "`leave_out`"

    categories: tuple[LeaveOut, ...] = key(
        OneOrMore(Form(LeaveOut)),
        "Categories that are left out, with all that is in them.",
        example="categories: {where: category.name == 'Staff', because: for staff only}",
    )
    items: tuple[LeaveOut, ...] = key(
        OneOrMore(Form(LeaveOut)),
        "Dishes that are left out.",
        example="items: {where: item.is_alcohol, because: alcohol is not sold here}",
    )
    modifier_groups: tuple[LeaveOut, ...] = key(
        OneOrMore(Form(LeaveOut)),
        "Modifier groups that are left out.",
        example="modifier_groups: {where: group.name == 'Cutlery', because: set on the platform}",
    )
    options: tuple[LeaveOut, ...] = key(
        OneOrMore(Form(LeaveOut)),
        "Options that are left out.",
        example="options: {where: option.hidden, because: hidden}",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ids(Part):
    """How ids are changed, once and everywhere."""

    noun: ClassVar[str] = "`ids`"

    replace: dict[str, str] = key(
        MapOf(Text(empty=True), "text that is replaced", "."),
        "What the platform does not take in ids, and what stands there instead.",
        example='replace: {"/": "-"}',
        required=True,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapeForm(Part):
    """How the menu is shaped before it is mapped; whatever it leaves out or changes is reported by dish."""

    noun: ClassVar[str] = "`shape`"

    category_nesting: CategoryNesting | None = key(
        Form(CategoryNesting),
        "How deep the category tree may be.",
        example='category_nesting: {levels: 1, join: " / "}',
    )
    modifier_nesting: ModifierNesting | None = key(
        Form(ModifierNesting),
        "How deep modifier groups may nest.",
        example="modifier_nesting: {levels: 6, beyond: error}",
    )
    prices: Prices | None = key(
        Form(Prices),
        "What `item.price` and `option.price` are.",
        example="prices: {channels: [delivery], markup_percent: 10}",
    )
    hours: Hours | None = key(
        Form(Hours), "How opening hours are filled in and written.", example="hours: {when_missing: = store.hours}"
    )
    empty_categories: Literal["keep", "drop"] = key(
        KEEP_OR_DROP, "Whether a category without dishes is sent.", example="empty_categories: drop", default="keep"
    )
    unavailable_items: Literal["keep", "drop"] = key(
        KEEP_OR_DROP, "Whether sold out dishes are sent.", example="unavailable_items: drop", default="keep"
    )
    hidden_items: Literal["keep", "drop"] = key(
        KEEP_OR_DROP, "Whether hidden dishes and options are sent.", example="hidden_items: keep", default="drop"
    )
    same_names: Literal["keep", "number", "error"] = key(
        Enum(("keep", "number", "error"), ("Send them.", "Number them: Burger (2).", "Refuse the menu.")),
        "What becomes of equal names side by side.",
        example="same_names: number",
        default="keep",
    )
    sizes: Literal["modifier_group", "keep"] = key(
        Enum(("modifier_group", "keep"), ("Sizes become a required group.", "Sizes stay at `item.sizes`.")),
        "What becomes of a dish's sizes.",
        example="sizes: keep",
        default="modifier_group",
    )
    ids: Ids | None = key(Form(Ids), "How ids are changed, once and everywhere.", example='ids: {replace: {"/": "-"}}')
    locale: str | Node | None = key(
        OrFormula(Text("a language such as `en` or `de-AT`")),
        "The language that texts are taken in, where the menu has it.",
        example="locale: = store.language",
    )
    leave_out: LeaveOuts | None = key(
        Form(LeaveOuts),
        "Records that are not for this platform.",
        example="leave_out: {items: {where: item.is_alcohol, because: alcohol is not sold here}}",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckForm(Part):
    """A rule of the platform that its payload schema cannot say."""

    noun: ClassVar[str] = "a check"
    rules: ClassVar[tuple[KeyRule, ...]] = (
        AtLeastOne(("value", "assert", "no_overlap", "unique", "references")),
        AtMostOne(("value", "assert", "no_overlap", "unique", "references")),
        Needs(("at_least", "at_most"), "value"),
        Needs(("value",), "at_least"),
        Needs(("value",), "at_most"),
        Needs(("to",), "references"),
        Needs(("references",), "to"),
        Needs(("say",), "value"),
        Needs(("say",), "assert"),
    )

    for_: Node | None = key(
        Loops(), "What the check goes through, as in the payload.", example="for: group in menu.modifier_groups"
    )
    if_: Node | None = key(Expression(), "The check concerns only what this holds for.", example="if: group.max_select")
    unless: Node | None = key(
        Expression(), "The check concerns only what this does not hold for.", example="unless: group.hidden"
    )
    value: Node | None = key(
        Expression(), "A number that has to keep within bounds.", example="value: group.min_select"
    )
    at_least: Node | None = key(Expression(numbers=True), "The smallest value that is right.", example="at_least: 31")
    at_most: Node | None = key(
        Expression(numbers=True), "The largest value that is right.", example="at_most: length(group.available_options)"
    )
    assert_: Node | None = key(
        Expression(), "What has to hold.", example="assert: contains(item.category_ids, category.category_id)"
    )
    no_overlap: Node | None = key(
        Expression(),
        "Opening windows that must not overlap, also across midnight.",
        example="no_overlap: restaurant.hours",
    )
    unique: Node | None = key(Expression(), "Values of the payload that must all differ.", example="unique: items[].id")
    references: Node | None = key(
        Expression(),
        "Ids in the payload that must exist elsewhere in it.",
        example="references: categories[].entities[].id",
    )
    to: Node | None = key(Expression(), "Where the ids exist.", example="to: items[].id")
    severity: Literal["error", "hold", "warning"] = key(
        Enum(
            ("error", "hold", "warning"),
            ("Nothing is published.", "Published once an operator releases it.", "Published, and told."),
        ),
        "How grave it is.",
        example="severity: warning",
        default="error",
    )
    say: Node | None = key(
        BraceText(),
        "What is told to the restaurant's manager.",
        example='say: "{group.name} asks for more than it offers"',
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialForm(Part):
    """What PLATFORM_CONFIGS must supply for the account; values never stand in a mapping."""

    noun: ClassVar[str] = "a credential"

    description: str = key(
        Text(), "What it is and where the platform shows it.", example="description: Developer id", required=True
    )
    secret: bool = key(Boolean(), "Whether it is masked wherever it is shown.", example="secret: true", default=False)
    required: bool = key(Boolean(), "Whether nothing works without it.", example="required: false", default=True)
    example: str | None = key(
        Text(), "What one looks like; a dry run uses it where it is missing.", example="example: dev-1234"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningHours(Part):
    """One weekly opening period in a setting of type ``hours``."""

    noun: ClassVar[str] = "an opening period"

    day: str = key(Enum(DAYS), "The weekday.", example="day: monday", required=True)
    start: str = key(Clock(), "When it starts, at the store.", example="start: 11:00", required=True)
    end: str = key(
        Clock(end=True), "When it ends; at or before the start means the next day.", example="end: 23:30", required=True
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EnumType(Part):
    """A setting that is one of a few words."""

    noun: ClassVar[str] = "a setting's `type`"

    enum: tuple[str, ...] = key(
        ListOf(Text(), 1), "The words it can be.", example="enum: [delivery, pickup]", required=True
    )


SETTING_KINDS: dict[str, Kind] = {
    "text": Text(),
    "integer": Integer(-MOST),
    "decimal": Number(),
    "boolean": Boolean(),
    "list": ListOf(Text()),
    "hours": OneOf(scalar=Text("hours such as `monday-friday 11:00-22:00`"), listed=ListOf(Form(OpeningHours), 1)),
}
"""The types of store settings, with the kind of their values."""


@dataclass(frozen=True, slots=True)
class SettingValue(Kind):
    """A literal of any shape or a formula; the setting's type decides what is right."""

    @property
    def words(self) -> str:
        return "a value"

    def read(self, node: Node, label: str, reader: Reader) -> Node:
        return node

    def schema(self, schemas: Schemas) -> Schema:
        return {}


class OfSettingType(KeyRule):
    """``default`` and ``example`` fit the setting's type; tells editors, reading tells people."""

    def problem(self, table: Table) -> tuple[Position, str] | None:
        return None  # told by SettingForm.examine, which knows the type as it was read

    def schema(self, schemas: Schemas) -> Schema:
        arms: list[Schema] = []
        for name, kind in SETTING_KINDS.items():
            typed = {"properties": {"type": {"const": name}}, **({} if name == "text" else {"required": ["type"]})}
            inner = {"anyOf": [{"type": "null"}, {"type": "string", "pattern": "^="}, kind.schema(schemas)]}
            arms.append({"if": typed, "then": {"properties": dict.fromkeys(self.keys, inner)}})
        return {"allOf": arms}


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingForm(Part):
    """One setting of a restaurant on the platform, given by ``connect`` or PLATFORM_CONFIGS."""

    noun: ClassVar[str] = "a store setting"
    rules: ClassVar[tuple[KeyRule, ...]] = (OfSettingType(("default", "example")),)

    type: str | EnumType = key(
        OneOf(scalar=Enum(tuple(SETTING_KINDS)), table=Form(EnumType)),
        "What its values are: a type, or the words that it can be.",
        example="type: {enum: [delivery, pickup]}",
        default="text",
    )
    description: str | None = key(
        Text(), "What it is, for people.", example="description: The store's id at the platform"
    )
    example: Node | None = key(
        SettingValue(),
        "What one looks like; a dry run uses it where the setting is missing.",
        example="example: store-1",
    )
    default: Node | None = key(
        SettingValue(),
        "Its value where none is given: a literal, a formula over `restaurant`, or null.",
        example="default: 0",
    )
    secret: bool = key(Boolean(), "Whether it is masked wherever it is shown.", example="secret: true", default=False)
    required: bool | None = key(
        Boolean(), "Whether nothing works without it; if not said, where it has no default.", example="required: false"
    )

    @property
    def type_name(self) -> str:
        """The type's word: one of the types, or ``enum``."""
        return self.type if isinstance(self.type, str) else "enum"

    @property
    def values(self) -> tuple[str, ...] | None:
        """The words that an ``enum`` can be, else None."""
        return self.type.enum if isinstance(self.type, EnumType) else None

    @property
    def is_required(self) -> bool:
        """Whether a value has to be given."""
        return self.default is None if self.required is None else self.required

    @property
    def kind(self) -> Kind:
        """The kind of the setting's values."""
        return Enum(self.type.enum) if isinstance(self.type, EnumType) else SETTING_KINDS[self.type]

    def plain(self, node: Node | None) -> Any:
        """Give the value of ``default`` or ``example``; None for a formula, and where there is none."""
        if node is None or is_formula(node) or is_null(node):
            return None
        value = self.kind.read(node, self.name, Reader())
        return None if value is INVALID else value

    def examine(self, reader: Reader) -> None:
        for word, node in (("default", self.default), ("example", self.example)):
            if node is not None and not is_formula(node) and not is_null(node):
                self.kind.read(node, f"store_settings.{self.name}.{word}", reader)
        if self.secret and self.default is not None and not is_formula(self.default):
            message = f"The store setting `{self.name}` is secret, so its value must not stand in the mapping."
            reader.problem(
                "literal-secret", self.default.position, message, "Leave `default` out; give it by `connect`."
            )


def is_null(node: Node) -> bool:
    """Tell whether a node is a written null."""
    return isinstance(node, Scalar) and node.value is None
