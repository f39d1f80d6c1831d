"""Where each field of the views arrives in the payload, followed through loops, names, templates and transforms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from pipeline.mapping.arrivals.fields import Carriers
from pipeline.mapping.arrivals.reads import Condition, Known, Names, Read, Reader, guarded, joined
from pipeline.mapping.expressions.scope import STEP_NAMES
from pipeline.mapping.form.steps import StepForm
from pipeline.mapping.formulas.formula import Formula, Loop
from pipeline.mapping.nodes import Node, Position, Scalar, Table, texts_in
from pipeline.mapping.paths import below
from pipeline.mapping.rules.reader import RuleReader
from pipeline.mapping.rules.rules import Computed, Entries, Nested, Object, Rule, Rules, Step, Text, Use
from pipeline.mapping.rules.walk import expanded, path_of
from pipeline.mapping.types import INTEGER, TEXT, Type
from pipeline.shaping.views import RestaurantView

MOST_NESTED = 2
"""A template inside itself reads the same fields again; so often it is followed."""

ONLY_FIRST = {"first": "it is the first of its list", "last": "it is the last of its list"}
BY_CURRENCY = frozenset({"minor_units", "markup"})


@dataclass(frozen=True, slots=True)
class Arrival:
    """A read that gets into the payload at a path, by the rule at a position."""

    path: str
    position: Position
    read: Read


class Frame(NamedTuple):
    """Where a rule stands: its payload path, the names in force, and the templates around it."""

    path: str
    names: Names
    within: tuple[str, ...] = ()


class Follower:
    """Follows every rule of a mapping; ``carriers`` says which view fields stand for one menu field."""

    def __init__(self, rules: Rules, carriers: Carriers) -> None:
        self.rules = rules
        by_row: dict[str, set[tuple[type, str]]] = {}
        for source, carried in carriers.items():
            for one in carried:
                by_row.setdefault(one.row, set()).add(source)
        self._same = {
            source: frozenset({source}.union(*(by_row[one.row] for one in carried)))
            for source, carried in carriers.items()
        }
        self._reader = Reader(lambda source: self._same.get(source, frozenset({source})))

    def payload(self, types: Mapping[str, Type]) -> list[Arrival]:
        """Give everything that arrives in the payload."""
        return list(self._rule(self.rules.payload, Frame("", self._names(types))))

    def step(self, form: StepForm, types: Mapping[str, Type], reader: RuleReader) -> Iterator[Arrival]:
        """Give what a step's request carries; its path is the step's name."""
        names = self._names({**types, **STEP_NAMES})
        frame = Frame(form.step, {name: known for name, known in names.items() if name != "payload"})
        yield from self._step(form, frame, reader)

    def _step(self, form: StepForm, frame: Frame, reader: RuleReader) -> Iterator[Arrival]:
        loops = reader.loops(form.for_)
        frame, _ = self._loops(loops, frame)
        if form.batch is not None and loops:
            frame = frame._replace(names={**frame.names, "batch": self._formula(loops[-1].source, frame)})
        host = form.host.body if form.host else None
        nodes: list[Node | None] = [form.body, form.form, host, form.file.from_ if form.file else None]
        for node in nodes:
            if node is not None:
                yield from self._rule(reader.rule(node), frame)
        for node in (form.request, form.query):
            texts = list(texts_in(node)) if node is not None else []
            for text in texts:
                yield from self._text(reader.braces(text), text.position, frame)
        for inner in form.steps:
            yield from self._step(inner, frame, reader)

    def _names(self, types: Mapping[str, Type]) -> Names:
        names = {name: Known(kind) for name, kind in types.items()}
        for name, rule in self.rules.let:
            names = {**names, name: self._known(rule, Frame("", names))}
        return names

    # Rules ---------------------------------------------------------------------------------------

    def _rule(self, rule: Rule, frame: Frame) -> Iterator[Arrival]:
        """Give what arrives by a rule and all rules inside it."""
        frame, source = self._loops(rule.loops, frame)
        frame = self._let(rule, frame)
        conditions, decided = self._conditions(rule, frame)
        own: list[Arrival] = [Arrival(frame.path, rule.position, read) for read in decided]
        if source is not None:
            own += [Arrival(frame.path, rule.position, read) for read in source.deciding()]
        for formula in (rule.sort, rule.unique):
            if formula is not None:
                reads = self._formula(formula, frame).deciding()
                own += [Arrival(frame.path, rule.position, read) for read in reads]
        if rule.limit is not None:
            conditions = [*conditions, Condition("it is within the list's limit")]
        if rule.key is not None:
            own += self._rule(rule.key, frame)
        body = list(self._body(rule, frame))
        yield from own
        yield from self._after(rule.steps, _under(body, conditions), frame)
        if rule.default is not None:
            yield from _under(self._rule(rule.default, frame), [_missing(rule)])
        if rule.otherwise is not None:
            yield from _under(self._rule(rule.otherwise, frame), [_opposite(one) for one in conditions[:1]])

    def _body(self, rule: Rule, frame: Frame) -> Iterator[Arrival]:
        match rule.body:
            case Computed(formula):
                for read in self._formula(formula, frame).reads:
                    yield Arrival(frame.path, rule.position, read)
            case Text():
                yield from self._text(rule.body, rule.position, frame)
            case Object(fields):
                for field in fields:
                    yield from self._rule(field.rule, frame._replace(path=below(frame.path, field.key)))
            case Entries(rules, keyed):
                path = f"{frame.path}.*" if keyed else f"{frame.path}[]"
                for entry in rules:
                    yield from self._rule(entry, frame._replace(path=path))
            case Use(name, arguments, fields):
                yield from self._template(name, arguments, frame)
                for field in fields:
                    yield from self._rule(field.rule, frame._replace(path=below(frame.path, field.key)))
            case Nested(inner):
                yield from self._rule(inner, frame)

    def _template(self, name: str, arguments: tuple[tuple[str, Rule], ...], frame: Frame) -> Iterator[Arrival]:
        template = self.rules.templates.get(name)
        if template is None or frame.within.count(name) >= MOST_NESTED:
            return
        given = {argument: self._known(rule, frame) for argument, rule in arguments}
        yield from self._rule(template.rule, Frame(frame.path, {**frame.names, **given}, (*frame.within, name)))

    def _text(self, text: Text, position: Position, frame: Frame) -> Iterator[Arrival]:
        for part in text.parts:
            if not isinstance(part, str):
                for read in self._formula(part, frame).reads:
                    yield Arrival(frame.path, position, read)

    def _loops(self, loops: Iterable[Loop], frame: Frame) -> tuple[Frame, Known | None]:
        sources: list[Known] = []
        for loop in loops:
            source = self._formula(loop.source, frame)
            sources.append(source)
            names = {**frame.names, loop.record: self._reader.element(source)}
            if loop.position_name:
                names[loop.position_name] = Known(INTEGER, source.reads)
            frame = frame._replace(names=names)
        return frame, joined(sources) if sources else None

    def _let(self, rule: Rule, frame: Frame) -> Frame:
        for name, bound in rule.let:
            frame = frame._replace(names={**frame.names, name: self._known(bound, frame)})
        return frame

    def _conditions(self, rule: Rule, frame: Frame) -> tuple[list[Condition], frozenset[Read]]:
        conditions: list[Condition] = []
        decided: frozenset[Read] = frozenset()
        for formula, holds in ((rule.only_if, True), (rule.unless, False)):
            if formula is None:
                continue
            condition = self._reader.condition(formula.tree, _shown(formula, frame), frame.names)
            if condition is not None:
                shown_by = condition.shown_by if holds else frozenset()
                conditions.append(Condition(condition.text, holds, shown_by))
            decided |= self._formula(formula, frame).deciding()
        return conditions, decided

    def _known(self, rule: Rule, frame: Frame) -> Known:
        """Give a rule as the value of a name."""
        plain = replace(rule, body=Object(()), let=(), position=rule.position)
        simple = plain == Rule(position=rule.position, body=Object(()))
        if simple and isinstance(rule.body, Computed):
            return self._formula(rule.body.formula, self._let(rule, frame))
        arrivals = list(self._rule(rule, frame))
        return Known(reads=frozenset(arrival.read for arrival in arrivals))

    # Formulas ------------------------------------------------------------------------------------

    def _formula(self, formula: Formula, frame: Frame) -> Known:
        value = self._reader.read(formula.tree, frame.names)
        steps = tuple(Step(link.name, link.position) for link in formula.links)
        return self._transformed(value, expanded(steps, self.rules))

    def _after(self, steps: tuple[Step, ...], arrivals: Iterable[Arrival], frame: Frame) -> Iterator[Arrival]:
        """Give arrivals behind a rule's ``$transform``."""
        followed = list(expanded(steps, self.rules))
        for arrival in arrivals:
            if arrival.path != frame.path or not followed:
                yield arrival
                continue
            for read in self._transformed(Known(reads=frozenset({arrival.read})), followed).reads:
                yield replace(arrival, read=read)

    def _transformed(self, value: Known, steps: Iterable[Step]) -> Known:
        for step in steps:
            if step.name == "lookup":
                value = self._looked_up(value, step.argument)
            elif step.name in ONLY_FIRST:
                value = self._reader.element(value).guarded([Condition(ONLY_FIRST[step.name])])
            elif step.name in ("boolean", "short_hash"):
                value = Known(TEXT, value.deciding())
            elif step.name in BY_CURRENCY and not _has_places(step.argument):
                currency = Read(RestaurantView, "currency", decides=True)
                value = Known(INTEGER, value.reads | {currency} if value.reads else value.reads)
            elif step.name == "string":
                words = frozenset({"true", "false"}) if value.type.kind == "boolean" else None
                value = replace(value, type=replace(TEXT, values=words))
        return value

    def _looked_up(self, value: Known, argument: Node | None) -> Known:
        name, policy = _table_of(argument)
        table = self.rules.tables.get(name)
        kind = value.type.item if value.type.kind == "list" and value.type.item else value.type
        result = Known(TEXT, value.reads)
        if policy == "keep":
            return result
        if kind.values is None:
            words = f"`{name}` has its word" if table is not None else "the table has its word"
            return result.guarded([Condition(words)])
        missing = sorted(kind.values - set(table or {}))
        if table is None or not missing:
            return result
        listed = ", ".join(missing[:6]) + (" …" if len(missing) > 6 else "")
        return result.guarded([Condition(f"`{name}` has its word (it lacks {listed})")])


