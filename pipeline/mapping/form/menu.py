"""The form of what concerns the menu: ``shape`` and ``checks``."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Literal

from pipeline.mapping.form.grammar import (
    Form,
    ListOf,
    MapOf,
    OneOf,
    OneOrMore,
    Part,
    key,
)
from pipeline.mapping.form.instructions import (
    Loops,
)
from pipeline.mapping.form.key_rules import AtLeastOne, AtMostOne, KeyRule, Needs
from pipeline.mapping.form.kind import Reader
from pipeline.mapping.form.kinds import (
    BraceText,
    Enum,
    Expression,
    Integer,
    Number,
    OrFormula,
    Text,
)
from pipeline.mapping.nodes import Node
from pipeline.money import Direction

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
class RoundTo(Part):
    """What a price with markup is rounded to, as by the transform: zero stays zero, and no price becomes it."""

    noun: ClassVar[str] = "`round_to`"

    to: Decimal | Node = key(
        OrFormula(Number(0, above=True)),
        "The step, such as `0.05`; where a formula gives none or 0, only the currency's unit counts.",
        example="to: 0.10",
        required=True,
    )
    minus: Decimal | Node | None = key(
        OrFormula(Number(0)),
        "What each step lacks: 1 less 0.01 gives prices that end in .99, 0.10 less 0.01 such that end in 9.",
        example="minus: 0.01",
    )
    direction: Direction | Node | None = key(
        OrFormula(Enum(("nearest", "up", "down"))),
        "Where a price between two steps goes; the nearest, if not said.",
        example="direction: up",
    )

    def examine(self, reader: Reader) -> None:
        if isinstance(self.to, Decimal) and isinstance(self.minus, Decimal) and self.minus >= self.to:
            entry = self.node.entry("minus")
            assert entry is not None
            message = "`round_to` takes a `minus` that is smaller than `to`."
            reader.problem("wrong-kind", entry.value.position, message, "Example: `{to: 0.10, minus: 0.01}`.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices(Part):
    """What ``item.price`` and ``option.price`` are."""

    noun: ClassVar[str] = "`prices`"

    channels: tuple[str, ...] = key(
        ListOf(Text()),
        "Whose prices are taken, the first that a record has; beside one for `delivery` the usual one is for `pickup`.",
        example="channels: [my_platform, delivery]",
    )
    markup_percent: Decimal | Node | None = key(
        OrFormula(Number()),
        "What is added to every price, in percent.",
        example="markup_percent: = store.markup_percent",
    )
    round_to: Decimal | Node | RoundTo | None = key(
        OneOf(scalar=OrFormula(Number(0, above=True)), table=Form(RoundTo)),
        "What a price with markup is rounded to: a step, or the arguments of the transform `round_to`.",
        example="round_to: {to: 1, minus: 0.01}",
    )

    @property
    def rounding(self) -> tuple[Decimal | Node | None, Decimal | Node | None, Direction | Node | None]:
        """What is rounded to, what each step lacks, and the direction, however it is written."""
        if isinstance(self.round_to, RoundTo):
            return self.round_to.to, self.round_to.minus, self.round_to.direction
        return self.round_to, None, None


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
    touching: Literal["keep", "join"] = key(
        Enum(
            ("keep", "join"), ("Leave them apart.", "One period, over midnight, too, as long as it is under 24 hours.")
        ),
        "What becomes of periods of which one begins when the other ends.",
        example="touching: join",
        default="keep",
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
    because: Node | str = key(
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
