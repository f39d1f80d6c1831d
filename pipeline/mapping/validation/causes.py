"""One mistake, one finding: what only follows from another finding is not told beside it.

A misspelt ``$for`` makes every name below it unknown, a misspelt section everything that refers to
it. Each rule here knows one such way; what is left out shows again where the cause is removed and
it still holds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from pipeline.findings import Finding
from pipeline.mapping.nodes import Node
from pipeline.mapping.validation.surroundings import QUOTED, Surroundings, named, near, stage

_SAME_PLACE_ONCE = frozenset({"literal-secret", "instruction-without-dollar", "table-word-twice"})
_OF_TYPES = frozenset({
    "always-null", "may-be-null", "never-true", "always-true", "nulls-vanish", "transform-type", "loop-not-a-list",
})  # fmt: skip
_SECTION_OF = {
    "There is no store setting": "store_settings",
    "There is no credential": "credentials",
    "There is no table": "tables",
    "There is no template": "templates",
    "There is no transform or chain": "transforms",
}
"""How the sentences about a name begin that a section should declare."""
_UNUSED_OF = {
    "unknown-table": "unused-table",
    "unknown-template": "unused-template",
    "transform-unknown": "unused-chain",
    "saved-unknown": "unused-saved",
    "unknown-saved": "unused-saved",
    "argument-missing": "unused-name",
    "There is no store setting": "unused-setting",
    "There is no credential": "unused-credential",
}
"""What nothing uses where something is asked for that is not there, by that finding's code or first words."""
_IN_TEXT = ("formula-", "loop-", "text-")
_OF_PAYLOAD = frozenset({"payload-type", "payload-enum", "payload-length", "payload-may-be-missing", "payload-pattern"})
_SAME_LINE = {
    ("unknown-table", "transform-argument"),
    ("literal-secret", "wrong-kind"),
    ("credential-in-payload", "unknown-name"),
    ("instruction-without-dollar", "formula-without-equals"),
}
_SECTIONS: Mapping[str, tuple[str, ...]] = {
    "tables": ("unknown-table", "transform-argument"),
    "templates": ("unknown-template",),
    "transforms": ("transform-unknown",),
    "webhooks": ("unknown-webhook", "saved-unknown", "unknown-saved"),
    "publish": ("saved-unknown", "unknown-saved", "unknown-step"),
    "let": ("unknown-name",),
    "store_settings": ("unknown-field", "setting-unknown"),
    "credentials": ("unknown-field",),
    "environments": ("unknown-field",),
}
_SAVING = ("publish", "webhooks", "availability_update", "item_update")
_RULES = ("payload", "templates", "let")


Rule = Callable[[Finding, Surroundings], bool]
RULES: list[Rule] = []


def without_consequences(findings: Iterable[Finding], root: Node | None, text: str, file: str) -> tuple[Finding, ...]:
    """Give the findings without those that follow from others."""
    known = Surroundings(tuple(dict.fromkeys(_answered(tuple(findings)))), root, text.splitlines(), file)
    return tuple(found for found in known.findings if not any(rule(found, known) for rule in RULES))


def _rule(function: Rule) -> Rule:
    RULES.append(function)
    return function


@_rule
def _same_place(found: Finding, known: Surroundings) -> bool:
    return any(
        other.place == found.place and found.place is not None and stage(other) < stage(found) for other in known.errors
    )


@_rule
def _same_line(found: Finding, known: Surroundings) -> bool:
    return any(
        ((other.code, found.code) in _SAME_LINE or (other.code.startswith("yaml-") and found.code.startswith(_IN_TEXT)))
        and found.place is not None
        and other.place is not None
        and (other.place.file, other.place.line) == (found.place.file, found.place.line)
        for other in known.errors
    )


@_rule
def _unreadable_may_use(found: Finding, known: Surroundings) -> bool:
    """What could not be read may use what seems unused."""
    if not found.code.startswith("unused-"):
        return False
    name = named(found)
    for other in known.errors:
        if (
            stage(other) < 2
            or (other.code, found.code) == ("literal-secret", "unused-credential")
            or name in QUOTED.findall(other.hint)
        ):
            return True
        if other.place is not None and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", known.text(other.place)):
            return True
    return False


@_rule
def _value_is_wrong_already(found: Finding, known: Surroundings) -> bool:
    """A value whose formula is wrong has no type worth speaking of."""
    if found.code not in _OF_PAYLOAD or found.place is None:
        return False
    return any(stage(other) < 3 or other.code == "payload-required" for other in known.inside(found.place))


