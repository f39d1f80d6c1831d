"""The form of what is set for an account and for each restaurant: ``credentials``, ``store_settings``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from pipeline.mapping.form.grammar import (
    Form,
    ListOf,
    OneOf,
    Part,
    key,
)
from pipeline.mapping.form.key_rules import KeyRule
from pipeline.mapping.form.kind import (
    INVALID,
    Kind,
    Reader,
    Schema,
    Schemas,
    is_formula,
)
from pipeline.mapping.form.kinds import (
    MOST,
    Boolean,
    Clock,
    Enum,
    Integer,
    Number,
    Text,
)
from pipeline.mapping.nodes import Node, Position, Scalar, Table
from pipeline.menu import DAYS


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