def _under(arrivals: Iterable[Arrival], conditions: list[Condition]) -> Iterator[Arrival]:
    for arrival in arrivals:
        (read,) = guarded([arrival.read], conditions)
        yield replace(arrival, read=read)


def _opposite(condition: Condition) -> Condition:
    return Condition(condition.text, not condition.holds)


def _missing(rule: Rule) -> Condition:
    """Give the condition of a default: what stands before it is not there."""
    path = path_of(rule.body.formula.tree) if isinstance(rule.body, Computed) else ""
    return Condition(f"{path or 'what stands before it'} is there", holds=False)


def _name(read: Read) -> str:
    return f"{read.record.__name__.removesuffix('View').lower()}.{read.field}"


def _shown(formula: Formula, frame: Frame) -> str:
    """Write a condition so that equal ones are equal, whatever a template calls its parameters."""
    tree = formula.tree
    if tree["type"] == "field":
        known = frame.names.get(tree["value"])
        if known is not None and known.last is not None:
            return _name(known.last)
    return formula.text


def _has_places(argument: Node | None) -> bool:
    return isinstance(argument, Scalar) and argument.value is not None


def _table_of(argument: Node | None) -> tuple[str, str]:
    if isinstance(argument, Table):
        source, policy = argument.get("in"), argument.get("unknown")
        word = policy.value if isinstance(policy, Scalar) else "report"
        return (str(source.value) if isinstance(source, Scalar) else ""), str(word)
    return (str(argument.value) if isinstance(argument, Scalar) else ""), "report"