@_rule
def _may_be_missing_for_another_reason(found: Finding, known: Surroundings) -> bool:
    """Whether a value may be missing is only known where everything that makes it could be read."""
    return found.code == "payload-may-be-missing" and any(stage(other) < 3 for other in known.errors)


@_rule
def _argument_is_wrong(found: Finding, known: Surroundings) -> bool:
    """In a template, types follow from what it is given."""
    if found.code not in _OF_TYPES | {"unknown-field"} and not found.code.startswith("payload-"):
        return False
    if not known.within(found.place, "templates"):
        return False
    return any(
        other.code.startswith("argument-") or (other is not found and known.is_argument(other.place))
        for other in known.errors
    )


@_rule
def _template_is_not_read(found: Finding, known: Surroundings) -> bool:
    """What a template takes is only known where all of it could be read."""
    if not found.code.startswith("argument-"):
        return False
    names = QUOTED.findall(found.message)
    for other in known.errors:
        unread = stage(other) < 2 or other.code == "instruction-without-dollar"
        if unread and known.within(other.place, "templates", names[0] if names else ""):
            return True
        if unread and "`$with`" in other.hint and near(found, other):
            return True
        if other.code == "instruction-without-dollar" and known.within(other.place, "templates"):
            return True
    return False


@_rule
def _declaration_is_wrong(found: Finding, known: Surroundings) -> bool:
    """A setting, credential, table, template or chain that is there, but could not be read."""
    section = next((section for start, section in _SECTION_OF.items() if found.message.startswith(start)), None)
    if section is None:
        return False
    return any(other is not found and known.within(other.place, section, named(found)) for other in known.errors)


@_rule
def _said_of_the_setting(found: Finding, known: Surroundings) -> bool:
    if found.code != "webhook-setting-unknown":
        return False
    sentence = f"There is no store setting `{named(found)}`."
    return any(other.message == sentence for other in known.errors)


@_rule
def _is_meant(found: Finding, known: Surroundings) -> bool:
    """Something that nothing uses, where something like it is asked for and is not there: the question says so."""
    return any(_unused_for(other) == found.code for other in known.errors)


@_rule
def _required_is_misspelt(found: Finding, known: Surroundings) -> bool:
    if found.code not in ("payload-required", "payload-may-be-missing"):
        return False
    *above, name = _parts(found.field)
    for other in known.errors:
        beside = other.code == "payload-field-unknown" and _parts(other.field)[:-1] == above
        if beside and name in QUOTED.findall(other.hint):
            return True
    wrong = {"unknown-instruction", "value-twice", "instruction-without-dollar", "yaml-key-twice", "split-formula"}
    return found.place is not None and any(
        other.code in wrong or other.code.startswith("yaml-") for other in known.inside(found.place)
    )


@_rule
def _key_is_misspelt(found: Finding, known: Surroundings) -> bool:
    """A key that lacks and one beside it that is misspelt are one mistake."""
    if found.code not in ("missing-key", "keys-together", "instruction-alone"):
        return False
    wanted = set(QUOTED.findall(found.message))
    return any(
        other.code in ("unknown-key", "unknown-instruction", "instruction-without-dollar")
        and wanted & set(QUOTED.findall(other.hint))
        and near(found, other)
        for other in known.errors
    )


@_rule
def _name_was_to_be_given(found: Finding, known: Surroundings) -> bool:
    """A name that is unknown because the loop or ``$let`` that gives it could not be read."""
    if found.code != "unknown-name":
        return False
    name = re.escape(named(found))
    pattern = re.compile(rf"(?<![\w.]){name}(,\s*\w+)?\s+in\s|,\s*{name}\s+in\s|(?<![\w.$]){name}:\s")
    word = re.compile(rf"(?<![\w.]){name}(?!\w)")
    return any(
        other.code != found.code
        and other.place is not None
        and (word if other.code == "loop-form" else pattern).search(known.text(other.place))
        for other in known.errors
    )


@_rule
def _names_of_the_loop_are_swapped(found: Finding, known: Surroundings) -> bool:
    """Where position and element have each other's name, everything below is of a wrong type."""
    if found.code not in _OF_TYPES | _OF_PAYLOAD | {"unknown-field"}:
        return False
    return any(other.code == "loop-order" and _follows_from(other, found, known) for other in known.errors)


