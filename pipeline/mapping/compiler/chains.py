"""Named chains and transforms with their arguments → functions bound once per run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.mapping.compiler.runtime import composed
from pipeline.mapping.expressions.scope import Scope
from pipeline.mapping.nearest import did_you_mean
from pipeline.mapping.paths import parts_of
from pipeline.mapping.rules.made import MadeLookup
from pipeline.mapping.rules.reader import RuleReader
from pipeline.mapping.rules.rules import Constant, Entries, Object, Rule, Step
from pipeline.mapping.rules.walk import MOST_STEPS, names_in
from pipeline.mapping.transforms.registry import TRANSFORMS, UNKNOWN_ARGUMENT, Transform
from pipeline.mapping.types import Type

if TYPE_CHECKING:
    from pipeline.mapping.compiler.generator import Generator

DEEPEST_CHAIN = 20
DYNAMIC = object()


@dataclass(frozen=True, slots=True)
class Bound:
    """A transform ready to be applied: ``callable`` is the expression of the function for this run."""

    transform: Transform
    callable: str
    subscript: bool
    gives: Type
    may_be_unknown: bool

    def call(self, source: str) -> str:
        """Give the expression that applies it."""
        return f"{self.callable}[{source}]" if self.subscript else f"{self.callable}({source})"


class ChainBinder:
    """Resolves chains and binds transforms for one generated module."""

    def __init__(self, generator: Generator) -> None:
        self.generator = generator
        self._bound: dict[tuple[str, str, bool], str] = {}
        self._hoisted: dict[str, str] = {}

    def resolve(self, steps: tuple[Step, ...], within: tuple[str, ...] = ()) -> tuple[Step, ...]:
        """Put each named chain's transforms in its place."""
        resolved: list[Step] = []
        for step in steps:
            chain = self.generator.rules.chains.get(step.name)
            if chain is None:
                resolved.append(step)
            elif step.name in within:
                continue  # told where the mapping's form is read
            elif len(within) > DEEPEST_CHAIN:
                message = f"Chains use each other more than {DEEPEST_CHAIN} levels deep."
                self.generator.problem("too-deep", step.position, message, "Write some of them in one list.")
            else:
                inner = self.resolve(chain, (*within, step.name))
                if len(inner) > MOST_STEPS:
                    return inner  # told where it grew too long
                resolved.extend(inner)
            if len(resolved) > MOST_STEPS:
                message = f"With the chains that it uses, this chain has more than {MOST_STEPS} steps."
                self.generator.problem("too-deep", step.position, message, "Leave out steps that repeat others.")
                break
        return tuple(resolved)

    def takes_whole_list(self, step: Step) -> bool:
        """Tell whether a list is one value to a transform."""
        transform = TRANSFORMS.get(step.name)
        return transform is not None and transform.whole_list

    def refuses(self, step: Step, first: Step, value: Type) -> bool:
        """Tell, where a chain is used, that it begins with what does not take the value; it may be right itself."""
        transform = TRANSFORMS.get(first.name)
        if transform is None or transform.accepts(value):
            return False
        message = f"The chain `{step.name}` takes {transform.takes_words}, and gets {value}."
        hint = _conversion(step.name, transform, value)
        self.generator.problem("transform-type", step.position, message, hint)
        return True

    def bind(self, step: Step, value: Type, scope: Scope, path: str) -> Bound | None:
        """Bind a transform: once per run where its argument is constant, else where it stands."""
        generator = self.generator
        transform = TRANSFORMS.get(step.name)
        if transform is None:
            known = [*TRANSFORMS, *generator.rules.chains]
            hint = did_you_mean(step.name, known, "Transforms are listed in docs/transforms.md.")
            message = f"There is no transform or chain `{step.name}`."
            generator.problem("transform-unknown", step.position, message, hint)
            return None
        if not transform.accepts(value):
            message = f"`{transform.name}` takes {transform.takes_words}, and gets {value}."
            generator.problem("transform-type", step.position, message, _conversion(step.name, transform, value))
            return None
        kind = value.item if value.kind == "list" and not transform.whole_list and value.item else value
        typed = kind.kind not in ("any", "null") and transform.accepts(kind) and transform.takes != "any"
        argument, rule = self._argument(step)
        if argument is DYNAMIC:
            assert rule is not None
            binder = generator.code.constant(transform, "transform")
            if names_in(rule) <= generator.root_types.keys():
                function = self._once_computed(transform, rule, binder, path)
            else:
                local = generator.local(rule, scope, "argument", path)
                function = f"{binder}.bind({local.source}, facts)"
            result = transform.result_type(kind, UNKNOWN_ARGUMENT, generator.rules.tables)
            return Bound(transform, function, False, result, transform.may_be_unknown)
        tables: Any = generator.rules.tables
        problem = transform.argument_problem(argument, tables)
        if problem is not None:
            hint = f"docs/transforms.md shows `{transform.name}` with its arguments and examples."
            generator.problem("transform-argument", step.position, problem, hint)
            return None
        if transform.name == "lookup":
            self._note_lookup(step, argument, kind, path)
        name = self._once(transform, argument, typed=typed)
        gives = transform.result_type(kind, argument, tables)
        unknown = transform.may_be_unknown and _reports(argument) and not self._all_known(kind, argument)
        return Bound(transform, name, transform.subscript and typed, gives, unknown)

    def _note_lookup(self, step: Step, argument: Any, value: Type, path: str) -> None:
        table = argument.get("in") if isinstance(argument, dict) else argument
        said = isinstance(argument, dict) and "unknown" in argument
        if isinstance(table, str):
            note = MadeLookup(table, step.position, parts_of(path), value, said)
            self.generator.made.lookups.append(note)

    def _all_known(self, value: Type, argument: Any) -> bool:
        """Tell whether a table has every word that the menu can hold here."""
        table = argument.get("in") if isinstance(argument, dict) else argument
        known = self.generator.rules.tables.get(table) if isinstance(table, str) else table
        return isinstance(known, dict) and value.values is not None and value.values <= known.keys()

    def fused(self, steps: tuple[Step, ...], value: Type, scope: Scope, path: str) -> tuple[Bound, int] | None:
        """Bind the steps at a chain's start that turn text into text as one function with a memory.

        Menus say the same words again and again; a second time costs one look-up.
        """
        names: list[str] = []
        kind, transform = value, None
        for step in steps:
            found = TRANSFORMS.get(step.name)
            if found is None or found.whole_list or self._argument(step)[0] is DYNAMIC:
                break
            bound = self.bind(step, kind, scope, path)
            if bound is None or bound.may_be_unknown or bound.gives.kind != "text" or bound.gives.nullable:
                break
            names.append(bound.callable)
            kind, transform = bound.gives, found
        if len(names) < 2 or transform is None:
            return None
        call = f"{self.generator.code.function(composed)}({', '.join(names)})"
        name = self._hoisted.get(call)
        if name is None:
            name = self._hoisted[call] = self.generator.code.fresh("chain")
            self.generator.prologue.append((1, f"{name} = {call}", None))
        return Bound(transform, name, True, kind, False), len(names)

    def _once(self, transform: Transform, argument: Any, *, typed: bool) -> str:
        key = (transform.name, repr(argument), typed)
        if key not in self._bound:
            code = self.generator.code
            name = self._bound[key] = code.fresh(transform.name)
            binder, given = code.constant(transform, "transform"), code.constant(argument, "argument")
            line = f"{name} = {binder}.bind({given}, facts, typed={typed})"
            self.generator.prologue.append((1, line, None))
        return self._bound[key]

    def _once_computed(self, transform: Transform, rule: Rule, binder: str, path: str) -> str:
        """Bind once per run where the argument is a formula over the global names alone."""
        generator = self.generator
        outer = Scope({name: generator.globals[name] for name in generator.root_types})
        name = generator.code.fresh(transform.name)
        depth, generator.code.depth = generator.code.depth, 1
        with generator.code.aside() as lines, generator.apart("argument"):
            local = generator.local(rule, outer, "argument", path)
            generator.code.line(f"{name} = {binder}.bind({local.source}, facts)", rule.position)
        generator.code.depth = depth
        generator.prologue.extend(lines)
        return name

    def _argument(self, step: Step) -> tuple[Any, Rule | None]:
        """Give an argument's plain value, or that only a run knows it and the rule that gives it."""
        if step.argument is None:
            return None, None
        problems = self.generator.problems
        rule = RuleReader(problems).rule(step.argument)
        value = plain_value(rule)
        return (value, None) if value is not DYNAMIC else (DYNAMIC, rule)


