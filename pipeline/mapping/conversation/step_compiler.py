"""What a mapping says about talking to its platform: forms → compiled steps, webhooks, error rules, auth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pipeline.findings import Finding
from pipeline.mapping.compiler.generator import Generator
from pipeline.mapping.compiler.program import Program
from pipeline.mapping.compiler.slots import Condition, Slot
from pipeline.mapping.conversation.request_line import ChosenLine, Part, RequestLine, WrittenLine
from pipeline.mapping.conversation.steps import (
    CompiledAuth,
    CompiledError,
    CompiledFile,
    CompiledOutcome,
    CompiledPoll,
    CompiledPull,
    CompiledReadMenu,
    CompiledStep,
    CompiledWait,
    CompiledWebhook,
    Rows,
    Word,
)
from pipeline.mapping.expressions.scope import STEP_NAMES, Scope, SigningView
from pipeline.mapping.form.answers import ErrorRule, WebhookForm
from pipeline.mapping.form.auth import Auth
from pipeline.mapping.form.grammar import keys_of
from pipeline.mapping.form.instructions import Request, RuleTable
from pipeline.mapping.form.instructions import Rule as RuleKind
from pipeline.mapping.form.kinds import Address, Expression, Secret
from pipeline.mapping.form.pull import PullForm
from pipeline.mapping.form.requests import Headers
from pipeline.mapping.form.steps import FilePart, Outcome, ReadMenu, StepForm
from pipeline.mapping.formulas.formula import Formula, Loop
from pipeline.mapping.nodes import Node, Scalar, Sequence, Table
from pipeline.mapping.rules.reader import RuleReader
from pipeline.mapping.rules.rules import Computed, Constant, Nested, Rule, Rules
from pipeline.mapping.types import ANY, TEXT, Type, list_of, record_of


class StepCompiler:
    """Compiles what a mapping says about talking to its platform."""

    def __init__(self, rules: Rules, names: Mapping[str, Type], reader: RuleReader, filename: str) -> None:
        self.rules = rules
        self.names: dict[str, Type] = {**names, **STEP_NAMES}
        self.reader = reader
        self.filename = filename
        self.problems: list[Finding] = []

    def steps(self, forms: Iterable[StepForm], names: Mapping[str, Type] | None = None) -> tuple[CompiledStep, ...]:
        """Compile steps in order."""
        return tuple(self.step(form, names or self.names) for form in forms)

    def step(self, form: StepForm, outer: Mapping[str, Type]) -> CompiledStep:
        """Compile one step; the names of its loop are known in it and in its inner steps."""
        rows, names = self._rows(form.for_, outer)
        if form.batch is not None and rows is not None:
            names = {**outer, "batch": list_of(names[rows.names[-1]])}
        return CompiledStep(
            name=form.step,
            position=form.position,
            form=form,
            only_if=self.condition(form.if_, names if form.steps or rows else outer),
            unless=self.condition(form.unless, names if form.steps or rows else outer),
            rows=rows,
            only_changed=self.slot(form.only_changed, names, expression=True),
            steps=self.steps(form.steps, names),
            host=self.slot(form.host.body if form.host else None, names),
            request=self.request(form.request, names),
            query=self.slot(form.query, names),
            headers=self.texts(form.headers, names),
            body=self.slot(form.body, names),
            form_fields=self.slot(form.form, names),
            file=self._file(form.file, names),
            write=self.slot(form.write, names),
            save={name: self._slot(node, names) for name, node in form.save.items()},
            add={name: self._slot(node, names) for name, node in form.add.items()},
            wait=self._wait(form, names),
            outcome=self.outcome(form.outcome, names),
            message=self.text(form.message, names),
        )

    def webhook(self, name: str, form: WebhookForm) -> CompiledWebhook:
        """Compile a webhook."""
        verify = form.verify
        slots = {
            "secret": self.slot(verify.secret, self.names),
            "token": self.slot(verify.token, self.names),
            "text": self.text(verify.text, self.names),
            "time": self.slot(verify.time, self.names, expression=True),
        }
        return CompiledWebhook(
            name=name,
            form=form,
            only_if=self.condition(form.if_, self.names),
            unless=self.condition(form.unless, self.names),
            verify={key: slot for key, slot in slots.items() if slot is not None},
            store={key: self._slot(node, self.names) for key, node in form.store.items()},
            operation=self.slot(form.operation, self.names),
            outcome=self.outcome(form.outcome, self.names),
            save={key: self._slot(node, self.names) for key, node in form.save.items()},
            message=self.text(form.message, self.names),
            fields=self.slot(form.fields, self.names, expression=True),
        )

    def error(self, form: ErrorRule) -> CompiledError:
        """Compile an error rule."""
        return CompiledError(
            form=form,
            position=form.position,
            only_if=self.condition(form.when.if_, self.names),
            message=self.text(form.message, self.names),
            fields=self.slot(form.fields, self.names, expression=True),
        )

    def read_menu(self, form: ReadMenu | None) -> CompiledReadMenu | None:
        """Compile how the platform's menu is read; a plain request becomes its only step."""
        if form is None:
            return None
        steps = form.steps
        if form.request is not None:
            step = StepForm(
                node=form.node,
                step="read_menu",
                request=form.request,
                query=form.query,
                headers=form.headers,
                success=form.success,
            )
            steps = (step,)
        compare: dict[str, Slot] = {}
        if form.compare is not None:
            compare["items"] = self._expression(form.compare.items, self.names)
            for key, node in (("id", form.compare.id), ("name", form.compare.name_), ("price", form.compare.price)):
                if node is not None:
                    compare[key] = self._row_expression(node)
        return CompiledReadMenu(self.steps(steps), self._expression(form.menu, self.names), compare)

    def pull(self, form: PullForm | None) -> CompiledPull | None:
        """Compile what a platform gets that fetches the menu itself."""
        return None if form is None else CompiledPull(form, self.slot(form.body, self.names))

    def auth(self, form: Auth | None) -> CompiledAuth | None:
        """Compile an auth scheme: every node of its form becomes a slot of the same name."""
        if form is None:
            return None
        names = {**self.names, "token": TEXT, "signing": record_of(SigningView)}
        slots: dict[str, Slot] = {}
        groups: dict[str, dict[str, Slot]] = {}
        lines: dict[str, RequestLine] = {}
        for key, described in keys_of(type(form)).items():
            value = getattr(form, key)
            if isinstance(value, dict):
                texts = isinstance(described.kind, Headers)
                groups[key] = self.texts(value, names) if texts else {k: self._slot(v, names) for k, v in value.items()}
            elif isinstance(value, (Scalar, Sequence, Table)):
                if isinstance(described.kind, Request | Address):
                    line = self.request(value, names, "POST " if isinstance(described.kind, Address) else "")
                    assert line is not None
                    lines[key] = line
                elif isinstance(described.kind, Expression):
                    slots[key] = self._expression(value, names)
                elif isinstance(described.kind, RuleKind | RuleTable | Secret):
                    slots[key] = self._slot(value, names)
                else:
                    slot = self.text(value, names)
                    assert slot is not None
                    slots[key] = slot
        return CompiledAuth(form.type, form, slots, groups, lines)

    def outcome(self, form: Outcome | None, outer: Mapping[str, Type]) -> CompiledOutcome | None:
        """Compile what an answer's words mean."""
        if form is None:
            return None
        rows, names = self._rows(form.for_, outer)
        meanings: tuple[Word, ...] = ("working", "done", "partial", "failed", "retry")
        return CompiledOutcome(
            of=self._expression(form.of, names),
            words={word: meaning for meaning in meanings for word in getattr(form, meaning)},
            rows=rows,
            id=self.slot(form.id, names, expression=True),
            message=self.text(form.message, names),
            at=self.slot(form.at, names, expression=True),
        )

    # -- parts ---------------------------------------------------------------------------------

    def slot(self, node: Node | None, names: Mapping[str, Type], *, expression: bool = False) -> Slot | None:
        """Compile a rule, or, with ``expression``, a place where the ``=`` may be left out."""
        if node is None:
            return None
        return self._expression(node, names) if expression else self._slot(node, names)

    def text(self, node: Node | None, names: Mapping[str, Type]) -> Slot | None:
        """Compile a text with formulas in braces, or a choice of such texts."""
        return None if node is None else self._made(self._text_rule(node), names)

    def request(self, node: Node | None, names: Mapping[str, Type], method: str = "") -> RequestLine | None:
        """Compile a method with its address, or a choice of two; ``method`` stands before a bare address."""
        if isinstance(node, Table):
            entries = {entry.key: entry.value for entry in node}
            chosen = self.request(entries.get("$text"), names)
            condition = self.condition(entries.get("$if") or entries.get("$unless"), names)
            if chosen is None or condition is None:
                return chosen
            otherwise = self.request(entries.get("$else"), names)
            return ChosenLine(node.position, condition, "$if" not in entries, chosen, otherwise)
        if not isinstance(node, Scalar):
            return None
        parts: list[str | Part] = []
        read = self.reader.braces(node).parts
        if method:
            read = (method + read[0], *read[1:]) if read and isinstance(read[0], str) else (method, *read)
        for part in read:
            if isinstance(part, str):
                parts.append(part)
            else:
                slot = Slot(part, names, self.rules, self.filename)
                self.problems += slot.problems
                parts.append(Part(slot, part.text))
        return WrittenLine(node.position, tuple(parts))

    def texts(self, nodes: Mapping[str, Node], names: Mapping[str, Type]) -> dict[str, Slot]:
        """Compile headers."""
        found = {name: self.text(node, names) for name, node in nodes.items()}
        return {name: slot for name, slot in found.items() if slot is not None}

    def condition(self, node: Node | None, names: Mapping[str, Type]) -> Condition | None:
        """Compile a condition."""
        formula = self.reader.expression(node)
        if formula is None:
            return None
        condition = Condition(formula, names, self.rules, self.filename)
        self.problems += condition.problems
        return condition

    def _text_rule(self, node: Node) -> Rule:
        if isinstance(node, Scalar):
            return Rule(position=node.position, body=self.reader.braces(node))
        chosen = node.get("$text") if isinstance(node, Table) else None
        if chosen is None or not isinstance(node, Table):
            return self.reader.rule(node)
        otherwise = node.get("$else")
        return Rule(
            position=node.position,
            body=Nested(self._text_rule(chosen)),
            only_if=self.reader.expression(node.get("$if")),
            unless=self.reader.expression(node.get("$unless")),
            otherwise=self._text_rule(otherwise) if otherwise is not None else None,
        )

    def _slot(self, node: Node, names: Mapping[str, Type]) -> Slot:
        return self._made(self.reader.rule(node), names)

    def _expression(self, node: Node, names: Mapping[str, Type]) -> Slot:
        formula = self.reader.expression(node)
        body = Computed(formula) if formula is not None else Constant(None)
        return self._made(Rule(position=node.position, body=body), names)

    def _row_expression(self, node: Node) -> Slot:
        """Compile an expression over one row of an answer: its fields are the names."""
        formula = self.reader.expression(node)
        tree: dict[str, Any] = {"type": "field", "value": "row", "children": [], "start": 0}
        if formula is not None:
            tree = {"type": "subexpression", "children": [tree, formula.tree], "start": 0}
            formula = Formula(formula.text, tree, formula.links, formula.position, formula.source, formula.offset)
        body = Computed(formula) if formula is not None else Constant(None)
        return self._made(Rule(position=node.position, body=body), {"row": ANY})

    def _made(self, rule: Rule, names: Mapping[str, Type]) -> Slot:
        slot = Slot(rule, names, self.rules, self.filename)
        self.problems += slot.problems
        return slot

    def _rows(self, node: Node | None, outer: Mapping[str, Type]) -> tuple[Rows | None, dict[str, Type]]:
        names = dict(outer)
        loops = self.reader.loops(node)
        if node is None or not loops:
            return None, names
        bound: list[tuple[str, Type]] = [(name, ANY) for name in loop_names(loops)]  # where the list is unknown

        def write(generator: Generator) -> None:
            def body(scope: Scope) -> None:
                code = generator.code
                code.line("rows = []")

                def turn(inner: Scope) -> None:
                    bound[:] = [(name, inner.names[name].type) for name in loop_names(loops)]
                    cells = ", ".join(inner.names[name].source for name, _ in bound)
                    code.line(f"rows.append(({cells},))")

                generator.lists.turns(rule, scope, turn)
                code.line("return rows")

            generator.function("compiled", body)

        rule = Rule(position=node.position, body=Constant(None), loops=loops)
        alone = Rules(rule, (), self.rules.templates, self.rules.chains, self.rules.tables)
        program = Program(alone, outer, write, self.filename)
        self.problems += program.problems
        names.update(bound)
        return Rows(program, tuple(name for name, _ in bound)), names

    def _wait(self, form: StepForm, names: Mapping[str, Type]) -> CompiledWait | None:
        wait = form.wait
        if wait is None:
            return None
        poll = None
        if wait.poll is not None:
            request = self.request(wait.poll.request, names)
            assert request is not None
            poll = CompiledPoll(request, self.texts(wait.poll.headers, names), wait.poll.every)
        return CompiledWait(wait.timeout, wait.webhook, poll)

    def _file(self, form: FilePart | None, names: Mapping[str, Type]) -> CompiledFile | None:
        if form is None:
            return None
        return CompiledFile(self._expression(form.from_, names), form, self.text(form.type, names))


def loop_names(loops: Iterable[Loop]) -> list[str]:
    """Give the names that loops bind, in order."""
    return [name for loop in loops for name in (loop.record, loop.position_name) if name is not None]
