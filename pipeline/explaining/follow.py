"""From a payload path to the rule behind it, and the names in force there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pipeline.explaining import absent
from pipeline.explaining.explanation import LoopTurn, Reason
from pipeline.explaining.situation import Evaluator, Situation
from pipeline.explaining.steps import Tracer
from pipeline.findings import Place
from pipeline.mapping.compiler.origins import Key, Mark, Recording, Scene
from pipeline.mapping.compiler.runtime import MISSING
from pipeline.mapping.nodes import Position
from pipeline.mapping.rules.reader import place
from pipeline.mapping.rules.rules import Entries, Field, Nested, Object, Rule, Use


@dataclass(slots=True)
class Found:
    """A rule and its situation; ``position`` is where its key stands.

    ``value`` is MISSING where the payload does not have it. ``rest`` lies inside the value, or, for an
    absent field, ``reason`` says why the path cannot go on.
    """

    rule: Rule
    situation: Situation
    position: Position
    value: Any
    loops: list[LoopTurn] = field(default_factory=list)
    templates: list[tuple[str, Place]] = field(default_factory=list)
    rest: tuple[Key, ...] = ()
    reason: Reason | None = None


class Follower:
    """Follows paths through one recorded payload."""

    def __init__(self, evaluator: Evaluator, tracer: Tracer, payload: Any, recording: Recording) -> None:
        self.evaluator = evaluator
        self.tracer = tracer
        self.payload = payload
        self.recording = recording
        self._entries: dict[int, tuple[Rule, Rule]] = {}

    def find(self, path: tuple[Key, ...], missing: tuple[Key, ...] = ()) -> Found:
        """Follow a path; ``missing`` is what the payload does not have below it."""
        rule = self.evaluator.rules.payload
        found = Found(rule, Situation(), rule.position, self.payload)
        for index, key in enumerate(path):
            mark = self.recording.mark(found.value, key)
            if mark is None:
                found.rest = path[index:]
                found.value = _inside(found.value, found.rest)
                break
            scene = self.recording.scenes[mark.site]
            sources = self._template_sources(found)
            if scene.field is not None:
                self._enter_field(found, scene, sources)
            else:
                self._enter_entry(found, scene, mark, sources)
            found.value = found.value[key]
        if missing:
            if not found.rest:
                self._absent(found, missing)
            else:
                found.reason = absent.not_inside(found.value)
            found.value = MISSING
        return found

    # -- what is there -------------------------------------------------------------------------------

    def _enter_field(self, found: Found, scene: Scene, sources: dict[str, str]) -> None:
        assert scene.field is not None
        layers = list(self.recording.layers(found.value))
        layer = next((layer for layer in layers if layer.site == scene.owner), None)
        found.situation = Situation.at(scene, layer, sources) if layer is not None else Situation(sources=sources)
        found.rule, found.position = scene.field.rule, scene.field.position

    def _enter_entry(self, found: Found, scene: Scene, mark: Mark, sources: dict[str, str]) -> None:
        assert scene.rule is not None
        rule = scene.rule
        found.situation = Situation.at(scene, mark, sources)
        known = found.situation.known()
        found.loops += [
            LoopTurn(f"{loop.record} in {loop.source.text}", loop.record, place(loop.position), known.get(loop.record))
            for loop in rule.loops
            if rule.chunk is None
        ]
        found.rule, found.position = self._entry(rule), rule.position

    def _entry(self, rule: Rule) -> Rule:
        """Give an entry's rule once, so that what is compiled for it serves all entries."""
        known = self._entries.get(id(rule))
        if known is None:
            known = self._entries[id(rule)] = (rule, entry_rule(rule))
        return known[1]

    def _template_sources(self, found: Found) -> dict[str, str]:
        """Say what a template's parameters were given, where the value so far was made by a template."""
        use = used(found.rule)
        if use is None:
            return dict(found.situation.sources)
        template = self.evaluator.rules.templates.get(use.template)
        if template is not None:
            found.templates.append((template.name, place(template.position)))
        inside = self.tracer.inside(found.rule, found.situation)
        return {**found.situation.sources, **self.tracer.sources(use, inside)}

    # -- what is not there ---------------------------------------------------------------------------

    def _absent(self, found: Found, missing: tuple[Key, ...]) -> None:
        """Go down the rules by what is missing, as far as they go."""
        key, *rest = missing
        if isinstance(found.value, list):
            found.reason = absent.out_of_range(len(found.value))
            return
        entry = self._field(found, key)
        if entry is None:
            found.reason = found.reason or self._no_field(found, key)
            return
        while rest:
            inner = self._inner(found, rest[0])
            if inner is None:
                return
            rest = rest[1:]

    def _field(self, found: Found, key: Key) -> Field | None:
        """Enter the rule of a field that an object lacks."""
        if not isinstance(found.value, dict):
            found.reason = absent.not_inside(found.value)
            return None
        sources = self._template_sources(found)
        for layer in self.recording.layers(found.value):
            scene = self.recording.scenes[layer.site]
            for each in scene.fields:
                if each.key == key:
                    found.situation = Situation.at(scene, layer, sources)
                    found.rule, found.position = each.rule, each.position
                    return each
        return None

    def _no_field(self, found: Found, key: Key) -> Reason:
        scenes = [self.recording.scenes[layer.site] for layer in self.recording.layers(found.value)]
        known = list(dict.fromkeys(each.key for scene in scenes for each in scene.fields))
        return absent.no_rule(str(key), known or list(found.value))

    def _inner(self, found: Found, key: Key) -> Rule | None:
        """Go one field further down an absent object, where its own conditions hold."""
        trace = self.tracer.trace(found.rule, found.situation)
        if trace.reason is None or trace.reason.code != "object-empty":
            return None
        rule, situation = found.rule, found.situation
        while True:
            situation = self.tracer.inside(rule, situation)
            match rule.body:
                case Nested(inner):
                    rule = inner
                case Use() as use:
                    template = self.evaluator.rules.templates.get(use.template)
                    own = next((each for each in use.fields if each.key == key), None)
                    if own is not None or template is None:
                        break
                    found.templates.append((template.name, place(template.position)))
                    situation = self.evaluator.inside(use, situation, self.tracer.sources(use, situation))
                    rule = template.rule
                case _:
                    break
        fields = rule.body.fields if isinstance(rule.body, Object | Use) else ()
        each = next((each for each in fields if each.key == key), None)
        if each is None:
            found.reason = absent.no_rule(str(key), [each.key for each in fields])
            return None
        found.rule, found.situation, found.position = each.rule, situation, each.position
        return each.rule


def entry_rule(rule: Rule) -> Rule:
    """Give what a list's entry is, without loops, ``$let``, conditions and key, which have been passed."""
    return Rule(
        position=rule.position,
        body=rule.body,
        only_if=rule.only_if,
        unless=rule.unless,
        otherwise=rule.otherwise,
        report=rule.report,
        steps=rule.steps,
        default=rule.default,
        empty=rule.empty,
    )


def used(rule: Rule) -> Use | None:
    """Give the template's use that makes a rule's value, or None."""
    if isinstance(rule.body, Nested):
        return used(rule.body.rule)
    return rule.body if isinstance(rule.body, Use) else None


def is_list(rule: Rule) -> bool:
    """Tell whether a rule makes a list."""
    return isinstance(rule.body, Entries) or (isinstance(rule.body, Nested) and is_list(rule.body.rule))


def _inside(value: Any, rest: tuple[Key, ...]) -> Any:
    for key in rest:
        value = value[key]
    return value
