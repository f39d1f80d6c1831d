"""A sample payload → the text of a mapping that makes such payloads of the internal menu.

Lists of records become loops, fields become formulas where a guess fits; everything else stays as
in the sample and is marked. What the mapping language itself refuses is taken back.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from pipeline.drafting.entities import ROOT, Scope, inner, is_menu, kind_of, kind_of_word
from pipeline.drafting.guesses import LOCALE, RECORDS, Needs, formula, guess, is_order, setting, weekday
from pipeline.drafting.guesses import Place as Where
from pipeline.drafting.mapping_text import Facts, mapping_text
from pipeline.drafting.sample import Form, all_fields, form_of, words
from pipeline.drafting.writing import Branch, Leaf, Row, Tree, leaves
from pipeline.findings import Finding
from pipeline.mapping.compiled import compile_text
from pipeline.menu import DAYS

KEPT = "kept as in the sample"
DEEPEST = 20
MOST_TRIES = 20
MOST_VALUES = 10
LONGEST_LITERAL = 2_000
TYPE_KEYS = ("type", "@type", "kind", "object_type")
NAMES = frozenset({"name", "title", "description", "subtitle", "label", "labels"})


@dataclass(frozen=True, slots=True)
class Drafted:
    """A draft: the mapping's text, how many fields were guessed, and how many stayed as in the sample."""

    text: str
    guessed: int
    kept: int
    findings: tuple[Finding, ...]


def draft(platform: str, sample: Any, *, schema: str = "../mappings.schema.json") -> Drafted:
    """Draft a mapping from one sample payload, read with exact decimals; ``schema`` is the editors' schema."""
    maker = _Maker(form_of(sample))
    tree = maker.payload()
    for _ in range(MOST_TRIES):
        text = mapping_text(platform, tree, maker.needs, maker.facts, schema)
        _, findings = compile_text(text.encode(), Path(f"{platform}.yaml"))
        wrong = {finding.place.line for finding in findings if finding.severity == "error" and finding.place}
        refused = [leaf for leaf in leaves(tree) if leaf.formula and leaf.line in wrong]
        if not refused:
            break
        for leaf in refused:
            leaf.value, leaf.formula, leaf.check = leaf.sample, False, KEPT
    found = list(leaves(tree))
    guessed = sum(leaf.formula for leaf in found)
    return Drafted(text, guessed, sum(leaf.check == KEPT for leaf in found), tuple(findings))


