"""What a payload field means: which field of the menu its rule reads.

That is how a price is known in any platform's payload, without a word about platforms: the mapping
says `= item.price`. Names that a template or a `$let` gives are followed to what they were given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.explaining.reads import paths_in
from pipeline.mapping.compiler.origins import Scene
from pipeline.mapping.formulas.expression_parser import walk
from pipeline.mapping.formulas.formula import Formula
from pipeline.mapping.rules.rules import Computed, Entries, Nested, Object, Rule, Rules, Text, Use
from pipeline.mapping.rules.walk import fields_in

POSITION = "#position"
"""Stands for a loop's position, which shifts when anything before it comes or goes."""

PROJECTIONS = frozenset({"projection", "value_projection", "filter_projection", "flatten"})
"""Behind these stand fields of the entries, which tell more than the list."""

Meaning = frozenset[str]
Aliases = Mapping[str, Meaning]
NOTHING: Meaning = frozenset()


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of change: the menu's fields that stand behind it, and the word people use."""

    code: str
    word: str
    fields: frozenset[str]


def _kind(code: str, word: str, fields: str) -> Kind:
    return Kind(code, word, frozenset(fields.split()))


KINDS = (
    _kind("price", "price", "price prices"),
    _kind("availability", "availability", "sold_out sold_out_until availability hidden"),
    _kind("name", "name", "name path"),
    _kind("description", "description", "description"),
    _kind("picture", "picture", "image"),
    _kind("choice", "number of choices",
          "min_select max_select free_select default_quantity max_quantity charge_above"),
    _kind("default", "default choice", "is_default"),
    _kind("hours", "hours", "hours hours_split hours_by_day hours_by_time schedule_id schedules"),
    _kind("special_hours", "special hours", "special_hours special_hours_split"),
    _kind("tax", "tax rate", "tax_rate"),
    _kind("deposit", "deposit", "deposit"),
    _kind("nutrition", "nutrition", "calories nutrition"),
    _kind("allergens", "allergens", "allergens allergen_codes allergens_unknown"),
    _kind("dietary", "dietary claims", "dietary dietary_unknown"),
    _kind("alcohol", "alcohol", "is_alcohol"),
    _kind("bundle", "bundle", "bundle"),
    _kind("translation", "translations", "translations language locale"),
    _kind("link", "contents",
          "items categories all_categories subcategories modifier_groups options option_keys item_ids "
          "available_options category_ids parent_id"),
    _kind("order", "order", POSITION),
    _kind("id", "id", "item_id category_id modifier_group_id option_id key group_id restaurant_id"),
)  # fmt: skip
"""Where a field reads several of the menu's fields, the first kind that has any of them is meant."""

FIELD = Kind("field", "", NOTHING)


def kind_of(meaning: Meaning) -> Kind:
    """Give the kind of change that a field's meaning makes.

    >>> kind_of(frozenset({"prices", "price"})).code, kind_of(frozenset({"extra"})).code
    ('price', 'field')
    """
    return next((kind for kind in KINDS if kind.fields & meaning), FIELD)


@dataclass(slots=True)
class Meanings:
    """Knows each site's meaning; worked out once per site and what its names stand for."""

    rules: Rules
    _known: dict[tuple[int, int], tuple[Meaning, Aliases, Aliases]] = field(default_factory=dict)

    def of(self, site: int, scene: Scene, aliases: Aliases) -> tuple[Meaning, Aliases]:
        """Give the meaning of a field or an entry, and what names stand for below it."""
        key = (site, id(aliases))
        known = self._known.get(key)
        if known is None:  # the aliases are kept, so that their identity stays their own
            known = self._known[key] = (*self._worked_out(scene, aliases), aliases)
        return known[0], known[1]

    def _worked_out(self, scene: Scene, aliases: Aliases) -> tuple[Meaning, Aliases]:
        rule = scene.field.rule if scene.field is not None else scene.rule
        if rule is None:
            return NOTHING, aliases
        below: dict[str, Meaning] = dict(aliases)
        if scene.field is None:
            below.update({loop.position_name: frozenset({POSITION}) for loop in rule.loops if loop.position_name})
        for name, bound in rule.let:
            below[name] = self._read(bound, scene, below)
        meaning = self._read(rule, scene, below)
        use = _use(rule)
        if use is not None:
            below = {name: self._read(argument, scene, below) for name, argument in use.arguments}
        return meaning, below

    def _read(self, rule: Rule, scene: Scene, aliases: Aliases, within: tuple[str, ...] = ()) -> Meaning:
        """Give what a rule's value is made of; where that is nothing of the menu, what its condition asks."""
        found = self._body(rule, scene, aliases, within)
        if not found:
            conditions = [part for part in (rule.only_if, rule.unless) if part is not None]
            found = NOTHING.union(*(self._formula(part, scene, aliases) for part in conditions))
        if not found and rule.default is not None:
            found = self._read(rule.default, scene, aliases, within)
        return found

    def _body(self, rule: Rule, scene: Scene, aliases: Aliases, within: tuple[str, ...]) -> Meaning:
        match rule.body:
            case Computed(formula):
                return self._formula(formula, scene, aliases)
            case Text(parts):
                formulas = [part for part in parts if not isinstance(part, str)]
                return NOTHING.union(*(self._formula(part, scene, aliases) for part in formulas))
            case Nested(inner):
                return self._read(inner, scene, aliases, within)
            case Use():
                return self._template(rule.body, scene, aliases, within)
            case Entries(entries):
                loops = [loop.source for entry in entries for loop in entry.loops]
                looped = NOTHING.union(*(self._formula(source, scene, aliases) for source in loops))
                return looped or NOTHING.union(*(self._read(entry, scene, aliases, within) for entry in entries))
            case Object():
                return NOTHING
        return NOTHING

    def _template(self, use: Use, scene: Scene, aliases: Aliases, within: tuple[str, ...]) -> Meaning:
        """A template that gives one value means what that value is made of; another one, all it is given."""
        given = {name: self._read(argument, scene, aliases, within) for name, argument in use.arguments}
        template = self.rules.templates.get(use.template)
        made = NOTHING
        if template is not None and use.template not in within:
            made = self._read(template.rule, Scene(()), given, (*within, use.template))
        return made or NOTHING.union(*given.values())

    def _formula(self, formula: Formula, scene: Scene, aliases: Aliases) -> Meaning:
        kinds = {name.name: name.type.kind for name in scene.names}
        found: set[str] = set()
        if any(node["type"] in PROJECTIONS for node in walk(formula.tree)):
            found = fields_in(formula.tree) - kinds.keys() - aliases.keys() - {"restaurant", "menu"}
        for path in paths_in(formula.tree):
            head = str(path[0])
            if head in aliases and kinds.get(head) != "record":
                found |= aliases[head]
            elif len(path) > 1 and (head in kinds or head in ("restaurant", "menu")):
                found.add(str(path[1]))
            elif head in aliases:
                found |= aliases[head]
        return frozenset(found)


def _use(rule: Rule) -> Use | None:
    if isinstance(rule.body, Nested):
        return _use(rule.body.rule)
    return rule.body if isinstance(rule.body, Use) else None