def _follows_from(loop: Finding, found: Finding, known: Surroundings) -> bool:
    """Tell whether what is said of a line below a loop comes of the loop's names."""
    if loop.place is None or found.place is None or not near(found, loop) or found.place.line < loop.place.line:
        return False
    names = re.findall(r"(\w+)\s*,\s*(\w+)\s+in\s", known.text(loop.place))
    speaks = any(re.search(rf"(?<![\w.]){name}(?!\w)", known.text(found.place)) for pair in names for name in pair)
    return speaks or found.code != "unknown-field"


@_rule
def _second_document(found: Finding, known: Surroundings) -> bool:
    """What stands below a second `---` is not read, so that everything in it seems to be missing."""
    return stage(found) > 0 and any(other.code == "yaml-documents" for other in known.errors)


@_rule
def _of_what_could_not_be_read(found: Finding, known: Surroundings) -> bool:
    """What a webhook, a step or an error rule gives is only known where its form is right."""
    sections = {
        "unknown-webhook": ("webhooks",),
        "unknown-saved": _SAVING,
        "saved-unknown": _SAVING,
        "unknown-step": ("publish",),
        "rule-never-reached": ("errors",),
        "hosted-missing": ("publish",),
    }.get(found.code, ())
    return any(
        stage(other) < 2 and other is not found and known.within(other.place, section)
        for other in known.errors
        for section in sections
    )


@_rule
def _setting_has_another_type(found: Finding, known: Surroundings) -> bool:
    """A setting's default, example and uses are judged by its type, which may be what is wrong."""
    of_setting = re.match(r"`store_settings\.(\w+)\.(?:default|example)`", found.message)
    if of_setting is not None:
        start = f"`store_settings.{of_setting[1]}.type`"
        return any(other.message.startswith(start) for other in known.errors)
    used = re.search(r"`store\.(\w+)`", found.message) if found.code in _OF_TYPES else None
    start = f"`store_settings.{used[1]}." if used else ""
    return bool(start) and any(other.code == "wrong-kind" and other.message.startswith(start) for other in known.errors)


@_rule
def _payload_is_wrong_itself(found: Finding, known: Surroundings) -> bool:
    """What a check or step reads of the payload is only known where the rules that make it are right."""
    if found.code != "unknown-field" or not found.message.startswith("The payload has no field"):
        return False
    return any(stage(other) < 2 or known.within(other.place, section) for other in known.errors for section in _RULES)


@_rule
def _section_is_misspelt(found: Finding, known: Surroundings) -> bool:
    if not any(found.code in codes for codes in _SECTIONS.values()):
        return False
    for other in known.errors:
        of_section = other.code == "misplaced-key" or (other.place is not None and other.place.column == 1)
        if other.place is None or not of_section or not other.code.endswith(("-key", "-kind", "-twice")):
            continue
        named = set(QUOTED.findall(other.hint)) | {known.text(other.place).partition(":")[0].strip()}
        if any(found.code in _SECTIONS.get(section, ()) for section in named):
            return True
    return False


@_rule
def _in_a_misplaced_section(found: Finding, known: Surroundings) -> bool:
    """A section that stands in the payload is not what it is read as."""
    return any(
        other.code == "misplaced-key" and other is not found and found in known.below(other) for other in known.errors
    )


@_rule
def _of_the_same_value(found: Finding, known: Surroundings) -> bool:
    """A template is used at several places of the payload, and stands once in the mapping."""
    if not found.code.startswith("payload-") and found.code not in _SAME_PLACE_ONCE:
        return False
    same = (found.code, found.place, _parts(found.field)[-1])
    return next(o for o in known.findings if (o.code, o.place, _parts(o.field)[-1]) == same) is not found


def _answered(findings: tuple[Finding, ...]) -> Iterator[Finding]:
    """Where something is asked for that is not there, name what is there and asked for by nothing."""
    for found in findings:
        unused = [named(other) for other in findings if other.code == _unused_for(found)]
        if unused and "Did you mean" not in found.hint:
            listed = " and ".join(f"`{name}`" for name in unused[:3])
            found = replace(found, hint=f"Nothing uses {listed}: is that meant?")
        yield found


def _unused_for(found: Finding) -> str | None:
    """Give the code of what may be meant by something that is not there."""
    return _UNUSED_OF.get(found.code) or next(
        (code for start, code in _UNUSED_OF.items() if found.message.startswith(start)), None
    )


def _parts(path: str) -> list[str]:
    return path.split(".")
