"""Templates → functions inside the payload's function, one for each combination of argument types.

A template that maps a dish's groups and, nested, an option's groups becomes two functions, each
with exact types; so fields stay plain attribute reads.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.mapping.code import Value
from pipeline.mapping.compiler.captured import Line
from pipeline.mapping.compiler.lists import MOST_LOOPS
from pipeline.mapping.compiler.runtime import DEEPEST_TEMPLATE, MISSING, MOST_TURNS, endless
from pipeline.mapping.compiler.value_writer import Store
from pipeline.mapping.expressions.scope import Scope
from pipeline.mapping.nearest import did_you_mean, nearest
from pipeline.mapping.nodes import Position
from pipeline.mapping.rules.made import MadeArgument
from pipeline.mapping.rules.rules import Entries, Rule, Rules, Template, Use
from pipeline.mapping.rules.walk import free_names, names_in, path_of, reports_in, rules_in, uses_in
from pipeline.mapping.types import ANY, OBJECT, Type

if TYPE_CHECKING:
    from pipeline.mapping.compiler.generator import Generator

MOST_VARIANTS = 64
MOST_INDENTED = 24
MOST_INLINED = 300
"""Templates that do not use themselves stand where they are used, up to so many times: a call costs more."""
Key = tuple[str, tuple[Type, ...]]


class TemplateWriter:
    """Writes each template's functions on first use."""

    def __init__(self, generator: Generator) -> None:
        self.generator = generator
        self.functions: dict[Key, str] = {}
        self.results: dict[str, tuple[bool, Type]] = {}
        self._done: list[list[Line]] = []
        self._needed: dict[str, set[str]] = {}
        self._inlined = 0

    def lines(self) -> list[Line]:
        """Give all functions written so far."""
        return [line for lines in self._done for line in lines]

    def use(self, body: Use, position: Position, scope: Scope, store: Store, path: str) -> bool:
        """Write a call of a template; own fields beside it are added or win."""
        generator, code = self.generator, self.generator.code
        template = generator.rules.templates.get(body.template)
        if template is None:
            return False  # told where the mapping's form is read
        arguments = {name: generator.noted_apart(rule, scope, name, path) for name, rule in body.arguments}
        for name, value in arguments.items():
            place = body.places.get(name, body.position)
            generator.made.arguments[MadeArgument(body.template, name, place, value.type)] = None
        self._check_arguments(template, arguments, body, scope)
        arguments = dict(sorted(arguments.items()))  # one function serves uses that name them in another order
        if not body.fields and not self._recursive(template) and self._has_room(scope):
            self._inlined += 1
            names = {**generator.globals, **{name: self._held(name, value) for name, value in arguments.items()}}
            return generator.rule(template.rule, replace(scope, names=names, present=frozenset()), store, path)
        name = self._function(template, arguments)
        parts = [value.source for value in arguments.values()]
        if self._recursive(template):
            parts.insert(0, scope.depth)
        if self._tells(template):
            parts.insert(0, scope.trail)
        result = code.fresh(body.template)
        call = f"{name}({', '.join(parts)})"
        empty = self._nothing_of(template, arguments)
        code.line(f"{result} = {call} if {empty} else []" if empty else f"{result} = {call}", position)
        always, kind = self.results.get(name, (False, ANY))
        generator.made.use(path, position, name)
        missing = code.constant(MISSING, "missing") if not always or body.fields else ""
        if body.fields:
            return self._with_fields(body, position, scope, store, path, result, missing, name, always=always)
        if always:
            store(Value(result, kind, atomic=True))
            return True
        with code.block(f"if {result} is not {missing}:", position):
            store(Value(result, kind, atomic=True))
        return False

    def _has_room(self, scope: Scope) -> bool:
        """Tell whether a template can stand where it is used."""
        shallow = len(scope.records) <= MOST_LOOPS // 2 and self.generator.code.depth <= MOST_INDENTED
        return self._inlined < MOST_INLINED and shallow

    def _nothing_of(self, template: Template, arguments: dict[str, Value]) -> str:
        """Give the list without which a template's list is empty, where that is all there is to it: saves the call."""
        rule = template.rule
        if not isinstance(rule.body, Entries) or rule.body.keyed or len(rule.body.rules) != 1:
            return ""
        if rule != Rule(position=rule.position, body=rule.body) or not rule.body.rules[0].loops:
            return ""
        value = arguments.get(path_of(rule.body.rules[0].loops[0].source.tree))
        return value.source if value is not None and value.type.kind == "list" and not value.type.nullable else ""

    def _held(self, name: str, value: Value) -> Value:
        """Give an argument in a form that costs nothing to read again."""
        if value.source.isidentifier():
            return value
        local = self.generator.code.fresh(name)
        self.generator.code.line(f"{local} = {value.source}")
        return Value(local, value.type, atomic=True)

    def _with_fields(
        self,
        body: Use,
        position: Position,
        scope: Scope,
        store: Store,
        path: str,
        result: str,
        missing: str,
        function: str,
        *,
        always: bool,
    ) -> bool:
        code = self.generator.code
        if not always:
            with code.block(f"if {result} is {missing}:"):
                code.line(f"{result} = {{}}")
        sure = self.generator.fill(result, body.fields, scope, path, position, function)
        value = Value(result, OBJECT, atomic=True)
        if always or sure:
            store(value)
            return True
        with code.block(f"if {result}:"):
            store(value)
        return False

    def _function(self, template: Template, arguments: dict[str, Value]) -> str:
        code = self.generator.code
        kinds = tuple(value.type for value in arguments.values())
        if len(self.functions) >= MOST_VARIANTS:
            kinds = tuple(ANY for _ in kinds)
        key = (template.name, kinds)
        if key in self.functions:
            return self.functions[key]
        name = self.functions[key] = code.fresh(f"template_{template.name}")
        # A use inside the template itself counts on a value; where that proves wrong, it is written again.
        self.results[name] = (True, ANY)
        lines = self._written(name, template, kinds, list(arguments))
        if not self.results[name][0] and self._recursive(template):
            lines = self._written(name, template, kinds, list(arguments))
        self._done.append(lines)
        return name

    def _written(self, name: str, template: Template, kinds: tuple[Type, ...], arguments: list[str]) -> list[Line]:
        generator, code = self.generator, self.generator.code
        locals_ = {argument: code.fresh(argument) for argument in arguments}
        recursive = self._recursive(template)
        scope = Scope(dict(generator.globals), (), self._tells(template), "depth + 1" if recursive else "0")
        for (argument, local), kind in zip(locals_.items(), kinds, strict=True):
            scope = scope.bind(argument, Value(local, kind, atomic=True))
        parameters = list(locals_.values())
        if recursive:
            parameters.insert(0, "depth")
        if self._tells(template):
            parameters.insert(0, "trail")
        depth, code.depth = code.depth, 1
        context, generator.made.context = generator.made.context, name
        outer, generator.template = generator.template, template.name
        generator.made.forget(name)
        with code.aside() as lines, code.block(f"def {name}({', '.join(parameters)}):", template.position):
            depth_of, too_deep = ("depth", f"depth > {DEEPEST_TEMPLATE} or ") if recursive else ("0", "")
            error = f"{code.function(endless)}({template.name!r}, {depth_of}, {scope.trail})"
            captured = generator.capture(lambda store: generator.rule(template.rule, scope, store, ""))
            once = captured.direct(code.depth) if recursive else None
            key = self._key(kinds, list(locals_.values())) if once is not None and once.type.kind == "list" else ""
            if key:
                code.line(f"known = {name}_made.get(key := {key})")
            code.line("run.spent += 1 if known is None else known[1]" if key else "run.spent += 1")
            code.line(f"if {too_deep}run.spent > {MOST_TURNS}: raise {error}", template.position)
            if once is not None and key:
                generator.prologue.append((1, f"{name}_made = {{}}", None))
                code.line("if known is not None: return known[0]")
                code.line("spent, told = run.spent - 1, len(run.findings)")
                code.paste(captured.lines[:-1])
                with code.block("if len(run.findings) == told:"):
                    code.line(f"{name}_made[key] = {once.source}, run.spent - spent")
                code.line(f"return {once.source}", once.position)
            else:
                code.paste(captured.resolved(lambda source: f"return {source}"))
            if not captured.always:
                code.line(f"return {code.constant(MISSING, 'missing')}")
        code.depth, generator.made.context, generator.template = depth, context, outer
        self.results[name] = (captured.always, generator.stored_type(captured))
        return lines

    def _key(self, kinds: tuple[Type, ...], arguments: list[str]) -> str:
        """Give what a list is the same for, as a key: the records that a template is given.

        Dishes share modifier groups, so that one list serves many of them. Records outlive a run, so
        their identity stands for them. Where something was told of a list it is made anew, since what
        is told names the dish; the precise build makes all anew.
        """
        parts = []
        for kind, argument in zip(kinds, arguments, strict=True):
            item = kind.item or ANY
            if kind.kind == "record" and not kind.nullable:
                parts.append(f"id({argument})")
            elif kind.kind == "list" and not kind.nullable and item.kind == "record" and not item.nullable:
                parts.append(f"(*map(id, {argument}),)")
            else:
                return ""
        return f"({', '.join(parts)},)" if parts and not self.generator.precise else ""

    def _check_arguments(self, template: Template, arguments: dict[str, Value], body: Use, scope: Scope) -> None:
        """Tell which arguments are too many or too few; those that lack are null from here on."""
        used = names_in(template.rule)
        missing = sorted(self._parameters(template) - arguments.keys())
        unused = [argument for argument in arguments if argument not in used]
        for argument in unused:
            hint = did_you_mean(argument, missing, f"It takes {_listed(missing)}." if missing else "Take it out.")
            message = f"The template `{template.name}` does not use `{argument}`."
            self.generator.problem("argument-unused", body.places.get(argument, body.position), message, hint)
        if missing and not unused:
            message = f"The template `{template.name}` needs {_listed(missing)}, which `$with` does not give."
            hint = (
                f"Add `{missing[0]}: …` to its `$with`." if body.arguments else f"Write `$with: {{{missing[0]}: …}}`."
            )
            if missing[0] in scope.names:
                hint = f"Write `$with: {{{missing[0]}: = {missing[0]}}}`: a template does not see the loops around it."
            self.generator.problem("argument-missing", body.position, message, hint)
        arguments.update({name: Value("None", ANY, atomic=True) for name in missing})

    def _parameters(self, template: Template) -> set[str]:
        """Give the names that a template must be given; a misspelt one is none of them."""
        if template.name not in self._needed:
            rules = self.generator.rules
            known = {name for rule in self._roots(rules) for name in _given(rule, template.name)}
            inside = {loop.record for part in rules_in(template.rule) for loop in part.loops}
            inside |= {name for part in rules_in(template.rule) for name, _ in part.let}
            meant = known & names_in(template.rule)
            free = (
                free_names(template.rule) - self.generator.globals.keys() - (self.generator.values.transforms - known)
            )
            self._needed[template.name] = {
                name
                for name in free
                if name in known or nearest(name, (*meant, *inside, *self.generator.globals)) is None
            }
        return self._needed[template.name]

    @staticmethod
    def _roots(rules: Rules) -> list[Rule]:
        return [rules.payload, *(bound for _, bound in rules.let), *(one.rule for one in rules.templates.values())]

    def _recursive(self, template: Template) -> bool:
        return template.name in uses_in(template.rule, self.generator.rules.templates)

    def _tells(self, template: Template) -> bool:
        """Tell whether a template may have to name the records it was called for."""
        return self.generator.precise or reports_in(template.rule, self.generator.rules)


def _given(rule: Rule, template: str) -> set[str]:
    """Give the names that uses of a template in a rule give it."""
    bodies = [part.body for part in rules_in(rule)]
    return {name for body in bodies if isinstance(body, Use) and body.template == template for name in body.places}


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