class _Maker:
    """Makes the payload's tree; ``needs`` gathers what its formulas need beside it."""

    def __init__(self, form: Form) -> None:
        self.form = form
        self.needs = Needs()
        self.facts = Facts()
        self._keys: list[str] = []
        self._ids = _ids_by_kind(form)

    def payload(self) -> Branch:
        """Give the payload's tree."""
        form = self.form.entries if self.form.entries is not None else self.form
        return self._object(form, ROOT, frozenset(), 0)

    def _object(self, form: Form, scope: Scope, around: frozenset[str], depth: int) -> Branch:
        branch = Branch()
        if depth > DEEPEST:
            branch.check = "the sample goes deeper here than a draft does"
            return branch
        for key, value in form.fields.items():
            if key.startswith("$"):
                self.facts.skipped[key] = None
                continue
            self._keys.append(key)
            branch.put(key, self._field(key, self._filled(key, scope, value), scope, around, depth + 1))
            self._keys.pop()
        return branch

    def _filled(self, key: str, scope: Scope, form: Form) -> Form:
        """Give, for a list of records that is empty here, what the sample has elsewhere under the same key."""
        if form.entries is None or form.entries.fields or form.entries.values or key in self._keys[:-1]:
            return form
        others = (other for name, other in all_fields(self.form) if name == key)
        records = (other for other in others if other.entries is not None and other.entries.fields)
        return next((other for other in records if other.entries and kind_of(key, other.entries, scope)), form)

    def _field(self, key: str, form: Form, scope: Scope, around: frozenset[str], depth: int) -> Tree:
        if form.fields:
            return self._fields(key, form, scope, around, depth)
        if form.entries is not None and form.entries.fields:
            return self._list(key, form.entries, scope, around, depth)
        if form.entries is not None:
            return self._values(key, form.entries, scope)
        found = guess(key, around, scope, form, self.needs)
        if found is None:
            return _literal(form)
        for leaf in leaves(found):
            leaf.sample = _plain(form)
        return found

    def _fields(self, key: str, form: Form, scope: Scope, around: frozenset[str], depth: int) -> Tree:
        own = frozenset(words(key))
        if set(form.fields) and all(LOCALE.fullmatch(name) for name in form.fields) and (own | around) & NAMES:
            value = guess(_naming(own | around), frozenset(), scope, _texts(form), self.needs)
            if value is not None:
                return Row([Branch([("$key", formula("= restaurant.language")), ("$value", value)])])
        if {name.lower() for name in form.fields} <= {*DAYS, *(name[:3] for name in DAYS)}:
            return self._by_day(form, depth)
        if key.startswith("has") and form.fields.get("name") is not None:
            # JSON-LD writes a list of one as the entry itself.
            found = self._list(key, form, scope, around, depth)
            if isinstance(found, Row) and kind_of(key, form, scope):
                found.check = "the sample has one entry here, in place of a list"
                return found
        return self._object(form, scope, around | own, depth)

    def _by_day(self, form: Form, depth: int) -> Tree:
        """Make an object with a key per weekday."""
        found = inner(ROOT, "day")
        assert found is not None
        scope, source = found
        value = next((value for value in form.fields.values()), Form())
        key = weekday(list(form.fields), f"{scope.name}.day", self.needs)
        entries = value.entries
        inside: Tree = Row(
            [Branch([("$for", Leaf(f"window in {scope.name}.windows")), *self._period(entries, scope, depth)])]
        )
        return Row(
            [Branch([("$for", Leaf(f"{scope.name} in {source}")), ("$key", key or Leaf("")), ("$value", inside)])]
        )

    def _period(self, entries: Form | None, scope: Scope, depth: int) -> list[tuple[str, Tree]]:
        window = Scope("window", "window", (*scope.names, "window"))
        if entries is not None and entries.fields:
            return self._object(entries, window, frozenset(), depth).entries
        joint = next((text for text in (entries.texts if entries else ())), "")
        between = joint[5:-5] if len(joint) > 10 else "-"
        return [("$text", Leaf(f"{{window.start}}{between}{{window.end}}"))]

    # Lists ---------------------------------------------------------------------------------------

    def _list(self, key: str, entries: Form, scope: Scope, around: frozenset[str], depth: int) -> Tree:
        if is_menu(key) or key.lower() in ("batches", "restaurants"):
            return Row([self._object(entries, scope, around, depth)])
        if any(set(words(name)) & {"lang", "language"} for name in entries.fields):
            own = frozenset(words(key))
            return Row([self._object(entries, scope, around | own, depth)])
        by_type = _by_type(entries)
        if by_type:
            return Row([self._typed(word, form, scope, around, depth) for word, form in by_type.items()])
        kind = kind_of(key, entries, scope)
        loop = self._loop(kind, entries, scope, depth) if kind else None
        if loop is not None:
            return Row([loop])
        kept = self._object(form_of(*entries.objects[:1]), scope.part, around | frozenset(words(key)), depth)
        kept.check = "one entry of the sample; the platform's list of these is not in the menu, or has to be told"
        return Row([kept])

    def _typed(self, word: str, form: Form, scope: Scope, around: frozenset[str], depth: int) -> Tree:
        kind = kind_of_word(word)
        # Options that are written like dishes stand beside them.
        kind = "option" if kind == "item" and scope.kind == "group" else kind
        loop = self._loop(kind, form, scope, depth) if kind else None
        if loop is not None:
            return loop
        kept = self._object(form_of(*form.objects[:1]), scope.part, around, depth)
        kept.check = f"one {word} of the sample"
        return kept

    def _loop(self, kind: str, entries: Form, scope: Scope, depth: int) -> Branch | None:
        found = inner(scope, kind)
        if found is None:
            return None
        inside, source = found
        self.facts.nested_categories |= kind == "category" and scope.kind == "category"
        self.facts.sizes |= kind == "size"
        if kind in RECORDS and any(is_order(name) for name in entries.fields):
            position = f"{inside.name}_position"
            inside = Scope(inside.kind, inside.name, (*inside.names, position), position)
        loop = f"{inside.name}, {inside.position}" if inside.position else inside.name
        branch = Branch([("$for", Leaf(f"{loop} in {source}"))])
        branch.entries += self._object(entries, inside, frozenset(), depth).entries
        return branch

    def _values(self, key: str, entries: Form, scope: Scope) -> Tree:
        """Make a list of plain values: ids of other records, allergens, or as in the sample."""
        own = frozenset(words(key))
        ids = self._references(entries, own, scope)
        if ids:
            return formula_with(ids, entries)
        if scope.kind == "item" and own & {"allergens", "allergen", "allergies"}:
            return formula_with(
                "= item.allergen_codes", entries, "the platform may have other words: use a table with `lookup`"
            )
        if scope.kind == "item" and own & {"diets", "dietary", "diet"}:
            return formula_with(
                "= item.dietary", entries, "the platform may have other words: use a table with `lookup`"
            )
        days = (
            weekday(entries.known, f"{scope.name}.day", self.needs)
            if scope.kind == "window" and own & {"days", "day"}
            else None
        )
        if days is not None:
            return Row([days])
        where = Where(key, own, frozenset(), scope, entries, self.needs)
        if (
            scope.kind == "menu"
            and own & {"store", "stores", "site", "location", "restaurants"}
            and len(entries.known) == 1
        ):
            single = setting(where)
            if single is not None:
                return Row([single])
        values = list(dict.fromkeys(entries.values))[:MOST_VALUES]
        row = Row([Leaf(value) for value in values])
        row.check = KEPT if values else ""
        return row

    def _references(self, entries: Form, own: frozenset[str], scope: Scope) -> str:
        """Give the formula of a list of ids, told by the sample's own ids or by the key."""
        if own & {"default", "defaulted"}:  # not all of them
            return ""
        known = {value for value in entries.known if isinstance(value, str)}
        counts = Counter({kind: len(known & ids) for kind, ids in self._ids.items()})
        kind, hits = counts.most_common(1)[0] if counts and known else ("", 0)
        if not hits:
            kind = _kind_by_words(own) if own & {"id", "ids", "ref", "refs"} else ""
        name = scope.name
        formulas = {
            ("menu", "category"): "= menu.categories[].category_id",
            ("menu", "item"): "= menu.items[].item_id",
            ("category", "category"): f"= {name}.subcategories[].category_id",
            ("category", "item"): f"= {name}.items[].item_id",
            ("item", "category"): f"= {name}.category_ids",
            ("item", "group"): f"= {name}.modifier_groups[].modifier_group_id",
            ("option", "group"): f"= {name}.modifier_groups[].modifier_group_id",
            ("size", "group"): "= item.modifier_groups[].modifier_group_id" if "item" in scope.names else "",
            ("group", "option"): f"= {name}.options[].key",
            ("group", "item"): f"= {name}.options[].key",
        }
        return formulas.get((scope.kind, kind), "")