def _conversion(name: str, transform: Transform, value: Type) -> str:
    """Say what makes a value fit a transform, or a chain that begins with it."""
    if value.kind in ("record", "map"):
        return "Name one of its fields, such as `.name`."
    if transform.takes == "list":
        return "It is for lists; leave it out."
    if transform.takes == "text":
        return f"Write `-> string -> {name}`."
    return f"Write `-> decimal -> {name}`." if value.kind == "text" else "Leave it out."


def _reports(argument: Any) -> bool:
    """Tell whether a look-up reports what its table does not have, rather than keeping or refusing it."""
    return not isinstance(argument, dict) or argument.get("unknown", "report") == "report"


def plain_value(rule: Rule) -> Any:
    """Give what a rule of literals alone stands for, else :data:`DYNAMIC`."""
    if rule != Rule(position=rule.position, body=rule.body):
        return DYNAMIC
    match rule.body:
        case Constant(value):
            return value
        case Object(fields):
            made = {field.key: plain_value(field.rule) for field in fields}
            return DYNAMIC if any(value is DYNAMIC for value in made.values()) else made
        case Entries(rules, False):
            listed = [plain_value(entry) for entry in rules]
            return DYNAMIC if any(value is DYNAMIC for value in listed) else listed
    return DYNAMIC
