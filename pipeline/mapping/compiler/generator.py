"""Rules → one Python function, in which loops are loops and fields are locals.

Code is written in continuation style: whoever gives a value calls ``store`` with it, at each place
where there is one, so "no value" costs no sentinel. A writer returns whether ``store`` is reached
once on every path; such fields go straight into an object's literal.

The *precise* build of the same rules has a ``try`` around each field and each loop turn and keeps
the records around them: it runs only after a value failed, to name every bad record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from pipeline.findings import Finding
from pipeline.mapping.code import Code, Value
from pipeline.mapping.compiler.captured import Captured, Line, guard_of
from pipeline.mapping.compiler.lists import ListWriter
from pipeline.mapping.compiler.origins import Name, Scene
from pipeline.mapping.compiler.runtime import MISSING, Endless, is_empty
from pipeline.mapping.compiler.templates import TemplateWriter
from pipeline.mapping.compiler.value_writer import Store, ValueWriter
from pipeline.mapping.expressions.scope import Scope
from pipeline.mapping.nodes import Position
from pipeline.mapping.paths import below, parts_of, under
from pipeline.mapping.rules.made import Made
from pipeline.mapping.rules.reader import place
from pipeline.mapping.rules.rules import Computed, Constant, Entries, Field, Nested, Object, Rule, Rules, Text, Use
from pipeline.mapping.rules.walk import shown_by
from pipeline.mapping.types import NULL, OBJECT, Type, union

MOST_LEVELS = 50
MOST_INDENTED = 48
"""Python takes 100 levels; the precise build adds some of its own up to :data:`GUARDED_INDENTED`."""
GUARDED_INDENTED, GUARDED_NESTED = 45, 16
ROOMY_NESTED = 8


class Generator:
    """Writes the module of one set of rules."""

    def __init__(self, rules: Rules, names: Mapping[str, Type], *, precise: bool = False) -> None:
        self.rules = rules
        self.root_types = names
        self.precise = precise
        self.code = Code()
        self.sites: list[tuple[Position, str]] = []
        self.scenes: dict[int, Scene] = {}
        self.problems: list[Finding] = []
        self.prologue: list[Line] = []
        self.values = ValueWriter(self)
        self.lists = ListWriter(self)
        self.templates = TemplateWriter(self)
        self.globals: dict[str, Value] = {}
        self.made = Made()
        self.template = ""
        self._apart = 0
        """The template whose function is being written: paths to be told begin with it."""
        self._marks = 0
        self._level = 0

    # -- whole modules -------------------------------------------------------------------------

    def function(self, name: str, write: Callable[[Scope], None]) -> None:
        """Write ``def name(names, run)`` with the global names, then what ``write`` adds."""
        code = self.code
        with code.block(f"def {name}(names, run):"):
            self.globals = {root: Value(code.fresh(root), kind, atomic=True) for root, kind in self.root_types.items()}
            scope = Scope(dict(self.globals))
            with code.aside() as lets:
                for bound, rule in self.rules.let:
                    scope = self.bind(bound, rule, scope, f"let.{bound}")
            self.globals = dict(scope.names)
            with code.aside() as body:
                write(scope)
            templates = self.templates.lines()
            text = "\n".join(line[1] for line in (*self.prologue, *lets, *templates, *body))
            for root in self.root_types:
                local = self.globals[root].source
                if local in text:
                    code.line(f"{local} = names[{root!r}]")
            code.line("facts = run.facts")
            code.paste(self.prologue)
            code.paste(lets)
            code.paste(templates)
            code.paste(body)

    def payload(self) -> None:
        """Write the function that makes the payload."""

        def write(scope: Scope) -> None:
            always = self.rule(self.rules.payload, scope, self._ended, "")
            if not always:
                self.code.line(f"return {self.code.constant(MISSING, 'missing')}")

        self.function("compiled", write)

    def _ended(self, value: Value) -> None:
        """Write the function's end. A template that uses itself would keep all of the run in a circle of references."""
        if self.templates.functions:
            self.code.line(f"made = {value.source}")
            self.code.line(f"{' = '.join(self.templates.functions.values())} = None")
        self.code.line(f"return {'made' if self.templates.functions else value.source}")

    # -- rules ---------------------------------------------------------------------------------

    def rule(self, rule: Rule, scope: Scope, store: Store, path: str) -> bool:
        """Write one rule that stands outside a list."""
        scope = self.lets(rule, scope, path)
        if not rule.conditional:
            return self.valued(rule, scope, store, path)
        always = True
        with self.code.block(f"if {self.values.test(rule, scope, path)}:", rule.position):
            always &= self.valued(rule, self.shown(rule, scope), store, path)
        return self.otherwise(rule, scope, store, path, tells=self._tells_of_value) and always

    def shown(self, rule: Rule, scope: Scope) -> Scope:
        """Give the scope where a rule's ``$if`` holds: what it shows to be there is there."""
        return scope.where(shown_by(rule.only_if.tree)) if rule.only_if is not None else scope

    def lets(self, rule: Rule, scope: Scope, path: str) -> Scope:
        """Write a rule's ``$let`` and give the scope with its names."""
        for name, bound in rule.let:
            scope = self.bind(name, bound, scope, path)
        return scope

    def otherwise(
        self, rule: Rule, scope: Scope, store: Store, path: str, tells: Callable[[Rule, Scope, str], None] | None = None
    ) -> bool:
        """Write what happens where a condition is false: the report, and ``$else``."""
        if rule.report is None and rule.otherwise is None:
            return False
        with self.code.block("else:"):
            if rule.report is not None:
                (tells or self._tells)(rule, scope, path)
            return rule.otherwise is not None and self.rule(rule.otherwise, scope, store, path)

    def _tells(self, rule: Rule, scope: Scope, path: str) -> None:
        assert rule.report is not None
        self.values.report(rule.report, rule.position, scope, path)

    def _tells_of_value(self, rule: Rule, scope: Scope, path: str) -> None:
        """Report only where there was a value to leave out."""
        with self.apart("report"):
            self.valued(rule, scope, lambda _: self._tells(rule, scope, path), path)

    @contextmanager
    def apart(self, name: str) -> Iterator[None]:
        """Keep what is written here out of what the payload is known to hold."""
        self._apart += 1
        context, self.made.context = self.made.context, f"{self.made.context} {name}#{self._apart}"
        yield
        self.made.context = context

    def valued(self, rule: Rule, scope: Scope, store: Store, path: str) -> bool:
        """Write body, transforms, default and empty of a rule whose condition holds."""
        if self._level > MOST_LEVELS or (self.code.depth > MOST_INDENTED and not self.precise):
            message = "Values, conditions, loops and templates stand too deep inside each other here."
            self.problem("too-deep", rule.position, message, "Make the mapping flatter.")
            return False
        self._level += 1
        try:
            if rule.empty == "omit":
                self._transformed(rule, scope, lambda value: self._unless_empty(value, store), path)
                return False
            return self._transformed(rule, scope, store, path)
        finally:
            self._level -= 1

    def _transformed(self, rule: Rule, scope: Scope, store: Store, path: str) -> bool:
        results: list[bool] = []

        def stepped(finish: Store) -> Store:
            if not rule.steps:
                return finish
            return lambda value: results.append(self.values.chain(value, rule.steps, scope, finish, path))

        if rule.default is not None:
            return self._defaulted(rule, scope, store, path, stepped)
        return self.body(rule, scope, stepped(store), path) and all(results)

    def body(self, rule: Rule, scope: Scope, store: Store, path: str) -> bool:
        """Write what gives a rule's value."""
        match rule.body:
            case Constant(value):
                kind = self.values.constant_type(value)
                store(Value(self.code.constant(value), kind, atomic=True))
                return True
            case Computed(formula):
                return self.values.formula(formula, scope, store, path)
            case Text(parts):
                return self.values.text(parts, scope, store, path)
            case Object(fields):
                return self.object(fields, rule.position, scope, store, path, keep=rule.empty == "keep")
            case Entries():
                return self.lists.entries(rule.body, rule.position, scope, store, path)
            case Use():
                return self.templates.use(rule.body, rule.position, scope, store, path)
            case Nested(inner):
                return self.rule(inner, scope, store, path)

    def bind(self, name: str, rule: Rule, scope: Scope, path: str) -> Scope:
        """Write a rule into a local and give the scope in which ``name`` is it."""
        return scope.bind(name, self.noted_apart(rule, scope, name, path))

    def noted_apart(self, rule: Rule, scope: Scope, name: str, path: str) -> Value:
        """Write a rule into a local; what it holds is noted by the local, and counts where that is used."""
        with self.apart(name):
            value = self.local(rule, scope, name, path)
            self.made.held[value.source] = (self.made.context, parts_of(path))
        return value

    def local(self, rule: Rule, scope: Scope, stem: str, path: str) -> Value:
        """Write a rule so that its value (null where it has none) can be read again and again."""
        alone = rule == Rule(position=rule.position, body=rule.body)
        if alone and isinstance(rule.body, Computed) and not rule.body.formula.links:
            return self.values.atomic(self.values.expression(rule.body.formula, scope, path))
        captured = self.capture(lambda store: self.rule(rule, scope, store, path))
        direct = captured.direct(self.code.depth)
        if direct is not None:
            self.code.paste(captured.lines[:-1])
            if direct.atomic:
                return direct
            local = self.code.fresh(stem)
            self.code.line(f"{local} = {direct.source}", rule.position)
            return Value(local, direct.type, atomic=True)
        local = self.code.fresh(stem)
        if not captured.always:
            self.code.line(f"{local} = None")
        self.code.paste(captured.resolved(lambda source: f"{local} = {source}"))
        kind = self.stored_type(captured)
        return Value(local, kind if captured.always else kind.optional(), atomic=True)

    def stored_type(self, captured: Captured) -> Type:
        """Give the type of what was stored, wherever."""
        kinds = [value.type for value in captured.stores.values()]
        if not kinds:
            return NULL
        result = kinds[0]
        for kind in kinds[1:]:
            result = union(result, kind)
        return result

    # -- objects -------------------------------------------------------------------------------

    def object(
        self, fields: tuple[Field, ...], position: Position, scope: Scope, store: Store, path: str, *, keep: bool
    ) -> bool:
        """Write an object: as one literal as far as its fields surely have values, then one by one."""
        if not fields:
            store(Value("{}", OBJECT))
            return True
        target = self.code.fresh("object")
        with self.code.aside() as lines:
            sure = self.fill(target, fields, scope, path, position)
        if sure or keep:
            self.code.paste(lines)
            store(Value(target, OBJECT, atomic=True))
            return True
        guard = guard_of(lines, self.code.depth)
        if guard:
            # Where no field has a value, as often, no object is made at all.
            with self.code.block(f"if {guard}:", position):
                self.code.paste([(depth + 1, text, at) for depth, text, at in lines])
                with self.code.block(f"if {target}:"):
                    store(Value(target, OBJECT, atomic=True))
            return False
        self.code.paste(lines)
        with self.code.block(f"if {target}:"):
            store(Value(target, OBJECT, atomic=True))
        return False

    def fill(
        self, target: str, fields: tuple[Field, ...], scope: Scope, path: str, position: Position, function: str = ""
    ) -> bool:
        """Write fields into ``target``; tell whether any surely has a value.

        With ``function``, the target is the object that this template's function gave.
        """
        code, started, sure = self.code, bool(function), False
        pending: list[tuple[Field, Value]] = []
        keys: dict[str, bool] = {}
        owner = -1
        if self.precise:
            if not started:
                self._literal(target, [])
                started = True
            owner = self.scene(position, path, scope, fields=fields)
            self.code.line(f"run.opened({target}, {owner}, {scope.trail}, {self.values_of(scope)})")
        for field in fields:
            here = below(path, field.key)
            captured = self.capture(lambda store, rule=field.rule, at=here: self._field(rule, scope, store, at))  # type: ignore[misc]
            self.made.value(here, field.position, captured.stores.values(), always=captured.always)
            keys[field.key] = captured.always
            direct = captured.direct(code.depth)
            if direct is not None and not started:
                code.paste(captured.lines[:-1])
                pending.append((field, direct))
                sure = True
                continue
            if not started:
                self._literal(target, pending)
                started = True
            code.paste(captured.resolved(self._setter(target, field, scope, here, owner, later=bool(function))))
            sure = sure or captured.always
        if not started:
            self._literal(target, pending)
        self.made.object(path, position, keys, function)
        return sure

    def _setter(
        self, target: str, field: Field, scope: Scope, path: str, owner: int, *, later: bool
    ) -> Callable[[str], str]:
        """Give how a field is set; what is added to a template's object later is noted on its own."""
        site = self.scene(field.rule.position, path, scope, field=field, owner=owner) if self.precise else -1
        if not self.precise or not later:
            return lambda source: f"{target}[{field.key!r}] = {source}"
        return lambda source: f"run.wrote({target}, {field.key!r}, {source}, {site}, {scope.trail})"

    def _literal(self, target: str, pending: list[tuple[Field, Value]]) -> None:
        self.code.line(f"{target} = {{")
        for field, value in pending:
            self.code.line(f"    {field.key!r}: {value.source},", value.position or field.rule.position)
        self.code.line("}")

    def _field(self, rule: Rule, scope: Scope, store: Store, path: str) -> bool:
        if not self.precise:
            return self.rule(rule, scope, store, path)
        with self._roomy(), self.guarded(rule.position, scope, path):
            self.rule(rule, scope, store, path)
        return False

    @contextmanager
    def _roomy(self) -> Iterator[None]:
        """Write what follows into a function of its own before Python refuses to nest any deeper."""
        if self.code.nested < ROOMY_NESTED:
            yield
            return
        name = self.code.fresh("part")
        with self.code.block(f"def {name}():"):
            yield
        self.code.line(f"{name}()")

    # -- what every writer shares ---------------------------------------------------------------

    @contextmanager
    def guarded(self, position: Position, scope: Scope, path: str) -> Iterator[None]:
        """Write a ``try`` around what follows, for the precise build: a failure is told and skipped.

        Where Python would refuse one more, the failure is told by the one around it.
        """
        if not self.precise or self.code.depth > GUARDED_INDENTED or self.code.nested > GUARDED_NESTED:
            yield
            return
        with self.code.block("try:"):
            yield
        self.code.line(f"except {self.code.function(Endless)}:")
        self.code.line("    raise")
        with self.code.block("except Exception as error:"):
            self.code.line(f"run.failed({self.site(position, path)}, error, {scope.trail})")

    def capture(self, write: Callable[[Store], bool]) -> Captured:
        """Let a writer write aside, with marks where it stores."""
        stores: dict[str, Value] = {}

        def store(value: Value) -> None:
            self._marks += 1
            mark = f"\0{self._marks}"
            stores[mark] = value
            self.code.line(mark)

        with self.code.aside() as lines:
            always = write(store)
        return Captured(lines, stores, always)

    def site(self, position: Position, path: str) -> int:
        """Number a place that may have something to tell at run time."""
        self.sites.append((position, under(self.template, path)))
        return len(self.sites) - 1

    def scene(
        self,
        position: Position,
        path: str,
        scope: Scope,
        *,
        fields: tuple[Field, ...] = (),
        field: Field | None = None,
        owner: int = -1,
        rule: Rule | None = None,
    ) -> int:
        """Number a place of the precise build whose rule can be evaluated again."""
        site = self.site(position, path)
        names = tuple(Name(name, value.type, value.source in scope.records) for name, value in self._own(scope))
        self.scenes[site] = Scene(names, fields, field, owner, rule)
        return site

    def values_of(self, scope: Scope) -> str:
        """Write the values of a scope's names as one tuple, in the order of its scene's names."""
        sources = [value.source for _, value in self._own(scope)]
        return f"({', '.join(sources)},)" if sources else "()"

    def _own(self, scope: Scope) -> list[tuple[str, Value]]:
        return [(name, value) for name, value in scope.names.items() if self.globals.get(name) is not value]

    def problem(self, code: str, position: Position, message: str, hint: str = "") -> None:
        """Add an error found while generating."""
        self.problems.append(Finding(code, "error", message, hint, place(position)))

    def _defaulted(self, rule: Rule, scope: Scope, store: Store, path: str, stepped: Callable[[Store], Store]) -> bool:
        assert rule.default is not None
        captured = self.capture(lambda inner: self.body(rule, scope, stepped(inner), path))
        local = self.code.fresh("value")
        self.code.line(f"{local} = None")
        self.code.paste(captured.resolved(lambda source: f"{local} = {source}"))
        kind = self.stored_type(captured).required()
        empty = self._emptiness(Value(local, kind.optional(), atomic=True))
        with self.code.block(f"if {empty}:", rule.position):
            always = self.rule(rule.default, scope, store, path)
        if captured.stores:
            with self.code.block("else:"):
                store(Value(local, kind, atomic=True))
        return always

    def _unless_empty(self, value: Value, store: Store) -> None:
        value = self.values.atomic(value)
        with self.code.block(f"if not ({self._emptiness(value)}):"):
            store(value)

    def _emptiness(self, value: Value) -> str:
        if value.type.kind in ("text", "list", "map"):
            return f"not {value.source}"
        if value.type.kind in ("integer", "decimal", "boolean", "record"):
            return f"{value.source} is None" if value.type.nullable else "False"
        if value.type.kind == "null":
            return "True"
        return f"{self.code.function(is_empty)}({value.source})"