def formula_with(text: str, entries: Form, check: str = "") -> Leaf:
    """Give a formula in place of a list; where it is refused, one of the sample's values stays."""
    leaf = formula(text, check)
    leaf.sample = _plain(entries)
    return leaf


def _by_type(entries: Form) -> dict[str, Form]:
    """Part entries that say their type, where there is more than one type."""
    for key in TYPE_KEYS:
        kinds = [entry.get(key) for entry in entries.objects]
        names = list(dict.fromkeys(kind for kind in kinds if isinstance(kind, str)))
        if None not in kinds and 2 <= len(names) <= 8 and sum(bool(kind_of_word(name)) for name in names) >= 2:
            return {name: form_of(*(one for one in entries.objects if one[key] == name)) for name in names}
    return {}


def _ids_by_kind(form: Form) -> dict[str, set[str]]:
    """Gather the ids that the sample's records have, by the kind of record."""
    found: dict[str, set[str]] = {}
    for key, inside in all_fields(form):
        entries = inside.entries
        if entries is None or not entries.fields:
            continue
        parts = _by_type(entries) or {key: entries}
        for word, part in parts.items():
            kind = kind_of_word(word) if len(parts) > 1 else kind_of(key, part, ROOT)
            for name, values in part.fields.items():
                own = words(name)
                if (
                    kind in RECORDS
                    and own
                    and own[-1] in ("id", "ref")
                    and not set(own) & {"parent", "category", "tax"}
                ):
                    found.setdefault(kind, set()).update(values.texts)
    return found


def _kind_by_words(own: frozenset[str]) -> str:
    for word, kind in (("category", "category"), ("section", "category"), ("group", "group"), ("modifier", "group"),
                       ("list", "group"), ("item", "item"), ("product", "item"), ("option", "option")):  # fmt: skip
        if word in own or f"{word}s" in own or (word == "category" and "categories" in own):
            return kind
    return ""


def _naming(own: frozenset[str]) -> str:
    return "description" if own & {"description", "subtitle"} else "name"


def _texts(form: Form) -> Form:
    return form_of(*(text for value in form.fields.values() for text in value.texts))


def _plain(form: Form) -> Any:
    value = next((value for value in form.known if value != ""), next(iter(form.values), None))
    return value[:LONGEST_LITERAL] if isinstance(value, str) else value


def _literal(form: Form) -> Leaf:
    return Leaf(_plain(form), check=KEPT)


def read_sample(data: bytes) -> Any:
    """Read a sample's JSON with exact numbers; raises ValueError (RecursionError where it is nested without end)."""
    return json.loads(data.decode("utf-8-sig"), parse_float=Decimal)
