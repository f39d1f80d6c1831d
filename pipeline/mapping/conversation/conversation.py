"""All that a mapping says about talking to its platform, compiled."""

from __future__ import annotations

from collections.abc import Mapping as MappingOf
from typing import Any

from pipeline.findings import Finding
from pipeline.mapping.conversation.step_compiler import StepCompiler
from pipeline.mapping.expressions.scope import STEP_NAMES, settings_record
from pipeline.mapping.form.document import Mapping
from pipeline.mapping.rules.reader import RuleReader, bound_names
from pipeline.mapping.rules.rules import Rules
from pipeline.mapping.types import TEXT, Type, record_of


class Conversation:
    """The compiled steps, webhooks, headers and error rules of one mapping."""

    def __init__(self, document: Mapping, rules: Rules, names: MappingOf[str, Type], filename: str) -> None:
        problems: list[Finding] = []
        self.platform = document.platform
        self.title = document.title or document.platform
        self.limits = document.limits
        self.retry = document.retry
        environment = names["environment"].record
        assert environment is not None
        self.environment_class: type[Any] = environment
        self.credentials_class = settings_record("credentials", dict.fromkeys(document.credentials, TEXT.optional()))
        self.names = {**names, "credentials": record_of(self.credentials_class)}
        said = {*self.names, *STEP_NAMES, *bound_names(document.node)}
        steps = StepCompiler(rules, self.names, RuleReader(problems, said, document.chains), filename)
        self.publish = steps.steps(document.publish)
        self.availability = steps.steps(document.availability_steps)
        self.item_update = steps.steps(document.item_update)
        self.webhooks = {name: steps.webhook(name, form) for name, form in document.webhooks.items()}
        self.errors = tuple(steps.error(form) for form in document.errors)
        self.headers = steps.texts(document.headers, steps.names)
        self.read_menu = steps.read_menu(document.read_menu)
        self.pull = steps.pull(document.pull)
        self.auth = steps.auth(document.auth)
        self.problems: tuple[Finding, ...] = tuple(dict.fromkeys((*problems, *steps.problems)))
